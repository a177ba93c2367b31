//! What stands in for a value: `[EMAIL_ADDRESS_7Q0XK3ZD]`.
//!
//! The tag is an HMAC of the value under the tenant's key, so it is the same
//! whenever the value comes again (prompt caches keep working) and says nothing
//! about it to anybody without the key; two tenants share none.
//!
//! INVARIANT: within one exchange a core names one value. Where eight
//! characters would name two, the later one gets thirteen.

use std::{collections::HashMap, fmt, ops::Range, sync::Arc};

use aws_lc_rs::hmac;

use super::Entity;

/// The digits of Crockford's base 32: no I, L, O, U
/// (<https://www.crockford.com/base32.html>, read 2026-11-24).
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a tag, five bits each (DESIGN decision 4).
pub(super) const SHORT: usize = 8;

/// Characters of the tag of a value whose short one is taken.
pub(super) const LONG: usize = 13;

/// The untagged form, `[EMAIL_ADDRESS]`.
pub(super) fn untagged(entity: Entity) -> String {
    format!("[{}]", entity.placeholder())
}

/// The tagged form, `[EMAIL_ADDRESS_7Q0XK3ZD]`.
pub(super) fn tagged(core: &str) -> String {
    format!("[{core}]")
}

/// One exchange's values and what stands for them.
pub(super) struct Placeholders {
    key: hmac::Key,
    cores: HashMap<(Entity, Box<str>), Arc<str>>,
    taken: HashMap<Arc<str>, Option<Own>>,
}

/// A value that may come back.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Own {
    /// Exactly what the placeholder stands for, decoded.
    pub(super) original: Box<str>,
    /// It was always a number: as a whole string it returns as one.
    pub(super) number: bool,
}

impl Placeholders {
    /// No values yet, under the tenant's key.
    pub(super) fn new(key: hmac::Key) -> Self {
        Self {
            key,
            cores: HashMap::new(),
            taken: HashMap::new(),
        }
    }

    /// The core for a value that is to be restored.
    pub(super) fn restorable(&mut self, entity: Entity, value: &str, number: bool) -> Arc<str> {
        let core = self.core(entity, value);
        let own = self.taken.entry(Arc::clone(&core)).or_default();
        let seen = own.as_ref().is_none_or(|own| own.number);
        *own = Some(Own {
            original: Box::from(value),
            number: number && seen,
        });
        core
    }

    /// The core for a value that stays hidden.
    pub(super) fn core(&mut self, entity: Entity, value: &str) -> Arc<str> {
        if let Some(core) = self.cores.get(&(entity, Box::from(value))) {
            return Arc::clone(core);
        }
        let digest = self.digest(entity, value);
        let mut core = spelled(entity, &digest, SHORT);
        if self.taken.contains_key(core.as_str()) {
            core = spelled(entity, &digest, LONG);
        }
        let core: Arc<str> = Arc::from(core);
        self.taken.insert(Arc::clone(&core), None);
        self.cores
            .insert((entity, Box::from(value)), Arc::clone(&core));
        core
    }

    /// The tagged form of a value of the provider's, which is not kept.
    pub(super) fn foreign(&self, entity: Entity, value: &str) -> String {
        tagged(&spelled(entity, &self.digest(entity, value), SHORT))
    }

    /// What may come back: cores and values.
    pub(super) fn own(&self) -> impl Iterator<Item = (&Arc<str>, &Own)> {
        self.taken
            .iter()
            .filter_map(|(core, own)| Some((core, own.as_ref()?)))
    }

    /// The type is part of what is tagged, and its end is marked: no two pairs
    /// of type and value are one message.
    fn digest(&self, entity: Entity, value: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(entity.name().as_bytes());
        context.update(b"\0");
        context.update(value.as_bytes());
        context.sign()
    }
}

impl fmt::Debug for Placeholders {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Placeholders({} values)", self.cores.len())
    }
}

fn spelled(entity: Entity, digest: &hmac::Tag, length: usize) -> String {
    let mut core = String::from(entity.placeholder());
    core.push('_');
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut bytes = digest.as_ref().iter();
    for _ in 0..length {
        if held < 5 {
            bits = (bits << 8) | u32::from(bytes.next().copied().unwrap_or_default());
            held = held.saturating_add(8);
        }
        held = held.saturating_sub(5);
        let digit = (bits >> held) & 0x1F;
        let digit = usize::try_from(digit).unwrap_or_default();
        core.push(DIGITS.get(digit).copied().map_or('0', char::from));
    }
    core
}

