//! Whether characters look drawn by chance, or stand where a value would.

/// Whether a token of 10 characters and more looks random: it changes between
/// lower case, upper case and digits far more often than words, names and
/// versions do.
///
/// Base 62, base 36 and hexadecimal change about every second character;
/// `camelCaseNames` and `gpt-4o-mini-2024` about every sixth.
pub(super) fn is_random(token: &[u8]) -> bool {
    if token.len() < 10 || !token.iter().any(u8::is_ascii_digit) {
        return false;
    }
    turns(token) * 5 >= token.len() && distinct(token) * 3 >= token.len().min(24)
}

/// Whether a long token without digits, or with few, could still be random:
/// letters of both cases in no order.
pub(super) fn is_mixed(token: &[u8]) -> bool {
    token.len() >= 16 && turns(token) * 6 >= token.len() && distinct(token) >= 8
}

/// Whether a token changes between cases and digits as drawn ones do, however
/// short or long.
pub(super) fn turns_often(token: &[u8]) -> bool {
    turns(token) * 6 >= token.len()
}

/// Changes from lower to upper case, and between letters and digits.
fn turns(token: &[u8]) -> usize {
    token
        .windows(2)
        .filter(|pair| match pair {
            [a, b] => {
                (a.is_ascii_lowercase() && b.is_ascii_uppercase())
                    || (a.is_ascii_digit() && b.is_ascii_alphabetic())
                    || (a.is_ascii_alphabetic() && b.is_ascii_digit())
            }
            _ => false,
        })
        .count()
}

pub(super) fn distinct(token: &[u8]) -> usize {
    let seen = token
        .iter()
        .fold(0_u128, |seen, byte| seen | 1 << (byte & 127));
    usize::try_from(seen.count_ones()).unwrap_or_default()
}

/// Whether a reader is meant to put a value here: `<token>`, `${TOKEN}`,
/// `your-api-key`, `...`.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let bracketed = match lower.as_slice() {
        [b'<' | b'{' | b'%' | b'[' | b'(' | b'*', ..] => true,
        // `$TOKEN`, not the hash `$2b$…`
        [b'$', next, ..] => !next.is_ascii_digit(),
        _ => false,
    };
    bracketed
        || lower
            .windows(3)
            .any(|part| part == b"..." || part == b"***")
        || HINTS
            .iter()
            .any(|hint| memchr::memmem::find(&lower, hint.as_bytes()).is_some())
}

const HINTS: [&str; 15] = [
    "your",
    "example",
    "placeholder",
    "redacted",
    "insert",
    "replace",
    "<",
    "${",
    "{{",
    "dummy",
    "todo",
    "my-",
    "my_",
    "sample",
    "\u{2026}",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_tokens_are_told_from_words() {
        for token in [
            "951bc382db9cfee29c68634761dd6e19",
            "Zr8wQx2LmN5tYv7KpB",
            "q7w2n9x4k1",
            "A7f-29Xc_81bQ-z0",
        ] {
            assert!(is_random(token.as_bytes()), "{token}");
        }
        for token in [
            "get_user_name_2",
            "gpt-4o-mini-2024-07-18",
            "us-east-1",
            "claude-3-5-sonnet",
            "application/json",
            "1111111111",
            "2024-01-15T10",
            "version_2_final",
        ] {
            assert!(!is_random(token.as_bytes()), "{token}");
        }
        assert!(
            is_mixed(b"QfRtYhNmKlPoIuYtReWq".as_slice()) || !is_mixed(b"someCamelCaseIdentifier")
        );
    }

    #[test]
    fn places_for_values_are_not_values() {
        for text in [
            "<token>",
            "${TOKEN}",
            "your-api-key",
            "sk-...",
            "[REDACTED]",
            "%s",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        assert!(!is_placeholder(b"hunter2"));
    }
}
