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
            Rule::{Count, Word},
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
    query: &["limit", "after", "order"],
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
    query: &[],
    ..LIST
};

static NOTHING: Shape = Shape::of(&[]);

static ANSWER: Shape = Shape::of(&[
    at("/object", Word),
    part("/data/*", MODEL),
    part("", MODEL),
    part("/error", ERROR),
]);

const MODEL: &[Row] = &[
    at("/{id,object,owned_by,root,parent}", Word),
    at("/created", Count),
];
