//! From facts to attributes, group by group as TELEMETRY §3 lists them.

use std::{collections::BTreeSet, time::Instant};

use super::{
    canonical::{Attributes, Value},
    facts::{Facts, Refused, Said},
    names,
};
use crate::audit::facts::UsageSource;

impl Facts {
    /// What is known before the end.
    pub(in crate::audit) fn attributes(&self) -> Attributes<'_> {
        let mut all = Attributes::default();
        self.put_source(&mut all);
        self.put_caller(&mut all);
        self.put_call(&mut all);
        self.put_decision(&mut all);
        self.put_redaction(&mut all);
        self.put_upstream(&mut all);
        self.put_answer(&mut all);
        for tag in self.content.iter().flatten() {
            tag.put(&mut all);
        }
        all
    }

    /// What is known at the end.
    pub(in crate::audit) fn closing(&self, said: Said) -> Attributes<'_> {
        let mut all = self.attributes();
        all.text(names::OUTCOME, self.outcome(said));
        all.number(names::STATUS, said.status.map(u64::from));
        let refused = self.refusal.as_ref().map(|one| one.code.error_type());
        if let Some(kind) = said.error_type.or(refused) {
            all.text(names::ERROR_TYPE, kind);
        } else if let Some(status) = failed_status(self.upstream.status) {
            all.text(names::ERROR_TYPE, status);
        }
        if said.disconnected {
            all.flag(names::DISCONNECTED, true);
        }
        let total = micros_since(self.arrival.clock);
        all.number(names::LATENCY_TOTAL, Some(total));
        let overhead = total.saturating_sub(self.upstream.micros.unwrap_or(0));
        all.number(names::LATENCY_OVERHEAD, Some(overhead));
        all
    }

    fn put_source<'a>(&'a self, all: &mut Attributes<'a>) {
        let arrival = &self.arrival;
        all.text(names::SOURCE_ID, &arrival.source);
        all.text(names::SOURCE_TYPE, "address");
        all.text(names::CLIENT_ADDRESS, &arrival.source);
        all.text(names::LISTENER, arrival.listener);
        all.line(names::METHOD, Some(&arrival.method));
        all.line(names::USER_AGENT, arrival.user_agent.as_ref());
        all.line(names::CONFIG_DIGEST, Some(&arrival.config_digest));
        all.line(names::POLICY_VERSION, Some(&arrival.policy_version));
        if let Some(version) = arrival.tls {
            all.text(names::TLS_VERSION, version);
        }
    }

    fn put_caller<'a>(&'a self, all: &mut Attributes<'a>) {
        let Some(who) = &self.caller else {
            all.text(names::ACTOR_ID, "anonymous");
            all.text(names::ACTOR_TYPE, "user");
            return;
        };
        all.line(names::ACTOR_ID, Some(&who.owner));
        all.text(names::ACTOR_TYPE, "user");
        all.line(names::USER_ID, Some(&who.owner));
        all.line(names::TENANT, Some(&who.tenant));
        all.line(names::CREDENTIAL_ID, Some(&who.credential));
        all.text(names::CREDENTIAL_TYPE, who.kind);
    }

    fn put_call<'a>(&'a self, all: &mut Attributes<'a>) {
        let Some(what) = &self.call else { return };
        all.text(names::ACTION, what.operation.audit_action());
        all.text(names::OPERATION, what.operation.name());
        all.line(names::PROVIDER, Some(&what.kind));
        all.line(names::REQUEST_MODEL, what.model.as_ref());
        all.line(names::TARGET_ID, Some(&what.target));
        all.text(names::TARGET_TYPE, "gen_ai.model");
        all.text(names::ROUTE, what.route);
        if what.stream {
            all.flag(names::REQUEST_STREAM, true);
        }
        all.number(names::REQUEST_MAX_TOKENS, what.max_output_tokens);
        all.number(names::REQUEST_MAX_OUTPUT, what.max_output_tokens);
        all.number(names::REQUEST_BODY, Some(what.body_bytes));
        all.number(names::REQUEST_MEDIA, Some(what.media));
        all.words(names::CAPABILITIES, &what.capabilities);
        all.words(names::EDITS, &self.edits);
    }

    fn put_decision<'a>(&'a self, all: &mut Attributes<'a>) {
        if let Some(permit) = &self.permit {
            all.words(names::POLICY_ID, &permit.policies);
        }
        if let Some(refusal) = &self.refusal {
            all.text(names::DECISION, refusal.decision(self.permit.is_some()));
            all.text(names::DECISION_REASON, refusal.code.name());
            all.line(names::DECISION_DETAIL, refusal.detail.as_ref());
            all.words(names::DECISION_RULES, &refusal.rules);
        } else if let Some(permit) = &self.permit {
            let changed = self.found.changed > 0;
            all.text(names::DECISION, if changed { "redact" } else { "allow" });
            all.line(names::DECISION_REASON, Some(&permit.reason));
            all.words(names::DECISION_RULES, &permit.rules);
        }
    }

    fn put_redaction<'a>(&'a self, all: &mut Attributes<'a>) {
        let found = &self.found;
        if !found.scanned {
            return;
        };
        let ruleset = self.permit.as_ref().map(|permit| &permit.profiles);
        all.line(names::REDACTION_RULESET, ruleset);
        let mut total = 0_u64;
        for (prefix, counts) in [
            (names::REDACTION_REQUEST, &found.request),
            (names::REDACTION_RESPONSE, &found.response),
        ] {
            for (entity, many) in counts {
                all.put(format!("{prefix}{entity}"), Value::Number(*many));
                total = total.saturating_add(*many);
            }
        }
        all.number(names::REDACTION_TOTAL, Some(total));
        if let Some(action) = strictest(&found.actions) {
            all.text(names::REDACTION_ACTION, action);
        }
        all.number(names::REDACTION_SIGNED, Some(found.signed));
        all.number(names::REDACTION_STRUCTURE, Some(found.structure_refused));
        all.number(names::REDACTION_HELD, found.held_max_bytes);
    }

    fn put_upstream<'a>(&'a self, all: &mut Attributes<'a>) {
        let upstream = &self.upstream;
        if upstream.attempts > 0 {
            all.number(names::UPSTREAM_ATTEMPTS, Some(upstream.attempts));
            all.number(names::ATTEMPT, Some(upstream.attempts));
        }
        all.line(names::SERVER_ADDRESS, upstream.address.as_ref());
        all.number(names::SERVER_PORT, upstream.port.map(u64::from));
        all.line(names::CREDENTIAL_UPSTREAM, upstream.credential.as_ref());
        all.number(names::UPSTREAM_STATUS, upstream.status.map(u64::from));
        all.number(names::LATENCY_UPSTREAM, upstream.micros);
        all.number(names::LATENCY_FIRST_CHUNK, upstream.first_chunk_micros);
    }

    fn put_answer<'a>(&'a self, all: &mut Attributes<'a>) {
        let answer = &self.answer;
        all.line(names::RESPONSE_ID, answer.response_id.as_ref());
        all.line(names::RESPONSE_MODEL, answer.model.as_ref());
        all.words(names::FINISH_REASONS, &answer.finish_reasons);
        all.number(names::STREAM_CHUNKS, answer.chunks);
        if let Some(usage) = answer.usage {
            all.text(names::USAGE_SOURCE, usage.source.name());
            all.number(names::USAGE_INPUT, Some(usage.input));
            all.number(names::USAGE_OUTPUT, Some(usage.output));
            all.number(names::USAGE_CACHE_READ, usage.cache_read);
            all.number(names::USAGE_CACHE_CREATION, usage.cache_creation);
            all.number(names::USAGE_REASONING, usage.reasoning);
        }
        if let Some((micro_usd, list)) = &self.cost {
            all.number(names::COST, Some(*micro_usd));
            all.line(names::PRICE_LIST, Some(list));
        }
    }

    /// `audit.outcome`: what the caller has got, as far as anybody knows.
    fn outcome(&self, said: Said) -> &'static str {
        if said.disconnected {
            return "unknown";
        }
        let good = said.status.is_some_and(|status| status < 400);
        if good && said.error_type.is_none() && self.refusal.is_none() {
            "success"
        } else {
            "failure"
        }
    }
}

