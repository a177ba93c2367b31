//! A chat message: written by callers, answered by models, in whole or as a
//! delta. One table, because each is sent back as the other.

use crate::{
    primitives::{
        Capability::{Audio, Files, Images, RemoteUrls, StoredState},
        Code,
    },
    provider::shape::{
        Kinds, Row,
        Rule::{self, Blob, Count, Fixed, Flag, JsonText, Number, Signed, Text, Url, Word},
        When::Present,
        at,
    },
};

/// What a part of a message may be.
static PARTS: Kinds = Kinds {
    unknown: Code::ContentTypeUnknown,
    known: &[
        ("text", &[]),
        ("refusal", &[]),
        ("thinking", &[]),
        ("image_url", &[Images]),
        ("input_audio", &[Audio]),
        ("file", &[Files]),
        ("file_url", &[Files, RemoteUrls]),
        ("document_url", &[Files]),
    ],
    untyped: None,
};

pub(super) const MESSAGE: &[Row] = &[
    at("/role", Word),
    at("/name", Text),
    // what is said
    at("/content", Text),
    at("/content/*", Rule::Kinds(&PARTS)),
    at("/content/*/type", Word),
    at("/content/*/{text,refusal}", Text),
    at("/content/*/image_url", Url).needs(Present, Images),
    at("/content/*/image_url/url", Url),
    at("/content/*/image_url/detail", Word),
    at("/content/*/{document_url,file_url}", Url).needs(Present, Files),
    at("/content/*/file_url/url", Url),
    at("/content/*/input_audio", Rule::Group).needs(Present, Audio),
    at("/content/*/input_audio/data", Blob),
    at("/content/*/input_audio/format", Word),
    at("/content/*/file", Rule::Group).needs(Present, Files),
    at("/content/*/file/file_data", Blob),
    at("/content/*/file/filename", Text),
    at("/content/*/file/file_id", Word).needs(Present, StoredState),
    at("/content/*/thinking/*/text", Text), // Mistral
    at("/content/*/thinking/*/type", Word),
    at("/content/*/closed", Flag),
    at("/content/*/cache_control/{type,ttl}", Word),
    at("/cache_control/{type,ttl}", Word),
    at("/refusal", Text),
    at("/{reasoning,reasoning_content}", Text),
    at("/reasoning_details/*/{type,format,id}", Word),
    at("/reasoning_details/*/index", Count),
    at("/reasoning_details/*/text", Text).of_type(&["reasoning.text"], Signed),
    at("/reasoning_details/*/summary", Text),
    at("/reasoning_details/*/data", Text).of_type(&["reasoning.encrypted"], Blob),
    at("/reasoning_details/*/signature", Text).of_type(&["reasoning.text"], Blob),
    // tools
    at("/tool_call_id", Word),
    at("/tool_calls/*/{id,type}", Word),
    at("/tool_calls/*/index", Count),
    at("/tool_calls/*/function/name", Fixed),
    at("/tool_calls/*/function/arguments", JsonText),
    at("/tool_calls/*/custom/name", Fixed),
    at("/tool_calls/*/custom/input", Text),
    at(
        "/tool_calls/*/extra_content/google/thought_signature",
        Fixed,
    ),
    at("/function_call/name", Fixed),
    at("/function_call/arguments", JsonText),
    at("/executed_tools/*/type", Word), // Groq
    at("/executed_tools/*/index", Count),
    at("/executed_tools/*/arguments", JsonText),
    at("/executed_tools/*/output", Text),
    at(
        "/executed_tools/*/search_results/results/*/{title,url,content}",
        Text,
    ),
    at("/executed_tools/*/search_results/results/*/score", Number),
    // sound
    at("/audio/id", Word).needs(Present, StoredState),
    at("/audio/data", Blob).needs(Present, Audio),
    at("/audio/transcript", Text),
    at("/audio/expires_at", Count),
    // citations
    at("/annotations/*/type", Word),
    at("/annotations/*/url_citation/{title,url,content}", Text),
    at("/annotations/*/url_citation/{start_index,end_index}", Count),
    at("/annotations/*/file/{name,hash}", Text),
    at("/annotations/*/file/content/*/text", Text),
    at("/annotations/*/file/content/*/type", Word),
    // signatures beside text: no type says that they are some
    at("/thought_signature", Fixed),
    at("/extra_content/google/thought", Flag),
    at("/extra_content/google/thought_signature", Fixed),
    at("/prefix", Flag), // DeepSeek, Mistral
];
