//! Credentials of HTTP and of commands: `Authorization: Bearer …`,
//! `Basic …` (RFC 7617, RFC 6750), `curl -u user:password`, `sshpass -p …`.

use super::{
    context::Lexicon,
    found::{Candidate, Found},
    shape,
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

static HEADERS: Lexicon = Lexicon::new(&["authorization", "auth"]);
static COMMANDS: Lexicon = Lexicon::new(&["sshpass", "psexec", "mysql", "plink", "-u"]);

const LONGEST: usize = 2048;
const TOKEN: Class = Class::TOKEN.or(Class::EQUALS);

/// `at` is inside the name of a scheme; the credentials follow its blank.
pub(super) fn read_scheme(text: &Text<'_>, at: usize, length: usize, found: &mut Found<'_>) {
    let start = at + length;
    let end = text.run(start, TOKEN, LONGEST);
    let token = text.slice(start, end);
    let kept = token
        .iter()
        .rposition(|byte| *byte != b'.')
        .map_or(0, |last| last + 1);
    let token = text.slice(start, start + kept);
    let named = HEADERS.is_within(text, at, 24);
    let padded = token.ends_with(b"=") && token.len() >= 8;
    let odd = token.iter().any(u8::is_ascii_digit) || token.iter().any(u8::is_ascii_uppercase);
    let holds = shape::is_random(token)
        || padded
        || (named && token.len() >= 12 && odd && !shape::is_placeholder(token));
    if holds {
        let sure = if named || token.len() >= 20 {
            Confidence::HIGH
        } else {
            Confidence::LIKELY
        };
        found.offer(Candidate::new(
            start..start + kept,
            Entity::AuthorizationHeader,
            sure,
        ));
    }
    found.settle(text, start);
}

/// `start` to `end` is a flag: `-u`, `--user`, `-p`.
pub(super) fn read_flag(text: &Text<'_>, start: usize, end: usize, found: &mut Found<'_>) {
    let flag = text.slice(start, end);
    if let Some(range) = credentials(text, start, end, flag) {
        let entity = if flag == b"-p" {
            Entity::Password
        } else {
            Entity::AuthorizationHeader
        };
        found.offer(Candidate::new(range, entity, Confidence::LIKELY));
    }
    found.settle(text, end);
}

fn credentials(
    text: &Text<'_>,
    start: usize,
    end: usize,
    flag: &[u8],
) -> Option<std::ops::Range<usize>> {
    if !text.is(end, Class::SPACE) || text.was(start, Class::WORD) {
        return None;
    }
    let quoted = text.is(end + 1, Class::QUOTE);
    let from = end + 1 + usize::from(quoted);
    let class = if quoted {
        WORD.without(Class::QUOTE)
    } else {
        WORD
    };
    let until = text.run(from, class, 128);
    let value = text.slice(from, until);
    if value.is_empty() || shape::is_placeholder(value) || value.starts_with(b"-") {
        return None;
    }
    if flag == b"-p" {
        return COMMANDS.is_before(text, start).then_some(from..until);
    }
    let colon = value.iter().position(|byte| *byte == b':')?;
    let (user, password) = value.split_at_checked(colon)?;
    // `-u 1000:1000` is a user and a group.
    let numbers = value
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b':');
    (!user.is_empty() && (password.len() > 3 || user.len() >= 8) && !numbers).then_some(from..until)
}

const WORD: Class = Class::LOCAL_PART
    .or(Class::COLON)
    .or(Class::AT)
    .or(Class::COMMA);

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::{AuthorizationHeader, Password};

    #[test]
    fn credentials_of_headers_and_commands_are_found() {
        assert_finds(
            "Authorization: Bearer q7w2n9x4k1Zr8wQx2L",
            AuthorizationHeader,
            "q7w2n9x4k1Zr8wQx2L",
        );
        assert_finds(
            "-H 'Authorization: Basic YW5hOnRpZGVwb29s'",
            AuthorizationHeader,
            "YW5hOnRpZGVwb29s",
        );
        assert_finds(
            "curl -u ana:tide9pool https://x",
            AuthorizationHeader,
            "ana:tide9pool",
        );
        assert_finds("sshpass -p tide9pool ssh ana@host", Password, "tide9pool");
    }

    #[test]
    fn words_after_the_same_words_are_left() {
        for text in [
            "Bearer token",
            "Basic authentication works",
            "docker run -u 1000:1000 x",
            "mkdir -p a/b",
        ] {
            assert_nothing(text, AuthorizationHeader);
            assert_nothing(text, Password);
        }
    }
}
