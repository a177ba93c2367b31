//! What each step of the walk has to say to the trail.

use std::time::Duration;

use bytes::Bytes;

use super::door::Entry;
use crate::{
    audit::{
        self, CallFacts, Direction, EditFacts, Fact, Facts, FindingFacts, UpstreamFacts,
        UsageFacts, UsageSource,
    },
    egress::Sent,
    identity::Presented,
    primitives::{TokenCount, Usage},
    provider::{self, Call, Upstream},
    redact::{Clean, Findings},
};

/// Which credential was shown is known when it was believed.
impl Fact for Presented {
    fn note(&self, _facts: &mut Facts) {}
}

/// The operation stands in the call.
impl Fact for Entry {
    fn note(&self, _facts: &mut Facts) {}
}

/// Content has a tag of its own and no other place in a record.
impl Fact for Bytes {
    fn note(&self, _facts: &mut Facts) {}
}

impl Fact for Call {
    fn note(&self, facts: &mut Facts) {
        CallFacts {
            operation: self.endpoint().operation,
            provider: self.upstream().name(),
            kind: self.upstream().kind(),
            model: self.model(),
            route: self.endpoint().route,
            capabilities: self.capabilities(),
            stream: self.is_streamed(),
            body_bytes: u64::try_from(self.body_bytes()).unwrap_or(u64::MAX),
            max_output_tokens: self.max_output(),
            media: 0,
        }
        .note(facts);
        let edits: Vec<_> = self.edits().collect();
        EditFacts(&edits).note(facts);
        let origin = self.upstream().origin();
        UpstreamFacts {
            address: &origin.host,
            port: origin.port,
            ..UpstreamFacts::default()
        }
        .note(facts);
    }
}

impl Fact for Clean<Call> {
    fn note(&self, facts: &mut Facts) {
        note_findings(self.findings(), Direction::Request, facts);
    }
}

impl Fact for Sent {
    fn note(&self, facts: &mut Facts) {
        let origin = self.back.upstream.origin();
        UpstreamFacts {
            address: &origin.host,
            port: origin.port,
            status: Some(self.status.as_u16()),
            ..UpstreamFacts::default()
        }
        .note(facts);
    }
}

/// How long the upstream took, to the last byte of its answer.
pub(super) struct Took<'a>(pub(super) &'a Upstream, pub(super) Duration);

impl Fact for Took<'_> {
    fn note(&self, facts: &mut Facts) {
        let origin = self.0.origin();
        UpstreamFacts {
            address: &origin.host,
            port: origin.port,
            micros: u64::try_from(self.1.as_micros()).ok(),
            ..UpstreamFacts::default()
        }
        .note(facts);
    }
}

/// Findings of one direction.
pub(super) struct Found<'a>(pub(super) &'a Findings, pub(super) Direction);

impl Fact for Found<'_> {
    fn note(&self, facts: &mut Facts) {
        note_findings(self.0, self.1, facts);
    }
}

fn note_findings(findings: &Findings, direction: Direction, facts: &mut Facts) {
    let counts: Vec<_> = findings
        .iter()
        .map(|(entity, action, many)| (entity.name(), action.name(), many))
        .collect();
    let signed = findings.signed().map(|(_, many)| many);
    FindingFacts {
        direction,
        counts: &counts,
        changed: findings.edits(),
        signed: signed.fold(0, u64::saturating_add),
        structure_refused: 0,
        held_max_bytes: None,
    }
    .note(facts);
}

impl Fact for provider::AnswerFacts {
    fn note(&self, facts: &mut Facts) {
        answered(self, None, facts);
    }
}

fn answered(said: &provider::AnswerFacts, chunks: Option<u64>, facts: &mut Facts) {
    audit::AnswerFacts {
        response_id: said.response_id.as_deref(),
        model: said.model.as_deref(),
        finish_reasons: &said.finish_reasons,
        usage: said.usage.map(|usage| UsageFacts {
            source: UsageSource::Provider,
            input: usage.input.0,
            output: usage.output.0,
            cache_read: positive(usage.cached),
            cache_creation: positive(usage.cache_writes),
            reasoning: positive(usage.reasoning),
        }),
        chunks,
    }
    .note(facts);
}

/// What a streamed answer was.
pub(super) struct Chunks<'a> {
    pub(super) facts: &'a provider::AnswerFacts,
    pub(super) chunks: u64,
    pub(super) held: usize,
}

impl Fact for Chunks<'_> {
    fn note(&self, facts: &mut Facts) {
        answered(self.facts, Some(self.chunks), facts);
        FindingFacts {
            direction: Direction::Response,
            counts: &[],
            changed: 0,
            signed: 0,
            structure_refused: 0,
            held_max_bytes: u64::try_from(self.held).ok(),
        }
        .note(facts);
    }
}

fn positive(count: TokenCount) -> Option<u64> {
    Some(count.0).filter(|count| *count > 0)
}

/// Usage in the words of the limits.
pub(super) const fn usage(counted: &provider::Usage) -> Usage {
    Usage {
        input: counted.input,
        cached_input: counted.cached,
        cache_write: counted.cache_writes,
        output: counted.output,
        reasoning: counted.reasoning,
    }
}
