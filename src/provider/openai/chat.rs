//! `POST /chat/completions`.

use http::Method;

use super::{ERROR, message::MESSAGE};
use crate::{
    primitives::{
        Capability::{Audio, Logprobs, ManyChoices, ServerTools, StoredState, Tools},
        Code, Operation, Refusal, TokenCount,
    },
    provider::{
        call::Draft,
        endpoint::{Endpoint, ModelIn},
        facts::{self, AnswerFacts, MOST_REASONS, Usage},
        shape::{
            Kinds, Row,
            Rule::{self, Count, Fixed, Flag, Free, Number, Numbers, Refused, Schema, Text, Word},
            Shape,
            When::{AboveOne, Filled, Is, Numeric, Present, True},
            at, part,
        },
    },
    wire::{
        json::{Document, Kind, Node},
        splice::Edit,
    },
};

pub(super) const CHAT: Endpoint = Endpoint {
    operation: Operation::Chat,
    route: "/chat/completions",
    method: Method::POST,
    takes_body: true,
    model: ModelIn::Body,
    query: &[],
    request: &REQUEST,
    answer: &ANSWER,
    stream: Some(&super::chat_events::STREAM),
    repeats: &super::chat_events::REPEATS,
    usage_option: Some(usage_option),
    check,
    facts,
};

/// Tools a caller runs itself. Tools the provider runs have no place in this
/// operation except `web_search_options`.
static TOOLS: Kinds = Kinds {
    unknown: Code::ToolTypeUnknown,
    known: &[("function", &[Tools]), ("custom", &[Tools])],
    untyped: Some(&[Tools]),
};

static REQUEST: Shape = Shape::of(&[
    at("/model", Word),
    part("/messages/*", MESSAGE),
    // tools
    at("/tools/*", Rule::Kinds(&TOOLS)),
    at("/tools/*/type", Word),
    at("/tools/*/function/name", Fixed),
    at("/tools/*/function/description", Text),
    at("/tools/*/function/parameters", Schema),
    at("/tools/*/function/strict", Flag),
    at("/tools/*/custom/name", Fixed),
    at("/tools/*/custom/description", Text),
    at("/tools/*/custom/format/type", Word),
    at("/tools/*/custom/format/grammar/{syntax,definition}", Fixed),
    at("/tools/*/cache_control/{type,ttl}", Word),
    at("/tool_choice", Word),
    at("/tool_choice/type", Word),
    at("/tool_choice/{function,custom}/name", Fixed),
    at("/tool_choice/allowed_tools/mode", Word),
    at("/tool_choice/allowed_tools/tools/*/type", Word),
    at(
        "/tool_choice/allowed_tools/tools/*/{function,custom}/name",
        Fixed,
    ),
    at("/parallel_tool_calls", Flag),
    at("/functions", Rule::Group).needs(Filled, Tools),
    at("/functions/*/name", Fixed),
    at("/functions/*/description", Text),
    at("/functions/*/parameters", Schema),
    at("/function_call", Word),
    at("/function_call/name", Fixed),
    at("/web_search_options", Rule::Group).needs(Present, ServerTools),
    at("/web_search_options/search_context_size", Word),
    at("/web_search_options/user_location/type", Word),
    at(
        "/web_search_options/user_location/approximate/{city,region,country,timezone}",
        Text,
    ),
    // the form of the answer
    at("/response_format/type", Word),
    at("/response_format/json_schema/name", Fixed),
    at("/response_format/json_schema/description", Text),
    at("/response_format/json_schema/schema", Schema),
    at("/response_format/json_schema/strict", Flag),
    at("/modalities/*", Word).needs(Is("audio"), Audio),
    at("/audio", Rule::Group).needs(Present, Audio),
    at("/audio/{format,voice}", Word),
    at("/audio/voice/id", Word),
    at("/n", Count).needs(AboveOne, ManyChoices),
    at("/logprobs", Flag).needs(True, Logprobs),
    at("/top_logprobs", Count).needs(Numeric, Logprobs),
    at("/stream", Flag),
    at("/stream_options/{include_usage,include_obfuscation}", Flag),
    at("/{max_tokens,max_completion_tokens}", Count),
    at("/stop", Text),
    at("/stop/*", Text),
    at("/prediction/type", Word),
    at("/prediction/content", Text),
    at("/prediction/content/*/type", Word),
    at("/prediction/content/*/text", Text),
    // how it is made
    at(
        "/{temperature,top_p,presence_penalty,frequency_penalty,seed}",
        Number,
    ),
    at("/{top_k,min_p,repetition_penalty,random_seed}", Number), // compatible servers
    at(
        "/{reasoning_effort,verbosity,service_tier,prompt_cache_retention}",
        Word,
    ),
    at("/reasoning/{effort,summary}", Word),
    at("/reasoning/max_tokens", Count),
    at("/thinking/type", Word),
    at("/thinking/budget_tokens", Count),
    at("/logit_bias", Numbers),
    at("/usage/include", Flag), // OpenRouter
    // whose it is
    at("/{user,safety_identifier,prompt_cache_key}", Text),
    at("/metadata", Free),
    at("/store", Flag).needs(True, StoredState),
    // what chooses for the gateway
    at("/moderation/model", Refused),
]);

