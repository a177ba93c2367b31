//! Whether records are what was written, offline, from files alone.
//!
//! Reads the ledger's segments, JSON lines, and what a collector's file
//! exporter writes, in any mixture. Repeats of a record are dropped; what
//! disagrees is reported with its stream and number. Nothing here needs the
//! gateway that wrote the records, its settings or its private key.
//!
//! What it cannot see: records after the last checkpoint anybody else has, if
//! somebody cut them off along with every copy; and what the holder of the
//! live key makes up from now on.

mod input;
mod report;
mod stream;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

pub use report::{DeliveryReport, Kind, Problem, Report, StreamReport};

use super::{
    deliver::{self, Cursor},
    read,
    seal::{self, VerifyingKey},
};
use input::Item;
use stream::Stream;

/// Verifies everything in `paths`: directories of segments, or files. `keys`
/// is a file as `audit-keys.txt`.
///
/// # Errors
/// When a file cannot be read; that is a usage error, exit code 3.
pub fn verify(keys: &Path, paths: &[PathBuf]) -> io::Result<Report> {
    let named = |path: &Path, error: io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    };
    let listed = seal::listed_keys(keys).map_err(|error| named(keys, error))?;
    let mut verifier = Verifier::new(listed);
    for path in paths {
        input::read(path, &mut |item| verifier.take(item)).map_err(|error| named(path, error))?;
        if path.is_dir() {
            delivery(path, &mut verifier.report).map_err(|error| named(path, error))?;
        }
    }
    Ok(verifier.finish())
}

/// Every record is delivered, waiting, or a dead letter that is there.
fn delivery(directory: &Path, report: &mut Report) -> io::Result<()> {
    let cursor = Cursor::load(directory)?;
    if cursor == Cursor::default() {
        return Ok(());
    }
    let mut waiting = 0_u64;
    for entry in read::read_from(directory, cursor.position)? {
        entry?;
        waiting = waiting.saturating_add(1);
    }
    let letters = deliver::dead_letters(directory)?;
    // one more may be there: a crash between keeping it and counting it
    if letters < cursor.dead_lettered {
        let text = format!(
            "{} dead letters were kept, {letters} are there",
            cursor.dead_lettered
        );
        report.problem(Kind::Missing, None, None, text);
    }
    let Cursor {
        delivered,
        dead_lettered,
        ..
    } = cursor;
    report.delivery = Some(DeliveryReport {
        delivered,
        waiting,
        dead_lettered,
    });
    Ok(())
}

/// Everything seen so far.
#[derive(Debug)]
struct Verifier {
    keys: Vec<VerifyingKey>,
    streams: BTreeMap<Uuid, Stream>,
    report: Report,
}

impl Verifier {
    fn new(keys: Vec<VerifyingKey>) -> Self {
        Self {
            keys,
            streams: BTreeMap::new(),
            report: Report::default(),
        }
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Record { entry, damaged } => {
                let Some(id) = entry.stream() else {
                    self.report
                        .problem(Kind::Altered, None, None, "a record names no stream");
                    return;
                };
                let stream = self.streams.entry(id).or_default();
                stream.record(id, &entry, damaged, &mut self.report);
            }
            Item::Opening(chain) => {
                self.streams
                    .entry(chain.stream())
                    .or_default()
                    .opening(chain);
            }
            Item::Note(note) => {
                self.streams
                    .entry(note.checkpoint.stream)
                    .or_default()
                    .note(note);
            }
            Item::Proven { entry, note, proof } => {
                let good = self.keys.iter().any(|key| note.is_signed_by(key))
                    && proof.leads(&entry, &note.checkpoint);
                if good {
                    self.report.proven = self.report.proven.saturating_add(1);
                } else {
                    let (stream, number) = (entry.stream(), entry.sequence());
                    let text = "its proof does not lead to a checkpoint of a listed key";
                    self.report.problem(Kind::Altered, stream, number, text);
                }
            }
            Item::Fault { kind, text } => self.report.problem(kind, None, None, text),
            Item::TornTail => self.report.torn = true,
        }
    }

    fn finish(mut self) -> Report {
        // ids are in the order of time: what is before the oldest record went to
        // retention, and only its checkpoints are still there
        let oldest = self
            .streams
            .iter()
            .find(|(_, one)| !one.is_empty())
            .map(|(id, _)| *id);
        if let Some(oldest) = oldest {
            self.streams.retain(|id, _| *id >= oldest);
        }
        for (id, stream) in &mut self.streams {
            let streams = stream.check(*id, &self.keys, &mut self.report);
            self.report.streams.push(streams);
        }
        self.check_links();
        self.report
    }

    /// Each stream names the one before it on its instance, with size and root.
    fn check_links(&mut self) {
        let mut followed = BTreeSet::new();
        let mut unknown: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
        for (id, stream) in &self.streams {
            let Some(opened) = stream.opened() else {
                continue;
            };
            let Some(before) = &opened.previous else {
                unknown.entry(&opened.instance).or_default().push(*id);
                continue;
            };
            if !followed.insert(before.stream) {
                let text = format!("two streams follow the stream {}", before.stream);
                self.report.problem(Kind::Forked, Some(*id), None, text);
            }
            match self
                .streams
                .get(&before.stream)
                .filter(|stream| !stream.is_empty())
            {
                None => unknown.entry(&opened.instance).or_default().push(*id),
                Some(other) => {
                    if let Some(text) = other.differs_from(before.size, &before.root) {
                        self.report
                            .problem(Kind::Altered, Some(before.stream), None, text);
                    }
                }
            }
        }
        for heads in unknown.values().filter(|heads| heads.len() > 1) {
            // the oldest one may have lost what came before it to retention
            for id in heads.iter().skip(1) {
                let text = "the stream before this one is missing";
                self.report.problem(Kind::Missing, Some(*id), None, text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
