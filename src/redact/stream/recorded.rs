//! Recorded streams of real providers (`PORTCULLIS_SHARED`): what is not
//! touched leaves byte for byte, and most text with the next event at the latest.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "counts of a few thousand events"
)]

use std::{collections::HashMap, path::PathBuf};

use super::*;
use crate::{
    redact::tests::{BOUNDS, sent},
    wire::json::Kind,
};

/// The bodies of the recorded streams of server-sent events.
fn recorded() -> Option<Vec<String>> {
    let shared = std::env::var_os("PORTCULLIS_SHARED").unwrap_or_else(|| "../shared".into());
    let path = PathBuf::from(shared).join("traffic/dev.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            path.display()
        );
        println!("skipped: {} is missing", path.display());
        return None;
    };
    let body = |line: &str| {
        let one: serde_json::Value = serde_json::from_str(line).unwrap();
        let body = one["response"]["body"].as_str()?.to_owned();
        let events = one["response"]["enc"] == "utf8" && body.starts_with("data:")
            || body.starts_with("event:");
        events.then_some(body)
    };
    Some(text.lines().filter_map(body).collect())
}

/// Members that carry text in the events of the dialects that were recorded.
const FIELDS: [&str; 6] = [
    "content",
    "text",
    "partial_json",
    "arguments",
    "delta",
    "reasoning_content",
];

/// What stands in the event after which a channel has no text.
const ENDS: [&str; 4] = [
    "\"finish_reason\":\"",
    "\"finish_reason\": \"",
    "_stop\"",
    ".done\"",
];

/// An event, read as a dialect would.
fn event(raw: &str, channels: &mut HashMap<String, u64>) -> Event {
    let bytes = Bytes::copy_from_slice(raw.as_bytes());
    let plain = Event {
        raw: bytes.clone(),
        ..Event::default()
    };
    let Some(at) = raw.find("data: {").map(|at| at + 6) else {
        return plain;
    };
    let data = raw
        .get(at..)
        .and_then(|data| data.lines().next())
        .unwrap_or_default();
    let Ok(document) = Document::scan(bytes.slice(at..at + data.len()), BOUNDS) else {
        return plain;
    };
    let pieces = document.nodes().filter_map(|node| {
        let name = node.name()?.text().into_owned();
        let within = node
            .parent()
            .and_then(Node::name)
            .map(|name| name.text().into_owned());
        let delta = name == "delta"
            || within.as_deref() == Some("delta")
            || within.as_deref() == Some("function");
        if node.kind() != Kind::String || !delta || !FIELDS.contains(&name.as_str()) {
            return None;
        }
        let index = document
            .nodes()
            .find(|one| one.name().is_some_and(|name| name.text().contains("index")));
        let kind = document.get("type").map(Node::raw).unwrap_or_default();
        let place = format!("{kind} {name} {}", index.map(Node::raw).unwrap_or_default());
        let next = u64::try_from(channels.len()).unwrap();
        let span = node.inner_span();
        Some(Piece {
            channel: ChannelId(*channels.entry(place).or_insert(next)),
            carrier: match name.as_str() {
                "partial_json" | "arguments" => Carrier::JsonText,
                _ if data.contains("arguments.delta") => Carrier::JsonText,
                _ => Carrier::Text,
            },
            span: at + span.start..at + span.end,
        })
    });
    let pieces = pieces.collect();
    let over = |mark: &&str| data.contains(*mark);
    let ends = match ENDS.iter().any(over) {
        true => channels.values().copied().map(ChannelId).collect(),
        false => Vec::new(),
    };
    Event {
        pieces,
        ends,
        ..plain
    }
}

/// Percent of the events with text that may leave later than with the next;
/// measured 29.7 in 200 streams, 2026-11-24: spaced-out letters, months and
/// letters before a number may begin a value too.
const LATE: usize = 30;

/// How many events with text there were, and how many of those left later
/// than with the event after them.
#[derive(Default)]
struct Count {
    streams: usize,
    text: usize,
    late: usize,
}

#[test]
fn recorded_streams_leave_soon_and_byte_for_byte() {
    let Some(bodies) = recorded() else {
        return;
    };
    let mut count = Count::default();
    for body in bodies {
        replay(&body, &mut count);
    }
    let Count {
        streams,
        text,
        late,
    } = count;
    println!("{streams} streams, {text} events with text, {late} left later than with the next");
    assert!(streams > 20, "the recordings were not read");
    // A word in several events waits for its end: it may be one half of an address.
    assert!(late * 100 <= text * LATE, "{late} of {text}");
}

fn replay(body: &str, count: &mut Count) {
    let mut stream = sent("{\"text\":\"ada@example.com\"}", &["default"])
        .1
        .stream();
    let (mut out, mut channels, mut has_text) = (Vec::new(), HashMap::new(), Vec::new());
    let now = Instant::now();
    for (at, raw) in body.split_inclusive("\n\n").enumerate() {
        let event = event(raw, &mut channels);
        has_text.push(event.pieces.iter().any(|one| one.carrier == Carrier::Text));
        let left = out.len();
        stream.take(event, now, &mut out).unwrap();
        let late = has_text.get(left..out.len().min(at.saturating_sub(1)));
        count.late += late.unwrap_or_default().iter().filter(|one| **one).count();
    }
    stream.finish(&mut out).unwrap();
    count.text += has_text.iter().filter(|one| **one).count();
    count.streams += usize::from(has_text.contains(&true));
    if stream.findings().edits() == 0 {
        assert_eq!(out.concat(), body.as_bytes());
    }
}
