//! Chat completions as events: `chat.completion.chunk`, then `[DONE]`.

use bytes::Bytes;

use super::{ERROR, chat, message::MESSAGE};
use crate::{
    provider::{
        dialect::Failure,
        facts::{self, AnswerFacts, MOST_REASONS},
        shape::{
            Rule::{Count, Free, Numbers, Text, Word},
            Shape, at, part,
        },
        stream::{End, Last, Line, Repeat, Stream},
    },
    redact::stream::Carrier::{self, JsonText, Signed},
    wire::{
        json::{Document, Node},
        sse,
    },
};

pub(super) static STREAM: Stream = CHUNKS;

/// Chunks with choices, until `[DONE]`.
pub(super) const CHUNKS: Stream = Stream {
    event: &EVENT,
    channels: &[
        line("/choices/*/delta/content", "content", TEXT),
        line("/choices/*/delta/content/*/text", "content_part", TEXT),
        line(
            "/choices/*/delta/content/*/thinking/*/text",
            "thinking",
            TEXT,
        ),
        line("/choices/*/delta/refusal", "refusal", TEXT),
        line("/choices/*/delta/reasoning", "reasoning", TEXT),
        line(
            "/choices/*/delta/reasoning_content",
            "reasoning_content",
            TEXT,
        ),
        line(
            "/choices/*/delta/reasoning_details/*/text",
            "reasoning_details",
            Signed,
        ),
        line("/choices/*/delta/audio/transcript", "transcript", TEXT),
        line(
            "/choices/*/delta/tool_calls/*/function/arguments",
            "arguments",
            JsonText,
        ),
        line("/choices/*/delta/tool_calls/*/custom/input", "input", TEXT),
        line(
            "/choices/*/delta/function_call/arguments",
            "function_call",
            JsonText,
        ),
    ],
    fragments: &["/choices/*/delta"],
    ends: &[End {
        event: "",
        when: "/choices/*/finish_reason",
        keys: &[],
        field: None,
    }],
    known: None,
    pings: &[],
    last: Last {
        data: Some("[DONE]"),
        types: &[],
    },
    repeats: &[
        Repeat {
            text: "/choices/*/delta/content",
            value: "/choices/*/logprobs",
            instead: "null",
        },
        Repeat {
            text: "/choices/*/delta/refusal",
            value: "/choices/*/logprobs",
            instead: "null",
        },
    ],
    facts,
    stop,
};

/// The same in an answer that is no stream; here offsets point into the text.
pub(super) static REPEATS: [Repeat; 3] = [
    Repeat {
        text: "/choices/*/message/content",
        value: "/choices/*/logprobs",
        instead: "null",
    },
    Repeat {
        text: "/choices/*/message/refusal",
        value: "/choices/*/logprobs",
        instead: "null",
    },
    Repeat {
        text: "/choices/*/message/content",
        value: "/choices/*/message/annotations",
        instead: "[]",
    },
];

const TEXT: Carrier = Carrier::Text;

pub(super) const fn line(path: &'static str, field: &'static str, carrier: Carrier) -> Line {
    Line {
        event: "",
        path,
        keys: &[],
        field,
        carrier,
    }
}

static EVENT: Shape = Shape::of(&[
    at(
        "/{id,object,model,system_fingerprint,service_tier,obfuscation,p,provider}",
        Word,
    ),
    at("/created", Count),
    at("/choices/*/index", Count),
    at("/choices/*/{finish_reason,native_finish_reason}", Word),
    part("/choices/*/delta", MESSAGE),
    part("/choices/*/message", MESSAGE), // Perplexity repeats the whole text
    part("/choices/*/logprobs/{content,refusal}/*", chat::TOKEN),
    part(
        "/choices/*/logprobs/{content,refusal}/*/top_logprobs/*",
        chat::TOKEN,
    ),
    at(
        "/choices/*/{content_filter_results,content_filter_result}",
        Numbers,
    ),
    at(
        "/choices/*/{content_filter_offsets,seed,stop_reason,token_ids}",
        Numbers,
    ),
    at("/prompt_filter_results", Numbers),
    at("/{usage,x_groq,time_info,metrics}", Numbers),
    at("/citations/*", Text),
    at("/metadata", Free),
    part("/error", ERROR),
]);

fn facts(document: &Document, known: &mut AnswerFacts) {
    let named = facts::named(document);
    known.response_id = named.response_id.or(known.response_id.take());
    known.model = named.model.or(known.model.take());
    known.usage = document.get("usage").and_then(chat::usage).or(known.usage);
    let choices = document.get("choices").into_iter().flat_map(Node::items);
    let reasons = choices.filter_map(|one| facts::word(one, "finish_reason"));
    let room = MOST_REASONS.saturating_sub(known.finish_reasons.len());
    known.finish_reasons.extend(reasons.take(room));
}

/// SDKs raise when an event has an `error`.
fn stop(failure: &Failure<'_>, _number: u64) -> Bytes {
    let body = super::error(failure);
    sse::frame(None, &String::from_utf8_lossy(&body))
}
