//! From files to records, openings and notes.
//!
//! The kind of a file is told from its first bytes, not from its name. JSON
//! lines hold records themselves, exported records with their proofs, or OTLP
//! as a collector's file exporter writes it; there the exact bytes are in
//! `log.record.original`, and whatever a collector adds around them is ignored.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read as _},
    path::Path,
};

use serde_json::Value;

use super::Kind;
use crate::audit::{
    entry::Entry,
    export::{Proof, Proven},
    ledger::{self, Chain, Frame, Reading},
    record::names,
    seal::Note,
};

/// What a file holds.
#[derive(Debug)]
pub(super) enum Item {
    /// A record; `damaged` where its checksum says that it changed.
    Record { entry: Entry, damaged: bool },
    /// Where a segment begins in its stream.
    Opening(Chain),
    /// A signed checkpoint.
    Note(Note),
    /// Something that cannot be what was written.
    Fault { kind: Kind, text: String },
    /// A record that stands for itself, with the way to a checkpoint's root.
    Proven {
        entry: Entry,
        note: Note,
        proof: Proof,
    },
    /// The end of a segment that somebody was still writing, or an exported
    /// record no checkpoint covers yet.
    TornTail,
}

type Sink<'a> = dyn FnMut(Item) + 'a;

/// Reads a file, or a ledger's directory.
pub(super) fn read(path: &Path, out: &mut Sink<'_>) -> io::Result<()> {
    if !path.is_dir() {
        return file(path, true, out);
    }
    let segments = ledger::list(path)?;
    for number in &segments {
        let last = segments.last() == Some(number);
        file(&ledger::path(path, *number), last, out)?;
    }
    let log = path.join(ledger::LOG);
    if log.exists() {
        notes(&log, out)
    } else {
        Ok(())
    }
}

fn file(path: &Path, last: bool, out: &mut Sink<'_>) -> io::Result<()> {
    let mut start = Vec::new();
    let longest = u64::try_from(ledger::MAGIC.len()).unwrap_or(0);
    File::open(path)?.take(longest).read_to_end(&mut start)?;
    let is_segment = path.extension().is_some_and(|ending| ending == "segment");
    if is_segment || start == ledger::MAGIC {
        segment(path, last, out)
    } else if start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        lines(path, out)
    } else if start.is_empty() {
        Ok(())
    } else {
        notes(path, out)
    }
}

fn segment(path: &Path, last: bool, out: &mut Sink<'_>) -> io::Result<()> {
    let fault = |kind, text: String| Item::Fault {
        kind,
        text: format!("{}: {text}", name(path)),
    };
    let Some((mut reading, opening)) = Reading::open(path)? else {
        out(fault(
            Kind::Altered,
            "does not begin as a segment".to_owned(),
        ));
        return Ok(());
    };
    match opening.chain() {
        Some(chain) => out(Item::Opening(chain)),
        None => out(fault(
            Kind::Altered,
            "its opening makes no sense".to_owned(),
        )),
    }
    let mut before = opening.size();
    loop {
        let at = reading.offset();
        let (bytes, damaged) = match reading.frame()? {
            Frame::Whole(bytes) => (bytes, false),
            Frame::Damaged(bytes) => (bytes, true),
            Frame::End => break,
            Frame::Torn if last => {
                out(Item::TornTail);
                return Ok(());
            }
            Frame::Torn => {
                // what a failed disk left is repeated in the next segment; if
                // it is not, numbers are missing
                return Ok(());
            }
        };
        let Some(entry) = Entry::parse(bytes) else {
            out(fault(
                Kind::Altered,
                format!("what is at byte {at} is no record"),
            ));
            continue;
        };
        if let Some(number) = entry.sequence() {
            if number != before.saturating_add(1) {
                let text = format!("record {number} at byte {at} stands after record {before}");
                out(fault(Kind::Altered, text));
            }
            before = number;
        }
        record(entry, damaged, out);
    }
    if !reading.rest_is_unused()? {
        out(fault(
            Kind::Altered,
            "there is something behind its last record".to_owned(),
        ));
    }
    Ok(())
}

