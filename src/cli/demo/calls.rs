//! The calls the demo makes itself, and those it offers for pasting.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::Full;
use serde_json::{Value, json};

use super::provider::MODEL;

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) what: &'static str,
    pub(super) method: Method,
    pub(super) target: &'static str,
    /// The header a key goes into, and what stands before it.
    key_in: (&'static str, &'static str),
    body: Option<Value>,
    pub(super) expects: Expects,
}

/// What has to come of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expects {
    /// The card leaves as a placeholder, comes back whole, and a foreign one is masked.
    Echo,
    /// The card leaves as a placeholder; the answer has no text.
    CardOnlyOut,
    /// An answer, nothing to redact.
    Answer,
    /// A refusal with this code, without the provider's knowing.
    Refusal(&'static str),
}

/// Every call `--once` makes.
pub(super) fn all() -> Vec<Call> {
    let bearer = ("authorization", "Bearer ");
    let prompt = json!([{"role": "user", "content": PROMPT}]);
    let chat = |model: &str| json!({"model": model, "messages": prompt});
    let message = json!({"model": MODEL, "max_tokens": 200, "messages": prompt});
    let count = json!({"model": MODEL, "messages": prompt});
    let post = |what, target, key_in, body, expects| Call {
        what,
        method: Method::POST,
        target,
        key_in,
        body: Some(body),
        expects,
    };
    let list = |what, target, key_in| Call {
        what,
        method: Method::GET,
        target,
        key_in,
        body: None,
        expects: Expects::Answer,
    };
    let plain = ("x-api-key", "");
    vec![
        post(
            "a chat completion",
            "/openai/v1/chat/completions",
            bearer,
            chat(MODEL),
            Expects::Echo,
        ),
        post(
            "a message",
            "/anthropic/v1/messages",
            plain,
            message,
            Expects::Echo,
        ),
        post(
            "an embedding",
            "/openai/v1/embeddings",
            bearer,
            json!({"model": MODEL, "input": PROMPT}),
            Expects::CardOnlyOut,
        ),
        post(
            "a count of tokens",
            "/anthropic/v1/messages/count_tokens",
            plain,
            count,
            Expects::CardOnlyOut,
        ),
        list("the models of one provider", "/openai/v1/models", bearer),
        list("the models of the other", "/anthropic/v1/models", plain),
        post(
            "a model nobody was granted",
            "/openai/v1/chat/completions",
            bearer,
            chat("another-model"),
            Expects::Refusal("model_not_granted"),
        ),
    ]
}

impl Call {
    /// The request, with this key in it.
    pub(super) fn request(
        &self,
        address: SocketAddr,
        key: &str,
    ) -> http::Result<Request<Full<Bytes>>> {
        let (name, before) = self.key_in;
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(self.target)
            .header(header::HOST, address.to_string())
            .header(header::USER_AGENT, "portcullis-demo")
            .header(name, format!("{before}{key}"));
        if name == "x-api-key" {
            request = request.header("anthropic-version", "2023-06-01");
        }
        let Some(body) = &self.body else {
            return request.body(Full::default());
        };
        request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body.to_string().into()))
    }
}

/// Calls for pasting into a shell.
pub(super) fn to_paste(address: SocketAddr, key: &str) -> String {
    PASTE
        .replace("{address}", &address.to_string())
        .replace("{key}", key)
        .replace("{model}", MODEL)
        .replace("{prompt}", PROMPT)
}

/// Visa's published test number: nobody's, and treated as real.
pub(super) const CARD: &str = "4111 1111 1111 1111";

/// What every call says.
const PROMPT: &str = "My card is 4111 1111 1111 1111.";

const PASTE: &str = r#"curl:

curl -s http://{address}/openai/v1/chat/completions \
  -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \
  -d '{"model": "{model}", "messages": [{"role": "user", "content": "{prompt}"}]}'

Python (pip install openai anthropic):

from openai import OpenAI
client = OpenAI(base_url="http://{address}/openai/v1", api_key="{key}")
print(client.chat.completions.create(model="{model}", messages=[{"role": "user", "content": "{prompt}"}]).choices[0].message.content)

from anthropic import Anthropic
client = Anthropic(base_url="http://{address}/anthropic", api_key="{key}")
print(client.messages.create(model="{model}", max_tokens=200, messages=[{"role": "user", "content": "{prompt}"}]).content[0].text)

Node (npm install openai):

import OpenAI from "openai";
const client = new OpenAI({ baseURL: "http://{address}/openai/v1", apiKey: "{key}" });
console.log((await client.chat.completions.create({ model: "{model}", messages: [{ role: "user", content: "{prompt}" }] })).choices[0].message.content);
"#;
