//! Records for people: one line each, or the record as it is.

use std::io::{self, Write};

use jiff::Timestamp;
use uuid::Uuid;

use super::{entry::Entry, record::names};

/// Which records to show. Empty shows all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those of this request.
    pub request: Option<Uuid>,
}

impl Filter {
    /// Whether the record is wanted.
    #[must_use]
    pub fn wants(&self, entry: &Entry) -> bool {
        self.request
            .is_none_or(|request| entry.request_id() == Some(request))
    }
}

/// The line above a table.
///
/// # Errors
/// When `out` does not take it.
pub fn heading(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<24}  {:<20}  {:<36}  {:<16}  {:<24}  {:<10}  {:>6}  WHY",
        "TIME", "STAGE", "REQUEST", "ACTOR", "TARGET", "DECISION", "STATUS"
    )
}

/// One record as a line of a table.
///
/// # Errors
/// When `out` does not take it.
pub fn line(entry: &Entry, out: &mut impl Write) -> io::Result<()> {
    let text = |name: &str| entry.text(name).unwrap_or("-");
    let status = entry
        .number(names::STATUS)
        .map_or("-".to_owned(), |one| one.to_string());
    writeln!(
        out,
        "{:<24}  {:<20}  {:<36}  {:<16}  {:<24}  {:<10}  {status:>6}  {}",
        time(entry.nanoseconds()),
        text(names::STAGE),
        text(names::REQUEST_ID),
        text(names::ACTOR_ID),
        text(names::TARGET_ID),
        text(names::DECISION),
        text(names::DECISION_REASON),
    )
}

/// One record as one line of JSON: its exact bytes.
///
/// # Errors
/// When `out` does not take it.
pub fn json(entry: &Entry, out: &mut impl Write) -> io::Result<()> {
    out.write_all(entry.bytes())?;
    out.write_all(b"\n")
}

/// UTC, to the millisecond.
fn time(nanoseconds: u64) -> String {
    Timestamp::from_nanosecond(i128::from(nanoseconds))
        .map_or_else(|_out_of_range| "-".to_owned(), |at| format!("{at:.3}"))
}
