//! The way back of an answer that is read as a whole.
//!
//! The upstream's bytes are read strictly, own values restored, foreign ones
//! masked, what was used is settled. Nothing of the answer is sent before all
//! of it was checked.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::settle;
use crate::{
    audit::{Content, Direction, Trail},
    egress::Sent,
    ingress::{AnswerBody, whole},
    pipeline::{
        Stages,
        facts::{Found, Took},
        measure::Measured,
        reply,
    },
    primitives::{Code, Refusal, RequestId, Share},
    provider::{self, Return},
    redact::Findings,
    wire::{json::Document, splice::splice},
};

/// An answer all of which was checked.
pub(in crate::pipeline) struct Whole {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Whole {
    pub(in crate::pipeline) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(in crate::pipeline) fn into_response(self, request: RequestId) -> Response<AnswerBody> {
        let mut answer = Response::new(whole(self.body));
        *answer.status_mut() = self.status;
        *answer.headers_mut() = self.headers;
        reply::stamp(answer.headers_mut(), request);
        answer
    }
}

/// Reads, checks and restores an answer, and settles what it used.
pub(super) async fn read(
    stages: &Arc<Stages>,
    sent: Sent,
    asked: Instant,
    trail: &mut Trail,
    measured: &mut Measured,
) -> Result<Whole, Refusal> {
    let Sent {
        status,
        headers,
        body,
        back,
    } = sent;
    let mut memory = stages.egress.memory();
    let bytes = trail.keep(body.collect(&mut memory).await)?;
    trail.note(&Took(&back.upstream, asked.elapsed()));
    let request = trail.request();
    let limits = Arc::clone(stages);
    let checked = stages
        .apart(bytes.len(), move || {
            // with the check, which goes on where the caller hangs up
            let checked = check(back, status, bytes, request, &limits)?;
            Ok(checked.keeping(memory))
        })
        .await
        .inspect_err(|refusal| trail.refused(refusal))?;
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
    settle(back.into(), status, &facts, trail, measured);
    Ok(Whole {
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

impl Checked {
    /// Ties the memory to the bytes that are left to send.
    fn keeping(self, memory: Share) -> Self {
        let body = memory.keep(self.body);
        Self { body, ..self }
    }
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
    reading.follow(&document, &mut edits);
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
