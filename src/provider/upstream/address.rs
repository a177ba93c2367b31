//! Where a provider is: a base URL, read strictly.
//!
//! Only what can be joined with a caller's path without a second thought is
//! accepted: scheme, host, port and a plain path. No user, no query, no
//! fragment, no trailing slash, nothing a URL parser would have to normalise.

use std::{fmt, net::IpAddr};

use crate::primitives::SettingFault;

/// How bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Readable by everybody on the way.
    Http,
    /// TLS.
    Https,
}

/// Scheme, host and port: what a credential is good for (RFC 6454).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// How bytes travel.
    pub scheme: Scheme,
    /// A name in lower case, or an address; IPv6 without brackets.
    pub host: String,
    /// The port, also where it is the scheme's own.
    pub port: u16,
}

impl Origin {
    /// What `host` must say (RFC 9110 §7.2): the port only where it is not the
    /// scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        if self.port == self.scheme.port() {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

impl Scheme {
    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(out, "{scheme}://{}", self.authority())
    }
}

/// Reads a base URL into its origin and its path, which is empty or begins
/// with a slash and does not end with one.
pub(super) fn read(text: &str) -> Result<(Origin, String), SettingFault> {
    let fault = |problem: &str, instead: &str| {
        // A URL may hold a password, so one with a user in it is not shown.
        let shown = if text.contains('@') { "..." } else { text };
        SettingFault::new("base_url", problem, instead).with_value(shown)
    };
    let example = "write a URL such as `https://api.example.com`";
    let (scheme, rest) = match text.split_once("://") {
        Some(("https", rest)) => (Scheme::Https, rest),
        Some(("http", rest)) => (Scheme::Http, rest),
        _ => {
            return Err(fault(
                "does not begin with `https://` or `http://`",
                example,
            ));
        }
    };
    if rest.contains('@') {
        return Err(fault(
            "has a user or password in it",
            "write the credential below `credential`",
        ));
    }
    if rest.contains(['?', '#']) {
        return Err(fault("has a query or a fragment", "write it without"));
    }
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at_checked(at).unwrap_or((rest, "")),
        None => (rest, ""),
    };
    if path.ends_with('/') {
        return Err(fault(
            "ends with a `/`",
            "leave the last `/` off, callers' paths begin with one",
        ));
    }
    if !path.split('/').skip(1).all(is_segment) {
        return Err(fault(
            "has a path with something in it that could be read in two ways",
            "write plain segments of letters, digits, `-`, `_`, `.` and `~`",
        ));
    }
    let (host, port) = authority_of(authority, scheme)
        .ok_or_else(|| fault("has no host and port the gateway could dial", example))?;
    Ok((Origin { scheme, host, port }, path.to_owned()))
}

fn is_segment(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    !matches!(segment, "" | "." | "..") && segment.bytes().all(plain)
}

fn authority_of(text: &str, scheme: Scheme) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(inner) => {
            let (address, after) = inner.split_once(']')?;
            let address: std::net::Ipv6Addr = address.parse().ok()?;
            (address.to_string(), after)
        }
        None => {
            let at = text.find(':').unwrap_or(text.len());
            let (host, after) = text.split_at_checked(at)?;
            (name(host)?, after)
        }
    };
    match port {
        "" => Some((host, scheme.port())),
        _ => Some((host, port_of(port.strip_prefix(':')?)?)),
    }
}

fn port_of(text: &str) -> Option<u16> {
    let digits = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

/// A host name of letters, digits and hyphens (RFC 1123 §2.1) or an IPv4
/// address in its one usual form. A last label of digits is an address to some
/// parsers and a name to others, so it must be the address it looks like.
fn name(text: &str) -> Option<String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
            })
    };
    let numeric =
        |last: &str| last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    let last = text.rsplit('.').next()?;
    if numeric(last) {
        let address: IpAddr = text.parse().ok()?;
        return Some(address.to_string());
    }
    (text.len() <= 253 && text.split('.').all(label)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let (origin, path) = read(text).unwrap();
        format!("{origin} {path}")
    }

    #[test]
    fn a_base_url_is_an_origin_and_a_path() {
        assert_eq!(told("https://api.example.com"), "https://api.example.com ");
        assert_eq!(told("https://h.example:443/a/b"), "https://h.example /a/b");
        assert_eq!(told("http://127.0.0.1:8000"), "http://127.0.0.1:8000 ");
        assert_eq!(told("http://[::1]:8000/x"), "http://[::1]:8000 /x");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_no_base_url() {
        for (text, problem) in [
            ("api.example.com", "does not begin"),
            ("HTTPS://api.example.com", "does not begin"),
            ("ftp://api.example.com", "does not begin"),
            ("https://u:p@api.example.com", "has a user"),
            ("https://api.example.com\\@evil.example", "has a user"),
            ("https://api.example.com/?x=1", "has a query"),
            ("https://api.example.com/#x", "has a query"),
            ("https://api.example.com/", "ends with"),
            ("https://api.example.com/a/../b", "has a path"),
            ("https://api.example.com//b", "has a path"),
            ("https://api.example.com/%61", "has a path"),
            ("https://", "has no host"),
            ("https:///path", "has no host"),
            ("https://API.example.com", "has no host"),
            ("https://bücher.example", "has no host"),
            ("https://-a.example", "has no host"),
            ("https://a..example", "has no host"),
            ("https://example.com.", "has no host"),
            ("https://2130706433", "has no host"),
            ("https://0x7f.1", "has no host"),
            ("https://127.1", "has no host"),
            ("https://127.0.0.01", "has no host"),
            ("https://[::1", "has no host"),
            ("https://[127.0.0.1]", "has no host"),
            ("https://h.example:0", "has no host"),
            ("https://h.example:", "has no host"),
            ("https://h.example:065", "has no host"),
            ("https://h.example:65536", "has no host"),
            ("https://h.example:80:80", "has no host"),
            ("https://h example", "has no host"),
        ] {
            let fault = read(text).unwrap_err();
            assert!(
                fault.problem.starts_with(problem),
                "{text}: {}",
                fault.problem
            );
        }
    }

    #[test]
    fn a_password_is_not_repeated() {
        let fault = read("https://u:canary@h.example").unwrap_err();
        assert!(!format!("{fault:?}").contains("canary"));
    }
}
