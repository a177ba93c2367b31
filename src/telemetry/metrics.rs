//! Counters and histograms, names and buckets of TELEMETRY §2.
//!
//! Labels are closed sets: operations, status codes, refusal codes, entities,
//! configured providers. No model, key, user or path, so that no caller can
//! grow the page (THREATS AUD-08).

use std::sync::atomic::AtomicI64;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Bucket bounds of HTTP durations, in seconds (OpenTelemetry HTTP metrics,
/// semantic conventions 1.44).
const HTTP_SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    operation: &'static str,
    provider: String,
    status: u16,
    error_type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    decision: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RedactionLabels {
    entity: &'static str,
    direction: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    provider: String,
    token_type: &'static str,
}

/// How a request ended, for the counters.
#[derive(Debug)]
pub struct Ended<'a> {
    /// The operation, or `_OTHER`.
    pub operation: &'static str,
    /// The configured provider, or `_OTHER`.
    pub provider: &'a str,
    /// The status sent.
    pub status: u16,
    /// `error.type`, empty on success.
    pub error_type: &'static str,
    /// `allow` or `deny`.
    pub decision: &'static str,
    /// The refusal's code, empty on success.
    pub reason: &'static str,
    /// Seconds from head to end.
    pub seconds: f64,
}

/// The gateway's metrics, in a registry of their own.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    duration: Family<RequestLabels, Histogram, fn() -> Histogram>,
    active: Gauge<i64, AtomicI64>,
    decisions: Family<DecisionLabels, Counter>,
    redactions: Family<RedactionLabels, Counter>,
    tokens: Family<TokenLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let duration: Family<RequestLabels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(HTTP_SECONDS));
        let (active, decisions) = (Gauge::default(), Family::default());
        let (redactions, tokens) = (Family::default(), Family::default());
        registry.register_with_unit(
            "http_server_request_duration",
            "Time from a request's head to the end of its answer",
            Unit::Seconds,
            duration.clone(),
        );
        registry.register(
            "http_server_active_requests",
            "Requests being served",
            active.clone(),
        );
        registry.register(
            "portcullis_decisions",
            "Requests by decision and reason",
            decisions.clone(),
        );
        registry.register(
            "portcullis_redactions",
            "Values found by entity and direction",
            redactions.clone(),
        );
        registry.register(
            "portcullis_tokens",
            "Tokens as the provider counted them",
            tokens.clone(),
        );
        Self {
            registry,
            duration,
            active,
            decisions,
            redactions,
            tokens,
        }
    }
}

impl Metrics {
    /// A request has begun.
    pub fn begin(&self) {
        self.active.inc();
    }

    /// A request has ended.
    pub fn end(&self, ended: &Ended<'_>) {
        self.active.dec();
        let labels = RequestLabels {
            operation: ended.operation,
            provider: ended.provider.to_owned(),
            status: ended.status,
            error_type: ended.error_type,
        };
        self.duration.get_or_create(&labels).observe(ended.seconds);
        let labels = DecisionLabels {
            decision: ended.decision,
            reason: ended.reason,
        };
        self.decisions.get_or_create(&labels).inc();
    }

    /// Values of one kind were found. `direction` is `request` or `response`.
    pub fn found(&self, entity: &'static str, direction: &'static str, many: u64) {
        self.redactions
            .get_or_create(&RedactionLabels { entity, direction })
            .inc_by(many);
    }

    /// A provider counted tokens. `token_type` is `input` or `output`.
    pub fn used(&self, provider: &str, token_type: &'static str, many: u64) {
        let labels = TokenLabels {
            provider: provider.to_owned(),
            token_type,
        };
        self.tokens.get_or_create(&labels).inc_by(many);
    }

    /// The page for `/metrics`, in the OpenMetrics text format.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = String::new();
        // Writing to a string cannot fail.
        let _infallible = encode(&mut page, &self.registry);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_names_operators_expect() {
        let metrics = Metrics::default();
        metrics.begin();
        metrics.found("credit_card", "request", 2);
        metrics.used("openai", "input", 7);
        metrics.end(&Ended {
            operation: "chat",
            provider: "openai",
            status: 200,
            error_type: "",
            decision: "allow",
            reason: "",
            seconds: 0.01,
        });
        let page = metrics.page();
        for line in [
            "http_server_active_requests 0",
            "http_server_request_duration_seconds_count{operation=\"chat\",provider=\"openai\",status=\"200\",error_type=\"\"} 1",
            "portcullis_redactions_total{entity=\"credit_card\",direction=\"request\"} 2",
            "portcullis_tokens_total{provider=\"openai\",token_type=\"input\"} 7",
        ] {
            assert!(page.contains(line), "{line} in\n{page}");
        }
    }
}
