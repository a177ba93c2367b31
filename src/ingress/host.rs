//! The names a port answers for: the grammar of `Host`, and the allow-list.
//!
//! A browser can be led to any address by a name its page controls, loopback
//! included, but it cannot be made to send another name in `Host`. So a port
//! on loopback answers for loopback names only unless the configuration names
//! others, and one off loopback has to say (THREATS AUT-10, HTP-03).

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str,
};

use crate::primitives::SettingFault;

/// One `Host`, or one entry of `hosts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// In lower case; an IPv6 address in its canonical spelling, in brackets.
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Reads `uri-host [ ":" port ]` (RFC 9110 §7.2), narrowed to letters,
    /// digits, `-`, `_` and `.` outside brackets: other registered names are
    /// escapes nobody needs.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                let address: Ipv6Addr = address.parse().ok()?;
                (format!("[{address}]"), port)
            }
            None => {
                let end = text.find(':').unwrap_or(text.len());
                let (name, port) = text.split_at_checked(end)?;
                (reg_name(name)?, port)
            }
        };
        let port = match port.strip_prefix(':') {
            Some(digits) => Some(port_number(digits)?),
            None if port.is_empty() => None,
            None => return None,
        };
        Some(Self { name, port })
    }

    fn of_address(address: IpAddr) -> Self {
        let name = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        Self { name, port: None }
    }

    /// Whether this entry covers what a request says.
    fn covers(&self, asked: &Self) -> bool {
        self.name == asked.name && (self.port.is_none() || self.port == asked.port)
    }
}

fn reg_name(name: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let good = !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(fits);
    good.then(|| name.to_ascii_lowercase())
}

fn port_number(digits: &str) -> Option<u16> {
    let good = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| digits.parse().ok()).flatten()
}

/// The names one port answers for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hosts {
    /// `None`: any.
    named: Option<Vec<Host>>,
    loopback: bool,
}

impl Hosts {
    /// Reads `hosts:` for a port at `address`.
    pub(super) fn load(written: &[String], address: IpAddr) -> Result<Self, Vec<SettingFault>> {
        let loopback = address.is_loopback();
        match written {
            [] if loopback => Ok(Self::of_loopback(address)),
            [] => Err(vec![SettingFault::new(
                "hosts",
                "is missing, and the address is not a loopback address",
                "list the names callers use, such as `hosts: [gateway.example.com]`, or write `hosts: [any]`",
            )]),
            [word] if word == ANY && loopback => Err(vec![
                SettingFault::new(
                    "hosts[0]",
                    "would let any web page reach this loopback port",
                    "name the hosts, or remove the line for the names of loopback",
                )
                .with_value(ANY),
            ]),
            [word] if word == ANY => Ok(Self::any()),
            names => Self::named(names, loopback),
        }
    }

    /// Every name: for ports that serve nothing worth protecting from a page.
    pub(super) const fn any() -> Self {
        Self {
            named: None,
            loopback: false,
        }
    }

    /// `localhost`, `127.0.0.1`, `[::1]` and the address itself, with any port.
    pub(super) fn of_loopback(address: IpAddr) -> Self {
        let mut named = vec![Host::of_address(address)];
        named.extend(LOOPBACK.iter().filter_map(|one| Host::parse(one)));
        Self {
            named: Some(named),
            loopback: true,
        }
    }

    fn named(names: &[String], loopback: bool) -> Result<Self, Vec<SettingFault>> {
        let (mut named, mut faults) = (Vec::new(), Vec::new());
        for (index, name) in names.iter().enumerate() {
            match Host::parse(name.as_bytes()) {
                Some(_) if name == ANY => faults.push(SettingFault::new(
                    format!("hosts[{index}]"),
                    "stands beside names, so they would mean nothing",
                    "write `any` alone, or remove it",
                )),
                Some(host) => named.push(host),
                None => faults.push(
                    SettingFault::new(
                        format!("hosts[{index}]"),
                        "is not a host name or address",
                        "write a name in full, such as `gateway.example.com`, with `:port` if it matters",
                    )
                    .with_value(name),
                ),
            }
        }
        if faults.is_empty() {
            let named = Some(named);
            Ok(Self { named, loopback })
        } else {
            Err(faults)
        }
    }

