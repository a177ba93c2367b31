//! The only thing `egress` sends, and what the way back needs.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, header};

use super::{
    call::{Body, Call},
    endpoint::Endpoint,
    facts::AnswerFacts,
    shape::{Direction, Reading},
    stream::{self, Hide, Reader},
    upstream::Upstream,
};
use crate::{
    policy::Permit,
    primitives::{Limits, Refusal},
    quota::Reservation,
    redact::{Clean, Exchange, Findings, Treatment},
    wire::{
        json::{Bounds, Document, Node},
        splice::Edit,
    },
};

/// A request that was authorised, paid for and cleaned. There is one way to
/// make it, and it takes all three proofs:
///
/// ```
/// use portcullis::{policy::Permit, provider::{Call, Outbound}, quota::Reservation, redact::Clean};
///
/// fn send(clean: Clean<Call>, permit: Permit, hold: Reservation) -> Outbound {
///     Outbound::new(clean, permit, hold)
/// }
/// ```
///
/// Nobody authorised it:
///
/// ```compile_fail,E0061
/// use portcullis::{policy::Permit, provider::{Call, Outbound}, quota::Reservation, redact::Clean};
///
/// fn send(clean: Clean<Call>, hold: Reservation) -> Outbound {
///     Outbound::new(clean, hold)
/// }
/// ```
///
/// Nobody paid for it:
///
/// ```compile_fail,E0061
/// use portcullis::{policy::Permit, provider::{Call, Outbound}, quota::Reservation, redact::Clean};
///
/// fn send(clean: Clean<Call>, permit: Permit) -> Outbound {
///     Outbound::new(clean, permit)
/// }
/// ```
///
/// Nobody cleaned it:
///
/// ```compile_fail,E0308
/// use portcullis::{policy::Permit, provider::{Call, Outbound}, quota::Reservation, redact::Clean};
///
/// fn send(call: Call, permit: Permit, hold: Reservation) -> Outbound {
///     Outbound::new(call, permit, hold)
/// }
/// ```
pub struct Outbound {
    call: Call,
    back: Return,
}

impl Outbound {
    /// Puts a request together with its proofs.
    #[must_use]
    pub fn new(clean: Clean<Call>, permit: Permit, hold: Reservation) -> Self {
        let (call, mut exchange, findings) = clean.into_parts();
        if let Some(credential) = call.upstream.guarded() {
            exchange.guard(credential.clone());
        }
        let back = Return {
            upstream: call.upstream.clone(),
            endpoint: call.endpoint,
            exchange,
            findings,
            permit,
            hold,
            streamed: call.asked.stream,
            usage_added: call.usage_added,
        };
        Self { call, back }
    }

    /// Where it goes.
    #[must_use]
    pub const fn upstream(&self) -> &Arc<Upstream> {
        &self.back.upstream
    }

    /// The request without host and credential: [`Upstream::sign`] adds the
    /// latter, the connection the former.
    ///
    /// The answer is asked for uncompressed, because it is read.
    #[must_use]
    pub fn request(&self) -> Request<Bytes> {
        let bytes = match &self.call.body {
            Body::None => Bytes::new(),
            Body::Read(document, _) => document.bytes().clone(),
            Body::Edited(bytes) => bytes.clone(),
        };
        let mut request = Request::new(bytes);
        *request.method_mut() = self.call.endpoint.method.clone();
        // INVARIANT: the path is the configuration's and a route's, the query
        // was checked; both are valid in a target.
        *request.uri_mut() = self.call.target.parse().unwrap_or_default();
        let length = request.body().len();
        let headers = request.headers_mut();
        *headers = self.call.headers.clone();
        fixed(headers);
        if self.call.endpoint.takes_body {
            headers.insert(header::CONTENT_TYPE, JSON);
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        request
    }

    /// What the way back needs.
    #[must_use]
    pub fn into_return(self) -> Return {
        self.back
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Headers of the gateway's own. Callers' versions of them stay behind: a
/// user agent tells which software a company runs.
fn fixed(headers: &mut HeaderMap) {
    const IDENTITY: HeaderValue = HeaderValue::from_static("identity");
    const AGENT: HeaderValue =
        HeaderValue::from_static(concat!("portcullis/", env!("CARGO_PKG_VERSION")));
    headers.insert(header::ACCEPT, JSON);
    headers.insert(header::ACCEPT_ENCODING, IDENTITY);
    headers.insert(header::USER_AGENT, AGENT);
}

impl fmt::Debug for Outbound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Outbound({:?})", self.call)
    }
}

/// What the way back needs: the dialect that reads the answer, the map that
/// restores it, the reservation that is settled by it.
#[derive(Debug)]
pub struct Return {
    /// Where the request went.
    pub upstream: Arc<Upstream>,
    /// The operation.
    pub endpoint: &'static Endpoint,
    /// This exchange's placeholders.
    pub exchange: Exchange,
    /// What was found in the request.
    pub findings: Findings,
    /// Why it was allowed.
    pub permit: Permit,
    /// What was set aside for it.
    pub hold: Reservation,
    /// Whether events were asked for; the upstream may answer otherwise.
    pub streamed: bool,
    /// Whether the gateway alone asked for usage.
    usage_added: bool,
}

impl Return {
    /// Reads the events of an answer that comes as a stream; `None` where the
    /// operation knows none, so that the answer must be read as a whole.
    #[must_use]
    pub fn reader(&self, limits: &Limits) -> Option<Reader> {
        let hide = Hide {
            usage: self.usage_added,
            repeats: !self.exchange.is_passive(),
        };
        let stream = self.endpoint.stream?;
        Some(Reader::new(stream, limits, hide))
    }
}

/// An answer that was read, with what may be done with each leaf.
#[derive(Debug)]
pub struct AnswerReading {
    reading: Reading,
    endpoint: &'static Endpoint,
}

impl AnswerReading {
    /// What may be done with a node of the answer.
    #[must_use]
    pub fn treatment(&self, node: Node<'_>) -> Treatment {
        self.reading.treatment(node)
    }

    /// Adds to the edits of redaction what they make wrong elsewhere: log
    /// probabilities that spell a changed text, offsets into it. Says how many
    /// values went.
    pub fn follow(&self, document: &Document, edits: &mut Vec<Edit>) -> usize {
        stream::follow(self.endpoint.repeats, document, edits)
    }
}

impl Endpoint {
    /// How an answer is read, successful or not: the tables know both shapes.
    ///
    /// # Errors
    /// None today; the signature leaves room for answers that are refused.
    pub fn read_answer(&'static self, document: &Document) -> Result<AnswerReading, Refusal> {
        let reading = self.answer.read(document, Direction::Answer)?;
        Ok(AnswerReading {
            reading,
            endpoint: self,
        })
    }

    /// What an answer says about itself, safe to put on record.
    #[must_use]
    pub fn facts(&self, document: &Document) -> AnswerFacts {
        (self.facts)(document)
    }

    /// How large an answer may be. Vectors have a number per dimension, so the
    /// nodes of a request are no measure for them.
    #[must_use]
    pub const fn answer_bounds(&self, limits: &Limits) -> Bounds {
        Bounds {
            depth: limits.json_depth,
            nodes: limits.json_nodes.saturating_mul(NODES_OF_ANSWERS),
        }
    }
}

/// 2,048 inputs of 1,536 dimensions, the most OpenAI takes in one request
/// (platform.openai.com/docs/api-reference/embeddings, read 2026-11), have 3.1
/// million numbers.
const NODES_OF_ANSWERS: usize = 20;
