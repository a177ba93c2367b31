//! The way to a collector: one address of the operator's own, small answers.
//!
//! A collector is often a neighbour, so private and loopback addresses may be
//! dialled here; metadata services may not, as anywhere else. Redirects are
//! not followed and certificates are checked, as for providers.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri};

use super::{
    destination::Place,
    exchange::{Answered, Line},
    resolve::Resolve,
};
use crate::primitives::{Budget, Code, Limits, Refusal, SettingFault};

/// Private and loopback ranges (RFC 1918, RFC 4193, RFC 6890).
const NEIGHBOURS: [&str; 6] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
];

/// Bytes of an answer. A collector says in a few words what it took.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Carries bodies to one origin.
pub struct Courier {
    line: Line,
    /// Its own: what callers do must not keep records from being delivered.
    memory: Arc<Budget>,
}

impl Courier {
    /// Makes ready what can be without dialling.
    ///
    /// # Errors
    /// What is wrong with the address, with paths of a provider's settings.
    pub fn load(
        origin: &Uri,
        limits: &Limits,
        resolver: impl Resolve,
    ) -> Result<Self, Vec<SettingFault>> {
        let tls = origin.scheme_str() == Some("https");
        let host = origin.host().unwrap_or_default();
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_lowercase();
        let networks = NEIGHBOURS.map(str::to_owned);
        let place = Place {
            tls,
            host: &host,
            port: origin.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            networks: &networks,
            plain_anywhere: true,
        };
        let limits = Limits {
            response_body: LARGEST_ANSWER,
            decompressed: LARGEST_ANSWER,
            ..limits.clone()
        };
        Ok(Self {
            line: Line::load(&place, None, Arc::new(resolver), &limits)?,
            memory: Budget::new(limits.all_answers),
        })
    }

    /// Sends one body and waits for the whole answer.
    ///
    /// # Errors
    /// Why there is no whole answer.
    pub async fn carry(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, HeaderMap, Bytes), Refusal> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse().map_err(|_error| {
            Refusal::new(
                Code::InternalError,
                "the collector's path cannot be a target",
            )
        })?;
        let add = |signed: &mut HeaderMap| signed.extend(headers);
        let Answered {
            status,
            headers,
            body,
        } = self.line.exchange(request, add, &mut || ()).await?;
        let body = body.collect(&mut self.memory.share()).await?;
        Ok((status, headers, body))
    }
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Courier(..)")
    }
}
