//! How long a scan may take, and what a detector's failure becomes.
//!
//! Thread time, not wall time: a machine that is busy with others does not
//! refuse text it would have had the time to read. What was not scanned to the
//! end is not sent (DESIGN decision 6, RED-03).

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

use crate::primitives::{Code, Limits, Refusal};

/// Bytes in a MiB.
const MIB: u64 = 1024 * 1024;

/// Thread time one pass over `bytes` of text may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    base: Duration,
    per_mib: Duration,
}

impl Allowance {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            base: limits.scan_time,
            per_mib: limits.scan_time_per_mib,
        }
    }

    /// The budget of a pass that starts now, on this thread.
    pub(super) fn start(self, bytes: usize) -> Budget {
        let nanos = u64::try_from(self.per_mib.as_nanos()).unwrap_or(u64::MAX);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let more = nanos.saturating_mul(bytes).div_euclid(MIB);
        Budget {
            until: thread_time()
                .saturating_add(self.base)
                .saturating_add(Duration::from_nanos(more)),
            unread: Rc::default(),
        }
    }
}

/// Thread time that is left. It belongs to the thread that started it.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    until: Duration,
    /// Bytes since the clock was read; copies of a budget share it.
    unread: Rc<Cell<usize>>,
}

/// Bytes between two looks at the clock, which is a system call.
const CLOCK_EVERY: usize = 4 * 1024;

/// What one short text costs, in bytes of a long one.
const EACH: usize = 64;

impl Budget {
    /// Whether time is left.
    pub(super) fn is_left(&self) -> bool {
        thread_time() <= self.until
    }

    /// Whether time is left for so many bytes more, as far as is known without
    /// looking at the clock for every short text.
    pub(super) fn allows(&self, bytes: usize) -> bool {
        let unread = self.unread.get().saturating_add(bytes).saturating_add(EACH);
        if unread < CLOCK_EVERY {
            self.unread.set(unread);
            return true;
        }
        self.unread.set(0);
        self.is_left()
    }

    /// The last look: whether all of it was in time.
    ///
    /// # Errors
    /// The refusal where it was not.
    pub(super) fn settle(&self) -> Result<(), Refusal> {
        if self.is_left() { Ok(()) } else { Err(spent()) }
    }
}

/// The refusal once a budget is spent.
pub(super) fn spent() -> Refusal {
    unavailable("the scan took longer than its time")
}

/// Runs a pass; a panic in it is the same refusal as a time-out.
///
/// # Errors
/// The pass' own refusal, or that one.
pub(super) fn guarded<T>(pass: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    // What the pass has changed is dropped with the error, so nobody sees it half done.
    catch_unwind(AssertUnwindSafe(pass))
        .unwrap_or_else(|_payload| Err(unavailable("a detector panicked")))
}

/// Text that could not be checked.
pub(super) fn unavailable(detail: &'static str) -> Refusal {
    Refusal::new(
        Code::RedactionUnavailable,
        "the text could not be checked for sensitive data",
    )
    .with_detail(detail)
}

/// What this thread has used of the processor so far.
fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_and_grows_with_the_text() {
        let mut limits = Limits {
            scan_time: Duration::ZERO,
            scan_time_per_mib: Duration::from_secs(3_600),
            ..Limits::default()
        };
        assert!(Allowance::new(&limits).start(1024 * 1024).is_left());
        limits.scan_time_per_mib = Duration::ZERO;
        let spent = Allowance::new(&limits).start(1024 * 1024);
        for _ in 0..1_000_000 {
            if !spent.is_left() {
                break;
            }
        }
        assert!(spent.settle().is_err());
        assert!(spent.allows(1), "the clock is not read for every word");
        assert!(!spent.allows(CLOCK_EVERY));
    }

    #[test]
    fn a_panic_is_a_refusal() {
        let refused = guarded::<()>(|| panic!("canary")).unwrap_err();
        assert_eq!(refused.code(), Code::RedactionUnavailable);
        assert!(!format!("{refused:?}").contains("canary"));
    }
}
