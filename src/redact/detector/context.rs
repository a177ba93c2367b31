//! Words to the left of a value.
//!
//! To the left only, so that a stream never waits for what explains a value.

use super::text::Text;

/// How far before a value a word counts.
pub(super) const NEAR: usize = 64;

/// Whether one of the lower-case words stands before `start`, in any case, at
/// the start of a word.
pub(super) fn names(text: &Text<'_>, start: usize, words: &[&str]) -> bool {
    names_within(text, start, words, NEAR)
}

/// Like [`names`], at most `near` bytes before.
pub(super) fn names_within(text: &Text<'_>, start: usize, words: &[&str], near: usize) -> bool {
    let from = start.saturating_sub(near);
    let window = text.slice(from, start).to_ascii_lowercase();
    words.iter().any(|word| {
        memchr::memmem::find_iter(&window, word.as_bytes()).any(|at| {
            let before = match at.checked_sub(1) {
                Some(before) => window.get(before).copied(),
                None => text.before(from),
            };
            !before.is_some_and(|byte| byte.is_ascii_alphabetic())
        })
    })
}
