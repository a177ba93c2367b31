//! THREATS EGR-05: a caller's credential goes nowhere, ours to its own origin.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, header};

use super::{
    super::fault::Fault,
    collect, line, post,
    server::{Server, Then, ok},
};
use crate::primitives::Limits;

fn sign(headers: &mut HeaderMap) {
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_static("Bearer ours"),
    );
}

/// Nothing is dialled, nothing signed.
async fn unsendable(request: Request<Bytes>) {
    let shown = format!("{request:?}");
    let server = Server::plain(vec![Then::Say(ok("{}"))]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    let mut signed = false;
    let sign = |_: &mut HeaderMap| signed = true;
    let told = line.exchange(request, sign, &mut || {}).await;
    assert!(matches!(told, Err(Fault::Unsendable(_))), "{shown}");
    assert_eq!((server.connections(), signed), (0, false), "{shown}");
}

#[tokio::test]
async fn a_request_that_brings_a_credential_is_not_sent() {
    for name in [
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
    ] {
        let mut request = post("{}");
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static("canary"));
        unsendable(request).await;
    }
}

#[tokio::test]
async fn a_request_that_speaks_to_the_connection_is_not_sent() {
    for name in [
        "host",
        "connection",
        "transfer-encoding",
        "te",
        "upgrade",
        "expect",
        "trailer",
    ] {
        let mut request = post("{}");
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static("x"));
        unsendable(request).await;
    }
}

#[tokio::test]
async fn a_target_that_names_another_origin_is_not_sent() {
    for target in [
        "http://evil.example/v1",
        "https://127.0.0.1/v1",
        "evil.example:443",
        "*",
    ] {
        let mut request = post("{}");
        *request.uri_mut() = target.parse().unwrap();
        unsendable(request).await;
    }
}

#[tokio::test]
async fn what_leaves_is_the_request_our_host_and_our_credential() {
    let server = Server::plain(vec![Then::Say(ok("{}"))]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    let mut request = post("{\"a\": 1}");
    *request.uri_mut() = "/v1/chat?x=%2F".parse().unwrap();
    let headers = request.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("7"));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    line.exchange(request, sign, &mut || {}).await.unwrap();
    let sent = server.requests().remove(0);
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.split("\r\n").collect();
    lines[1..].sort_unstable();
    let host = format!("host: {}", server.address);
    assert_eq!(
        lines,
        [
            "POST /v1/chat?x=%2F HTTP/1.1",
            "accept-encoding: identity",
            "authorization: Bearer ours",
            "content-length: 8",
            "content-type: application/json",
            &*host,
        ]
    );
    assert_eq!(body, "{\"a\": 1}");
}

#[tokio::test]
async fn a_request_without_a_body_has_no_length() {
    let server = Server::plain(vec![Then::Say(ok("{}"))]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    let request = Request::get("/v1/models").body(Bytes::new()).unwrap();
    line.exchange(request, |_| {}, &mut || {}).await.unwrap();
    let sent = server.requests().remove(0);
    assert!(sent.starts_with("GET /v1/models HTTP/1.1\r\n"));
    assert!(!sent.contains("content-length") && !sent.contains("transfer-encoding"));
}

#[tokio::test]
async fn two_providers_at_one_address_share_no_connection() {
    let server = Server::plain(vec![Then::Say(ok("{}")), Then::Say(ok("{}"))]).await;
    for _ in 0..2 {
        let line = line("127.0.0.1", server.address.port(), &Limits::default());
        let answered = line.exchange(post("{}"), sign, &mut || {}).await.unwrap();
        collect(answered.body).await.unwrap();
    }
    assert_eq!(server.connections(), 2);
}
