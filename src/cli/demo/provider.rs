//! A made-up provider on loopback: two dialects, unstreamed, remembering what
//! it saw.
//!
//! It knows nothing of the gateway in front of it, and it is the one place
//! where the bytes that *left* can be looked at. It echoes the prompt and adds
//! somebody else's card number, so that both directions of redaction have
//! something to do. Left out on purpose: thinking.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header::HeaderMap};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::wire;
use crate::primitives::Secret;

/// The provider, shared by its connections.
pub(super) struct Provider {
    credential: Secret,
    next: AtomicU64,
    /// Exchanges by the id their answers carried. A demo is short: nothing is
    /// forgotten.
    seen: Mutex<BTreeMap<String, Seen>>,
}

/// One exchange as the provider saw it. Not printable: it holds what was sent.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) answer: Bytes,
}

impl Provider {
    /// A provider that wants this credential.
    pub(super) fn new(credential: Secret) -> Arc<Self> {
        Arc::new(Self {
            credential,
            next: AtomicU64::new(1),
            seen: Mutex::default(),
        })
    }

    /// What it saw under the id its answer carried.
    pub(super) fn seen(&self, id: &str) -> Option<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(id).cloned()
    }

    /// Answers one request and remembers it.
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = wire::whole(body).await.unwrap_or_default();
        let (status, answer) = self.decide(&head, &body);
        let answer = Bytes::from(answer.to_string());
        let id = format!("demo-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let seen = Seen {
            target: head.uri.to_string(),
            headers: head.headers,
            body,
            answer: answer.clone(),
        };
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id.clone(), seen);
        Ok(wire::json(status, &[(ID, id.as_str())], answer))
    }

    fn decide(&self, head: &http::request::Parts, body: &[u8]) -> (StatusCode, Value) {
        let dialect = Dialect::of(&head.headers);
        if !dialect.shows(&head.headers, self.credential.expose()) {
            return dialect.fault(StatusCode::UNAUTHORIZED, "the credential is not known");
        }
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let answer = match (dialect, &head.method, head.uri.path()) {
            (Dialect::OpenAi, &Method::POST, "/v1/chat/completions") => chat(&asked),
            (Dialect::OpenAi, &Method::POST, "/v1/embeddings") => embeddings(&asked),
            (Dialect::OpenAi, &Method::GET, "/v1/models") => json!({
                "object": "list",
                "data": [{"id": MODEL, "object": "model", "created": CREATED, "owned_by": "demo"}],
            }),
            (Dialect::Anthropic, &Method::POST, "/v1/messages") => message(&asked),
            (Dialect::Anthropic, &Method::POST, "/v1/messages/count_tokens") => {
                json!({"input_tokens": tokens(body.len())})
            }
            (Dialect::Anthropic, &Method::GET, "/v1/models") => json!({
                "data": [{"id": MODEL, "type": "model", "display_name": "Demo model",
                          "created_at": "2026-01-01T00:00:00Z"}],
                "has_more": false, "first_id": MODEL, "last_id": MODEL,
            }),
            _ => return dialect.fault(StatusCode::NOT_FOUND, "there is nothing here"),
        };
        (StatusCode::OK, answer)
    }
}

/// Which of the two a request speaks, told by the header of its credential.
#[derive(Debug, Clone, Copy)]
enum Dialect {
    OpenAi,
    Anthropic,
}

impl Dialect {
    fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key("x-api-key") {
            Self::Anthropic
        } else {
            Self::OpenAi
        }
    }

    fn shows(self, headers: &HeaderMap, credential: &str) -> bool {
        let (name, value) = match self {
            Self::OpenAi => ("authorization", format!("Bearer {credential}")),
            Self::Anthropic => ("x-api-key", credential.to_owned()),
        };
        headers.get(name).is_some_and(|one| one == value.as_str())
    }

    fn fault(self, status: StatusCode, message: &str) -> (StatusCode, Value) {
        let body = match self {
            Self::OpenAi => json!({"error": {"message": message, "type": "invalid_request_error",
                                             "param": null, "code": null}}),
            Self::Anthropic => json!({"type": "error",
                                      "error": {"type": "invalid_request_error", "message": message}}),
        };
        (status, body)
    }
}

/// The text of every answer.
fn said(prompt: &str) -> String {
    format!("You said: {prompt} (Refunds go to my own card, {FOREIGN_CARD}.)")
}

fn chat(asked: &Value) -> Value {
    let prompt = last_message(asked);
    let (input, output) = (tokens(prompt.len()), tokens(said(&prompt).len()));
    json!({
        "id": "chatcmpl-demo",
        "object": "chat.completion",
        "created": CREATED,
        "model": model(asked),
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": said(&prompt), "refusal": null},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": input, "completion_tokens": output,
                  "total_tokens": input.saturating_add(output)},
    })
}

fn message(asked: &Value) -> Value {
    let prompt = last_message(asked);
    json!({
        "id": "msg_demo",
        "type": "message",
        "role": "assistant",
        "model": model(asked),
        "content": [{"type": "text", "text": said(&prompt)}],
        "stop_reason": "end_turn",
        "stop_sequence": null,
        "usage": {"input_tokens": tokens(prompt.len()), "output_tokens": tokens(said(&prompt).len())},
    })
}

fn embeddings(asked: &Value) -> Value {
    let inputs = asked["input"].as_array().map_or(1, Vec::len);
    // The SDK asks for base64 and gets four little-endian floats: 0, 0, 1, 0.
    let vector = if asked["encoding_format"] == "base64" {
        json!("AAAAAAAAAAAAAIA/AAAAAA==")
    } else {
        json!([0.0, 0.0, 1.0, 0.0])
    };
    let data: Vec<Value> = (0..inputs)
        .map(|index| json!({"object": "embedding", "index": index, "embedding": vector}))
        .collect();
    json!({"object": "list", "data": data, "model": model(asked),
           "usage": {"prompt_tokens": 4, "total_tokens": 4}})
}

fn model(asked: &Value) -> &str {
    asked["model"].as_str().unwrap_or(MODEL)
}

/// The text of the last message, whether it is a string or made of parts.
fn last_message(asked: &Value) -> String {
    let messages = asked["messages"].as_array();
    let content = messages
        .and_then(|many| many.last())
        .map(|last| &last["content"]);
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts
                .iter()
                .filter_map(|one| one["text"].as_str())
                .collect();
            texts.join(" ")
        }
        _ => String::new(),
    }
}

/// Four bytes a token, as a rule of thumb.
fn tokens(bytes: usize) -> usize {
    bytes.div_ceil(4)
}

/// The one model there is.
pub(super) const MODEL: &str = "demo-model";

/// Mastercard's published test number: nobody's, and treated as real.
pub(super) const FOREIGN_CARD: &str = "5555 5555 5555 4444";

/// The header that carries an exchange's id back; gateways pass it on.
pub(super) const ID: &str = "x-request-id";

/// 2026-01-01T00:00:00Z.
const CREATED: u64 = 1_767_225_600;
