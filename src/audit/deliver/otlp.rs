//! A record as an OTLP log record.
//!
//! The exact bytes go along in `log.record.original`: collectors may add and
//! rename attributes, and the record can still be proven. Everything else is
//! for searching.

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, any_value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber},
    resource::v1::Resource,
};
use prost::Message as _;
use serde_json::{Map, Value};

use crate::audit::{
    entry::Entry,
    hex,
    record::{Event, SCHEMA, names},
};

/// One request with these records, in their order.
pub(super) fn request<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<u8> {
    let mut resource_logs: Vec<ResourceLogs> = Vec::new();
    let mut current: Option<&Map<String, Value>> = None;
    for entry in entries {
        if current != Some(entry.resources()) {
            resource_logs.push(resource(entry.resources()));
            current = Some(entry.resources());
        }
        let scope = resource_logs
            .last_mut()
            .and_then(|last| last.scope_logs.last_mut());
        if let Some(scope) = scope {
            scope.log_records.push(log_record(entry));
        }
    }
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

/// Bytes of a record in a request, about.
pub(super) fn size(entry: &Entry) -> usize {
    log_record(entry).encoded_len().saturating_add(16)
}

fn resource(members: &Map<String, Value>) -> ResourceLogs {
    ResourceLogs {
        resource: Some(Resource {
            attributes: attributes(members),
            ..Resource::default()
        }),
        scope_logs: vec![ScopeLogs {
            scope: Some(InstrumentationScope {
                name: "portcullis.audit".to_owned(),
                version: SCHEMA.to_owned(),
                ..InstrumentationScope::default()
            }),
            ..ScopeLogs::default()
        }],
        ..ResourceLogs::default()
    }
}

fn log_record(entry: &Entry) -> LogRecord {
    let mut all = attributes(entry.attributes());
    let original = String::from_utf8_lossy(entry.bytes()).into_owned();
    all.push(attribute("log.record.original", text(original)));
    let id = entry.text(names::RECORD_ID).unwrap_or_default().to_owned();
    all.push(attribute("log.record.uid", text(id)));
    let (trace, span) = entry.trace().unwrap_or_default();
    LogRecord {
        time_unix_nano: entry.nanoseconds(),
        observed_time_unix_nano: entry.observed_nanoseconds(),
        severity_number: severity(entry).into(),
        event_name: entry.event_name().to_owned(),
        attributes: all,
        trace_id: hex::array::<16>(trace).map(Vec::from).unwrap_or_default(),
        span_id: hex::array::<8>(span).map(Vec::from).unwrap_or_default(),
        ..LogRecord::default()
    }
}

/// TELEMETRY §3: 17 for our own failures, 13 where something was denied or
/// redacted, 9 for the rest.
fn severity(entry: &Entry) -> SeverityNumber {
    let event = Event::from_name(entry.event_name());
    let failed = matches!(
        event,
        Some(Event::Panic | Event::Abandoned | Event::DeadLetter)
    ) || entry
        .number(names::STATUS)
        .is_some_and(|status| status >= 500);
    let decision = entry.text(names::DECISION);
    let denied = decision.is_some_and(|decision| decision != "allow");
    if failed {
        SeverityNumber::Error
    } else if denied || event == Some(Event::FloodSummary) {
        SeverityNumber::Warn
    } else {
        SeverityNumber::Info
    }
}

fn attributes(members: &Map<String, Value>) -> Vec<KeyValue> {
    members
        .iter()
        .map(|(name, value)| attribute(name, any(value)))
        .collect()
}

fn attribute(name: &str, value: AnyValue) -> KeyValue {
    KeyValue {
        key: name.to_owned(),
        value: Some(value),
        ..KeyValue::default()
    }
}

fn text(text: String) -> AnyValue {
    AnyValue {
        value: Some(any_value::Value::StringValue(text)),
    }
}

/// Records have no floating point numbers, no objects and no nulls in them.
fn any(value: &Value) -> AnyValue {
    let value = match value {
        Value::Bool(flag) => Some(any_value::Value::BoolValue(*flag)),
        Value::Number(number) => number.as_i64().map(any_value::Value::IntValue),
        Value::String(text) => Some(any_value::Value::StringValue(text.clone())),
        Value::Array(all) => Some(any_value::Value::ArrayValue(ArrayValue {
            values: all.iter().map(any).collect(),
        })),
        Value::Null | Value::Object(_) => None,
    };
    AnyValue { value }
}
