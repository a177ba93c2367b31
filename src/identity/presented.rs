//! The one credential a request shows, before anybody believes it.
//!
//! Refuses what could be read two ways: no credential, more than one, or one
//! in the query, where proxies and browsers write it into their logs.

use http::{HeaderMap, HeaderValue, header};

use super::identify::invalid_credential;
use crate::primitives::{Code, Refusal, Secret};

/// Exactly one credential, not yet checked. Made by [`Presented::from_request`] alone.
#[derive(Debug, Clone)]
pub struct Presented(Secret);

impl Presented {
    /// Takes the credential out of a request's head.
    ///
    /// `query` is what follows the `?` of the request target, undecoded.
    ///
    /// # Errors
    /// [`Code::CredentialInQuery`], [`Code::MultipleCredentials`] and
    /// [`Code::MissingCredential`]; [`Code::InvalidCredential`] for an
    /// `Authorization` that is not `Bearer`.
    pub fn from_request(headers: &HeaderMap, query: Option<&str>) -> Result<Self, Refusal> {
        query.map_or(Ok(()), refuse_in_query)?;
        let mut shown = HEADERS.iter().flat_map(|name| {
            headers
                .get_all(*name)
                .into_iter()
                .map(move |value| (*name, value))
                .filter(|(_, value)| !value.as_bytes().trim_ascii().is_empty())
        });
        let Some((name, value)) = shown.next() else {
            return Err(missing());
        };
        if shown.next().is_some() {
            return Err(Refusal::new(
                Code::MultipleCredentials,
                "the request shows more than one credential: send one header field with one key",
            ));
        }
        let text = text_of(value);
        let text = if name == header::AUTHORIZATION.as_str() {
            bearer(&text)?
        } else {
            text.trim()
        };
        if text.is_empty() {
            return Err(missing());
        }
        Ok(Self(Secret::new(text.to_owned())))
    }

    /// What a head with this credential would give.
    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        Self(Secret::new(text.to_owned()))
    }

    /// The credential as shown.
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Bytes that are not text cannot be a key, and are judged where all other
/// wrong keys are: the replacement character is in no key.
fn text_of(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// What follows `Bearer`; the scheme's case does not matter (RFC 9110 §11.1).
fn bearer(value: &str) -> Result<&str, Refusal> {
    let value = value.trim();
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(rest.trim())
    } else {
        Err(invalid_credential())
    }
}

fn missing() -> Refusal {
    Refusal::new(
        Code::MissingCredential,
        "the request shows no credential: send a key of this gateway as `Authorization: Bearer`",
    )
}

/// Refuses a query that names a credential, whatever its value.
fn refuse_in_query(query: &str) -> Result<(), Refusal> {
    for pair in query.split(['&', ';']) {
        let name = decoded_name(pair.split('=').next().unwrap_or_default());
        let found = IN_QUERY
            .iter()
            .find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(&name));
        if let Some((known, instead)) = found {
            return Err(Refusal::new(
                Code::CredentialInQuery,
                format!("`{known}` in the query is refused: send the key as `{instead}`"),
            ));
        }
    }
    Ok(())
}

