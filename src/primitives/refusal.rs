//! Saying no: a stable code, a sentence for the caller, a detail for the operator.
//!
//! A refusal never carries what was found or matched: no value, no host name,
//! no rule text in the outer sentence. The inner detail goes to the operator's
//! log and the audit record, and is bound by the same rule for secrets.

use std::time::Duration;

use http::StatusCode;

use super::GrantName;

/// Declares the codes with everything that depends on the code alone.
///
/// Columns: variant, wire name, status, `error.type` of TELEMETRY §1, and the
/// sentence that documentation gives it.
macro_rules! codes {
    ($($variant:ident, $name:literal, $status:ident, $kind:literal, $about:literal;)*) => {
        /// Why a request was refused. The names are stable: clients may match on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $about] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word in the error body, the metrics and the record.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The status of RFC 9110 that goes with it.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// `error.type`, from the closed set of TELEMETRY §1.
            #[must_use]
            pub const fn error_type(self) -> &'static str {
                match self { $(Self::$variant => $kind,)* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

codes! {
    MalformedRequest, "malformed_request", BAD_REQUEST, "invalid_request", "The head or the body of the request breaks HTTP's own rules.";
    InvalidJson, "invalid_json", BAD_REQUEST, "invalid_request", "The body is not strict JSON (RFC 8259, UTF-8, nothing after it).";
    DuplicateKey, "duplicate_key", BAD_REQUEST, "invalid_request", "An object names a member twice, so two readers could see two requests.";
    AmbiguousKey, "ambiguous_key", BAD_REQUEST, "invalid_request", "A member differs from a known one in letter case only.";
    JsonLimit, "json_limit", BAD_REQUEST, "invalid_request", "The body is nested too deeply or has too many values.";
    InvalidField, "invalid_field", BAD_REQUEST, "invalid_request", "A field is missing, or has a type or a value the operation does not know.";
    FieldRefused, "field_refused", BAD_REQUEST, "invalid_request", "A field would choose an upstream, a model, a plugin or a guardrail.";
    StructureRefused, "structure_refused", BAD_REQUEST, "invalid_request", "Sensitive data stands where it cannot be replaced: a name, an id, a number.";
    CredentialInQuery, "credential_in_query", BAD_REQUEST, "invalid_request", "A credential travels in headers only.";
    MultipleCredentials, "multiple_credentials", BAD_REQUEST, "invalid_request", "The request shows more than one credential.";
    StreamNotAvailable, "stream_not_available", BAD_REQUEST, "invalid_request", "This version does not stream this operation.";
    MissingCredential, "missing_credential", UNAUTHORIZED, "unauthenticated", "The request shows no credential.";
    InvalidCredential, "invalid_credential", UNAUTHORIZED, "unauthenticated", "The credential is not valid.";
    ModelNotGranted, "model_not_granted", FORBIDDEN, "policy_denied", "No grant gives this caller this model.";
    CapabilityNotGranted, "capability_not_granted", FORBIDDEN, "policy_denied", "The model is granted, but not what the request makes it do.";
    PolicyDenied, "policy_denied", FORBIDDEN, "policy_denied", "A policy forbids the request.";
    BetaNotGranted, "beta_not_granted", FORBIDDEN, "policy_denied", "The request asks for a beta feature that is not listed.";
    ToolTypeUnknown, "tool_type_unknown", FORBIDDEN, "policy_denied", "The request carries a tool of a type that is not known.";
    ContentTypeUnknown, "content_part_unknown", FORBIDDEN, "policy_denied", "The request carries a content part of a type that is not known.";
    ContentBlocked, "content_blocked", FORBIDDEN, "policy_denied", "The redaction profile blocks what was found.";
    RequestExceedsLimit, "request_exceeds_limit", FORBIDDEN, "budget_exceeded", "The request alone is larger than the whole limit.";
    BudgetExhausted, "budget_exhausted", FORBIDDEN, "budget_exceeded", "What the grant had for the hour, the day or the month is spent.";
    PriceUnknown, "price_unknown", FORBIDDEN, "budget_exceeded", "Money is limited and the model has no price.";
    CrossOrigin, "cross_origin_refused", FORBIDDEN, "policy_denied", "The request comes from a web page of another origin.";
    UnknownEndpoint, "unknown_endpoint", NOT_FOUND, "invalid_request", "The gateway does not know this path.";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "invalid_request", "The path is known, the method is not.";
    RequestTimeout, "request_timeout", REQUEST_TIMEOUT, "timeout", "The request did not arrive in time.";
    RequestTooLarge, "request_too_large", PAYLOAD_TOO_LARGE, "request_too_large", "The body is larger than the limit.";
    UriTooLong, "uri_too_long", URI_TOO_LONG, "request_too_large", "The request target is longer than the limit.";
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "invalid_request", "The body is not declared as `application/json` in UTF-8.";
    ContentEncodingRefused, "content_encoding_refused", UNSUPPORTED_MEDIA_TYPE, "invalid_request", "Compressed request bodies are refused.";
    MisdirectedRequest, "misdirected_request", MISDIRECTED_REQUEST, "invalid_request", "The `Host` is not one this gateway answers for.";
    HeadersTooLarge, "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "request_too_large", "The header section is larger than the limit.";
    RateLimited, "rate_limited", TOO_MANY_REQUESTS, "rate_limited", "Too many requests in a minute.";
    ConcurrencyLimited, "concurrency_limited", TOO_MANY_REQUESTS, "rate_limited", "Too many requests at once.";
    TooManyFailures, "too_many_failures", TOO_MANY_REQUESTS, "rate_limited", "Too many failed logins from one address.";
    InternalError, "internal_error", INTERNAL_SERVER_ERROR, "panic", "The gateway failed; nothing it had not checked was sent.";
    UpstreamUnreachable, "upstream_unreachable", BAD_GATEWAY, "connect_error", "The provider could not be reached.";
    UpstreamAddress, "upstream_address_refused", BAD_GATEWAY, "connect_error", "The provider's name leads to an address that is not allowed.";
    UpstreamName, "upstream_name", BAD_GATEWAY, "dns_error", "The provider's name could not be resolved.";
    UpstreamTls, "upstream_tls", BAD_GATEWAY, "tls_error", "The provider's certificate could not be verified.";
    UpstreamRedirect, "upstream_redirect", BAD_GATEWAY, "upstream_reset", "The provider answered with a redirect, and those are not followed.";
    UpstreamMalformed, "upstream_malformed", BAD_GATEWAY, "upstream_reset", "The provider's answer could not be read.";
    UpstreamTooLarge, "upstream_too_large", BAD_GATEWAY, "upstream_reset", "The provider's answer is larger than the limit.";
    UpstreamReset, "upstream_reset", BAD_GATEWAY, "upstream_reset", "The provider ended the connection before its answer was whole.";
    UpstreamTimeout, "upstream_timeout", GATEWAY_TIMEOUT, "timeout", "The provider did not answer in time.";
    Overloaded, "overloaded", SERVICE_UNAVAILABLE, "rate_limited", "The gateway is at its own limits.";
    RedactionUnavailable, "redaction_unavailable", SERVICE_UNAVAILABLE, "redaction_failed", "The text could not be checked, so it was not sent.";
    HoldLimit, "hold_limit", BAD_GATEWAY, "redaction_failed", "More text in a row than may wait could still become a value.";
    PolicyUnavailable, "policy_unavailable", SERVICE_UNAVAILABLE, "policy_denied", "The policy could not be evaluated.";
    AuditUnavailable, "audit_unavailable", SERVICE_UNAVAILABLE, "audit_unavailable", "The request could not be recorded, so it was not sent.";
    Draining, "draining", SERVICE_UNAVAILABLE, "rate_limited", "The gateway is stopping.";
}

impl Code {
    /// Whether an SDK may try the same request again (DESIGN decision 12).
    ///
    /// `false` becomes `x-should-retry: false`, which the OpenAI and Anthropic
    /// SDKs obey over their own rules (PROVIDERS §6).
    #[must_use]
    pub fn may_retry(self) -> bool {
        match self {
            Self::RateLimited
            | Self::ConcurrencyLimited
            | Self::TooManyFailures
            | Self::UpstreamUnreachable
            | Self::UpstreamName
            | Self::UpstreamReset
            | Self::UpstreamTimeout
            | Self::Overloaded
            | Self::AuditUnavailable
            | Self::Draining => true,
            Self::MalformedRequest
            | Self::InvalidJson
            | Self::DuplicateKey
            | Self::AmbiguousKey
            | Self::JsonLimit
            | Self::InvalidField
            | Self::FieldRefused
            | Self::StructureRefused
            | Self::CredentialInQuery
            | Self::MultipleCredentials
            | Self::StreamNotAvailable
            | Self::MissingCredential
            | Self::InvalidCredential
            | Self::ModelNotGranted
            | Self::CapabilityNotGranted
            | Self::PolicyDenied
            | Self::BetaNotGranted
            | Self::ToolTypeUnknown
            | Self::ContentTypeUnknown
            | Self::ContentBlocked
            | Self::RequestExceedsLimit
            | Self::BudgetExhausted
            | Self::PriceUnknown
            | Self::CrossOrigin
            | Self::UnknownEndpoint
            | Self::MethodNotAllowed
            | Self::RequestTimeout
            | Self::RequestTooLarge
            | Self::UriTooLong
            | Self::UnsupportedMediaType
            | Self::ContentEncodingRefused
            | Self::MisdirectedRequest
            | Self::HeadersTooLarge
            | Self::InternalError
            | Self::UpstreamAddress
            | Self::UpstreamTls
            | Self::UpstreamRedirect
            | Self::UpstreamMalformed
            | Self::UpstreamTooLarge
            | Self::RedactionUnavailable
            | Self::HoldLimit
            | Self::PolicyUnavailable => false,
        }
    }
}

/// A refusal on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: Code,
    sentence: String,
    detail: Option<String>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    rules: Vec<GrantName>,
}

impl Refusal {
    /// A refusal with the sentence the caller reads: lower case, no full stop,
    /// nothing of the request's content, and what to do about it where the
    /// caller can do something.
    #[must_use]
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            detail: None,
            retry_after: None,
            allow: None,
            rules: Vec::new(),
        }
    }

    /// Adds what the operator reads in the log and the record.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds when trying again makes sense; sent as `retry-after`, in whole
    /// seconds rounded up (RFC 9110 §10.2.3).
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds the methods a path takes; sent as `allow`, which a 405 must have
    /// (RFC 9110 §15.5.6).
    #[must_use]
    pub fn with_allow(mut self, methods: impl Into<String>) -> Self {
        self.allow = Some(methods.into());
        self
    }

    /// Adds the grants or policies that decided.
    #[must_use]
    pub fn with_rules(mut self, rules: Vec<GrantName>) -> Self {
        self.rules = rules;
        self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The sentence for the caller.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The detail for the operator.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// When to try again.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Which methods the path takes.
    #[must_use]
    pub fn allow(&self) -> Option<&str> {
        self.allow.as_deref()
    }

    /// Which grants or policies decided.
    #[must_use]
    pub fn rules(&self) -> &[GrantName] {
        &self.rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_snake_case() {
        let names: HashSet<_> = Code::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for name in names {
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{name}"
            );
        }
    }

    #[test]
    fn a_denial_is_never_answered_with_a_status_that_invites_a_retry() {
        for code in Code::ALL.iter().filter(|one| !one.may_retry()) {
            assert_ne!(
                code.status(),
                StatusCode::TOO_MANY_REQUESTS,
                "{}",
                code.name()
            );
        }
    }
}
