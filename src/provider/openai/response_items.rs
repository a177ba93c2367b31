//! Items of a response: messages, reasoning, calls of tools and their results.
//! What a model wrote is sent back as it is, so both ways have one table.

use crate::{
    primitives::{
        Capability::{self, Audio, Files, Images, RemoteMcp, ServerTools, StoredState, Tools},
        Code,
    },
    provider::shape::{
        Kinds, Row,
        Rule::{
            self, Blob, Count, Fixed, Flag, Free, JsonText, Number, Refused, Schema, Text, Url,
            Word,
        },
        When::{Filled, Present},
        at, part,
    },
};

/// What an item may be. One without a type is a message.
static ITEMS: Kinds = Kinds {
    unknown: Code::ContentTypeUnknown,
    known: &[
        ("message", &[]),
        ("reasoning", &[]),
        ("compaction", &[]),
        ("item_reference", &[StoredState]),
        ("function_call", &[]),
        ("function_call_output", &[]),
        ("custom_tool_call", &[]),
        ("custom_tool_call_output", &[]),
        ("local_shell_call", &[]),
        ("local_shell_call_output", &[]),
        ("shell_call", &[]),
        ("shell_call_output", &[]),
        ("apply_patch_call", &[]),
        ("apply_patch_call_output", &[]),
        ("computer_call", &[]),
        ("computer_call_output", &[Images]),
        ("tool_search_call", &[]),
        ("tool_search_output", &[]),
        ("additional_tools", &[]),
        ("web_search_call", &[]),
        ("file_search_call", &[]),
        ("code_interpreter_call", &[]),
        ("image_generation_call", &[Images]),
        ("mcp_list_tools", &[]),
        ("mcp_call", &[]),
        ("mcp_approval_request", &[]),
        ("mcp_approval_response", &[RemoteMcp]),
    ],
    untyped: Some(&[]),
};

/// What a part of an item may be.
static PARTS: Kinds = Kinds {
    unknown: Code::ContentTypeUnknown,
    known: &[
        ("input_text", &[]),
        ("output_text", &[]),
        ("text", &[]),
        ("summary_text", &[]),
        ("reasoning_text", &[]),
        ("refusal", &[]),
        ("input_image", &[Images]),
        ("input_file", &[Files]),
        ("input_audio", &[Audio]),
        ("output_audio", &[Audio]),
        ("computer_screenshot", &[Images]),
    ],
    untyped: None,
};

/// What a result of a tool may be made of: parts, or what a shell printed.
static OUTPUTS: Kinds = Kinds {
    unknown: Code::ContentTypeUnknown,
    known: &[
        ("input_text", &[]),
        ("output_text", &[]),
        ("text", &[]),
        ("input_image", &[Images]),
        ("input_file", &[Files]),
        ("computer_screenshot", &[Images]),
    ],
    untyped: Some(&[]),
};

/// Tools of a request.
static TOOLS: Kinds = Kinds {
    unknown: Code::ToolTypeUnknown,
    known: KNOWN_TOOLS,
    untyped: None,
};

/// Tools an item tells of. Those of an MCP server have no type.
static LISTED: Kinds = Kinds {
    unknown: Code::ToolTypeUnknown,
    known: KNOWN_TOOLS,
    untyped: Some(&[]),
};

/// A caller's own tools, then those the provider runs.
const KNOWN_TOOLS: &[(&str, &[Capability])] = &[
    ("function", &[Tools]),
    ("custom", &[Tools]),
    ("namespace", &[Tools]),
    ("local_shell", &[Tools]),
    ("apply_patch", &[Tools]),
    ("computer", &[Tools]),
    ("computer_use_preview", &[Tools]),
    ("tool_search", &[ServerTools]),
    ("shell", &[ServerTools]),
    ("web_search", &[ServerTools]),
    ("web_search_2025_08_26", &[ServerTools]),
    ("web_search_preview", &[ServerTools]),
    ("web_search_preview_2025_03_11", &[ServerTools]),
    ("file_search", &[ServerTools, StoredState]),
    ("code_interpreter", &[ServerTools]),
    ("image_generation", &[ServerTools]),
    ("mcp", &[RemoteMcp]),
];

/// Items where a list of them stands.
pub(super) const fn items(path: &'static str) -> Row {
    at(path, Rule::Kinds(&ITEMS))
}

/// Tools where a list of them stands.
pub(super) const fn tools(path: &'static str) -> Row {
    at(path, Rule::Kinds(&TOOLS))
}

