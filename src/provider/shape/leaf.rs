//! What one leaf is, once its rule is known.

use super::{Rule, When, words::is_base64};
use crate::{
    primitives::{Code, Refusal},
    redact::Treatment,
    wire::json::{Kind, Node},
};

/// Strings are text, numbers what the surroundings say.
pub(super) fn by_kind(node: Node<'_>, numbers: Treatment) -> Treatment {
    match node.kind() {
        Kind::String => Treatment::Text,
        Kind::Number => numbers,
        Kind::Object | Kind::Array | Kind::Name | Kind::True | Kind::False | Kind::Null => {
            Treatment::Opaque
        }
    }
}

pub(super) const fn number(rule: Rule) -> Treatment {
    match rule {
        Rule::Number | Rule::Count | Rule::Numbers | Rule::TextOrToken => Treatment::Opaque,
        Rule::Free => Treatment::FreeNumber,
        Rule::Group
        | Rule::Text
        | Rule::JsonText
        | Rule::Fixed
        | Rule::Word
        | Rule::Blob
        | Rule::Signed
        | Rule::Flag
        | Rule::Url
        | Rule::Kinds(_)
        | Rule::Schema
        | Rule::Refused => Treatment::Fixed,
    }
}

/// A leaf of a schema: what a validator compares is not replaced.
pub(super) fn keyword(node: Node<'_>) -> Treatment {
    let bound = node.name().is_some_and(|name| {
        let name = name.text();
        BOUNDS.contains(&&*name)
    });
    match node.kind() {
        Kind::String => Treatment::Fixed,
        Kind::Number if bound => Treatment::Opaque,
        Kind::Number => Treatment::Fixed,
        Kind::Object | Kind::Array | Kind::Name | Kind::True | Kind::False | Kind::Null => {
            Treatment::Opaque
        }
    }
}

/// JSON Schema 2020-12, validation vocabulary: keywords whose value is a number.
const BOUNDS: [&str; 13] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minContains",
    "maxContains",
];

pub(super) fn holds(when: When, node: Node<'_>) -> bool {
    match when {
        When::Present => node.kind() != Kind::Null,
        When::True => node.kind() == Kind::True,
        When::Numeric => node.kind() == Kind::Number,
        When::AboveOne => node.kind() == Kind::Number && !matches!(node.raw(), "0" | "1"),
        When::Is(word) => node.kind() == Kind::String && node.text() == word,
        When::Outside(kinds) => node.kind() == Kind::Object && !is_of(node.parent(), kinds),
        When::Filled => match node.kind() {
            Kind::Object | Kind::Array => node.items().next().is_some(),
            Kind::String => !node.raw().is_empty(),
            Kind::Number | Kind::True => true,
            Kind::Name | Kind::False | Kind::Null => false,
        },
    }
}

/// Whether an object says that it is one of these.
pub(super) fn is_of(object: Option<Node<'_>>, kinds: &[&str]) -> bool {
    let kind = object.and_then(|one| one.get("type"));
    kind.is_some_and(|one| one.kind() == Kind::String && kinds.contains(&&*one.text()))
}

/// Whether a signature, or the ciphertext of the same, stands beside a text.
/// What is no base64 is none: its provider would refuse it.
pub(super) fn is_signed(node: Node<'_>) -> bool {
    let beside = |name: &str| node.parent().and_then(|one| one.get(name));
    let seals = ["signature", "encrypted_content"].into_iter();
    seals
        .filter_map(beside)
        .any(|seal| seal.kind() == Kind::String && !seal.raw().is_empty() && is_base64(seal.raw()))
}

/// Whether a value has the type its row says. `null` stands for absent.
pub(super) fn typed(rule: Rule, node: Node<'_>, name: &str) -> Result<(), Refusal> {
    let (fits, should) = match rule {
        Rule::Number => (node.kind() == Kind::Number, "a number"),
        Rule::Count => (is_count(node), "a whole number, zero or more"),
        Rule::Flag => (
            matches!(node.kind(), Kind::True | Kind::False),
            "true or false",
        ),
        Rule::Group
        | Rule::Text
        | Rule::TextOrToken
        | Rule::JsonText
        | Rule::Fixed
        | Rule::Word
        | Rule::Blob
        | Rule::Signed
        | Rule::Url
        | Rule::Kinds(_)
        | Rule::Free
        | Rule::Schema
        | Rule::Numbers
        | Rule::Refused => return Ok(()),
    };
    if fits || node.kind() == Kind::Null {
        return Ok(());
    }
    let sentence = format!("`{name}` must be {should}");
    Err(Refusal::new(Code::InvalidField, sentence))
}

/// At most 18 digits: more would not fit the counters of any provider.
fn is_count(node: Node<'_>) -> bool {
    let raw = node.raw();
    node.kind() == Kind::Number && raw.len() <= 18 && raw.bytes().all(|byte| byte.is_ascii_digit())
}
