//! Messages as events: named, each with a `type`, until `message_stop`.

use bytes::Bytes;

use super::{
    ERROR,
    block::{BLOCK, CITATION},
    messages,
};
use crate::{
    provider::{
        dialect::Failure,
        facts::{self, AnswerFacts},
        shape::{
            Rule::{Blob, Count, JsonText, Numbers, Signed, Text, Word},
            Shape, at, part,
        },
        stream::{End, Last, Line, Stream},
    },
    redact::stream::Carrier,
    wire::{json::Document, sse},
};

pub(super) static STREAM: Stream = Stream {
    event: &EVENT,
    channels: &[
        line(
            "content_block_start",
            "/content_block/text",
            "text",
            Carrier::Text,
        ),
        line("content_block_delta", "/delta/text", "text", Carrier::Text),
        line(
            "content_block_delta",
            "/delta/partial_json",
            "input",
            Carrier::JsonText,
        ),
        line(
            "content_block_start",
            "/content_block/thinking",
            "thinking",
            Carrier::Signed,
        ),
        line(
            "content_block_delta",
            "/delta/thinking",
            "thinking",
            Carrier::Signed,
        ),
        line(
            "content_block_delta",
            "/delta/content",
            "compaction",
            Carrier::Signed,
        ),
    ],
    fragments: &["/delta"],
    ends: &[End {
        event: "content_block_stop",
        when: "",
        keys: &["index"],
        field: None,
    }],
    known: Some(&[
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "ping",
        "error",
    ]),
    last: Last {
        data: None,
        types: &["message_stop"],
    },
    repeats: &[],
    facts,
    stop,
};

const fn line(
    event: &'static str,
    path: &'static str,
    field: &'static str,
    carrier: Carrier,
) -> Line {
    Line {
        event,
        path,
        keys: &["index"],
        field,
        carrier,
    }
}

static EVENT: Shape = Shape::of(&[
    at("/index", Count),
    part("/message", messages::MESSAGE),
    part("/content_block", BLOCK),
    at("/delta/{type,stop_reason}", Word),
    at("/delta/text", Text),
    at("/delta/partial_json", JsonText),
    at("/delta/{thinking,content}", Signed),
    at("/delta/{signature,encrypted_content}", Blob),
    at("/delta/stop_sequence", Text),
    at("/delta/container/{id,expires_at}", Word),
    at("/delta/stop_details/{type,category}", Word),
    at("/delta/stop_details/explanation", Text),
    part("/delta/citation", CITATION),
    at("/usage", Numbers),
    at("/context_management/applied_edits/*/type", Word),
    at(
        "/context_management/applied_edits/*/{cleared_tool_uses,cleared_input_tokens,cleared_thinking_turns}",
        Count,
    ),
    part("", ERROR),
]);

/// `message_start` counts what was read, the last `message_delta` everything;
/// what it leaves out stays as it was.
fn facts(document: &Document, known: &mut AnswerFacts) {
    let message = document.get("message");
    if let Some(message) = message {
        known.response_id = facts::word(message, "id");
        known.model = facts::word(message, "model");
    }
    let usage = message
        .and_then(|one| one.get("usage"))
        .or(document.get("usage"));
    if let Some(usage) = usage {
        known.usage = messages::usage(usage, known.usage.unwrap_or_default()).or(known.usage);
    }
    let reason = document
        .get("delta")
        .and_then(|one| facts::word(one, "stop_reason"));
    if let Some(reason) = reason {
        known.finish_reasons = vec![reason];
    }
}

/// SDKs look at the name of an event alone.
fn stop(failure: &Failure<'_>, _number: u64) -> Bytes {
    let body = super::error(failure);
    sse::frame(Some("error"), &String::from_utf8_lossy(&body))
}
