//! The operations of a dialect, and which one a path means.
//!
//! A path is matched as it came, byte by byte. There is no dot segment, no
//! empty segment and no percent-encoding to get around the table with: what is
//! not written exactly like a route is not known. The one exception is the
//! segment that names a model, where `%2F` and the like are common; it is
//! decoded once, for policy, and forwarded as it came.

use std::fmt;

use http::Method;

use super::{
    call::Draft,
    facts::AnswerFacts,
    shape::{Shape, words},
    stream::{Repeat, Stream},
};
use crate::{
    primitives::{Code, ModelName, Operation, Refusal},
    wire::{json::Document, splice::Edit},
};

/// Where a request names its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelIn {
    /// The member `model` of the body.
    Body,
    /// The last segment of the path.
    Path,
    /// Nowhere.
    Nowhere,
}

/// One operation of a dialect.
pub struct Endpoint {
    /// What it is, in words all dialects share.
    pub operation: Operation,
    /// Its path behind the dialect's prefix, as a template: `/models/{model}`.
    pub route: &'static str,
    /// Its method.
    pub method: Method,
    /// Whether it has a JSON body.
    pub takes_body: bool,
    pub(super) model: ModelIn,
    /// Query parameters that pass.
    pub(super) query: &'static [&'static str],
    /// The request's leaves.
    pub(super) request: &'static Shape,
    /// The answer's leaves.
    pub(super) answer: &'static Shape,
    /// How its answer is read as events, where it can be.
    pub(super) stream: Option<&'static Stream>,
    /// Fields of an answer that repeat the text of another.
    pub(super) repeats: &'static [Repeat],
    /// The edit that has a stream say what it used, where it must be asked.
    pub(super) usage_option: Option<fn(&Document) -> Option<Edit>>,
    /// What the table cannot say about a request.
    pub(super) check: fn(&mut Draft<'_>) -> Result<(), Refusal>,
    /// What an answer says about itself.
    pub(super) facts: fn(&Document) -> AnswerFacts,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Endpoint({} {})", self.method, self.route)
    }
}

/// Nothing but the table to check.
pub(super) const fn unchecked(_draft: &mut Draft<'_>) -> Result<(), Refusal> {
    Ok(())
}

/// The endpoint of a path below the dialect's prefix.
///
/// # Errors
/// [`Code::UnknownEndpoint`], or [`Code::MethodNotAllowed`] with the allowed
/// methods.
pub(super) fn find(
    endpoints: &'static [Endpoint],
    method: &Method,
    path: &str,
) -> Result<&'static Endpoint, Refusal> {
    let here = || endpoints.iter().filter(|one| leads_to(one.route, path));
    if let Some(found) = here().find(|one| one.method == *method) {
        return Ok(found);
    }
    let methods: Vec<_> = here().map(|one| one.method.as_str()).collect();
    if methods.is_empty() {
        return Err(Refusal::new(
            Code::UnknownEndpoint,
            "this version of the gateway does not know the path, so nothing was sent",
        ));
    }
    let methods = methods.join(", ");
    let sentence = format!("the path is known, but not with this method; it takes {methods}");
    Err(Refusal::new(Code::MethodNotAllowed, sentence).with_allow(methods))
}

/// Whether a path is written like a route.
fn leads_to(route: &str, path: &str) -> bool {
    let mut path = path.split('/');
    let fits = route.split('/').all(|step| match path.next() {
        Some(segment) if step == MODEL => model(segment).is_some(),
        Some(segment) => segment == step,
        None => false,
    });
    fits && path.next().is_none()
}

/// The segment of a route that names a model.
const MODEL: &str = "{model}";

/// The model a path names in its last segment.
pub(super) fn model_in(path: &str) -> Option<ModelName> {
    model(path.rsplit('/').next()?)
}

/// Decodes a model's segment, once. What could mean another path to somebody
/// who decodes again or folds dots is no model's name.
fn model(segment: &str) -> Option<ModelName> {
    let raw = segment
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:@+%".contains(&byte));
    let escapes = segment.split('%').skip(1).all(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    });
    if !raw || !escapes {
        return None;
    }
    let name = percent_encoding::percent_decode_str(segment)
        .decode_utf8()
        .ok()?;
    let safe = words::is_word(&name.replace('@', "")) && !name.split('/').any(is_way);
    safe.then(|| ModelName::new(&name).ok()).flatten()
}

/// A segment that leads elsewhere or nowhere.
fn is_way(segment: &str) -> bool {
    matches!(segment, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_matched_byte_by_byte() {
        assert!(leads_to("/chat/completions", "/chat/completions"));
        for path in [
            "/chat/completions/",
            "//chat/completions",
            "/chat//completions",
            "/chat/./completions",
            "/chat/../chat/completions",
            "/Chat/completions",
            "/chat%2Fcompletions",
            "/%63hat/completions",
            "/chat/completions;x",
            "/chat/completions%00",
            "/chat\\completions",
            "chat/completions",
            "/chat",
            "",
        ] {
            assert!(!leads_to("/chat/completions", path), "{path}");
        }
    }

    #[test]
    fn a_model_segment_is_decoded_once_and_stays_one_segment() {
        let name = |path| model_in(path).map(|one| one.to_string());
        assert_eq!(name("/models/gpt-4o").as_deref(), Some("gpt-4o"));
        assert_eq!(name("/models/ft:a%3Ab").as_deref(), Some("ft:a:b"));
        assert_eq!(name("/models/org%2Fmodel").as_deref(), Some("org/model"));
        for bad in [
            "", ".", "..", "%2e%2E", "a%2F..", "..%2Fx", "a%2F%2Fb", "a%252Fb", "a%5Cb", "a%3Fb",
            "a%23b", "a%20b", "a%00b", "a%", "a%4", "a%zz", "%C3%A9", "a;b", "%2Fa",
        ] {
            assert_eq!(model(bad), None, "{bad}");
            assert!(
                !leads_to("/models/{model}", &format!("/models/{bad}")),
                "{bad}"
            );
        }
        assert!(!leads_to("/models/{model}", "/models/a/b"));
    }
}
