//! Spans to an `ExportTraceServiceRequest`.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{ResourceSpans, ScopeSpans, Span as Message, Status, span, status::StatusCode},
};
use prost::Message as _;

use super::{Service, attribute, scope};
use crate::telemetry::trace::{Span, SpanKind};

/// The body of a `POST /v1/traces`.
#[must_use]
pub fn spans(spans: &[Span], service: &Service) -> Vec<u8> {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(service.resource()),
            scope_spans: vec![ScopeSpans {
                scope: Some(scope()),
                spans: spans.iter().map(message).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec()
}

fn message(one: &Span) -> Message {
    let kind = match one.kind {
        SpanKind::Internal => span::SpanKind::Internal,
        SpanKind::Server => span::SpanKind::Server,
        SpanKind::Client => span::SpanKind::Client,
    };
    let links = one.link.iter().map(|(trace, id)| span::Link {
        trace_id: trace.0.to_vec(),
        span_id: id.0.to_vec(),
        ..span::Link::default()
    });
    Message {
        trace_id: one.trace.0.to_vec(),
        span_id: one.id.0.to_vec(),
        parent_span_id: one.parent.map(|id| id.0.to_vec()).unwrap_or_default(),
        name: one.name.clone().into_owned(),
        kind: kind.into(),
        start_time_unix_nano: one.start,
        end_time_unix_nano: one.end,
        attributes: one
            .attributes
            .iter()
            .map(|(key, value)| attribute(key, value))
            .collect(),
        links: links.collect(),
        status: one.failed.then(|| Status {
            code: StatusCode::Error.into(),
            ..Status::default()
        }),
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::trace::{SpanId, TraceId, Value};

    #[test]
    fn a_span_arrives_as_it_was_made() {
        let (trace, id, parent) = (TraceId::new(), SpanId::new(), SpanId::new());
        let span = Span {
            trace,
            id,
            parent: Some(parent),
            link: Some((TraceId([1; 16]), SpanId([2; 8]))),
            kind: SpanKind::Client,
            name: "chat m".into(),
            start: 5,
            end: 9,
            attributes: vec![
                ("gen_ai.operation.name", Value::Text("chat".into())),
                ("gen_ai.usage.input_tokens", Value::Number(7)),
                (
                    "gen_ai.response.finish_reasons",
                    Value::Texts(vec!["stop".into()]),
                ),
            ],
            failed: true,
        };
        let service = Service {
            instance: "i-1".into(),
            environment: Some("test".into()),
        };
        let bytes = super::spans(&[span], &service);
        let read = ExportTraceServiceRequest::decode(bytes.as_slice()).unwrap();
        let group = &read.resource_spans[0];
        let resource = group.resource.as_ref().unwrap();
        assert_eq!(resource.attributes.len(), 4);
        let got = &group.scope_spans[0].spans[0];
        assert_eq!(got.trace_id, trace.0);
        assert_eq!(got.span_id, id.0);
        assert_eq!(got.parent_span_id, parent.0);
        assert_eq!((got.name.as_str(), got.kind), ("chat m", 3));
        assert_eq!(got.attributes.len(), 3);
        assert_eq!(got.links[0].trace_id, [1; 16]);
        assert_eq!(got.status.as_ref().unwrap().code, 2);
    }
}
