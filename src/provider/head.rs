//! What can be refused before a body is read, and which headers travel on.
//!
//! Headers are an allow-list in both directions. A caller's header value is
//! not scanned, so one travels on only if its whole grammar leaves no room for
//! text: a date, or a word of a shipped list.
//!
//! Left out on purpose: `idempotency-key`. All callers share our account at
//! the provider, so a key one caller guesses would fetch the answer another
//! paid for; and we retry only what was not sent.

use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};

use super::{dialect::Dialect, endpoint::Endpoint};
use crate::primitives::{Code, Refusal};

/// A header of callers that travels on.
#[derive(Debug)]
pub(super) struct HeaderRule {
    pub(super) name: &'static str,
    pub(super) values: Values,
}

/// What a header's value may be.
#[derive(Debug)]
pub(super) enum Values {
    /// A date, `YYYY-MM-DD`.
    Date,
    /// Words of a list, separated by commas; any other is a beta nobody granted.
    Betas(&'static [&'static str]),
}

/// Checks the parts of a head that do not depend on the body.
pub(super) fn check(dialect: &Dialect, endpoint: &Endpoint, parts: &Parts) -> Result<(), Refusal> {
    query(endpoint, parts.uri.query().unwrap_or_default())?;
    if endpoint.takes_body {
        encoding(&parts.headers)?;
        content_type(&parts.headers)?;
    }
    passing(dialect, &parts.headers).map(drop)
}

/// The caller's headers that travel on, as they came.
pub(super) fn passing(dialect: &Dialect, headers: &HeaderMap) -> Result<HeaderMap, Refusal> {
    let mut out = HeaderMap::new();
    for rule in dialect.headers {
        let name = HeaderName::from_static(rule.name);
        rule.once(headers.get_all(&name).iter().count())?;
        for value in headers.get_all(&name) {
            rule.check(value)?;
            out.append(name.clone(), value.clone());
        }
    }
    Ok(out)
}

impl HeaderRule {
    /// Two dates would be read differently by two readers; lists may be split.
    fn once(&self, times: usize) -> Result<(), Refusal> {
        match self.values {
            Values::Date if times > 1 => {
                let sentence = format!("`{}` must be sent once", self.name);
                Err(Refusal::new(Code::InvalidField, sentence))
            }
            Values::Date | Values::Betas(_) => Ok(()),
        }
    }

    fn check(&self, value: &HeaderValue) -> Result<(), Refusal> {
        let name = self.name;
        let text = value.to_str().unwrap_or_default();
        match self.values {
            Values::Date if is_date(text) => Ok(()),
            Values::Date => {
                let sentence = format!("`{name}` must be a date, such as `2023-06-01`");
                Err(Refusal::new(Code::InvalidField, sentence))
            }
            Values::Betas(known) => {
                for beta in text.split(',').map(str::trim) {
                    if !known.contains(&beta) {
                        return Err(not_granted(name, beta));
                    }
                }
                Ok(())
            }
        }
    }
}

/// Says which beta, if the value looks like one.
fn not_granted(header: &str, beta: &str) -> Refusal {
    let is_beta = !beta.is_empty()
        && beta.len() <= 64
        && beta
            .bytes()
            .all(|one| one.is_ascii_alphanumeric() || b"-_=.".contains(&one));
    let shown = if is_beta { beta } else { "..." };
    Refusal::new(
        Code::BetaNotGranted,
        format!(
            "`{header}: {shown}` asks for a beta this version does not list as neutral; leave that value out"
        ),
    )
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [4, 2, 2] && parts.concat().bytes().all(|byte| byte.is_ascii_digit())
}

/// RFC 9110 §8.3 and RFC 8259 §11: JSON, said once, in UTF-8.
fn content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut said = headers.get_all(header::CONTENT_TYPE).iter();
    let one = (said.next(), said.next());
    let json = match one {
        (Some(value), None) => value.to_str().is_ok_and(is_json),
        _ => false,
    };
    if json {
        return Ok(());
    }
    Err(Refusal::new(
        Code::UnsupportedMediaType,
        "the body must be declared once, as `content-type: application/json` in UTF-8",
    ))
}

fn is_json(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let Some(parameter) = parts.next() else {
        return kind.eq_ignore_ascii_case("application/json");
    };
    let utf8 = parameter.split_once('=').is_some_and(|(name, value)| {
        let value = value
            .strip_prefix('"')
            .and_then(|one| one.strip_suffix('"'))
            .unwrap_or(value);
        name.eq_ignore_ascii_case("charset") && value.eq_ignore_ascii_case("utf-8")
    });
    kind.eq_ignore_ascii_case("application/json") && utf8 && parts.next().is_none()
}

/// A compressed body would hide from every check its size and its content.
fn encoding(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    if codings.all(|one| one.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::ContentEncodingRefused,
        "request bodies are taken as they are; send it without `content-encoding`",
    ))
}

/// Query parameters pass by name, once each, with the value of an id.
fn query(endpoint: &Endpoint, query: &str) -> Result<(), Refusal> {
    let mut seen = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if CREDENTIALS.iter().any(|one| name.eq_ignore_ascii_case(one)) {
            return Err(Refusal::new(
                Code::CredentialInQuery,
                "a credential travels in a header; send it as `authorization: Bearer ...`",
            ));
        }
        let known = endpoint.query.contains(&name) && !seen.contains(&name);
        if !known || !is_value(name, value) {
            return Err(Refusal::new(Code::InvalidField, wrong_query(endpoint)));
        }
        seen.push(name);
    }
    Ok(())
}

fn wrong_query(endpoint: &Endpoint) -> String {
    match endpoint.query {
        [] => "the operation takes no query parameters".to_owned(),
        known => format!(
            "the query has a parameter or a value the operation does not take; it takes {}, once each",
            known.join(", ")
        ),
    }
}

/// Parameters in which people send credentials.
const CREDENTIALS: [&str; 5] = ["key", "api_key", "api-key", "apikey", "access_token"];

fn is_value(name: &str, value: &str) -> bool {
    let short = (1..=256).contains(&value.len());
    match name {
        "beta" => value == "true",
        "limit" => value.len() <= 6 && short && value.bytes().all(|one| one.is_ascii_digit()),
        _ => {
            short
                && value
                    .bytes()
                    .all(|one| one.is_ascii_alphanumeric() || b"-_.:".contains(&one))
        }
    }
}

/// Upstream headers a caller may see whatever the provider: what the answer is,
/// its id, when to come back. A trailing `*` stands for any rest. Never
/// `set-cookie`, nothing of a hop (RFC 9110 §7.6.1), nothing with an address.
const ANSWER_HEADERS: [&str; 8] = [
    "content-type",
    "request-id",
    "x-request-id",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "x-ratelimit-*",
    "ratelimit-*",
];

/// The headers of an upstream's answer that a caller may see.
pub(super) fn answer(dialect: &Dialect, upstream: &HeaderMap) -> HeaderMap {
    let listed = |name: &str| {
        let all = ANSWER_HEADERS.iter().chain(dialect.answer_headers);
        let mut fits = all.map(|rule| match rule.strip_suffix('*') {
            Some(stem) => name.starts_with(stem),
            None => name == *rule,
        });
        fits.any(|fit| fit)
    };
    let mut out = HeaderMap::new();
    for (name, value) in upstream {
        if listed(name.as_str()) {
            out.append(name.clone(), value.clone());
        }
    }
    out
}
