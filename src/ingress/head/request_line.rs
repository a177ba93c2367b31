//! `method SP request-target SP HTTP-version` (RFC 9112 §3), narrowed.
//!
//! The target is a path and a query in origin-form, and is not normalised:
//! a spelling that some reader would fold into another path is refused
//! (THREATS HTP-04). `%2F` passes, because a provider's own path may hold one;
//! whether it does is for the provider's path grammar to say.

use super::fault::Fault;

/// The methods this gateway takes; which of them an endpoint takes is the
/// provider's to say. CONNECT and TRACE have no place on this port.
pub(in crate::ingress) const METHODS: [&str; 7] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What later lines are judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestLine {
    method: &'static str,
}

impl RequestLine {
    /// Reads the line; `longest` is the most bytes of a target.
    pub(super) fn parse(line: &[u8], longest: usize) -> Result<Self, Fault> {
        let mut parts = line.split(|&byte| byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Fault::RequestLine);
        };
        if method.is_empty() || !method.iter().all(|&byte| is_token(byte)) {
            return Err(Fault::RequestLine);
        }
        if version != b"HTTP/1.1" {
            return Err(Fault::Version);
        }
        let method = METHODS.into_iter().find(|one| one.as_bytes() == method);
        let method = method.ok_or(Fault::Method)?;
        check_target(target, longest)?;
        Ok(Self { method })
    }

    /// Whether content has a meaning with this method: with GET and HEAD it
    /// has none (RFC 9110 §9.3.1), so readers differ on what to do with it.
    pub(super) fn takes_body(&self) -> bool {
        !matches!(self.method, "GET" | "HEAD")
    }
}

/// `tchar` of RFC 9110 §5.6.2.
pub(super) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

fn check_target(target: &[u8], longest: usize) -> Result<(), Fault> {
    if target.len() > longest {
        return Err(Fault::TargetTooLong);
    }
    if target.first() != Some(&b'/') {
        return Err(Fault::TargetForm);
    }
    let end = target.iter().position(|&byte| byte == b'?');
    let (path, query) = match end.and_then(|end| target.split_at_checked(end)) {
        Some((path, query)) => (path, query),
        None => (target, &[][..]),
    };
    check_characters(path)?;
    check_escapes(path, is_folded_in_path)?;
    check_segments(path)?;
    check_characters(query)?;
    check_escapes(query, |_| false)
}

fn check_characters(part: &[u8]) -> Result<(), Fault> {
    for &byte in part {
        match byte {
            b'#' => return Err(Fault::Fragment),
            b'\\' => return Err(Fault::Backslash),
            // A parameter separator to some readers of either part.
            b';' => return Err(Fault::Semicolon),
            _ if is_target(byte) => {}
            _ => return Err(Fault::TargetByte),
        }
    }
    Ok(())
}

/// `pchar`, `/` and `?` of RFC 3986 §3.3 and §3.4, without `;`.
const fn is_target(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b'='
                | b':'
                | b'@'
                | b'/'
                | b'?'
        )
}

fn check_escapes(part: &[u8], is_folded: fn(u8) -> bool) -> Result<(), Fault> {
    let mut rest = part;
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        let (Some(high), Some(low)) = (
            rest.get(at.saturating_add(1)).and_then(|&one| hex(one)),
            rest.get(at.saturating_add(2)).and_then(|&one| hex(one)),
        ) else {
            return Err(Fault::TargetEscape);
        };
        let meant = (high << 4) | low;
        if meant.is_ascii_control() {
            return Err(Fault::EncodedControl);
        }
        if is_folded(meant) {
            return Err(Fault::EncodedSyntax);
        }
        rest = rest.get(at.saturating_add(3)..).unwrap_or_default();
    }
    Ok(())
}

/// What turns into a dot segment, a separator or another escape in a path that
/// is decoded once more.
const fn is_folded_in_path(meant: u8) -> bool {
    matches!(meant, b'.' | b'\\' | b'%')
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

fn check_segments(path: &[u8]) -> Result<(), Fault> {
    let mut segments = path.split(|&byte| byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match segment {
            b"." | b".." => return Err(Fault::DotSegment),
            b"" if segments.peek().is_some() => return Err(Fault::EmptySegment),
            _ => {}
        }
    }
    Ok(())
}
