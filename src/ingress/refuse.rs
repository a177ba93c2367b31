//! Refusals this room writes itself, before it is known which dialect the
//! caller speaks: the error shape most SDKs read, with our code and the id.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, header};
use serde_json::json;

use super::{
    answer::{AnswerBody, whole},
    head::METHODS,
};
use crate::primitives::{Code, Refusal, RequestId};

/// Carries the id of a request on its answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-portcullis-request-id");

/// Tells SDKs not to try again (DESIGN decision 12).
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// The refusal as an answer on a connection that hyper writes.
pub(super) fn response(refusal: &Refusal, request: RequestId) -> Response<AnswerBody> {
    let mut response = Response::new(whole(body(refusal, request)));
    *response.status_mut() = refusal.code().status();
    response.headers_mut().extend(headers(refusal, request));
    response
}

/// The refusal as the last bytes of a connection that hyper does not write.
pub(super) fn last_words(refusal: &Refusal, request: RequestId, without_body: bool) -> Vec<u8> {
    let status = refusal.code().status();
    let body = body(refusal, request);
    let mut bytes = format!(
        "HTTP/1.1 {} {}\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    )
    .into_bytes();
    let length = (header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let close = (header::CONNECTION, HeaderValue::from_static("close"));
    for (name, value) in headers(refusal, request).into_iter().chain([length, close]) {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    if !without_body {
        bytes.extend_from_slice(&body);
    }
    bytes
}

fn body(refusal: &Refusal, request: RequestId) -> Bytes {
    let kind = if refusal.code().status().is_server_error() {
        "server_error"
    } else {
        "invalid_request_error"
    };
    let text = json!({ "error": {
        "message": refusal.sentence(),
        "type": kind,
        "code": refusal.code().name(),
        "request_id": request.to_string(),
    }});
    text.to_string().into()
}

fn headers(refusal: &Refusal, request: RequestId) -> Vec<(HeaderName, HeaderValue)> {
    let json = HeaderValue::from_static("application/json");
    let mut headers = vec![(header::CONTENT_TYPE, json)];
    headers.extend(id_value(request).map(|id| (REQUEST_ID, id)));
    if !refusal.code().may_retry() {
        headers.push((SHOULD_RETRY, HeaderValue::from_static("false")));
    }
    if let Some(wait) = refusal.retry_after() {
        let up = u64::from(wait.subsec_nanos() > 0);
        let seconds = wait.as_secs().saturating_add(up);
        headers.push((header::RETRY_AFTER, HeaderValue::from(seconds)));
    }
    if refusal.code() == Code::MethodNotAllowed {
        // RFC 9110 §15.5.6 asks for it
        let allowed = HeaderValue::try_from(METHODS.join(", "));
        headers.extend(allowed.ok().map(|allowed| (header::ALLOW, allowed)));
    }
    headers
}

/// The id as a header value; there always is one.
pub(super) fn id_value(request: RequestId) -> Option<HeaderValue> {
    HeaderValue::try_from(request.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn last_words_are_one_whole_message() {
        let refusal = Refusal::new(Code::Overloaded, "too \"much\"")
            .with_detail("for the operator")
            .with_retry_after(Duration::from_millis(1_001));
        let request = RequestId::new();
        let text = String::from_utf8(last_words(&refusal, request, false)).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
        assert!(head.contains("\r\nretry-after: 2\r\n") && head.ends_with("connection: close"));
        assert!(!head.contains("x-should-retry") && !text.contains("for the operator"));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["error"]["message"], "too \"much\"");
        assert_eq!(body["error"]["code"], "overloaded");
        assert_eq!(body["error"]["request_id"], request.to_string());
    }

    #[test]
    fn a_head_request_is_refused_without_a_body() {
        let refusal = Refusal::new(Code::MethodNotAllowed, "no");
        let text = String::from_utf8(last_words(&refusal, RequestId::new(), true)).unwrap();
        assert!(text.ends_with("\r\n\r\n") && text.contains("\r\nallow: GET, HEAD, POST"));
        assert!(text.contains("\r\nx-should-retry: false\r\n"));
    }
}
