//! Anthropic: messages, token counts, models.
//!
//! Sources: docs.anthropic.com/en/api (read 2026-11) and the recordings the
//! tests replay.

mod block;
mod events;
mod messages;
mod models;

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use super::{
    dialect::{Dialect, Failure, Login},
    head::{HeaderRule, Values},
    shape::{
        Row,
        Rule::{Text, Word},
        at,
    },
};

/// The dialect of the vendor itself.
pub(super) static DIALECT: Dialect = Dialect {
    kind: "anthropic",
    address: Some("https://api.anthropic.com"),
    prefixes: &["/v1"],
    endpoints: ENDPOINTS,
    headers: &[
        HeaderRule {
            name: "anthropic-version",
            values: Values::Date,
        },
        HeaderRule {
            name: "anthropic-beta",
            values: Values::Betas(NEUTRAL_BETAS),
        },
    ],
    login: Login::Header("x-api-key"),
    booking: None,
    answer_headers: &["anthropic-*"],
    error,
};

static ENDPOINTS: &[super::Endpoint] = &[
    messages::MESSAGES,
    messages::COUNT_TOKENS,
    models::LIST,
    models::RETRIEVE,
];

/// Values of `anthropic-beta` that give a request nothing its body does not
/// show: caching, limits, thinking, the pace of a stream. Of 2026-11-24, from
/// the list in Anthropic's SDK. Not listed, because they reach further: files,
/// skills, MCP, code execution, web fetch, computer use, batches, advisors.
const NEUTRAL_BETAS: &[&str] = &[
    "prompt-caching-2024-07-31",
    "extended-cache-ttl-2025-04-11",
    "token-counting-2024-11-01",
    "max-tokens-3-5-sonnet-2024-07-15",
    "output-128k-2025-02-19",
    "output-300k-2026-03-24",
    "context-1m-2025-08-07",
    "context-management-2025-06-27",
    "model-context-window-exceeded-2025-08-26",
    "pdfs-2024-09-25",
    "token-efficient-tools-2025-02-19",
    "fine-grained-tool-streaming-2025-05-14",
    "structured-outputs-2025-11-13",
    "interleaved-thinking-2025-05-14",
    "dev-full-thinking-2025-05-14",
    "effort-2025-11-24",
];

/// An error, instead of an answer. Messages repeat what was sent.
const ERROR: &[Row] = &[
    at("/{type,request_id}", Word),
    at("/error/message", Text),
    at("/error/type", Word),
];

/// `{"type": "error", "error": {"type", "message"}, "request_id"}`; our code
/// stands in `error` beside the type, where SDKs keep what they do not know.
fn error(failure: &Failure<'_>) -> Bytes {
    let kind = match failure.status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::NOT_FOUND => "not_found_error",
        StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        StatusCode::GATEWAY_TIMEOUT => "timeout_error",
        StatusCode::SERVICE_UNAVAILABLE => "overloaded_error",
        status if status.is_server_error() => "api_error",
        _ => "invalid_request_error",
    };
    let body = json!({
        "type": "error",
        "error": {
            "type": kind,
            "message": failure.sentence,
            "code": failure.code,
        },
        "request_id": failure.request.to_string(),
    });
    body.to_string().into()
}
