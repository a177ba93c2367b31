use serde_json::{Value, json};

use super::{
    streams::{data, joined, through, whole},
    *,
};
use crate::redact::{Cleanable, Treatment};

fn with(more: &str) -> Result<Call, Refusal> {
    responses(&format!(r#"{{"model":"m","input":"hi"{more}}}"#))
}

fn items(items: &str) -> Result<Call, Refusal> {
    responses(&format!(
        r#"{{"model":"m","store":false,"input":[{items}]}}"#
    ))
}

/// The body that is sent, where these capabilities are granted.
fn decided(body: &str, allow: &[&str]) -> Result<Value, Refusal> {
    let mut call = responses(body)?;
    call.decide(&policy(allow), &caller())?;
    let call = call.edited(Vec::new()).unwrap();
    let bytes = super::sent_bytes(call);
    Ok(serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn nothing_is_kept_unless_a_grant_says_so() {
    for body in [
        r#"{"model":"m","input":"hi"}"#,
        r#"{"model":"m","store":null}"#,
    ] {
        assert_eq!(decided(body, &["tools"]).unwrap()["store"], false, "{body}");
        let same: Value = serde_json::from_str(body).unwrap();
        assert_eq!(decided(body, &["stored_state"]).unwrap(), same);
    }
    let kept = r#"{"model":"m","store":true}"#;
    assert_eq!(code(decided(kept, &["tools"])), Code::CapabilityNotGranted);
    assert_eq!(decided(kept, &["stored_state"]).unwrap()["store"], true);
    let dropped = r#"{"model":"m","store":false}"#;
    assert_eq!(decided(dropped, &["tools"]).unwrap()["store"], false);
    assert_eq!(responses(dropped).unwrap().edits().count(), 0);
}

#[test]
fn without_a_question_nothing_is_kept() {
    let call = with("").unwrap().edited(Vec::new()).unwrap();
    assert_eq!(call.edits().collect::<Vec<_>>(), ["store"]);
    let body: Value = serde_json::from_slice(&super::sent_bytes(call)).unwrap();
    assert_eq!(body["store"], false);
}

#[test]
fn chat_completions_get_no_such_edit() {
    assert_eq!(chat(r#"{"model":"m"}"#).unwrap().edits().count(), 0);
}

#[test]
fn each_gate_of_responses_is_seen() {
    for (more, expected) in [
        ("", vec![]),
        (r#","store":false"#, vec![]),
        (r#","background":true"#, vec!["stored_state"]),
        (r#","previous_response_id":"resp_1""#, vec!["stored_state"]),
        (r#","previous_response_id":null"#, vec![]),
        (r#","conversation":"conv_1""#, vec!["stored_state"]),
        (r#","conversation":{"id":"conv_1"}"#, vec!["stored_state"]),
        (r#","prompt":{"id":"p"}"#, vec!["stored_state"]),
        (r#","include":["reasoning.encrypted_content"]"#, vec![]),
        (
            r#","include":["message.output_text.logprobs"]"#,
            vec!["logprobs"],
        ),
        (r#","top_logprobs":2"#, vec!["logprobs"]),
        (
            r#","tools":[{"type":"function","name":"f","parameters":{}}]"#,
            vec!["tools"],
        ),
        (r#","tools":[{"type":"web_search"}]"#, vec!["server_tools"]),
        (
            r#","tools":[{"type":"file_search","vector_store_ids":["v"]}]"#,
            vec!["server_tools", "stored_state"],
        ),
        (
            r#","tools":[{"type":"code_interpreter","container":{"type":"auto"}}]"#,
            vec!["server_tools"],
        ),
        (
            r#","tools":[{"type":"mcp","server_label":"x","server_url":"https://a.example"}]"#,
            vec!["remote_mcp"],
        ),
        (r#","stream":true"#, vec!["stream"]),
    ] {
        assert_eq!(needs(&with(more).unwrap()), expected, "{more}");
    }
    for (item, expected) in [
        (r#"{"role":"user","content":"hi"}"#, vec![]),
        (
            r#"{"type":"item_reference","id":"rs_1"}"#,
            vec!["stored_state"],
        ),
        (
            r#"{"type":"reasoning","id":"rs_1","summary":[]}"#,
            vec!["stored_state"],
        ),
        (
            r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":null}"#,
            vec!["stored_state"],
        ),
        (
            r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":""}"#,
            vec!["stored_state"],
        ),
        (
            r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}"#,
            vec![],
        ),
        (
            r#"{"role":"user","content":[{"type":"input_image","image_url":"https://a.example"}]}"#,
            vec!["images", "remote_urls"],
        ),
        (
            r#"{"role":"user","content":[{"type":"input_image","file_id":"f"}]}"#,
            vec!["images", "stored_state"],
        ),
        (
            r#"{"role":"user","content":[{"type":"input_file","file_url":"https://a.example"}]}"#,
            vec!["files", "remote_urls"],
        ),
        (
            r#"{"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_data":"AAAA"}]}"#,
            vec!["files"],
        ),
        (
            r#"{"type":"additional_tools","tools":[{"type":"web_search"}]}"#,
            vec!["server_tools"],
        ),
    ] {
        assert_eq!(needs(&items(item).unwrap()), expected, "{item}");
    }
}

#[test]
fn what_responses_do_not_know_is_refused() {
    let tool = |tool: &str| code(with(&format!(r#","tools":[{tool}]"#)));
    assert_eq!(tool(r#"{"type":"browser"}"#), Code::ToolTypeUnknown);
    assert_eq!(tool(r#"{"name":"f"}"#), Code::ToolTypeUnknown);
    assert_eq!(
        tool(r#"{"type":"image_generation","model":"other"}"#),
        Code::FieldRefused
    );
    assert_eq!(
        code(items(r#"{"type":"new_item"}"#)),
        Code::ContentTypeUnknown
    );
    let part = r#"{"role":"user","content":[{"type":"input_video"}]}"#;
    assert_eq!(code(items(part)), Code::ContentTypeUnknown);
    assert_eq!(code(with(r#","store":"true""#)), Code::InvalidField);
    assert_eq!(code(with(r#","Store":true"#)), Code::AmbiguousKey);
}

#[test]
fn leaves_of_items_are_what_the_table_says() {
    use Treatment::{Fixed, JsonText, Opaque, Text};
    for (item, expected) in [
        (r#"{"role":"user","content":"canary"}"#, Text),
        (
            r#"{"role":"user","content":[{"type":"input_text","text":"canary"}]}"#,
            Text,
        ),
        (
            r#"{"type":"function_call","call_id":"c","name":"f","arguments":"canary"}"#,
            JsonText,
        ),
        (
            r#"{"type":"function_call","call_id":"c","name":"canary","arguments":""}"#,
            Fixed,
        ),
        (
            r#"{"type":"function_call_output","call_id":"canary","output":"x"}"#,
            Opaque,
        ),
        (
            r#"{"type":"function_call_output","call_id":"c","output":"canary"}"#,
            Text,
        ),
        (
            r#"{"type":"reasoning","summary":[{"type":"summary_text","text":"canary"}],"encrypted_content":"A"}"#,
            Text,
        ),
        (
            r#"{"type":"reasoning","summary":[],"encrypted_content":"canary"}"#,
            Opaque,
        ),
        (
            r#"{"type":"shell_call_output","call_id":"c","output":[{"stdout":"canary"}]}"#,
            Text,
        ),
        (
            r#"{"type":"custom_tool_call","call_id":"c","name":"f","input":"canary"}"#,
            Text,
        ),
    ] {
        let call = items(item).unwrap();
        let document = call.document().unwrap();
        let mut nodes = document.nodes();
        let canary = nodes.find(|one| one.text() == "canary").unwrap();
        assert_eq!(call.treatment(canary), expected, "{item}");
    }
}

fn back(profile: &str) -> Return {
    let body = json!({"model": "m", "stream": true, "input": "hi"});
    sent_under(profile, responses(&body.to_string()).unwrap()).into_return()
}

/// The events of a response that says `text` and calls a tool with `input`,
/// cut into pieces of `size` characters, with every copy of both.
fn said(text: &str, input: &str, size: usize) -> String {
    let message = json!({"type": "message", "id": "msg_1", "role": "assistant", "content": [
        {"type": "output_text", "text": text, "logprobs": [{"token": text}],
         "annotations": [{"type": "url_citation", "title": "x", "start_index": 0, "end_index": 3}]}]});
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": input});
    let response = json!({"id": "resp_1", "object": "response", "status": "completed", "model": "m",
        "output": [message, call],
        "usage": {"input_tokens": 3, "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 1}}});
    let mut events = vec![
        json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "model": "m", "output": []}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "msg_1", "content": []}}),
    ];
    let pieces = |text: &str| -> Vec<String> {
        let characters: Vec<char> = text.chars().collect();
        characters
            .chunks(size)
            .map(|one| one.iter().collect())
            .collect()
    };
    for piece in pieces(text) {
        events.push(json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": piece, "logprobs": []}));
    }
    events.push(json!({"type": "response.output_text.done", "item_id": "msg_1", "output_index": 0, "content_index": 0, "text": text, "logprobs": [{"token": text}]}));
    events.push(json!({"type": "response.content_part.done", "item_id": "msg_1", "output_index": 0, "content_index": 0, "part": message["content"][0]}));
    events.push(json!({"type": "response.output_item.done", "output_index": 0, "item": message}));
    for piece in pieces(input) {
        events.push(json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 1, "delta": piece}));
    }
    events.push(json!({"type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 1, "arguments": input}));
    events.push(json!({"type": "response.output_item.done", "output_index": 1, "item": call}));
    events.push(json!({"type": "response.completed", "response": response}));
    let numbered = events.into_iter().enumerate().map(|(number, mut event)| {
        event["sequence_number"] = json!(number);
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap()
        )
    });
    numbered.collect()
}

#[test]
fn every_copy_of_a_text_says_the_same() {
    let text = "Ask jane.roe@corp-mail.net about it.";
    let input = r#"{"to":"max.muster@corp-mail.net"}"#;
    for size in [1, 2, 3, 5, 7, 11, 40] {
        let out = whole(back("default"), &said(text, input, size));
        let events = data(&out);
        let deltas = |kind: &str| -> String {
            let of = events.iter().filter(|one| one["type"] == kind);
            of.map(|one| one["delta"].as_str().unwrap()).collect()
        };
        let clean = "Ask [EMAIL_ADDRESS] about it.";
        assert_eq!(deltas("response.output_text.delta"), clean, "{size}");
        assert_eq!(joined(&out, "/text"), clean);
        assert_eq!(joined(&out, "/part/text"), clean);
        assert_eq!(joined(&out, "/item/content/0/text"), clean);
        assert_eq!(joined(&out, "/response/output/0/content/0/text"), clean);
        let clean = r#"{"to":"[EMAIL_ADDRESS]"}"#;
        assert_eq!(deltas("response.function_call_arguments.delta"), clean);
        assert_eq!(joined(&out, "/arguments"), clean);
        assert_eq!(joined(&out, "/item/arguments"), clean);
        assert_eq!(joined(&out, "/response/output/1/arguments"), clean);
        let numbers: Vec<_> = events
            .iter()
            .map(|one| one["sequence_number"].as_u64().unwrap())
            .collect();
        assert!(
            numbers
                .iter()
                .enumerate()
                .all(|(at, number)| *number == at as u64),
            "{numbers:?}"
        );
        assert!(
            !out.contains("jane.roe") && !out.contains("max.muster"),
            "{out}"
        );
    }
}

#[test]
fn what_spells_or_measures_a_changed_text_goes_with_it() {
    let masked = data(&whole(
        back("default"),
        &said("jane.roe@corp-mail.net", "{}", 40),
    ));
    let last = &masked.last().unwrap()["response"]["output"][0]["content"][0];
    assert_eq!(
        (&last["logprobs"], &last["annotations"]),
        (&json!([]), &json!([]))
    );
    let untouched = data(&whole(back("default"), &said("nothing here", "{}", 40)));
    let last = &untouched.last().unwrap()["response"]["output"][0]["content"][0];
    assert_eq!(last["annotations"][0]["end_index"], 3);
    assert_eq!(last["logprobs"][0]["token"], "nothing here");
}

#[test]
fn a_streamed_response_says_what_it_used() {
    let text = said("hi", "{}", 1);
    let (out, facts, finished) = through(back("report"), text.as_bytes().chunks(13)).unwrap();
    assert_eq!(out, text.as_bytes());
    assert!(finished);
    assert_eq!(facts.response_id.as_deref(), Some("resp_1"));
    assert_eq!(facts.finish_reasons, ["completed"]);
    let usage = facts.usage.unwrap();
    assert_eq!(
        [usage.input, usage.output, usage.reasoning].map(|one| one.0),
        [3, 4, 1]
    );
}

#[test]
fn a_stopped_response_has_the_form_in_which_sdks_raise() {
    let refusal = Refusal::new(Code::UpstreamReset, "a sentence");
    let reader = back("default").reader(&Limits::default()).unwrap();
    let text = reader.stop(&refusal, RequestId::new());
    let text = std::str::from_utf8(&text).unwrap();
    assert!(text.starts_with("event: error\ndata: {"));
    let event = &data(text)[0];
    assert_eq!(event["type"], "error");
    assert_eq!(event["message"], "a sentence");
    assert_eq!(event["error"]["code"], "upstream_reset");
    assert_eq!(event["sequence_number"], 0);
}

#[test]
fn legacy_completions_are_read_and_streamed() {
    let read = |body: &str| read("openai", &head(Method::POST, "/v1/completions"), body);
    for (more, expected, choices) in [
        (r#""prompt":"a""#, vec![], 1),
        (r#""prompt":["a","b"],"n":2"#, vec!["many_choices"], 4),
        (r#""prompt":[1,2]"#, vec!["opaque_media"], 2),
        (r#""prompt":[[1],[2]]"#, vec!["opaque_media"], 2),
        (r#""prompt":"a","best_of":3"#, vec!["many_choices"], 3),
        (r#""prompt":"a","logprobs":0"#, vec!["logprobs"], 1),
    ] {
        let call = read(&format!(r#"{{"model":"m","max_tokens":10,{more}}}"#)).unwrap();
        assert_eq!(needs(&call), expected, "{more}");
        assert_eq!(call.estimate().output.0, 10 * choices, "{more}");
    }
    let call = read(r#"{"model":"m","prompt":"a","stream":true}"#).unwrap();
    let back = sent_under("default", call).into_return();
    let pieces = ["mail jane.", "roe@corp", "-mail.net", " now"];
    let text: String = pieces
        .map(|one| {
            format!(
                "data: {}\n\n",
                json!({"id": "c", "choices": [{"index": 0, "text": one, "finish_reason": null}]})
            )
        })
        .concat();
    let out = whole(back, &(text + "data: [DONE]\n\n"));
    assert_eq!(joined(&out, "/choices/0/text"), "mail [EMAIL_ADDRESS] now");
}

#[test]
fn a_part_that_is_done_does_not_go_on() {
    let place = r#""output_index":0,"content_index":0"#;
    let delta = |name: &str, text: &str| {
        format!(
            "event: {name}\ndata: {{\"type\":\"response.output_text.delta\",{place},\"delta\":\"{text}\"}}\n\n"
        )
    };
    let named = "response.output_text.delta";
    let start = delta(named, "jane.roe@corp");
    for end in [
        format!("data: {{\"type\":\"response.output_text.done\",{place},\"text\":\"x\"}}\n\n"),
        "data: {\"type\":\"response.output_item.done\",\"output_index\":0}\n\n".into(),
        "data: {\"type\":\"response.completed\"}\n\n".into(),
    ] {
        let text = format!("{start}{end}{}", delta(named, "-mail.net"));
        let stopped = through(back("default"), [text.as_bytes()]);
        assert_eq!(code(stopped), Code::UpstreamMalformed, "{end}");
    }
    let text = start + &delta("response.created", "-mail.net");
    let stopped = through(back("default"), [text.as_bytes()]);
    assert_eq!(code(stopped), Code::UpstreamMalformed);
}
