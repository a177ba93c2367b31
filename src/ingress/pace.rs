//! How far a caller may fall behind.
//!
//! A total time alone lets ten thousand connections trickle until it is over,
//! and a time per read lets one byte a minute pass for progress. So time spent
//! waiting for a caller is a debt, every byte moved pays some of it back, and
//! the debt has a ceiling. Credit is not kept: whoever was fast may not be
//! slow for longer.
//!
//! No clock: the caller of each function says what time it is.

use std::time::Duration;

use tokio::time::Instant;

/// One direction of one message.
#[derive(Debug)]
pub(super) struct Pace {
    /// Bytes a second.
    rate: u32,
    /// The longest debt.
    patience: Duration,
    debt: Duration,
    waiting: Option<Instant>,
}

impl Pace {
    /// A pace of `rate` bytes a second, behind which a caller may be by
    /// `patience` at most.
    pub(super) const fn new(rate: u32, patience: Duration) -> Self {
        Self {
            rate,
            patience,
            debt: Duration::ZERO,
            waiting: None,
        }
    }

    /// The caller is waited for, if it was not already; when to give up.
    pub(super) fn wait(&mut self, now: Instant) -> Instant {
        let since = *self.waiting.get_or_insert(now);
        let left = self.patience.saturating_sub(self.debt);
        since.checked_add(left).unwrap_or(since)
    }

    /// So many bytes moved.
    pub(super) fn moved(&mut self, bytes: usize, now: Instant) {
        let waited = self
            .waiting
            .take()
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.debt = self
            .debt
            .saturating_add(waited)
            .saturating_sub(self.worth(bytes));
    }

    /// The time so many bytes may take.
    fn worth(&self, bytes: usize) -> Duration {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let millis = bytes
            .saturating_mul(1_000)
            .checked_div(u64::from(self.rate));
        Duration::from_millis(millis.unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test times are small")]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Seconds until a caller that moves `bytes` every second is given up.
    fn lasts(bytes: usize) -> Option<u32> {
        let start = Instant::now();
        let mut pace = Pace::new(1_000, 10 * SECOND);
        (0..1_000).find(|&second| {
            let now = start + second * SECOND;
            let late = pace.wait(now) < now + SECOND;
            pace.moved(bytes, now + SECOND);
            late
        })
    }

    #[test]
    fn who_keeps_the_rate_may_take_any_time() {
        assert_eq!(lasts(1_000), None);
        assert_eq!(lasts(5_000), None);
    }

    #[test]
    fn who_trickles_is_given_up_when_the_debt_is_full() {
        assert_eq!(lasts(0), Some(10));
        assert_eq!(lasts(1), Some(10));
        assert_eq!(lasts(500), Some(19));
    }

    #[test]
    fn speed_in_the_past_buys_no_patience() {
        let start = Instant::now();
        let mut pace = Pace::new(1_000, 10 * SECOND);
        pace.moved(1_000_000, start);
        assert_eq!(pace.wait(start), start + 10 * SECOND);
        assert_eq!(pace.wait(start + SECOND), start + 10 * SECOND);
    }
}
