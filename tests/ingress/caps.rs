//! How many connections there may be.

use portcullis::primitives::{Code, Limits};

use crate::room::{Room, field, get, limits, status};

#[tokio::test]
async fn one_source_has_so_many_connections_and_no_more() {
    let limits = Limits {
        connections_per_source: 3,
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut caller = room.call().await;
        caller.send(get("/a")).await;
        assert_eq!(status(&caller.answer().await), 200);
        open.push(caller);
    }
    let mut turned_away = room.call().await;
    let answer = turned_away.rest().await;
    assert_eq!(status(&answer), 503);
    assert_eq!(field(&answer, "retry-after"), Some("1"));
    assert_eq!(room.notes.reasons(), ["connections_of_source"]);
    assert_eq!(room.notes.0.lock().unwrap()[0].code, Code::Overloaded);
    // those that are in stay in, and a place that is free is taken again
    open[0].send(get("/a")).await;
    assert_eq!(status(&open[0].answer().await), 200);
    drop(open.pop());
    while room.call().await.try_ask().await != Some(200) {}
}

#[tokio::test]
async fn the_port_has_so_many_connections_and_no_more() {
    let limits = Limits {
        connections: 2,
        ..limits()
    };
    let room = Room::open(limits).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut caller = room.call().await;
        caller.send(get("/a")).await;
        assert_eq!(status(&caller.answer().await), 200);
        open.push(caller);
    }
    assert_eq!(status(&room.call().await.rest().await), 503);
    assert_eq!(room.notes.reasons(), ["connections"]);
    // the probes have places of their own
    let mut probe =
        crate::room::Caller::new(tokio::net::TcpStream::connect(room.probes).await.unwrap());
    probe.send(get("/livez")).await;
    assert_eq!(status(&probe.answer().await), 200);
}
