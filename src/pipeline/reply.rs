//! A refusal on its way out: status, headers, and a body the caller's SDK reads.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, header};
use http_body_util::{BodyExt as _, Full};

use crate::{
    ingress::AnswerBody,
    primitives::{Code, Refusal, RequestId},
};

/// Our own id of the request, on every answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-portcullis-request-id");

/// What the OpenAI and Anthropic SDKs obey over their own rules (PROVIDERS §6).
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// The answer that says no.
pub(super) fn refuse(refusal: &Refusal, body: Bytes, request: RequestId) -> Response<AnswerBody> {
    let mut answer = Response::new(whole(body));
    *answer.status_mut() = refusal.code().status();
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    stamp(headers, request);
    if !refusal.code().may_retry() {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    if let Some(wait) = refusal.retry_after() {
        // RFC 9110 §10.2.3 has whole seconds; rounded up, or the retry comes too early.
        let seconds = wait
            .as_secs()
            .saturating_add(u64::from(wait.subsec_nanos() > 0));
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if refusal.code() == Code::MissingCredential || refusal.code() == Code::InvalidCredential {
        // RFC 9110 §11.6.1: a 401 says how to authenticate.
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(methods) = refusal
        .allow()
        .and_then(|methods| HeaderValue::from_str(methods).ok())
    {
        headers.insert(header::ALLOW, methods);
    }
    answer
}

/// Puts our request id on an answer.
pub(super) fn stamp(headers: &mut http::HeaderMap, request: RequestId) {
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
}

/// A body that is all there.
pub(super) fn whole(bytes: Bytes) -> AnswerBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}
