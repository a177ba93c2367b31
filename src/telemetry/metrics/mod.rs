//! What is counted: names, units, labels and buckets of TELEMETRY §2, in one table.
//!
//! Two readers share the series: the page for Prometheus on the probes port,
//! and the push over OTLP. A library that owned the series would serve one of
//! them and have to be fed twice for the other.
//!
//! Labels are closed sets: operations, statuses, codes, entities, configured
//! providers and the models grants name. No key, user or path.

mod page;
mod series;

use std::fmt;

pub use page::CONTENT_TYPE;
use series::Buckets;
pub use series::{Counter, Gauge, Histogram, OTHER};

/// Milliseconds in the unit seconds are kept in.
const MS: u64 = 1_000;

/// HTTP durations (OpenTelemetry HTTP metrics, semantic conventions 1.44).
const HTTP: &[u64] = &[
    5 * MS,
    10 * MS,
    25 * MS,
    50 * MS,
    75 * MS,
    100 * MS,
    250 * MS,
    500 * MS,
    750 * MS,
    1_000 * MS,
    2_500 * MS,
    5_000 * MS,
    7_500 * MS,
    10_000 * MS,
];

/// Durations of model operations (OpenTelemetry GenAI metrics, 1.41).
const MODEL: &[u64] = &[
    10 * MS,
    20 * MS,
    40 * MS,
    80 * MS,
    160 * MS,
    320 * MS,
    640 * MS,
    1_280 * MS,
    2_560 * MS,
    5_120 * MS,
    10_240 * MS,
    20_480 * MS,
    40_960 * MS,
    81_920 * MS,
];

/// Tokens (OpenTelemetry GenAI metrics, 1.41).
const TOKENS: &[u64] = &[
    1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
    67_108_864,
];

/// What the gateway itself adds: 0.1 ms to 0.1 s.
const OVERHEAD: &[u64] = &[
    100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 100_000,
];

/// Commits of the ledger: 0.1 ms to 1 s.
const COMMIT: &[u64] = &[
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
];

/// In which unit a number is kept, and what readers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Kept in microseconds, shown in seconds.
    Seconds,
    /// Kept in micro-dollars, shown in US dollars.
    Usd,
    /// Bytes.
    Bytes,
    /// A whole number of things; the name in braces as OpenTelemetry has it.
    Count(&'static str),
    /// Kept in millionths, shown as a ratio.
    Ratio,
}

/// One line of the table, as readers see it.
#[derive(Debug)]
pub struct Described {
    /// The OpenTelemetry name.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What it says.
    pub about: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// Its series.
    pub points: Points,
}

/// Counts between a histogram's bounds, the last one beyond all of them, and
/// the sum of all values.
pub type Spread = (Vec<u64>, u64);

