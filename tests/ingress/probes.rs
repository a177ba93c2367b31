//! The probes port.

use tokio::net::TcpStream;

use crate::room::{Caller, Room, body, field, get, limits, status};

async fn ask(room: &Room, request: &str) -> String {
    let mut caller = Caller::new(TcpStream::connect(room.probes).await.unwrap());
    caller
        .send(request.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1))
        .await;
    caller.rest().await
}

#[tokio::test]
async fn three_paths_and_nothing_else() {
    let room = Room::open(limits()).await;
    assert_eq!(body(&ask(&room, &get("/livez")).await), "alive");
    assert_eq!(body(&ask(&room, &get("/readyz")).await), "ready");
    let metrics = ask(&room, &get("/metrics")).await;
    assert_eq!(body(&metrics), "# EOF\n");
    let kind = field(&metrics, "content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"));
    for other in [
        "/",
        "/livez/",
        "/openai/v1/models",
        "/v1/models",
        "/debug",
        "/metrics/x",
    ] {
        assert_eq!(status(&ask(&room, &get(other)).await), 404, "{other}");
    }
    assert_eq!(room.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn they_are_asked_with_get_or_head() {
    let room = Room::open(limits()).await;
    let head = ask(&room, "HEAD /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!((status(&head), body(&head)), (200, ""));
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = ask(
            &room,
            &format!("{method} /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"),
        )
        .await;
        assert_eq!(status(&answer), 405, "{method}");
        assert_eq!(field(&answer, "allow"), Some("GET, HEAD"), "{method}");
    }
}

#[tokio::test]
async fn readiness_says_what_is_missing() {
    let room = Room::open(limits()).await;
    *room.lamp.0.lock().unwrap() = Some("audit");
    let answer = ask(&room, &get("/readyz")).await;
    assert_eq!((status(&answer), body(&answer)), (503, "audit"));
    assert_eq!(status(&ask(&room, &get("/livez")).await), 200);
}

#[tokio::test]
async fn the_data_port_has_no_probes() {
    let room = Room::open(limits()).await;
    for path in ["/livez", "/readyz", "/metrics"] {
        let request = get(path).replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
        let answer = room.exchange(request.as_bytes()).await;
        assert_eq!(body(&answer), "", "{path}");
    }
    assert_eq!(room.seen(), ["GET /livez", "GET /readyz", "GET /metrics"]);
}

#[tokio::test]
async fn their_heads_are_checked_like_any() {
    let room = Room::open(limits()).await;
    let foreign = "GET /metrics HTTP/1.1\r\nhost: rebound.example\r\n\r\n";
    assert_eq!(status(&ask(&room, foreign).await), 421);
    assert_eq!(room.notes.0.lock().unwrap()[0].listener, "probes");
}
