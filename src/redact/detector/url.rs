//! URLs that carry a password: `scheme://user:password@host`, RFC 3986.

use super::{
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

/// Longest scheme: `postgresql+psycopg2cffi` has 23.
const SCHEME: usize = 32;
const USER_INFO: usize = 200;
const HOST: usize = 128;
const PATH: usize = 128;

/// `at` is a colon.
pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let start = scheme_start(text, at);
    if let Some(one) = whole(text, start, at) {
        found.offer(one);
    }
    found.settle(text, start);
}

fn scheme_start(text: &Text<'_>, at: usize) -> usize {
    let scheme = Class::ALNUM
        .or(Class::PLUS)
        .or(Class::DASH)
        .or(Class::DOT)
        .or(Class::COLON);
    let start = text.run_back(at, scheme, SCHEME);
    let name = text.slice(start, at);
    start
        + name
            .iter()
            .position(u8::is_ascii_alphabetic)
            .unwrap_or(name.len())
}

/// The URL whose scheme stands from `start` to `at`.
fn whole(text: &Text<'_>, start: usize, at: usize) -> Option<Candidate> {
    if start == at || !text.starts(at, b"://") {
        return None;
    }
    let host = host_start(text, at + 3)?;
    let host_end = text.run(host, HOST_CHARACTERS, HOST);
    if host_end == host {
        return None;
    }
    let entity = if is_database(text.slice(start, at)) {
        Entity::DatabaseConnectionString
    } else {
        Entity::UrlWithCredentials
    };
    let end = path_end(text, host_end);
    Some(Candidate::new(start..end, entity, Confidence::HIGH))
}

const HOST_CHARACTERS: Class = Class::SLUG
    .or(Class::DOT)
    .or(Class::COLON)
    .or(Class::PERCENT);
const USER_CHARACTERS: Class = Class::LOCAL_PART.or(Class::COLON).or(Class::AT);

/// After the last `@` of the authority, if a password stands before it.
fn host_start(text: &Text<'_>, from: usize) -> Option<usize> {
    let end = text.run(from, USER_CHARACTERS, USER_INFO);
    let authority = text.slice(from, end);
    // A user name has no slash; passwords have, now and then.
    let colon = authority.iter().position(|byte| *byte == b':')?;
    let user = authority.get(..colon)?;
    let at = authority.iter().rposition(|byte| *byte == b'@')?;
    let password = authority.get(colon + 1..at)?;
    let sound = !password.is_empty()
        && !user.contains(&b'/')
        && !user.contains(&b'@')
        && !is_blank(password)
        // `host:8080/path@x` is a port and a path
        && !password.iter().position(|byte| *byte == b'/').is_some_and(|slash| {
            password.iter().take(slash).all(u8::is_ascii_digit)
        });
    sound.then_some(from + at + 1)
}

/// `$VAR`, `${VAR}`, `{password}`, `%s`, `***`: a place for a password.
fn is_blank(password: &[u8]) -> bool {
    let named = matches!(password.first(), Some(b'$' | b'{' | b'<' | b'%'))
        && (password.first() != Some(&b'%') || password.len() == 2);
    named
        || password
            .iter()
            .all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X'))
}

/// The path is part of the value; what closes a sentence is not.
fn path_end(text: &Text<'_>, from: usize) -> usize {
    if !matches!(text.at(from), Some(b'/' | b'?' | b'#')) {
        let kept = text.slice(from.saturating_sub(1), from);
        return if kept == b":" || kept == b"." {
            from - 1
        } else {
            from
        };
    }
    let class = Class::LOCAL_PART.or(Class::COLON).or(Class::AT);
    let end = text.run(from, class, PATH);
    let path = text.slice(from, end);
    let kept = path.iter().rposition(|byte| !b".:!?*'`{}|".contains(byte));
    from + kept.map_or(0, |last| last + 1)
}

fn is_database(scheme: &[u8]) -> bool {
    let lower = scheme.to_ascii_lowercase();
    [
        "postgres",
        "mysql",
        "mariadb",
        "mongodb",
        "sqlserver",
        "mssql",
        "oracle",
        "jdbc",
        "clickhouse",
        "cockroach",
    ]
    .iter()
    .any(|name| lower.starts_with(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::{DatabaseConnectionString, UrlWithCredentials};

    #[test]
    fn a_password_in_a_url_takes_the_url_with_it() {
        assert_finds(
            "get https://ana:tide9@contoso.com/x?y=1.",
            UrlWithCredentials,
            "https://ana:tide9@contoso.com/x?y=1",
        );
        assert_finds(
            "(ftp://ana:ti/de@contoso.com)",
            UrlWithCredentials,
            "ftp://ana:ti/de@contoso.com",
        );
        assert_finds(
            "'postgres://ana:tide9@db:5432/app'",
            DatabaseConnectionString,
            "postgres://ana:tide9@db:5432/app",
        );
        assert_finds(
            "redis://:tide9@cache:6379",
            UrlWithCredentials,
            "redis://:tide9@cache:6379",
        );
    }

    #[test]
    fn urls_without_one_are_left() {
        for text in [
            "https://contoso.com/@ana",
            "https://contoso.com:8080/a@b",
            "https://ana@contoso.com",
            "https://ana:${PASSWORD}@contoso.com",
            "https://ana:***@contoso.com",
            "see http://a:8080",
        ] {
            assert_nothing(text, UrlWithCredentials);
        }
    }
}
