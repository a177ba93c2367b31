//! Promises of this room, on bodies of a dialect made up for the purpose.
#![expect(
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that cuts its own text in the wrong place should stop"
)]

mod answers;
mod failures;
mod properties;
mod requests;

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Clean, Cleanable, Detectors, Exchange, Findings, Redactor, Treatment,
    finder::Look,
    profiles::Profiles,
    settings::{ProfileSettings, RedactionSettings},
};
use crate::{
    primitives::{Limits, MasterKey, ProfileName, Refusal, Tenant},
    wire::{
        json::{Bounds, Document, Kind, Node},
        splice::{Edit, Overlap, splice},
    },
};

pub(in crate::redact) const BOUNDS: Bounds = Bounds {
    depth: 64,
    nodes: 200_000,
};

/// A body whose member names say what their values are.
#[derive(Debug)]
pub(in crate::redact) struct Body(pub(in crate::redact) Option<Document>);

pub(in crate::redact) fn body(text: &str) -> Body {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    Body(Some(Document::scan(bytes, BOUNDS).unwrap()))
}

pub(in crate::redact) fn treatment(node: Node<'_>) -> Treatment {
    let free = std::iter::successors(node.parent(), |one| one.parent())
        .any(|one| one.name().is_some_and(|name| name.text() == "input"));
    let name = node.name().map(Node::text).unwrap_or_default();
    match (node.kind(), &*name) {
        (Kind::Name, _) => Treatment::Fixed,
        (_, "id" | "type" | "role" | "count") => Treatment::Opaque,
        (_, "sealed") => Treatment::Signed,
        (_, "enum") => Treatment::Fixed,
        (Kind::String, "args") => Treatment::JsonText,
        _ if free => Treatment::FreeNumber,
        (Kind::Number, _) => Treatment::Fixed,
        _ => Treatment::Text,
    }
}

impl Cleanable for Body {
    fn document(&self) -> Option<&Document> {
        self.0.as_ref()
    }

    fn treatment(&self, node: Node<'_>) -> Treatment {
        treatment(node)
    }

    fn edited(self, mut edits: Vec<Edit>) -> Result<Self, Overlap> {
        let Some(document) = self.0 else {
            return Ok(self);
        };
        let bytes = splice(document.bytes(), &mut edits)?;
        // A body that is no longer strict JSON would be a broken promise.
        Ok(body(std::str::from_utf8(&bytes).unwrap()))
    }
}

impl Body {
    pub(super) fn shown(&self) -> String {
        let bytes = self.0.as_ref().unwrap().bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}

pub(in crate::redact) fn name(text: &str) -> ProfileName {
    ProfileName::new(text).unwrap()
}

pub(in crate::redact) fn tenant(text: &str) -> Tenant {
    Tenant::new(text).unwrap()
}

pub(in crate::redact) fn master() -> Arc<MasterKey> {
    Arc::new(MasterKey::new(&[3; 32]).unwrap())
}

/// A redactor with one profile of its own, called `own`.
pub(in crate::redact) fn redactor(own: ProfileSettings) -> Redactor {
    let settings = RedactionSettings {
        profiles: [("own".to_owned(), own)].into(),
    };
    Redactor::load(&settings, master(), &Limits::default()).unwrap()
}

pub(in crate::redact) fn looking_with(look: impl Look + 'static, limits: &Limits) -> Redactor {
    let profiles = Profiles::load(&RedactionSettings::default()).unwrap();
    Redactor::with(Arc::new(look), profiles, master(), limits)
}

pub(in crate::redact) fn all(action: &str) -> ProfileSettings {
    ProfileSettings {
        all: Some(action.to_owned()),
        ..ProfileSettings::default()
    }
}

/// The redactor without settings, compiled once.
pub(in crate::redact) fn usual() -> &'static Redactor {
    static USUAL: std::sync::OnceLock<Redactor> = std::sync::OnceLock::new();
    USUAL.get_or_init(|| redactor(ProfileSettings::default()))
}

/// Cleans a body by shipped profiles.
pub(in crate::redact) fn clean(text: &str, profiles: &[&str]) -> Result<Clean<Body>, Refusal> {
    let names: Vec<_> = profiles.iter().map(|one| name(one)).collect();
    usual().clean(body(text), &names, &tenant("a"))
}

/// What leaves, and what the way back needs.
pub(in crate::redact) fn sent(text: &str, profiles: &[&str]) -> (String, Exchange, Findings) {
    let (body, exchange, findings) = clean(text, profiles).unwrap().into_parts();
    (body.shown(), exchange, findings)
}

/// What the caller gets of an answer.
pub(in crate::redact) fn answered(exchange: &Exchange, text: &str) -> (String, Findings) {
    let body = body(text);
    let document = body.document().unwrap();
    let (edits, findings) = exchange.answer(document, &treatment).unwrap();
    (body.edited(edits).unwrap().shown(), findings)
}

pub(in crate::redact) fn json(text: &str) -> String {
    format!("\"{}\"", crate::wire::json::escape(text))
}

/// The detectors that ship.
pub(in crate::redact) fn shipped() -> Detectors {
    Detectors::shipped().unwrap()
}

pub(in crate::redact) const MAIL: &str = "ada@example.com";
pub(in crate::redact) const FOREIGN: &str = "eve@turnip-farm.org";
pub(in crate::redact) const CARD: &str = "4111 1111 1111 1111";

/// A key of the documented form that nobody has.
pub(in crate::redact) fn aws() -> String {
    format!("{}{}", "AKIA", "QQ3ZP7MADE5UPKEY")
}

pub(in crate::redact) fn pem() -> String {
    let body = "MIIEowIBAAKCAQEAmadeupmadeupmadeupmadeupmadeupmadeupmadeup12345";
    format!(
        "-----BEGIN {0}-----\n{body}\n{body}\n-----END {0}-----",
        "PRIVATE KEY"
    )
}
