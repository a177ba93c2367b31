//! Records to hand out, each with the proof that it is in the ledger.
//!
//! A line is the record's exact bytes, the RFC 6962 inclusion path from its
//! hash to a checkpoint's root, and that checkpoint. Whoever has the line and
//! the public key needs nothing else: no other record, and none of our code.

use std::{
    collections::{BTreeMap, btree_map::Entry as Slot},
    io::{self, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    entry::Entry,
    hex,
    ledger::{self, Chain, Reading},
    read,
    record::names,
    seal::{Checkpoint, Note},
    show::Filter,
    tree::{self, Hash},
};

/// One exported line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proven {
    /// The record's exact bytes.
    pub(super) record: String,
    /// Absent while no checkpoint covers the record.
    pub(super) proof: Option<Proof>,
    /// The signed note the proof leads to.
    pub(super) checkpoint: Option<String>,
}

/// The way from a record to a root.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    /// Number of the leaf, from 0: the record's number less one.
    index: u64,
    /// Leaves of the tree.
    size: u64,
    /// Hashes of the siblings, from the leaf up.
    path: Vec<String>,
}

impl Proof {
    /// Whether the record is where it says it is under this checkpoint.
    pub(super) fn leads(&self, entry: &Entry, to: &Checkpoint) -> bool {
        let path: Option<Vec<Hash>> = self.path.iter().map(|text| hex::array(text)).collect();
        let root =
            path.and_then(|path| tree::root_of_path(entry.leaf(), self.index, self.size, &path));
        entry.stream() == Some(to.stream)
            && entry.sequence() == self.index.checked_add(1)
            && self.size == to.size
            && root == Some(to.root)
    }
}

/// Writes the wanted records of the ledger in `directory`, one line each.
/// Returns how many lines that were.
///
/// # Errors
/// When the ledger cannot be read or `out` does not take it.
pub fn export(directory: &Path, filter: &Filter, out: &mut impl Write) -> io::Result<u64> {
    let mut streams = survey(directory)?;
    let mut lines = 0_u64;
    for entry in read::read(directory)? {
        let entry = entry?;
        if entry.sequence().is_none() || !filter.wants(&entry) {
            continue;
        }
        let stream = entry.stream().and_then(|id| streams.get_mut(&id));
        let proof = stream.and_then(|stream| stream.proof(&entry));
        let (proof, checkpoint) = proof.unzip();
        let record = String::from_utf8_lossy(entry.bytes()).into_owned();
        serde_json::to_writer(
            &mut *out,
            &Proven {
                record,
                proof,
                checkpoint,
            },
        )?;
        out.write_all(b"\n")?;
        lines = lines.saturating_add(1);
    }
    Ok(lines)
}

/// What is needed to prove anything about a stream.
#[derive(Debug, Default)]
struct Stream {
    /// Hashes of subtrees: from leaf, to leaf.
    known: BTreeMap<(u64, u64), Hash>,
    /// Notes by size.
    notes: BTreeMap<u64, String>,
}

/// Reads the whole ledger once: leaves, notes, and what the oldest segments
/// say about leaves that retention deleted.
fn survey(directory: &Path) -> io::Result<BTreeMap<Uuid, Stream>> {
    let mut streams: BTreeMap<Uuid, Stream> = BTreeMap::new();
    for number in ledger::list(directory)? {
        let opened = Reading::open(&ledger::path(directory, number))?;
        if let Some(chain) = opened.and_then(|(_, opening)| opening.chain())
            && let Slot::Vacant(slot) = streams.entry(chain.stream())
        {
            slot.insert(Stream::begin(&chain));
        }
    }
    for entry in read::read(directory)? {
        let entry = entry?;
        let Some(stream) = entry.stream().and_then(|id| streams.get_mut(&id)) else {
            continue;
        };
        if let Some(number) = entry.sequence() {
            stream
                .known
                .insert((number.saturating_sub(1), number), entry.leaf());
        } else if let Some(text) = entry.text(names::CHECKPOINT_NOTE)
            && let Some(note) = Note::parse(text)
        {
            stream.notes.insert(note.checkpoint.size, text.to_owned());
        }
    }
    Ok(streams)
}

impl Stream {
    /// The complete subtrees before the first segment, largest first.
    fn begin(chain: &Chain) -> Self {
        let (size, mut from) = (chain.tree().size(), 0_u64);
        let mut known = BTreeMap::new();
        let mut roots = chain.tree().roots().iter();
        for bit in (0..u64::BITS).rev() {
            let width = 1_u64 << bit;
            if size & width != 0
                && let Some(root) = roots.next()
            {
                let to = from.saturating_add(width);
                known.insert((from, to), *root);
                from = to;
            }
        }
        Self {
            known,
            notes: BTreeMap::new(),
        }
    }

    /// The way from a record to the first checkpoint that covers it.
    fn proof(&mut self, entry: &Entry) -> Option<(Proof, String)> {
        let number = entry.sequence()?;
        let index = number.checked_sub(1)?;
        let (size, note) = self
            .notes
            .range(number..)
            .next()
            .map(|(at, note)| (*at, note.clone()))?;
        let mut path = Vec::new();
        self.path(index, 0, size, &mut path)?;
        let path = path.iter().map(|hash| hex::text(hash)).collect();
        Some((Proof { index, size, path }, note))
    }

    /// RFC 6962 §2.1.1, `PATH(m, D[from:to])`.
    fn path(&mut self, index: u64, from: u64, to: u64, out: &mut Vec<Hash>) -> Option<()> {
        let Some(middle) = middle(from, to) else {
            return Some(());
        };
        if index < middle {
            self.path(index, from, middle, out)?;
            out.push(self.hash(middle, to)?);
        } else {
            self.path(index, middle, to, out)?;
            out.push(self.hash(from, middle)?);
        }
        Some(())
    }

