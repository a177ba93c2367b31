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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::ledger::tests as made;

    #[test]
    fn a_request_is_shown_in_lines_of_a_table_or_as_it_is() {
        let home = made::memory();
        let ledger = made::open(home.path());
        let request = made::one_request(&ledger);
        made::one_request(&ledger);
        ledger.close();
        let filter = Filter {
            request: Some(request.uuid()),
        };
        let (mut table, mut exact) = (Vec::new(), Vec::new());
        heading(&mut table).expect("written");
        for entry in made::entries(home.path()) {
            if filter.wants(&entry) {
                line(&entry, &mut table).expect("written");
                json(&entry, &mut exact).expect("written");
            }
        }
        let table = String::from_utf8(table).expect("UTF-8");
        let stages: Vec<_> = table
            .lines()
            .map(|line| line.get(26..46).unwrap_or(""))
            .collect();
        let stages: Vec<_> = stages.into_iter().map(str::trim).collect();
        let expected = [
            "STAGE",
            "request.received",
            "request.dispatched",
            "response.complete",
        ];
        assert_eq!(stages, expected);
        assert!(
            table
                .lines()
                .skip(1)
                .all(|line| line.contains(&request.to_string()))
        );
        assert_eq!(exact.iter().filter(|byte| **byte == b'\n').count(), 3);
    }
}
