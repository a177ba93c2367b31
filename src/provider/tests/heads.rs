use http::{HeaderName, HeaderValue};

use super::*;

fn with(kind: &str, path: &str, headers: &[(&'static str, &str)]) -> Result<(), Refusal> {
    let mut parts = head(Method::POST, path);
    if headers.iter().any(|(name, _)| *name == "content-type") {
        parts.headers.clear();
    }
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        parts.headers.append(HeaderName::from_static(name), value);
    }
    let upstream = upstream(kind);
    let below = parts.uri.path().strip_prefix("/it").unwrap();
    let endpoint = upstream.endpoint(&parts.method, below)?;
    upstream.check_head(endpoint, &parts)
}

fn chat_with(headers: &[(&'static str, &str)]) -> Result<(), Refusal> {
    with("openai", "/v1/chat/completions", headers)
}

#[test]
fn the_body_is_declared_once_as_json_in_utf8() {
    for value in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        assert_eq!(chat_with(&[("content-type", value)]), Ok(()), "{value}");
    }
    for value in [
        "",
        "text/plain",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-16",
        "application/json; boundary=x",
        "application/jsonx",
        "multipart/form-data",
    ] {
        let answer = chat_with(&[("content-type", value)]);
        assert_eq!(code(answer), Code::UnsupportedMediaType, "{value}");
    }
    let twice = [("content-type", "application/json"); 2];
    assert_eq!(code(chat_with(&twice)), Code::UnsupportedMediaType);
    let mut none = head(Method::POST, "/v1/chat/completions");
    none.headers.clear();
    assert_eq!(
        code(read("openai", &none, "{}")),
        Code::UnsupportedMediaType
    );
}

#[test]
fn a_compressed_body_is_refused() {
    for value in ["gzip", "br", "deflate", "gzip, identity", "x"] {
        let answer = chat_with(&[("content-encoding", value)]);
        assert_eq!(code(answer), Code::ContentEncodingRefused, "{value}");
    }
    assert_eq!(chat_with(&[("content-encoding", "Identity")]), Ok(()));
}

#[test]
fn betas_pass_from_the_list_and_no_other() {
    let messages = |value| {
        with(
            "anthropic",
            "/v1/messages?beta=true",
            &[("anthropic-beta", value)],
        )
    };
    for value in [
        "context-1m-2025-08-07",
        "context-1m-2025-08-07,extended-cache-ttl-2025-04-11",
        "prompt-caching-2024-07-31, interleaved-thinking-2025-05-14",
    ] {
        assert_eq!(messages(value), Ok(()), "{value}");
    }
    for value in [
        "mcp-client-2025-04-04",
        "files-api-2025-04-14",
        "code-execution-2025-05-22",
        "context-1m-2025-08-07,mcp-client-2025-04-04",
        "Context-1m-2025-08-07",
        "context-1m-2025-08-07 x",
        "",
        ",",
    ] {
        assert_eq!(code(messages(value)), Code::BetaNotGranted, "{value}");
    }
    let told = messages("mcp-client-2025-04-04").unwrap_err();
    assert!(
        told.sentence()
            .contains("anthropic-beta: mcp-client-2025-04-04")
    );
    let told = messages("tell me <canary>").unwrap_err();
    assert!(!told.sentence().contains("canary"));
    assert_eq!(
        code(chat_with(&[("openai-beta", "assistants=v2")])),
        Code::BetaNotGranted
    );
    assert_eq!(
        chat_with(&[("openai-beta", "responses=experimental")]),
        Ok(())
    );
}

#[test]
fn the_version_is_a_date_said_once() {
    let messages = |headers: &[(&'static str, &str)]| with("anthropic", "/v1/messages", headers);
    assert_eq!(messages(&[("anthropic-version", "2023-06-01")]), Ok(()));
    assert_eq!(messages(&[]), Ok(()));
    for value in [
        "2023-6-1",
        "latest",
        "2023-06-01x",
        "20230601",
        "2023-06-01, 2023-06-01",
    ] {
        let answer = messages(&[("anthropic-version", value)]);
        assert_eq!(code(answer), Code::InvalidField, "{value}");
    }
    let twice = [("anthropic-version", "2023-06-01"); 2];
    assert_eq!(code(messages(&twice)), Code::InvalidField);
}

#[test]
fn query_parameters_pass_by_name_and_once() {
    let get = |kind: &str, path: &str| read(kind, &head(Method::GET, path), "");
    for (kind, path) in [
        ("openai", "/v1/models?limit=20&after=m-1&order=asc"),
        ("anthropic", "/v1/models?after_id=a&limit=1000&beta=true"),
        ("anthropic", "/v1/models/claude?beta=true"),
        ("openai", "/v1/models?"),
    ] {
        assert!(get(kind, path).is_ok(), "{path}");
    }
    for (kind, path) in [
        ("openai", "/v1/models?beta=true"),
        ("openai", "/v1/models?limit=1&limit=2"),
        ("openai", "/v1/models?limit=1e9"),
        ("openai", "/v1/models?Limit=1"),
        ("openai", "/v1/models?after=a%26b"),
        ("openai", "/v1/models?after="),
        ("openai", "/v1/models?after=a;b"),
        ("openai", "/v1/models/m?limit=1"),
        ("anthropic", "/v1/models?beta=false"),
    ] {
        assert_eq!(code(get(kind, path)), Code::InvalidField, "{path}");
    }
    for name in ["key", "KEY", "api_key", "access_token"] {
        let path = format!("/v1/models?{name}=x");
        assert_eq!(
            code(get("openai", &path)),
            Code::CredentialInQuery,
            "{name}"
        );
    }
    let chat = with("openai", "/v1/chat/completions?x=1", &[]);
    assert_eq!(code(chat), Code::InvalidField);
}

#[test]
fn unknown_paths_and_methods_are_refused_with_what_is_allowed() {
    let upstream = upstream("openai");
    let find = |method, path: &str| upstream.endpoint(&method, path);
    assert!(find(Method::POST, "/v1/chat/completions").is_ok());
    for path in [
        "/chat/completions",
        "/v1",
        "/v1/",
        "/v1chat/completions",
        "/v1/files",
        "/v1/batches",
        "/v1/messages",
        "/v1/../v1/chat/completions",
        "/v2/chat/completions",
        "/V1/chat/completions",
        "/v1/v1/chat/completions",
        "/v1/models/..",
        "/v1/models/%2e%2e",
        "/v1/models/",
    ] {
        assert_eq!(
            code(find(Method::POST, path)),
            Code::UnknownEndpoint,
            "{path}"
        );
        assert_eq!(
            code(find(Method::GET, path)),
            Code::UnknownEndpoint,
            "{path}"
        );
    }
    for (method, path, allowed) in [
        (Method::GET, "/v1/chat/completions", "POST"),
        (Method::POST, "/v1/models", "GET"),
        (Method::DELETE, "/v1/models/ft", "GET"),
    ] {
        let refusal = find(method, path).unwrap_err();
        assert_eq!(refusal.code(), Code::MethodNotAllowed);
        assert_eq!(refusal.allow(), Some(allowed), "{path}");
    }
}
