//! One call from four sides, next to each other: what the caller sent and the
//! provider saw, what the caller got back and the provider had answered; and
//! the record of it below.
//!
//! What differs between two sides is marked, whatever it is: the page does not
//! know what redaction should have done.

use std::time::Duration;

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
        let sent = ("the caller sent", &*call.sent);
        let received = ("the caller got back", &*call.received);
        match &self.seen {
            Some(seen) => {
                let saw = ("the provider saw", &*seen.body);
                let answered = ("the provider had answered", &*seen.answer);
                page.push_str(&side_by_side(sent, saw, width, look));
                page.push_str(&side_by_side(received, answered, width, look));
            }
            None => {
                page.push_str(&alone(sent, width));
                let asked = self.records.iter().any(|one| stage(one) == "dispatched");
                page.push_str(if asked { UNMATCHED } else { UNASKED });
                page.push_str(&alone(received, width));
            }
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
        serde_json::to_string(&Told {
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
struct Told<'a> {
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

/// Two sides; what they have in common far from any difference is left out.
fn side_by_side(
    (left_title, left): (&str, &[u8]),
    (right_title, right): (&str, &[u8]),
    width: usize,
    look: Look,
) -> String {
    if left.is_empty() && right.is_empty() {
        return String::new();
    }
    let pane = width.saturating_sub(GAP.chars().count()) / 2;
    let (mut left, mut right) = (lines(left), lines(right));
    mark(&mut left, &mut right);
    let (left, right) = shortened(left, right);
    let mut page = format!("{left_title:<pane$}{GAP}{right_title}\n");
    for (left, right) in left.into_iter().zip(right) {
        let (left, right) = (wrapped(&left, pane), wrapped(&right, pane));
        for row in 0..left.len().max(right.len()) {
            let cells = |side: &[Line]| side.get(row).cloned().unwrap_or_default();
            let (left, right) = (cells(&left), cells(&right));
            page.push_str(&drawn(&left, pane, look.colour));
            page.push_str(GAP.trim_end());
            if !right.is_empty() {
                page.push(' ');
                page.push_str(&drawn(&right, 0, look.colour));
            }
            page.push('\n');
        }
    }
    page.push('\n');
    page
}

/// One side, where there is no other.
fn alone((title, bytes): (&str, &[u8]), width: usize) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    let mut page = format!("{title}\n");
    for line in lines(bytes).into_iter().take(LONGEST) {
        for row in wrapped(&line, width) {
            page.push_str(&drawn(&row, 0, false));
            page.push('\n');
        }
    }
    page.push('\n');
    page
}

/// A character and whether the other side has another one there.
type Cell = (char, bool);
type Line = Vec<Cell>;

fn lines(bytes: &[u8]) -> Vec<Line> {
    let document = document(bytes);
    let text = match document.as_str() {
        Some(text) => text.to_owned(),
        None => serde_json::to_string_pretty(&document).unwrap_or_default(),
    };
    let cells = |line: &str| printable(line).chars().map(|one| (one, false)).collect();
    text.lines().map(cells).collect()
}

/// Marks what differs, where the lines correspond.
fn mark(left: &mut [Line], right: &mut [Line]) {
    if left.len() != right.len() {
        return;
    }
    for (one, other) in left.iter_mut().zip(right) {
        mark_between(one, other);
    }
}

/// Marks all but the common ends and the longest common runs between them.
fn mark_between(one: &mut [Cell], other: &mut [Cell]) {
    let start = alike(one.iter(), other.iter());
    let (one, other) = (behind(one, start), behind(other, start));
    let end = alike(one.iter().rev(), other.iter().rev());
    let (one, other) = (before(one, end), before(other, end));
    let Some((at, at_other, length)) = longest_run(one, other) else {
        for cell in one.iter_mut().chain(other) {
            cell.1 = true;
        }
        return;
    };
    let (head, tail) = one.split_at_mut(at);
    let (head_other, tail_other) = other.split_at_mut(at_other);
    mark_between(head, head_other);
    mark_between(behind(tail, length), behind(tail_other, length));
}

fn behind(cells: &mut [Cell], at: usize) -> &mut [Cell] {
    cells.get_mut(at..).unwrap_or_default()
}

fn before(cells: &mut [Cell], end: usize) -> &mut [Cell] {
    let most = cells.len().saturating_sub(end);
    cells.get_mut(..most).unwrap_or_default()
}

fn alike<'a>(one: impl Iterator<Item = &'a Cell>, other: impl Iterator<Item = &'a Cell>) -> usize {
    one.zip(other).take_while(|(a, b)| a.0 == b.0).count()
}

/// Where the longest common run begins on both sides, and its length.
fn longest_run(one: &[Cell], other: &[Cell]) -> Option<(usize, usize, usize)> {
    if one.len().saturating_mul(other.len()) > MOST_COMPARED {
        return None;
    }
    let starts = (0..one.len()).flat_map(|at| (0..other.len()).map(move |other| (at, other)));
    let runs = starts.map(|(at, at_other)| {
        let length = alike(one.iter().skip(at), other.iter().skip(at_other));
        (at, at_other, length)
    });
    runs.filter(|(_, _, length)| *length >= SHORTEST_RUN)
        .max_by_key(|(_, _, length)| *length)
}

/// Pairs of lines, without those that say the same on both sides and are not
/// near a difference. Sides that do not correspond are kept as they are.
fn shortened(mut left: Vec<Line>, mut right: Vec<Line>) -> (Vec<Line>, Vec<Line>) {
    let rows = left.len().max(right.len());
    if left.len() != right.len() {
        left.resize(rows, Line::new());
        right.resize(rows, Line::new());
        left.truncate(LONGEST);
        right.truncate(LONGEST);
        return (left, right);
    }
    let differs: Vec<usize> = (0..rows)
        .filter(|row| left.get(*row) != right.get(*row))
        .collect();
    let near = |row: usize| match differs.as_slice() {
        [] => row < CONTEXT_ALONE,
        some => some.iter().any(|one| one.abs_diff(row) <= CONTEXT),
    };
    let (mut kept_left, mut kept_right) = (Vec::new(), Vec::new());
    let mut gap = false;
    for (row, (one, other)) in left.into_iter().zip(right).enumerate() {
        let keep = near(row) && kept_left.len() < LONGEST;
        if keep {
            kept_left.push(one);
            kept_right.push(other);
        } else if !gap {
            kept_left.push(vec![(MORE, false)]);
            kept_right.push(vec![(MORE, false)]);
        }
        gap = !keep;
    }
    (kept_left, kept_right)
}

/// A line in rows of a pane, cut between words where there are any.
fn wrapped(line: &[Cell], pane: usize) -> Vec<Line> {
    let indent = line.iter().take_while(|cell| cell.0 == ' ').count();
    let indent = indent.saturating_add(2).min(pane / 2);
    let mut rows = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let margin = if rows.is_empty() { 0 } else { indent };
        let room = pane.saturating_sub(margin).max(1);
        let end = if rest.len() <= room {
            rest.len()
        } else {
            cut(rest, room)
        };
        let (row, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let margin = std::iter::repeat_n((' ', false), margin);
        let mut row: Line = margin.chain(row.iter().copied()).collect();
        while row.last().is_some_and(|cell| cell.0 == ' ') {
            row.pop();
        }
        rows.push(row);
        rest = after;
    }
    rows
}

/// Where to cut: behind the last space of the second half, or at the end.
fn cut(rest: &[Cell], room: usize) -> usize {
    let row = rest.get(..room).unwrap_or(rest);
    let space = row.iter().rposition(|cell| cell.0 == ' ');
    let behind = space.map(|at| at.saturating_add(1));
    behind.filter(|at| *at > room / 2).unwrap_or(room)
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
const TELLING: [&str; 11] = [
    "audit.actor.id",
    "audit.action",
    "audit.target.id",
    "portcullis.credential.id",
    "portcullis.decision",
    "portcullis.redaction.request.",
    "portcullis.redaction.response.",
    "portcullis.redaction.ruleset",
    "portcullis.edits",
    "gen_ai.usage",
    "http.response.status_code",
];

const UNASKED: &str = "the provider was not asked\n\n";
/// Its id came back with an answer that was refused.
const UNMATCHED: &str = "the provider was asked, and its answer did not come through\n\n";
const GAP: &str = " │ ";
/// Lines of one side, at most.
const LONGEST: usize = 60;
/// Lines around a difference.
const CONTEXT: usize = 2;
/// Lines of two sides that say the same.
const CONTEXT_ALONE: usize = 6;
/// Characters in common that are no coincidence.
const SHORTEST_RUN: usize = 8;
/// Pairs of characters compared; longer lines are marked as a whole.
const MOST_COMPARED: usize = 250_000;
/// Stands for lines left out.
const MORE: char = '⋮';
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
    fn two_differences_in_a_line_are_marked_apart() {
        let page = side_by_side(
            ("a", b"card 4111 and then a word, [C]"),
            ("b", b"card [C_7] and then a word, 5555"),
            120,
            CODED,
        );
        let left = "card \x1b[1;33m4111\x1b[0m and then a word, \x1b[1;33m[C]\x1b[0m";
        assert!(page.contains(left), "{page:?}");
    }

    #[test]
    fn a_page_fits_and_nothing_a_caller_sends_drives_the_terminal() {
        let long = format!(
            "{{\"x\":\"\\u001b[2J{}{}\"}}",
            "word ".repeat(40),
            "w".repeat(200)
        );
        let page = side_by_side(
            ("a", long.as_bytes()),
            ("b", b"\x1b]0;x\x07"),
            80,
            Look::PLAIN,
        );
        assert!(!page.contains('\x1b') && !page.contains('\x07'));
        let widest = page.lines().map(|line| line.chars().count()).max();
        assert!(widest.is_some_and(|widest| widest <= 80), "{page}");
        assert_eq!(page.matches("word").count(), 40, "{page}");
        assert!(page.lines().all(|line| !line.ends_with(' ')), "{page}");
    }

    #[test]
    fn what_both_sides_say_far_from_a_difference_is_left_out() {
        let side = |mark: &str| {
            let items: Vec<String> = (0..30)
                .map(|one| {
                    if one == 15 {
                        mark.to_owned()
                    } else {
                        one.to_string()
                    }
                })
                .collect();
            serde_json::to_vec(&items).unwrap()
        };
        let page = side_by_side(("a", &side("here")), ("b", &side("there")), 80, Look::PLAIN);
        let lines: Vec<&str> = page.lines().collect();
        assert_eq!(lines.len(), 9, "{page}");
        assert_eq!(page.matches(MORE).count(), 4, "{page}");
        assert!(
            page.contains("\"14\"") && !page.contains("\"12\""),
            "{page}"
        );
        assert!(lines.iter().all(|line| !line.ends_with(' ')), "{page}");
    }

    #[test]
    fn lines_that_do_not_correspond_are_not_compared() {
        let page = side_by_side(("a", b"{\"x\":1}"), ("b", b""), 80, CODED);
        assert!(!page.contains(MARKED));
    }
}
