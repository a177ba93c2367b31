//! What goes wrong on the way to a provider and back.

use std::{fmt, time::Duration};

use http::StatusCode;

use crate::primitives::{Code, Refusal};

/// Why there is no answer. Texts inside are for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The name has no address.
    Name(String),
    /// The name, or the address itself, leads where nobody may go.
    Address(String),
    /// Nobody took the connection.
    Unreachable(String),
    /// The certificate, or the handshake around it.
    Tls(String),
    /// Something took longer than its limit.
    Slow(Phase, Duration),
    /// A redirect.
    Redirect(StatusCode),
    /// An answer HTTP does not allow, or one that could be read in two ways.
    Malformed(String),
    /// More than a limit allows.
    TooLarge(&'static str),
    /// The connection ended before the answer did.
    Reset(String),
    /// A request this room must not send: a mistake of the gateway itself.
    Unsendable(&'static str),
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Name, connection and TLS.
    Connect,
    /// From the request to the head of the answer.
    FirstByte,
    /// Between two reads of the answer.
    Idle,
    /// The exchange from its beginning.
    Total,
}

impl fmt::Display for Phase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Connect => "connecting",
            Self::FirstByte => "waiting for the head of the answer",
            Self::Idle => "waiting for more of the answer",
            Self::Total => "the whole exchange",
        })
    }
}

impl From<Fault> for Refusal {
    /// The sentences name no host and no address: a caller has no business
    /// with where a provider is.
    fn from(fault: Fault) -> Self {
        let (code, sentence, detail) = match fault {
            Fault::Name(detail) => (
                Code::UpstreamName,
                "the provider's name could not be resolved",
                detail,
            ),
            Fault::Address(detail) => (
                Code::UpstreamAddress,
                "the provider's name leads to an address that is not allowed",
                detail,
            ),
            Fault::Unreachable(detail) => (
                Code::UpstreamUnreachable,
                "the provider could not be reached",
                detail,
            ),
            Fault::Tls(detail) => (
                Code::UpstreamTls,
                "the provider's certificate could not be verified, so nothing was sent",
                detail,
            ),
            Fault::Slow(phase, limit) => (
                Code::UpstreamTimeout,
                "the provider did not answer in time",
                format!("{phase} took longer than {} ms", limit.as_millis()),
            ),
            Fault::Redirect(status) => (
                Code::UpstreamRedirect,
                "the provider answered with a redirect, and those are not followed",
                format!("status {}", status.as_u16()),
            ),
            Fault::Malformed(detail) => (
                Code::UpstreamMalformed,
                "the provider's answer could not be read",
                detail,
            ),
            Fault::TooLarge(detail) => (
                Code::UpstreamTooLarge,
                "the provider's answer is larger than the limit",
                detail.to_owned(),
            ),
            Fault::Reset(detail) => (
                Code::UpstreamReset,
                "the provider ended the connection before its answer was whole",
                detail,
            ),
            Fault::Unsendable(detail) => (
                Code::InternalError,
                "the gateway failed to write the request, so nothing was sent",
                detail.to_owned(),
            ),
        };
        Self::new(code, sentence).with_detail(detail)
    }
}

/// A fault on its way through a reader, which knows only [`std::io::Error`].
#[derive(Debug, Clone)]
pub(super) struct Broken(pub(super) Fault);

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.0)
    }
}

impl std::error::Error for Broken {}

impl From<Broken> for std::io::Error {
    fn from(broken: Broken) -> Self {
        Self::other(broken)
    }
}
