//! Stopping: nobody new, everybody to their end, and an end to that.

use std::time::{Duration, Instant};

use portcullis::primitives::Limits;
use tokio::net::TcpStream;

use crate::room::{Caller, Room, body, field, get, limits, status};

#[tokio::test]
async fn running_requests_finish_idle_connections_close_and_nobody_new_comes_in() {
    let room = Room::open(limits()).await;
    let (mut idle, mut fresh) = (room.call().await, room.call().await);
    idle.send(get("/a")).await;
    idle.answer().await;
    let (mut running, mut streaming) = (room.call().await, room.call().await);
    running.send(get("/wait")).await;
    room.until("it arrives", |room| room.seen().len() == 2)
        .await;
    streaming.send(get("/stream")).await;
    streaming.up_to("one\r\n").await;
    let start = Instant::now();
    room.stop.signal();
    assert_eq!(
        (idle.rest().await, fresh.rest().await),
        (String::new(), String::new())
    );
    room.until("the port closes", |room| {
        std::net::TcpStream::connect(room.address).is_err()
    })
    .await;
    room.desk.go.notify_waiters();
    let answer = running.rest().await;
    assert_eq!((status(&answer), body(&answer)), (200, "waited"));
    assert_eq!(field(&answer, "connection"), Some("close"));
    assert_eq!(streaming.rest().await, "3\r\ntwo\r\n0\r\n\r\n");
    assert_eq!(room.served().await, 0);
    assert!(start.elapsed() < limits().drain);
}

#[tokio::test]
async fn what_still_runs_after_the_drain_time_is_cut_and_counted() {
    let limits = Limits {
        drain: Duration::from_millis(200),
        ..limits()
    };
    let room = Room::open(limits).await;
    let (mut running, mut streaming) = (room.call().await, room.call().await);
    running.send(get("/wait")).await;
    streaming.send(get("/stream")).await;
    streaming.up_to("one\r\n").await;
    room.until("both arrive", |room| room.seen().len() == 2)
        .await;
    room.stop.signal();
    assert_eq!(room.served().await, 2);
    assert_eq!(running.rest().await, "");
    assert_eq!(streaming.rest().await, "", "a cut answer has no end");
}

#[tokio::test]
async fn a_second_signal_cuts_at_once() {
    let limits = Limits {
        drain: Duration::from_secs(600),
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut running = room.call().await;
    running.send(get("/wait")).await;
    room.until("it arrives", |room| room.seen().len() == 1)
        .await;
    room.stop.signal();
    assert!(room.stop.is_stopping());
    room.stop.signal();
    assert_eq!(room.served().await, 1);
    assert_eq!(running.rest().await, "");
}

#[tokio::test]
async fn probes_say_that_the_gateway_drains_until_it_has() {
    let room = Room::open(limits()).await;
    let mut running = room.call().await;
    running.send(get("/wait")).await;
    room.until("it arrives", |room| room.seen().len() == 1)
        .await;
    room.stop.signal();
    let mut probe = Caller::new(TcpStream::connect(room.probes).await.unwrap());
    probe.send(get("/livez")).await;
    assert_eq!(status(&probe.answer().await), 200);
    probe.send(get("/readyz")).await;
    let answer = probe.answer().await;
    assert_eq!((status(&answer), body(&answer)), (503, "draining"));
    room.desk.go.notify_one();
    running.rest().await;
    assert_eq!(room.served().await, 0);
    assert_eq!(probe.rest().await, "");
}
