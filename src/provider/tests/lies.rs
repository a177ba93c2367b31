//! Requests whose objects are not what their `type` says: no gate and no
//! scanning is dodged that way.

use super::*;
use crate::{
    redact::{Cleanable, Treatment},
    wire::json::Kind,
};

/// What may be done with the string `canary` stands in, and what the request
/// needs.
fn canary(call: Result<Call, Refusal>) -> (Treatment, Vec<&'static str>) {
    let call = call.unwrap();
    let nodes = call.document().unwrap().nodes();
    let mut found = nodes.filter(|one| one.kind() == Kind::String && one.text().contains("canary"));
    (call.treatment(found.next().unwrap()), needs(&call))
}

fn part(part: &str) -> Result<Call, Refusal> {
    chat(&format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}"#
    ))
}

fn item(item: &str) -> Result<Call, Refusal> {
    let body = r#"{"model":"m","store":false,"input":[ITEM]}"#;
    responses(&body.replace("ITEM", item))
}

#[test]
fn media_need_their_capability_whatever_the_type_of_a_chat_part() {
    for (inner, expected) in [
        (
            r#""image_url":{"url":"data:image/png;base64,canary"}"#,
            "images",
        ),
        (r#""image_url":"data:image/png;base64,canary""#, "images"),
        (r#""file_url":"data:image/png;base64,canary""#, "files"),
        (r#""document_url":"data:image/png;base64,canary""#, "files"),
        (r#""input_audio":{"data":"canary"}"#, "audio"),
        (r#""file":{"file_data":"canary"}"#, "files"),
    ] {
        let (_, needs) = canary(part(&format!(r#"{{"type":"text","text":"x",{inner}}}"#)));
        assert_eq!(needs, [expected], "{inner}");
    }
    let message = r#"{"model":"m","messages":[{"role":"assistant","audio":{"data":"canary"}}]}"#;
    assert_eq!(canary(chat(message)).1, ["audio"]);
}

#[test]
fn media_need_their_capability_whatever_the_type_of_an_item() {
    for (inner, expected) in [
        (r#""image_url":"data:image/png;base64,canary""#, "images"),
        (r#""file_url":"data:image/png;base64,canary""#, "files"),
        (r#""file_data":"canary""#, "files"),
        (r#""input_audio":{"data":"canary"}"#, "audio"),
    ] {
        let part = format!(r#"{{"type":"input_text","text":"x",{inner}}}"#);
        for around in [
            r#"{"role":"user","content":[PART]}"#,
            r#"{"type":"reasoning","encrypted_content":"x","summary":[PART]}"#,
            r#"{"type":"function_call_output","call_id":"c","output":[PART]}"#,
        ] {
            let (_, needs) = canary(item(&around.replace("PART", &part)));
            assert_eq!(needs, [expected], "{around} {inner}");
        }
    }
    let output = r#"{"type":"code_interpreter_call","outputs":[{"type":"image","url":"data:image/png;base64,canary"}]}"#;
    assert_eq!(canary(item(output)).1, ["images"]);
    let mask = r#"{"model":"m","tools":[{"type":"function","name":"f","input_image_mask":{"image_url":"data:image/png;base64,canary"}}]}"#;
    assert_eq!(canary(responses(mask)).1, ["tools", "images"]);
}

#[test]
fn ciphertext_is_text_where_the_type_has_none() {
    let text = |inner: &str| format!(r#"{{"type":"text","text":"x",{inner}}}"#);
    for (item, expected) in [
        (
            r#"{"role":"user","content":"x","result":"canary"}"#,
            Treatment::Text,
        ),
        (
            r#"{"role":"user","content":"x","encrypted_content":"canary"}"#,
            Treatment::Text,
        ),
        (
            r#"{"role":"user","content":[{"type":"input_text","data":"canary"}]}"#,
            Treatment::Text,
        ),
        (
            r#"{"type":"compaction","encrypted_content":"canary"}"#,
            Treatment::Opaque,
        ),
    ] {
        let call = self::item(item);
        assert_eq!(canary(call).0, expected, "{item}");
    }
    for inner in [
        r#""data":"canary""#,
        r#""encrypted_content":"canary""#,
        r#""signature":"canary""#,
        r#""citations":[{"type":"char_location","encrypted_index":"canary"}]"#,
        r#""content":{"type":"web_fetch_result","encrypted_stdout":"canary"}"#,
    ] {
        for body in [
            r#"{"model":"m","max_tokens":9,"messages":[],"system":[BLOCK]}"#,
            r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[BLOCK]}]}"#,
        ] {
            let call = messages(&body.replace("BLOCK", &text(inner)));
            assert_eq!(canary(call), (Treatment::Text, vec![]), "{inner}");
        }
    }
}

#[test]
fn a_source_is_seen_whatever_block_it_stands_in() {
    let body = r#"{"model":"m","max_tokens":9,"system":[BLOCK],"messages":[{"role":"user","content":[BLOCK]}]}"#;
    let call = |block: &str| messages(&body.replace("BLOCK", block));
    let source = r#"{"type":"base64","media_type":"image/png","data":"canary"}"#;
    let in_text = format!(r#"{{"type":"text","text":"x","source":{source}}}"#);
    assert_eq!(canary(call(&in_text)).1, ["opaque_media"]);
    let fetched = format!(
        r#"{{"type":"web_fetch_tool_result","tool_use_id":"t","content":{{"type":"web_fetch_result","content":{{"type":"document","source":{source}}}}}}}"#
    );
    assert_eq!(canary(call(&fetched)).1, ["files"]);
    for (source, expected) in [
        (
            r#"{"type":"base64","url":"https://canary.example"}"#,
            "remote_urls",
        ),
        (r#"{"type":"base64","file_id":"canary"}"#, "stored_state"),
    ] {
        let block = format!(r#"{{"type":"image","source":{source}}}"#);
        assert_eq!(canary(call(&block)).1, ["images", expected], "{source}");
    }
    let url = r#"{"type":"document","source":{"type":"content","data":"canary"}}"#;
    assert_eq!(canary(call(url)).0, Treatment::Text);
}

#[test]
fn a_tool_that_names_a_server_is_one_of_that_server() {
    for (inner, expected) in [
        (r#""server_url":"https://canary.example""#, "remote_mcp"),
        (r#""connector_id":"canary""#, "remote_mcp"),
        (r#""authorization":"canary""#, "remote_mcp"),
        (r#""headers":{"a":"canary"}"#, "remote_mcp"),
        (r#""vector_store_ids":["canary"]"#, "stored_state"),
    ] {
        let body = r#"{"model":"m","input":"x","tools":[{"type":"function","name":"f",INNER}]}"#;
        let (_, mut needs) = canary(responses(&body.replace("INNER", inner)));
        needs.retain(|one| *one != "tools");
        assert_eq!(needs, [expected], "{inner}");
    }
}
