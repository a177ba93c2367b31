//! A rate with a memory of one minute, and change given back.
//!
//! The generic cell rate algorithm: one number, the time at which everything
//! taken so far would have flowed out. Taking moves it forward, giving back
//! moves it backward. Any count may be taken at once; the arithmetic is
//! 128 bits wide where it multiplies, so that no count wraps into a small one.

use std::{
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::meter::Full;

/// The burst: a whole minute's allowance, in nanoseconds.
const MINUTE: u64 = 60_000_000_000;

/// One rate. Times are nanoseconds of a clock that never goes back.
#[derive(Debug)]
pub(super) struct Bucket {
    per_minute: NonZeroU64,
    empty_at: AtomicU64,
}

impl Bucket {
    /// `per_minute` units flow in a minute, and that many may come at once.
    pub(super) const fn new(per_minute: NonZeroU64) -> Self {
        Self {
            per_minute,
            empty_at: AtomicU64::new(0),
        }
    }

    /// Takes `units`, or nothing.
    pub(super) fn take(&self, units: u64, now: u64) -> Result<(), Full> {
        let cost = self.time_of(units);
        if cost > MINUTE {
            return Err(Full::Never);
        }
        let latest = now.saturating_add(MINUTE);
        let moved = |empty: u64| {
            let after = empty.max(now).saturating_add(cost);
            (after <= latest).then_some(after)
        };
        match self
            .empty_at
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, moved)
        {
            Ok(_) => Ok(()),
            Err(empty) => {
                let wait = empty.max(now).saturating_add(cost).saturating_sub(latest);
                Err(Full::Until(Duration::from_nanos(wait)))
            }
        }
    }

    /// Takes `units` that were used already, whatever the rate says.
    pub(super) fn force(&self, units: u64, now: u64) {
        let cost = self.time_of(units);
        self.empty_at
            .update(Ordering::AcqRel, Ordering::Acquire, |empty| {
                empty.max(now).saturating_add(cost)
            });
    }

    /// Gives `units` back. Rounds in favour of the limit.
    pub(super) fn give_back(&self, units: u64) {
        let nanos = u128::from(units).saturating_mul(u128::from(MINUTE));
        let cost = nanos.div_euclid(u128::from(self.per_minute.get()));
        let cost = u64::try_from(cost).unwrap_or(u64::MAX);
        self.empty_at
            .update(Ordering::AcqRel, Ordering::Acquire, |empty| {
                empty.saturating_sub(cost)
            });
    }

    /// Whether forgetting the bucket changes nothing.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        self.empty_at.load(Ordering::Acquire) <= now
    }

    /// How much of the minute's allowance is taken.
    pub(super) fn used(&self, now: u64) -> u64 {
        let ahead = self.empty_at.load(Ordering::Acquire).saturating_sub(now);
        let units = u128::from(ahead).saturating_mul(u128::from(self.per_minute.get()));
        u64::try_from(units.div_ceil(u128::from(MINUTE))).unwrap_or(u64::MAX)
    }

    /// The time `units` take to flow out, rounded up.
    fn time_of(&self, units: u64) -> u64 {
        let nanos = u128::from(units).saturating_mul(u128::from(MINUTE));
        let time = nanos.div_ceil(u128::from(self.per_minute.get()));
        u64::try_from(time).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a model that overflows should stop"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bucket(per_minute: u64) -> Bucket {
        Bucket::new(NonZeroU64::new(per_minute).unwrap())
    }

    const START: u64 = 5 * MINUTE;

    #[test]
    fn a_minutes_allowance_may_come_at_once_and_then_flows() {
        let bucket = bucket(60);
        assert_eq!(bucket.take(60, START), Ok(()));
        assert_eq!(
            bucket.take(1, START),
            Err(Full::Until(Duration::from_secs(1)))
        );
        assert_eq!(bucket.take(1, START + MINUTE / 60), Ok(()));
        assert_eq!(bucket.take(61, START + 10 * MINUTE), Err(Full::Never));
    }

    #[test]
    fn no_count_is_large_enough_to_wrap() {
        for per_minute in [1, 10, 2_000_000, 1_000_000_000_000_000] {
            let bucket = bucket(per_minute);
            for units in [213_505, u64::MAX, u64::MAX / 2, per_minute + 1] {
                if units > per_minute {
                    assert_eq!(
                        bucket.take(units, START),
                        Err(Full::Never),
                        "{per_minute} {units}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let bucket = bucket(100);
        assert_eq!(bucket.take(100, START), Ok(()));
        bucket.give_back(40);
        assert!(bucket.take(41, START).is_err());
        assert_eq!(bucket.take(40, START), Ok(()));
        bucket.force(100, START);
        assert_eq!(
            bucket.take(1, START),
            Err(Full::Until(Duration::from_millis(60_600)))
        );
    }

    proptest! {
        /// In any run of takes and returns, what is held never exceeds what
        /// flowed since the start plus one burst.
        #[test]
        fn never_more_than_the_flow_and_a_burst(
            per_minute in 1_u64..10_000,
            steps in prop::collection::vec((0_u64..5_000, 0_u64..MINUTE, any::<bool>()), 1..60),
        ) {
            let bucket = bucket(per_minute);
            let (mut now, mut held, mut last) = (START, 0_u64, 0_u64);
            for (units, wait, back) in steps {
                now += wait;
                if back {
                    bucket.give_back(last);
                    held -= last;
                    last = 0;
                } else if bucket.take(units, now).is_ok() {
                    held += units;
                    last = units;
                }
                let flowed = u128::from(now - START) * u128::from(per_minute) / u128::from(MINUTE);
                prop_assert!(u128::from(held) <= flowed + u128::from(per_minute) + 1);
            }
        }
    }
}