impl Refused {
    /// `portcullis.decision`. What fails after it was allowed was allowed.
    fn decision(&self, permitted: bool) -> &'static str {
        match self.code.error_type() {
            "rate_limited" => "rate_limit",
            "budget_exceeded" => "budget",
            "policy_denied" | "unauthenticated" | "invalid_request" | "request_too_large" => "deny",
            _ if permitted => "allow",
            _ => "deny",
        }
    }
}

impl UsageSource {
    const fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Estimated => "estimated",
            Self::None => "none",
        }
    }
}

/// `error.type` of a failed upstream answer is its status (TELEMETRY §1).
fn failed_status(status: Option<u16>) -> Option<&'static str> {
    FAILED_STATUSES
        .iter()
        .find(|(number, _)| Some(*number) == status)
        .map(|(_, text)| *text)
        .or_else(|| status.filter(|status| *status >= 400).map(|_| "_OTHER"))
}

/// Statuses providers document; any other failure is `_OTHER`.
const FAILED_STATUSES: [(u16, &str); 18] = [
    (400, "400"),
    (401, "401"),
    (402, "402"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (408, "408"),
    (409, "409"),
    (413, "413"),
    (415, "415"),
    (422, "422"),
    (424, "424"),
    (429, "429"),
    (500, "500"),
    (502, "502"),
    (503, "503"),
    (504, "504"),
    (529, "529"),
];

/// Strictness of actions, DESIGN §4.9.
const STRICTNESS: [&str; 6] = ["block", "mask", "hash", "replace", "report", "off"];

fn strictest(actions: &BTreeSet<&'static str>) -> Option<&'static str> {
    STRICTNESS.into_iter().find(|one| actions.contains(one))
}

pub(in crate::audit) fn micros_since(clock: Instant) -> u64 {
    u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX)
}
