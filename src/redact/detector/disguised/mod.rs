//! Values in disguise: encoded once or twice, cut by markup or line breaks,
//! spaced out, written backwards.
//!
//! A stretch that may be a disguise is undone into a [`View`], which is swept
//! like any text; what is found there is masked where it came from. Stretches
//! are bounded and each is undone once, at its first anchor or around each cut,
//! so time stays linear; a value that takes more room than [`LONGEST`] in its disguise is not
//! found.

mod cut;
mod encoded;
mod escaped;

use std::ops::Range;

use super::{
    Detectors,
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::{
    entity::{Confidence, Entity, Group},
    fold::View,
};

/// Longest stretch that is undone.
const LONGEST: usize = 512;
/// How far before its anchor a stretch may begin.
const BEFORE: usize = 200;

impl Detectors {
    /// A run of token characters: base64 or hexadecimal of something.
    pub(super) fn encoded(&self, text: &Text<'_>, start: usize, end: usize, found: &mut Found<'_>) {
        if found.depth > 0
            && let Some((decoded, end)) = encoded::decode(text, start, end)
        {
            let inner = self.inner(decoded.as_bytes(), 0, found);
            if let Some(best) = strongest(inner) {
                found.offer(Candidate {
                    start,
                    end,
                    documented_example: false,
                    ..best
                });
            }
        }
        found.settle(text, start);
    }

    /// `at` is the first character of an escape: `%40`, `&#64;`, `=40`.
    pub(super) fn escaped(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) {
        if found.depth == 0 {
            return;
        }
        let (start, view) = escaped::undo(text, at);
        let whole = view.as_ref().map(|view| (view, 0..view.bytes().len()));
        self.undone(text, start, whole, at, found);
    }

    /// `at` is where something may cut a value in two.
    pub(super) fn cut(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) {
        if found.depth == 0 {
            return;
        }
        if let Some(joined) = cut::join(text, at) {
            let (start, stretch) = (joined.start, joined.stretch);
            self.undone(text, start, Some((&joined.view, stretch)), at, found);
        }
        found.settle(text, at.saturating_sub(cut::AROUND));
    }

    /// `at` may be part of `s p a c e d  o u t` text.
    pub(super) fn spaced(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) {
        if found.depth > 0
            && let Some((start, view)) = cut::close_up(text, at)
        {
            let whole = 0..view.bytes().len();
            self.undone(text, start, Some((&view, whole)), at, found);
        }
        found.settle(text, cut::spaced_start(text, at));
    }

    /// `at` is the mark that turns text round.
    pub(super) fn turned(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) {
        let end = text.run(at + 1, Class::NOT_LINE.without(Class::TURN), LONGEST);
        let mut turned: Vec<u8> = text.slice(at + 1, end).to_vec();
        turned.reverse();
        if found.depth > 0
            && turned.is_ascii()
            && let Some(best) = strongest(self.inner(&turned, 0, found))
        {
            found.offer(Candidate {
                start: at,
                end,
                documented_example: false,
                ..best
            });
        }
        found.settle(text, at);
    }

    /// Sweeps a part of a view of the text at `start`; offers what spans the
    /// place that was undone.
    fn undone(
        &self,
        text: &Text<'_>,
        start: usize,
        view: Option<(&View<'_>, Range<usize>)>,
        at: usize,
        found: &mut Found<'_>,
    ) {
        if let Some((view, part)) = view {
            let bytes = view.bytes().get(..part.end).unwrap_or_default();
            for one in self.inner(bytes, part.start, found) {
                let range = view.original_range(one.start, one.end);
                let (from, until) = (range.start + start, range.end + start);
                let spans = from <= at && at < until || view.is_escaped(one.start, one.end);
                let least = match one.entity.group() {
                    Group::Names => Confidence::HIGH,
                    Group::Secrets | Group::PersonalData => Confidence::LIKELY,
                };
                if spans && one.confidence >= least {
                    found.offer(Candidate {
                        start: from,
                        end: until,
                        ..one
                    });
                }
            }
        }
        found.settle(text, start);
    }

    /// Sweeps what was undone from `from` on; that counts as work on the text.
    fn inner(&self, bytes: &[u8], from: usize, found: &mut Found<'_>) -> Vec<Candidate> {
        let mut inner = Found::new(found.wanted, found.depth.saturating_sub(1));
        self.sweep_from(bytes, from, &mut inner);
        found.undone += bytes.len().saturating_sub(from) + inner.undone;
        inner.candidates
    }
}

/// Where spaced-out text at the end of a text starts.
pub(super) fn spaced_tail(text: &Text<'_>) -> usize {
    cut::spaced_start(text, text.len())
}

/// The surest, if one is sure enough to speak for a whole stretch.
fn strongest(candidates: Vec<Candidate>) -> Option<Candidate> {
    candidates
        .into_iter()
        .filter(|one| one.confidence >= Confidence::LIKELY || one.entity == Entity::PersonName)
        .max_by_key(|one| one.confidence)
}

#[cfg(test)]
mod tests {
    use super::super::{
        ENCODING_LEVELS, OutOfTime, Wanted,
        found::Found,
        testing::{assert_finds, found, shipped},
        text::READ,
    };
    use crate::redact::entity::Entity::{CreditCard, EmailAddress, PhoneNumber};

    /// Bytes read and bytes undone for a text.
    fn work(text: &str) -> (usize, usize) {
        let wanted = Wanted::with_names();
        let mut found = Found::new(&wanted, ENCODING_LEVELS);
        READ.set(0);
        shipped()
            .sweep(text.as_bytes(), 0, false, &mut || true, &mut found)
            .expect("time");
        (READ.get(), found.undone)
    }

    #[test]
    fn work_grows_with_the_text_and_no_faster() {
        for part in [
            "<b>",
            "1<b>",
            "a1<b></b>",
            "1%41**",
            "<!-- x -->1",
            "1\n",
            "1\r\n",
            "1\\n",
            "a@b<b>",
            "%41",
            "&#64;",
            "=41",
            "1 ",
            "1\" + \"",
            "a1**",
            "\u{e}1",
            "YW5hLmx1ekBjb250b3Nv ",
        ] {
            let (little, _) = work(&part.repeat(1_000 / part.len()));
            let long = part.repeat(4_000 / part.len());
            let (much, undone) = work(&long);
            assert!(much < little * 6, "{part:?}: {little} bytes, then {much}");
            assert!(undone <= long.len() * 48, "{part:?}: {undone} undone");
        }
    }

    #[test]
    fn lines_of_a_table_and_a_log_cost_little_to_join() {
        for line in [
            "198.51.100.7 - - [28/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5123\n",
            "1042,ana.luz@contoso.com,2026-11-04,12 Harbour Street,415-555-2671\n",
        ] {
            let text = line.repeat(100);
            let (_, undone) = work(&text);
            assert!(undone < text.len(), "{line:?}: {undone} of {}", text.len());
        }
    }

    #[test]
    fn work_inside_a_short_text_can_be_stopped() {
        let text = "a1<b></b>".repeat(400);
        let mut asked = 0_u32;
        let mut go_on = || {
            asked += 1;
            asked < 3
        };
        let stopped = shipped().find_while(&text, &Wanted::shipped(), &mut go_on, &mut Vec::new());
        assert_eq!((stopped, asked), (Err(OutOfTime), 3));
    }

    #[test]
    fn one_and_two_levels_of_encoding_are_opened() {
        // base64 of ana.luz@contoso.com, of that, and its hexadecimal digits
        for value in [
            "YW5hLmx1ekBjb250b3NvLmNvbQ==",
            "WVc1aExteDFla0JqYjI1MGIzTnZMbU52YlE9PQ==",
            "616e612e6c757a40636f6e746f736f2e636f6d",
        ] {
            assert_finds(&format!("note: {value} end"), EmailAddress, value);
        }
    }

    #[test]
    fn escapes_are_undone_where_they_stand() {
        assert_finds(
            "see ?c=ana.luz%40contoso.com&ok=1",
            EmailAddress,
            "ana.luz%40contoso.com",
        );
        assert_finds(
            "x &#97;&#110;&#97;&#64;contoso.com y",
            EmailAddress,
            "&#97;&#110;&#97;&#64;contoso.com",
        );
        assert_finds(
            "x =61=6E=61=40contoso.com y",
            EmailAddress,
            "=61=6E=61=40contoso.com",
        );
        assert_finds(
            "?c=4539%201488%200343%206467&ok",
            CreditCard,
            "4539%201488%200343%206467",
        );
        assert_finds(
            "c=%2B1%20415-555-2671&ok",
            PhoneNumber,
            "%2B1%20415-555-2671",
        );
    }

    #[test]
    fn what_cuts_a_value_does_not_hide_it() {
        for value in [
            "ana.luz@con<b></b>toso.com",
            "ana.luz@con**toso.com",
            "ana.luz@con\" + \"toso.com",
            "ana.luz@con<!-- x -->toso.com",
            "ana.luz@con\ntoso.com",
        ] {
            assert_finds(&format!("to {value} now"), EmailAddress, value);
        }
        assert_finds(
            "4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7",
            CreditCard,
            "4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7",
        );
        assert_finds(
            "a \u{202e}moc.osotnoc@zul\u{202c} b",
            EmailAddress,
            "\u{202e}moc.osotnoc@zul",
        );
    }

    #[test]
    fn ordinary_lines_and_markup_are_not_joined() {
        assert_finds(
            "ana@contoso.com\nBest wishes",
            EmailAddress,
            "ana@contoso.com",
        );
        assert!(found("<td>4539</td><td>1488</td><td>0343</td><td>6467</td>").is_empty());
    }
}
