//! A record around the gap its place in the chain will fill.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    SCHEMA,
    canonical::{self, Attributes},
    line::Line,
    longest, names,
};
use crate::audit::{TraceIds, hex};

/// What a record is about: one event name each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::audit) enum Event {
    Received,
    Dispatched,
    Started,
    Complete,
    Panic,
    Abandoned,
    StreamOpened,
    StreamClosed,
    Heartbeat,
    ConfigLoaded,
    AdminAction,
    ConnectionRejected,
    FloodSummary,
    KeyRotated,
    DeadLetter,
    /// Not a leaf of the tree: it is about the tree.
    Checkpoint,
}

impl Event {
    pub(in crate::audit) const ALL: [Self; 16] = [
        Self::Received,
        Self::Dispatched,
        Self::Started,
        Self::Complete,
        Self::Panic,
        Self::Abandoned,
        Self::StreamOpened,
        Self::StreamClosed,
        Self::Heartbeat,
        Self::ConfigLoaded,
        Self::AdminAction,
        Self::ConnectionRejected,
        Self::FloodSummary,
        Self::KeyRotated,
        Self::DeadLetter,
        Self::Checkpoint,
    ];

    pub(in crate::audit) const fn name(self) -> &'static str {
        match self {
            Self::Received => "portcullis.audit.request.received",
            Self::Dispatched => "portcullis.audit.request.dispatched",
            Self::Started => "portcullis.audit.response.started",
            Self::Complete => "portcullis.audit.response.complete",
            Self::Panic => "portcullis.audit.panic",
            Self::Abandoned => "portcullis.audit.request.abandoned",
            Self::StreamOpened => "portcullis.audit.stream.opened",
            Self::StreamClosed => "portcullis.audit.stream.closed",
            Self::Heartbeat => "portcullis.audit.heartbeat",
            Self::ConfigLoaded => "portcullis.audit.config.loaded",
            Self::AdminAction => "portcullis.audit.admin.action",
            Self::ConnectionRejected => "portcullis.audit.connection.rejected",
            Self::FloodSummary => "portcullis.audit.flood.summary",
            Self::KeyRotated => "portcullis.audit.key.rotated",
            Self::DeadLetter => "portcullis.audit.delivery.dead_letter",
            Self::Checkpoint => "portcullis.audit.checkpoint",
        }
    }

    /// The event of that name, if there is one.
    pub(in crate::audit) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The name's last words: `portcullis.audit.stage`.
    pub(in crate::audit) fn stage(self) -> &'static str {
        self.name().trim_start_matches("portcullis.audit.")
    }

    /// Whether it is the one record that ends a request.
    pub(in crate::audit) const fn is_terminal(self) -> bool {
        matches!(self, Self::Complete | Self::Panic | Self::Abandoned)
    }
}

/// The process a record comes from, rendered once.
#[derive(Debug)]
pub(in crate::audit) struct Resource(Vec<u8>);

impl Resource {
    /// `service.*` of OpenTelemetry's resource conventions.
    pub(in crate::audit) fn new(instance: &str, environment: Option<&str>) -> Self {
        let mut out = vec![b'{'];
        if let Some(environment) = environment {
            let environment = Line::outside(environment, longest::NAME);
            canonical::member(
                &mut out,
                "deployment.environment.name",
                environment.as_str(),
            );
            out.push(b',');
        }
        let instance = Line::outside(instance, longest::NAME);
        canonical::member(&mut out, "service.instance.id", instance.as_str());
        out.push(b',');
        canonical::member(&mut out, "service.name", "portcullis");
        out.push(b',');
        canonical::member(&mut out, "service.version", env!("CARGO_PKG_VERSION"));
        out.push(b'}');
        Self(out)
    }
}

/// A record that lacks nothing but its place.
#[derive(Debug)]
pub(in crate::audit) struct Draft {
    pub(in crate::audit) event: Event,
    pub(in crate::audit) record: Uuid,
    pub(in crate::audit) request: Option<Uuid>,
    /// The last record of a clean stop.
    pub(in crate::audit) end: bool,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Where a record stands in its stream.
#[derive(Debug, Clone, Copy)]
pub(in crate::audit) struct Place<'a> {
    pub(in crate::audit) stream: Uuid,
    pub(in crate::audit) number: u64,
    pub(in crate::audit) previous_hash: Option<&'a [u8; 32]>,
    pub(in crate::audit) previous_record: Option<Uuid>,
}

