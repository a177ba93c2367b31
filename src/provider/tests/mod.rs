use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, header, request::Parts};

use super::*;
use crate::primitives::{
    Capability, Code, Limits, Operation, ProviderName, Refusal, RequestId, Secret,
};
use settings::{CredentialSettings, NoCredential, ProviderSettings};

mod answers;
mod heads;
mod requests;
mod sent;
mod traffic;

/// What a test writes under `providers:`.
pub(super) fn settings(kind: &str) -> ProviderSettings {
    ProviderSettings {
        kind: kind.into(),
        base_url: None,
        allow_networks: Vec::new(),
        credential: CredentialSettings::Word(NoCredential::None),
        default: false,
        organization: None,
        project: None,
        ca_file: None,
        insecure_plain_http: None,
    }
}

pub(super) fn load(name: &str, settings: &ProviderSettings) -> Upstream {
    let credential = Some(Secret::new("upstream-canary".into()));
    let today = jiff::civil::date(2026, 11, 24);
    Upstream::load(
        ProviderName::new(name).unwrap(),
        settings,
        credential,
        today,
    )
    .unwrap()
}

pub(super) fn upstream(kind: &str) -> Arc<Upstream> {
    Arc::new(load("it", &settings(kind)))
}

/// A head with a JSON body announced.
pub(super) fn head(method: Method, path_and_query: &str) -> Parts {
    let request = Request::builder()
        .method(method)
        .uri(format!("/it{path_and_query}"))
        .header(header::CONTENT_TYPE, "application/json");
    request.body(()).unwrap().into_parts().0
}

/// Everything the gateway does with a request before it asks policy.
pub(super) fn read(kind: &str, parts: &Parts, body: &str) -> Result<Call, Refusal> {
    let upstream = upstream(kind);
    let path = parts.uri.path().strip_prefix("/it").unwrap();
    let endpoint = upstream.endpoint(&parts.method, path)?;
    upstream.check_head(endpoint, parts)?;
    let body = Bytes::copy_from_slice(body.as_bytes());
    upstream.read(endpoint, parts, body, &Limits::default())
}

pub(super) fn chat(body: &str) -> Result<Call, Refusal> {
    read("openai", &head(Method::POST, "/v1/chat/completions"), body)
}

pub(super) fn embed(body: &str) -> Result<Call, Refusal> {
    read("openai", &head(Method::POST, "/v1/embeddings"), body)
}

pub(super) fn messages(body: &str) -> Result<Call, Refusal> {
    read("anthropic", &head(Method::POST, "/v1/messages"), body)
}

pub(super) fn code<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> Code {
    answer.unwrap_err().code()
}

/// Capabilities as a configuration writes them.
pub(super) fn needs(call: &Call) -> Vec<&'static str> {
    call.capabilities().iter().map(Capability::name).collect()
}
