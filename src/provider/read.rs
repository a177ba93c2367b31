//! A whole request, from bytes to a [`Call`].

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

use super::{
    call::{Asked, Body, Call, Draft},
    endpoint::{self, Endpoint, ModelIn},
    shape::Direction,
    upstream::Upstream,
};
use crate::{
    primitives::{Capabilities, Capability, Code, Limits, ModelName, Refusal},
    wire::json::{Bounds, Document, Kind},
};

/// Reads a request. `target` is the path and query for the upstream, `path`
/// the caller's path below the provider's name.
pub(super) fn call(
    upstream: Arc<Upstream>,
    endpoint: &'static Endpoint,
    (target, path): (String, &str),
    headers: HeaderMap,
    body: Bytes,
    limits: &Limits,
) -> Result<Call, Refusal> {
    let mut call = Call {
        upstream,
        endpoint,
        target,
        headers,
        model: None,
        capabilities: Capabilities::NONE,
        asked: Asked {
            output: None,
            choices: 1,
            stream: false,
        },
        body: Body::None,
        edits: Vec::new(),
        usage_added: false,
        unless_granted: None,
    };
    if !endpoint.takes_body {
        if !body.is_empty() {
            return Err(Refusal::new(
                Code::MalformedRequest,
                "the operation takes no body",
            ));
        }
    } else {
        read_body(&mut call, body, limits)?;
    }
    call.model = match (endpoint.model, &call.body) {
        (ModelIn::Body, Body::Read(document, _)) => Some(model(document)?),
        (ModelIn::Path, _) => endpoint::model_in(path),
        (ModelIn::Body | ModelIn::Nowhere, _) => None,
    };
    Ok(call)
}

fn read_body(call: &mut Call, body: Bytes, limits: &Limits) -> Result<(), Refusal> {
    let bounds = Bounds {
        depth: limits.json_depth,
        nodes: limits.json_nodes,
    };
    let document = Document::scan(body, bounds).map_err(|fault| fault.refusal())?;
    if document
        .root()
        .is_none_or(|root| root.kind() != Kind::Object)
    {
        return Err(Refusal::new(
            Code::InvalidField,
            "the body must be a JSON object",
        ));
    }
    let reading = call.endpoint.request.read(&document, Direction::Request)?;
    let mut draft = Draft {
        document: &document,
        capabilities: reading.capabilities,
        asked: call.asked,
        edits: Vec::new(),
        unless_granted: None,
    };
    draft.asked.stream = draft.is_true("stream");
    (call.endpoint.check)(&mut draft)?;
    if draft.asked.stream {
        draft.capabilities.insert(Capability::Stream);
    }
    (call.capabilities, call.asked) = (draft.capabilities, draft.asked);
    (call.edits, call.unless_granted) = (draft.edits, draft.unless_granted);
    if call.asked.stream && call.endpoint.stream.is_none() {
        return Err(Refusal::new(
            Code::StreamNotAvailable,
            "this version does not stream this operation; leave `stream` out",
        ));
    }
    call.body = Body::Read(document, reading);
    Ok(())
}

fn model(document: &Document) -> Result<ModelName, Refusal> {
    let wrong = |sentence: &str| Refusal::new(Code::InvalidField, sentence);
    let node = document
        .get("model")
        .filter(|one| one.kind() != Kind::Null)
        .ok_or_else(|| wrong("`model` is missing"))?;
    if node.kind() != Kind::String {
        return Err(wrong("`model` must be a string"));
    }
    ModelName::new(&node.text()).map_err(|_error| {
        wrong("`model` must be 1 to 256 characters of visible ASCII, without spaces")
    })
}
