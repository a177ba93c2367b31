//! Everything known about one request, and how it becomes attributes.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Instant,
};

use super::{line::Line, longest};
use crate::{
    audit::{
        content::ContentTag,
        facts::{Arrived, TraceIds, UsageFacts},
    },
    primitives::{Code, Operation, Refusal},
};

/// What is known so far. Facts fill it in; every record of the request is
/// rendered from it.
#[derive(Debug)]
pub struct Facts {
    pub(in crate::audit) arrival: Arrival,
    pub(in crate::audit) trace: Option<TraceIds>,
    pub(in crate::audit) caller: Option<Who>,
    pub(in crate::audit) call: Option<What>,
    pub(in crate::audit) permit: Option<Allowed>,
    pub(in crate::audit) edits: Vec<Line>,
    pub(in crate::audit) found: Found,
    pub(in crate::audit) upstream: Upstream,
    pub(in crate::audit) answer: Answered,
    pub(in crate::audit) cost: Option<(u64, Line)>,
    pub(in crate::audit) content: [Option<ContentTag>; 3],
    pub(in crate::audit) refusal: Option<Refused>,
}

/// What the head said.
#[derive(Debug)]
pub(in crate::audit) struct Arrival {
    pub(in crate::audit) clock: Instant,
    pub(super) source: String,
    pub(super) listener: &'static str,
    pub(super) method: Line,
    pub(super) user_agent: Option<Line>,
    pub(super) tls: Option<&'static str>,
    pub(super) config_digest: Line,
    pub(super) policy_version: Line,
}

/// Who asked.
#[derive(Debug)]
pub(in crate::audit) struct Who {
    pub(in crate::audit) owner: Line,
    pub(in crate::audit) tenant: Line,
    pub(in crate::audit) credential: Line,
    pub(in crate::audit) kind: &'static str,
}

/// What for.
#[derive(Debug)]
pub(in crate::audit) struct What {
    pub(in crate::audit) operation: Operation,
    pub(in crate::audit) kind: Line,
    pub(in crate::audit) model: Option<Line>,
    pub(in crate::audit) target: Line,
    pub(in crate::audit) route: &'static str,
    pub(in crate::audit) stream: bool,
    pub(in crate::audit) body_bytes: u64,
    pub(in crate::audit) max_output_tokens: Option<u64>,
    pub(in crate::audit) media: u64,
    pub(in crate::audit) capabilities: Vec<Line>,
}

/// Why it was allowed.
#[derive(Debug)]
pub(in crate::audit) struct Allowed {
    pub(in crate::audit) rules: Vec<Line>,
    pub(in crate::audit) policies: Vec<Line>,
    /// The redaction profiles that apply, joined.
    pub(in crate::audit) profiles: Line,
    pub(in crate::audit) reason: Line,
}

/// What redaction found. Entities and actions are our own words, and few.
#[derive(Debug, Default)]
pub(in crate::audit) struct Found {
    /// Whether anything was looked at.
    pub(in crate::audit) scanned: bool,
    pub(in crate::audit) request: BTreeMap<&'static str, u64>,
    pub(in crate::audit) response: BTreeMap<&'static str, u64>,
    pub(in crate::audit) actions: BTreeSet<&'static str>,
    pub(in crate::audit) changed: u64,
    pub(in crate::audit) signed: u64,
    pub(in crate::audit) structure_refused: u64,
    pub(in crate::audit) held_max_bytes: Option<u64>,
}

/// The last attempt, and how many there were.
#[derive(Debug, Default)]
pub(in crate::audit) struct Upstream {
    pub(in crate::audit) attempts: u64,
    pub(in crate::audit) address: Option<Line>,
    pub(in crate::audit) port: Option<u16>,
    pub(in crate::audit) credential: Option<Line>,
    pub(in crate::audit) status: Option<u16>,
    pub(in crate::audit) micros: Option<u64>,
    pub(in crate::audit) first_chunk_micros: Option<u64>,
}

/// What the answer said of itself.
#[derive(Debug, Default)]
pub(in crate::audit) struct Answered {
    pub(in crate::audit) response_id: Option<Line>,
    pub(in crate::audit) model: Option<Line>,
    pub(in crate::audit) finish_reasons: Vec<Line>,
    pub(in crate::audit) usage: Option<UsageFacts>,
    pub(in crate::audit) chunks: Option<u64>,
}

/// Why it was refused. The sentence for the caller stays out: it may quote
/// what the caller wrote. The detail is the operator's and has no content.
#[derive(Debug)]
pub(in crate::audit) struct Refused {
    pub(in crate::audit) code: Code,
    pub(super) detail: Option<Line>,
    pub(super) rules: Vec<Line>,
}

/// How a request ended, in the words of the terminal record.
#[derive(Debug, Clone, Copy)]
pub(in crate::audit) struct Said {
    pub(in crate::audit) status: Option<u16>,
    pub(in crate::audit) error_type: Option<&'static str>,
    pub(in crate::audit) disconnected: bool,
}

impl Facts {
    pub(in crate::audit) fn new(arrived: &Arrived) -> Self {
        Self {
            arrival: Arrival {
                clock: arrived.clock,
                source: canonical_address(arrived.source),
                listener: arrived.listener,
                method: Line::outside(&arrived.method, longest::METHOD),
                user_agent: arrived
                    .user_agent
                    .as_deref()
                    .map(|text| Line::outside(text, longest::USER_AGENT)),
                tls: arrived.tls,
                config_digest: Line::outside(&arrived.config_digest, longest::NAME),
                policy_version: Line::outside(&arrived.policy_version, longest::NAME),
            },
            trace: arrived.trace,
            caller: None,
            call: None,
            permit: None,
            edits: Vec::new(),
            found: Found::default(),
            upstream: Upstream::default(),
            answer: Answered::default(),
            cost: None,
            content: [None, None, None],
            refusal: None,
        }
    }

    /// The first refusal is the reason; what follows from it is not.
    pub(in crate::audit) fn refused(&mut self, refusal: &Refusal) {
        self.refusal.get_or_insert_with(|| Refused {
            code: refusal.code(),
            detail: refusal
                .detail()
                .map(|text| Line::outside(text, longest::SENTENCE)),
            rules: refusal
                .rules()
                .iter()
                .take(longest::LIST)
                .map(|rule| Line::outside(rule.as_str(), longest::WORD))
                .collect(),
        });
    }
}

/// An IPv4 address has one spelling, also where it came in as an IPv6 one.
pub(in crate::audit) fn canonical_address(source: IpAddr) -> String {
    source.to_canonical().to_string()
}