    /// Whether the port answers for this name.
    pub(super) fn answer_for(&self, asked: &Host) -> bool {
        let named = self.named.as_ref();
        named.is_none_or(|named| named.iter().any(|one| one.covers(asked)))
    }

    /// Whether the port is for programs on this machine only, so that a
    /// request with an `Origin` comes from a page that has no business here.
    pub(super) const fn refuse_origins(&self) -> bool {
        self.loopback
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.named {
            None => out.write_str("Hosts(any)"),
            Some(named) => out.debug_list().entries(named).finish(),
        }
    }
}

/// The word for every name.
const ANY: &str = "any";

/// What programs call loopback (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
const LOOPBACK: [&[u8]; 3] = [b"localhost", b"127.0.0.1", b"[::1]"];

/// Characters of a domain name (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn answers(hosts: &Hosts, asked: &str) -> bool {
        hosts.answer_for(&Host::parse(asked.as_bytes()).unwrap())
    }

    fn load(written: &[&str], address: IpAddr) -> Result<Hosts, Vec<SettingFault>> {
        let written: Vec<_> = written.iter().map(|one| (*one).to_owned()).collect();
        Hosts::load(&written, address)
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_nothing_else() {
        for good in [
            "a",
            "a.example",
            "a_b:1",
            "127.0.0.1:65535",
            "[::1]",
            "[::1]:8080",
            "A-1.example.",
        ] {
            assert!(Host::parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            ":",
            ":80",
            "a:",
            "a:b",
            "a:65536",
            "a:+1",
            "a/b",
            "a?x",
            "a#x",
            "u@a",
            "a b",
            "[::1",
            "::1",
            "[::1]x",
            "[::1%25lo]",
            "[127.0.0.1]",
            "a,b",
            "a:1:2",
            "é",
            "*.a",
        ] {
            assert_eq!(Host::parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(Host::parse(&[b'a'; 256]), None);
    }

    #[test]
    fn loopback_answers_for_loopback_names_with_any_port() {
        let hosts = load(&[], INSIDE).unwrap();
        for own in [
            "localhost",
            "LocalHost:1",
            "127.0.0.1:8080",
            "[::1]:9",
            "[0:0::1]",
        ] {
            assert!(answers(&hosts, own), "{own}");
        }
        for foreign in [
            "rebound.example",
            "127.0.0.2",
            "localhost.",
            "localhost.example",
        ] {
            assert!(!answers(&hosts, foreign), "{foreign}");
        }
        assert!(hosts.refuse_origins());
        let other = load(&[], IpAddr::V4(Ipv4Addr::new(127, 0, 0, 5))).unwrap();
        assert!(answers(&other, "127.0.0.5"));
    }

    #[test]
    fn off_loopback_the_names_must_be_said() {
        assert_eq!(load(&[], OUTSIDE).unwrap_err()[0].path, "hosts");
        let hosts = load(&["gw.example", "other.example:8443"], OUTSIDE).unwrap();
        assert!(answers(&hosts, "GW.example:1") && answers(&hosts, "other.example:8443"));
        assert!(!answers(&hosts, "other.example") && !answers(&hosts, "localhost"));
        assert!(answers(&load(&["any"], OUTSIDE).unwrap(), "x.example"));
        assert!(!hosts.refuse_origins());
    }

    #[test]
    fn every_bad_entry_is_a_fault() {
        assert_eq!(load(&["any"], INSIDE).unwrap_err()[0].path, "hosts[0]");
        let faults = load(&["*.example", "good.example", "any", "a b"], OUTSIDE).unwrap_err();
        let paths: Vec<_> = faults.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, ["hosts[0]", "hosts[2]", "hosts[3]"]);
    }
}