pub(super) const ITEM: &[Row] = &[
    at(
        "/{id,type,role,status,phase,call_id,approval_request_id,execution}",
        Word,
    ),
    at("/{name,namespace,server_label}", Fixed),
    // what is said
    at("/content", Text),
    at("/content/*", Rule::Kinds(&PARTS)),
    part("/content/*", PART),
    at("/summary/*", Rule::Kinds(&PARTS)),
    part("/summary/*", PART),
    at("/encrypted_content", Text).of_type(&["reasoning", "compaction"], Blob),
    // calls
    at("/arguments", JsonText),
    at("/{input,code,reason}", Text),
    at("/queries/*", Text),
    at("/action/{type,button}", Word),
    at(
        "/action/{query,url,pattern,text,working_directory,user}",
        Text,
    ),
    at("/action/{queries,commands,command,keys}/*", Text),
    at(
        "/action/{x,y,scroll_x,scroll_y,timeout_ms,max_output_length}",
        Number,
    ),
    at("/action/path/*/{x,y}", Number),
    at("/action/env", Free),
    at("/action/sources/*/type", Word),
    at("/action/sources/*/{url,title,name}", Text),
    at("/operation/type", Word),
    at("/operation/{path,diff}", Text),
    at("/container_id", Word).needs(Present, StoredState),
    at("/approve", Flag),
    at(
        "/{pending_safety_checks,acknowledged_safety_checks}/*/{id,code}",
        Word,
    ),
    at(
        "/{pending_safety_checks,acknowledged_safety_checks}/*/message",
        Text,
    ),
    // results
    at("/output", Rule::Kinds(&OUTPUTS)),
    part("/output", PART),
    at("/output/*", Rule::Kinds(&OUTPUTS)),
    part("/output/*", PART),
    at("/output/*/{stdout,stderr}", Text),
    at("/output/*/outcome/type", Word),
    at("/output/*/outcome/exit_code", Number),
    at("/max_output_length", Count),
    at("/outputs/*/type", Word),
    at("/outputs/*/logs", Text),
    at("/outputs/*/url", Url).needs(Present, Images),
    at("/results/*/{text,filename}", Text),
    at("/results/*/file_id", Word),
    at("/results/*/score", Number),
    at("/results/*/attributes", Free),
    at("/result", Text).of_type(&["image_generation_call"], Blob),
    at("/{background,output_format,quality,size}", Word),
    at("/{revised_prompt,error}", Text),
    at("/error/{type,code}", Word),
    at("/error/message", Text),
    at("/tools/*", Rule::Kinds(&LISTED)), // brought along, or found
    part("/tools/*", TOOL),
];

/// A part of a message, a summary or a result.
pub(super) const PART: &[Row] = &[
    at("/{type,detail}", Word),
    at("/{text,refusal,transcript,filename}", Text),
    at("/image_url", Url).needs(Present, Images),
    at("/file_url", Url).needs(Present, Files),
    at("/file_data", Blob).needs(Present, Files),
    at("/data", Text).of_type(&["output_audio"], Blob),
    at("/file_id", Word).needs(Present, StoredState),
    at("/input_audio", Rule::Group).needs(Present, Audio),
    at("/input_audio/data", Blob),
    at("/input_audio/format", Word),
    at("/prompt_cache_breakpoint/mode", Word),
    part("/annotations/*", ANNOTATION),
    part("/logprobs/*", LOGPROB),
    part("/logprobs/*/top_logprobs/*", LOGPROB),
];

/// Where a text was taken from.
pub(super) const ANNOTATION: &[Row] = &[
    at("/{type,file_id,container_id}", Word),
    at("/{title,url,filename}", Text),
    at("/{start_index,end_index,index}", Count),
];

/// A token with its probability: the text once more.
pub(super) const LOGPROB: &[Row] = &[
    at("/token", Text),
    at("/logprob", Number),
    at("/bytes", Rule::Numbers),
];

pub(super) const TOOL: &[Row] = &[
    at("/type", Word),
    at("/{name,server_label}", Fixed),
    at("/{description,server_description}", Text),
    at("/{parameters,input_schema,output_schema}", Schema),
    at("/{strict,defer_loading}", Flag),
    at("/format/type", Word),
    at("/format/{syntax,definition}", Fixed),
    part("/tools/*", NESTED), // a namespace
    // what the provider runs
    at(
        "/{search_context_size,execution,environment,background}",
        Word,
    ),
    at("/user_location/type", Word),
    at("/user_location/{city,region,country,timezone}", Text),
    at("/filters", Free),
    at("/vector_store_ids/*", Word).needs(Present, StoredState),
    at("/max_num_results", Count),
    at(
        "/{display_width,display_height,partial_images,output_compression}",
        Number,
    ),
    at("/ranking_options", Free),
    at("/container", Word).needs(Filled, ServerTools),
    at("/container/{type,memory_limit}", Word),
    at("/container/file_ids/*", Word).needs(Present, StoredState),
    at(
        "/{input_fidelity,moderation,output_format,quality,size,action}",
        Word,
    ),
    at("/model", Refused),
    at("/input_image_mask/image_url", Url).needs(Present, Images),
    at("/input_image_mask/file_id", Word).needs(Present, StoredState),
    at("/{server_url,connector_id}", Fixed).needs(Present, RemoteMcp),
    at("/authorization", Word).needs(Present, RemoteMcp),
    at("/headers", Free).needs(Filled, RemoteMcp),
    at("/require_approval", Word),
    at("/require_approval/{always,never}/tool_names/*", Fixed),
    at("/allowed_tools/*", Fixed),
    at("/allowed_tools/tool_names/*", Fixed),
    at("/annotations", Free),
];

/// A tool within a namespace.
const NESTED: &[Row] = &[
    at("/type", Word),
    at("/name", Fixed),
    at("/description", Text),
    at("/parameters", Schema),
    at("/{strict,defer_loading}", Flag),
];
