//! A record that was read back.

use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    hex,
    record::names,
    tree::{self, Hash},
};

/// One record: its exact bytes, and what they say.
#[derive(Debug, Clone)]
pub struct Entry {
    bytes: Vec<u8>,
    members: Members,
}

#[derive(Debug, Clone, Deserialize)]
struct Members {
    event_name: String,
    timestamp: String,
    observed_timestamp: String,
    #[serde(default)]
    resource: Map<String, Value>,
    #[serde(default)]
    trace_id: Option<String>,
    #[serde(default)]
    span_id: Option<String>,
    attributes: Map<String, Value>,
}

impl Entry {
    /// Reads a record; `None` where the bytes are not one.
    #[must_use]
    pub fn parse(bytes: Vec<u8>) -> Option<Self> {
        let members = serde_json::from_slice(&bytes).ok()?;
        Some(Self { bytes, members })
    }

    /// The record as it was written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What happened.
    #[must_use]
    pub fn event_name(&self) -> &str {
        &self.members.event_name
    }

    /// When, in nanoseconds since 1970.
    #[must_use]
    pub fn nanoseconds(&self) -> u64 {
        self.members.timestamp.parse().unwrap_or(0)
    }

    /// When the ledger took it, in nanoseconds since 1970.
    #[must_use]
    pub fn observed_nanoseconds(&self) -> u64 {
        self.members.observed_timestamp.parse().unwrap_or(0)
    }

    /// Trace and span, in hex.
    #[must_use]
    pub fn trace(&self) -> Option<(&str, &str)> {
        self.members
            .trace_id
            .as_deref()
            .zip(self.members.span_id.as_deref())
    }

    /// All attributes.
    #[must_use]
    pub const fn attributes(&self) -> &Map<String, Value> {
        &self.members.attributes
    }

    /// What the record says of the process it comes from.
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&str> {
        self.members.resource.get(name)?.as_str()
    }

    pub(super) const fn resources(&self) -> &Map<String, Value> {
        &self.members.resource
    }

    /// An attribute that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.attributes.get(name)?.as_str()
    }

    /// An attribute that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.members.attributes.get(name)?.as_u64()
    }

    /// An attribute that is true or false.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.members.attributes.get(name)?.as_bool()
    }

    /// The record's own id.
    #[must_use]
    pub fn record_id(&self) -> Option<Uuid> {
        self.text(names::RECORD_ID)?.parse().ok()
    }

    /// The request it is about.
    #[must_use]
    pub fn request_id(&self) -> Option<Uuid> {
        self.text(names::REQUEST_ID)?.parse().ok()
    }

    /// The stream it is in.
    #[must_use]
    pub fn stream(&self) -> Option<Uuid> {
        self.text(names::SEQUENCE_STREAM)?.parse().ok()
    }

    /// Its number there, from 1.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.number(names::SEQUENCE_NUMBER)
    }

    /// The hash of the record before it in its stream.
    pub(super) fn previous_hash(&self) -> Option<Hash> {
        hex::array(self.text(names::SEQUENCE_PREVIOUS_HASH)?)
    }

    /// Its own hash.
    pub(super) fn leaf(&self) -> Hash {
        tree::leaf(&self.bytes)
    }
}
