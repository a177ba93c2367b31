//! One stream: numbers, links, roots, signatures, requests.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{Kind, Report, StreamReport};
use crate::audit::{
    entry::Entry,
    hex,
    ledger::Chain,
    record::{Event, names},
    seal::{Note, VerifyingKey},
    tree::{Frontier, Hash},
};

/// What is known of a stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    records: BTreeMap<u64, Record>,
    openings: BTreeMap<u64, Chain>,
    notes: Vec<Note>,
    opened: Option<Opened>,
    rotations: BTreeMap<u64, VerifyingKey>,
    /// The tree over all records, where none is missing.
    tree: Option<Frontier>,
}

/// What is kept of a record.
#[derive(Debug)]
struct Record {
    leaf: Hash,
    previous_hash: Option<Hash>,
    event: Option<Event>,
    request: Option<Uuid>,
}

/// What its first record says.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) instance: String,
    pub(super) previous: Option<Previous>,
}

/// The stream before.
#[derive(Debug)]
pub(super) struct Previous {
    pub(super) stream: Uuid,
    pub(super) size: u64,
    pub(super) root: Hash,
}

impl Stream {
    /// Takes a record; a repeat must be the same, byte for byte.
    pub(super) fn record(&mut self, id: Uuid, entry: &Entry, damaged: bool, report: &mut Report) {
        let Some(number) = entry.sequence() else {
            report.problem(Kind::Altered, Some(id), None, "a record has no number");
            return;
        };
        if damaged {
            let text = "its checksum is wrong: it was altered";
            report.problem(Kind::Altered, Some(id), Some(number), text);
        }
        let leaf = entry.leaf();
        if let Some(known) = self.records.get(&number) {
            if known.leaf == leaf {
                report.repeats = report.repeats.saturating_add(1);
            } else {
                let text = "there are two different records of this number";
                report.problem(Kind::Forked, Some(id), Some(number), text);
            }
            return;
        }
        report.records = report.records.saturating_add(1);
        let event = Event::from_name(entry.event_name());
        if event == Some(Event::StreamOpened) {
            self.opened = Some(Opened::of(entry));
        }
        if let Some(key) = entry.text(names::KEY).and_then(VerifyingKey::parse) {
            self.rotations.insert(number, key);
        }
        let (previous_hash, request) = (entry.previous_hash(), entry.request_id());
        self.records.insert(
            number,
            Record {
                leaf,
                previous_hash,
                event,
                request,
            },
        );
    }

    pub(super) fn opening(&mut self, chain: Chain) {
        self.openings.insert(chain.tree().size(), chain);
    }

