//! Characters a person does not see and a model reads.

/// Whether the content of a JSON string has one, escaped or as it is: U+0000,
/// U+001B, the tag characters U+E0000 to U+E007F, a lone surrogate.
pub(super) fn hides(raw: &str) -> bool {
    raw.chars()
        .any(|one| matches!(one, '\u{E0000}'..='\u{E007F}'))
        || escapes(raw).any(hidden)
}

/// A surrogate's partner is taken together with it; alone it has none.
fn hidden(unit: Unit) -> bool {
    match unit {
        Unit::Single(unit) => matches!(unit, 0 | 0x1B | 0xD800..=0xDFFF),
        // Tag characters are D800 + 0x340 with every low surrogate up to DC7F.
        Unit::Pair(high, low) => high == 0xDB40 && low <= 0xDC7F,
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Single(u32),
    Pair(u32, u32),
}

/// The `\u` escapes of a string the scanner accepted.
fn escapes(raw: &str) -> impl Iterator<Item = Unit> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        loop {
            rest = rest.get(rest.find('\\')?..)?;
            let Some(one) = unit(rest) else {
                rest = rest.get(2..)?;
                continue;
            };
            rest = rest.get(6..)?;
            let low = unit(rest).filter(|low| (0xDC00..0xE000).contains(low));
            if let (0xD800..0xDC00, Some(low)) = (one, low) {
                rest = rest.get(6..)?;
                return Some(Unit::Pair(one, low));
            }
            return Some(Unit::Single(one));
        }
    })
}

fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_seen_in_every_spelling() {
        for raw in [
            r"a\u0000",
            r"\u001b[0m",
            r"\ud83d",
            r"\ude00\ud83d",
            r"\udb40\udc41",
            "\u{E0041}",
        ] {
            assert!(hides(raw), "{raw}");
        }
        for raw in ["plain", r"\ud83d\ude00", r"\\u0000", r"\n\u0041", "é😀"] {
            assert!(!hides(raw), "{raw}");
        }
    }
}