impl Draft {
    /// Renders a record of something that happened `at` that time.
    pub(in crate::audit) fn new(
        event: Event,
        request: Option<Uuid>,
        at: Timestamp,
        trace: Option<TraceIds>,
        resource: &Resource,
        attributes: Attributes<'_>,
    ) -> Self {
        let record = Uuid::now_v7();
        let (mut id_text, mut request_text) = (Uuid::encode_buffer(), Uuid::encode_buffer());
        let mut attributes: Attributes<'_> = attributes;
        attributes.text(
            names::RECORD_ID,
            record.hyphenated().encode_lower(&mut id_text),
        );
        attributes.text(names::SCHEMA_VERSION, SCHEMA);
        attributes.text(names::STAGE, event.stage());
        if let Some(request) = request {
            let text = request.hyphenated().encode_lower(&mut request_text);
            attributes.text(names::REQUEST_ID, text);
        }
        let (members, mut after) = attributes.write_around(names::SEQUENCE);
        let mut before = b"{\"attributes\":{".to_vec();
        before.extend_from_slice(&members);
        after.extend_from_slice(b"},");
        finish_envelope(&mut after, event, at, trace, resource);
        Self {
            event,
            record,
            request,
            end: false,
            before,
            after,
        }
    }

    /// Bytes of the record once it is placed, at most.
    pub(in crate::audit) fn size(&self) -> u64 {
        let size = self
            .before
            .len()
            .saturating_add(self.after.len())
            .saturating_add(PLACE_BYTES);
        u64::try_from(size).unwrap_or(u64::MAX)
    }

    /// The record's canonical bytes, at its place.
    pub(in crate::audit) fn placed(&self, place: &Place<'_>) -> Vec<u8> {
        let mut out = self.begun();
        if self.end {
            canonical::string(&mut out, names::SEQUENCE_END);
            out.extend_from_slice(b":true,");
        }
        canonical::string(&mut out, names::SEQUENCE_NUMBER);
        out.push(b':');
        out.extend_from_slice(place.number.to_string().as_bytes());
        out.push(b',');
        if let Some(hash) = place.previous_hash {
            canonical::member(&mut out, names::SEQUENCE_PREVIOUS_HASH, &hex::text(hash));
            out.push(b',');
        }
        if let Some(record) = place.previous_record {
            let mut buffer = Uuid::encode_buffer();
            let record = record.hyphenated().encode_lower(&mut buffer);
            canonical::member(&mut out, names::SEQUENCE_PREVIOUS_RECORD, record);
            out.push(b',');
        }
        self.finished(out, place.stream)
    }

    /// The canonical bytes of a record that is about a stream without having a
    /// place in it.
    pub(in crate::audit) fn aside(&self, stream: Uuid) -> Vec<u8> {
        self.finished(self.begun(), stream)
    }

    fn begun(&self) -> Vec<u8> {
        let size = self.before.len().saturating_add(self.after.len());
        let mut out = Vec::with_capacity(size.saturating_add(PLACE_BYTES));
        out.extend_from_slice(&self.before);
        out.push(b',');
        out
    }

    fn finished(&self, mut out: Vec<u8>, stream: Uuid) -> Vec<u8> {
        let mut buffer = Uuid::encode_buffer();
        let stream = stream.hyphenated().encode_lower(&mut buffer);
        canonical::member(&mut out, names::SEQUENCE_STREAM, stream);
        out.push(b',');
        out.extend_from_slice(&self.after);
        out
    }
}

/// `audit.sequence.*` with its longest values, rounded up.
const PLACE_BYTES: usize = 384;

/// The members after `attributes`, in order.
fn finish_envelope(
    out: &mut Vec<u8>,
    event: Event,
    at: Timestamp,
    trace: Option<TraceIds>,
    resource: &Resource,
) {
    canonical::member(out, "event_name", event.name());
    out.push(b',');
    canonical::member(out, "observed_timestamp", &nanoseconds(Timestamp::now()));
    out.extend_from_slice(b",\"resource\":");
    out.extend_from_slice(&resource.0);
    if let Some(trace) = trace {
        out.push(b',');
        canonical::member(out, "span_id", &hex::text(&trace.span));
    }
    out.push(b',');
    canonical::member(out, "timestamp", &nanoseconds(at));
    if let Some(trace) = trace {
        out.push(b',');
        canonical::member(out, "trace_id", &hex::text(&trace.trace));
    }
    out.push(b'}');
}

fn nanoseconds(at: Timestamp) -> String {
    at.as_nanosecond().max(0).to_string()
}
