//! What verification has found, for people and for programs.

use std::{
    fmt,
    io::{self, Write},
};

use serde::Serialize;
use uuid::Uuid;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something is not as it was written.
    Altered,
    /// Something that was written is not there.
    Missing,
    /// Something was written twice, differently.
    Forked,
    /// A request has not exactly one beginning and one end.
    Unbalanced,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind.
    pub kind: Kind,
    /// In which stream.
    pub stream: Option<Uuid>,
    /// At which number there.
    pub number: Option<u64>,
    /// The finding, in a sentence without content of records.
    pub text: String,
}

/// What is known of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamReport {
    /// Its id.
    pub stream: Uuid,
    /// The first record that is there; not 1 where retention deleted some.
    pub first: u64,
    /// The last record that is there.
    pub last: u64,
    /// Up to which number a checkpoint vouches for it.
    pub sealed: u64,
    /// Whether it was ended.
    pub closed: bool,
    /// Requests that have begun in it and not ended.
    pub open: u64,
}

/// How far a ledger's records have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// Accepted by the collector, over the ledger's whole life.
    pub delivered: u64,
    /// Still to be sent.
    pub waiting: u64,
    /// Refused by the collector and kept apart.
    pub dead_lettered: u64,
}

/// The result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The streams, in the order of their ids, which is the order of time.
    pub streams: Vec<StreamReport>,
    /// What is wrong, at most [`Report::MOST_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// Findings beyond those.
    pub further_problems: u64,
    /// Different records.
    pub records: u64,
    /// Records that were there more than once, unchanged.
    pub repeats: u64,
    /// Exported records whose proof holds.
    pub proven: u64,
    /// Checkpoints with a good signature and the right root.
    pub checkpoints: u64,
    /// Delivery, where the ledger has a collector.
    pub delivery: Option<DeliveryReport>,
    /// Whether a segment ends in the middle of a record, as a crash leaves it.
    pub torn: bool,
}

impl Report {
    /// Findings that are listed one by one.
    pub const MOST_PROBLEMS: usize = 100;

    pub(super) fn problem(
        &mut self,
        kind: Kind,
        stream: Option<Uuid>,
        number: Option<u64>,
        text: impl Into<String>,
    ) {
        if self.problems.len() < Self::MOST_PROBLEMS {
            let text = text.into();
            self.problems.push(Problem {
                kind,
                stream,
                number,
                text,
            });
        } else {
            self.further_problems = self.further_problems.saturating_add(1);
        }
    }

    /// Records that no checkpoint vouches for.
    #[must_use]
    pub fn unsealed(&self) -> u64 {
        let behind = |stream: &StreamReport| stream.last.saturating_sub(stream.sealed);
        self.streams.iter().map(behind).fold(0, u64::saturating_add)
    }

    /// 0 intact; 1 altered, missing or forked; 2 intact with a tail no
    /// checkpoint vouches for. (3 is a usage error, which gives no report.)
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if !self.problems.is_empty() {
            1
        } else if self.torn || self.unsealed() > 0 {
            2
        } else {
            0
        }
    }

    /// Writes the report as one JSON object.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Whole<'a> {
            result: &'static str,
            exit_code: u8,
            unsealed: u64,
            #[serde(flatten)]
            report: &'a Report,
        }
        let whole = Whole {
            result: self.word(),
            exit_code: self.exit_code(),
            unsealed: self.unsealed(),
            report: self,
        };
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)
    }

    fn word(&self) -> &'static str {
        match self.exit_code() {
            0 => "intact",
            1 => "broken",
            _ => "intact_with_unsealed_tail",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} records in {} streams, {} checkpoints, {} repeats, {} proven one by one",
            self.records,
            self.streams.len(),
            self.checkpoints,
            self.repeats,
            self.proven
        )?;
        for stream in &self.streams {
            let state = if stream.closed { "closed" } else { "open" };
            writeln!(
                out,
                "  {}  {}..{}  sealed to {}  {state}, {} requests open",
                stream.stream, stream.first, stream.last, stream.sealed, stream.open
            )?;
        }
        if let Some(delivery) = &self.delivery {
            writeln!(
                out,
                "  {} delivered, {} waiting, {} dead letters",
                delivery.delivered, delivery.waiting, delivery.dead_lettered
            )?;
        }
        for problem in &self.problems {
            let kind = match problem.kind {
                Kind::Altered => "ALTERED",
                Kind::Missing => "MISSING",
                Kind::Forked => "FORKED",
                Kind::Unbalanced => "UNBALANCED",
            };
            write!(out, "{kind}")?;
            if let Some(stream) = problem.stream {
                write!(out, "  {stream}")?;
            }
            if let Some(number) = problem.number {
                write!(out, "  record {number}")?;
            }
            writeln!(out, "  {}", problem.text)?;
        }
        if self.further_problems > 0 {
            writeln!(out, "and {} more", self.further_problems)?;
        }
        match self.exit_code() {
            0 => writeln!(out, "intact"),
            1 => writeln!(out, "NOT INTACT"),
            _ => writeln!(
                out,
                "intact, but no checkpoint vouches for the last {}",
                self.unsealed()
            ),
        }
    }
}
