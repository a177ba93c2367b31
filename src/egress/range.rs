//! Ranges of addresses.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// All addresses that share their first bits (RFC 4632, RFC 4291 §2.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    first: IpAddr,
    bits: u8,
}

impl Range {
    /// A range of IPv4, for tables.
    pub(super) const fn v4(first: [u8; 4], bits: u8) -> Self {
        let [a, b, c, d] = first;
        let first = IpAddr::V4(Ipv4Addr::new(a, b, c, d));
        Self { first, bits }
    }

    /// A range of IPv6, for tables; the groups that are not written are zero.
    pub(super) const fn v6(first: [u16; 4], bits: u8) -> Self {
        let [a, b, c, d] = first;
        let first = IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0));
        Self { first, bits }
    }

    /// One address.
    pub(super) const fn one(first: IpAddr) -> Self {
        let bits = if first.is_ipv4() { 32 } else { 128 };
        Self { first, bits }
    }

    /// Whether `address` is in it. The two families do not meet: an IPv4
    /// address inside an IPv6 one has to be taken out first.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let behind = u32::from(32_u8.saturating_sub(self.bits));
                let mask = u32::MAX.checked_shl(behind).unwrap_or(0);
                first.to_bits() == address.to_bits() & mask
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let behind = u32::from(128_u8.saturating_sub(self.bits));
                let mask = u128::MAX.checked_shl(behind).unwrap_or(0);
                first.to_bits() == address.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Whether every address of this one is in `other`.
    pub(super) fn is_within(self, other: Self) -> bool {
        self.bits >= other.bits && other.contains(self.first)
    }

    /// The address, where it is one alone.
    pub(super) const fn only(self) -> Option<IpAddr> {
        match (self.first, self.bits) {
            (IpAddr::V4(_), 32) | (IpAddr::V6(_), 128) => Some(self.first),
            _ => None,
        }
    }
}

impl FromStr for Range {
    type Err = NotARange;

    /// Reads `10.0.0.0/8`; bits behind the prefix must be zero.
    fn from_str(text: &str) -> Result<Self, NotARange> {
        let (first, bits) = text.split_once('/').ok_or(NotARange)?;
        let first: IpAddr = first.parse().map_err(|_error| NotARange)?;
        let bits: u8 = bits.parse().map_err(|_error| NotARange)?;
        let longest = if first.is_ipv4() { 32 } else { 128 };
        let range = Self { first, bits };
        (bits <= longest && range.contains(first))
            .then_some(range)
            .ok_or(NotARange)
    }
}

/// A text that is no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotARange;

impl fmt::Debug for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.first, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_ends_where_its_prefix_says() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("172.16.0.0/12", "172.31.255.255", "172.32.0.0"),
            ("127.0.0.1/32", "127.0.0.1", "127.0.0.2"),
            ("fc00::/7", "fdff::1", "fe00::"),
            ("::1/128", "::1", "::2"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
        ] {
            assert!(range(text).contains(inside.parse().unwrap()), "{text}");
            assert!(!range(text).contains(outside.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "::1/129",
            "x/8",
            "10.0.0.0/",
        ] {
            assert_eq!(text.parse::<Range>(), Err(NotARange), "{text}");
        }
    }
}
