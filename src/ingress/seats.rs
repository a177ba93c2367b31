//! How many connections there are, and how many of them one source has.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The connections of one port.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    most_per_source: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// One connection's place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    source: IpAddr,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// The port has as many connections as it may.
    Port,
    /// The source has.
    Source,
}

impl Full {
    /// The word for metrics and records.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Port => "connections",
            Self::Source => "connections_of_source",
        }
    }
}

impl Seats {
    pub(super) fn new(most: usize, most_per_source: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_per_source,
            taken: Mutex::default(),
        })
    }

    /// A place for one more connection from `address`.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Full> {
        let source = source(address);
        let mut taken = self.taken();
        if taken.all >= self.most {
            return Err(Full::Port);
        }
        let own = taken.by_source.get(&source).copied().unwrap_or(0);
        if own >= self.most_per_source {
            return Err(Full::Source);
        }
        taken.all = taken.all.saturating_add(1);
        taken.by_source.insert(source, own.saturating_add(1));
        let seats = Arc::clone(self);
        Ok(Seat { seats, source })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // nothing here can panic half way
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        taken.all = taken.all.saturating_sub(1);
        let left = taken.by_source.get(&self.source).copied().unwrap_or(0);
        match left.saturating_sub(1) {
            0 => taken.by_source.remove(&self.source),
            left => taken.by_source.insert(self.source, left),
        };
    }
}

/// Who counts as one: an IPv4 address, however written, or an IPv6 network of
/// 64 bits, of which a single host has every address (RFC 4291 §2.5.4).
fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) if address.is_loopback() => IpAddr::V6(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
    }
}

const NETWORK: u128 = !(u64::MAX as u128);

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_source_cannot_take_the_seats_of_others() {
        let seats = Seats::new(3, 2);
        let first = seats.take(ip("192.0.2.1")).unwrap();
        let _second = seats.take(ip("::ffff:192.0.2.1")).unwrap();
        assert_eq!(seats.take(ip("192.0.2.1")).unwrap_err(), Full::Source);
        let _other = seats.take(ip("192.0.2.2")).unwrap();
        assert_eq!(seats.take(ip("192.0.2.3")).unwrap_err(), Full::Port);
        drop(first);
        assert!(seats.take(ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn an_ipv6_network_is_one_source() {
        let seats = Seats::new(10, 1);
        let _one = seats.take(ip("2001:db8::1")).unwrap();
        assert!(seats.take(ip("2001:db8::ffff:2")).is_err());
        assert!(seats.take(ip("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn empty_seats_leave_no_trace() {
        let seats = Seats::new(10, 10);
        drop((seats.take(ip("192.0.2.1")), seats.take(ip("192.0.2.2"))));
        assert!(seats.taken().by_source.is_empty());
        assert_eq!(seats.taken().all, 0);
    }
}
