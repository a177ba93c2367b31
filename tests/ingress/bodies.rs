//! Bodies: how large, how many, and what becomes of broken ones.

use portcullis::primitives::Limits;

use crate::room::{Room, body, field, get, limits, post, status};

fn chunked(path: &str, chunks: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n{chunks}")
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_by_its_length_before_it_is_read() {
    let room = Room::open(limits()).await;
    let fits = room
        .exchange(
            post("/a", &"x".repeat(1_000))
                .replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")
                .as_bytes(),
        )
        .await;
    assert_eq!(status(&fits), 200);
    // nothing of the body is ever sent
    let head = "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1001\r\n\r\n";
    let answer = room.exchange(head.as_bytes()).await;
    assert_eq!((status(&answer), body(&answer)), (413, "request_too_large"));
    assert_eq!(field(&answer, "connection"), Some("close"));
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_refused_while_it_is_read() {
    let room = Room::open(limits()).await;
    let chunk = format!("1f4\r\n{}\r\n", "x".repeat(500));
    let exact = chunk.repeat(2) + "0\r\n\r\n";
    let mut caller = room.call().await;
    caller.send(chunked("/a", &exact)).await;
    assert_eq!(status(&caller.answer().await), 200);
    // no end is ever sent
    let answer = room
        .exchange(chunked("/a", &(chunk.repeat(2) + "1\r\nx\r\n")).as_bytes())
        .await;
    assert_eq!((status(&answer), body(&answer)), (413, "request_too_large"));
}

#[tokio::test]
async fn a_caller_that_sends_on_regardless_still_reads_its_refusal() {
    let limits = Limits {
        request_body: 4_000_000,
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut caller = room.call().await;
    caller
        .send("POST /unread HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3000000\r\n\r\n")
        .await;
    caller.send("x".repeat(3_000_000)).await;
    let answer = caller.rest().await;
    assert_eq!((status(&answer), body(&answer)), (401, "unread"));
}

#[tokio::test]
async fn all_bodies_together_stay_within_their_memory() {
    let limits = Limits {
        all_bodies: 2_500,
        ..limits()
    };
    let room = Room::open(limits).await;
    let full = post("/keep", &"x".repeat(1_000));
    for expected in [200, 200, 503] {
        let mut caller = room.call().await;
        caller.send(&full).await;
        let answer = caller.answer().await;
        assert_eq!(status(&answer), expected, "{answer}");
    }
    // a slice keeps the memory of the whole
    let slice = room.desk.kept.lock().unwrap().pop().unwrap().slice(..1);
    let mut caller = room.call().await;
    caller.send(&full).await;
    assert_eq!(body(&caller.answer().await), "overloaded");
    drop(slice);
    let mut caller = room.call().await;
    caller.send(&full).await;
    assert_eq!(body(&caller.answer().await), "kept");
}

#[tokio::test]
async fn a_length_that_is_only_announced_takes_no_memory() {
    let limits = Limits {
        all_bodies: 1_000,
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut waiting = Vec::new();
    for index in 1..=5 {
        let mut caller = room.call().await;
        let head = "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nx";
        caller.send(head).await;
        waiting.push(caller);
        room.until("it arrives", |room| room.seen().len() == index)
            .await;
    }
    let mut caller = room.call().await;
    caller.send(post("/a", "small")).await;
    assert_eq!(status(&caller.answer().await), 200);
}

#[tokio::test]
async fn a_compressed_body_is_refused_unread() {
    let room = Room::open(limits()).await;
    for coding in [
        "gzip",
        "br",
        "gzip, gzip",
        "identity",
        "zstd\r\ncontent-encoding: gzip",
    ] {
        let request = format!(
            "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-encoding: {coding}\r\ncontent-length: 3\r\n\r\nabc"
        );
        let answer = room.exchange(request.as_bytes()).await;
        assert_eq!(
            (status(&answer), body(&answer)),
            (415, "content_encoding_refused")
        );
    }
}

#[tokio::test]
async fn broken_chunks_are_refused_and_what_follows_is_no_request() {
    let room = Room::open(limits()).await;
    let broken = [
        "3;a=b\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nx-late: 1\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "000000003\r\nabc\r\n0\r\n\r\n",
    ];
    for chunks in broken {
        let bytes = chunked("/body", chunks) + &get("/smuggled");
        let answer = room.exchange(bytes.as_bytes()).await;
        assert_eq!(
            (status(&answer), body(&answer)),
            (400, "malformed_request"),
            "{chunks:?}"
        );
        assert_eq!(field(&answer, "connection"), Some("close"), "{chunks:?}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{chunks:?}");
    }
    assert!(room.seen().iter().all(|one| one == "POST /body"));
    assert_eq!(room.seen().len(), broken.len());
}

#[tokio::test]
async fn an_unread_body_is_no_request_either() {
    let room = Room::open(limits()).await;
    let hidden = get("/smuggled");
    let answer = room.exchange(post("/unread", &hidden).as_bytes()).await;
    assert_eq!(status(&answer), 401);
    assert_eq!(answer.matches("HTTP/1.1").count(), 1);
    assert_eq!(room.seen(), ["POST /unread"]);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_never_whole() {
    let room = Room::open(limits()).await;
    for bytes in [
        post("/keep", "0123456789"),
        chunked("/keep", "9\r\nabcdefghi\r\n0\r\n\r\n"),
    ] {
        let mut caller = room.call().await;
        caller.send(&bytes[..bytes.len() - 1]).await;
        drop(caller);
    }
    room.until("both arrive", |room| room.seen().len() == 2)
        .await;
    // a whole one afterwards is the only one kept
    let mut caller = room.call().await;
    caller.send(post("/keep", "abc")).await;
    caller.answer().await;
    assert_eq!(*room.desk.kept.lock().unwrap(), ["abc"]);
}
