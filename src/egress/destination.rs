//! Where one provider is, checked once at load.

use std::net::IpAddr;

use http::HeaderValue;

use super::{
    range::Range,
    vet::{self, Doors},
};
use crate::primitives::SettingFault;

/// What the configuration says about a place, in plain values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Whether bytes travel in TLS.
    pub(super) tls: bool,
    /// A name in lower case, or an address without brackets.
    pub(super) host: &'a str,
    /// The port, also where it is the scheme's own.
    pub(super) port: u16,
    /// `allow_networks`, in CIDR notation.
    pub(super) networks: &'a [String],
    /// Whether prompts may travel unencrypted beyond `networks`.
    pub(super) plain_anywhere: bool,
}

/// A place that can be dialled.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    pub(super) host: Host,
    pub(super) port: u16,
    /// What `host` says (RFC 9110 §7.2).
    pub(super) authority: HeaderValue,
    pub(super) doors: Doors,
}

/// Who is dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// A name, looked up and vetted at each connection.
    Name(String),
    /// An address, vetted at each connection as well.
    Address(IpAddr),
}

impl Destination {
    /// Checks a place; the faults are relative to the provider's settings.
    pub(super) fn load(place: &Place<'_>) -> Result<Self, Vec<SettingFault>> {
        let mut faults = Vec::new();
        let host = Host::read(place.host).map_err(|fault| faults.push(fault));
        let doors = doors(place, &mut faults);
        let authority = HeaderValue::from_str(&authority(place)).map_err(|_error| {
            let problem = "has a host that cannot stand in a header";
            faults.push(SettingFault::new("base_url", problem, PLAIN_HOST));
        });
        match (host, authority) {
            (Ok(host), Ok(authority)) if faults.is_empty() => Ok(Self {
                host,
                port: place.port,
                authority,
                doors,
            }),
            _ => Err(faults),
        }
    }
}

fn doors(place: &Place<'_>, faults: &mut Vec<SettingFault>) -> Doors {
    let mut ranges = Vec::new();
    for (at, text) in place.networks.iter().enumerate() {
        let fault = |problem, instead| {
            SettingFault::new(format!("allow_networks[{at}]"), problem, instead).with_value(text)
        };
        match text.parse::<Range>() {
            Ok(range) if vet::opens(range) => ranges.push(range),
            Ok(_) => faults.push(fault(
                "opens nothing, or more than one private range",
                "write a range inside one private or loopback range, or leave it out: public addresses need no entry",
            )),
            Err(_) => faults.push(fault(
                "is no range of addresses",
                "write CIDR notation, such as `10.0.0.0/8`",
            )),
        }
    }
    Doors::new(ranges, place.tls || place.plain_anywhere)
}

/// The port is left out where it is the scheme's own, as browsers do.
fn authority(place: &Place<'_>) -> String {
    let host = match place.host.contains(':') {
        true => format!("[{}]", place.host),
        false => place.host.to_owned(),
    };
    match (place.tls, place.port) {
        (true, 443) | (false, 80) => host,
        (_, port) => format!("{host}:{port}"),
    }
}

impl Host {
    /// Reads a host in its one spelling. `0x7f.1`, `2130706433`, `0177.0.0.1`
    /// and `127.1` are addresses to `inet_aton` and names to others, so they
    /// are neither here (WHATWG URL §3.5 calls it "ends in a number").
    fn read(text: &str) -> Result<Self, SettingFault> {
        let fault = |problem| SettingFault::new("base_url", problem, PLAIN_HOST).with_value(text);
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(address));
        }
        let last = text.rsplit('.').find(|label| !label.is_empty());
        if last.is_none_or(is_numeric) {
            return Err(fault("has a host that could be read as another address"));
        }
        if text.len() > LONGEST_NAME || !text.split('.').all(is_label) {
            return Err(fault("has a host that is neither a name nor an address"));
        }
        Ok(Self::Name(text.to_owned()))
    }

    /// As text, for the operator and for TLS.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Address(address) => address.to_string(),
        }
    }
}

/// Whether a last label makes a number of the whole: digits, or `0x` and hex
/// digits, or none.
fn is_numeric(label: &str) -> bool {
    let hex = label.strip_prefix("0x").or(label.strip_prefix("0X"));
    label.bytes().all(|byte| byte.is_ascii_digit())
        || hex.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A label of a host name: letters, digits, hyphens (RFC 1123 §2.1) and the
/// underscore that container networks use.
fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    };
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(allowed)
}

/// RFC 1035 §2.3.4, without the root's dot.
const LONGEST_NAME: usize = 253;

const PLAIN_HOST: &str =
    "write a name in lower-case ASCII, or an address such as `192.0.2.1` or `[2001:db8::1]`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address() {
        let names = [
            "api.example.com",
            "localhost",
            "model_server",
            "1password.example",
        ];
        for text in names {
            assert_eq!(Host::read(text).unwrap(), Host::Name(text.to_owned()));
        }
        for text in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let address = text.parse().unwrap();
            assert_eq!(Host::read(text).unwrap(), Host::Address(address));
        }
    }

    #[test]
    fn odd_spellings_of_an_address_are_refused() {
        for text in [
            "0x7f.1",
            "0x7f000001",
            "0X7F.0.0.1",
            "2130706433",
            "0177.0.0.1",
            "127.1",
            "127.0.0.1.",
            "127.0.0.256",
            "127.0.0.0x1",
            "0x",
            "",
            ".",
            "fe80::1%eth0",
            "[::1]",
            "a..b",
            "-a.example",
            "a-.example",
            "Example.com",
            "bücher.example",
            "a b",
            "a@b",
            "a/b",
            "example.com.",
        ] {
            assert!(Host::read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_authority_leaves_out_the_usual_port() {
        let place = |tls, host, port| Place {
            tls,
            host,
            port,
            networks: &[],
            plain_anywhere: false,
        };
        for (place, told) in [
            (place(true, "a.example", 443), "a.example"),
            (place(true, "a.example", 80), "a.example:80"),
            (place(false, "a.example", 80), "a.example"),
            (place(false, "::1", 8000), "[::1]:8000"),
        ] {
            assert_eq!(Destination::load(&place).unwrap().authority, told);
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let networks = ["10.0.0.0/8", "0.0.0.0/0", "x"].map(str::to_owned);
        let place = Place {
            tls: true,
            host: "2130706433",
            port: 443,
            networks: &networks,
            plain_anywhere: false,
        };
        let faults = Destination::load(&place).unwrap_err();
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            ["base_url", "allow_networks[1]", "allow_networks[2]"]
        );
    }
}