/// Percent-decodes once, as the origin behind us would (RFC 3986 §2.1).
fn decoded_name(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex_byte(*high, *low),
            _ => None,
        };
        match escaped {
            Some(byte) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(first);
                rest = after;
            }
        }
    }
    out
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digits = [high, low];
    let digits = std::str::from_utf8(&digits).ok()?;
    digits
        .bytes()
        .all(|one| one.is_ascii_hexdigit())
        .then(|| u8::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Where SDKs put a key (PROVIDERS §1).
pub const HEADERS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// Names of query parameters that carry credentials, and the header to use.
const IN_QUERY: [(&str, &str); 9] = [
    ("key", "x-goog-api-key"),
    ("api_key", "Authorization: Bearer"),
    ("api-key", "api-key"),
    ("apikey", "Authorization: Bearer"),
    ("access_token", "Authorization: Bearer"),
    ("token", "Authorization: Bearer"),
    ("authorization", "Authorization: Bearer"),
    ("x-api-key", "x-api-key"),
    ("x-goog-api-key", "x-goog-api-key"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&'static str, &'static str)], query: Option<&str>) -> Result<String, Code> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_static(value));
        }
        Presented::from_request(&headers, query)
            .map(|one| one.expose().to_owned())
            .map_err(|refusal| refusal.code())
    }

    #[test]
    fn each_header_of_an_sdk_carries_a_key() {
        for name in ["x-api-key", "api-key", "x-goog-api-key"] {
            assert_eq!(read(&[(name, "pc_a")], None), Ok("pc_a".into()));
        }
        for value in ["Bearer pc_a", "bearer pc_a", "BEARER  pc_a "] {
            assert_eq!(read(&[("authorization", value)], None), Ok("pc_a".into()));
        }
    }

    #[test]
    fn no_credential_and_an_empty_one_are_missing() {
        assert_eq!(read(&[], None), Err(Code::MissingCredential));
        for field in [
            ("authorization", ""),
            ("authorization", "Bearer"),
            ("authorization", "Bearer  "),
            ("x-api-key", " "),
        ] {
            assert_eq!(read(&[field], None), Err(Code::MissingCredential));
        }
        assert_eq!(
            read(&[("cookie", "pc_a")], None),
            Err(Code::MissingCredential)
        );
    }

    #[test]
    fn two_credentials_are_refused_even_when_equal() {
        for fields in [
            [
                ("authorization", "Bearer pc_a"),
                ("authorization", "Bearer pc_a"),
            ],
            [("authorization", "Bearer pc_a"), ("x-api-key", "pc_a")],
            [("x-api-key", "pc_a"), ("x-goog-api-key", "pc_b")],
            [("authorization", "Basic eDp5"), ("api-key", "pc_a")],
        ] {
            assert_eq!(read(&fields, None), Err(Code::MultipleCredentials));
        }
    }

    #[test]
    fn another_scheme_is_an_invalid_credential() {
        for value in ["Basic eDp5", "pc_a", "Bearerpc_a", "AWS4-HMAC-SHA256 x"] {
            assert_eq!(
                read(&[("authorization", value)], None),
                Err(Code::InvalidCredential)
            );
        }
    }

    #[test]
    fn a_credential_in_the_query_is_refused_however_it_is_spelled() {
        let key = ("authorization", "Bearer pc_a");
        for query in [
            "key=x",
            "a=1&KEY=x",
            "api_key=x",
            "api-key",
            "Access_Token=",
            "token=x",
            "%6bey=x",
            "k%65%79=x",
            "a=1;key=x",
        ] {
            assert_eq!(
                read(&[key], Some(query)),
                Err(Code::CredentialInQuery),
                "{query}"
            );
        }
        for query in ["", "beta=true", "keys=1", "pageToken=x", "a=key", "%zz=1"] {
            assert!(read(&[key], Some(query)).is_ok(), "{query}");
        }
    }

    #[test]
    fn the_refusal_names_the_header_and_never_the_value() {
        let refusal =
            Presented::from_request(&HeaderMap::new(), Some("key=CANARY")).expect_err("refused");
        assert!(refusal.sentence().contains("x-goog-api-key"));
        assert!(!format!("{refusal:?}").contains("CANARY"));
    }

    #[test]
    fn a_presented_credential_is_not_printed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("CANARY"));
        let shown = Presented::from_request(&headers, None).expect("one credential");
        assert!(!format!("{shown:?}").contains("CANARY"));
    }

    #[test]
    fn bytes_that_are_not_text_are_shown_and_match_nothing() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"pc_\xff").expect("obs-text");
        headers.insert("x-api-key", value);
        let shown = Presented::from_request(&headers, None).expect("one credential");
        assert!(!shown.expose().is_ascii());
    }
}
