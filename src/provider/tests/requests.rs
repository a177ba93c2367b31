use super::*;
use crate::{
    redact::{Cleanable, Treatment},
    wire::json::Kind,
};

/// A chat body with these members after the model and one message.
fn chat_with(more: &str) -> Result<Call, Refusal> {
    chat(&format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{more}}}"#
    ))
}

/// A chat body with these content parts.
fn parts(parts: &str) -> Result<Call, Refusal> {
    chat(&format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":[{parts}]}}]}}"#
    ))
}

fn messages_with(more: &str) -> Result<Call, Refusal> {
    messages(&format!(
        r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"hi"}}]{more}}}"#
    ))
}

fn blocks(blocks: &str) -> Result<Call, Refusal> {
    messages(&format!(
        r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":[{blocks}]}}]}}"#
    ))
}

#[test]
fn a_plain_request_needs_nothing_and_says_what_it_is() {
    let call = chat_with(r#","max_tokens":7,"max_completion_tokens":5"#).unwrap();
    assert!(needs(&call).is_empty());
    assert_eq!(call.model().unwrap().as_str(), "m");
    assert_eq!(call.endpoint().operation, Operation::Chat);
    assert_eq!(call.max_output(), Some(5));
    assert_eq!(call.estimate().output.0, 5);
    assert!(call.estimate().input.0 > 90);
    let call = messages_with("").unwrap();
    assert!(needs(&call).is_empty());
    assert_eq!(call.max_output(), Some(9));
}

#[test]
fn choices_multiply_what_is_reserved() {
    let call = chat_with(r#","max_tokens":7,"n":3"#).unwrap();
    assert_eq!(call.estimate().output.0, 21);
    let call = chat_with("").unwrap();
    assert_eq!(call.estimate().output.0, 16_384);
}

#[test]
fn every_picture_counts_in_what_is_reserved() {
    let picture = r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#;
    let input = |some: &str| parts(some).unwrap().estimate().input.0;
    let (one, two) = (input(picture), input(&format!("{picture},{picture}")));
    assert!(two - one > 16_000, "{one} {two}");
}

#[test]
fn each_gate_of_chat_completions_is_seen() {
    for (more, expected) in [
        (
            r#","tools":[{"type":"function","function":{"name":"f"}}]"#,
            vec!["tools"],
        ),
        (
            r#","tools":[{"type":"custom","custom":{"name":"f"}}]"#,
            vec!["tools"],
        ),
        (r#","functions":[{"name":"f"}]"#, vec!["tools"]),
        (r#","functions":[]"#, vec![]),
        (r#","n":2"#, vec!["many_choices"]),
        (r#","n":1"#, vec![]),
        (r#","n":null"#, vec![]),
        (r#","logprobs":true"#, vec!["logprobs"]),
        (r#","logprobs":false"#, vec![]),
        (r#","top_logprobs":3"#, vec!["logprobs"]),
        (r#","store":true"#, vec!["stored_state"]),
        (r#","store":false"#, vec![]),
        (r#","modalities":["text","audio"]"#, vec!["audio"]),
        (r#","modalities":["text"]"#, vec![]),
        (r#","audio":{"voice":"v","format":"wav"}"#, vec!["audio"]),
        (r#","web_search_options":{}"#, vec!["server_tools"]),
        (r#","metadata":{"a":"https://a.example"}"#, vec![]),
        (
            r#","future":{"deep":["https://a.example/x"]}"#,
            vec!["remote_urls"],
        ),
        (r#","future":" HTTPS:\/\/a.example\n""#, vec!["remote_urls"]),
    ] {
        let call = chat_with(more).unwrap();
        assert_eq!(needs(&call), expected, "{more}");
    }
}

#[test]
fn each_gate_of_a_content_part_is_seen() {
    for (part, expected) in [
        (r#"{"type":"text","text":"see https://a.example"}"#, vec![]),
        (
            r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0K"}}"#,
            vec!["images"],
        ),
        (
            r#"{"type":"image_url","image_url":{"url":"https://a.example/x.png"}}"#,
            vec!["images", "remote_urls"],
        ),
        (
            r#"{"type":"image_url","image_url":{"url":"\tHtTp://a.example"}}"#,
            vec!["images", "remote_urls"],
        ),
        (
            r#"{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}"#,
            vec!["images", "remote_urls"],
        ),
        (
            r#"{"type":"image_url","image_url":{"url":"gs://b/o"}}"#,
            vec!["images", "remote_urls"],
        ),
        (
            r#"{"type":"image_url","image_url":{"url":"//a.example/x"}}"#,
            vec!["images", "remote_urls"],
        ),
        (
            r#"{"type":"image_url","image_url":"https://a.example"}"#,
            vec!["images", "remote_urls"],
        ),
        (
            r#"{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"#,
            vec!["audio"],
        ),
        (
            r#"{"type":"file","file":{"file_data":"AAAA","filename":"a.pdf"}}"#,
            vec!["files"],
        ),
        (
            r#"{"type":"file","file":{"file_data":"HTTPS://a.example/x.pdf"}}"#,
            vec!["files", "remote_urls"],
        ),
        (
            r#"{"type":"file","file":{"file_id":"file-1"}}"#,
            vec!["files", "stored_state"],
        ),
    ] {
        assert_eq!(needs(&parts(part).unwrap()), expected, "{part}");
    }
}

#[test]
fn each_gate_of_messages_is_seen() {
    for (more, expected) in [
        (
            r#","tools":[{"name":"f","input_schema":{}}]"#,
            vec!["tools"],
        ),
        (
            r#","tools":[{"type":"custom","name":"f","input_schema":{}}]"#,
            vec!["tools"],
        ),
        (
            r#","tools":[{"type":"bash_20250124","name":"bash"}]"#,
            vec!["tools"],
        ),
        (
            r#","tools":[{"type":"web_search_20250305","name":"web_search"}]"#,
            vec!["server_tools"],
        ),
        (
            r#","tools":[{"type":"code_execution_20260120","name":"c"}]"#,
            vec!["server_tools"],
        ),
        (
            r#","tools":[{"type":"mcp_toolset","mcp_server_name":"x"}]"#,
            vec!["remote_mcp"],
        ),
        (
            r#","mcp_servers":[{"type":"url","name":"x","url":"https://a.example"}]"#,
            vec!["remote_mcp"],
        ),
        (r#","mcp_servers":[]"#, vec![]),
        (r#","container":"c_1""#, vec!["stored_state"]),
        (
            r#","container":{"skills":[{"type":"anthropic","skill_id":"x"}]}"#,
            vec!["server_tools", "stored_state"],
        ),
    ] {
        assert_eq!(needs(&messages_with(more).unwrap()), expected, "{more}");
    }
    for (block, expected) in [
        (
            r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}"#,
            vec!["images"],
        ),
        (
            r#"{"type":"image","source":{"type":"url","url":"https://a.example"}}"#,
            vec!["images", "remote_urls"],
        ),
        (
            r#"{"type":"image","source":{"type":"file","file_id":"f"}}"#,
            vec!["images", "stored_state"],
        ),
        (
            r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"}}"#,
            vec!["files"],
        ),
        (
            r#"{"type":"container_upload","file_id":"f"}"#,
            vec!["files", "stored_state"],
        ),
        (
            r#"{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"url","url":"https://a.example"}}]}"#,
            vec!["images", "remote_urls"],
        ),
    ] {
        assert_eq!(needs(&blocks(block).unwrap()), expected, "{block}");
    }
}

#[test]
fn token_ids_are_content_nobody_can_read() {
    for (input, expected) in [
        (r#""text""#, vec![]),
        (r#"["a","b"]"#, vec![]),
        ("[1,2]", vec!["opaque_media"]),
        ("[[1],[2]]", vec!["opaque_media"]),
    ] {
        let call = embed(&format!(r#"{{"model":"m","input":{input}}}"#)).unwrap();
        assert_eq!(needs(&call), expected, "{input}");
    }
    let call = chat_with(r#","future":"data:application/pdf;base64,AAAA""#).unwrap();
    assert_eq!(needs(&call), ["opaque_media"]);
}

#[test]
fn unknown_tools_and_parts_are_refused() {
    for more in [
        r#","tools":[{"type":"web_search"}]"#,
        r#","tools":[{"type":"mcp","server_url":"https://a.example"}]"#,
        r#","tools":[{"type":7}]"#,
        r#","tools":[{"type":"Function","function":{"name":"f"}}]"#,
    ] {
        assert_eq!(code(chat_with(more)), Code::ToolTypeUnknown, "{more}");
    }
    for more in [
        r#","tools":[{"type":"advisor_20260301","name":"a"}]"#,
        r#","tools":[{"type":"bash_2025012","name":"bash"}]"#,
        r#","tools":[{"type":"bash_2025012x","name":"bash"}]"#,
    ] {
        assert_eq!(code(messages_with(more)), Code::ToolTypeUnknown, "{more}");
    }
    for part in [
        r#"{"type":"video_url"}"#,
        r#"{"text":"x"}"#,
        r#"{"type":null}"#,
    ] {
        assert_eq!(code(parts(part)), Code::ContentTypeUnknown, "{part}");
        assert_eq!(code(blocks(part)), Code::ContentTypeUnknown, "{part}");
    }
    let nested = r#"{"type":"tool_result","tool_use_id":"t","content":[{"type":"video"}]}"#;
    assert_eq!(code(blocks(nested)), Code::ContentTypeUnknown);
    let source = r#"{"type":"image","source":{"type":"s3","uri":"x"}}"#;
    assert_eq!(code(blocks(source)), Code::ContentTypeUnknown);
}

#[test]
fn what_chooses_for_the_gateway_is_refused_at_any_depth() {
    for name in shape::words::CHOOSING {
        let more = format!(r#","{name}":"x""#);
        assert_eq!(code(chat_with(&more)), Code::FieldRefused, "{name}");
        assert_eq!(code(messages_with(&more)), Code::FieldRefused, "{name}");
        let more = format!(r#","future":{{"a":[{{"{name}":null}}]}}"#);
        assert_eq!(code(chat_with(&more)), Code::FieldRefused, "{name}");
        let more = format!(r#","metadata":{{"{name}":"x"}}"#);
        assert!(chat_with(&more).is_ok(), "{name} in metadata");
    }
    for more in [
        r#","bootstrap_host":"a.example""#,
        r#","bootstrap_port":1"#,
        r#","bootstrap_room":1"#,
        r#","kv_transfer_params":{"remote_host":"a.example"}"#,
        r#","custom_logit_processor":"x""#,
        r#","lora_path":"x""#,
        r#","user_config":{}"#,
        r#","Api_Base":"x""#,
        r#","\u0061pi_base":"x""#,
        r#","route\u0072":"x""#,
        r#","moderation":{"model":"other"}"#,
        r#","future":{"model":"other"}"#,
    ] {
        assert_eq!(code(chat_with(more)), Code::FieldRefused, "{more}");
    }
    let advisor = r#","tools":[{"name":"f","input_schema":{},"model":"other"}]"#;
    assert_eq!(code(messages_with(advisor)), Code::FieldRefused);
}

#[test]
fn twins_of_known_names_are_refused_where_the_dialect_defines_names() {
    for more in [
        r#","Model":"other""#,
        r#","MODEL":"other""#,
        r#","tool\u017f":[]"#, // a long s
        r#","mes\u017fages":[]"#,
        r#","top_\u212a":1"#, // the Kelvin sign
    ] {
        assert_eq!(code(chat_with(more)), Code::AmbiguousKey, "{more}");
    }
    let deep = r#"{"model":"m","messages":[{"role":"user","content":"a","Content":"b"}]}"#;
    assert_eq!(code(chat(deep)), Code::AmbiguousKey);
    assert_eq!(code(messages(deep)), Code::AmbiguousKey);
    for more in [
        r#","metadata":{"a":"1","A":"2"}"#,
        r#","tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"name":{},"Name":{}}}}}]"#,
    ] {
        assert!(chat_with(more).is_ok(), "{more}");
    }
    let input = r#"{"type":"tool_use","id":"t","name":"f","input":{"text":1,"Text":2}}"#;
    assert!(blocks(input).is_ok());
}

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    for more in [
        r#","n":"2""#,
        r#","n":1.5"#,
        r#","n":-1"#,
        r#","n":1e2"#,
        r#","n":99999999999999999999"#,
        r#","n":[1]"#,
        r#","max_tokens":"9""#,
        r#","max_tokens":true"#,
        r#","temperature":"hot""#,
        r#","logprobs":1"#,
        r#","logprobs":"true""#,
        r#","store":"true""#,
        r#","stream":"true""#,
        r#","stream":1"#,
    ] {
        assert_eq!(code(chat_with(more)), Code::InvalidField, "{more}");
    }
    for body in [
        "[]",
        "\"x\"",
        "null",
        r#"{"messages":[]}"#,
        r#"{"model":null}"#,
        r#"{"model":7}"#,
        r#"{"model":""}"#,
        r#"{"model":"gpt-4o "}"#,
        r#"{"model":"gpt\u20114o"}"#,
    ] {
        assert_eq!(code(chat(body)), Code::InvalidField, "{body}");
    }
}

#[test]
fn a_sentence_shows_nothing_of_the_request() {
    for refused in [
        chat_with(r#","canary":{"api_base":"canary"}"#),
        chat_with(r#","n":"canary""#),
        chat_with(r#","tools":[{"type":"canary"}]"#),
        chat(r#"{"model":"canary canary"}"#),
        chat(r#"{"canary":1,"canary":2}"#),
    ] {
        assert!(!format!("{:?}", refused.unwrap_err()).contains("canary"));
    }
}

#[test]
fn the_codes_of_strict_json_pass_through() {
    for (body, expected) in [
        (r#"{"model":"m"} x"#, Code::InvalidJson),
        (r#"{"model":"m","model":"m"}"#, Code::DuplicateKey),
        (r#"{"model":"m","\u006dodel":"m"}"#, Code::DuplicateKey),
        (
            &format!("{}{}", "[".repeat(100), "]".repeat(100)),
            Code::JsonLimit,
        ),
        ("", Code::InvalidJson),
    ] {
        assert_eq!(code(chat(body)), expected, "{body}");
    }
}

/// The treatment of the one leaf or name whose text is `canary`.
fn treatment(call: &Call, what: Kind) -> Treatment {
    let document = call.document().unwrap();
    let mut nodes = document
        .nodes()
        .filter(|node| node.kind() == what && node.text().contains("canary"));
    let node = nodes.next().unwrap();
    assert!(nodes.next().is_none());
    call.treatment(node)
}

#[test]
fn leaves_of_chat_completions_are_what_the_table_says() {
    use Treatment::{Fixed, JsonText, Opaque, Signed, Text};
    let message = |inner: &str| format!(r#","messages":[{{"role":"user",{inner}}}]"#);
    for (more, expected) in [
        (r#","messages":[{"content":"canary"}]"#.into(), Text),
        (message(r#""content":[{"type":"text","text":"canary"}]"#), Text),
        (message(r#""unheard_of":"canary""#), Text),
        (message(r#""name":"canary""#), Text),
        (message(r#""tool_call_id":"canary""#), Opaque),
        (message(r#""tool_call_id":"canary of text""#), Fixed),
        (message(r#""tool_call_id":"canary@a.example""#), Fixed),
        (message(r#""tool_calls":[{"function":{"name":"canary"}}]"#), Fixed),
        (message(r#""tool_calls":[{"function":{"arguments":"canary"}}]"#), JsonText),
        (message(r#""reasoning_details":[{"type":"reasoning.text","text":"canary","signature":"c2ln"}]"#), Signed),
        (message(r#""reasoning_details":[{"type":"reasoning.text","text":"canary"}]"#), Text),
        (message(r#""reasoning_details":[{"type":"reasoning.text","text":"canary","signature":""}]"#), Text),
        (message(r#""reasoning_details":[{"type":"reasoning.text","text":"canary","signature":"no, none"}]"#), Text),
        (message(r#""reasoning_details":[{"type":"reasoning.summary","summary":"canary","signature":"c2ln"}]"#), Text),
        (message(r#""reasoning_details":[{"type":"reasoning.encrypted","data":"canary"}]"#), Opaque),
        (message(r#""reasoning_details":[{"type":"reasoning.text","data":"canary"}]"#), Text),
        (message(r#""thought_signature":"canary""#), Fixed),
        (message(r#""content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,canary"}}]"#), Opaque),
        (message(r#""content":[{"type":"image_url","image_url":{"url":"data:text/plain,canary"}}]"#), Text),
        (message(r#""content":[{"type":"image_url","image_url":{"url":"https://canary.example"}}]"#), Fixed),
        (message(r#""content":[{"type":"input_audio","input_audio":{"data":"canary"}}]"#), Opaque),
        (message(r#""content":[{"type":"input_audio","input_audio":{"data":"canary, in words"}}]"#), Fixed),
        (r#","user":"canary""#.into(), Text),
        (r#","metadata":{"a":"canary"}"#.into(), Text),
        (r#","tools":[{"function":{"description":"canary"}}]"#.into(), Text),
        (r#","tools":[{"function":{"parameters":{"properties":{"a":{"description":"canary"}}}}}]"#.into(), Text),
        (r#","tools":[{"function":{"parameters":{"properties":{"a":{"enum":["canary"]}}}}}]"#.into(), Fixed),
        (r#","tools":[{"function":{"parameters":{"properties":{"description":{"enum":["canary"]}}}}}]"#.into(), Fixed),
        (r#","future":{"deep":["canary"]}"#.into(), Text),
    ] {
        let call = chat(&format!(r#"{{"model":"m"{more}}}"#)).unwrap();
        assert_eq!(treatment(&call, Kind::String), expected, "{more}");
    }
}

#[test]
fn leaves_of_messages_are_what_the_table_says() {
    use Treatment::{Fixed, Opaque, Signed, Text};
    for (block, expected) in [
        (r#"{"type":"text","text":"canary"}"#, Text),
        (
            r#"{"type":"thinking","thinking":"canary","signature":"x"}"#,
            Signed,
        ),
        (
            r#"{"type":"thinking","thinking":"x","signature":"canary"}"#,
            Opaque,
        ),
        (
            r#"{"type":"thinking","thinking":"x","signature":"canary in words"}"#,
            Fixed,
        ),
        (r#"{"type":"redacted_thinking","data":"canary"}"#, Opaque),
        (
            r#"{"type":"compaction","content":"canary","encrypted_content":"c2ln"}"#,
            Signed,
        ),
        (r#"{"type":"compaction","content":"canary"}"#, Text),
        (r#"{"type":"thinking","thinking":"canary"}"#, Text),
        (
            r#"{"type":"thinking","thinking":"canary","signature":""}"#,
            Text,
        ),
        (
            r#"{"type":"text","text":"x","thinking":"canary","signature":"c2ln"}"#,
            Text,
        ),
        (
            r#"{"type":"tool_result","tool_use_id":"t","content":"canary"}"#,
            Text,
        ),
        (
            r#"{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"canary"}]}"#,
            Text,
        ),
        (
            r#"{"type":"tool_use","id":"t","name":"f","input":{"type":"canary"}}"#,
            Text,
        ),
        (
            r#"{"type":"tool_use","id":"t","name":"canary","input":{}}"#,
            Fixed,
        ),
        (
            r#"{"type":"document","source":{"type":"text","data":"canary"}}"#,
            Text,
        ),
        (
            r#"{"type":"document","source":{"type":"base64","data":"canary"}}"#,
            Opaque,
        ),
        (
            r#"{"type":"document","source":{"type":"content","content":[{"type":"text","text":"canary"}]}}"#,
            Text,
        ),
        (
            r#"{"type":"document","title":"canary","source":{"type":"text","data":"x"}}"#,
            Text,
        ),
        (
            r#"{"type":"bash_code_execution_tool_result","tool_use_id":"t","content":{"type":"bash_code_execution_result","stdout":"canary"}}"#,
            Text,
        ),
        (
            r#"{"type":"web_search_tool_result","tool_use_id":"t","content":[{"type":"web_search_result","encrypted_content":"canary"}]}"#,
            Opaque,
        ),
    ] {
        let call = blocks(block).unwrap();
        assert_eq!(treatment(&call, Kind::String), expected, "{block}");
    }
}

#[test]
fn names_and_numbers_are_fixed_unless_known_or_free() {
    let call = chat_with(r#","canary":1"#).unwrap();
    assert_eq!(treatment(&call, Kind::Name), Treatment::Fixed);
    let number = |call: &Call, token: &str| {
        let document = call.document().unwrap();
        let mut found = document
            .nodes()
            .filter(|node| node.kind() == Kind::Number && node.raw() == token);
        call.treatment(found.next().unwrap())
    };
    let call = chat_with(r#","future":77,"seed":78,"metadata":{"a":79},"user":80"#).unwrap();
    assert_eq!(number(&call, "77"), Treatment::Fixed);
    assert_eq!(number(&call, "78"), Treatment::Opaque);
    assert_eq!(number(&call, "79"), Treatment::FreeNumber);
    assert_eq!(number(&call, "80"), Treatment::Fixed);
    let call = blocks(r#"{"type":"tool_use","id":"t","name":"f","input":{"card":[77]}}"#).unwrap();
    assert_eq!(number(&call, "77"), Treatment::FreeNumber);
}

#[test]
fn a_stream_is_a_capability_of_operations_that_have_one() {
    let call = chat_with(r#","stream":true"#).unwrap();
    assert_eq!(needs(&call), ["stream"]);
    assert!(call.is_streamed());
    for more in [r#","stream":false"#, r#","stream":null"#] {
        assert!(!chat_with(more).unwrap().is_streamed());
    }
    let embeddings = embed(r#"{"model":"m","input":"x","stream":true}"#);
    assert_eq!(code(embeddings), Code::StreamNotAvailable);
}

#[test]
fn an_operation_without_a_body_takes_none() {
    let parts = head(Method::GET, "/v1/models");
    assert!(read("openai", &parts, "").is_ok());
    assert_eq!(code(read("openai", &parts, "{}")), Code::MalformedRequest);
}

#[test]
fn a_retrieved_model_is_known_to_policy() {
    let call = read("openai", &head(Method::GET, "/v1/models/org%2Fm"), "").unwrap();
    assert_eq!(call.model().unwrap().as_str(), "org/m");
    assert_eq!(call.endpoint().operation, Operation::ListModels);
}
