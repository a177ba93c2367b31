//! What the counters learn from a request.

use std::{sync::Arc, time::Instant};

use http::{Method, StatusCode};

use crate::{
    ingress::Arrival,
    primitives::{MicroUsd, Refusal, RequestId},
    provider::{AnswerFacts, Call, Return},
    redact::Findings,
    telemetry::{
        Metrics, OTHER,
        events::{RequestEnded, RequestRefused},
    },
};

/// One request as the counters see it. Dropped early, the caller went away.
pub(super) struct Measured {
    metrics: Arc<Metrics>,
    request: RequestId,
    began: Instant,
    method: &'static str,
    scheme: &'static str,
    route: &'static str,
    operation: &'static str,
    error: &'static str,
    ended: bool,
}

impl Measured {
    pub(super) fn begin(metrics: &Arc<Metrics>, arrival: &Arrival) -> Self {
        let method = known(&arrival.head.method);
        let scheme = if arrival.tls.is_some() {
            "https"
        } else {
            "http"
        };
        metrics.server_active.add([method, scheme], 1);
        Self {
            metrics: Arc::clone(metrics),
            request: arrival.request,
            began: arrival.received.clock,
            method,
            scheme,
            route: OTHER,
            operation: OTHER,
            error: "",
            ended: false,
        }
    }

    /// The route was found.
    pub(super) const fn route(&mut self, route: &'static str) {
        self.route = route;
    }

    /// The request was read.
    pub(super) fn called(&mut self, call: &Call) {
        self.operation = call.endpoint().operation.name();
    }

    /// The answer was read.
    pub(super) fn answered(&self, back: &Return, found: &Findings, facts: &AnswerFacts) {
        for (direction, findings) in [("request", &back.findings), ("response", found)] {
            for (entity, action, many) in findings.iter() {
                let labels = [entity.name(), direction, action.name()];
                self.metrics.redactions.add(labels, many);
            }
        }
        let Some(usage) = facts.usage else { return };
        let ([operation, provider, model, answered, address], port) = labels(self.operation, back);
        for (kind, count) in [("input", usage.input), ("output", usage.output)] {
            let labels = [operation, provider, model, answered, address, &port, kind];
            self.metrics.tokens.observe(labels, count.0);
        }
    }

    /// What the answer cost.
    pub(super) fn cost(&self, kind: &str, cost: MicroUsd) {
        self.metrics.cost.add([kind], cost.0);
    }

    /// The request was refused.
    pub(super) fn refused(&mut self, refusal: &Refusal) {
        self.error = refusal.code().error_type();
        self.metrics
            .decisions
            .add(["deny", refusal.code().name()], 1);
        if self.error == "rate_limited" || self.error == "budget_exceeded" {
            self.metrics.rate_rejections.add([refusal.code().name()], 1);
        }
        RequestRefused {
            request: self.request,
            refusal,
        }
        .emit();
    }

    /// The last event of a streamed answer is ready.
    pub(super) fn streamed(&mut self, status: StatusCode) {
        if self.error.is_empty() {
            self.metrics.decisions.add(["allow", ""], 1);
        }
        self.close(Some(status));
    }

    /// The answer is ready.
    pub(super) fn end(mut self, status: StatusCode) {
        if self.error.is_empty() {
            self.metrics.decisions.add(["allow", ""], 1);
        }
        self.close(Some(status));
    }

    fn close(&mut self, status: Option<StatusCode>) {
        self.ended = true;
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.metrics
            .server_active
            .add([self.method, self.scheme], -1);
        let shown = status.as_ref().map_or("", StatusCode::as_str);
        let labels = [self.method, self.scheme, self.route, shown, self.error];
        self.metrics.server_duration.observe(labels, micros);
        RequestEnded {
            request: self.request,
            status: status.map_or(0, |status| status.as_u16()),
            operation: self.operation,
            micros,
        }
        .emit();
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        if !self.ended {
            self.close(None);
        }
    }
}

/// The labels of a model's metrics.
fn labels<'a>(operation: &'a str, back: &'a Return) -> ([&'a str; 5], String) {
    let origin = back.upstream.origin();
    let model = back
        .permit
        .listed_model()
        .map_or(OTHER, |model| model.as_str());
    // what answered is a caller's word no more than what was asked for
    let labels = [operation, back.upstream.kind(), model, model, &origin.host];
    (labels, origin.port.to_string())
}

/// A method of the closed set, or `_OTHER` (OpenTelemetry HTTP conventions).
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];
    let same = |one: &&&str| **one == method.as_str();
    KNOWN.iter().find(same).copied().unwrap_or(OTHER)
}
