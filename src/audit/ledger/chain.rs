//! Where the next record stands: number, hash of the one before, tree.

use uuid::Uuid;

use crate::audit::{
    record::{Draft, Place},
    tree::{self, Frontier, Hash},
};

/// The end of a stream's chain. One stream is one life of the process.
#[derive(Debug, Clone)]
pub(in crate::audit) struct Chain {
    stream: Uuid,
    previous_hash: Option<Hash>,
    previous_record: Option<Uuid>,
    tree: Frontier,
}

impl Chain {
    /// A stream without records.
    pub(in crate::audit) fn new(stream: Uuid) -> Self {
        Self {
            stream,
            previous_hash: None,
            previous_record: None,
            tree: Frontier::default(),
        }
    }

    /// A chain as a segment's head states it.
    pub(in crate::audit) const fn restore(
        stream: Uuid,
        previous_hash: Option<Hash>,
        previous_record: Option<Uuid>,
        tree: Frontier,
    ) -> Self {
        Self {
            stream,
            previous_hash,
            previous_record,
            tree,
        }
    }

    pub(in crate::audit) const fn stream(&self) -> Uuid {
        self.stream
    }

    pub(in crate::audit) const fn previous_hash(&self) -> Option<&Hash> {
        self.previous_hash.as_ref()
    }

    pub(in crate::audit) const fn previous_record(&self) -> Option<Uuid> {
        self.previous_record
    }

    pub(in crate::audit) const fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// The number the next record gets; the first is 1.
    pub(in crate::audit) const fn next_number(&self) -> u64 {
        self.tree.size().saturating_add(1)
    }

    /// Gives a record its place.
    pub(in crate::audit) fn place(&mut self, draft: &Draft) -> Vec<u8> {
        let bytes = draft.placed(&Place {
            stream: self.stream,
            number: self.next_number(),
            previous_hash: self.previous_hash.as_ref(),
            previous_record: self.previous_record,
        });
        self.extend(&bytes, draft.record);
        bytes
    }

    /// Takes over a record that already has its place.
    pub(in crate::audit) fn extend(&mut self, bytes: &[u8], record: Uuid) {
        let leaf = tree::leaf(bytes);
        self.tree.push(leaf);
        self.previous_hash = Some(leaf);
        self.previous_record = Some(record);
    }
}
