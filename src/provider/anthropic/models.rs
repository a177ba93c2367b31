//! `GET /models` and `GET /models/{model}`.

use http::Method;

use super::ERROR;
use crate::{
    primitives::Operation,
    provider::{
        endpoint::{Endpoint, ModelIn, unchecked},
        facts,
        shape::{
            Row,
            Rule::{Count, Flag, Text, Word},
            Shape, at, part,
        },
    },
};

pub(super) const LIST: Endpoint = Endpoint {
    operation: Operation::ListModels,
    route: "/models",
    method: Method::GET,
    takes_body: false,
    model: ModelIn::Nowhere,
    query: &["limit", "after_id", "before_id", "beta"],
    request: &NOTHING,
    answer: &ANSWER,
    stream: None,
    repeats: &[],
    usage_option: None,
    check: unchecked,
    facts: facts::none,
};

pub(super) const RETRIEVE: Endpoint = Endpoint {
    route: "/models/{model}",
    model: ModelIn::Path,
    query: &["beta"],
    ..LIST
};

static NOTHING: Shape = Shape::of(&[]);

static ANSWER: Shape = Shape::of(&[
    at("/has_more", Flag),
    at("/{first_id,last_id}", Word),
    part("/data/*", MODEL),
    part("", MODEL),
    part("", ERROR),
]);

const MODEL: &[Row] = &[
    at("/{type,id,created_at}", Word),
    at("/display_name", Text),
    at("/{max_input_tokens,max_tokens}", Count),
];
