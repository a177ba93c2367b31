use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{Method, Request, header, request::Parts};

use super::*;
use crate::{
    policy::{Permit, Policy, settings::GrantSettings},
    primitives::{
        Caller, Capability, Code, CredentialId, CredentialKind, Limits, MasterKey, Operation,
        ProfileName, ProviderName, Refusal, RequestId, Secret, Team, Tenant,
    },
    quota::{Quota, Reservation},
    redact::{Redactor, settings::RedactionSettings},
};
use settings::{CredentialSettings, NoCredential, ProviderSettings};

mod answers;
mod heads;
mod lies;
mod requests;
mod responses;
mod sent;
mod streams;
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
    let base_url = (kind == "openai-compatible").then(|| "https://models.example".into());
    let settings = ProviderSettings {
        base_url,
        ..settings(kind)
    };
    Arc::new(load("it", &settings))
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

pub(super) fn responses(body: &str) -> Result<Call, Refusal> {
    read("openai", &head(Method::POST, "/v1/responses"), body)
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

pub(super) fn caller() -> Caller {
    Caller {
        owner: "a".into(),
        team: Team::new("t").unwrap(),
        tenant: Tenant::new("t").unwrap(),
        credential: CredentialId::new("k1").unwrap(),
        kind: CredentialKind::ApiKey,
    }
}

/// A policy that gives these capabilities for everything.
pub(super) fn policy(allow: &[&str]) -> Policy {
    let grant = GrantSettings {
        name: "g".into(),
        teams: vec!["t".into()],
        callers: Vec::new(),
        models: vec!["it/*".into()],
        allow: Some(allow.iter().map(ToString::to_string).collect()),
        redaction: None,
        limits: None,
    };
    let provider = ProviderName::new("it").unwrap();
    Policy::load(&[grant], &[], &[provider].into()).unwrap()
}

fn proofs(call: &mut Call) -> (Permit, Reservation) {
    let all: Vec<_> = Capability::ALL.iter().map(|one| one.name()).collect();
    let permit = call.decide(&policy(&all), &caller()).unwrap();
    let quota = Quota::new(&Limits::default(), jiff::Timestamp::UNIX_EPOCH);
    let hold = quota
        .reserve(&permit, call.estimate(), &crate::quota::Unpriced)
        .unwrap();
    (permit, hold)
}

/// The redactor of all tests: its detectors are compiled once.
fn redactor() -> &'static Redactor {
    static REDACTOR: OnceLock<Redactor> = OnceLock::new();
    REDACTOR.get_or_init(|| {
        let master = Arc::new(MasterKey::new(&[7; 32]).unwrap());
        let settings = RedactionSettings::default();
        Redactor::load(&settings, master, &Limits::default()).unwrap()
    })
}

/// The request that would be sent for a call, under a redaction profile.
pub(super) fn sent_under(profile: &str, mut call: Call) -> Outbound {
    let (permit, hold) = proofs(&mut call);
    let profile = ProfileName::new(profile).unwrap();
    let clean = redactor().clean(call, &[profile], &caller().tenant);
    Outbound::new(clean.unwrap(), permit, hold)
}

/// The bytes of a call that was decided and edited.
pub(super) fn sent_bytes(call: Call) -> Bytes {
    match call.body {
        call::Body::Edited(bytes) => bytes,
        call::Body::None | call::Body::Read(..) => panic!("not edited"),
    }
}

pub(super) fn sent(call: Call) -> Outbound {
    sent_under("default", call)
}
