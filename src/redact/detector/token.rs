//! Forms of published tokens: a prefix and what follows it.

use super::text::{Class, Text};
use crate::redact::entity::Entity;

/// One published form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Who gives such keys out; the sub-type of `vendor_api_key`.
    pub(super) vendor: &'static str,
    pub(super) entity: Entity,
    /// The literal it starts with.
    pub(super) prefix: &'static str,
    pub(super) body: &'static [Part],
}

/// A piece of a token after its prefix.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// So many characters of a class, at least and at most.
    Run(Class, usize, usize),
    /// This literal.
    Lit(&'static str),
}

impl Form {
    pub(super) const fn of(
        entity: Entity,
        vendor: &'static str,
        prefix: &'static str,
        body: &'static [Part],
    ) -> Self {
        Self {
            vendor,
            entity,
            prefix,
            body,
        }
    }

    /// A key of a vendor without an entity of its own.
    pub(super) const fn key(
        vendor: &'static str,
        prefix: &'static str,
        body: &'static [Part],
    ) -> Self {
        Self::of(Entity::VendorApiKey, vendor, prefix, body)
    }

    /// Where a token of this form that starts at `at` ends.
    ///
    /// A last part longer than published still belongs to it where the prefix
    /// is long: a random token of another length is more likely than prose.
    pub(super) fn end(&self, text: &Text<'_>, at: usize) -> Option<usize> {
        if !starts_a_word(text, at) {
            return None;
        }
        let mut place = at + self.prefix.len();
        for (number, part) in self.body.iter().enumerate() {
            place = match part {
                Part::Lit(literal) if text.starts(place, literal.as_bytes()) => {
                    place + literal.len()
                }
                Part::Lit(_) => return None,
                Part::Run(class, least, most) => {
                    let end = text.run(place, *class, most + 1);
                    let last = number + 1 == self.body.len();
                    let long = end - place > *most;
                    if end - place < *least || (long && last && !self.is_distinctive()) {
                        return None;
                    }
                    match (long, last) {
                        (true, true) => text.run(place, *class, LONGEST),
                        (true, false) => place + most,
                        (false, _) => end,
                    }
                }
            };
        }
        let goes_on = text.is(place, Class::ALNUM);
        (!goes_on || self.is_distinctive()).then_some(place)
    }

    fn is_distinctive(&self) -> bool {
        self.prefix.len() >= 5 || self.prefix.contains(['_', '-', '.'])
    }
}

/// No token is longer; PyPI's macaroons and 1Password's come near.
pub(super) const LONGEST: usize = 2048;

/// Whether a token may start here: after no letter or digit, or after an
/// escape (`\n`, `%3D`) that ends in one.
pub(super) fn starts_a_word(text: &Text<'_>, at: usize) -> bool {
    if !text.was(at, Class::ALNUM) {
        return true;
    }
    let one = at.wrapping_sub(1);
    if text.before(one) == Some(b'\\') {
        return matches!(text.before(at), Some(b'n' | b'r' | b't'));
    }
    let two = at.wrapping_sub(2);
    text.before(two) == Some(b'%') && text.slice(two, at).iter().all(u8::is_ascii_hexdigit)
}
