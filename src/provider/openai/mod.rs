//! OpenAI: chat completions, responses, completions, embeddings, models.
//!
//! Sources: platform.openai.com/docs/api-reference (read 2026-11) and the
//! recordings the tests replay; fields of compatible servers are named where
//! they are common.

mod chat;
mod chat_events;
pub(super) mod compatible;
mod completions;
mod embeddings;
mod message;
mod models;
mod response_events;
mod response_items;
mod responses;

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use super::{
    dialect::{Booking, Dialect, Failure, Login},
    head::{HeaderRule, Values},
    shape::{
        Row,
        Rule::{Fixed, Text, Word},
        at,
    },
};

/// The dialect of the vendor itself.
pub(super) static DIALECT: Dialect = Dialect {
    kind: "openai",
    address: Some("https://api.openai.com"),
    prefixes: &["/v1"],
    endpoints: ENDPOINTS,
    headers: &[HeaderRule {
        name: "openai-beta",
        values: Values::Betas(NEUTRAL_BETAS),
    }],
    login: Login::Bearer,
    booking: Some(Booking {
        organization: "openai-organization",
        project: "openai-project",
    }),
    answer_headers: &["openai-*"],
    error,
};

static ENDPOINTS: &[super::Endpoint] = &[
    chat::CHAT,
    responses::RESPONSES,
    completions::COMPLETIONS,
    embeddings::EMBEDDINGS,
    models::LIST,
    models::RETRIEVE,
];

/// Values of `openai-beta` that give a request nothing its body does not show.
/// Of 2026-11-24. Not listed, among others: `assistants=v2`, `realtime=v1`.
const NEUTRAL_BETAS: &[&str] = &["responses=experimental"];

/// An error, instead of or beside an answer. Messages repeat what was sent.
const ERROR: &[Row] = &[
    at("/message", Text),
    at("/{type,code,param}", Word),
    at("/failed_generation", Text), // Groq
    at("/tool_calls/*/function/name", Fixed),
];

/// `{"error": {"message", "type", "param", "code"}}`, with the gateway's
/// request id beside them. SDKs take the exception's class from the status.
fn error(failure: &Failure<'_>) -> Bytes {
    let body = json!({"error": {
        "message": failure.sentence,
        "type": kind(failure.status),
        "param": null,
        "code": failure.code,
        "request_id": failure.request.to_string(),
    }});
    body.to_string().into()
}

/// What kind of error a status is.
fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    }
}
