//! How many bytes the ledger may still take.
//!
//! INVARIANT: a request is let in only when the bytes of its terminal record
//! are set aside, so the ledger can always say how a request ended that it let
//! begin.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The ledger's bytes: on disk, on their way there, and promised.
#[derive(Debug)]
pub(in crate::audit) struct Room {
    most: u64,
    taken: AtomicU64,
}

impl Room {
    pub(in crate::audit) const fn new(most: u64, taken: u64) -> Self {
        Self {
            most,
            taken: AtomicU64::new(taken),
        }
    }

    pub(in crate::audit) const fn most(&self) -> u64 {
        self.most
    }

    pub(in crate::audit) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Sets bytes aside, if there are as many.
    pub(in crate::audit) fn set_aside(self: &Arc<Self>, bytes: u64) -> Option<SetAside> {
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                taken.checked_add(bytes).filter(|sum| *sum <= self.most)
            })
            .ok()
            .map(|_before| SetAside {
                room: Arc::clone(self),
                bytes,
            })
    }

    /// Bytes that reached the disk. Never refused: they are there.
    pub(in crate::audit) fn charge(&self, bytes: u64) {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that left the disk.
    pub(in crate::audit) fn give_back(&self, bytes: u64) {
        // the closure never declines
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                Some(taken.saturating_sub(bytes))
            })
            .ok();
    }
}

/// Promised bytes, given back when dropped.
#[derive(Debug)]
pub(in crate::audit) struct SetAside {
    room: Arc<Room>,
    bytes: u64,
}

impl SetAside {
    /// Keeps no more than `bytes`, now that it is known how many are needed.
    pub(in crate::audit) fn shrink(&mut self, bytes: u64) {
        let rest = self.bytes.saturating_sub(bytes);
        self.room.give_back(rest);
        self.bytes = self.bytes.saturating_sub(rest);
    }
}

impl Drop for SetAside {
    fn drop(&mut self) {
        self.room.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_promised_is_not_promised_twice() {
        let room = Arc::new(Room::new(100, 30));
        let mut held = room.set_aside(60).expect("room");
        assert!(room.set_aside(11).is_none());
        room.charge(10);
        assert!(room.set_aside(1).is_none());
        held.shrink(20);
        assert_eq!(room.taken(), 60);
        held.shrink(21);
        assert_eq!(room.taken(), 60);
        drop(held);
        assert_eq!(room.taken(), 40);
        assert!(room.set_aside(60).is_some());
        assert!(room.set_aside(u64::MAX).is_none());
    }
}