/// Series read at one moment: label values, then the value.
#[derive(Debug)]
pub enum Points {
    /// Sums that only grow.
    Counter(Vec<(Vec<String>, u64)>),
    /// Levels.
    Gauge(Vec<(Vec<String>, i64)>),
    /// Bounds; for each series the counts between them and the sum.
    Histogram(&'static [u64], Vec<(Vec<String>, Spread)>),
}

/// Declares the metrics: a field each, and one list for the readers.
macro_rules! metrics {
    ($($(#[doc = $about:literal])+ $field:ident: $kind:ident<$n:literal> $(($bounds:ident))? = $name:literal, $unit:expr, [$($label:literal),*];)*) => {
        /// The gateway's metrics. One method call on a field records.
        pub struct Metrics {
            $($(#[doc = $about])+ pub $field: $kind<$n>,)*
        }

        impl Default for Metrics {
            fn default() -> Self {
                Self { $($field: metrics!(@new $kind $(($bounds))?),)* }
            }
        }

        impl Metrics {
            /// Every metric as it stands now, in the order of the table.
            #[must_use]
            pub fn read(&self) -> Vec<Described> {
                vec![$(Described {
                    name: $name,
                    unit: $unit,
                    about: concat!($($about),+).trim_ascii(),
                    labels: { const LABELS: [&str; $n] = [$($label),*]; &LABELS },
                    points: self.$field.points(),
                },)*]
            }
        }
    };
    (@new Histogram ($bounds:ident)) => { Histogram::new($bounds) };
    (@new $kind:ident) => { $kind::default() };
}

metrics! {
    /// Time from a request's head to the end of its answer.
    server_duration: Histogram<5>(HTTP) = "http.server.request.duration", Unit::Seconds, ["http.request.method", "url.scheme", "http.route", "http.response.status_code", "error.type"];
    /// Requests being served.
    server_active: Gauge<2> = "http.server.active_requests", Unit::Count("request"), ["http.request.method", "url.scheme"];
    /// Time of one request to an upstream.
    client_duration: Histogram<5>(HTTP) = "http.client.request.duration", Unit::Seconds, ["http.request.method", "server.address", "server.port", "http.response.status_code", "error.type"];
    /// Time of one operation of a model, retries included.
    operation_duration: Histogram<7>(MODEL) = "gen_ai.client.operation.duration", Unit::Seconds, ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "server.address", "server.port", "error.type"];
    /// Tokens as the provider counted them.
    tokens: Histogram<7>(TOKENS) = "gen_ai.client.token.usage", Unit::Count("token"), ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "server.address", "server.port", "gen_ai.token.type"];
    /// Time to the first event of a streamed answer.
    first_chunk: Histogram<6>(MODEL) = "gen_ai.client.operation.time_to_first_chunk", Unit::Seconds, ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "server.address", "server.port"];
    /// Requests by decision and reason.
    decisions: Counter<2> = "portcullis.decisions", Unit::Count("request"), ["portcullis.decision", "portcullis.decision.reason"];
    /// Values found, by what they are and what was done.
    redactions: Counter<3> = "portcullis.redactions", Unit::Count("value"), ["portcullis.entity", "portcullis.direction", "portcullis.action"];
    /// Requests over a limit.
    rate_rejections: Counter<1> = "portcullis.ratelimit.rejections", Unit::Count("request"), ["portcullis.scope"];
    /// Requests to upstreams, by how they ended.
    attempts: Counter<1> = "portcullis.upstream.attempts", Unit::Count("attempt"), ["portcullis.outcome"];
    /// What answers cost.
    cost: Counter<1> = "portcullis.cost", Unit::Usd, ["gen_ai.provider.name"];
    /// Time a request spent in the gateway itself.
    overhead: Histogram<0>(OVERHEAD) = "portcullis.overhead.duration", Unit::Seconds, [];
    /// What runs: always 1.
    build: Gauge<1> = "portcullis.build.info", Unit::Count(""), ["service.version"];
    /// Connections that ended before they had a request.
    connections_rejected: Counter<1> = "portcullis.connections.rejected", Unit::Count("connection"), ["error.type"];
    /// Reads of a changed configuration, by how they ended.
    reloads: Counter<1> = "portcullis.config.reloads", Unit::Count("reload"), ["portcullis.outcome"];
    /// Settings in force that weaken a control.
    insecure: Gauge<1> = "portcullis.insecure.settings", Unit::Count("setting"), ["portcullis.setting"];
    /// Most bytes of text held back by one stream.
    held: Gauge<0> = "portcullis.stream.held.max", Unit::Bytes, [];
    /// Records written to the ledger.
    audit_records: Counter<1> = "portcullis.audit.records", Unit::Count("record"), ["portcullis.audit.stage"];
    /// Bytes of the ledger on disk.
    spool_bytes: Gauge<0> = "portcullis.audit.spool.bytes", Unit::Bytes, [];
    /// Part of the ledger's size that is free.
    spool_free: Gauge<0> = "portcullis.audit.spool.free_ratio", Unit::Ratio, [];
    /// Age of the oldest record that was not delivered.
    oldest_unacked: Gauge<0> = "portcullis.audit.spool.oldest_unacked.age", Unit::Seconds, [];
    /// Time a group of records took to be on disk.
    commit: Histogram<0>(COMMIT) = "portcullis.audit.commit.duration", Unit::Seconds, [];
    /// Records a collector has accepted since the ledger began.
    delivered: Gauge<0> = "portcullis.audit.export.records", Unit::Count("record"), [];
    /// Deliveries that were tried again since the start.
    export_retries: Gauge<0> = "portcullis.audit.export.retries", Unit::Count("retry"), [];
    /// Records no collector would take, since the ledger began.
    dead_letters: Gauge<0> = "portcullis.audit.dead_letter.records", Unit::Count("record"), [];
    /// Requests refused because they could not be recorded.
    admission_rejections: Counter<0> = "portcullis.audit.admission.rejections", Unit::Count("request"), [];
    /// Age of the last signed checkpoint.
    checkpoint_age: Gauge<0> = "portcullis.audit.checkpoint.age", Unit::Seconds, [];
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Metrics")
    }
}

impl<const N: usize> Counter<N> {
    fn points(&self) -> Points {
        use std::sync::atomic::Ordering::Relaxed;
        Points::Counter(self.0.snapshot(|one| one.load(Relaxed)))
    }
}

impl<const N: usize> Gauge<N> {
    fn points(&self) -> Points {
        use std::sync::atomic::Ordering::Relaxed;
        Points::Gauge(self.0.snapshot(|one| one.load(Relaxed)))
    }
}

impl<const N: usize> Histogram<N> {
    fn points(&self) -> Points {
        Points::Histogram(self.bounds, self.family.snapshot(Buckets::read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names are an interface: dashboards and alerts are written to them.
    #[test]
    fn names_labels_and_bounds_are_as_published() {
        let metrics = Metrics::default();
        let mut lines = String::new();
        for one in metrics.read() {
            let bounds = match one.points {
                Points::Histogram(bounds, _) => format!("{bounds:?}"),
                Points::Counter(_) | Points::Gauge(_) => String::new(),
            };
            lines.push_str(&format!(
                "{} {:?} {:?} {bounds}\n",
                one.name, one.unit, one.labels
            ));
        }
        let published = include_str!("names.txt");
        assert_eq!(
            lines, published,
            "a changed name breaks somebody's dashboard"
        );
    }
}
