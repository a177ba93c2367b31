//! The two heads: what may leave in a request, what may come in an answer.
//! No I/O.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header, response::Parts,
    uri::PathAndQuery,
};

use super::fault::Fault;
use crate::primitives::Limits;

/// How the bytes of an answer are packed, if they are (RFC 9110 §8.4.1, RFC 8878, RFC 7932).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950; the name means zlib, not raw deflate.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// Makes a request fit to leave: the target is a path on the provider's own
/// origin, the host is ours to say, the length is that of the body, and no
/// header is there that only this room or the connection itself may write.
pub(super) fn outgoing<B>(
    request: &mut Request<B>,
    length: usize,
    authority: &HeaderValue,
) -> Result<(), Fault> {
    *request.uri_mut() = own_target(request.uri())?;
    if OURS.iter().any(|name| request.headers().contains_key(name)) {
        return Err(Fault::Unsendable(
            "a header that only egress may write is there already",
        ));
    }
    let has_body = length > 0 || matches!(*request.method(), Method::POST | Method::PUT);
    let headers = request.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    if has_body {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    headers.insert(header::HOST, authority.clone());
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    Ok(())
}

/// A target in origin form (RFC 9112 §3.2.1). One that names a scheme or a
/// host would be for somebody to choose, and nobody may.
fn own_target(uri: &Uri) -> Result<Uri, Fault> {
    let path = uri
        .path_and_query()
        .filter(|path| path.as_str().starts_with('/'));
    match (uri.scheme(), uri.authority(), path) {
        (None, None, Some(path)) => Ok(Uri::from(PathAndQuery::clone(path))),
        _ => Err(Fault::Unsendable("the target is no path of the provider")),
    }
}

/// Reads the head of an answer; takes out of it what described the connection
/// and not the answer.
pub(super) fn incoming(head: &mut Parts, limits: &Limits) -> Result<Option<Coding>, Fault> {
    if head.status.is_informational() {
        return Err(malformed("an upgrade nobody asked for"));
    }
    if head.status.is_redirection() && head.headers.contains_key(header::LOCATION) {
        return Err(Fault::Redirect(head.status));
    }
    framing(&head.headers, limits)?;
    let coding = coding(&head.headers)?;
    for name in HOP {
        head.headers.remove(name);
    }
    head.headers.remove(header::CONTENT_ENCODING);
    Ok(coding)
}

/// hyper lets the chunked coding win over a length, takes a length twice, and
/// reads to the end of the connection what is coded in another way (RFC 9112
/// §6.3 leaves it the choice). A second reader could choose otherwise, so none
/// of these answers is read at all.
fn framing(headers: &HeaderMap, limits: &Limits) -> Result<(), Fault> {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (
        lengths.next(),
        lengths.next(),
        codings.next(),
        codings.next(),
    ) {
        (None, None, None, None) => Ok(()),
        (Some(length), None, None, None) => match length_of(length) {
            Some(length) if length > limits.response_body => {
                Err(Fault::TooLarge("the answer says so itself"))
            }
            Some(_) => Ok(()),
            None => Err(malformed("a length that is no number")),
        },
        (None, None, Some(coding), None) if is_word(coding, "chunked") => Ok(()),
        (None, None, Some(_), None) => Err(malformed("a transfer coding other than chunked")),
        _ => Err(malformed("a body whose length is said more than once")),
    }
}

/// Digits alone: `+5` and `5, 5` are numbers to some.
fn length_of(value: &HeaderValue) -> Option<usize> {
    let text = value.to_str().ok()?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// At most one content coding. Two around each other are how bombs are built,
/// and no provider needs them.
fn coding(headers: &HeaderMap) -> Result<Option<Coding>, Fault> {
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    let (Some(value), rest) = (values.next(), values.next()) else {
        return Ok(None);
    };
    let known = CODINGS.iter().find(|(name, _)| is_word(value, name));
    match (known, rest) {
        (Some((_, coding)), None) => Ok(*coding),
        _ => Err(malformed(
            "a content coding that is unknown, or more than one",
        )),
    }
}

fn is_word(value: &HeaderValue, word: &str) -> bool {
    value.as_bytes().eq_ignore_ascii_case(word.as_bytes())
}

fn malformed(why: &str) -> Fault {
    Fault::Malformed(why.to_owned())
}

/// Written here or by [`super::exchange`], never by who builds a request: our
/// credential and whom it goes to, and what speaks to the connection (RFC 9110
/// §7.6.1). A caller's credential would stand under one of these names.
const OURS: [HeaderName; 17] = [
    header::HOST,
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    header::COOKIE,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-goog-api-key"),
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
    HeaderName::from_static("http2-settings"),
];

/// What an answer says about the connection and the packing of its bytes. The
/// answer to our caller has its own.
const HOP: [HeaderName; 10] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::CONTENT_LENGTH,
    HeaderName::from_static("alt-svc"),
];

/// `x-gzip` is gzip (RFC 9110 §8.4.1.3).
const CODINGS: [(&str, Option<Coding>); 6] = [
    ("identity", None),
    ("gzip", Some(Coding::Gzip)),
    ("x-gzip", Some(Coding::Gzip)),
    ("deflate", Some(Coding::Deflate)),
    ("br", Some(Coding::Brotli)),
    ("zstd", Some(Coding::Zstd)),
];
