//! Failed logins, counted per source.
//!
//! Past the limit a source's further failures are answered with 429 instead of
//! 401. A valid key is never held up: many callers share one address, and one
//! of them guessing must not lock the others out. What is counted is the
//! failures *answered with 401* in the last minute, so the wait that is told
//! is the wait there is.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

/// How often each source failed within the last minute.
#[derive(Debug)]
pub(super) struct Failures {
    most: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    sources: HashMap<Ipv6Addr, VecDeque<Timestamp>>,
    swept: Timestamp,
}

impl Failures {
    /// Allows `most` failures a minute.
    pub(super) fn new(most: u32) -> Self {
        Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            seen: Mutex::default(),
        }
    }

    /// Counts one failure. Returns how long to wait where it was one too many.
    pub(super) fn count(&self, source: IpAddr, now: Timestamp) -> Option<Duration> {
        // a panic elsewhere leaves counts that are still counts
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let source = network_of(source);
        if !seen.sources.contains_key(&source) && !seen.has_room(now) {
            return Some(WINDOW);
        }
        let times = seen.sources.entry(source).or_default();
        times.retain(|time| age(*time, now).is_some());
        if times.len() < self.most {
            times.push_back(now);
            return None;
        }
        let oldest = times.front().and_then(|time| age(*time, now));
        Some(WINDOW.saturating_sub(oldest.unwrap_or_default()))
    }
}

impl Seen {
    /// Whether one more source can be remembered; forgets idle ones first, at
    /// most once a second, so that a flood of addresses buys no scans.
    fn has_room(&mut self, now: Timestamp) -> bool {
        if self.sources.len() < MOST_SOURCES {
            return true;
        }
        if now.duration_since(self.swept).unsigned_abs() >= SWEEP_EVERY {
            self.swept = now;
            self.sources
                .retain(|_, times| times.iter().any(|time| age(*time, now).is_some()));
        }
        self.sources.len() < MOST_SOURCES
    }
}

/// How long ago, if within the window. What lies in the future is forgotten:
/// a clock that was set back must not keep anybody out for longer.
fn age(time: Timestamp, now: Timestamp) -> Option<Duration> {
    let age = Duration::try_from(now.duration_since(time)).ok()?;
    (age < WINDOW).then_some(age)
}

/// Who is behind an address: one IPv4 address, or one IPv6 /64, the smallest
/// network a site is given (RFC 6177), inside which addresses are free to pick.
fn network_of(source: IpAddr) -> Ipv6Addr {
    match source.to_canonical() {
        IpAddr::V4(one) => one.to_ipv6_mapped(),
        IpAddr::V6(one) => Ipv6Addr::from_bits(one.to_bits() & (u128::MAX << 64)),
    }
}

const WINDOW: Duration = Duration::from_secs(60);
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// About 250 bytes each: 4 MiB in all. Beyond it, sources not remembered get
/// 429 where they would get 401; nobody gets in.
const MOST_SOURCES: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn fill(failures: &Failures, source: &str, times: usize) {
        for _ in 0..times {
            assert_eq!(failures.count(ip(source), at(100)), None);
        }
    }

    #[test]
    fn the_eleventh_failure_in_a_minute_has_to_wait() {
        let failures = Failures::new(10);
        fill(&failures, "192.0.2.1", 10);
        let wait = |second| failures.count(ip("192.0.2.1"), at(second));
        assert_eq!(wait(100), Some(Duration::from_secs(60)));
        assert_eq!(wait(159), Some(Duration::from_secs(1)));
        assert_eq!(wait(160), None);
    }

    #[test]
    fn sources_are_counted_apart_and_an_ipv6_network_together() {
        let failures = Failures::new(1);
        fill(&failures, "192.0.2.1", 1);
        fill(&failures, "192.0.2.2", 1);
        assert!(failures.count(ip("::ffff:192.0.2.1"), at(100)).is_some());
        fill(&failures, "2001:db8::1", 1);
        assert!(failures.count(ip("2001:db8::ffff:1"), at(100)).is_some());
        assert!(failures.count(ip("2001:db8:0:1::1"), at(100)).is_none());
    }

    #[test]
    fn a_clock_set_back_holds_nobody_up() {
        let failures = Failures::new(1);
        fill(&failures, "192.0.2.1", 1);
        assert_eq!(failures.count(ip("192.0.2.1"), at(-3_500)), None);
    }

    #[test]
    fn a_flood_of_sources_is_remembered_up_to_the_bound_and_forgotten_after_a_minute() {
        let failures = Failures::new(1);
        let source = |n: usize| {
            let n = u128::try_from(n).expect("small");
            IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | (n << 64)))
        };
        for n in 0..MOST_SOURCES {
            assert_eq!(failures.count(source(n), at(100)), None);
        }
        assert!(failures.count(source(MOST_SOURCES), at(101)).is_some());
        assert_eq!(
            failures.seen.lock().expect("lock").sources.len(),
            MOST_SOURCES
        );
        assert_eq!(failures.count(source(MOST_SOURCES), at(161)), None);
        assert_eq!(failures.seen.lock().expect("lock").sources.len(), 1);
    }
}
