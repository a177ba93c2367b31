//! Streams of events made up for the purpose, and what a client reads of them.
#![expect(
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that cuts its own text in the wrong place should stop"
)]

mod events;
mod oracle;

use super::*;
use crate::{
    primitives::Limits,
    redact::tests::{FOREIGN, MAIL, body, sent},
    wire::json::escape,
};

/// The caller's values and their placeholders, and a fresh way back each time.
struct Case {
    mail: String,
    card: String,
}

impl Case {
    fn new() -> Self {
        let (out, ..) = Self::request();
        let document = body(&out);
        let text = |name: &str| {
            let node = document.0.as_ref().unwrap().root().unwrap();
            let node = node.get(name).or_else(|| node.get("input")?.get(name));
            node.unwrap().text().into_owned()
        };
        Self {
            mail: text("text"),
            card: text("card"),
        }
    }

    fn request() -> (String, Exchange, Findings) {
        let text = format!("{{\"text\":\"{MAIL}\",\"input\":{{\"card\":4111111111111111}}}}");
        sent(&text, &["default"])
    }

    fn stream() -> Stream {
        Self::request().1.stream()
    }
}

fn now() -> Instant {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// An event with text of one channel.
fn event(channel: u64, carrier: Carrier, text: &str) -> Event {
    numbered(channel, carrier, text, 7)
}

fn numbered(channel: u64, carrier: Carrier, text: &str, number: u64) -> Event {
    let head = format!("data: {{\"n\":{number},\"c\":{channel},\"t\":\"");
    let content = escape(text);
    let start = head.len();
    Event {
        raw: Bytes::from(format!("{head}{content}\"}}\n\n")),
        pieces: vec![Piece {
            channel: ChannelId(channel),
            carrier,
            span: start..start + content.len(),
        }],
        number: Some(11..11 + number.to_string().len()),
        ..Event::default()
    }
}

fn end(channel: u64) -> Event {
    Event {
        raw: Bytes::from_static(b"data: {\"end\":true}\n\n"),
        ends: vec![ChannelId(channel)],
        ..Event::default()
    }
}

/// What a client reads of a channel.
fn read(events: &[Bytes], channel: u64) -> String {
    let mut text = String::new();
    for event in events {
        let event = std::str::from_utf8(event).unwrap();
        let data = event.strip_prefix("data: ").unwrap().trim_end();
        let document = body(data);
        let document = document.0.as_ref().unwrap();
        if document
            .get("c")
            .is_some_and(|one| one.raw() == channel.to_string())
        {
            text.push_str(&document.get("t").unwrap().text());
        }
    }
    text
}

/// Streams the pieces and checks the cap on the way.
fn streamed(carrier: Carrier, pieces: &[&str]) -> String {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    for piece in pieces {
        stream
            .take(event(1, carrier, piece), now(), &mut out)
            .unwrap();
        assert!(stream.held().most <= Limits::default().held_text);
    }
    stream.take(end(1), now(), &mut out).unwrap();
    stream.finish(&mut out).unwrap();
    assert_eq!(stream.held(), Held::default());
    assert_eq!(
        out.len(),
        pieces.len() + 1,
        "events are neither lost nor put in"
    );
    read(&out, 1)
}

/// Offsets at which a text can be cut.
fn cuts(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).collect()
}
