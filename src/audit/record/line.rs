//! Text of strangers, made fit to stand in a record.

use std::{borrow::Cow, fmt};

/// A text without control characters, of bounded length.
///
/// INVARIANT: whatever a stranger sends, one record stays one line, shows
/// itself in the order it is written, and has a largest size (THREATS AUD-04).
#[derive(Clone, PartialEq, Eq)]
pub(in crate::audit) struct Line(Cow<'static, str>);

impl Line {
    /// A word of our own.
    pub(in crate::audit) const fn fixed(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// A text from outside: deceiving characters are dropped, and what is
    /// longer than `most` bytes is cut there, between two characters.
    pub(in crate::audit) fn outside(text: &str, most: usize) -> Self {
        let mut kept = String::with_capacity(text.len().min(most));
        for one in text.chars().filter(|one| !deceives(*one)) {
            if kept.len().saturating_add(one.len_utf8()) > most {
                break;
            }
            kept.push(one);
        }
        Self(Cow::Owned(kept))
    }

    pub(in crate::audit) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

/// Characters that move the cursor, reorder or hide text: controls (Unicode
/// category Cc), bidirectional marks (UAX #9), line and paragraph separators,
/// zero-width and tag characters.
fn deceives(one: char) -> bool {
    one.is_control()
        || matches!(
            one,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_reorders_or_hides_text_is_dropped() {
        let hostile =
            "a\nb\r\u{1b}[2Kc\u{202e}d\u{2066}e\u{200b}f\u{2028}g\0h\u{85}i\u{feff}j\u{e0041}k";
        assert_eq!(Line::outside(hostile, 100).as_str(), "ab[2Kcdefghijk");
    }

    #[test]
    fn a_text_is_cut_between_two_characters() {
        assert_eq!(Line::outside("aéé", 4).as_str(), "aé");
        assert_eq!(Line::outside(&"x".repeat(1 << 20), 256).as_str().len(), 256);
    }
}
