//! Words to the left of a value.
//!
//! To the left only, so that a stream never waits for what explains a value.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::text::Text;

/// How far before a value a word counts.
const NEAR: usize = 64;

/// Lower-case words, looked for in any case in one pass.
#[derive(Debug)]
pub(super) struct Lexicon {
    words: &'static [&'static str],
    built: OnceLock<Option<AhoCorasick>>,
}

impl Lexicon {
    pub(super) const fn new(words: &'static [&'static str]) -> Self {
        Self {
            words,
            built: OnceLock::new(),
        }
    }

    /// The automaton of the words; `None` if it cannot be built, and then every
    /// question is answered with yes.
    pub(super) fn automaton(&self) -> Option<&AhoCorasick> {
        self.built.get_or_init(|| automaton(self.words)).as_ref()
    }

    /// Whether one of the words begins within [`NEAR`] bytes before `start`.
    pub(super) fn is_before(&self, text: &Text<'_>, start: usize) -> bool {
        self.is_within(text, start, NEAR)
    }

    /// Whether one of the words begins at most `near` bytes before `start`, at
    /// the start of a word.
    pub(super) fn is_within(&self, text: &Text<'_>, start: usize, near: usize) -> bool {
        let Some(automaton) = self.automaton() else {
            return true;
        };
        let from = start.saturating_sub(near);
        let window = text.slice(from, start);
        automaton.find_overlapping_iter(window).any(|hit| {
            !text
                .before(from + hit.start())
                .is_some_and(|byte| byte.is_ascii_alphabetic())
        })
    }
}

/// An automaton of words in any case.
pub(super) fn automaton(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_near_by_and_from_its_start() {
        static WORDS: Lexicon = Lexicon::new(&["phone", "tel"]);
        let says = |text: &str| WORDS.is_within(&Text::new(text.as_bytes()), text.len(), 16);
        assert!(says("my Phone: "));
        assert!(!says("my hotel: "));
        assert!(!says("phone is much too far away: "));
    }
}
