//! The strict JSON reader beside serde_json's, on the same bytes in the same run.
//!
//! `cargo bench --bench json` prints, for each kind of text, megabytes a
//! second of both and their ratio. The floor, `IgnoredAny`, checks the grammar
//! and keeps nothing; ours also refuses twins and keeps a tape of all nodes.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "a measurement prints, divides, and stops where it cannot go on"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bytes::Bytes;
use portcullis::wire::json::{Bounds, Document};
use serde::de::IgnoredAny;

const BOUNDS: Bounds = Bounds {
    depth: 64,
    nodes: 2_000_000,
};

/// Rounds of each kind; the fastest counts, since noise only slows down.
const ROUNDS: usize = 15;

fn main() {
    println!(
        "{:<22} {:>10} {:>10} {:>7}",
        "text", "ours MB/s", "serde MB/s", "ratio"
    );
    for (name, text) in texts() {
        let bytes = Bytes::from(text);
        let (mut ours, mut floor) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            ours = ours.min(timed(|| {
                drop(black_box(Document::scan(bytes.clone(), BOUNDS).unwrap()))
            }));
            floor = floor.min(timed(|| {
                black_box(serde_json::from_slice::<IgnoredAny>(&bytes).unwrap());
            }));
        }
        let rate = |time: Duration| bytes.len() as f64 / time.as_secs_f64() / 1e6;
        println!(
            "{name:<22} {:>10.0} {:>10.0} {:>7.2}",
            rate(ours),
            rate(floor),
            rate(ours) / rate(floor)
        );
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// What requests look like: long prompts, many small messages, tool schemas,
/// escapes, other scripts, numbers.
fn texts() -> Vec<(&'static str, String)> {
    let prose = "The quick brown fox jumps over the lazy dog near the river bank. ".repeat(60);
    let message = |text: &str| format!(r#"{{"role":"user","content":"{text}"}}"#);
    let chat = |text: &str, many: usize| {
        let all = vec![message(text); many].join(",");
        format!(r#"{{"model":"m","messages":[{all}],"temperature":0.2}}"#)
    };
    let schema = r#"{"type":"function","function":{"name":"look_up","description":"Finds a thing","parameters":{"type":"object","properties":{"where":{"type":"string"},"limit":{"type":"integer","minimum":1}},"required":["where"]}}}"#;
    let vectors: Vec<String> = (0..20_000_u32)
        .map(|n| format!("{}.{:07}", n % 3, n * 37 % 9_999_999))
        .collect();
    vec![
        ("long prompts", chat(&prose, 100)),
        ("short messages", chat("Yes, please do that.", 5_000)),
        (
            "tool schemas",
            format!(r#"{{"tools":[{}]}}"#, vec![schema; 1_500].join(",")),
        ),
        ("escapes", chat(&r"line\n\tquote \u00e9 ".repeat(200), 100)),
        (
            "other scripts",
            chat(&"чтение и письмо 日本語の文章 ".repeat(100), 100),
        ),
        ("numbers", format!("[{}]", vectors.join(","))),
    ]
}
