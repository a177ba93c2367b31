use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use super::*;
use crate::{
    redact::Treatment,
    wire::json::{Document, Kind},
};

fn document(endpoint: &Endpoint, body: &str) -> Document {
    let bounds = endpoint.answer_bounds(&Limits::default());
    Document::scan(Bytes::copy_from_slice(body.as_bytes()), bounds).unwrap()
}

fn endpoint(kind: &str, method: Method, path: &str) -> &'static Endpoint {
    upstream(kind).endpoint(&method, path).unwrap()
}

/// The treatment of the string that holds `canary`.
fn treatment(endpoint: &'static Endpoint, body: &str) -> Treatment {
    let document = document(endpoint, body);
    let reading = endpoint.read_answer(&document).unwrap();
    let mut found = document
        .nodes()
        .filter(|one| one.kind() == Kind::String && one.text().contains("canary"));
    reading.treatment(found.next().unwrap())
}

#[test]
fn leaves_of_answers_are_what_the_tables_say() {
    use Treatment::{Fixed, JsonText, Opaque, Signed, Text};
    let chat = endpoint("openai", Method::POST, "/v1/chat/completions");
    for (body, expected) in [
        (r#"{"choices":[{"message":{"content":"canary"}}]}"#, Text),
        (r#"{"choices":[{"message":{"refusal":"canary"}}]}"#, Text),
        (
            r#"{"choices":[{"message":{"tool_calls":[{"function":{"arguments":"canary"}}]}}]}"#,
            JsonText,
        ),
        (
            r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"canary"}}]}}]}"#,
            Fixed,
        ),
        (
            r#"{"choices":[{"message":{"audio":{"transcript":"canary"}}}]}"#,
            Text,
        ),
        (
            r#"{"choices":[{"logprobs":{"content":[{"token":"canary"}]}}]}"#,
            Text,
        ),
        (
            r#"{"choices":[{"message":{"annotations":[{"url_citation":{"title":"canary"}}]}}]}"#,
            Text,
        ),
        (r#"{"id":"canary"}"#, Opaque),
        (r#"{"id":"canary in words"}"#, Text),
        (r#"{"unheard_of":{"deep":["canary"]}}"#, Text),
        (r#"{"error":{"message":"canary"}}"#, Text),
        (r#"{"error":{"failed_generation":"canary"}}"#, Text),
        (r#"{"detail":"canary"}"#, Text),
    ] {
        assert_eq!(treatment(chat, body), expected, "{body}");
    }
    let messages = endpoint("anthropic", Method::POST, "/v1/messages");
    for (body, expected) in [
        (r#"{"content":[{"type":"text","text":"canary"}]}"#, Text),
        (
            r#"{"content":[{"type":"thinking","thinking":"canary"}]}"#,
            Signed,
        ),
        (
            r#"{"content":[{"type":"tool_use","input":{"a":"canary"}}]}"#,
            Text,
        ),
        (
            r#"{"content":[{"type":"text","citations":[{"cited_text":"canary"}]}]}"#,
            Text,
        ),
        (
            r#"{"type":"error","error":{"type":"x","message":"canary"}}"#,
            Text,
        ),
    ] {
        assert_eq!(treatment(messages, body), expected, "{body}");
    }
    let embeddings = endpoint("openai", Method::POST, "/v1/embeddings");
    assert_eq!(
        treatment(embeddings, r#"{"data":[{"embedding":"canary"}]}"#),
        Opaque
    );
}

#[test]
fn names_that_choose_are_no_matter_in_answers() {
    let chat = endpoint("openai", Method::POST, "/v1/chat/completions");
    let document = document(chat, r#"{"provider":"x","models":[],"Model":"y"}"#);
    assert!(chat.read_answer(&document).is_ok());
}

#[test]
fn numbers_of_answers_are_known_free_or_fixed() {
    let messages = endpoint("anthropic", Method::POST, "/v1/messages");
    let body =
        r#"{"usage":{"new":{"deep":1}},"content":[{"type":"tool_use","input":{"a":2}}],"more":3}"#;
    let document = document(messages, body);
    let reading = messages.read_answer(&document).unwrap();
    let numbers = document.nodes().filter(|one| one.kind() == Kind::Number);
    let treatments: Vec<_> = numbers.map(|one| reading.treatment(one)).collect();
    assert_eq!(
        treatments,
        [Treatment::Opaque, Treatment::FreeNumber, Treatment::Fixed]
    );
}

#[test]
fn an_answer_says_what_it_used() {
    let chat = endpoint("openai", Method::POST, "/v1/chat/completions");
    let facts = chat.facts(&document(
        chat,
        r#"{"id":"c-1","model":"m-1","choices":[{"finish_reason":"stop"},{"finish_reason":"length"}],
            "usage":{"prompt_tokens":10,"completion_tokens":4,
                     "prompt_tokens_details":{"cached_tokens":6},
                     "completion_tokens_details":{"reasoning_tokens":3}}}"#,
    ));
    assert_eq!(facts.response_id.as_deref(), Some("c-1"));
    assert_eq!(facts.model.as_deref(), Some("m-1"));
    assert_eq!(facts.finish_reasons, ["stop", "length"]);
    let usage = facts.usage.unwrap();
    let counts = [usage.input, usage.output, usage.cached, usage.reasoning];
    assert_eq!(counts.map(|one| one.0), [10, 4, 6, 3]);

    let messages = endpoint("anthropic", Method::POST, "/v1/messages");
    let facts = messages.facts(&document(
        messages,
        r#"{"id":"m_1","model":"c","stop_reason":"end_turn","usage":{"input_tokens":10,
            "cache_read_input_tokens":5,"cache_creation_input_tokens":2,"output_tokens":4}}"#,
    ));
    let usage = facts.usage.unwrap();
    let counts = [usage.input, usage.output, usage.cached, usage.cache_writes];
    assert_eq!(counts.map(|one| one.0), [17, 4, 5, 2]);
    assert_eq!(facts.finish_reasons, ["end_turn"]);

    let count = endpoint("anthropic", Method::POST, "/v1/messages/count_tokens");
    let facts = count.facts(&document(count, r#"{"input_tokens":12}"#));
    assert_eq!(facts.usage.unwrap().input.0, 12);
}

#[test]
fn facts_hold_nothing_that_is_no_word() {
    let chat = endpoint("openai", Method::POST, "/v1/chat/completions");
    let long = "x".repeat(300);
    let body = format!(
        r#"{{"id":"a canary","model":"{long}","choices":[{{"finish_reason":"can\u0061ry\u001b[0m"}},{{"finish_reason":7}}],"usage":{{"prompt_tokens":-1,"completion_tokens":"9"}}}}"#
    );
    let facts = chat.facts(&document(chat, &body));
    assert_eq!((facts.response_id, facts.model), (None, None));
    assert!(facts.finish_reasons.is_empty());
    assert_eq!(facts.usage, Some(Usage::default()));
}

#[test]
fn a_caller_sees_listed_headers_only() {
    let mut sent = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-request-id", "r"),
        ("retry-after", "3"),
        ("x-ratelimit-remaining-requests", "1"),
        ("openai-processing-ms", "12"),
        ("openai-organization", "upstream-canary"),
        ("set-cookie", "a=b"),
        ("connection", "x-secret"),
        ("transfer-encoding", "chunked"),
        ("content-length", "3"),
        ("content-encoding", "gzip"),
        ("location", "https://a.example"),
        ("server", "x"),
        ("anthropic-organization-id", "o"),
        ("authorization", "Bearer x"),
    ] {
        sent.append(name, HeaderValue::from_static(value));
    }
    let seen = |kind| {
        let seen = upstream(kind).answer_headers(&sent);
        let mut names: Vec<_> = seen.keys().map(|name| name.to_string()).collect();
        names.sort();
        names
    };
    let shared = [
        "content-type",
        "retry-after",
        "x-ratelimit-remaining-requests",
        "x-request-id",
    ];
    let mut openai = shared.to_vec();
    openai.insert(1, "openai-processing-ms");
    assert_eq!(seen("openai"), openai);
    let mut anthropic = vec!["anthropic-organization-id"];
    anthropic.extend(shared);
    assert_eq!(seen("anthropic"), anthropic);
}

#[test]
fn our_credential_is_recognised_when_it_comes_back() {
    let upstream = upstream("openai");
    assert!(upstream.repeats_credential(b"you sent upstream-canary!"));
    assert!(!upstream.repeats_credential(b"you sent nothing"));
}

/// The members of a refusal's body by path.
fn told(kind: &str, one: Code) -> Value {
    let refusal = Refusal::new(one, "a sentence").with_detail("canary");
    let body = upstream(kind).refusal_body(&refusal, RequestId::new());
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(!text.contains("canary"), "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn refusals_have_the_shape_of_the_provider_with_code_and_request_id() {
    for one in Code::ALL {
        let body = told("openai", *one);
        assert_eq!(body["error"]["message"], "a sentence");
        assert_eq!(body["error"]["code"], one.name());
        assert_eq!(body["error"]["param"], Value::Null);
        assert!(body["error"]["type"].is_string());
        assert_eq!(body["error"]["request_id"].as_str().unwrap().len(), 36);

        let body = told("anthropic", *one);
        assert_eq!(body["type"], "error");
        assert_eq!(body["error"]["message"], "a sentence");
        assert_eq!(body["error"]["code"], one.name());
        assert_eq!(body["request_id"].as_str().unwrap().len(), 36);
    }
    for (one, openai, anthropic) in [
        (
            Code::InvalidJson,
            "invalid_request_error",
            "invalid_request_error",
        ),
        (
            Code::InvalidCredential,
            "authentication_error",
            "authentication_error",
        ),
        (
            Code::ModelNotGranted,
            "permission_error",
            "permission_error",
        ),
        (
            Code::UnknownEndpoint,
            "invalid_request_error",
            "not_found_error",
        ),
        (
            Code::RequestTooLarge,
            "invalid_request_error",
            "request_too_large",
        ),
        (Code::RateLimited, "rate_limit_error", "rate_limit_error"),
        (Code::UpstreamReset, "server_error", "api_error"),
        (Code::Overloaded, "server_error", "overloaded_error"),
        (Code::UpstreamTimeout, "server_error", "timeout_error"),
    ] {
        assert_eq!(told("openai", one)["error"]["type"], openai);
        assert_eq!(told("anthropic", one)["error"]["type"], anthropic);
    }
    let refusal = Refusal::new(Code::UnknownEndpoint, "a sentence");
    let body = plain_refusal_body(&refusal, RequestId::new());
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["error"]["code"], "unknown_endpoint");
    assert!(!body.to_string().contains("openai"));
}

#[test]
fn an_unreadable_error_keeps_its_status_and_no_word() {
    let body =
        upstream("anthropic").unreadable_error(StatusCode::TOO_MANY_REQUESTS, RequestId::new());
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["error"]["type"], "rate_limit_error");
    assert_eq!(body["error"]["code"], "upstream_malformed");
}
