//! `--jsonl`: a text in each line in, spans in each line out.

use std::io::{self, BufRead, Read as _};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    folder::LARGEST,
    text::{Scanned, Tally},
};
use crate::{primitives::ProfileName, redact::Redactor};

#[derive(Deserialize)]
struct Asked {
    id: serde_json::Value,
    text: String,
}

#[derive(Serialize)]
struct Answer {
    id: serde_json::Value,
    spans: Vec<Span>,
}

#[derive(Serialize)]
struct Span {
    start: usize,
    end: usize,
    r#type: &'static str,
    score: Box<RawValue>,
}

/// Answers one line. A sentence says why there is no answer; it does not
/// repeat the line.
pub(super) fn answer(
    redactor: &Redactor,
    profile: &ProfileName,
    line: &str,
    tally: &mut Tally,
) -> Result<String, String> {
    let asked: Asked = serde_json::from_str(line)
        .map_err(|error| format!("is not {{\"id\",\"text\"}}, at column {}", error.column()))?;
    let scanned = Scanned::new(redactor, profile, &asked.text)
        .map_err(|refusal| refusal.sentence().to_owned())?;
    tally.add(&scanned, asked.text.len());
    let spans: Result<Vec<Span>, serde_json::Error> = scanned.spans().map(span).collect();
    let answer = spans.and_then(|spans| {
        serde_json::to_string(&Answer {
            id: asked.id,
            spans,
        })
    });
    answer.map_err(|error| error.to_string())
}

fn span((start, end, name, percent): (usize, usize, &'static str, u8)) -> serde_json::Result<Span> {
    let score = format!("{}.{:02}", percent.div_euclid(100), percent.rem_euclid(100));
    Ok(Span {
        start,
        end,
        r#type: name,
        score: RawValue::from_string(score)?,
    })
}

/// Reads the next line, or as much of it as is one byte too much.
pub(super) fn next(input: &mut dyn BufRead, into: &mut Vec<u8>) -> io::Result<usize> {
    input
        .take(LARGEST.saturating_add(1))
        .read_until(b'\n', into)
}
