//! `POST /messages` and `POST /messages/count_tokens`.

use http::Method;

use super::{
    ERROR,
    block::{self, BLOCK},
};
use crate::{
    primitives::{
        Capability::{RemoteMcp, ServerTools, StoredState, Tools},
        Code, Operation, Refusal, TokenCount,
    },
    provider::{
        call::Draft,
        endpoint::{Endpoint, ModelIn},
        facts::{self, AnswerFacts, Usage},
        shape::{
            Kinds, Row,
            Rule::{self, Count, Fixed, Flag, Free, Number, Numbers, Refused, Schema, Text, Word},
            Shape,
            When::{Filled, Present},
            at, part,
        },
    },
    wire::json::{Document, Kind, Node},
};

pub(super) const MESSAGES: Endpoint = Endpoint {
    operation: Operation::Chat,
    route: "/messages",
    method: Method::POST,
    takes_body: true,
    model: ModelIn::Body,
    query: &["beta"],
    request: &REQUEST,
    answer: &ANSWER,
    stream: Some(&super::events::STREAM),
    repeats: &[],
    usage_option: None,
    check,
    facts,
};

pub(super) const COUNT_TOKENS: Endpoint = Endpoint {
    operation: Operation::CountTokens,
    route: "/messages/count_tokens",
    answer: &COUNT,
    stream: None,
    facts: count,
    ..MESSAGES
};

/// Tools a caller runs itself, then those the provider runs. A tool without a
/// type is the caller's. Dates stand for versions.
static TOOLS: Kinds = Kinds {
    unknown: Code::ToolTypeUnknown,
    known: &[
        ("custom", &[Tools]),
        ("bash_*", &[Tools]),
        ("text_editor_*", &[Tools]),
        ("computer_*", &[Tools]),
        ("memory_*", &[Tools]),
        ("web_search_*", &[ServerTools]),
        ("web_fetch_*", &[ServerTools]),
        ("code_execution_*", &[ServerTools]),
        ("tool_search_tool_bm25_*", &[ServerTools]),
        ("tool_search_tool_regex_*", &[ServerTools]),
        ("mcp_toolset", &[RemoteMcp]),
    ],
    untyped: Some(&[Tools]),
};

static REQUEST: Shape = Shape::of(&[
    at("/model", Word),
    at("/system", Text),
    block::blocks("/system/*"),
    part("/system/*", BLOCK),
    at("/messages/*/role", Word),
    at("/messages/*/content", Text),
    block::blocks("/messages/*/content/*"),
    part("/messages/*/content/*", BLOCK),
    // tools
    at("/tools/*", Rule::Kinds(&TOOLS)),
    at("/tools/*/type", Word),
    at("/tools/*/{name,mcp_server_name}", Fixed),
    at("/tools/*/description", Text),
    at("/tools/*/input_schema", Schema),
    at("/tools/*/input_examples", Free),
    at(
        "/tools/*/{strict,defer_loading,eager_input_streaming}",
        Flag,
    ),
    at("/tools/*/allowed_callers/*", Word),
    at("/tools/*/cache_control/{type,ttl}", Word),
    at(
        "/tools/*/{display_width_px,display_height_px,display_number}",
        Count,
    ),
    at(
        "/tools/*/{max_uses,max_content_tokens,max_characters}",
        Count,
    ),
    at("/tools/*/{allowed_domains,blocked_domains}/*", Fixed),
    at("/tools/*/citations/enabled", Flag),
    at("/tools/*/user_location/type", Word),
    at(
        "/tools/*/user_location/{city,region,country,timezone}",
        Text,
    ),
    at("/tools/*/model", Refused),
    at("/tool_choice/type", Word),
    at("/tool_choice/name", Fixed),
    at("/tool_choice/disable_parallel_tool_use", Flag),
    at("/mcp_servers", Rule::Group).needs(Filled, RemoteMcp),
    at("/mcp_servers/*/{name,url}", Fixed),
    at("/mcp_servers/*/type", Word),
    at("/mcp_servers/*/authorization_token", Fixed),
    at("/mcp_servers/*/tool_configuration/enabled", Flag),
    at("/mcp_servers/*/tool_configuration/allowed_tools/*", Fixed),
    at("/container", Word).needs(Present, StoredState),
    at("/container/id", Word),
    at("/container/skills", Rule::Group).needs(Filled, ServerTools),
    at("/container/skills/*/{type,skill_id,version}", Word),
    // the form of the answer
    at("/stream", Flag),
    at("/max_tokens", Count),
    at("/stop_sequences/*", Text),
    at("/output_config/effort", Word),
    at("/output_config/format/type", Word),
    at("/output_config/format/schema", Schema),
    at("/output_format/type", Word),
    at("/output_format/schema", Schema),
    // how it is made
    at("/{temperature,top_p,top_k}", Number),
    at("/thinking/{type,display}", Word),
    at("/thinking/budget_tokens", Count),
    at("/{service_tier,inference_geo,speed}", Word),
    at("/cache_control/{type,ttl}", Word),
    at("/context_management/edits/*/type", Word),
    at(
        "/context_management/edits/*/{trigger,keep,clear_at_least}/type",
        Word,
    ),
    at(
        "/context_management/edits/*/{trigger,keep,clear_at_least}/value",
        Count,
    ),
    at("/context_management/edits/*/keep", Word),
    at("/context_management/edits/*/exclude_tools/*", Fixed),
    at("/context_management/edits/*/clear_tool_inputs", Flag),
    at("/context_management/edits/*/instructions", Text),
    // whose it is
    at("/metadata", Free),
]);

