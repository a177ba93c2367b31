//! What to do about a refusal: who can change it, and the line to add.
//!
//! One row for each code; a code without a row does not compile. The sentences
//! are for people who meet a code for the first time: they name the setting,
//! never the request.

use super::Code;

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever wrote the request.
    Caller,
    /// Whoever writes the configuration.
    Administrator,
    /// Whoever runs the gateway and its machine.
    Operator,
    /// The upstream.
    Provider,
}

impl Who {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caller => "the caller",
            Self::Administrator => "an administrator of the gateway",
            Self::Operator => "the operator of the gateway",
            Self::Provider => "the provider",
        }
    }
}

/// What to do about one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// Who can do it.
    pub who: Who,
    /// What, in a sentence or two.
    pub advice: &'static str,
    /// The line to add or to send instead; empty where there is none.
    pub line: &'static str,
}

/// Columns: variant, who can change it, what to do, and the line to add.
macro_rules! remedies {
    ($($code:ident, $who:ident, $advice:literal, $line:literal;)*) => {
        impl Code {
            /// What to do about it.
            #[must_use]
            pub const fn remedy(self) -> Remedy {
                match self {
                    $(Self::$code => Remedy { who: Who::$who, advice: $advice, line: $line },)*
                }
            }
        }
    };
}

