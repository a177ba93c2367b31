//! Which addresses may be dialled.
//!
//! INVARIANT: what is not known to be public is closed. IPv4 is open but for
//! the list below; IPv6 is closed but for 2000::/3, the only part of it that
//! IANA hands out, and even there but for the list. An IPv4 address that comes
//! inside an IPv6 one is judged as what it is.
//!
//! The lists are IANA's special-purpose registries (RFC 6890, RFC 8190) as of
//! 2024-10-22, <https://www.iana.org/assignments/iana-ipv4-special-registry>
//! and <https://www.iana.org/assignments/iana-ipv6-special-registry>, and the
//! metadata services of clouds, which no registry has.
//!
//! Left out on purpose: ISATAP (RFC 5214), whose embedded address stands in
//! the half of an address that belongs to its owner and means nothing without
//! a tunnel of ours.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::range::Range;

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Reachable from everywhere.
    Public,
    /// This machine.
    Loopback,
    /// An organisation's own network.
    Private,
    /// Between a provider of access and its customers.
    Shared,
    /// One cable.
    LinkLocal,
    /// Laboratories.
    Benchmark,
    /// Gives credentials of the machine to whoever asks.
    Metadata,
    /// "This network", which Linux takes for this machine.
    Unspecified,
    /// Many receivers.
    Multicast,
    /// Examples in texts.
    Documentation,
    /// The inside of a tunnel whose other end is unknown.
    Tunnel,
    /// Not handed out, or for protocols among themselves.
    Reserved,
}

impl Class {
    /// The word in the operator's detail.
    const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Shared => "shared address space",
            Self::LinkLocal => "link-local",
            Self::Benchmark => "benchmarking",
            Self::Metadata => "cloud metadata",
            Self::Unspecified => "this network",
            Self::Multicast => "multicast",
            Self::Documentation => "documentation",
            Self::Tunnel => "tunnel",
            Self::Reserved => "reserved",
        }
    }
}

/// What one provider's settings open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doors {
    ranges: Vec<Range>,
    public: bool,
}

/// An address that may not be dialled, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Barred {
    address: IpAddr,
    class: Class,
}

impl Doors {
    /// Opens `ranges` and, unless prompts would travel there unencrypted,
    /// everything public.
    pub(super) const fn new(ranges: Vec<Range>, public: bool) -> Self {
        Self { ranges, public }
    }

    /// Vets all addresses of a name. One that is barred bars the name: who
    /// answers with a good and a bad address wants the second try to hit the
    /// bad one.
    pub(super) fn vet(&self, addresses: &[IpAddr]) -> Result<Vec<IpAddr>, Barred> {
        let mut out = Vec::with_capacity(addresses.len());
        for address in addresses {
            let address = self.vet_one(*address)?;
            if !out.contains(&address) {
                out.push(address);
            }
        }
        Ok(out)
    }

    /// The address to dial, an IPv4 one taken out of its IPv6 spelling.
    fn vet_one(&self, address: IpAddr) -> Result<IpAddr, Barred> {
        let address = address.to_canonical();
        let class = classify(address);
        let listed = || self.ranges.iter().any(|range| range.contains(address));
        let open = match class {
            Class::Public => self.public || listed(),
            Class::Loopback
            | Class::Private
            | Class::Shared
            | Class::LinkLocal
            | Class::Benchmark => listed(),
            Class::Metadata => self
                .ranges
                .iter()
                .any(|range| range.only() == Some(address)),
            Class::Unspecified
            | Class::Multicast
            | Class::Documentation
            | Class::Tunnel
            | Class::Reserved => false,
        };
        open.then_some(address).ok_or(Barred { address, class })
    }
}

/// Whether an entry of `allow_networks` can open anything: it lies in one
/// range that can be opened, or is one metadata address. A wider entry would
/// open what nobody thought of.
pub(super) fn opens(range: Range) -> bool {
    let openable = V4.iter().chain(V6).any(|(block, class)| {
        let can = match class {
            Class::Loopback
            | Class::Private
            | Class::Shared
            | Class::LinkLocal
            | Class::Benchmark => true,
            Class::Public
            | Class::Metadata
            | Class::Unspecified
            | Class::Multicast
            | Class::Documentation
            | Class::Tunnel
            | Class::Reserved => false,
        };
        can && range.is_within(*block)
    });
    openable || range.only().is_some_and(is_metadata)
}

/// What an address is for.
pub(super) fn classify(address: IpAddr) -> Class {
    let address = address.to_canonical();
    if is_metadata(address) {
        return Class::Metadata;
    }
    match address {
        IpAddr::V4(_) => listed(V4, address).unwrap_or(Class::Public),
        IpAddr::V6(v6) => match translated(v6) {
            Some(inner) => classify(IpAddr::V4(inner)),
            None => listed(V6, address).unwrap_or(match GLOBAL.contains(address) {
                true => Class::Public,
                false => Class::Reserved,
            }),
        },
    }
}

fn listed(blocks: &[(Range, Class)], address: IpAddr) -> Option<Class> {
    let found = blocks.iter().find(|(block, _)| block.contains(address));
    found.map(|(_, class)| *class)
}

fn is_metadata(address: IpAddr) -> bool {
    METADATA.contains(&address)
}

/// The IPv4 address a translator on the way would send to (RFC 6052 §2.1),
/// where its place is certain.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    TRANSLATED
        .contains(IpAddr::V6(address))
        .then(|| Ipv4Addr::new(a, b, c, d))
}

