//! Responses as events: numbered, each with a `type`, text three times over.
//!
//! A delta's text comes again whole in its `.done`, in the part, in the item
//! and in the response. Those copies are whole leaves and cleaned as such, so
//! all say the same.

use bytes::Bytes;
use serde_json::json;

use super::{
    ERROR,
    response_items::{ANNOTATION, ITEM, LOGPROB, PART},
    responses::{self, RESPONSE},
};
use crate::{
    provider::{
        dialect::Failure,
        facts::AnswerFacts,
        shape::{
            Rule::{Blob, Count, Fixed, JsonText, Numbers, Text, Word},
            Shape, at, part,
        },
        stream::{End, Last, Line, Repeat, Stream},
    },
    redact::stream::Carrier,
    wire::{json::Document, sse},
};

pub(super) static STREAM: Stream = Stream {
    event: &EVENT,
    channels: CHANNELS,
    fragments: &["/delta"],
    ends: ENDS,
    known: Some(KNOWN),
    pings: &[],
    last: Last {
        data: Some("[DONE]"), // OpenRouter adds one
        types: &[
            "response.completed",
            "response.incomplete",
            "response.failed",
        ],
    },
    repeats: REPEATS,
    facts,
    stop,
};

/// Which block of the answer an event is about.
const PART_OF: &[&str] = &["output_index", "content_index"];
const SUMMARY_OF: &[&str] = &["output_index", "summary_index"];
const ITEM_OF: &[&str] = &["output_index"];

const CHANNELS: &[Line] = &[
    line("response.output_text.delta", PART_OF, "text", Carrier::Text),
    line("response.refusal.delta", PART_OF, "refusal", Carrier::Text),
    line(
        "response.reasoning_text.delta",
        PART_OF,
        "reasoning",
        Carrier::Text,
    ),
    line(
        "response.reasoning_summary_text.delta",
        SUMMARY_OF,
        "summary",
        Carrier::Text,
    ),
    line(
        "response.audio.transcript.delta",
        ITEM_OF,
        "transcript",
        Carrier::Text,
    ),
    line(
        "response.function_call_arguments.delta",
        ITEM_OF,
        "arguments",
        Carrier::JsonText,
    ),
    line(
        "response.mcp_call_arguments.delta",
        ITEM_OF,
        "mcp",
        Carrier::JsonText,
    ),
    line(
        "response.custom_tool_call_input.delta",
        ITEM_OF,
        "input",
        Carrier::Text,
    ),
    line(
        "response.code_interpreter_call_code.delta",
        ITEM_OF,
        "code",
        Carrier::Text,
    ),
    line(
        "response.shell_call_command.delta",
        &["output_index", "command_index"],
        "command",
        Carrier::Text,
    ),
    line(
        "response.apply_patch_call_operation_diff.delta",
        ITEM_OF,
        "diff",
        Carrier::Text,
    ),
    Line {
        event: "response.shell_call_output_content.delta",
        path: "/delta/stdout",
        keys: &["output_index", "command_index"],
        field: "stdout",
        carrier: Carrier::Text,
    },
    Line {
        event: "response.shell_call_output_content.delta",
        path: "/delta/stderr",
        keys: &["output_index", "command_index"],
        field: "stderr",
        carrier: Carrier::Text,
    },
];

const fn line(
    event: &'static str,
    keys: &'static [&'static str],
    field: &'static str,
    carrier: Carrier,
) -> Line {
    Line {
        event,
        path: "/delta",
        keys,
        field,
        carrier,
    }
}

const ENDS: &[End] = &[
    end("response.output_text.done", PART_OF, "text"),
    end("response.refusal.done", PART_OF, "refusal"),
    end("response.reasoning_text.done", PART_OF, "reasoning"),
    end(
        "response.reasoning_summary_text.done",
        SUMMARY_OF,
        "summary",
    ),
    end("response.audio.transcript.done", ITEM_OF, "transcript"),
    end(
        "response.function_call_arguments.done",
        ITEM_OF,
        "arguments",
    ),
    end("response.mcp_call_arguments.done", ITEM_OF, "mcp"),
    end("response.custom_tool_call_input.done", ITEM_OF, "input"),
    end("response.code_interpreter_call_code.done", ITEM_OF, "code"),
    end(
        "response.shell_call_command.done",
        &["output_index", "command_index"],
        "command",
    ),
    end(
        "response.apply_patch_call_operation_diff.done",
        ITEM_OF,
        "diff",
    ),
    end(
        "response.shell_call_output_content.done",
        &["output_index", "command_index"],
        "stdout",
    ),
    end(
        "response.shell_call_output_content.done",
        &["output_index", "command_index"],
        "stderr",
    ),
    End {
        event: "response.output_item.done",
        when: "",
        keys: ITEM_OF,
        field: None,
    },
];

