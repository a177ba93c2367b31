//! Memory that many bodies share.
//!
//! INVARIANT: the shares of one budget never sum to more than it has. What
//! asks too late is told so, and nobody waits: two bodies that wait for each
//! other's memory, each half read, would wait for ever.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use bytes::Bytes;

/// Bytes of memory, shared by all who hold the same budget.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    used: AtomicUsize,
}

/// The memory is used up.
#[derive(Debug, PartialEq, Eq)]
pub struct UsedUp;

/// One body's share, given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    /// A budget of `most` bytes, all of them free.
    #[must_use]
    pub fn new(most: usize) -> Arc<Self> {
        let used = AtomicUsize::new(0);
        Arc::new(Self { most, used })
    }

    /// A share of nothing yet.
    #[must_use]
    pub fn share(self: &Arc<Self>) -> Share {
        let budget = Arc::clone(self);
        Share { budget, bytes: 0 }
    }
}

impl Share {
    /// Raises the share to `bytes`; a smaller number changes nothing.
    ///
    /// # Errors
    /// [`UsedUp`], and the share is what it was.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), UsedUp> {
        let more = bytes.saturating_sub(self.bytes);
        let most = self.budget.most;
        self.budget
            .used
            .fetch_update(Relaxed, Relaxed, |used| {
                used.checked_add(more).filter(|&sum| sum <= most)
            })
            .map_err(|_used| UsedUp)?;
        self.bytes = self.bytes.saturating_add(more);
        Ok(())
    }

    /// Gives back what is above `bytes`.
    fn shrink_to(&mut self, bytes: usize) {
        let less = self.bytes.saturating_sub(bytes);
        self.budget.used.fetch_sub(less, Relaxed);
        self.bytes = self.bytes.saturating_sub(less);
    }

    /// `bytes` with as much of the share as they are long, which goes back
    /// when the last clone or slice of them is gone; the rest goes back now.
    #[must_use]
    pub fn keep(mut self, bytes: Bytes) -> Bytes {
        self.shrink_to(bytes.len());
        Bytes::from_owner(Kept {
            bytes,
            _share: self,
        })
    }
}

/// Bytes and their share, which live and die together.
struct Kept {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_together_stay_within_the_budget_and_come_back() {
        let budget = Budget::new(100);
        let (mut one, mut two) = (budget.share(), budget.share());
        assert_eq!(one.grow_to(60), Ok(()));
        assert_eq!(two.grow_to(40), Ok(()));
        assert_eq!(two.grow_to(41), Err(UsedUp));
        assert_eq!(two.grow_to(10), Ok(()));
        drop(one);
        assert_eq!(two.grow_to(100), Ok(()));
        assert_eq!(two.grow_to(usize::MAX), Err(UsedUp));
        drop(two);
        assert_eq!(budget.used.load(Relaxed), 0);
    }

    #[test]
    fn kept_bytes_hold_their_length_until_the_last_slice_is_gone() {
        let budget = Budget::new(100);
        let mut share = budget.share();
        share.grow_to(80).unwrap();
        let kept = share.keep(Bytes::from_static(b"0123456789"));
        assert_eq!(kept, "0123456789");
        assert_eq!(budget.used.load(Relaxed), 10);
        let slice = kept.slice(2..4);
        drop(kept);
        assert_eq!(budget.used.load(Relaxed), 10);
        drop(slice);
        assert_eq!(budget.used.load(Relaxed), 0);
    }
}
