//! A content block: written by callers, answered by models, nested in results
//! of tools.

use crate::{
    primitives::{
        Capability::{Files, Images, OpaqueMedia, RemoteUrls, StoredState},
        Code,
    },
    provider::shape::{
        Kinds, Row,
        Rule::{self, Blob, Count, Fixed, Flag, Free, Number, Signed, Text, Word},
        When::{Outside, Present},
        at, part,
    },
};

/// What a block may be. Blocks of tools the provider ran are history when they
/// come back: nothing runs because of them.
static BLOCKS: Kinds = Kinds {
    unknown: Code::ContentTypeUnknown,
    known: &[
        ("text", &[]),
        ("image", &[Images]),
        ("document", &[Files]),
        ("search_result", &[]),
        ("tool_use", &[]),
        ("tool_result", &[]),
        ("tool_reference", &[]),
        ("thinking", &[]),
        ("redacted_thinking", &[]),
        ("compaction", &[]),
        ("server_tool_use", &[]),
        ("mcp_tool_use", &[]),
        ("mcp_tool_result", &[]),
        ("web_search_tool_result", &[]),
        ("web_search_result", &[]),
        ("web_fetch_tool_result", &[]),
        ("code_execution_tool_result", &[]),
        ("bash_code_execution_tool_result", &[]),
        ("text_editor_code_execution_tool_result", &[]),
        ("tool_search_tool_result", &[]),
        ("bash_code_execution_output", &[StoredState]),
        ("code_execution_output", &[StoredState]),
        ("container_upload", &[Files, StoredState]),
    ],
    untyped: None,
};

/// Where a picture or a document is.
static SOURCES: Kinds = Kinds {
    unknown: Code::ContentTypeUnknown,
    known: &[
        ("base64", &[]),
        ("text", &[]),
        ("content", &[]),
        ("url", &[RemoteUrls]),
        ("file", &[StoredState]),
    ],
    untyped: None,
};

/// A block where messages have it.
pub(super) const BLOCK: &[Row] = &[
    part("", LEAVES),
    at("/content/*", Rule::Kinds(&BLOCKS)),
    part("/content/*", LEAVES),  // in the result of a tool, or of a search
    part("/content", RESULT),    // of a tool the provider ran
    at("/source/content", Text), // a document in blocks
    at("/source/content/*", Rule::Kinds(&BLOCKS)),
    part("/source/content/*", LEAVES),
    part("/content/*/source/content/*", LEAVES),
];

/// What stands at the top of `content`.
pub(super) const fn blocks(path: &'static str) -> Row {
    at(path, Rule::Kinds(&BLOCKS))
}

const LEAVES: &[Row] = &[
    at("/{type,id,tool_use_id}", Word),
    at("/text", Text),
    at("/content", Text).of_type(&["compaction"], Signed),
    at("/{name,tool_name,server_name}", Fixed),
    at("/input", Free),
    at("/is_error", Flag),
    at("/caller/{type,tool_id}", Word),
    at("/cache_control/{type,ttl}", Word),
    // thinking
    at("/thinking", Text).of_type(&["thinking"], Signed),
    at("/signature", Text).of_type(&["thinking"], Blob),
    at("/data", Text).of_type(&["redacted_thinking"], Blob),
    at("/encrypted_content", Text).of_type(&["compaction", "web_search_result"], Blob),
    // pictures and documents
    at("/source", Rule::Kinds(&SOURCES)).needs(Outside(&["image", "document"]), OpaqueMedia),
    at("/source/{type,media_type}", Word),
    at("/source/file_id", Word).needs(Present, StoredState),
    at("/source/data", Text).of_type(&["base64"], Blob),
    at("/source/url", Fixed).needs(Present, RemoteUrls),
    at("/{title,context}", Text),
    at("/citations/enabled", Flag),
    at("/file_id", Word).needs(Present, StoredState),
    // results of searches
    at("/{url,page_age}", Text),
    // where it was read
    part("/citations/*", CITATION),
];

/// One place a text was taken from.
pub(super) const CITATION: &[Row] = &[
    at("/type", Word),
    at("/{cited_text,title,document_title,url,source}", Text),
    at("/file_id", Word),
    at("/encrypted_index", Text).of_type(&["web_search_result_location"], Blob),
    at(
        "/{document_index,search_result_index,start_char_index,end_char_index}",
        Count,
    ),
    at(
        "/{start_block_index,end_block_index,start_page_number,end_page_number}",
        Count,
    ),
];

/// The one object a server's tool answers with.
const RESULT: &[Row] = &[
    at("/{type,file_id,error_code,file_type}", Word),
    at("/{stdout,stderr,url,retrieved_at}", Text),
    at("/content", Rule::Kinds(&BLOCKS)), // or text
    at(
        "/{return_code,start_line,num_lines,total_lines,old_start,old_lines,new_start,new_lines}",
        Number,
    ),
    at("/lines/*", Text),
    at("/is_file_update", Flag),
    at("/encrypted_stdout", Text).of_type(&["encrypted_code_execution_result"], Blob),
    at("/tool_references/*/type", Word),
    at("/tool_references/*/tool_name", Fixed),
    at("/content/*/{type,file_id}", Word),
    part("/content", LEAVES), // the page that was fetched
];
