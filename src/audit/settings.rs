//! What a user writes under `audit:`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::primitives::ByteSize;

/// Where the record of every request goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditSettings {
    /// The write-ahead ledger on this machine's disk.
    #[serde(default)]
    pub spool: SpoolSettings,
    /// The collector records are delivered to, or `none`.
    pub otlp: OtlpSettings,
}

/// The ledger's place and size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpoolSettings {
    /// Its directory; `audit` below `state_dir` where absent.
    #[serde(default)]
    pub directory: Option<String>,
    /// How large it may grow before requests are refused; 1 GiB where absent.
    #[serde(default)]
    pub max_bytes: Option<ByteSize>,
}

/// Delivery over OTLP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OtlpSettings {
    /// A collector.
    Collector(CollectorSettings),
    /// `none`: records stay in the ledger.
    Word(NoCollector),
}

/// A collector.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectorSettings {
    /// Its base URL.
    pub endpoint: String,
}

/// The word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoCollector {
    /// No delivery.
    None,
}