    /// RFC 6962 §2.1, `MTH(D[from:to])`, each subtree once.
    fn hash(&mut self, from: u64, to: u64) -> Option<Hash> {
        if let Some(hash) = self.known.get(&(from, to)) {
            return Some(*hash);
        }
        let middle = middle(from, to)?;
        let hash = tree::node(&self.hash(from, middle)?, &self.hash(middle, to)?);
        self.known.insert((from, to), hash);
        Some(hash)
    }
}

/// Where a tree is split: the largest power of two below its size.
fn middle(from: u64, to: u64) -> Option<u64> {
    let width = to.checked_sub(from).filter(|width| *width > 1)?;
    let half = width.checked_next_power_of_two()? >> 1;
    from.checked_add(half)
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;
    use crate::audit::{ledger::tests as made, verify};

    fn exported(home: &Path, filter: &Filter) -> (Vec<u8>, u64) {
        let mut out = Vec::new();
        let lines = export(home, filter, &mut out).expect("exported");
        (out, lines)
    }

    fn verified(home: &Path, lines: &[u8]) -> verify::Report {
        let file = home.join("export.jsonl");
        fs::write(&file, lines).expect("written");
        verify::verify(&home.join("audit-keys.txt"), &[file]).expect("readable")
    }

    #[test]
    fn one_request_can_be_proven_without_the_others() {
        let home = made::memory();
        let ledger = made::open(home.path());
        let requests: Vec<_> = (0..9).map(|_| made::one_request(&ledger).uuid()).collect();
        ledger.close();
        for request in requests {
            let filter = Filter {
                request: Some(request),
            };
            let (lines, many) = exported(home.path(), &filter);
            assert_eq!(many, 3);
            let report = verified(home.path(), &lines);
            assert_eq!((report.exit_code(), report.proven), (0, 3));
        }
        let (lines, many) = exported(home.path(), &Filter::default());
        assert_eq!((many, verified(home.path(), &lines).proven), (29, 29));
    }

    #[test]
    fn a_changed_record_or_proof_proves_nothing() {
        let home = made::memory();
        let ledger = made::open(home.path());
        let request = Some(made::one_request(&ledger).uuid());
        ledger.close();
        let (lines, _) = exported(home.path(), &Filter { request });
        let text = String::from_utf8(lines).expect("UTF-8");
        for (then, now) in [
            ("ada", "eve"),
            ("\"index\":2", "\"index\":3"),
            ("\"size\":5", "\"size\":6"),
        ] {
            let changed = text.replace(then, now);
            assert_ne!(changed, text, "{then}");
            assert_eq!(
                verified(home.path(), changed.as_bytes()).exit_code(),
                1,
                "{then}"
            );
        }
    }

    #[test]
    fn what_no_checkpoint_covers_is_said_to_be_unsealed() {
        let home = made::memory();
        let ledger = made::open(home.path());
        let request = Some(made::one_request(&ledger).uuid());
        let (lines, many) = exported(home.path(), &Filter { request });
        assert_eq!(many, 3);
        assert_eq!(verified(home.path(), &lines).exit_code(), 2);
    }

    #[test]
    fn records_behind_deleted_segments_can_be_proven() {
        let home = made::memory();
        let ledger = made::open_delivering(home.path());
        for _ in 0..400 {
            let mut trail = ledger.begin(&made::arrived()).expect("begun");
            trail.keep(Ok(made::caller())).expect("kept");
        }
        let request = Some(made::one_request(&ledger).uuid());
        ledger.close();
        let segments = ledger::list(home.path()).expect("listed");
        let (last, old) = segments.split_last().expect("some");
        assert!(!old.is_empty(), "{last} is not the only segment");
        for number in old {
            fs::remove_file(ledger::path(home.path(), *number)).expect("removed");
        }
        let (lines, many) = exported(home.path(), &Filter { request });
        let report = verified(home.path(), &lines);
        assert_eq!((report.exit_code(), report.proven), (0, many));
        let whole = verify::verify(&home.path().join("audit-keys.txt"), &[home.path().into()]);
        assert_eq!(whole.expect("readable").exit_code(), 0);
    }

    /// The page in Python shares nothing with this code but the file format.
    #[test]
    fn an_independent_implementation_agrees() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/check_record.py");
        let home = made::memory();
        let ledger = made::open(home.path());
        let request = Some(made::one_request(&ledger).uuid());
        ledger.close();
        let (lines, _) = exported(home.path(), &Filter { request });
        let file = home.path().join("export.jsonl");
        let keys = home.path().join("audit-keys.txt");
        let run = |lines: &[u8]| {
            fs::write(&file, lines).expect("written");
            Command::new("python3")
                .arg(page)
                .arg(&keys)
                .arg(&file)
                .output()
        };
        let Ok(good) = run(&lines) else {
            assert!(std::env::var_os("CI").is_none(), "CI has Python");
            println!("skipped: no python3");
            return;
        };
        let said = String::from_utf8_lossy(&good.stdout);
        assert_eq!(
            (said.as_ref(), good.status.code()),
            ("3 records proven\n", Some(0))
        );
        let text = String::from_utf8(lines).expect("UTF-8");
        for (then, now) in [("ada", "eve"), ("\"index\":2", "\"index\":3")] {
            let bad = run(text.replace(then, now).as_bytes()).expect("run");
            assert_eq!(bad.status.code(), Some(1), "{then}");
        }
    }
}
