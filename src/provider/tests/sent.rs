use http::{HeaderMap, HeaderValue};

use super::*;
use crate::{redact::Cleanable, wire::splice::Edit};

const BODY: &str = "{ \"model\" : \"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\\u0062\"}],\"seed\":1.0E0 }";

#[test]
fn bytes_that_pass_are_sent_as_they_came() {
    let request = sent(chat(BODY).unwrap()).request();
    assert_eq!(request.body().as_ref(), BODY.as_bytes());
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "/v1/chat/completions");
    assert_eq!(request.headers()["content-length"], BODY.len().to_string());
}

#[test]
fn edits_change_their_spans_and_the_length() {
    let call = chat(BODY).unwrap();
    let at = BODY.find("a\\u0062").unwrap();
    let edit = Edit {
        span: at..at + 7,
        with: b"[X]".to_vec(),
    };
    let call = call.edited(vec![edit]).unwrap();
    assert_eq!(call.body_bytes(), BODY.len() - 4);
    let request = sent(call).request();
    let expected = BODY.replace("a\\u0062", "[X]");
    assert_eq!(request.body().as_ref(), expected.as_bytes());
    assert_eq!(
        request.headers()["content-length"],
        expected.len().to_string()
    );
}

#[test]
fn the_target_is_the_base_url_and_the_callers_own_bytes() {
    let base = ProviderSettings {
        base_url: Some("https://h.example/gw/x".into()),
        ..settings("openai")
    };
    let upstream = Arc::new(load("it", &base));
    for (path, below) in [
        ("/it/v1/models/org%2Fm", "/v1/models/org%2Fm"),
        ("/it/v1/models?limit=1", "/v1/models"),
    ] {
        let mut parts = head(Method::GET, "/");
        parts.uri = path.parse().unwrap();
        let endpoint = upstream.endpoint(&Method::GET, below).unwrap();
        let call = upstream
            .read(endpoint, &parts, Bytes::new(), &Limits::default())
            .unwrap();
        let request = sent(call).request();
        let expected = path.replacen("/it", "/gw/x", 1);
        assert_eq!(request.uri(), expected.as_str());
    }
}

#[test]
fn of_a_callers_headers_the_listed_ones_travel_on() {
    let mut parts = head(Method::POST, "/v1/messages");
    for (name, value) in [
        ("authorization", "Bearer canary"),
        ("x-api-key", "canary"),
        ("cookie", "canary"),
        ("host", "canary.example"),
        ("user-agent", "canary"),
        ("x-stainless-os", "canary"),
        ("openai-organization", "canary"),
        ("openai-project", "canary"),
        ("idempotency-key", "canary"),
        ("x-target-url", "canary"),
        ("x-forwarded-for", "canary"),
        ("accept", "canary"),
        ("accept-encoding", "canary"),
        ("traceparent", "canary"),
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "context-1m-2025-08-07"),
    ] {
        parts.headers.append(name, HeaderValue::from_static(value));
    }
    let body = r#"{"model":"m","max_tokens":1,"messages":[]}"#;
    let request = sent(read("anthropic", &parts, body).unwrap()).request();
    assert!(!format!("{:?}", request.headers()).contains("canary"));
    let mut names: Vec<_> = request.headers().keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "accept-encoding",
            "anthropic-beta",
            "anthropic-version",
            "content-length",
            "content-type",
            "user-agent"
        ]
    );
    assert_eq!(request.headers()["accept-encoding"], "identity");
}

#[test]
fn our_credential_and_nobody_elses_is_signed_with() {
    let signed = |settings: &ProviderSettings| {
        let mut headers = HeaderMap::new();
        for name in ["authorization", "x-api-key", "api-key", "cookie"] {
            headers.append(name, HeaderValue::from_static("callers"));
        }
        load("it", settings).sign(&mut headers);
        headers
    };
    let headers = signed(&ProviderSettings {
        organization: Some("org-1".into()),
        project: Some("proj-1".into()),
        ..settings("openai")
    });
    assert_eq!(headers["authorization"], "Bearer upstream-canary");
    assert!(headers["authorization"].is_sensitive());
    assert_eq!(headers["openai-organization"], "org-1");
    assert_eq!(headers["openai-project"], "proj-1");
    assert_eq!(headers.len(), 3);

    let headers = signed(&settings("anthropic"));
    assert_eq!(headers["x-api-key"], "upstream-canary");
    assert!(headers["x-api-key"].is_sensitive());
    assert_eq!(headers.len(), 1);
}

#[test]
fn neither_text_nor_credential_is_printed() {
    let out = sent(chat(BODY).unwrap());
    let shown = format!("{out:?} {:?} {:?}", out.upstream(), chat(BODY));
    assert!(
        !shown.contains("u0062") && !shown.contains("canary"),
        "{shown}"
    );
}
