//! One call from four sides, next to each other: what the caller sent and the
//! provider saw, what the caller got back and the provider had answered; and
//! the record of it below.
//!
//! What differs between two sides is marked, whatever it is: the page does not
//! know what redaction should have done.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::{provider::Seen, relay::Exchange};
use crate::cli::console::Look;

/// A call with everything known about it.
pub(super) struct Shown {
    pub(super) exchange: Exchange,
    /// The gateway's id of the request.
    pub(super) request: Option<String>,
    /// Nothing where the provider was not asked.
    pub(super) seen: Option<Seen>,
    /// The records of the request, in order.
    pub(super) records: Vec<Value>,
}

impl Shown {
    /// For a reader.
    pub(super) fn page(&self, look: Look) -> String {
        let width = look.columns.clamp(NARROWEST, WIDEST);
        let call = &self.exchange;
        let head = format!(
            "── {} {} → {} in {} ",
            call.method,
            printable(&call.target),
            call.status.as_u16(),
            milliseconds(call.took)
        );
        let mut page = format!("{head:─<width$}\n");
        let (saw, answered) = match &self.seen {
            Some(seen) => (&seen.body, &seen.answer),
            None => (&NOTHING, &NOTHING),
        };
        let pairs = [
            ("the caller sent", &call.sent, "the provider saw", saw),
            (
                "the caller got back",
                &call.received,
                "the provider had answered",
                answered,
            ),
        ];
        for (left_title, left, right_title, right) in pairs {
            if left.is_empty() && right.is_empty() {
                continue;
            }
            let right_title = match &self.seen {
                Some(_) => right_title,
                None => "the provider was not asked",
            };
            page.push_str(&side_by_side(
                (left_title, left),
                (right_title, right),
                width,
                look,
            ));
        }
        page.push_str(&self.record());
        page
    }

    fn record(&self) -> String {
        let stages: Vec<&str> = self.records.iter().map(stage).collect();
        let request = self.request.as_deref().unwrap_or("without an id");
        let mut text = format!("the record of {request}: {}\n", stages.join(", "));
        let attributes = self
            .records
            .last()
            .and_then(|last| last["attributes"].as_object());
        for (name, value) in attributes.into_iter().flatten() {
            if TELLING.iter().any(|start| name.starts_with(start)) {
                text.push_str(&format!("  {name:<44} {}\n", printable(&plain(value))));
            }
        }
        text
    }

    /// For a program.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let seen = self.seen.as_ref();
        let call = &self.exchange;
        serde_json::to_string(&Line {
            method: call.method.as_str(),
            target: &call.target,
            status: call.status.as_u16(),
            micros: u64::try_from(call.took.as_micros()).unwrap_or(u64::MAX),
            request: self.request.as_deref(),
            caller_sent: document(&call.sent),
            provider_saw: seen.map(|one| document(&one.body)),
            provider_answered: seen.map(|one| document(&one.answer)),
            caller_got: document(&call.received),
            records: &self.records,
        })
    }
}

#[derive(Serialize)]
struct Line<'a> {
    method: &'a str,
    target: &'a str,
    status: u16,
    micros: u64,
    request: Option<&'a str>,
    caller_sent: Value,
    provider_saw: Option<Value>,
    provider_answered: Option<Value>,
    caller_got: Value,
    records: &'a [Value],
}

/// The last word of a record's event name: `received`, `complete`.
pub(super) fn stage(record: &Value) -> &str {
    let name = record["event_name"].as_str().unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default()
}

fn document(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_not_json| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

fn side_by_side(
    (left_title, left): (&str, &[u8]),
    (right_title, right): (&str, &[u8]),
    width: usize,
    look: Look,
) -> String {
    let pane = width.saturating_sub(GAP.chars().count()) / 2;
    let (mut left, mut right) = (lines(left), lines(right));
    mark(&mut left, &mut right);
    let (left, right) = (wrapped(left, pane), wrapped(right, pane));
    let mut page = format!("{left_title:<pane$}{GAP}{right_title}\n");
    let empty = Vec::new();
    for row in 0..left.len().max(right.len()) {
        let side = |cells: &[Vec<Cell>]| cells.get(row).unwrap_or(&empty).clone();
        page.push_str(&drawn(&side(&left), pane, look.colour));
        page.push_str(GAP);
        page.push_str(drawn(&side(&right), 0, look.colour).trim_end());
        page.push('\n');
    }
    page.push('\n');
    page
}

/// A character and whether the other side has another one there.
type Cell = (char, bool);

fn lines(bytes: &[u8]) -> Vec<Vec<Cell>> {
    let document = document(bytes);
    let text = match document.as_str() {
        Some(text) => text.to_owned(),
        None => serde_json::to_string_pretty(&document).unwrap_or_default(),
    };
    let cells = |line: &str| printable(line).chars().map(|one| (one, false)).collect();
    text.lines().map(cells).collect()
}

/// Marks the middle in which two lines differ, where the lines correspond.
fn mark(left: &mut [Vec<Cell>], right: &mut [Vec<Cell>]) {
    if left.len() != right.len() {
        return;
    }
    for (one, other) in left.iter_mut().zip(right) {
        if one == other {
            continue;
        }
        let start = alike(one.iter(), other.iter());
        let most = one.len().min(other.len()).saturating_sub(start);
        let end = alike(one.iter().rev(), other.iter().rev()).min(most);
        for line in [one, other] {
            let until = line.len().saturating_sub(end);
            for cell in line.iter_mut().take(until).skip(start) {
                cell.1 = true;
            }
        }
    }
}

fn alike<'a>(one: impl Iterator<Item = &'a Cell>, other: impl Iterator<Item = &'a Cell>) -> usize {
    one.zip(other).take_while(|(a, b)| a.0 == b.0).count()
}

