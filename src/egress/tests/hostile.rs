//! THREATS EGR-03 and EGR-07: answers that lead elsewhere, lie about their
//! length, or do not end.

use super::{
    collect, line, read, send,
    server::{Server, Then, ok},
};
use crate::primitives::{Code, Limits, Refusal};

/// What comes of an answer, everything after the head included.
async fn comes_of(answer: impl Into<Vec<u8>>) -> Result<String, Code> {
    comes_of_within(answer, &Limits::default()).await
}

async fn comes_of_within(answer: impl Into<Vec<u8>>, limits: &Limits) -> Result<String, Code> {
    let server = Server::saying(answer).await;
    let line = line("127.0.0.1", server.address.port(), limits);
    let body = read(&line).await?;
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

fn head(rest: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{rest}\r\n\r\n")
}

#[tokio::test]
async fn plain_answers_of_all_three_framings_are_read() {
    assert_eq!(comes_of(ok("hello")).await.unwrap(), "hello");
    let chunked = head("Transfer-Encoding: Chunked") + "3\r\nhel\r\n2\r\nlo\r\n0\r\nx-t: y\r\n\r\n";
    assert_eq!(comes_of(chunked).await.unwrap(), "hello");
    assert_eq!(comes_of(head("x: y") + "hello").await.unwrap(), "hello");
    let no_content = "HTTP/1.1 204 No Content\r\n\r\n";
    assert_eq!(comes_of(no_content).await.unwrap(), "");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_not_passed() {
    let elsewhere = Server::saying(ok("elsewhere")).await;
    for status in [300, 301, 302, 303, 307, 308, 304] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n",
            elsewhere.address
        );
        assert_eq!(
            comes_of(answer).await,
            Err(Code::UpstreamRedirect),
            "{status}"
        );
    }
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(Code::UpstreamRedirect.status().as_u16(), 502);
}

#[tokio::test]
async fn a_length_that_could_be_read_in_two_ways_is_not_read() {
    for framing in [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "content-length: 5\r\ncontent-length: 5",
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 5, 5",
        "content-length: +5",
        "content-length: 0x5",
        "content-length: -1",
        "content-length:",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: gzip",
        "transfer-encoding: xchunked",
        "transfer-encoding:",
    ] {
        let answer = head(framing) + "5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(
            comes_of(answer).await,
            Err(Code::UpstreamMalformed),
            "{framing}"
        );
    }
}

