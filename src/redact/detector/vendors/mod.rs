//! Keys in the published form of their vendor.
//!
//! The prefixes of all forms are one automaton. It runs over runs of token
//! characters that are long enough to hold a key, not over the text: those are
//! a small part of any prompt.

mod business;
mod cloud;
mod forges;
mod messages;
mod models;
pub(super) mod named;
mod payments;
mod platforms;
mod watch;

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use super::{
    found::{Candidate, Found},
    jwt, pem, shape,
    shaped::MARKS,
    text::{Class, Text},
    token::{Form, Part},
};
use crate::redact::entity::{Confidence, Entity};

/// The published form of our own keys; `identity` says the same.
pub const PORTCULLIS_KEY: &str = r"\bpc_[a-z0-9]{16}_[A-Za-z0-9]{42}\b";

/// Shortest run that can hold a key or begin one: `-----BEGIN`.
pub(super) const SHORTEST: usize = 10;
/// In runs longer than any value, a prefix counts if an anchor stands this
/// near behind it.
pub(super) const NEAR: usize = 32;

const LISTS: &[&[Form]] = &[
    business::FORMS,
    cloud::FORMS,
    forges::FORMS,
    messages::FORMS,
    models::FORMS,
    payments::FORMS,
    platforms::FORMS,
    watch::FORMS,
];

const OWN: Form = Form::key(
    "portcullis",
    "pc_",
    &[
        Part::Run(Class::LOWER.or(Class::DIGIT), 16, 16),
        Part::Lit("_"),
        Part::Run(Class::ALNUM, 42, 42),
    ],
);

/// All forms behind one automaton of their prefixes.
#[derive(Debug)]
pub(super) struct Vendors {
    forms: Vec<&'static Form>,
    prefixes: AhoCorasick,
}

impl Vendors {
    pub(super) fn new() -> Result<Self, BuildError> {
        let forms: Vec<&Form> = LISTS.iter().copied().flatten().chain([&OWN]).collect();
        let marks = MARKS.iter().map(|mark| mark.literal);
        let patterns = forms
            .iter()
            .map(|form| form.prefix)
            .chain(marks)
            .chain([jwt::PREFIX, pem::PREFIX]);
        let prefixes = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(patterns)?;
        Ok(Self { forms, prefixes })
    }

    /// Reads a run of token characters, or a piece of a `long` one. Returns the end
    /// of a value that reaches further than the run, such as a key in armour.
    pub(super) fn read(
        &self,
        text: &Text<'_>,
        start: usize,
        end: usize,
        long: bool,
        found: &mut Found<'_>,
    ) -> usize {
        // A prefix that has not arrived in full is part of the text's last run.
        let run = text.slice(start, text.ahead(end, NEAR));
        let mut done = start;
        for hit in self.prefixes.find_overlapping_iter(run) {
            let at = start + hit.start();
            // In a piece of a longer run, only what an anchor stands near to:
            // another piece would see no other.
            let near = !long || {
                let near = text.slice(at, text.ahead(at, NEAR));
                near.iter().any(|byte| super::sweep::ANCHOR.has(*byte))
            };
            if at >= end || !near {
                found.settle(text, at);
                continue;
            }
            let number = hit.pattern().as_usize();
            // What stands inside a key is part of it.
            if at < done {
                continue;
            }
            if let Some(form) = self.forms.get(number) {
                done = offer(form, text, at, found).unwrap_or(done);
            } else if let Some(mark) = MARKS.get(number - self.forms.len()) {
                mark.read(text, at, found);
            } else {
                let jwt = hit.end() - hit.start() == jwt::PREFIX.len();
                let end = if jwt {
                    jwt::read(text, at, found)
                } else {
                    pem::read(text, at, found)
                };
                done = end.unwrap_or(done);
            }
        }
        done
    }
}

/// Returns the end of a key that was taken.
fn offer(form: &Form, text: &Text<'_>, at: usize, found: &mut Found<'_>) -> Option<usize> {
    // A short prefix is also the start of words.
    let sound = |end: &usize| {
        form.prefix.len() > 4
            || form.entity != Entity::VendorApiKey
            || shape::is_random(text.slice(at, *end))
    };
    let end = form.end(text, at).filter(sound);
    if let Some(end) = end {
        let one = Candidate::new(at..end, form.entity, Confidence::CERTAIN);
        let named = form.entity == Entity::VendorApiKey;
        found.offer(if named { one.of(form.vendor) } else { one });
    }
    found.settle(text, at);
    end.filter(|_| found.wanted.takes(form.entity, Confidence::CERTAIN))
}

/// The names of all vendors whose keys are known by prefix or by name.
pub(super) fn names() -> BTreeSet<&'static str> {
    let marked = MARKS.iter().map(|mark| mark.vendor);
    let named = named::NAMED.iter().map(|one| one.name);
    LISTS
        .iter()
        .copied()
        .flatten()
        .map(|form| form.vendor)
        .chain(marked)
        .chain(named)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::detector::testing::{assert_finds, assert_nothing, found};

    #[test]
    fn a_key_of_letters_alone_is_found() {
        let key = format!("AKIA{}", "QYLPMNHHHFPZAMXB");
        assert_finds(
            &format!("it is {key} as far as we know today"),
            Entity::AwsAccessKey,
            &key,
        );
    }

    #[test]
    fn a_key_behind_an_escape_or_an_operator_is_found() {
        let key = format!("ghp_{}", "h7Yt2mQx9LpR4sWvB8nKcD3fGjZa6TeUoX1i");
        for text in [
            format!("a\\n{key}"),
            format!("?t=%3D{key}&"),
            format!("k={key};"),
        ] {
            assert_finds(&text, Entity::GithubToken, &key);
        }
        assert_nothing(&format!("x{key}"), Entity::GithubToken);
    }

    #[test]
    fn our_own_keys_are_found_like_any_other() {
        let key = format!(
            "pc_{}_{}",
            "k3y1d0f16charsxx",
            "A1b2C3d4E5".repeat(4) + "F6"
        );
        let found = found(&format!("my key is {key}."));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].subtype, Some("portcullis"));
        assert_eq!(found[0].range, 10..10 + key.len());
    }
}
