//! The way back of an answer that is read as a whole.
//!
//! The upstream's bytes are read strictly, own values restored, foreign ones
//! masked, what was used is settled. Nothing of the answer is sent before all
//! of it was checked.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::{
    Stages,
    facts::{Found, usage},
    measure::Measured,
    reply,
};
use crate::{
    audit::{Content, CostFacts, Direction, Trail},
    egress::Sent,
    ingress::{AnswerBody, whole},
    primitives::{Code, Refusal, RequestId, Usage},
    provider::{self, Return},
    quota::Slot,
    redact::Findings,
    wire::{json::Document, splice::splice},
};

/// An answer that may be sent.
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn into_response(self, request: RequestId) -> Response<AnswerBody> {
        let mut answer = Response::new(whole(self.body));
        *answer.status_mut() = self.status;
        *answer.headers_mut() = self.headers;
        reply::stamp(answer.headers_mut(), request);
        answer
    }
}

/// Reads, checks and restores an answer, and settles what it used. The slot
/// is held until then.
pub(super) async fn read(
    stages: &Arc<Stages>,
    sent: Sent,
    slot: Slot,
    trail: &mut Trail,
    measured: &mut Measured,
) -> Result<Answer, Refusal> {
    let Sent {
        status,
        headers,
        body,
        back,
    } = sent;
    let bytes = trail.keep(body.collect().await)?;
    let request = trail.request();
    let limits = Arc::clone(stages);
    let checked = stages
        .apart(bytes.len(), move || {
            check(back, status, bytes, request, &limits)
        })
        .await;
    let checked = match checked {
        Ok(checked) => checked,
        Err(refusal) => {
            trail.refused(&refusal);
            return Err(refusal);
        }
    };
    let Checked {
        body,
        findings,
        facts,
        back,
    } = checked;
    trail.note(&Found(&findings, Direction::Response));
    trail.note(&facts);
    trail.content(&back.permit.caller().tenant, Content::Response, &body);
    measured.answered(&back, &findings, &facts);
    let mut passing = back.upstream.answer_headers(&headers);
    if !says_json(&passing) {
        passing.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
    }
    settle(back, status, &facts, trail, measured);
    drop(slot);
    Ok(Answer {
        status,
        headers: passing,
        body,
    })
}

/// Whether the provider named the type the body was found to have. Its own
/// words pass then, parameters and all.
fn says_json(headers: &HeaderMap) -> bool {
    let mut said = headers.get_all(header::CONTENT_TYPE).iter();
    let (first, second) = (said.next(), said.next());
    let kind = first.and_then(|one| one.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    second.is_none() && kind.eq_ignore_ascii_case("application/json")
}

/// An answer after the check.
struct Checked {
    body: Bytes,
    findings: Findings,
    facts: provider::AnswerFacts,
    back: Return,
}

fn check(
    back: Return,
    status: StatusCode,
    bytes: Bytes,
    request: RequestId,
    stages: &Stages,
) -> Result<Checked, Refusal> {
    let bounds = back.endpoint.answer_bounds(&stages.limits);
    let document = match Document::scan(bytes, bounds) {
        Ok(document) => document,
        Err(_unreadable) if !status.is_success() => {
            return Ok(Checked {
                body: back.upstream.unreadable_error(status, request),
                findings: Findings::default(),
                facts: provider::AnswerFacts::default(),
                back,
            });
        }
        Err(fault) => return Err(malformed().with_detail(fault.to_string())),
    };
    refuse_our_credential(&back, &document)?;
    let reading = back.endpoint.read_answer(&document)?;
    let (mut edits, findings) = back
        .exchange
        .answer(&document, &|node| reading.treatment(node))?;
    let facts = back.endpoint.facts(&document);
    let body = if edits.is_empty() {
        document.bytes().clone()
    } else {
        let spliced = splice(document.bytes(), &mut edits);
        spliced
            .map_err(|overlap| unchecked().with_detail(overlap.to_string()))?
            .into()
    };
    Ok(Checked {
        body,
        findings,
        facts,
        back,
    })
}

/// A provider that repeats what it was sent must not hand our credential to a
/// caller, however it spells it (THREATS EGR-05).
fn refuse_our_credential(back: &Return, document: &Document) -> Result<(), Refusal> {
    let escaped = || {
        document
            .nodes()
            .filter(|node| node.has_escapes())
            .any(|node| back.upstream.repeats_credential(node.text().as_bytes()))
    };
    if back.upstream.repeats_credential(document.bytes()) || escaped() {
        return Err(malformed().with_detail("it repeats the credential it was called with"));
    }
    Ok(())
}

fn malformed() -> Refusal {
    Refusal::new(
        Code::UpstreamMalformed,
        "the provider's answer could not be read, so none of it was passed on",
    )
}

fn unchecked() -> Refusal {
    Refusal::new(
        Code::RedactionUnavailable,
        "the answer could not be checked, so it was not passed on",
    )
}

/// Puts what was used in the place of what was reserved. An upstream that
/// refused used nothing; one that answered without counting is owed the
/// estimate.
fn settle(
    back: Return,
    status: StatusCode,
    facts: &provider::AnswerFacts,
    trail: &mut Trail,
    measured: &Measured,
) {
    let counted = match &facts.usage {
        Some(counted) => usage(counted),
        None if !status.is_success() => Usage::default(),
        None => return,
    };
    if let Some(cost) = back.hold.cost(&counted) {
        trail.note(&CostFacts {
            micro_usd: cost.0,
            price_list: "configuration",
        });
        measured.cost(&back, cost);
    }
    back.hold.settle(&counted);
}