/// Whether nothing but placeholders, ours or not, makes up `range` of `text`:
/// `[TYPE]`, `[TYPE_XXXXXXXX]`, and the ranges in `also`. A type's name or a
/// tag is not a value, whatever a detector makes of it, and neither is the
/// punctuation beside it.
pub(super) fn is_all(text: &str, range: &Range<usize>, also: &[Range<usize>]) -> bool {
    let mut covers = shaped_near(text, range);
    covers.extend_from_slice(also);
    if covers.is_empty() {
        return false;
    }
    let covered = |at: usize| covers.iter().any(|one| one.contains(&at));
    let found = text.get(range.clone()).unwrap_or_default();
    let rest = found
        .char_indices()
        .filter(|(at, one)| one.is_alphanumeric() && !covered(range.start.saturating_add(*at)));
    rest.count() < RESIDUE
}

/// Letters and digits beside a placeholder that make a find worth masking.
const RESIDUE: usize = 4;

/// Things shaped like a placeholder that touch `range`.
fn shaped_near(text: &str, range: &Range<usize>) -> Vec<Range<usize>> {
    let before = text.get(..range.start).unwrap_or_default();
    // A placeholder that begins before the range reaches into it.
    let from = before.rfind('[').unwrap_or(range.start);
    let head = text.get(..range.end).unwrap_or_default();
    let mut shaped = Vec::new();
    for (at, _) in head.match_indices('[').filter(|(at, _)| *at >= from) {
        let inside = text.get(at.saturating_add(1)..).unwrap_or_default();
        let core = inside.split(']').next().unwrap_or_default();
        let end = at.saturating_add(core.len()).saturating_add(2);
        if core.len() < inside.len() && end > range.start && is_core(core) {
            shaped.push(at..end);
        }
    }
    shaped
}

fn is_core(core: &str) -> bool {
    let untagged = |word: &str| Entity::ALL.iter().any(|one| one.placeholder() == word);
    untagged(core)
        || core.rsplit_once('_').is_some_and(|(word, tag)| {
            matches!(tag.len(), SHORT | LONG)
                && tag.bytes().all(|one| DIGITS.contains(&one))
                && untagged(word)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(seed: u8) -> Placeholders {
        Placeholders::new(hmac::Key::new(hmac::HMAC_SHA256, &[seed; 32]))
    }

    #[test]
    fn the_tag_is_the_hmac_of_type_and_value() {
        // python3: hmac.new(b"\x01"*32, b"email_address\0a@b.example", "sha256"),
        // its first 40 bits in Crockford's digits.
        let core = placeholders(1).core(Entity::EmailAddress, "a@b.example");
        assert_eq!(&*core, "EMAIL_ADDRESS_HHRYJSK8");
    }

    #[test]
    fn a_value_has_one_placeholder_per_tenant_and_type() {
        let (mut one, mut again, mut other) = (placeholders(1), placeholders(1), placeholders(2));
        let core = one.core(Entity::EmailAddress, "a@b.example");
        assert_eq!(core, one.core(Entity::EmailAddress, "a@b.example"));
        assert_eq!(core, again.core(Entity::EmailAddress, "a@b.example"));
        assert_ne!(core, other.core(Entity::EmailAddress, "a@b.example"));
        assert_ne!(core, one.core(Entity::EmailAddress, "A@b.example"));
    }

    #[test]
    fn a_tag_that_is_taken_grows() {
        let mut mint = placeholders(1);
        let short = mint.core(Entity::EmailAddress, "a@b.example");
        let mut crowded = placeholders(1);
        crowded.taken.insert(Arc::clone(&short), None);
        let long = crowded.core(Entity::EmailAddress, "a@b.example");
        assert_eq!(long.len(), short.len() + LONG - SHORT);
        assert!(long.starts_with(&*short));
    }

    #[test]
    fn a_value_seen_as_text_returns_as_text() {
        let mut mint = placeholders(1);
        mint.restorable(Entity::CreditCard, "4111111111111111", true);
        assert!(mint.own().all(|(_, own)| own.number));
        mint.restorable(Entity::CreditCard, "4111111111111111", false);
        mint.restorable(Entity::CreditCard, "4111111111111111", true);
        assert!(mint.own().all(|(_, own)| !own.number));
    }

    #[test]
    fn the_shape_of_a_placeholder_is_known() {
        let core = placeholders(1).core(Entity::Password, "hunter2!");
        let text = format!("password: [{core}]. [PASSWORD] [PASSWORD_hunter2!] [x");
        let all = |word: &str| {
            let start = text.find(word).unwrap();
            is_all(&text, &(start..start + word.len()), &[])
        };
        assert!(all(&core));
        assert!(all(&format!("[{core}].")));
        assert!(all("[PASSWORD]"));
        assert!(!all("[PASSWORD_hunter2!]"));
        assert!(!all(&format!("password: [{core}]")));
        assert!(!all("x"));
    }
}