static ANSWER: Shape = Shape::of(&[part("", MESSAGE), part("", ERROR)]);

/// A whole answer; a stream begins with one that is empty.
pub(super) const MESSAGE: &[Row] = &[
    at("/{id,type,role,model,stop_reason}", Word),
    at("/stop_sequence", Text),
    part("/content/*", BLOCK),
    at("/usage", Numbers),
    at("/container/{id,expires_at}", Word),
    at("/context_management/applied_edits/*/type", Word),
    at(
        "/context_management/applied_edits/*/{cleared_tool_uses,cleared_input_tokens,cleared_thinking_turns}",
        Count,
    ),
    at("/stop_details/{type,category}", Word),
    at("/stop_details/explanation", Text),
];

static COUNT: Shape = Shape::of(&[
    at("/input_tokens", Count),
    at("/context_management/original_input_tokens", Count),
    part("", ERROR),
]);

fn check(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.asked.output = draft.count("max_tokens");
    Ok(())
}

fn facts(document: &Document) -> AnswerFacts {
    let reason = document
        .root()
        .and_then(|root| facts::word(root, "stop_reason"));
    AnswerFacts {
        usage: document
            .get("usage")
            .and_then(|one| usage(one, Usage::default())),
        finish_reasons: reason.into_iter().collect(),
        ..facts::named(document)
    }
}

/// What an object says of usage, over what was known before it. `input_tokens`
/// leaves out what caches were read and written.
pub(super) fn usage(object: Node<'_>, before: Usage) -> Option<Usage> {
    object.get("output_tokens")?;
    let said = |name: &str, before: TokenCount| {
        let count = object.get(name).filter(|one| one.kind() == Kind::Number);
        count.map_or(before, |_| facts::tokens(object, name))
    };
    let cached = said("cache_read_input_tokens", before.cached);
    let cache_writes = said("cache_creation_input_tokens", before.cache_writes);
    let fresh = before.input.0.saturating_sub(before.cached.0);
    let fresh = TokenCount(fresh.saturating_sub(before.cache_writes.0));
    let details = object.get("output_tokens_details");
    Some(Usage {
        input: said("input_tokens", fresh)
            .saturating_add(cached)
            .saturating_add(cache_writes),
        output: facts::tokens(object, "output_tokens"),
        cached,
        cache_writes,
        reasoning: details.map_or(before.reasoning, |one| {
            facts::tokens(one, "thinking_tokens")
        }),
    })
}

fn count(document: &Document) -> AnswerFacts {
    let input = document
        .root()
        .map(|root| facts::tokens(root, "input_tokens"));
    AnswerFacts {
        usage: input.map(|input| Usage {
            input,
            ..Usage::default()
        }),
        ..AnswerFacts::default()
    }
}
