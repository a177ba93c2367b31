//! What makes one kind of provider different from another.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;

use super::{endpoint::Endpoint, head::HeaderRule};
use crate::primitives::{Refusal, RequestId};

/// A kind of provider: the whole of what the rest of this room knows about it.
pub(super) struct Dialect {
    /// The word behind `kind:`.
    pub(super) kind: &'static str,
    /// Where the vendor serves it; `None` where only the user can know.
    pub(super) address: Option<&'static str>,
    /// What stands before the routes, in callers' paths and upstream alike.
    pub(super) prefixes: &'static [&'static str],
    pub(super) endpoints: &'static [Endpoint],
    /// Callers' headers that travel on, each with the values it may have.
    pub(super) headers: &'static [HeaderRule],
    /// Where our credential goes.
    pub(super) login: Login,
    /// The headers that book requests on an organisation and a project.
    pub(super) booking: Option<Booking>,
    /// Upstream headers a caller may see, beside those of every kind; a
    /// trailing `*` stands for any rest.
    pub(super) answer_headers: &'static [&'static str],
    /// An error in the provider's own shape.
    pub(super) error: fn(&Failure<'_>) -> Bytes,
}

impl fmt::Debug for Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Dialect({})", self.kind)
    }
}

/// Headers that say on whose account a request goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Booking {
    pub(super) organization: &'static str,
    pub(super) project: &'static str,
}

/// How a provider is logged in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    /// `authorization: Bearer ...` (RFC 6750).
    Bearer,
    /// The bare credential in this header.
    Header(&'static str),
}

/// An error to be told in a provider's shape.
#[derive(Debug)]
pub(super) struct Failure<'a> {
    pub(super) status: StatusCode,
    pub(super) code: &'a str,
    pub(super) sentence: &'a str,
    pub(super) request: RequestId,
}

impl<'a> Failure<'a> {
    pub(super) fn of(refusal: &'a Refusal, request: RequestId) -> Self {
        Self {
            status: refusal.code().status(),
            code: refusal.code().name(),
            sentence: refusal.sentence(),
            request,
        }
    }
}