#[tokio::test]
async fn a_head_http_does_not_allow_is_not_read() {
    for answer in [
        "SSH-2.0-server\r\n\r\n".to_owned(),
        "hello\n\n".to_owned(),
        "HTTP/2.0 200 OK\r\n\r\n".to_owned(),
        "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        head("x : y"),
        head("x: a\r\n folded"),
        head("x: a\0b"),
        head("no colon"),
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".to_owned(),
    ] {
        assert_eq!(
            comes_of(&*answer).await,
            Err(Code::UpstreamMalformed),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_head_has_so_many_fields_and_bytes_and_no_more() {
    let limits = Limits {
        header_count: 20,
        header_bytes: 1000,
        ..Limits::default()
    };
    let fields = |many: usize| "a: b\r\n".repeat(many) + "content-length: 0";
    assert!(comes_of_within(head(&fields(19)), &limits).await.is_ok());
    assert!(comes_of_within(head(&fields(20)), &limits).await.is_err());
    let bytes = |many: usize| format!("a: {}\r\ncontent-length: 0", "b".repeat(many));
    assert!(comes_of_within(head(&bytes(900)), &limits).await.is_ok());
    assert!(comes_of_within(head(&bytes(1000)), &limits).await.is_err());
}

#[tokio::test]
async fn interim_answers_are_skipped_until_they_are_too_many() {
    let hint = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
    let few = hint.repeat(8).into_bytes();
    assert_eq!(
        comes_of([few, ok("hello")].concat()).await.unwrap(),
        "hello"
    );
    let server = Server::plain(vec![Then::SayAndStall(hint.repeat(9).into_bytes())]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    assert_eq!(read(&line).await, Err(Code::UpstreamMalformed));
}

#[tokio::test]
async fn an_answer_that_ends_early_is_no_answer() {
    for answer in [
        String::new(),
        "HTTP/1.1 200".to_owned(),
        head("content-length: 6") + "hello",
        head("transfer-encoding: chunked") + "5\r\nhello\r\n",
        head("transfer-encoding: chunked") + "5\r\nhel",
        head("transfer-encoding: chunked"),
    ] {
        assert_eq!(
            comes_of(&*answer).await,
            Err(Code::UpstreamReset),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_chunk_that_is_none_is_not_read() {
    for body in [
        "zz\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n",
    ] {
        let answer = head("transfer-encoding: chunked") + body;
        assert_eq!(
            comes_of(answer).await,
            Err(Code::UpstreamMalformed),
            "{body:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_has_so_many_bytes_and_no_more() {
    let limits = Limits {
        response_body: 10,
        ..Limits::default()
    };
    assert!(comes_of_within(ok("0123456789"), &limits).await.is_ok());
    let said = comes_of_within(ok("0123456789a"), &limits).await;
    assert_eq!(said, Err(Code::UpstreamTooLarge));
    let chunked = head("transfer-encoding: chunked") + "b\r\n0123456789a\r\n0\r\n\r\n";
    assert_eq!(
        comes_of_within(chunked, &limits).await,
        Err(Code::UpstreamTooLarge)
    );
    let endless = head("x: y") + "0123456789a";
    assert_eq!(
        comes_of_within(endless, &limits).await,
        Err(Code::UpstreamTooLarge)
    );
}

#[tokio::test]
async fn an_answer_that_says_it_is_too_large_is_refused_at_its_head() {
    let server = Server::plain(vec![Then::SayAndStall(
        head("content-length: 99999999999").into_bytes(),
    )])
    .await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    let fault = send(&line).await.unwrap_err();
    assert_eq!(Refusal::from(fault).code(), Code::UpstreamTooLarge);
}

#[tokio::test]
async fn a_second_answer_nobody_asked_for_reaches_nobody() {
    let two = [ok("first"), ok("poison")].concat();
    let server = Server::plain(vec![Then::Say(two), Then::Say(ok("third"))]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    assert_eq!(read(&line).await.unwrap(), "first");
    assert_eq!(
        read(&line).await.unwrap(),
        "first",
        "asked on a new connection"
    );
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn what_an_answer_says_about_its_connection_stays_here() {
    let rest = "x-request-id: r1\r\nconnection: close, x-secret\r\nkeep-alive: timeout=5\r\n\
                alt-svc: h3=\":443\"\r\ncontent-length: 2";
    let server = Server::saying(head(rest) + "{}").await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    let answered = send(&line).await.unwrap();
    let names: Vec<_> = answered
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .collect();
    assert_eq!(names, ["x-request-id"]);
}

#[tokio::test]
async fn an_error_status_is_an_answer_and_is_asked_for_once() {
    for status in [400, 401, 429, 500, 503] {
        let answer =
            format!("HTTP/1.1 {status} No\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{{}}");
        let server = Server::plain(vec![Then::Say(answer.into_bytes())]).await;
        let line = line("127.0.0.1", server.address.port(), &Limits::default());
        let answered = send(&line).await.unwrap();
        assert_eq!(answered.status.as_u16(), status);
        assert_eq!(collect(answered.body).await.unwrap(), "{}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_names_neither_host_nor_address() {
    let line = line("127.0.0.1", 1, &Limits::default());
    let refusal = Refusal::from(send(&line).await.unwrap_err());
    assert_eq!(refusal.code(), Code::UpstreamUnreachable);
    assert!(!refusal.sentence().contains("127.0.0.1"));
    assert!(refusal.detail().unwrap().contains("127.0.0.1:1"));
}
