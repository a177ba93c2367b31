//! Ranges of addresses a provider may resolve to.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A range of addresses, in CIDR notation (RFC 4632, RFC 4291 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// What is wrong with a text as a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotANetwork {
    pub(super) problem: &'static str,
    pub(super) instead: String,
}

impl Network {
    /// Reads `10.0.0.0/8`.
    pub(super) fn parse(text: &str) -> Result<Self, NotANetwork> {
        let wrong = |problem, instead: &str| NotANetwork {
            problem,
            instead: instead.to_owned(),
        };
        let cidr = "write an address and a prefix length, such as `10.0.0.0/8` or `fd00::/8`";
        let (address, bits) = text
            .split_once('/')
            .ok_or_else(|| wrong("has no prefix length", cidr))?;
        let address: IpAddr = address
            .parse()
            .map_err(|_error| wrong("does not begin with an address", cidr))?;
        let digits = !bits.is_empty() && bits.bytes().all(|one| one.is_ascii_digit());
        let length: u8 = bits
            .parse()
            .ok()
            .filter(|length| digits && *length <= longest(address))
            .ok_or_else(|| wrong("has no prefix length that fits the address", cidr))?;
        if length < SHORTEST {
            let instead = "name the ranges the provider is really in";
            return Err(wrong("is half the Internet or more", instead));
        }
        let first = masked(address, length);
        if first != address {
            return Err(NotANetwork {
                problem: "has address bits behind its prefix",
                instead: format!(
                    "write `{first}/{length}`, or `/{}` for the one address",
                    longest(address)
                ),
            });
        }
        Ok(Self {
            first,
            bits: length,
        })
    }

    /// Whether an address lies in the range. An IPv4 address written as IPv6
    /// (RFC 4291 §2.5.5.2) counts as what it is.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        longest(address) == longest(self.first) && masked(address, self.bits) == self.first
    }

    /// Whether the whole range is loopback or private.
    pub(super) fn is_private(self) -> bool {
        PRIVATE.iter().any(|(first, bits)| {
            self.bits >= *bits
                && longest(self.first) == longest(*first)
                && masked(self.first, *bits) == *first
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.first, self.bits)
    }
}

/// A shorter prefix is a mistake or an open door.
const SHORTEST: u8 = 7;

/// Loopback and private ranges: RFC 1122 §3.2.1.3, RFC 1918, RFC 4291 §2.5.3,
/// RFC 4193.
const PRIVATE: [(IpAddr, u8); 6] = [
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
];

const fn longest(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with everything behind the prefix set to zero.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    let behind = u32::from(longest(address).saturating_sub(bits));
    match address {
        IpAddr::V4(one) => {
            let mask = u32::MAX.checked_shl(behind).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(one.to_bits() & mask))
        }
        IpAddr::V6(one) => {
            let mask = u128::MAX.checked_shl(behind).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(one.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::parse(text).unwrap()
    }

    #[test]
    fn a_range_holds_its_addresses_and_no_other() {
        let ten = network("10.0.0.0/8");
        assert!(ten.contains("10.255.0.1".parse().unwrap()));
        assert!(ten.contains("::ffff:10.0.0.1".parse().unwrap()));
        assert!(!ten.contains("11.0.0.1".parse().unwrap()));
        assert!(!ten.contains("::1".parse().unwrap()));
        assert!(network("::1/128").contains("::1".parse().unwrap()));
        assert!(!network("127.0.0.1/32").contains("127.0.0.2".parse().unwrap()));
    }

    #[test]
    fn what_is_no_range_says_why() {
        for (text, problem) in [
            ("10.0.0.0", "has no prefix length"),
            ("ten/8", "does not begin with an address"),
            ("10.0.0.0/33", "has no prefix length that fits the address"),
            ("10.0.0.0/", "has no prefix length that fits the address"),
            ("10.0.0.0/+8", "has no prefix length that fits the address"),
            ("10.0.0.1/8", "has address bits behind its prefix"),
            ("0.0.0.0/0", "is half the Internet or more"),
            ("::/0", "is half the Internet or more"),
        ] {
            assert_eq!(Network::parse(text).unwrap_err().problem, problem, "{text}");
        }
    }

    #[test]
    fn private_means_the_whole_range() {
        for text in [
            "127.0.0.0/8",
            "10.1.0.0/16",
            "172.16.0.0/12",
            "fd00::/8",
            "::1/128",
        ] {
            assert!(network(text).is_private(), "{text}");
        }
        for text in [
            "172.0.0.0/8",
            "169.254.0.0/16",
            "203.0.113.0/24",
            "2001:db8::/32",
        ] {
            assert!(!network(text).is_private(), "{text}");
        }
    }
}