fn wrapped(lines: Vec<Vec<Cell>>, pane: usize) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for line in lines {
        if line.is_empty() {
            rows.push(Vec::new());
        }
        rows.extend(line.chunks(pane.max(1)).map(<[Cell]>::to_vec));
    }
    let hidden = rows.len().saturating_sub(LONGEST);
    if hidden > 0 {
        rows.truncate(LONGEST);
        let more = format!("… {hidden} more lines");
        rows.push(more.chars().map(|one| (one, false)).collect());
    }
    rows
}

fn drawn(cells: &[Cell], pane: usize, colour: bool) -> String {
    let mut text = String::new();
    let mut marked = false;
    for (one, mark) in cells {
        if colour && *mark != marked {
            text.push_str(if *mark { MARKED } else { PLAIN });
            marked = *mark;
        }
        text.push(*one);
    }
    if colour && marked {
        text.push_str(PLAIN);
    }
    text.push_str(&" ".repeat(pane.saturating_sub(cells.len())));
    text
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// What callers send must not drive the terminal it is shown on.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

fn milliseconds(took: Duration) -> String {
    let tenths = took.as_micros().div_ceil(100);
    format!("{}.{} ms", tenths.div_euclid(10), tenths.rem_euclid(10))
}

/// How the attributes begin that tell a reader what happened.
const TELLING: [&str; 9] = [
    "audit.actor.id",
    "audit.action",
    "audit.target.id",
    "portcullis.credential.id",
    "portcullis.decision",
    "portcullis.redaction",
    "portcullis.edits",
    "gen_ai.usage",
    "http.response.status_code",
];

const NOTHING: Bytes = Bytes::new();
const GAP: &str = " │ ";
/// Lines of one side.
const LONGEST: usize = 40;
const NARROWEST: usize = 80;
const WIDEST: usize = 160;
/// Bold yellow (ECMA-48 §8.3.117).
const MARKED: &str = "\x1b[1;33m";
const PLAIN: &str = "\x1b[0m";

#[cfg(test)]
mod tests {
    use super::*;

    const CODED: Look = Look {
        colour: true,
        ..Look::PLAIN
    };

    #[test]
    fn what_differs_is_marked_and_nothing_else() {
        let page = side_by_side(
            ("a", br#"{"x":"card 4111, please","y":1}"#),
            ("b", br#"{"x":"card [C_1], please","y":1}"#),
            80,
            CODED,
        );
        assert_eq!(page.matches(MARKED).count(), 2);
        assert!(
            page.contains("card \x1b[1;33m4111\x1b[0m, please"),
            "{page}"
        );
        assert!(
            page.contains("card \x1b[1;33m[C_1]\x1b[0m, please"),
            "{page}"
        );
    }

    #[test]
    fn a_page_fits_and_nothing_a_caller_sends_drives_the_terminal() {
        let long = format!("{{\"x\":\"\\u001b[2J{}\"}}", "word ".repeat(400));
        let page = side_by_side(
            ("a", long.as_bytes()),
            ("b", b"\x1b]0;x\x07"),
            80,
            Look::PLAIN,
        );
        assert!(!page.contains('\x1b') && !page.contains('\x07'));
        assert!(
            page.lines().all(|line| line.chars().count() <= 80),
            "{page}"
        );
        assert!(page.contains("more lines"));
    }

    #[test]
    fn lines_that_do_not_correspond_are_not_compared() {
        let page = side_by_side(("a", b"{\"x\":1}"), ("b", b""), 80, CODED);
        assert!(!page.contains(MARKED));
    }
}