    pub(super) fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) const fn opened(&self) -> Option<&Opened> {
        self.opened.as_ref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Why the stream is not the one another stream says it follows.
    pub(super) fn differs_from(&self, size: u64, root: &Hash) -> Option<String> {
        let last = self
            .records
            .last_key_value()
            .map_or(0, |(number, _)| *number);
        if last != size {
            return Some(format!(
                "it has {last} records; the stream after it says {size}"
            ));
        }
        let tree = self.tree.as_ref()?;
        let same = tree.root() == *root;
        (!same).then(|| "its root is not the one the stream after it names".to_owned())
    }

    /// Checks everything that can be checked within the stream.
    pub(super) fn check(
        &mut self,
        id: Uuid,
        keys: &[VerifyingKey],
        report: &mut Report,
    ) -> StreamReport {
        self.check_links(id, report);
        let sealed = self.check_notes(id, keys, report);
        let last_event = self
            .records
            .last_key_value()
            .and_then(|(_, last)| last.event);
        let closed = last_event == Some(Event::StreamClosed);
        let open = self.check_requests(id, closed, report);
        StreamReport {
            stream: id,
            first: self
                .records
                .first_key_value()
                .map_or(0, |(number, _)| *number),
            last: self
                .records
                .last_key_value()
                .map_or(0, |(number, _)| *number),
            sealed,
            closed,
            open,
        }
    }

    /// Every record names the hash of the one before, and no number is missing.
    fn check_links(&self, id: Uuid, report: &mut Report) {
        let mut before = self.start();
        for (number, record) in &self.records {
            let expected = before.0.saturating_add(1);
            if *number > expected {
                let last = number.saturating_sub(1);
                let text = format!("records {expected} to {last} are missing or unreadable");
                report.problem(Kind::Missing, Some(id), Some(expected), text);
            } else if record.previous_hash != before.1 {
                let text = format!(
                    "it does not follow from record {}: one of the two was altered",
                    before.0
                );
                report.problem(Kind::Altered, Some(id), Some(*number), text);
            }
            before = (*number, Some(record.leaf));
        }
    }

    /// Number and hash before the first record there is: nothing, or what the
    /// segment it stands in says about those that retention deleted.
    fn start(&self) -> (u64, Option<Hash>) {
        match self.opening_of_first() {
            Some(chain) => (chain.tree().size(), chain.previous_hash().copied()),
            None => (0, None),
        }
    }

    fn opening_of_first(&self) -> Option<&Chain> {
        let (first, _) = self.records.first_key_value()?;
        self.openings.get(&first.checked_sub(1)?)
    }

    /// Roots and signatures; returns up to where a good checkpoint vouches.
    fn check_notes(&mut self, id: Uuid, keys: &[VerifyingKey], report: &mut Report) -> u64 {
        let mut sealed = 0;
        let last = self
            .records
            .last_key_value()
            .map_or(0, |(number, _)| *number);
        let mut wanted: BTreeMap<u64, Vec<&Note>> = BTreeMap::new();
        for note in &self.notes {
            let size = note.checkpoint.size;
            if !self.is_signed(note, keys) {
                let text = "its checkpoint has no good signature of a listed key";
                report.problem(Kind::Altered, Some(id), Some(size), text);
            } else if size > last {
                let first = last.saturating_add(1);
                let text = format!("a checkpoint vouches for records {first} to {size}");
                report.problem(Kind::Missing, Some(id), Some(first), text);
            } else {
                wanted.entry(size).or_default().push(note);
            }
        }
        let mut tree = self
            .opening_of_first()
            .map_or_else(Frontier::default, |chain| chain.tree().clone());
        for (number, record) in &self.records {
            if *number != tree.size().saturating_add(1) {
                return sealed; // said already; nothing after it can be checked
            }
            tree.push(record.leaf);
            for note in wanted.remove(number).into_iter().flatten() {
                if note.checkpoint.root == tree.root() {
                    report.checkpoints = report.checkpoints.saturating_add(1);
                    sealed = *number;
                } else {
                    let text = "the root of its checkpoint is another one: a record at or before \
                                this number was altered";
                    report.problem(Kind::Altered, Some(id), Some(*number), text);
                }
            }
        }
        self.tree = Some(tree);
        sealed
    }

    /// Signed by a listed key, and, after a rotation, by the new one.
    fn is_signed(&self, note: &Note, keys: &[VerifyingKey]) -> bool {
        let rotation = self.rotations.range(..=note.checkpoint.size).next_back();
        keys.iter().any(|key| note.is_signed_by(key))
            && rotation.is_none_or(|(_, key)| keys.contains(key) && note.is_signed_by(key))
    }

    /// One beginning and one end each; returns how many have no end yet.
    fn check_requests(&self, id: Uuid, closed: bool, report: &mut Report) -> u64 {
        let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
        let complete = self.start().0 == 0;
        for (number, record) in &self.records {
            let (Some(request), Some(event)) = (record.request, record.event) else {
                continue;
            };
            let text = if event == Event::Received && !begun.insert(request) {
                "the request has begun already"
            } else if event.is_terminal() && !ended.insert(request) {
                "the request has ended already"
            } else if event.is_terminal() && complete && !begun.contains(&request) {
                "the request ends and has not begun"
            } else {
                continue;
            };
            report.problem(Kind::Unbalanced, Some(id), Some(*number), text);
        }
        let open = begun.difference(&ended).count();
        if closed && open > 0 {
            let text = format!("{open} requests have no end, though the stream was ended");
            report.problem(Kind::Unbalanced, Some(id), None, text);
        }
        u64::try_from(open).unwrap_or(u64::MAX)
    }
}

impl Opened {
    fn of(entry: &Entry) -> Self {
        let previous = || {
            Some(Previous {
                stream: entry.text(names::PREVIOUS_STREAM)?.parse().ok()?,
                size: entry.number(names::PREVIOUS_SIZE)?,
                root: hex::array(entry.text(names::PREVIOUS_ROOT)?)?,
            })
        };
        Self {
            instance: entry
                .resource("service.instance.id")
                .unwrap_or_default()
                .to_owned(),
            previous: previous(),
        }
    }
}
