//! One ceiling, counted: a rate within a minute, or a sum within a calendar window.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::{bucket::Bucket, clock::Moment};
use crate::policy::{Limit, Window};

/// Why nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// There is room again in this time.
    Until(Duration),
    /// The request alone is larger than the whole limit.
    Never,
}

/// A ceiling and what is taken of it.
#[derive(Debug)]
pub(super) enum Meter {
    /// In any minute.
    Rate(Bucket),
    /// In one calendar window; the next window has a meter of its own.
    Sum { most: u64, used: AtomicU64 },
}

impl Meter {
    /// A meter of which nothing is taken.
    pub(super) const fn new(limit: Limit) -> Self {
        match limit.window {
            Window::Minute => Self::Rate(Bucket::new(limit.most)),
            Window::Hour | Window::Day | Window::Month => Self::Sum {
                most: limit.most.get(),
                used: AtomicU64::new(0),
            },
        }
    }

    /// Takes `units`, or nothing. `ends` is the time to the window's end.
    pub(super) fn take(&self, units: u64, now: &Moment, ends: Duration) -> Result<(), Full> {
        match self {
            Self::Rate(bucket) => bucket.take(units, now.nanos),
            Self::Sum { most, .. } if units > *most => Err(Full::Never),
            Self::Sum { most, used } => used
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                    used.checked_add(units).filter(|sum| sum <= most)
                })
                .map(|_before| ())
                .map_err(|_used| Full::Until(ends)),
        }
    }

    /// Takes what was used already, whatever the ceiling says.
    pub(super) fn force(&self, units: u64, now: &Moment) {
        match self {
            Self::Rate(bucket) => bucket.force(units, now.nanos),
            Self::Sum { used, .. } => {
                used.update(Ordering::AcqRel, Ordering::Acquire, |used| {
                    used.saturating_add(units)
                });
            }
        }
    }

    /// Gives back what was taken and not used.
    pub(super) fn give_back(&self, units: u64) {
        match self {
            Self::Rate(bucket) => bucket.give_back(units),
            Self::Sum { used, .. } => {
                used.update(Ordering::AcqRel, Ordering::Acquire, |used| {
                    used.saturating_sub(units)
                });
            }
        }
    }

    /// How much is taken now.
    pub(super) fn used(&self, now: &Moment) -> u64 {
        match self {
            Self::Rate(bucket) => bucket.used(now.nanos),
            Self::Sum { used, .. } => used.load(Ordering::Acquire),
        }
    }

    /// Whether a meter of a rate can be forgotten.
    pub(super) fn is_idle(&self, now: &Moment) -> bool {
        match self {
            Self::Rate(bucket) => bucket.is_idle(now.nanos),
            Self::Sum { .. } => false,
        }
    }
}