impl fmt::Display for Barred {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} is {}", self.address, self.class.name())
    }
}

/// IPv4 that is not public.
const V4: &[(Range, Class)] = &[
    (Range::v4([0, 0, 0, 0], 8), Class::Unspecified), // RFC 791 §3.2
    (Range::v4([10, 0, 0, 0], 8), Class::Private),    // RFC 1918
    (Range::v4([100, 64, 0, 0], 10), Class::Shared),  // RFC 6598
    (Range::v4([127, 0, 0, 0], 8), Class::Loopback),  // RFC 1122 §3.2.1.3
    (Range::v4([169, 254, 0, 0], 16), Class::LinkLocal), // RFC 3927
    (Range::v4([172, 16, 0, 0], 12), Class::Private), // RFC 1918
    (Range::v4([192, 0, 0, 0], 24), Class::Reserved), // RFC 6890 §2.1
    (Range::v4([192, 0, 2, 0], 24), Class::Documentation), // RFC 5737
    (Range::v4([192, 31, 196, 0], 24), Class::Reserved), // AS112, RFC 7535
    (Range::v4([192, 52, 193, 0], 24), Class::Reserved), // AMT, RFC 7450
    (Range::v4([192, 88, 99, 0], 24), Class::Tunnel), // 6to4 relays, RFC 7526
    (Range::v4([192, 168, 0, 0], 16), Class::Private), // RFC 1918
    (Range::v4([192, 175, 48, 0], 24), Class::Reserved), // AS112, RFC 7534
    (Range::v4([198, 18, 0, 0], 15), Class::Benchmark), // RFC 2544
    (Range::v4([198, 51, 100, 0], 24), Class::Documentation), // RFC 5737
    (Range::v4([203, 0, 113, 0], 24), Class::Documentation), // RFC 5737
    (Range::v4([224, 0, 0, 0], 4), Class::Multicast), // RFC 5771
    (Range::v4([240, 0, 0, 0], 4), Class::Reserved),  // RFC 1112 §4, broadcast
];

/// IPv6 with a name. What is in none of them and not in [`GLOBAL`] is reserved.
const V6: &[(Range, Class)] = &[
    (LOOPBACK, Class::Loopback),                          // RFC 4291 §2.5.3
    (Range::v6([0; 4], 128), Class::Unspecified),         // RFC 4291 §2.5.2
    (Range::v6([0; 4], 96), Class::Tunnel),               // IPv4-compatible, RFC 4291 §2.5.5.1
    (Range::v6([0x64, 0xff9b, 1, 0], 48), Class::Tunnel), // local NAT64, RFC 8215
    (Range::v6([0x2001, 0, 0, 0], 32), Class::Tunnel),    // Teredo, RFC 4380
    (Range::v6([0x2001, 2, 0, 0], 48), Class::Benchmark), // RFC 5180
    (Range::v6([0x2001, 0, 0, 0], 23), Class::Reserved),  // RFC 2928
    (Range::v6([0x2001, 0xdb8, 0, 0], 32), Class::Documentation), // RFC 3849
    (Range::v6([0x2002, 0, 0, 0], 16), Class::Tunnel),    // 6to4, RFC 3056, RFC 7526
    (Range::v6([0x2620, 0x4f, 0x8000, 0], 48), Class::Reserved), // AS112, RFC 7534
    (Range::v6([0x3fff, 0, 0, 0], 20), Class::Documentation), // RFC 9637
    (Range::v6([0xfc00, 0, 0, 0], 7), Class::Private),    // RFC 4193
    (Range::v6([0xfe80, 0, 0, 0], 10), Class::LinkLocal), // RFC 4291 §2.5.6
    (Range::v6([0xfec0, 0, 0, 0], 10), Class::Reserved),  // site-local, RFC 3879
    (Range::v6([0xff00, 0, 0, 0], 8), Class::Multicast),  // RFC 4291 §2.7
];

/// All IPv6 that IANA hands out (RFC 4291 §2.4,
/// <https://www.iana.org/assignments/ipv6-address-space>).
const GLOBAL: Range = Range::v6([0x2000, 0, 0, 0], 3);

/// IPv4 behind a translator (RFC 6052 §2.1).
const TRANSLATED: Range = Range::v6([0x64, 0xff9b, 0, 0], 96);

/// Services that give a machine's credentials to whoever asks from it. Each is
/// closed even inside a range that was opened; an entry for it alone opens it.
/// The words in quotes find the vendor's page.
const METADATA: [IpAddr; 12] = [
    // AWS, Azure, Google Cloud, OCI, DigitalOcean, Hetzner, OpenStack: "instance metadata service"
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    // AWS: "task IAM role" of ECS
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    // AWS: "EKS Pod Identity"
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    // Tencent Cloud: "metadata.tencentyun.com"
    IpAddr::V4(Ipv4Addr::new(169, 254, 0, 23)),
    // Alibaba Cloud: "instance metadata"
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    // Azure: "what is IP address 168.63.129.16"; public by its number alone
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    // OCI Classic: "instance metadata"
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    // AWS: IMDS and EKS Pod Identity over IPv6
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
    // Google Cloud: metadata server over IPv6
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    // OCI: IMDS over IPv6
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe)),
    // OpenStack Neutron: "IPv6 support in Metadata service"
    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe)),
];

/// `::1`, which [`Range::v6`] cannot write.
const LOOPBACK: Range = Range::one(IpAddr::V6(Ipv6Addr::LOCALHOST));

#[cfg(test)]
mod tests;
