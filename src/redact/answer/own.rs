//! Finding this exchange's own placeholders again, however a model spells them.
//!
//! Models change case, drop the brackets, and escape what Markdown gives a
//! meaning. All of that is tolerated, and only against this exchange's own map:
//! a look-alike that names nothing stays as it is (DESIGN decision 4).
//!
//! A spelling is `[CORE]` with both brackets, either of them perhaps behind a
//! backslash, or the bare core between things that are no letter or digit. One
//! bracket alone belongs to somebody else: a list, a Markdown link.

use std::{collections::HashSet, fmt, ops::Range};

use aho_corasick::{AhoCorasick, MatchKind};

use super::super::placeholder::{Own, Placeholders};

/// The values of one exchange that may come back.
pub(crate) struct OwnValues {
    /// Sorted by core.
    entries: Vec<(Box<str>, Own)>,
    /// Tags, in the order of the entries; `None` where there are none.
    tags: Option<AhoCorasick>,
    /// The values as they were sent.
    values: HashSet<Box<str>>,
    numbers: bool,
    longest: usize,
}

/// A placeholder that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnMatch {
    pub(super) range: Range<usize>,
    entry: usize,
}

impl OwnValues {
    /// Nothing comes back.
    pub(crate) fn none() -> Self {
        Self {
            entries: Vec::new(),
            values: HashSet::new(),
            tags: None,
            numbers: false,
            longest: 0,
        }
    }

    /// What an exchange's requests replaced.
    pub(crate) fn new(placeholders: &Placeholders) -> Self {
        let mut entries: Vec<(Box<str>, Own)> = placeholders
            .own()
            .map(|(core, own)| (Box::from(&**core), own.clone()))
            .collect();
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        let tags = entries.iter().map(|(core, _)| tag(core));
        let tags = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(tags)
            .ok()
            .filter(|_| !entries.is_empty());
        Self {
            values: entries
                .iter()
                .map(|(_, own)| own.original.clone())
                .collect(),
            numbers: entries.iter().any(|(_, own)| own.number),
            // Every `_` and both brackets may have a backslash before them.
            longest: entries
                .iter()
                .map(|(core, _)| core.len().saturating_mul(2))
                .max()
                .unwrap_or_default()
                .saturating_add(4),
            entries,
            tags,
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether a whole string may have to become a number.
    pub(super) const fn has_numbers(&self) -> bool {
        self.numbers
    }

    pub(super) fn value(&self, found: &OwnMatch) -> Option<&Own> {
        self.entries.get(found.entry).map(|(_, own)| own)
    }

    /// Whether the text is one of the values as it was sent.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.values.contains(text)
    }

    /// Whether one of the values begins like this.
    pub(super) fn may_become(&self, start: &str) -> bool {
        self.values.iter().any(|value| value.starts_with(start))
    }

    /// The placeholders in `text` that begin at `from` or later, in order.
    /// What stands before `from` is only looked at.
    pub(super) fn find(&self, text: &str, from: usize) -> Vec<OwnMatch> {
        let Some(tags) = &self.tags else {
            return Vec::new();
        };
        let mut found: Vec<OwnMatch> = tags
            .find_overlapping_iter(text)
            .filter(|tag| tag.end() > from)
            .filter_map(|tag| {
                let entry = tag.pattern().as_usize();
                let range = self.spelled(text, entry, tag.start()..tag.end())?;
                (range.start >= from).then_some(OwnMatch { range, entry })
            })
            .collect();
        found.sort_by_key(|one| (one.range.start, usize::MAX.saturating_sub(one.range.end)));
        let mut end = 0;
        found.retain(|one| {
            let free = one.range.start >= end;
            end = end.max(one.range.end);
            free
        });
        found
    }

    /// The whole spelling around a tag.
    fn spelled(&self, text: &str, entry: usize, tag: Range<usize>) -> Option<Range<usize>> {
        let (core, _) = self.entries.get(entry)?;
        let bytes = text.as_bytes();
        let mut start = tag.start;
        let before = |at: usize| at.checked_sub(1).and_then(|at| bytes.get(at).copied());
        for expected in core
            .get(..core.len().checked_sub(tag.len())?)?
            .bytes()
            .rev()
        {
            if !before(start)?.eq_ignore_ascii_case(&expected) {
                return None;
            }
            start = start.checked_sub(1)?;
            if expected == b'_' && before(start) == Some(b'\\') {
                start = start.checked_sub(1)?;
            }
        }
        let rest = text.get(tag.end..)?;
        let close = closing(rest);
        if before(start) == Some(b'[')
            && let Some(close) = close
        {
            let open = start.checked_sub(1)?;
            let open = open.saturating_sub(usize::from(before(open) == Some(b'\\')));
            return Some(open..tag.end.checked_add(close)?);
        }
        let free = |one: Option<char>| one.is_none_or(|one| !one.is_alphanumeric());
        let bare = free(text.get(..start)?.chars().next_back()) && free(rest.chars().next());
        bare.then_some(start..tag.end)
    }

    /// Where in `text`, at `from` or later, a placeholder may begin whose end
    /// has not come yet; the text's length where there is none.
    pub(super) fn open(&self, text: &str, from: usize) -> usize {
        if self.is_empty() {
            return text.len();
        }
        let window = text.len().saturating_sub(self.longest).max(from);
        let window = text.ceil_char_boundary(window.min(text.len()));
        let tail = text.get(window..).unwrap_or_default();
        let mut before = text.get(..window).and_then(|head| head.chars().next_back());
        for (at, one) in tail.char_indices() {
            let start = !before.is_some_and(char::is_alphanumeric) || matches!(one, '[' | '\\');
            if start && self.may_grow(tail.get(at..).unwrap_or_default()) {
                return window.saturating_add(at);
            }
            before = Some(one);
        }
        text.len()
    }

    /// Whether some continuation of `text` is a placeholder, and `text` alone
    /// is not yet, or may be a shorter one than it becomes.
    fn may_grow(&self, text: &str) -> bool {
        let unescaped = text.strip_prefix('\\').unwrap_or(text);
        let (inside, bracket) = match unescaped.strip_prefix('[') {
            Some(inside) => (inside, true),
            None => (unescaped, false),
        };
        if inside.is_empty() {
            return true;
        }
        if !bracket && unescaped.len() < text.len() {
            return false;
        }
        let Some(start) = folded(inside) else {
            return false;
        };
        let at = self.entries.partition_point(|(core, _)| **core < *start);
        self.entries
            .get(at)
            .is_some_and(|(core, _)| core.starts_with(&start))
    }
}

impl fmt::Debug for OwnValues {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "OwnValues({})", self.entries.len())
    }
}

