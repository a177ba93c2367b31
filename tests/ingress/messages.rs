//! Where one message ends and the next begins.

use std::time::Duration;

use crate::room::{Room, body, field, get, limits, post, status};

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let room = Room::open(limits()).await;
    let mut caller = room.call().await;
    for word in ["one", "two", "three"] {
        caller.send(post("/echo", word)).await;
        let answer = caller.answer().await;
        assert_eq!((status(&answer), body(&answer)), (200, word));
        assert_eq!(field(&answer, "connection"), None);
    }
    let chunked = "POST /echo HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n\
                   3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
    caller.send(chunked).await;
    assert_eq!(body(&caller.answer().await), "abc0123456789");
    caller.send(get("/last")).await;
    assert_eq!(status(&caller.answer().await), 200);
    assert_eq!(room.seen().len(), 5);
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_turn_never_together() {
    let room = Room::open(limits()).await;
    let mut caller = room.call().await;
    caller
        .send(get("/wait") + &post("/b", "x") + &get("/c"))
        .await;
    room.until("the first arrives", |room| room.seen().len() == 1)
        .await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(room.seen(), ["GET /wait"]);
    room.desk.go.notify_one();
    assert_eq!(body(&caller.answer().await), "waited");
    assert_eq!(body(&caller.answer().await), "x");
    assert_eq!(status(&caller.answer().await), 200);
    assert_eq!(room.seen(), ["GET /wait", "POST /b", "GET /c"]);
}

#[tokio::test]
async fn every_cut_of_a_request_is_the_same_request() {
    let room = Room::open(limits()).await;
    let bytes = "POST /echo?a=b HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\
                 connection: close\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
    for cut in 1..bytes.len() {
        let (early, late) = bytes.split_at(cut);
        let mut caller = room.call().await;
        caller.io.set_nodelay(true).unwrap();
        caller.send(early).await;
        tokio::time::sleep(Duration::from_millis(3)).await;
        caller.send(late).await;
        let answer = caller.rest().await;
        assert_eq!((status(&answer), body(&answer)), (200, "abcd"), "{cut}");
    }
    assert!(room.seen().iter().all(|one| one == "POST /echo?a=b"));
    assert_eq!(room.seen().len(), bytes.len() - 1);
}

#[tokio::test]
async fn a_caller_that_hangs_up_ends_its_handler() {
    let room = Room::open(limits()).await;
    let mut caller = room.call().await;
    caller.send(get("/wait")).await;
    room.until("it arrives", |room| room.seen().len() == 1)
        .await;
    drop(caller);
    room.until("the handler is dropped", |room| {
        *room.desk.dropped.lock().unwrap() == ["hang-up"]
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_hangs_up_behind_a_request_sent_ahead_ends_its_handler_too() {
    let room = Room::open(limits()).await;
    let mut caller = room.call().await;
    caller.send(get("/wait") + &get("/next")).await;
    room.until("it arrives", |room| room.seen().len() == 1)
        .await;
    drop(caller);
    room.until("the handler is dropped", |room| {
        *room.desk.dropped.lock().unwrap() == ["hang-up"]
    })
    .await;
    assert_eq!(room.seen(), ["GET /wait"]);
}

#[tokio::test]
async fn a_head_at_all_its_limits_is_served() {
    let limits = portcullis::primitives::Limits::default();
    let target = format!("/{}", "a".repeat(limits.target_bytes - 1));
    let mut head = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n");
    head += &"a: b\r\n".repeat(limits.header_count - 2);
    let filler = limits.header_bytes - head.len() - "f: \r\n\r\n".len();
    head += &format!("f: {}\r\n\r\n", "x".repeat(filler));
    assert_eq!(head.len(), limits.header_bytes);
    let room = Room::open(limits).await;
    let mut caller = room.call().await;
    caller.send(&head).await;
    assert_eq!(status(&caller.answer().await), 200);
    assert_eq!(room.seen(), [format!("GET {target}")]);
}

#[tokio::test]
async fn a_continue_is_sent_when_the_body_is_wanted_and_not_before() {
    let room = Room::open(limits()).await;
    let ask = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n"
        )
    };
    let mut caller = room.call().await;
    caller.send(ask("/echo")).await;
    assert_eq!(status(&caller.up_to("\r\n\r\n").await), 100);
    caller.send("ab").await;
    assert_eq!(body(&caller.answer().await), "ab");
    let mut caller = room.call().await;
    caller.send(ask("/unread")).await;
    let answer = caller.rest().await;
    assert_eq!(status(&answer), 401);
    assert_eq!(field(&answer, "connection"), Some("close"));
}

#[tokio::test]
async fn an_answer_to_head_has_no_body_and_keeps_the_connection() {
    let room = Room::open(limits()).await;
    let mut caller = room.call().await;
    for _ in 0..2 {
        caller
            .send("HEAD /x HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await;
        assert_eq!(status(&caller.up_to("\r\n\r\n").await), 200);
    }
}
