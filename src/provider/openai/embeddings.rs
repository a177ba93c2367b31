//! `POST /embeddings`.

use http::Method;

use super::{ERROR, chat};
use crate::{
    primitives::{Capability::OpaqueMedia, Operation},
    provider::{
        endpoint::{Endpoint, ModelIn, unchecked},
        facts::{self, AnswerFacts},
        shape::{
            Rule::{Blob, Count, Number, Numbers, Text, TextOrToken, Word},
            Shape,
            When::Numeric,
            at, part,
        },
    },
    wire::json::Document,
};

pub(super) const EMBEDDINGS: Endpoint = Endpoint {
    operation: Operation::Embeddings,
    route: "/embeddings",
    method: Method::POST,
    takes_body: true,
    model: ModelIn::Body,
    query: &[],
    request: &REQUEST,
    answer: &ANSWER,
    stream: None,
    repeats: &[],
    usage_option: None,
    check: unchecked,
    facts,
};

static REQUEST: Shape = Shape::of(&[
    at("/{model,encoding_format}", Word),
    at("/input", Text),
    // texts, or tokens; or lists of tokens
    at("/input/*", TextOrToken).needs(Numeric, OpaqueMedia),
    at("/input/*/*", TextOrToken).needs(Numeric, OpaqueMedia),
    at("/dimensions", Count),
    at("/user", Text),
    at("/{input_type,truncate}", Word), // compatible servers
]);

static ANSWER: Shape = Shape::of(&[
    at("/{id,object,model,provider}", Word),
    at("/created", Count),
    at("/data/*/object", Word),
    at("/data/*/index", Count),
    at("/data/*/embedding", Blob),
    at("/data/*/embedding/*", Number),
    at("/usage", Numbers),
    part("/error", ERROR),
]);

fn facts(document: &Document) -> AnswerFacts {
    AnswerFacts {
        usage: document.get("usage").and_then(chat::usage),
        ..facts::named(document)
    }
}
