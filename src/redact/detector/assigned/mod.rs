//! Values assigned to something named like a secret: `API_KEY=…`,
//! `"password": "…"`, `<token>…</token>`, `--password …`.
//!
//! The anchor is what stands between name and value. The name decides how much
//! a value has to look like one: a password may be any word, a `key` must look
//! random.

mod key;
mod value;
mod word;

use super::{
    found::{Candidate, Found},
    shape,
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};
use key::Strength;
use value::Value;

pub(super) use word::read as read_word;

/// `at` is the last character of an operator: `=`, `:`, `>`.
pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let Some(name) = key::before(text, at) else {
        return;
    };
    let after = at + 1;
    if text.is(after, key::OPERATOR) {
        return;
    }
    let left = after;
    if let Some(value) = value::after(text, after, text.before(after) == Some(b'>')) {
        judge(text, &name, &value, found);
    }
    found.settle(text, left);
}

/// `at` is a quote with a blank or a bracket before it: `password "…"`,
/// `("TOKEN", "…")`.
pub(super) fn read_quoted(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    if !text.was(at, Class::SPACE) && text.before(at) != Some(b',') {
        return;
    }
    let Some(name) = key::before_quote(text, at) else {
        return;
    };
    if let Some(value) = value::after(text, at, false) {
        judge(text, &name, &value, found);
    }
    found.settle(text, at);
}

fn judge(text: &Text<'_>, name: &key::Key, value: &Value, found: &mut Found<'_>) {
    let bytes = text.slice(value.start, value.end);
    let strength = name.strength;
    let holds = match strength {
        Strength::Password => is_password(name, value, bytes),
        Strength::Secret => is_secret(name, value, bytes),
        Strength::Key => is_key(value, bytes),
    };
    if !holds {
        return;
    }
    let entity = match strength {
        Strength::Password => Entity::Password,
        Strength::Secret | Strength::Key => Entity::GenericSecret,
    };
    let sure = if shape::is_random(bytes) {
        Confidence::HIGH
    } else {
        Confidence::LIKELY
    };
    let one = Candidate::new(value.start..value.end, entity, sure);
    found.offer(match name.vendor() {
        Some(vendor) if strength != Strength::Password && vendor.fits(bytes) => {
            let subtype = (vendor.entity == Entity::VendorApiKey).then_some(vendor.name);
            Candidate {
                entity: vendor.entity,
                subtype,
                ..one
            }
        }
        _ => one,
    });
}

/// Any text in quotes; outside of them what code would not write there.
fn is_password(name: &key::Key, value: &Value, bytes: &[u8]) -> bool {
    if bytes.len() < 3 || shape::is_placeholder(bytes) || value::is_keyword(bytes) {
        return false;
    }
    if value.quoted {
        // A sentence about passwords, or a caption.
        let blanks = bytes.iter().filter(|byte| **byte == b' ').count();
        return blanks <= 1 && !name.repeats(bytes);
    }
    let odd = bytes.iter().any(u8::is_ascii_digit) || bytes.iter().any(u8::is_ascii_punctuation);
    let plain = bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte));
    let written = name.environment || (value.closed && !name.spaced);
    let digits = bytes.iter().any(u8::is_ascii_digit);
    let likely = written || (odd && !plain) || name.configured || (digits && value.closed);
    !value.is_code && !name.is_named(bytes) && bytes.len() >= 4 && likely
}

/// Eight characters that are no word of a program.
fn is_secret(name: &key::Key, value: &Value, bytes: &[u8]) -> bool {
    if bytes.len() < 8 || value.is_code || shape::is_placeholder(bytes) || bytes.contains(&b' ') {
        return false;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let said = value.quoted || name.environment || name.configured;
    let long = bytes.len() >= 16 && (name.environment || !value::is_identifier(bytes));
    // Hexadecimal in an order nobody draws, and plain numbers.
    let counted = bytes.len() >= 15
        && digits * 2 >= bytes.len()
        && bytes.iter().all(u8::is_ascii_alphanumeric);
    shape::is_random(bytes)
        || shape::is_mixed(bytes)
        || counted
        || is_padded(bytes)
        || (said && digits >= 3 && !value::is_sentence(bytes))
        || (said && long && shape::distinct(bytes) > 2 && !value::is_sentence(bytes))
}

fn is_key(value: &Value, bytes: &[u8]) -> bool {
    let plain = !value.is_code && !shape::is_placeholder(bytes);
    bytes.len() >= 12 && plain && (shape::is_random(bytes) || is_padded(bytes))
}

/// Base64 that ends in `=`.
fn is_padded(bytes: &[u8]) -> bool {
    bytes.len() >= 12
        && bytes.len().is_multiple_of(4)
        && bytes.ends_with(b"=")
        && bytes.iter().all(|byte| Class::BASE64.has(*byte))
}
