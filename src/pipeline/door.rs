//! Which provider a request is for, what it asks of it, and in whose words to
//! say no.
//!
//! Finding the provider decides nothing: it is looked up before anybody is
//! identified so that a refusal has the shape the caller's SDK reads. Whether
//! the endpoint exists is told only to callers with a credential (THREATS
//! AUT-01: unknown paths answer strangers as known ones do).

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;

use crate::{
    primitives::{Code, Limits, Refusal, RequestId},
    provider::{Call, Endpoint, Upstream, Upstreams, plain_refusal_body},
};

/// What the request target leads to, before it is known to lead anywhere.
#[derive(Debug)]
pub(super) struct Door<'a> {
    found: Option<(&'a Arc<Upstream>, &'a str)>,
}

impl<'a> Door<'a> {
    /// Looks the provider up.
    pub(super) fn find(upstreams: &'a Upstreams, path: &'a str) -> Self {
        Self {
            found: upstreams.find(path),
        }
    }

    /// The operation the head asks for, with everything refused that a head
    /// alone can be refused for.
    pub(super) fn enter(&self, head: &Parts) -> Result<Entry, Refusal> {
        let (upstream, path) = self.found.ok_or_else(|| {
            Refusal::new(
                Code::UnknownEndpoint,
                "the path names no provider of this gateway: it begins with `/{provider}/`, as in the base URL",
            )
        })?;
        let endpoint = upstream.endpoint(&head.method, path)?;
        upstream.check_head(endpoint, head)?;
        Ok(Entry {
            upstream: Arc::clone(upstream),
            endpoint,
        })
    }

    /// The body of a refusal, in the dialect the caller speaks.
    pub(super) fn refusal_body(&self, refusal: &Refusal, request: RequestId) -> Bytes {
        match self.found {
            Some((upstream, _)) => upstream.refusal_body(refusal, request),
            None => plain_refusal_body(refusal, request),
        }
    }
}

/// An operation of a provider that the gateway knows.
#[derive(Debug)]
pub(super) struct Entry {
    upstream: Arc<Upstream>,
    endpoint: &'static Endpoint,
}

impl Entry {
    /// The path's template.
    pub(super) const fn route(&self) -> &'static str {
        self.endpoint.route
    }

    /// Reads the whole request.
    pub(super) fn read(&self, head: &Parts, body: Bytes, limits: &Limits) -> Result<Call, Refusal> {
        self.upstream.read(self.endpoint, head, body, limits)
    }
}
