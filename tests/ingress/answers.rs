//! What goes out: panics, answers that are cut off, ids.

use crate::room::{Room, body, field, get, limits, status};

#[tokio::test]
async fn a_panic_is_a_500_and_neighbours_do_not_notice() {
    let room = Room::open(limits()).await;
    let mut neighbour = room.call().await;
    neighbour.send(get("/wait")).await;
    room.until("the neighbour arrives", |room| room.seen().len() == 1)
        .await;
    let mut caller = room.call().await;
    caller.send(get("/panic")).await;
    let answer = caller.answer().await;
    assert_eq!(status(&answer), 500);
    let error: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!(error["error"]["code"], "internal_error");
    let id = field(&answer, "x-portcullis-request-id").unwrap();
    assert_eq!(error["error"]["request_id"], id);
    assert_eq!(field(&answer, "x-should-retry"), Some("false"));
    assert!(!answer.contains("canary"));
    assert_eq!(*room.desk.dropped.lock().unwrap(), ["panic"]);
    // not even the connection of the one it happened to
    caller.send(get("/a")).await;
    assert_eq!(status(&caller.answer().await), 200);
    room.desk.go.notify_one();
    assert_eq!(body(&neighbour.answer().await), "waited");
}

#[tokio::test]
async fn an_aborted_answer_has_its_last_event_and_no_end() {
    let room = Room::open(limits()).await;
    for _ in 0..50 {
        let answer = room.exchange(get("/abort").as_bytes()).await;
        assert_eq!(status(&answer), 200);
        assert_eq!(field(&answer, "transfer-encoding"), Some("chunked"));
        assert!(
            answer.contains("\r\n\r\nE\r\nevent: error\n\n\r\n"),
            "{answer:?}"
        );
        assert!(answer.ends_with("event: error\n\n\r\n"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_body_that_panics_is_an_aborted_answer() {
    let room = Room::open(limits()).await;
    let answer = room.exchange(get("/panic-later").as_bytes()).await;
    assert!(answer.ends_with("3\r\none\r\n"), "{answer:?}");
    assert_eq!(*room.desk.dropped.lock().unwrap(), ["panic"]);
    assert_eq!(status(&room.exchange(get("/abort").as_bytes()).await), 200);
}

#[tokio::test]
async fn every_answer_carries_an_id_of_its_own() {
    let room = Room::open(limits()).await;
    let mut caller = room.call().await;
    let mut ids = std::collections::HashSet::new();
    for _ in 0..3 {
        caller.send(get("/a")).await;
        let answer = caller.answer().await;
        ids.insert(
            field(&answer, "x-portcullis-request-id")
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn credentials_are_not_in_the_debug_of_headers() {
    let room = Room::open(limits()).await;
    let names = [
        "authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "cookie",
        "proxy-authorization",
    ];
    let lines: String = names
        .iter()
        .map(|name| format!("{name}: canary\r\n"))
        .collect();
    let request = format!("GET /a HTTP/1.1\r\nhost: localhost\r\n{lines}connection: close\r\n\r\n");
    assert_eq!(status(&room.exchange(request.as_bytes()).await), 200);
    let shown = room.desk.shown.lock().unwrap().clone();
    assert!(
        shown.contains("authorization") && !shown.contains("canary"),
        "{shown}"
    );
}
