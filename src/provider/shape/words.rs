//! How leaves look that are not text, and names that choose for the gateway.
//!
//! A row says "this is an id"; whether the string is one is checked here,
//! because whoever writes the request also writes its ids. What does not look
//! the part is scanned like anything else.

/// Characters an id or an enum value has at most.
const LONGEST_WORD: usize = 256;

/// Whether `text` can be an id or an enum value: no space, no `@`, no quote.
pub(in crate::provider) fn is_word(text: &str) -> bool {
    text.len() <= LONGEST_WORD
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'+' | b'=' | b'~')
        })
}

/// Whether `text` can be base64, with either alphabet of RFC 4648, with or
/// without line ends.
pub(super) fn is_base64(text: &str) -> bool {
    text.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\r' | b'\n')
    })
}

/// What a string is as an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    /// No address at all.
    None,
    /// `data:` with base64 behind it: content nobody has read.
    Inline,
    /// `data:` with anything else behind it.
    InlineText,
    /// Somebody would fetch it.
    Remote,
}

/// Reads a string that as a whole may be an address. Space and control
/// characters around it and in its scheme are skipped and letter case does not
/// count, because URL parsers do so too (WHATWG URL, "basic URL parser").
pub(super) fn address(text: &str) -> Address {
    let text = text.trim_matches(|one: char| one.is_whitespace() || one.is_control());
    let Some((scheme, rest)) = text.split_once(':') else {
        return if text.starts_with("//") && !text.contains(char::is_whitespace) {
            Address::Remote
        } else {
            Address::None
        };
    };
    if scheme.len() > LONGEST_SCHEME {
        return Address::None;
    }
    let scheme: String = scheme
        .chars()
        .filter(|one| !matches!(one, '\t' | '\r' | '\n'))
        .collect();
    if !is_scheme(&scheme) {
        return Address::None;
    }
    if scheme.eq_ignore_ascii_case("data") {
        return inline(rest);
    }
    let rest: String = rest
        .chars()
        .take(8)
        .filter(|one| !one.is_control())
        .collect();
    let slashes = rest.starts_with("//") || rest.starts_with("\\\\") || rest.starts_with("/\\");
    let special = FETCHED.iter().any(|one| scheme.eq_ignore_ascii_case(one));
    if (slashes && !text.contains(' ')) || (special && !rest.starts_with([' ', '\u{a0}'])) {
        Address::Remote
    } else {
        Address::None
    }
}

/// Bytes a scheme has at most, with room for what parsers skip in it.
const LONGEST_SCHEME: usize = 64;

/// Schemes a fetcher takes with any number of slashes.
const FETCHED: [&str; 8] = ["http", "https", "ftp", "file", "gs", "s3", "ws", "wss"];

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|one: char| one.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// RFC 2397: `[<mediatype>][;base64],<data>`. Prose that happens to start with
/// `data:` has a space before any comma.
fn inline(rest: &str) -> Address {
    let Some((kind, data)) = rest.split_once(',') else {
        return Address::None;
    };
    if kind.contains(char::is_whitespace) {
        return Address::None;
    }
    let base64 = kind
        .rsplit(';')
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case("base64"));
    if base64 && is_base64(data) {
        Address::Inline
    } else {
        Address::InlineText
    }
}

/// Names that, wherever a provider or a compatible server reads them, choose
/// an upstream, a model, a route, a plugin or a guardrail. Sources, read
/// 2026-11: OpenRouter (`models`, `provider`, `route`, `plugins`, `preset`),
/// LiteLLM (`api_base`, `fallbacks`, `guardrails`, `custom_llm_provider`,
/// `user_config` ...), SGLang (`bootstrap_*`, `lora_path`,
/// `custom_logit_processor`, which is code), vLLM (`kv_transfer_params`);
/// Portkey and Helicone (`targets`, `strategy` stay out: too common a word).
pub(in crate::provider) const CHOOSING: &[&str] = &[
    "api_base",
    "api_key",
    "api_type",
    "api_version",
    "base_url",
    "bootstrap_host",
    "bootstrap_port",
    "bootstrap_room",
    "callbacks",
    "context_window_fallback_dict",
    "custom_llm_provider",
    "custom_logit_processor",
    "data_sources",
    "deployment_id",
    "extra_body",
    "extra_headers",
    "extra_query",
    "fallbacks",
    "guardrail",
    "guardrails",
    "kv_transfer_params",
    "lora_path",
    "mock_response",
    "model_list",
    "models",
    "plugins",
    "preset",
    "provider",
    "providers",
    "proxy",
    "route",
    "router",
    "target_url",
    "upstream",
    "user_config",
];

/// In fields nobody knows, further models are named like this too.
const CHOOSING_WITHIN: &[&str] = &["model", "model_id"];

/// Whether a name in a field nobody knows chooses for the gateway, whatever
/// its letter case.
pub(super) fn chooses(name: &str, within: bool) -> bool {
    let name = fold(name);
    let hit = |list: &[&str]| list.contains(&name.as_str());
    hit(CHOOSING) || (within && hit(CHOOSING_WITHIN))
}

/// Letter case folded the way lenient JSON readers compare names: simple
/// Unicode folding, where `ſ` is an `s` and the Kelvin sign a `k`.
pub(super) fn fold(name: &str) -> String {
    name.chars()
        .flat_map(char::to_lowercase)
        .map(|one| if one == 'ſ' { 's' } else { one })
        .collect()
}
