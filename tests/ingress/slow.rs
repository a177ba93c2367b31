//! Callers that take their time. Small limits, generous margins.

use std::time::{Duration, Instant};

use portcullis::primitives::Limits;
use tokio::io::AsyncReadExt;

use crate::room::{PATIENCE, Room, body, field, get, limits, post, status};

const SHORT: Duration = Duration::from_millis(200);

/// Never comes within a test.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_head_that_trickles_is_cut_in_time() {
    let limits = Limits {
        header_time: SHORT,
        keep_alive: LONG,
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut caller = room.call().await;
    let start = Instant::now();
    // every byte is progress and none is an end
    let answer = loop {
        let trickle = tokio::time::sleep(Duration::from_millis(20));
        let mut early = [0; 1];
        tokio::select! {
            read = caller.io.read(&mut early) => {
                assert_eq!(read.unwrap(), 1);
                break "H".to_owned() + &caller.rest().await;
            }
            () = trickle => caller.send("G").await,
        }
        assert!(start.elapsed() < PATIENCE);
    };
    assert!(start.elapsed() >= SHORT);
    assert_eq!(status(&answer), 408);
    assert_eq!(field(&answer, "connection"), Some("close"));
    assert_eq!(room.notes.reasons(), ["head_slow"]);
}

#[tokio::test]
async fn a_connection_that_never_speaks_is_closed_without_a_word() {
    let limits = Limits {
        header_time: SHORT,
        keep_alive: LONG,
        ..limits()
    };
    let room = Room::open(limits).await;
    assert_eq!(room.call().await.rest().await, "");
    assert!(room.notes.reasons().is_empty());
}

#[tokio::test]
async fn an_idle_connection_has_the_idle_time_and_a_begun_head_the_time_of_a_head() {
    let limits = Limits {
        header_time: LONG,
        keep_alive: SHORT,
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut caller = room.call().await;
    caller.send(get("/a")).await;
    caller.answer().await;
    let start = Instant::now();
    assert_eq!(caller.rest().await, "");
    assert!(start.elapsed() >= SHORT / 2);
    // a head that has begun is not idle any more
    let mut caller = room.call().await;
    caller.send(get("/a")).await;
    caller.answer().await;
    caller.send("GET /b HTT").await;
    tokio::time::sleep(3 * SHORT).await;
    caller.send("P/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(status(&caller.answer().await), 200);
}

#[tokio::test]
async fn a_body_that_stops_is_cut_by_the_rate() {
    let limits = Limits {
        header_time: SHORT,
        body_time: LONG,
        ..limits()
    };
    let room = Room::open(limits).await;
    let answer = room
        .exchange(&post("/a", "0123456789").as_bytes()[..66])
        .await;
    assert_eq!((status(&answer), body(&answer)), (408, "request_timeout"));
    assert_eq!(field(&answer, "connection"), Some("close"));
}

#[tokio::test]
async fn a_body_that_keeps_the_rate_is_cut_by_its_time() {
    let limits = Limits {
        header_time: LONG,
        body_time: SHORT,
        slowest_rate: 1,
        request_body: 1_000_000,
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut caller = room.call().await;
    caller
        .send("POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900000\r\n\r\n")
        .await;
    let start = Instant::now();
    let answer = loop {
        let mut early = [0; 1];
        tokio::select! {
            read = caller.io.read(&mut early) => {
                assert_eq!(read.unwrap(), 1);
                break "H".to_owned() + &caller.up_to("request_timeout").await;
            }
            () = tokio::time::sleep(Duration::from_millis(20)) => caller.send("x".repeat(50)).await,
        }
        assert!(start.elapsed() < PATIENCE);
    };
    assert!(start.elapsed() >= SHORT);
    assert_eq!(status(&answer), 408);
}

#[tokio::test]
async fn a_caller_that_does_not_read_its_answer_is_cut() {
    let limits = Limits {
        write_stall: SHORT,
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut caller = room.call().await;
    caller.send(get("/huge")).await;
    room.until("it arrives", |room| room.seen().len() == 1)
        .await;
    room.stop.signal();
    // the request ends by itself, long before the drain time: not by reading
    assert_eq!(room.served().await, 0);
    let read = caller.rest().await;
    assert!(read.len() < 32 * 1024 * 1024, "{}", read.len());
}

#[tokio::test]
async fn a_caller_that_reads_slowly_and_steadily_gets_everything() {
    let limits = Limits {
        write_stall: Duration::from_secs(5),
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut caller = room.call().await;
    caller
        .send(get("/huge").replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"))
        .await;
    tokio::time::sleep(SHORT).await;
    assert_eq!(body(&caller.rest().await).len(), 32 * 1024 * 1024);
}