const fn end(event: &'static str, keys: &'static [&'static str], field: &'static str) -> End {
    End {
        event,
        when: "",
        keys,
        field: Some(field),
    }
}

static EVENT: Shape = Shape::of(&[
    at("/{type,item_id,response_id,obfuscation}", Word),
    at(
        "/{sequence_number,output_index,content_index,summary_index}",
        Count,
    ),
    at(
        "/{annotation_index,command_index,partial_image_index}",
        Count,
    ),
    // what was just said, and what was said in whole
    at("/delta", Text).of_type(&["response.audio.delta"], Blob),
    at("/delta/{stdout,stderr}", Text),
    at("/{text,refusal,transcript,input,diff,command}", Text),
    at("/code", Word).of_type(&["response.code_interpreter_call_code.done"], Text),
    at("/arguments", JsonText),
    at("/name", Fixed),
    at("/output/*/{stdout,stderr}", Text),
    at("/output/*/outcome/type", Word),
    at("/output/*/outcome/exit_code", Numbers),
    part("/logprobs/*", LOGPROB),
    part("/logprobs/*/top_logprobs/*", LOGPROB),
    part("/annotation", ANNOTATION),
    part("/part", PART),
    part("/item", ITEM),
    part("/response", RESPONSE),
    at("/{partial_image_b64,b64_json}", Blob),
    at("/{background,output_format,quality,size}", Word),
    at("/message", Text),
    at("/param", Word),
    part("/error", ERROR),
]);

/// A changed text takes what spells it and what points into it along.
const REPEATS: &[Repeat] = &[
    repeat("/delta", "/logprobs"),
    repeat("/text", "/logprobs"),
    repeat("/part/text", "/part/logprobs"),
    repeat("/part/text", "/part/annotations"),
    repeat("/item/content/*/text", "/item/content/*/logprobs"),
    repeat("/item/content/*/text", "/item/content/*/annotations"),
    repeat(
        "/response/output/*/content/*/text",
        "/response/output/*/content/*/logprobs",
    ),
    repeat(
        "/response/output/*/content/*/text",
        "/response/output/*/content/*/annotations",
    ),
];

const fn repeat(text: &'static str, value: &'static str) -> Repeat {
    Repeat {
        text,
        value,
        instead: "[]",
    }
}

/// Types of events, as of 2026-11.
const KNOWN: &[&str] = &[
    "response.created",
    "response.queued",
    "response.in_progress",
    "response.completed",
    "response.incomplete",
    "response.failed",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.output_text.delta",
    "response.output_text.done",
    "response.output_text.annotation.added",
    "response.refusal.delta",
    "response.refusal.done",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.custom_tool_call_input.delta",
    "response.custom_tool_call_input.done",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call.completed",
    "response.shell_call_command.added",
    "response.shell_call_command.delta",
    "response.shell_call_command.done",
    "response.shell_call_output_content.delta",
    "response.shell_call_output_content.done",
    "response.apply_patch_call_operation_diff.delta",
    "response.apply_patch_call_operation_diff.done",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
    "response.web_search_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.file_search_call.completed",
    "response.mcp_call.in_progress",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_list_tools.in_progress",
    "response.mcp_list_tools.completed",
    "response.mcp_list_tools.failed",
    "response.image_generation_call.in_progress",
    "response.image_generation_call.generating",
    "response.image_generation_call.partial_image",
    "response.image_generation_call.completed",
    "response.audio.delta",
    "response.audio.done",
    "response.audio.transcript.delta",
    "response.audio.transcript.done",
    "keepalive",
    "error",
];

fn facts(document: &Document, known: &mut AnswerFacts) {
    let Some(response) = document.get("response") else {
        return;
    };
    let said = responses::of_response(response);
    known.response_id = said.response_id.or(known.response_id.take());
    known.model = said.model.or(known.model.take());
    known.usage = said.usage.or(known.usage);
    known.finish_reasons = said.finish_reasons;
}

/// Clients that read events as they come raise on `error`; those that wait for
/// the whole response miss it.
fn stop(failure: &Failure<'_>, number: u64) -> Bytes {
    let event = json!({
        "type": "error",
        "code": failure.code,
        "message": failure.sentence,
        "param": null,
        "sequence_number": number,
        "error": {
            "type": super::kind(failure.status),
            "code": failure.code,
            "message": failure.sentence,
            "param": null,
            "request_id": failure.request.to_string(),
        },
    });
    sse::frame(Some("error"), &event.to_string())
}
