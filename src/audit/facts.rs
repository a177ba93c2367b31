//! What the stages of the walk have to say about a request, in plain words.
//!
//! Each fact is a closed struct of names, counts and ids. None has a place for
//! content: no prompt, answer, header value, query or key can get into a
//! record, because there is no field to put it into.

use std::{net::IpAddr, sync::Arc, time::Instant};

use jiff::Timestamp;

use super::record::{Facts, Line, longest};
use crate::{
    policy::Permit,
    primitives::{Caller, Capabilities, ModelName, Operation, ProviderName, RequestId},
    quota::{Reservation, Slot},
};

/// Something a stage has found out, to be kept in the record.
pub trait Fact {
    /// Adds it.
    fn note(&self, facts: &mut Facts);
}

/// What is known when a request's head has been read.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Its id.
    pub request: RequestId,
    /// When the head was complete.
    pub at: Timestamp,
    /// The same moment, for durations.
    pub clock: Instant,
    /// The peer's address, never a header's.
    pub source: IpAddr,
    /// Which of our ports.
    pub listener: &'static str,
    /// The method as sent; cut to 16 bytes.
    pub method: String,
    /// `user-agent` as sent; cleaned, cut to 256 bytes.
    pub user_agent: Option<String>,
    /// The TLS version of the connection: `1.2` or `1.3`.
    pub tls: Option<&'static str>,
    /// SHA-256 of the configuration the request runs under, in hex.
    pub config_digest: Arc<str>,
    /// SHA-256 of the policy in force, in hex.
    pub policy_version: Arc<str>,
    /// The trace the request belongs to.
    pub trace: Option<TraceIds>,
}

/// W3C trace context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceIds {
    /// 16 bytes.
    pub trace: [u8; 16],
    /// 8 bytes.
    pub span: [u8; 8],
}

/// A request as its dialect read it.
#[derive(Debug, Clone)]
pub struct CallFacts<'a> {
    /// What it asks for.
    pub operation: Operation,
    /// Of whom, as the configuration calls it.
    pub provider: &'a ProviderName,
    /// `gen_ai.provider.name`: the kind of provider.
    pub kind: &'a str,
    /// Which model, as sent upstream.
    pub model: Option<&'a ModelName>,
    /// The path's template.
    pub route: &'static str,
    /// What it makes the provider do.
    pub capabilities: Capabilities,
    /// Whether the answer is wanted while it is made.
    pub stream: bool,
    /// Bytes of the body as received.
    pub body_bytes: u64,
    /// The caller's own cap on the answer, in tokens.
    pub max_output_tokens: Option<u64>,
    /// Parts that are not text.
    pub media: u64,
}

/// The splice edits made besides redaction (DESIGN §4.1), by name.
#[derive(Debug, Clone, Copy)]
pub struct EditFacts<'a>(pub &'a [&'static str]);

/// Which way a text went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the provider.
    Request,
    /// Back to the caller.
    Response,
}

/// What redaction found in one direction. Noted again, counts add up.
#[derive(Debug, Clone)]
pub struct FindingFacts<'a> {
    /// Which way.
    pub direction: Direction,
    /// Entity, action, how many.
    pub counts: &'a [(&'static str, &'static str, u64)],
    /// Values that left or came back different.
    pub changed: u64,
    /// Findings in blocks the provider signed: recorded, not rewritten.
    pub signed: u64,
    /// Findings where nothing can be replaced.
    pub structure_refused: u64,
    /// The most bytes a stream held back.
    pub held_max_bytes: Option<u64>,
}

/// One attempt at the upstream. Noted again, later values win.
#[derive(Debug, Clone, Default)]
pub struct UpstreamFacts<'a> {
    /// Host name.
    pub address: &'a str,
    /// Port.
    pub port: u16,
    /// Which of our credentials there, by a public name.
    pub credential: Option<&'a str>,
    /// The status of its answer.
    pub status: Option<u16>,
    /// Microseconds from the first byte sent to the last received.
    pub micros: Option<u64>,
    /// Microseconds to the first chunk of a stream.
    pub first_chunk_micros: Option<u64>,
}

/// Who counted the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageSource {
    /// The provider.
    Provider,
    /// We did, as an upper bound.
    Estimated,
    /// Nobody.
    None,
}

/// What the provider's answer says about itself.
#[derive(Debug, Clone, Default)]
pub struct AnswerFacts<'a> {
    /// Its id.
    pub response_id: Option<&'a str>,
    /// The model that answered.
    pub model: Option<&'a str>,
    /// Why it stopped, once per choice.
    pub finish_reasons: &'a [String],
    /// Tokens.
    pub usage: Option<UsageFacts>,
    /// Chunks of a stream.
    pub chunks: Option<u64>,
}

/// Tokens and money of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageFacts {
    /// Who counted.
    pub source: UsageSource,
    /// Tokens read, cached ones included.
    pub input: u64,
    /// Tokens written, reasoning included.
    pub output: u64,
    /// Of the input, read from a cache.
    pub cache_read: Option<u64>,
    /// Of the input, written to a cache.
    pub cache_creation: Option<u64>,
    /// Of the output, reasoning.
    pub reasoning: Option<u64>,
}

