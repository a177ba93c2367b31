//! `POST /completions`, the operation before chat.

use http::Method;

use super::{ERROR, chat, chat_events};
use crate::{
    primitives::{
        Capability::{Logprobs, ManyChoices, OpaqueMedia},
        Operation, Refusal,
    },
    provider::{
        call::Draft,
        endpoint::{Endpoint, ModelIn},
        shape::{
            Row,
            Rule::{Count, Flag, Number, Numbers, Text, TextOrToken, Word},
            Shape,
            When::{AboveOne, Numeric},
            at, part,
        },
        stream::{Repeat, Stream},
    },
    redact::stream::Carrier,
};

pub(super) const COMPLETIONS: Endpoint = Endpoint {
    operation: Operation::Chat,
    route: "/completions",
    method: Method::POST,
    takes_body: true,
    model: ModelIn::Body,
    query: &[],
    request: &REQUEST,
    answer: &ANSWER,
    stream: Some(&STREAM),
    repeats: REPEATS,
    usage_option: Some(chat::usage_option),
    check,
    facts: chat::facts,
};

static REQUEST: Shape = Shape::of(&[
    at("/model", Word),
    at("/prompt", Text),
    // texts, or tokens; or lists of tokens
    at("/prompt/*", TextOrToken).needs(Numeric, OpaqueMedia),
    at("/prompt/*/*", TextOrToken).needs(Numeric, OpaqueMedia),
    at("/{suffix,user}", Text),
    at("/stop", Text),
    at("/stop/*", Text),
    at("/{echo,stream}", Flag),
    at("/stream_options/{include_usage,include_obfuscation}", Flag),
    at("/{n,best_of}", Count).needs(AboveOne, ManyChoices),
    at("/logprobs", Count).needs(Numeric, Logprobs),
    at("/max_tokens", Count),
    at(
        "/{temperature,top_p,presence_penalty,frequency_penalty,seed}",
        Number,
    ),
    at("/{top_k,min_p,repetition_penalty}", Number), // compatible servers
    at("/logit_bias", Numbers),
]);

static ANSWER: Shape = Shape::of(LEAVES);

static STREAM: Stream = Stream {
    event: &ANSWER,
    channels: &[chat_events::line("/choices/*/text", "text", Carrier::Text)],
    fragments: &["/choices"],
    repeats: REPEATS,
    ..chat_events::CHUNKS
};

const REPEATS: &[Repeat] = &[Repeat {
    text: "/choices/*/text",
    value: "/choices/*/logprobs",
    instead: "null",
}];

const LEAVES: &[Row] = &[
    at(
        "/{id,object,model,system_fingerprint,provider,obfuscation}",
        Word,
    ),
    at("/created", Count),
    at("/choices/*/text", Text),
    at("/choices/*/index", Count),
    at("/choices/*/finish_reason", Word),
    // tokens by position, and alternatives by token: names are the text
    at("/choices/*/logprobs/tokens/*", Text),
    at("/choices/*/logprobs/{token_logprobs,text_offset}/*", Number),
    at(
        "/choices/*/{content_filter_results,stop_reason,token_ids}",
        Numbers,
    ),
    at("/prompt_filter_results", Numbers),
    at("/{usage,x_groq,time_info,metrics}", Numbers),
    part("/error", ERROR),
];

fn check(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.asked.output = draft.count("max_tokens");
    let best = draft.count("best_of").unwrap_or(1);
    let each = draft.count("n").unwrap_or(1).max(best).max(1);
    draft.asked.choices = each.saturating_mul(prompts(draft));
    Ok(())
}

/// Every prompt of a list is answered. A list of tokens is one prompt, which
/// counting it as many only makes the estimate larger.
fn prompts(draft: &Draft<'_>) -> u64 {
    let prompt = draft.document.get("prompt");
    let count = prompt.map_or(1, |one| one.items().count().max(1));
    u64::try_from(count).unwrap_or(u64::MAX)
}