remedies! {
    MalformedRequest, Caller, "Send plain HTTP/1.1 as the SDKs do: one `Host`, one `Content-Length`, no folded headers, no control characters.", "";
    InvalidJson, Caller, "Have the body written by a JSON library. A byte order mark, NaN, comments, trailing commas and anything after the value are refused.", "";
    DuplicateKey, Caller, "Name each member of an object once. Bodies put together from text are the usual cause.", "";
    AmbiguousKey, Caller, "Write the member as the provider documents it, in its own letter case.", "{\"model\": \"...\"}      not {\"Model\": \"...\"}";
    JsonLimit, Caller, "Send less at a time: split long lists of inputs, and do not nest tool arguments without end.", "";
    InvalidField, Caller, "Compare the field with the provider's documentation; the message names it by its path.", "";
    FieldRefused, Caller, "Leave the field out. It would choose another upstream, model, plugin or guardrail than the one that was granted.", "";
    StructureRefused, Caller, "Move the value into a text: a message, a description, an argument. In a name, an id or a fixed number it can neither be replaced nor sent.", "";
    CredentialInQuery, Caller, "Send the key in a header; addresses end up in logs.", "Authorization: Bearer pc_...";
    MultipleCredentials, Caller, "Send one credential. An SDK may add one of its own from the environment beside the header you set.", "";
    StreamNotAvailable, Caller, "Ask for a whole answer.", "\"stream\": false";
    MissingCredential, Caller, "Send a key of this gateway where the SDK puts its own. An administrator makes one.", "portcullis keys mint --owner NAME --team TEAM";
    InvalidCredential, Caller, "Check the key: mistyped, expired, revoked, and keys of the provider itself are all answered alike.", "portcullis keys list";
    ModelNotGranted, Administrator, "Add the model to a grant of the caller or of its team, or ask for a model that is granted.", "grants:\n  - name: NAME\n    teams: [TEAM]\n    models: [\"PROVIDER/MODEL\"]";
    CapabilityNotGranted, Administrator, "Add the capability to the grant's `allow`, which replaces the default list.", "    allow: [stream, tools, CAPABILITY]";
    PolicyDenied, Administrator, "A `forbid` in a Cedar file decided, and a `forbid` wins over every grant. The record names the policy.", "portcullis policy explain --caller NAME --team TEAM --model PROVIDER/MODEL";
    BetaNotGranted, Caller, "Leave the beta header out, or ask for a version of the gateway that lists the feature as harmless.", "";
    ToolTypeUnknown, Caller, "Describe the tool as a function of your own; tools the provider runs need a grant of their own.", "\"type\": \"function\"";
    ContentTypeUnknown, Caller, "Send the content as one of the types the gateway can read.", "{\"type\": \"text\", \"text\": \"...\"}";
    ContentBlocked, Administrator, "Take the value out of the request, or have the profile replace it instead of blocking.", "redaction:\n  profiles:\n    NAME:\n      requests: { secrets: replace }";
    RequestExceedsLimit, Administrator, "Send a smaller request, or have the grant's limit raised: this one alone is larger than the whole of it.", "";
    BudgetExhausted, Administrator, "Wait for the next hour, day or month, as the message says, or have the grant's budget raised.", "    limits: { usd_per_day: NUMBER }";
    PriceUnknown, Administrator, "Limit the grant by tokens instead, or name models whose price is known.", "    limits: { tokens_per_minute: NUMBER }";
    CrossOrigin, Caller, "Call from a program of your own. A web page of another origin must not use what a browser can reach.", "";
    UnknownEndpoint, Caller, "The path is /PROVIDER/the provider's own path, the name as the configuration has it. Operations nobody has described are refused.", "http://127.0.0.1:8080/PROVIDER/v1/...";
    MethodNotAllowed, Caller, "Use the method the provider documents; `Allow` in the answer names those there are.", "";
    RequestTimeout, Caller, "Send the request without pauses. A slow line or a stopped client is the usual cause.", "";
    RequestTooLarge, Caller, "Send less at a time: 10 MiB is the most one body may have.", "";
    UriTooLong, Caller, "Move what is in the address into the body.", "";
    UnsupportedMediaType, Caller, "Declare the body as what it is.", "Content-Type: application/json";
    ContentEncodingRefused, Caller, "Send the body uncompressed; what cannot be read cannot be checked.", "";
    MisdirectedRequest, Administrator, "Add the name callers use, or have them use one that is listed.", "listen:\n  data:\n    hosts: [\"NAME\"]";
    HeadersTooLarge, Caller, "Send fewer and shorter headers. Cookies are the usual cause, and none is needed.", "";
    RateLimited, Administrator, "Wait as long as `retry-after` says, spread the requests, or have the grant's limit raised. Every key has 600 a minute at most.", "    limits: { requests_per_minute: NUMBER }";
    ConcurrencyLimited, Administrator, "Wait for an answer before the next request, or have the grant's limit raised. Every key has 50 at once at most.", "    limits: { concurrent: NUMBER }";
    TooManyFailures, Caller, "Correct the key first; then wait as long as `retry-after` says. Valid keys from the same address are not held up.", "";
    InternalError, Operator, "Report it with the request id; the log line of that id says where it happened.", "";
    UpstreamUnreachable, Operator, "See that the gateway's machine can open a connection to the provider.", "curl -sv https://PROVIDER-HOST/ -o /dev/null";
    UpstreamAddress, Administrator, "If the provider is meant to be at a private or loopback address, name the range; if not, somebody has changed its name's address.", "    allow_networks: [\"10.0.0.0/8\"]";
    UpstreamName, Operator, "See that the gateway's machine can resolve the provider's name.", "getent hosts PROVIDER-HOST";
    UpstreamTls, Operator, "If the provider's certificate is signed by an authority of your own, name it; if not, do not trust the connection. The check cannot be turned off.", "    ca_file: ./private-ca.pem";
    UpstreamRedirect, Administrator, "Write the address the provider redirects to, if it is the right one.", "    base_url: https://...";
    UpstreamMalformed, Provider, "The answer was no JSON, or no HTTP. Something between the gateway and the provider may have answered in its place.", "";
    UpstreamTooLarge, Caller, "Ask for less: fewer choices, fewer inputs at a time.", "";
    UpstreamReset, Provider, "Try again; if it stays, look at the provider's status page.", "";
    UpstreamTimeout, Provider, "Try again; long answers come sooner with a smaller output cap.", "";
    Overloaded, Operator, "Give the gateway more room, or run more of it; callers may try again.", "";
    RedactionUnavailable, Operator, "The text could not be checked in the time there is, so it was not sent. Report it with the request id.", "";
    HoldLimit, Provider, "The answer held back more text than the limit while it could still become a sensitive value, so it was ended. Ask for a whole answer instead of a stream.", "\"stream\": false";
    PolicyUnavailable, Administrator, "A Cedar policy failed while it was evaluated; the log names it.", "portcullis check";
    AuditUnavailable, Operator, "Make room for the ledger, or mend its disk; requests are refused until they can be recorded.", "audit:\n  spool: { directory: ./state/audit, max_bytes: 8GiB }";
    Draining, Operator, "The gateway is stopping; try again, and another one will answer.", "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_a_sentence_and_the_administrators_has_a_line() {
        for code in Code::ALL {
            let Remedy { who, advice, line } = code.remedy();
            assert!(
                advice.ends_with('.') && advice.len() > 20,
                "{}",
                code.name()
            );
            let alone = matches!(code, Code::RequestExceedsLimit);
            assert!(
                who != Who::Administrator || !line.is_empty() || alone,
                "{} has no line to add",
                code.name()
            );
        }
    }
}