/// What it cost.
#[derive(Debug, Clone, Copy)]
pub struct CostFacts<'a> {
    /// Millionths of a dollar.
    pub micro_usd: u64,
    /// Which price list.
    pub price_list: &'a str,
}

impl Fact for Caller {
    fn note(&self, facts: &mut Facts) {
        facts.caller = Some(super::record::Who {
            owner: Line::outside(&self.owner, longest::NAME),
            tenant: Line::outside(self.tenant.as_str(), longest::NAME),
            credential: Line::outside(self.credential.as_str(), longest::NAME),
            kind: self.kind.name(),
        });
    }
}

impl Fact for CallFacts<'_> {
    fn note(&self, facts: &mut Facts) {
        let model = self.model.map(ModelName::as_str);
        let target = match model {
            Some(model) => format!("{}/{model}", self.provider),
            None => self.provider.to_string(),
        };
        facts.call = Some(super::record::What {
            operation: self.operation,
            kind: Line::outside(self.kind, longest::NAME),
            model: model.map(|model| Line::outside(model, longest::MODEL)),
            target: Line::outside(&target, longest::MODEL),
            route: self.route,
            stream: self.stream,
            body_bytes: self.body_bytes,
            max_output_tokens: self.max_output_tokens,
            media: self.media,
            capabilities: self
                .capabilities
                .iter()
                .map(|one| Line::fixed(one.name()))
                .collect(),
        });
    }
}

impl Fact for Permit {
    fn note(&self, facts: &mut Facts) {
        let grants = self.grants().iter().take(longest::LIST);
        let policies = self.policies().iter().take(longest::LIST);
        let profiles: Vec<_> = self.profiles().iter().map(|one| one.as_str()).collect();
        facts.permit = Some(super::record::Allowed {
            rules: grants
                .map(|one| Line::outside(one.as_str(), longest::WORD))
                .collect(),
            policies: policies
                .map(|one| Line::outside(one, longest::POLICY))
                .collect(),
            profiles: Line::outside(&profiles.join(" "), longest::RULESET),
            reason: Line::outside(&self.reason(), longest::SENTENCE),
        });
    }
}

impl Fact for EditFacts<'_> {
    fn note(&self, facts: &mut Facts) {
        facts.edits = self
            .0
            .iter()
            .take(longest::LIST)
            .copied()
            .map(Line::fixed)
            .collect();
    }
}

impl Fact for FindingFacts<'_> {
    fn note(&self, facts: &mut Facts) {
        let found = &mut facts.found;
        found.scanned = true;
        let counts = match self.direction {
            Direction::Request => &mut found.request,
            Direction::Response => &mut found.response,
        };
        for (entity, action, many) in self.counts {
            let full = counts.len() >= longest::ENTITIES && !counts.contains_key(entity);
            let count = counts.entry(if full { OTHER } else { entity }).or_default();
            *count = count.saturating_add(*many);
            found.actions.insert(action);
        }
        found.changed = found.changed.saturating_add(self.changed);
        found.signed = found.signed.saturating_add(self.signed);
        found.structure_refused = found
            .structure_refused
            .saturating_add(self.structure_refused);
        found.held_max_bytes = found.held_max_bytes.max(self.held_max_bytes);
    }
}

/// Where kinds are counted together that a record has no line for.
const OTHER: &str = "_other";

impl Fact for UpstreamFacts<'_> {
    fn note(&self, facts: &mut Facts) {
        let upstream = &mut facts.upstream;
        upstream.address = Some(Line::outside(self.address, longest::MODEL));
        upstream.port = Some(self.port);
        upstream.credential = self
            .credential
            .map(|id| Line::outside(id, longest::NAME))
            .or(upstream.credential.take());
        upstream.status = self.status.or(upstream.status);
        upstream.micros = self.micros.or(upstream.micros);
        upstream.first_chunk_micros = self.first_chunk_micros.or(upstream.first_chunk_micros);
    }
}

impl Fact for AnswerFacts<'_> {
    fn note(&self, facts: &mut Facts) {
        facts.answer = super::record::Answered {
            response_id: self.response_id.map(|id| Line::outside(id, longest::MODEL)),
            model: self.model.map(|model| Line::outside(model, longest::MODEL)),
            finish_reasons: self
                .finish_reasons
                .iter()
                .take(longest::CHOICES)
                .map(|reason| Line::outside(reason, longest::WORD))
                .collect(),
            usage: self.usage,
            chunks: self.chunks,
        };
    }
}

impl Fact for CostFacts<'_> {
    fn note(&self, facts: &mut Facts) {
        facts.cost = Some((
            self.micro_usd,
            Line::outside(self.price_list, longest::NAME),
        ));
    }
}

impl Fact for TraceIds {
    fn note(&self, facts: &mut Facts) {
        facts.trace = Some(*self);
    }
}

/// A place among a credential's requests says nothing by itself.
impl Fact for Slot {
    fn note(&self, _facts: &mut Facts) {}
}

/// What was set aside is settled elsewhere; the usage is what counts.
impl Fact for Reservation {
    fn note(&self, _facts: &mut Facts) {}
}

/// A step that had nothing to find out.
impl Fact for () {
    fn note(&self, _facts: &mut Facts) {}
}