static ANSWER: Shape = Shape::of(&[
    at("/{id,object,model,system_fingerprint,service_tier}", Word),
    at("/created", Count),
    at("/provider", Word), // OpenRouter
    at("/choices/*/index", Count),
    at("/choices/*/{finish_reason,native_finish_reason}", Word),
    part("/choices/*/message", MESSAGE),
    part("/choices/*/delta", MESSAGE),
    part("/choices/*/logprobs/{content,refusal}/*", TOKEN),
    part(
        "/choices/*/logprobs/{content,refusal}/*/top_logprobs/*",
        TOKEN,
    ),
    at(
        "/choices/*/{content_filter_results,content_filter_result}",
        Numbers,
    ),
    at(
        "/choices/*/{seed,stop_reason,token_ids,routed_experts}",
        Numbers,
    ),
    at("/prompt_filter_results", Numbers),
    at("/{usage,x_groq,time_info,metrics}", Numbers),
    at("/citations/*", Text), // Perplexity
    at(
        "/search_results/*/{title,url,snippet,date,last_updated,source}",
        Text,
    ),
    at("/{request_id,obfuscation,p}", Word),
    at("/metadata", Free),
    part("/error", ERROR),
]);

/// A token of the answer with its probability: the text once more.
pub(super) const TOKEN: &[Row] = &[
    at("/token", Text),
    at("/logprob", Number),
    at("/bytes", Numbers),
];

/// Both caps have been the name of the same thing; the smaller one holds.
fn check(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let caps = [
        draft.count("max_completion_tokens"),
        draft.count("max_tokens"),
    ];
    draft.asked.output = caps.into_iter().flatten().min();
    draft.asked.choices = draft.count("n").unwrap_or(1).max(1);
    Ok(())
}

/// `stream_options.include_usage: true`, put where the request has room for it.
pub(super) fn usage_option(document: &Document) -> Option<Edit> {
    let replace = |node: Node<'_>, text: &str| Edit {
        span: node.span(),
        with: text.into(),
    };
    let root = document.root()?;
    let Some(options) = root.get("stream_options") else {
        return Some(put(root, r#""stream_options":{"include_usage":true}"#));
    };
    match (options.kind(), options.get("include_usage")) {
        (Kind::Object, None) => Some(put(options, r#""include_usage":true"#)),
        (Kind::Object, Some(said)) if said.kind() == Kind::True => None,
        (Kind::Object, Some(said)) => Some(replace(said, "true")),
        _ => Some(replace(options, r#"{"include_usage":true}"#)),
    }
}

/// Puts a member into an object, before all others.
pub(super) fn put(object: Node<'_>, member: &str) -> Edit {
    let at = object.span().start.saturating_add(1);
    let comma = if object.items().next().is_some() {
        ","
    } else {
        ""
    };
    Edit {
        span: at..at,
        with: format!("{member}{comma}").into_bytes(),
    }
}

pub(super) fn facts(document: &Document) -> AnswerFacts {
    let choices = document.get("choices").into_iter().flat_map(Node::items);
    let reasons = choices.filter_map(|one| facts::word(one, "finish_reason"));
    AnswerFacts {
        usage: document.get("usage").and_then(usage),
        finish_reasons: reasons.take(MOST_REASONS).collect(),
        ..facts::named(document)
    }
}

/// Cached and reasoning tokens are parts of the two sums.
pub(super) fn usage(object: Node<'_>) -> Option<Usage> {
    // Some compatible servers say the sum only.
    let name = ["prompt_tokens", "total_tokens"];
    let input = name.into_iter().find(|name| object.get(name).is_some())?;
    let within = |object: Node<'_>, group: &str, name: &str| {
        object
            .get(group)
            .map_or(TokenCount(0), |group| facts::tokens(group, name))
    };
    Some(Usage {
        input: facts::tokens(object, input),
        output: facts::tokens(object, "completion_tokens"),
        cached: within(object, "prompt_tokens_details", "cached_tokens"),
        cache_writes: TokenCount(0),
        reasoning: within(object, "completion_tokens_details", "reasoning_tokens"),
    })
}
