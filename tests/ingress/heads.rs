//! Hostile heads: one answer, the end of the connection, nothing to a handler.

use portcullis::primitives::Code;

use crate::room::{Room, body, field, get, limits, post, status};

/// The rows of the table the head check is tested with too.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let table = include_str!("hostile.txt");
    let rows = table
        .lines()
        .filter(|row| !row.is_empty() && !row.starts_with('#'));
    rows.map(|row| {
        let (reason, payload) = row.split_once(' ').unwrap();
        (reason, unescaped(payload.trim_start()))
    })
    .collect()
}

fn unescaped(payload: &str) -> Vec<u8> {
    if let Some((before, rest)) = payload.split_once('{') {
        let (group, after) = rest.split_once('}').unwrap();
        let (text, times) = group.rsplit_once('*').unwrap();
        let group = text.repeat(times.parse().unwrap());
        return unescaped(&format!("{before}{group}{after}"));
    }
    let mut bytes = Vec::new();
    let mut rest = payload.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next().unwrap() {
                b'r' => b'\r',
                b'n' => b'\n',
                b't' => b'\t',
                b'0' => 0,
                b'x' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            },
            plain => plain,
        });
    }
    bytes
}

/// The status a reason stands for.
fn expected(reason: &str) -> Code {
    match reason {
        "method" => Code::MethodNotAllowed,
        "target_too_long" => Code::UriTooLong,
        "headers_too_large" => Code::HeadersTooLarge,
        "host_foreign" => Code::MisdirectedRequest,
        "origin" => Code::CrossOrigin,
        _ => Code::MalformedRequest,
    }
}

#[tokio::test]
async fn a_hostile_head_has_one_answer_and_ends_the_connection() {
    let room = Room::open(limits()).await;
    let rows = hostile();
    assert!(rows.len() > 100);
    for (reason, payload) in &rows {
        // what would be the second request of a smuggler
        let smuggled = get("/smuggled");
        let bytes = [payload.as_slice(), smuggled.as_bytes()].concat();
        let answer = room.exchange(&bytes).await;
        let shown = String::from_utf8_lossy(payload);
        let code = expected(reason);
        assert_eq!(
            status(&answer),
            code.status().as_u16(),
            "{shown:?}: {answer}"
        );
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{shown:?}: {answer}"
        );
        assert_eq!(field(&answer, "connection"), Some("close"), "{shown:?}");
        assert_eq!(field(&answer, "x-should-retry"), Some("false"), "{shown:?}");
        if payload.starts_with(b"HEAD ") {
            assert_eq!(body(&answer), "");
            continue;
        }
        let length = field(&answer, "content-length").unwrap();
        assert_eq!(length, body(&answer).len().to_string(), "{shown:?}");
        let error: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
        assert_eq!(error["error"]["code"], code.name(), "{shown:?}");
        let id = field(&answer, "x-portcullis-request-id").unwrap();
        assert_eq!(error["error"]["request_id"], id);
    }
    assert_eq!(room.seen(), Vec::<String>::new());
    let reasons: Vec<_> = rows.iter().map(|(reason, _)| *reason).collect();
    assert_eq!(room.notes.reasons(), reasons);
}

#[tokio::test]
async fn the_witness_hears_who_and_which_request() {
    let room = Room::open(limits()).await;
    let mut caller = room.call().await;
    let own = caller.io.local_addr().unwrap();
    caller
        .send("GET /a/../b HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await;
    let answer = caller.rest().await;
    let notes = room.notes.0.lock().unwrap();
    assert_eq!((notes[0].source, notes[0].listener), (own, "data"));
    assert_eq!(notes[0].code, Code::MalformedRequest);
    let id = notes[0].request.to_string();
    assert_eq!(field(&answer, "x-portcullis-request-id"), Some(&*id));
}

#[tokio::test]
async fn nothing_of_the_request_is_in_the_answer() {
    let room = Room::open(limits()).await;
    for bytes in [
        "GET /canary//x HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: canary.example\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: localhost\r\nx_canary: 1\r\n\r\n",
        "CANARY / HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ] {
        let answer = room.exchange(bytes.as_bytes()).await;
        assert!(!answer.to_lowercase().contains("canary"), "{answer}");
    }
}

#[tokio::test]
async fn a_bad_head_after_good_requests_is_answered_after_them() {
    let room = Room::open(limits()).await;
    let bytes = post("/first", "abc") + "GET /a\\b HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut caller = room.call().await;
    caller.send(&bytes).await;
    let first = caller.answer().await;
    assert_eq!((status(&first), body(&first)), (200, "abc"));
    let second = caller.rest().await;
    assert_eq!(status(&second), 400);
    assert_eq!(second.matches("HTTP/1.1 ").count(), 1);
    assert_eq!(room.seen(), ["POST /first"]);
}

#[tokio::test]
async fn a_caller_that_leaves_in_a_head_is_noted_and_one_that_says_nothing_is_not() {
    let room = Room::open(limits()).await;
    drop(room.call().await);
    let mut caller = room.call().await;
    caller.send("GET / HTTP/1.1\r\nhost").await;
    drop(caller);
    room.until("the cut head is noted", |room| {
        !room.notes.reasons().is_empty()
    })
    .await;
    assert_eq!(room.notes.reasons(), ["head_cut"]);
}

#[tokio::test]
async fn off_loopback_names_count_and_origins_do_not() {
    let mut settings = crate::room::listen(None);
    settings.data.address = "0.0.0.0:0".to_owned();
    settings.data.hosts = vec!["gw.example".to_owned()];
    let mut room = Room::with(limits(), settings).await;
    room.address.set_ip([127, 0, 0, 1].into());
    let ask = |host: &str| {
        format!(
            "GET / HTTP/1.1\r\nhost: {host}\r\norigin: https://a.example\r\nconnection: close\r\n\r\n"
        )
    };
    assert_eq!(
        status(&room.exchange(ask("GW.example:8443").as_bytes()).await),
        200
    );
    assert_eq!(
        status(&room.exchange(ask("localhost").as_bytes()).await),
        421
    );
}