/// A record, and the note in it where it is a checkpoint.
fn record(entry: Entry, damaged: bool, out: &mut Sink<'_>) {
    if let Some(text) = entry.text(names::CHECKPOINT_NOTE) {
        note(text, out);
        if damaged {
            let text = "a checkpoint's record has changed".to_owned();
            out(Item::Fault {
                kind: Kind::Altered,
                text,
            });
        }
    } else {
        out(Item::Record { entry, damaged });
    }
}

fn note(text: &str, out: &mut Sink<'_>) {
    out(match Note::parse(text) {
        Some(note) => Item::Note(note),
        None => Item::Fault {
            kind: Kind::Altered,
            text: "a checkpoint cannot be read".to_owned(),
        },
    });
}

fn lines(path: &Path, out: &mut Sink<'_>) -> io::Result<()> {
    let reader = BufReader::with_capacity(BUFFER, File::open(path)?);
    for (at, line) in reader.split(b'\n').enumerate() {
        let line = line?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if !one_line(&line, out) {
            let text = format!("{}: line {} is no record", name(path), at.saturating_add(1));
            out(Item::Fault {
                kind: Kind::Altered,
                text,
            });
        }
    }
    Ok(())
}

/// Whether the line is of a known kind.
fn one_line(line: &[u8], out: &mut Sink<'_>) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        return false;
    };
    if let Some(resources) = value.get("resourceLogs").and_then(Value::as_array) {
        return resources.iter().all(|resource| of_otlp(resource, out));
    }
    if let Ok(proven) = serde_json::from_value::<Proven>(value) {
        let entry = Entry::parse(proven.record.as_bytes().to_vec());
        let note = proven.checkpoint.as_deref().map(Note::parse);
        return match (entry, note, proven.proof) {
            (Some(entry), Some(Some(note)), Some(proof)) => {
                out(Item::Proven { entry, note, proof });
                true
            }
            (Some(_entry), None, None) => {
                out(Item::TornTail);
                true
            }
            _ => false,
        };
    }
    let Some(entry) = Entry::parse(line.trim_ascii().to_vec()) else {
        return false;
    };
    record(entry, false, out);
    true
}

fn of_text(original: &str, out: &mut Sink<'_>) -> bool {
    let Some(entry) = Entry::parse(original.as_bytes().to_vec()) else {
        return false;
    };
    record(entry, false, out);
    true
}

/// One `ResourceLogs` in the JSON of OTLP. Log records of others are ignored.
fn of_otlp(resource: &Value, out: &mut Sink<'_>) -> bool {
    let list = |value: &Value, name: &str| -> Vec<Value> {
        value
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut good = true;
    for scope in list(resource, "scopeLogs") {
        let ours = scope.pointer("/scope/name").and_then(Value::as_str);
        if ours.is_some_and(|name| name != "portcullis.audit") {
            continue;
        }
        for log in list(&scope, "logRecords") {
            let original = list(&log, "attributes").into_iter().find_map(|attribute| {
                let ours = attribute.get("key")?.as_str()? == "log.record.original";
                let text = attribute
                    .pointer("/value/stringValue")?
                    .as_str()?
                    .to_owned();
                ours.then_some(text)
            });
            good &= original.is_some_and(|original| of_text(&original, out));
        }
    }
    good
}

/// Notes, one after the other, a blank line behind each.
fn notes(path: &Path, out: &mut Sink<'_>) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let mut blocks = text.split("\n\n");
    while let Some(body) = blocks.next().filter(|body| !body.trim().is_empty()) {
        match blocks.next() {
            Some(signatures) => note(&format!("{body}\n\n{signatures}\n"), out),
            // a crash while it was written
            None => out(Item::TornTail),
        }
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Bytes read at once.
const BUFFER: usize = 256 * 1024;
