//! How fast detection is, by kind of text, beside the floor: an aho-corasick
//! DFA over 241 keywords, any case, of the same text in the same run.
//!
//! Floor and detector take turns, so that a slow second hits both; the best of
//! some rounds counts. `cargo bench --bench detect`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot start should stop; its figures are for people"
)]

use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use portcullis::redact::detector::{Detectors, Wanted};

const ROUNDS: usize = 7;
const SIZE: usize = 2 << 20;

fn main() {
    let detectors = Detectors::shipped().unwrap();
    let keywords = keywords();
    let floor = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(&keywords)
        .unwrap();
    println!(
        "{:14} {:>12} {:>12} {:>7} {:>9}",
        "text", "floor MB/s", "default MB/s", "ratio", "names"
    );
    let only = std::env::args().skip(1).find(|one| !one.starts_with('-'));
    for (name, sample) in samples() {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let text = sample.repeat(SIZE / sample.len() + 1);
        let mut best = [Duration::MAX; 3];
        for _ in 0..ROUNDS {
            best[0] = best[0].min(timed(|| floor.find_iter(&text).count()));
            best[1] = best[1].min(timed(|| count(&detectors, &text, &Wanted::shipped())));
            best[2] = best[2].min(timed(|| count(&detectors, &text, &Wanted::with_names())));
        }
        let speed = best.map(|time| text.len() as f64 / time.as_secs_f64() / 1e6);
        println!(
            "{name:14} {:12.0} {:12.0} {:7.2} {:9.0}",
            speed[0],
            speed[1],
            speed[1] / speed[0],
            speed[2]
        );
    }
}

fn count(detectors: &Detectors, text: &str, wanted: &Wanted) -> usize {
    let mut out = Vec::new();
    detectors.find(text, wanted, &mut out);
    out.len()
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

/// 241 words no prompt is made of, like the keyword lists of secret scanners.
fn keywords() -> Vec<String> {
    let heads = [
        "token", "secret", "apikey", "passwd", "bearer", "webhook", "vault",
    ];
    (0..241)
        .map(|number| format!("{}_{}", heads[number % heads.len()], number * 7919 % 9973))
        .collect()
}

/// Clean text of several kinds.
fn samples() -> Vec<(&'static str, String)> {
    let prose = "Please summarise the attached report for the board. It covers the last quarter, the plans \
        for the next one, and the risks we have talked about in the meeting on Tuesday. Keep it short: \
        three paragraphs, no jargon, and a table of the open points at the end. The tone should be calm \
        and plain; our readers are busy people who want to know what changed and what to decide. If a \
        figure is missing, say so instead of guessing, and mark what needs another look before Friday.\n\n";
    let code = "fn main() {\n    let settings = Settings::load(path)?;\n    for (name, value) in settings.iter() {\n        \
        println!(\"{name}: {value}\");\n    }\n    let total: usize = values.iter().map(|one| one.len()).sum();\n    \
        assert_eq!(total, 42);\n}\n";
    let json = "{\"role\": \"user\", \"content\": \"what is the weather in the north?\", \"temperature\": 0.7, \
        \"metadata\": {\"page\": 3, \"size\": 25, \"sort\": \"asc\"}},\n";
    let base64: String = (0..4000_u32)
        .map(|number| {
            char::from(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                    [(number * number * 31 + number * 17) as usize % 64],
            )
        })
        .collect();
    // What a prompt of an engineer looks like: mostly prose, some code and data.
    let mixed = format!("{}{code}{}{json}", prose.repeat(4), prose.repeat(2));
    let worst = "1 2-3 4.5 6:7 8/9 <b>1</b> \"2\" '3' a=4 5@6 %37 &#56; ";
    vec![
        ("prose", prose.to_owned()),
        ("mixed", mixed),
        ("code", code.to_owned()),
        ("json", json.to_owned()),
        ("base64", base64 + "\n"),
        (
            "not ascii",
            "Früh am Morgen — ohne Eile – gehen „wir“ über die Brücke. 今日は良い天気です。\n"
                .to_owned(),
        ),
        ("worst", worst.to_owned()),
    ]
}
