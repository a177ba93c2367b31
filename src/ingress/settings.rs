//! What a user writes under `listen:`.

use schemars::JsonSchema;
use serde::Deserialize;

/// The ports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenSettings {
    /// Where callers come in.
    pub data: DataListenerSettings,
    /// `/livez`, `/readyz` and `/metrics`, nothing else.
    #[serde(default)]
    pub probes: Option<PlainListenerSettings>,
    /// The administration interface.
    #[serde(default)]
    pub admin: Option<PlainListenerSettings>,
}

/// The callers' port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataListenerSettings {
    /// `address:port`.
    pub address: String,
    /// Names callers may put in `Host`, or the single word `any`. Required off loopback.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Certificate and key, for `https://`.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// PEM file with the chain, leaf first.
    pub certificate: String,
    /// PEM file with the private key.
    pub key: String,
    /// PEM file with the authorities that sign callers' certificates.
    #[serde(default)]
    pub client_ca: Option<String>,
}

/// A port without further settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlainListenerSettings {
    /// `address:port`.
    pub address: String,
}
