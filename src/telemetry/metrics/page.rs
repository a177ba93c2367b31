//! The page for Prometheus: OpenMetrics 1.0 text.
//!
//! Names follow OpenTelemetry's rules for Prometheus: dots become
//! underscores, the unit is a suffix, counters end in `_total`.

use std::fmt::{self, Write};

use super::{Described, Metrics, Points, Unit};

/// What `/metrics` answers with (OpenMetrics 1.0, "Protocol Negotiation").
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl Metrics {
    /// The page as it stands now.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = String::new();
        for one in self.read() {
            // Writing to a string cannot fail.
            let _infallible = family(&mut page, &one);
        }
        page.push_str("# EOF\n");
        page
    }
}

fn family(page: &mut String, one: &Described) -> fmt::Result {
    let name = one.name.replace('.', "_");
    let name = format!(
        "{}{}",
        name.trim_end_matches(suffix(one.unit)),
        suffix(one.unit)
    );
    let kind = match one.points {
        Points::Counter(_) => "counter",
        Points::Gauge(_) => "gauge",
        Points::Histogram(..) => "histogram",
    };
    writeln!(page, "# HELP {name} {}\n# TYPE {name} {kind}", one.about)?;
    let labels = one.labels;
    match &one.points {
        Points::Counter(series) => series.iter().try_for_each(|(values, count)| {
            let value = shown(*count, one.unit);
            writeln!(page, "{name}_total{} {value}", braces(labels, values, None))
        }),
        Points::Gauge(series) => series.iter().try_for_each(|(values, level)| {
            let sign = if *level < 0 { "-" } else { "" };
            let value = shown(level.unsigned_abs(), one.unit);
            writeln!(page, "{name}{} {sign}{value}", braces(labels, values, None))
        }),
        Points::Histogram(bounds, series) => {
            series.iter().try_for_each(|(values, (counts, sum))| {
                let mut below = 0_u64;
                for (place, count) in counts.iter().enumerate() {
                    below = below.saturating_add(*count);
                    let bound = bounds
                        .get(place)
                        .map_or("+Inf".to_owned(), |one_bound| shown(*one_bound, one.unit));
                    writeln!(
                        page,
                        "{name}_bucket{} {below}",
                        braces(labels, values, Some(&bound))
                    )?;
                }
                let labelled = braces(labels, values, None);
                writeln!(
                    page,
                    "{name}_count{labelled} {below}\n{name}_sum{labelled} {}",
                    shown(*sum, one.unit)
                )
            })
        }
    }
}

const fn suffix(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "_seconds",
        Unit::Usd => "_usd",
        Unit::Bytes => "_bytes",
        Unit::Ratio => "_ratio",
        Unit::Count(_) => "",
    }
}

/// The number in the unit readers are told.
fn shown(value: u64, unit: Unit) -> String {
    const MILLION: u64 = 1_000_000;
    match unit {
        Unit::Bytes | Unit::Count(_) => value.to_string(),
        Unit::Seconds | Unit::Usd | Unit::Ratio => {
            let (whole, rest) = (value.div_euclid(MILLION), value.rem_euclid(MILLION));
            let digits = format!("{whole}.{rest:06}");
            let short = digits.trim_end_matches('0').trim_end_matches('.');
            short.to_owned()
        }
    }
}

/// `{a="x",le="1"}`, or nothing where there is no label.
fn braces(labels: &[&str], values: &[String], bound: Option<&str>) -> String {
    let mut all: Vec<String> = labels
        .iter()
        .zip(values)
        .map(|(label, value)| format!("{}=\"{}\"", label.replace('.', "_"), escaped(value)))
        .collect();
    all.extend(bound.map(|bound| format!("le=\"{bound}\"")));
    if all.is_empty() {
        String::new()
    } else {
        format!("{{{}}}", all.join(","))
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_reads_as_operators_expect() {
        let metrics = Metrics::default();
        metrics.server_active.add(["POST", "http"], 1);
        metrics
            .redactions
            .add(["credit_card", "request", "replace"], 2);
        metrics
            .server_duration
            .observe(["POST", "http", "/v1/chat/completions", "200", ""], 7_000);
        metrics.cost.add(["openai"], 1_250_000);
        metrics.spool_free.set([], 250_000);
        metrics.decisions.add(["deny", "a\"b\\c\nd"], 1);
        let page = metrics.page();
        for line in [
            "http_server_active_requests{http_request_method=\"POST\",url_scheme=\"http\"} 1",
            "portcullis_redactions_total{portcullis_entity=\"credit_card\",portcullis_direction=\"request\",portcullis_action=\"replace\"} 2",
            "http_server_request_duration_seconds_bucket{http_request_method=\"POST\",url_scheme=\"http\",http_route=\"/v1/chat/completions\",http_response_status_code=\"200\",error_type=\"\",le=\"0.005\"} 0",
            "http_server_request_duration_seconds_bucket{http_request_method=\"POST\",url_scheme=\"http\",http_route=\"/v1/chat/completions\",http_response_status_code=\"200\",error_type=\"\",le=\"0.01\"} 1",
            "http_server_request_duration_seconds_sum{http_request_method=\"POST\",url_scheme=\"http\",http_route=\"/v1/chat/completions\",http_response_status_code=\"200\",error_type=\"\"} 0.007",
            "portcullis_cost_usd_total{gen_ai_provider_name=\"openai\"} 1.25",
            "portcullis_audit_spool_free_ratio 0.25",
            "portcullis_decisions_total{portcullis_decision=\"deny\",portcullis_decision_reason=\"a\\\"b\\\\c\\nd\"} 1",
        ] {
            assert!(page.contains(&format!("{line}\n")), "{line} in\n{page}");
        }
        assert!(page.ends_with("# EOF\n"));
    }
}