/// The part of a core behind its last `_`.
fn tag(core: &str) -> &str {
    core.rsplit('_').next().unwrap_or_default()
}

/// Bytes of a closing bracket at the start of `rest`.
fn closing(rest: &str) -> Option<usize> {
    if rest.starts_with(']') {
        Some(1)
    } else if rest.starts_with("\\]") {
        Some(2)
    } else {
        None
    }
}

/// A core or its beginning in upper case without backslashes; `None` where it
/// has a character no core has. A backslash at the end may belong to a `_` or
/// a `]` that is still to come.
fn folded(inside: &str) -> Option<String> {
    let mut out = String::with_capacity(inside.len());
    let mut bytes = inside.bytes().peekable();
    while let Some(one) = bytes.next() {
        match one {
            b'\\' if matches!(bytes.peek(), None | Some(b'_')) => {}
            b'_' => out.push('_'),
            one if one.is_ascii_alphanumeric() => out.push(char::from(one.to_ascii_uppercase())),
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "the texts are ASCII")]
mod tests {
    use aws_lc_rs::hmac;

    use super::*;
    use crate::redact::Entity;

    fn own() -> (OwnValues, String) {
        let mut all = Placeholders::new(hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]));
        let core = all.restorable(Entity::EmailAddress, "a@b.example", false);
        all.restorable(Entity::AwsAccessKey, "other", false);
        (OwnValues::new(&all), core.to_string())
    }

    fn found(text: &str) -> Vec<String> {
        let (own, _) = own();
        let found = own.find(text, 0);
        found
            .iter()
            .map(|one| text[one.range.clone()].to_owned())
            .collect()
    }

    #[test]
    fn spellings_of_models_are_tolerated() {
        let (_, core) = own();
        let lower = core.to_lowercase();
        let slashed = core.replace('_', "\\_");
        for (text, spelled) in [
            (format!("a [{core}] b"), format!("[{core}]")),
            (format!("x[{lower}]y"), format!("[{lower}]")),
            (format!("\"{core}\""), core.clone()),
            (format!("**{lower}**"), lower.clone()),
            (format!("\\[{slashed}\\]"), format!("\\[{slashed}\\]")),
            (format!("[{core}, 1]"), core.clone()),
            (format!("[\"{core}\"]"), core.clone()),
            (core.clone(), core.clone()),
        ] {
            assert_eq!(found(&text), [spelled], "{text}");
        }
    }

    #[test]
    fn look_alikes_stay() {
        let (_, core) = own();
        let other = core.replace("EMAIL", "MAIL");
        for text in [
            format!("x{core}"),
            format!("{core}x"),
            format!("é{core}"),
            format!("{core}0"),
            format!("[{other}]"),
            core[..core.len() - 1].to_owned(),
            core.replace('_', "-"),
        ] {
            assert!(found(&text).is_empty(), "{text}");
        }
    }

    #[test]
    fn every_beginning_of_a_spelling_is_held() {
        let (own, core) = own();
        for spelled in [
            format!("[{core}]"),
            core.to_lowercase(),
            format!("\\[{}\\]", core.replace('_', "\\_")),
        ] {
            for cut in 1..spelled.len() {
                let text = format!("say {}", &spelled[..cut]);
                assert_eq!(own.open(&text, 0), 4, "{text}");
            }
        }
        assert_eq!(own.open("nothing here", 0), "nothing here".len());
        assert_eq!(
            own.open("say email_addresses", 0),
            "say email_addresses".len()
        );
    }
}
