//! `POST /responses`.
//!
//! The provider keeps a response unless the request says `store: false`, so
//! saying nothing needs `stored_state` too: the word is put in where no grant
//! gives that. What refers to kept state (an earlier response, a conversation,
//! an item by its id, reasoning without its ciphertext) needs it outright.

use http::Method;

use super::{
    ERROR, chat, response_events,
    response_items::{self, ITEM, TOOL},
};
use crate::{
    primitives::{
        Capability::{Logprobs, StoredState},
        Operation, Refusal, TokenCount,
    },
    provider::{
        call::Draft,
        endpoint::{Endpoint, ModelIn},
        facts::{self, AnswerFacts, Usage},
        shape::{
            Row,
            Rule::{self, Count, Fixed, Flag, Free, Number, Numbers, Refused, Schema, Text, Word},
            Shape,
            When::{Is, Numeric, Present, True},
            at, part,
        },
        stream::Repeat,
    },
    wire::{
        json::{Document, Kind, Node},
        splice::Edit,
    },
};

pub(super) const RESPONSES: Endpoint = Endpoint {
    operation: Operation::Chat,
    route: "/responses",
    method: Method::POST,
    takes_body: true,
    model: ModelIn::Body,
    query: &[],
    request: &REQUEST,
    answer: &ANSWER,
    stream: Some(&response_events::STREAM),
    repeats: REPEATS,
    usage_option: None,
    check,
    facts,
};

static REQUEST: Shape = Shape::of(&[
    part("", SETTINGS),
    at("/input", Text),
    response_items::items("/input/*"),
    part("/input/*", ITEM),
    response_items::tools("/tools/*"),
    part("/tools/*", TOOL),
    at("/stream", Flag),
    at("/stream_options/include_obfuscation", Flag),
    at("/include/*", Word).needs(Is("message.output_text.logprobs"), Logprobs),
    // what the provider keeps
    at("/store", Flag).needs(True, StoredState),
    at("/background", Flag).needs(True, StoredState),
    at("/previous_response_id", Word).needs(Present, StoredState),
    at("/conversation", Word).needs(Present, StoredState),
    at("/conversation/id", Word),
    at("/prompt", Rule::Group).needs(Present, StoredState),
    at("/moderation/model", Refused),
]);

/// What a request says of the answer, and the answer repeats.
pub(super) const SETTINGS: &[Row] = &[
    at("/model", Word),
    at("/instructions", Text),
    response_items::items("/instructions/*"),
    part("/instructions/*", ITEM),
    at("/prompt/{id,version}", Word),
    at("/prompt/variables", Free),
    at("/tool_choice", Word),
    at("/tool_choice/{type,mode}", Word),
    at("/tool_choice/{name,server_label}", Fixed),
    at("/tool_choice/tools/*/type", Word),
    at("/tool_choice/tools/*/{name,server_label}", Fixed),
    at("/parallel_tool_calls", Flag),
    at("/{max_output_tokens,max_tool_calls}", Count),
    at("/top_logprobs", Count).needs(Numeric, Logprobs),
    at(
        "/{temperature,top_p,presence_penalty,frequency_penalty}",
        Number,
    ),
    at("/{truncation,service_tier,prompt_cache_retention}", Word),
    at("/reasoning/{effort,summary,generate_summary,context}", Word),
    at("/text/format/type", Word),
    at("/text/format/name", Fixed),
    at("/text/format/description", Text),
    at("/text/format/schema", Schema),
    at("/text/format/strict", Flag),
    at("/text/verbosity", Word),
    at("/context_management/*/type", Word),
    at("/context_management/*/compact_threshold", Count),
    at("/prompt_cache_options/{mode,ttl}", Word),
    at("/{user,safety_identifier,prompt_cache_key}", Text),
    at("/metadata", Free),
];

static ANSWER: Shape = Shape::of(&[part("", RESPONSE), part("/error", ERROR)]);

/// A whole response; events carry it as it grows.
pub(super) const RESPONSE: &[Row] = &[
    part("", SETTINGS),
    at("/{id,object,status,previous_response_id,billing}", Word),
    at("/{created_at,completed_at}", Number),
    at("/{store,background}", Flag),
    at("/conversation/id", Word),
    part("/output/*", ITEM),
    part("/tools/*", TOOL),
    at("/output_text", Text),
    at("/incomplete_details/reason", Word),
    at("/error/code", Word),
    at("/error/message", Text),
    at("/usage", Numbers),
];

const REPEATS: &[Repeat] = &[
    Repeat {
        text: "/output/*/content/*/text",
        value: "/output/*/content/*/logprobs",
        instead: "[]",
    },
    Repeat {
        text: "/output/*/content/*/text",
        value: "/output/*/content/*/annotations",
        instead: "[]",
    },
];

fn check(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.asked.output = draft.count("max_output_tokens");
    let kept = draft
        .document
        .get("input")
        .into_iter()
        .flat_map(Node::items);
    if kept.into_iter().any(is_kept_reasoning) {
        draft.capabilities.insert(StoredState);
    }
    if let Some(edit) = store_nothing(draft.document) {
        draft.edits.push((STORE, edit));
        draft.unless_granted = Some((StoredState, STORE));
    }
    Ok(())
}

/// The edit's name.
const STORE: &str = "store";

/// Reasoning whose content the provider would look up.
fn is_kept_reasoning(item: Node<'_>) -> bool {
    let encrypted = item.get("encrypted_content");
    let is = item
        .get("type")
        .is_some_and(|kind| kind.text() == "reasoning");
    is && encrypted.is_none_or(|one| one.kind() != Kind::String || one.raw().is_empty())
}

/// `store: false`, where nothing is said about it.
fn store_nothing(document: &Document) -> Option<Edit> {
    let root = document.root()?;
    match root.get("store") {
        Some(said) if said.kind() == Kind::Null => Some(Edit {
            span: said.span(),
            with: b"false".to_vec(),
        }),
        Some(_) => None,
        None => Some(chat::put(root, r#""store":false"#)),
    }
}

fn facts(document: &Document) -> AnswerFacts {
    document.root().map(of_response).unwrap_or_default()
}

/// Facts of a response object.
pub(super) fn of_response(response: Node<'_>) -> AnswerFacts {
    let details = response.get("incomplete_details");
    let reason = details.and_then(|one| facts::word(one, "reason"));
    let reason = reason.or_else(|| facts::word(response, "status"));
    AnswerFacts {
        usage: response.get("usage").and_then(usage),
        response_id: facts::word(response, "id"),
        model: facts::word(response, "model"),
        finish_reasons: reason.into_iter().collect(),
    }
}

fn usage(object: Node<'_>) -> Option<Usage> {
    object.get("input_tokens")?;
    let within = |group: &str, name: &str| {
        let group = object.get(group);
        group.map_or(TokenCount(0), |group| facts::tokens(group, name))
    };
    Some(Usage {
        input: facts::tokens(object, "input_tokens"),
        output: facts::tokens(object, "output_tokens"),
        cached: within("input_tokens_details", "cached_tokens"),
        cache_writes: within("input_tokens_details", "cache_write_tokens"),
        reasoning: within("output_tokens_details", "reasoning_tokens"),
    })
}
