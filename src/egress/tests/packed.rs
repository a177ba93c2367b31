//! THREATS EGR-07: packed answers unfold under a cap or not at all.

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use async_compression::{Level, zstd::CParameter};
use tokio::io::AsyncWriteExt as _;

use super::{
    collect, line, read, send,
    server::{Server, Then, ok},
};
use crate::primitives::{Code, Limits};

const CODINGS: [&str; 5] = ["gzip", "X-Gzip", "deflate", "br", "zstd"];

async fn packed(coding: &str, plain: &[u8]) -> Vec<u8> {
    macro_rules! pack {
        ($encoder:expr) => {{
            let mut encoder = $encoder;
            encoder.write_all(plain).await.unwrap();
            encoder.shutdown().await.unwrap();
            encoder.into_inner()
        }};
    }
    match coding {
        "gzip" | "X-Gzip" => pack!(GzipEncoder::with_quality(Vec::new(), Level::Fastest)),
        "deflate" => pack!(ZlibEncoder::with_quality(Vec::new(), Level::Fastest)),
        "br" => pack!(BrotliEncoder::with_quality(Vec::new(), Level::Fastest)),
        "zstd" => pack!(ZstdEncoder::with_quality(Vec::new(), Level::Fastest)),
        other => panic!("{other}"),
    }
}

fn answer(coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

async fn comes_of(answer: Vec<u8>, limits: &Limits) -> Result<Vec<u8>, Code> {
    let server = Server::saying(answer).await;
    let line = line("127.0.0.1", server.address.port(), limits);
    read(&line).await.map(|body| body.to_vec())
}

#[tokio::test]
async fn every_coding_is_unpacked_and_no_longer_mentioned() {
    let plain: String = (0..5_000).map(|at| format!("{at} ")).collect();
    for coding in CODINGS {
        let body = packed(coding, plain.as_bytes()).await;
        let server = Server::saying(answer(coding, &body)).await;
        let line = line("127.0.0.1", server.address.port(), &Limits::default());
        let answered = send(&line).await.unwrap();
        assert!(answered.headers.is_empty(), "{:?}", answered.headers);
        assert_eq!(collect(answered.body).await.unwrap(), plain, "{coding}");
        assert_eq!(
            line.pool.len(),
            1,
            "{coding}: read to the end, so it is kept"
        );
    }
}

#[tokio::test]
async fn a_bomb_ends_at_its_ratio() {
    let zeros = vec![0; 2 << 20];
    for coding in CODINGS {
        let bomb = packed(coding, &zeros).await;
        assert!(bomb.len() * 100 < zeros.len(), "{coding} is a bomb");
        let told = comes_of(answer(coding, &bomb), &Limits::default()).await;
        assert_eq!(told, Err(Code::UpstreamTooLarge), "{coding}");
    }
}

#[tokio::test]
async fn what_unfolds_has_a_size() {
    let limits = Limits {
        decompressed: 100_000,
        decompression_ratio: 1_000_000,
        ..Limits::default()
    };
    for coding in CODINGS {
        let fits = packed(coding, &[b'x'; 100_000]).await;
        assert!(
            comes_of(answer(coding, &fits), &limits).await.is_ok(),
            "{coding}"
        );
        let more = packed(coding, &[b'x'; 100_001]).await;
        let told = comes_of(answer(coding, &more), &limits).await;
        assert_eq!(told, Err(Code::UpstreamTooLarge), "{coding}");
    }
}

#[tokio::test]
async fn codings_around_each_other_or_unknown_are_refused() {
    let body = packed("gzip", b"hello").await;
    for coding in [
        "gzip, gzip",
        "gzip, br",
        "gzip\r\ncontent-encoding: gzip",
        "compress",
        "",
        "aws-chunked",
        "gzip;q=1",
    ] {
        let told = comes_of(answer(coding, &body), &Limits::default()).await;
        assert_eq!(told, Err(Code::UpstreamMalformed), "{coding:?}");
    }
    let plain = comes_of(answer("identity", b"hello"), &Limits::default()).await;
    assert_eq!(plain.unwrap(), b"hello");
}

#[tokio::test]
async fn a_packed_body_cut_off_spoilt_or_followed_by_more_is_not_read() {
    let plain: Vec<u8> = (0..2_000_u32).flat_map(u32::to_le_bytes).collect();
    for coding in CODINGS {
        let body = packed(coding, &plain).await;
        let half = body[..body.len() / 2].to_vec();
        let more = [&body[..], b"and more"].concat();
        let junk = b"this was never packed at all".to_vec();
        let nothing_but_one = body[..1].to_vec();
        for (what, wrong) in [
            ("half", half),
            ("more", more),
            ("junk", junk),
            ("one", nothing_but_one),
        ] {
            let told = comes_of(answer(coding, &wrong), &Limits::default()).await;
            assert_eq!(told, Err(Code::UpstreamMalformed), "{coding} {what}");
        }
    }
}

#[tokio::test]
async fn several_members_are_one_body() {
    for coding in ["gzip", "zstd"] {
        let two = [
            packed(coding, b"hello ").await,
            packed(coding, b"world").await,
        ]
        .concat();
        let told = comes_of(answer(coding, &two), &Limits::default()).await;
        assert_eq!(told.unwrap(), b"hello world", "{coding}");
    }
}

#[tokio::test]
async fn a_window_larger_than_http_allows_is_refused() {
    let noise: Vec<u8> = (0..3_000_000_u32)
        .flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    for (log, fine) in [(23, true), (24, false)] {
        let window = [
            CParameter::window_log(log),
            CParameter::content_size_flag(false),
        ];
        let mut encoder = ZstdEncoder::with_quality_and_params(Vec::new(), Level::Fastest, &window);
        encoder.write_all(&noise).await.unwrap();
        encoder.shutdown().await.unwrap();
        let told = comes_of(answer("zstd", &encoder.into_inner()), &Limits::default()).await;
        match fine {
            true => assert_eq!(told.unwrap(), noise),
            false => assert_eq!(told, Err(Code::UpstreamMalformed)),
        }
    }
}

#[tokio::test]
async fn an_answer_without_content_may_say_how_it_would_be_packed() {
    let empty = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n";
    let told = comes_of(empty.as_bytes().to_vec(), &Limits::default()).await;
    assert_eq!(told.unwrap(), b"");
}

#[tokio::test]
async fn packed_events_come_out_as_they_come_in() {
    use http_body_util::BodyExt as _;
    let mut encoder = GzipEncoder::new(Vec::new());
    encoder.write_all(b"data: one\n\n").await.unwrap();
    encoder.flush().await.unwrap();
    let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n";
    let begun = [&head[..], encoder.get_ref()].concat();
    let server = Server::plain(vec![Then::SayAndStall(begun)]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    let mut body = send(&line).await.unwrap().body;
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "data: one\n\n");
}

#[tokio::test]
async fn a_fault_of_the_connection_comes_through_the_decoder_as_itself() {
    let body = packed("gzip", &[b'x'; 1000]).await;
    let mut cut = answer("gzip", &body);
    cut.truncate(cut.len() - 5);
    assert_eq!(
        comes_of(cut, &Limits::default()).await,
        Err(Code::UpstreamReset)
    );
    let limits = Limits {
        response_body: 10,
        ..Limits::default()
    };
    let told = comes_of(answer("gzip", &body), &limits).await;
    assert_eq!(told, Err(Code::UpstreamTooLarge));
    assert!(comes_of(ok("fits"), &limits).await.is_ok());
}
