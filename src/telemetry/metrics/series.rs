//! Counters, gauges and histograms by label values.
//!
//! Whole numbers only: seconds are kept as microseconds, money as
//! micro-dollars. A family holds at most [`MOST_SERIES`] series; what comes
//! after that is counted under `_OTHER` in every label, so that nobody can
//! grow the page (THREATS AUD-08).

use std::{
    collections::{BTreeMap, hash_map::RandomState},
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use hashbrown::{Equivalent, HashMap};

/// Series of one family. The largest product of closed sets in the table,
/// operations x providers x models x outcomes, stays below it in practice.
pub(super) const MOST_SERIES: usize = 2_000;

/// The value of a label whose real value is not from a closed set.
pub const OTHER: &str = "_OTHER";

/// Label values of one series.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Labels<const N: usize>([Box<str>; N]);

/// The same, borrowed: a lookup allocates nothing.
struct Borrowed<'a, const N: usize>([&'a str; N]);

impl<const N: usize> Hash for Labels<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|one| (**one).hash(state));
    }
}

impl<const N: usize> Hash for Borrowed<'_, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|one| (**one).hash(state));
    }
}

impl<const N: usize> Equivalent<Labels<N>> for Borrowed<'_, N> {
    fn equivalent(&self, key: &Labels<N>) -> bool {
        self.0
            .iter()
            .zip(&key.0)
            .all(|(one, other)| **one == **other)
    }
}

/// All series of one name.
pub(super) struct Family<S, const N: usize>(RwLock<HashMap<Labels<N>, Arc<S>, RandomState>>);

impl<S, const N: usize> Default for Family<S, N> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<S, const N: usize> Family<S, N> {
    /// The series of these values, made where there is none.
    fn series(&self, values: [&str; N], fresh: impl Fn() -> S) -> Arc<S> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(&Borrowed(values)) {
            return Arc::clone(series);
        }
        let full = known.len() >= MOST_SERIES;
        drop(known);
        let values = if full { [OTHER; N] } else { values };
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            all.entry(Labels(values.map(Box::from)))
                .or_insert_with(|| Arc::new(fresh())),
        )
    }

    /// Every series with its label values, in their order.
    pub(super) fn snapshot<T>(&self, read: impl Fn(&S) -> T) -> Vec<(Vec<String>, T)> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let sorted: BTreeMap<_, _> = all.iter().collect();
        sorted
            .into_iter()
            .map(|(labels, series)| {
                (
                    labels.0.iter().map(ToString::to_string).collect(),
                    read(series),
                )
            })
            .collect()
    }
}

/// A sum that only grows.
#[derive(Default)]
pub struct Counter<const N: usize>(pub(super) Family<AtomicU64, N>);

impl<const N: usize> Counter<N> {
    /// Adds to the series of these label values.
    pub fn add(&self, values: [&str; N], many: u64) {
        self.0
            .series(values, AtomicU64::default)
            .fetch_add(many, Ordering::Relaxed);
    }
}

/// A level that goes up and down.
#[derive(Default)]
pub struct Gauge<const N: usize>(pub(super) Family<AtomicI64, N>);

impl<const N: usize> Gauge<N> {
    /// Moves the level.
    pub fn add(&self, values: [&str; N], by: i64) {
        self.0
            .series(values, AtomicI64::default)
            .fetch_add(by, Ordering::Relaxed);
    }

    /// Sets the level.
    pub fn set(&self, values: [&str; N], to: i64) {
        self.0
            .series(values, AtomicI64::default)
            .store(to, Ordering::Relaxed);
    }
}

/// How often values fell into which bucket.
pub struct Histogram<const N: usize> {
    pub(super) family: Family<Buckets, N>,
    pub(super) bounds: &'static [u64],
}

impl<const N: usize> Histogram<N> {
    pub(super) fn new(bounds: &'static [u64]) -> Self {
        Self {
            family: Family::default(),
            bounds,
        }
    }

    /// Takes one value, in the unit of the bounds.
    pub fn observe(&self, values: [&str; N], value: u64) {
        let series = self
            .family
            .series(values, || Buckets::new(self.bounds.len()));
        let place = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = series.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        series.sum.fetch_add(value, Ordering::Relaxed);
    }
}

/// Counts between the bounds, the last one beyond all of them.
pub(super) struct Buckets {
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Buckets {
    fn new(bounds: usize) -> Self {
        Self {
            counts: (0..=bounds).map(|_| AtomicU64::default()).collect(),
            sum: AtomicU64::default(),
        }
    }

    /// The counts, and the sum of all values.
    pub(super) fn read(&self) -> super::Spread {
        let counts = self.counts.iter().map(|one| one.load(Ordering::Relaxed));
        (counts.collect(), self.sum.load(Ordering::Relaxed))
    }
}

impl<const N: usize> fmt::Debug for Counter<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Counter")
    }
}

impl<const N: usize> fmt::Debug for Gauge<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Gauge")
    }
}

impl<const N: usize> fmt::Debug for Histogram<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Histogram")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_stops_growing_and_loses_nothing() {
        let counter = Counter::<1>::default();
        for n in 0..MOST_SERIES.saturating_mul(2) {
            counter.add([&n.to_string()], 1);
        }
        let all = counter.0.snapshot(|one| one.load(Ordering::Relaxed));
        assert_eq!(all.len(), MOST_SERIES + 1);
        assert_eq!(all.iter().map(|(_, count)| count).sum::<u64>(), 4_000);
        assert!(
            all.iter()
                .any(|(labels, count)| labels[0] == OTHER && *count == 2_000)
        );
    }

    #[test]
    fn a_value_on_a_bound_belongs_below_it() {
        let histogram = Histogram::<0>::new(&[10, 20]);
        for value in [0, 10, 11, 20, 21] {
            histogram.observe([], value);
        }
        let (counts, sum) = histogram.family.snapshot(Buckets::read).remove(0).1;
        assert_eq!((counts, sum), (vec![2, 2, 1], 62));
    }

    #[test]
    fn threads_do_not_lose_counts() {
        let counter = Counter::<1>::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| counter.add(["x"], 1)));
            }
        });
        let all = counter.0.snapshot(|one| one.load(Ordering::Relaxed));
        assert_eq!(all[0].1, 4_000);
    }
}
