//! Metrics to an `ExportMetricsServiceRequest`: cumulative, since the start.

use std::time::Duration;

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::KeyValue,
    metrics::v1::{
        AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint,
        ResourceMetrics, ScopeMetrics, Sum, metric::Data, number_data_point::Value,
    },
};
use prost::Message as _;

use super::{Service, scope, text};
use crate::telemetry::metrics::{Described, Metrics, Points, Spread, Unit};

/// The body of a `POST /v1/metrics`. Times are nanoseconds since the epoch.
#[must_use]
pub fn metrics(metrics: &Metrics, service: &Service, start: u64, now: u64) -> Vec<u8> {
    let span = Span { start, now };
    let all = metrics.read();
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(service.resource()),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(scope()),
                metrics: all.iter().filter_map(|one| span.metric(one)).collect(),
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    }
    .encode_to_vec()
}

/// The time the numbers are about.
struct Span {
    start: u64,
    now: u64,
}

impl Span {
    /// One metric; `None` while it has no series.
    fn metric(&self, one: &Described) -> Option<Metric> {
        let cumulative = AggregationTemporality::Cumulative.into();
        let (empty, data) = match &one.points {
            Points::Counter(series) => {
                let points = series.iter().map(|(labels, count)| {
                    self.number(one, labels, number(*count, false, one.unit))
                });
                let sum = Sum {
                    data_points: points.collect(),
                    aggregation_temporality: cumulative,
                    is_monotonic: true,
                };
                (sum.data_points.is_empty(), Data::Sum(sum))
            }
            Points::Gauge(series) => {
                let points = series.iter().map(|(labels, level)| {
                    let value = number(level.unsigned_abs(), *level < 0, one.unit);
                    self.number(one, labels, value)
                });
                let gauge = Gauge {
                    data_points: points.collect(),
                };
                (gauge.data_points.is_empty(), Data::Gauge(gauge))
            }
            Points::Histogram(bounds, series) => {
                let points = series
                    .iter()
                    .map(|(labels, spread)| self.histogram(one, bounds, labels, spread));
                let histogram = Histogram {
                    data_points: points.collect(),
                    aggregation_temporality: cumulative,
                };
                (histogram.data_points.is_empty(), Data::Histogram(histogram))
            }
        };
        (!empty).then(|| Metric {
            name: one.name.to_owned(),
            description: one.about.to_owned(),
            unit: unit(one.unit),
            data: Some(data),
            ..Metric::default()
        })
    }

    fn number(&self, one: &Described, labels: &[String], value: Value) -> NumberDataPoint {
        NumberDataPoint {
            attributes: attributes(one, labels),
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            value: Some(value),
            ..NumberDataPoint::default()
        }
    }

    fn histogram(
        &self,
        one: &Described,
        bounds: &[u64],
        labels: &[String],
        spread: &Spread,
    ) -> HistogramDataPoint {
        let (counts, sum) = spread;
        HistogramDataPoint {
            attributes: attributes(one, labels),
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            count: counts.iter().sum(),
            sum: Some(decimal(*sum, one.unit)),
            bucket_counts: counts.clone(),
            explicit_bounds: bounds
                .iter()
                .map(|bound| decimal(*bound, one.unit))
                .collect(),
            ..HistogramDataPoint::default()
        }
    }
}

/// Labels without a value are left out, as the conventions ask: `error.type`
/// is absent on success.
fn attributes(one: &Described, labels: &[String]) -> Vec<KeyValue> {
    one.labels
        .iter()
        .zip(labels)
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| text(key, value))
        .collect()
}

/// UCUM, as OpenTelemetry writes it.
fn unit(unit: Unit) -> String {
    match unit {
        Unit::Seconds => "s".to_owned(),
        Unit::Usd => "USD".to_owned(),
        Unit::Bytes => "By".to_owned(),
        Unit::Ratio => "1".to_owned(),
        Unit::Count(name) => format!("{{{name}}}"),
    }
}

fn number(value: u64, negative: bool, unit: Unit) -> Value {
    match unit {
        Unit::Bytes | Unit::Count(_) => {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            Value::AsInt(if negative {
                value.saturating_neg()
            } else {
                value
            })
        }
        Unit::Seconds | Unit::Usd | Unit::Ratio => {
            let value = decimal(value, unit);
            Value::AsDouble(if negative {
                value.copysign(-1.0)
            } else {
                value
            })
        }
    }
}

/// Millionths as a decimal; whole numbers as they are.
fn decimal(value: u64, unit: Unit) -> f64 {
    match unit {
        Unit::Seconds | Unit::Usd | Unit::Ratio => Duration::from_micros(value).as_secs_f64(),
        Unit::Bytes | Unit::Count(_) => Duration::from_secs(value).as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(metrics: &Metrics) -> Vec<Metric> {
        let service = Service {
            instance: "i-1".into(),
            environment: None,
        };
        let bytes = super::metrics(metrics, &service, 1, 2);
        let read = ExportMetricsServiceRequest::decode(bytes.as_slice()).unwrap();
        read.resource_metrics[0].scope_metrics[0].metrics.clone()
    }

    #[test]
    fn nothing_is_sent_of_what_was_never_counted() {
        assert!(read(&Metrics::default()).is_empty());
    }

    #[test]
    fn numbers_arrive_in_the_units_they_are_said_to_have() {
        let metrics = Metrics::default();
        metrics
            .server_duration
            .observe(["POST", "http", "/v1/x", "200", ""], 7_000);
        metrics.decisions.add(["allow", ""], 3);
        metrics.server_active.add(["POST", "http"], -2);
        metrics.cost.add(["p"], 2_500_000);
        let all = read(&metrics);
        let find = |name: &str| all.iter().find(|one| one.name == name).unwrap();
        let Some(Data::Histogram(spread)) = &find("http.server.request.duration").data else {
            panic!("a histogram");
        };
        let point = &spread.data_points[0];
        assert_eq!((point.count, point.sum), (1, Some(0.007)));
        assert_eq!(point.bucket_counts[1], 1);
        assert_eq!(point.explicit_bounds[0], 0.005);
        assert_eq!(point.attributes.len(), 4, "an empty error.type is absent");
        let Some(Data::Sum(sum)) = &find("portcullis.decisions").data else {
            panic!("a sum");
        };
        assert_eq!(sum.data_points[0].value, Some(Value::AsInt(3)));
        let Some(Data::Gauge(gauge)) = &find("http.server.active_requests").data else {
            panic!("a gauge");
        };
        assert_eq!(gauge.data_points[0].value, Some(Value::AsInt(-2)));
        let Some(Data::Sum(cost)) = &find("portcullis.cost").data else {
            panic!("a sum");
        };
        assert_eq!(cost.data_points[0].value, Some(Value::AsDouble(2.5)));
        assert_eq!(find("portcullis.cost").unit, "USD");
    }
}
