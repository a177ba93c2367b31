//! `field-name ":" OWS field-value OWS` (RFC 9112 §5), and the fields that say
//! how a request is delimited and whom it is for.

use std::str;

use super::{Framing, Rules, fault::Fault, request_line::RequestLine, request_line::is_token};
use crate::ingress::host::Host;

/// What the field lines of one head have said so far.
#[derive(Debug, Default)]
pub(super) struct Fields {
    many: usize,
    length: Option<u64>,
    chunked: bool,
    host: Option<Host>,
    expect: bool,
    origin: bool,
}

impl Fields {
    /// One line, not empty, without its end. Its bytes are visible ASCII,
    /// spaces and tabs.
    pub(super) fn on_line(&mut self, line: &[u8], rules: &Rules) -> Result<(), Fault> {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return Err(Fault::Folded);
        }
        self.many = self.many.saturating_add(1);
        if self.many > rules.fields {
            return Err(Fault::HeadersTooLarge);
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let (name, value) = colon
            .and_then(|at| line.split_at_checked(at))
            .ok_or(Fault::NoColon)?;
        let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
        check_name(name)?;
        self.note(&name.to_ascii_lowercase(), value)
    }

    fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), Fault> {
        match name {
            b"content-length" if self.length.is_some() => return Err(Fault::LengthRepeated),
            b"content-length" => self.length = Some(length(value)?),
            b"transfer-encoding" if self.chunked => return Err(Fault::CodingRepeated),
            b"transfer-encoding" if value != b"chunked" => return Err(Fault::Coding),
            b"transfer-encoding" => self.chunked = true,
            b"host" if self.host.is_some() => return Err(Fault::HostRepeated),
            b"host" => self.host = Some(Host::parse(value).ok_or(Fault::Host)?),
            b"upgrade" => return Err(Fault::Upgrade),
            b"expect" if self.expect || !value.eq_ignore_ascii_case(b"100-continue") => {
                return Err(Fault::Expect);
            }
            b"expect" => self.expect = true,
            b"origin" => self.origin = true,
            _ => {}
        }
        Ok(())
    }

    /// The empty line: everything was said.
    pub(super) fn close(&self, request: &RequestLine, rules: &Rules) -> Result<Framing, Fault> {
        let framing = match (self.length, self.chunked) {
            (Some(_), true) => return Err(Fault::TwoFramings),
            (length, false) => Framing::Length(length.unwrap_or(0)),
            (None, true) => Framing::Chunked,
        };
        if framing != Framing::Length(0) && !request.takes_body() {
            return Err(Fault::BodyOfGet);
        }
        let host = self.host.as_ref().ok_or(Fault::NoHost)?;
        if !rules.hosts.answer_for(host) {
            return Err(Fault::ForeignHost);
        }
        if self.origin && rules.hosts.refuse_origins() {
            return Err(Fault::Origin);
        }
        Ok(framing)
    }
}

/// A token without `_`: gateways that turn names into variables read `a_b` and
/// `a-b` as one (RFC 3875 §4.1.18).
fn check_name(name: &[u8]) -> Result<(), Fault> {
    if matches!(name.last(), Some(b' ' | b'\t')) {
        return Err(Fault::NameSpace);
    }
    if name.contains(&b'_') {
        return Err(Fault::NameUnderscore);
    }
    let good = !name.is_empty() && name.iter().all(|&byte| is_token(byte));
    if good { Ok(()) } else { Err(Fault::Name) }
}

/// `1*DIGIT` (RFC 9110 §8.6) without leading zeros, below 2^64.
fn length(value: &[u8]) -> Result<u64, Fault> {
    let digits = value.iter().all(u8::is_ascii_digit);
    let padded = value.len() > 1 && value.starts_with(b"0");
    let number = str::from_utf8(value).ok().and_then(|one| one.parse().ok());
    match number {
        Some(number) if digits && !padded => Ok(number),
        _ => Err(Fault::Length),
    }
}
