//! Streams through the real engine: frames, dialect, hold-back.

use std::time::Instant;

use serde_json::Value;

use super::*;
use crate::wire::sse::Decoder;

/// What a caller gets of a stream that arrives in these chunks, and the facts.
pub(super) fn through<'a>(
    back: Return,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Vec<u8>, AnswerFacts, bool), Refusal> {
    let mut reader = back.reader(&Limits::default()).unwrap();
    let mut redaction = back.exchange.stream();
    let mut decoder = Decoder::new(8 << 20);
    let mut out = Vec::new();
    let now = Instant::now();
    let take = |frame, redaction: &mut _, out: &mut _, reader: &mut stream::Reader| {
        let event = reader.read(frame)?;
        if event.is_extra() {
            return Ok(());
        }
        let held = event.clean(redaction)?;
        crate::redact::stream::Stream::take(redaction, held, now, out)
    };
    for chunk in chunks {
        decoder.push(chunk);
        while let Some(frame) = decoder.next_frame().unwrap() {
            take(frame, &mut redaction, &mut out, &mut reader)?;
        }
    }
    if let Some(frame) = decoder.finish() {
        take(frame, &mut redaction, &mut out, &mut reader)?;
    }
    redaction.finish(&mut out)?;
    Ok((out.concat(), reader.facts().clone(), reader.is_finished()))
}

pub(super) fn whole(back: Return, text: &str) -> String {
    let (bytes, _, _) = through(back, [text.as_bytes()]).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The data of all events, as JSON.
pub(super) fn data(text: &str) -> Vec<Value> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
    lines
        .filter_map(|one| serde_json::from_str(one).ok())
        .collect()
}

/// The strings at a JSON pointer of all events, joined.
pub(super) fn joined(text: &str, pointer: &str) -> String {
    let events = data(text);
    let parts = events.iter().filter_map(|one| one.pointer(pointer));
    parts.filter_map(Value::as_str).collect()
}

pub(super) fn chat_back(profile: &str, say: &str) -> Return {
    let body = serde_json::json!({"model": "m", "stream": true,
        "messages": [{"role": "user", "content": say}]});
    sent_under(profile, chat(&body.to_string()).unwrap()).into_return()
}

fn messages_back(profile: &str, say: &str) -> Return {
    let body = serde_json::json!({"model": "m", "stream": true, "max_tokens": 9,
        "messages": [{"role": "user", "content": say}]});
    sent_under(profile, messages(&body.to_string()).unwrap()).into_return()
}

/// A chunk of a chat completion.
fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let chunk = serde_json::json!({"id": "c1", "object": "chat.completion.chunk", "created": 1,
        "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    format!("data: {chunk}\n\n")
}

/// A chat completion that says `text` in pieces of `size` characters.
fn said(text: &str, size: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = chunk(
        &serde_json::json!({"role": "assistant", "content": ""}),
        None,
    );
    for piece in characters.chunks(size) {
        let piece: String = piece.iter().collect();
        out += &chunk(&serde_json::json!({"content": piece}), None);
    }
    out + &chunk(&serde_json::json!({}), Some("stop")) + "data: [DONE]\n\n"
}

const CONTENT: &str = "/choices/0/delta/content";

#[test]
fn a_foreign_value_is_masked_wherever_it_is_cut() {
    let text = "Ask jane.roe@corp-mail.net about it.";
    for size in 1..text.len() {
        let out = whole(chat_back("default", "hi"), &said(text, size));
        assert_eq!(
            joined(&out, CONTENT),
            "Ask [EMAIL_ADDRESS] about it.",
            "{size}"
        );
        assert!(out.ends_with("data: [DONE]\n\n"));
    }
}

#[test]
fn an_own_value_comes_back_wherever_its_placeholder_is_cut() {
    let body = serde_json::json!({"model": "m", "stream": true,
        "messages": [{"role": "user", "content": "mail jane.roe@corp-mail.net"}]});
    let request = sent_under("default", chat(&body.to_string()).unwrap()).request();
    let out: Value = serde_json::from_slice(request.body()).unwrap();
    let said_upstream = out["messages"][0]["content"].as_str().unwrap();
    let placeholder = said_upstream.strip_prefix("mail ").unwrap();
    assert!(placeholder.starts_with("[EMAIL_ADDRESS_"), "{placeholder}");
    for size in 1..12 {
        let back = chat_back("default", "mail jane.roe@corp-mail.net");
        let out = whole(back, &said(&format!("I mailed {placeholder}."), size));
        assert_eq!(
            joined(&out, CONTENT),
            "I mailed jane.roe@corp-mail.net.",
            "{size}"
        );
    }
}

#[test]
fn choices_and_tool_calls_are_channels_of_their_own() {
    let mut text = String::new();
    for (a, b) in [
        ("jane.ro", "max.m"),
        ("e@corp-m", "uster@corp"),
        ("ail.net", "-mail.net"),
    ] {
        let chunk = serde_json::json!({"id": "c", "model": "m", "choices": [
            {"index": 1, "delta": {"content": a}},
            {"index": 0, "delta": {"tool_calls": [
                {"index": 2, "function": {"arguments": b}},
                {"index": 1, "function": {"arguments": a}}]}}]});
        text += &format!("data: {chunk}\n\n");
    }
    text += "data: [DONE]\n\n";
    let out = whole(chat_back("default", "hi"), &text);
    assert_eq!(joined(&out, "/choices/0/delta/content"), "[EMAIL_ADDRESS]");
    for call in [0, 1] {
        let pointer = format!("/choices/1/delta/tool_calls/{call}/function/arguments");
        assert_eq!(joined(&out, &pointer), "[EMAIL_ADDRESS]", "{out}");
    }
}

#[test]
fn text_in_fields_nobody_has_heard_of_is_held_too() {
    let mut text = String::new();
    for piece in ["jane.ro", "e@corp-m", "ail.net"] {
        text += &chunk(&serde_json::json!({"new_field": {"deep": [piece]}}), None);
    }
    let out = whole(chat_back("default", "hi"), &(text + "data: [DONE]\n\n"));
    assert_eq!(
        joined(&out, "/choices/0/delta/new_field/deep/0"),
        "[EMAIL_ADDRESS]"
    );
}

#[test]
fn an_unknown_event_is_text_without_restoring() {
    let event = |piece: &str| {
        let data = serde_json::json!({"type": "news", "index": 0, "delta": {"text": piece}});
        format!("event: news\ndata: {data}\n\n")
    };
    let text = ["jane.ro", "e@corp-m", "ail.net"].map(event).concat();
    let end = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let out = whole(messages_back("default", "hi"), &(text + end));
    assert_eq!(joined(&out, "/delta/text"), "[EMAIL_ADDRESS]");
}

#[test]
fn a_name_that_differs_from_the_type_is_not_trusted() {
    let delta = r#""index":0,"delta":{"type":"text_delta","text":"x"}"#;
    for text in [
        format!("event: ping\ndata: {{\"type\":\"content_block_delta\",{delta}}}\n\n"),
        format!("event: content_block_delta\ndata: {{{delta}}}\n\n"),
        format!("event: error\ndata: {{\"type\":\"content_block_delta\",{delta}}}\n\n"),
    ] {
        let stopped = through(messages_back("default", "hi"), [text.as_bytes()]);
        assert_eq!(
            stopped.unwrap_err().code(),
            Code::UpstreamMalformed,
            "{text}"
        );
    }
    let error = "event: error\ndata: {\"error\":{\"message\":\"x\"}}\n\n";
    assert_eq!(whole(messages_back("default", "hi"), error), error);
}

#[test]
fn text_that_ended_does_not_go_on() {
    let malformed = |back: Return, text: &str| {
        let stopped = through(back, [text.as_bytes()]);
        assert_eq!(
            stopped.unwrap_err().code(),
            Code::UpstreamMalformed,
            "{text}"
        );
    };
    let content = |text: &str| chunk(&serde_json::json!({"content": text}), None);
    let stop = chunk(&serde_json::json!({}), Some("stop"));
    let done = "data: [DONE]\n\n";
    let start = content("jane.roe@corp");
    for end in [&stop, done, "data: {\"error\":{\"message\":\"x\"}}\n\n"] {
        let text = format!("{start}{end}{}", content("-mail.net"));
        malformed(chat_back("default", "hi"), &text);
        let text = format!("{start}{end}{}", content(""));
        assert_eq!(whole(chat_back("report", "hi"), &text), text);
    }
    let call = serde_json::json!({"tool_calls": [{"index": 0, "function": {"arguments": "x"}}]});
    malformed(
        chat_back("default", "hi"),
        &(stop.clone() + &chunk(&call, None)),
    );
    // A reason that says nothing ends nothing, nor does another choice's end.
    let other = stop.replace("\"index\":0", "\"index\":1");
    for no_end in [chunk(&serde_json::json!({}), Some("")), other] {
        let text = format!("{start}{no_end}{}{stop}{done}", content("-mail.net"));
        let out = whole(chat_back("default", "hi"), &text);
        assert_eq!(joined(&out, CONTENT), "[EMAIL_ADDRESS]", "{no_end}");
    }

    let event = |event: serde_json::Value| {
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap()
        )
    };
    let delta = |index: u32, text: &str| {
        event(
            serde_json::json!({"type": "content_block_delta", "index": index,
            "delta": {"type": "text_delta", "text": text}}),
        )
    };
    let stop = event(serde_json::json!({"type": "content_block_stop", "index": 0}));
    let last = event(serde_json::json!({"type": "message_stop"}));
    for end in [&stop, &last] {
        let text = delta(0, "jane.roe@corp") + end + &delta(0, "-mail.net");
        malformed(messages_back("default", "hi"), &text);
    }
    let block = serde_json::json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": "x"}});
    malformed(
        messages_back("default", "hi"),
        &(stop.clone() + &event(block)),
    );
    let text = delta(0, "x") + &stop + &delta(1, "y") + &last;
    assert_eq!(whole(messages_back("default", "hi"), &text), text);
}

#[test]
fn a_choice_stays_over_although_an_empty_piece_follows() {
    let mut reader = chat_back("default", "hi")
        .reader(&Limits::default())
        .unwrap();
    let mut decoder = Decoder::new(1 << 20);
    let chunks = chunk(&serde_json::json!({"content": "x"}), Some("stop"))
        + &chunk(&serde_json::json!({"content": ""}), None);
    decoder.push(chunks.as_bytes());
    while let Some(frame) = decoder.next_frame().unwrap() {
        reader.read(frame).unwrap();
    }
    assert!(reader.is_complete());
}

#[test]
fn lines_outside_the_data_are_scanned_although_they_look_like_ids() {
    let key = ["AKIA", "Z7QK3MXW5RTB2LPC"].concat();
    for line in [":", "id:", "retry:", "event:", "other:"] {
        let text = format!("{line} {key}\n\ndata: [DONE]\n\n");
        let out = whole(chat_back("default", "hi"), &text);
        assert!(!out.contains(&key), "{out}");
        let text = format!("{line} {key}\ndata: {{\"type\":\"ping\"}}\n\n");
        if line != "event:" {
            let out = whole(messages_back("default", "hi"), &text);
            assert!(!out.contains(&key), "{out}");
        }
    }
    let text = format!("{key}\n\nid: abc-1\nretry: 3000\n\ndata: [DONE]\n\n");
    let out = whole(chat_back("default", "hi"), &text);
    let rest = "\n\nid: abc-1\nretry: 3000\n\ndata: [DONE]\n\n";
    assert!(!out.contains(&key) && out.ends_with(rest), "{out}");
}

/// The events of a message with one text block and one tool call.
fn message(text: &[&str], input: &[&str]) -> String {
    let mut events = vec![
        serde_json::json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
            "role": "assistant", "model": "c", "content": [], "stop_reason": null,
            "usage": {"input_tokens": 10, "cache_read_input_tokens": 4, "output_tokens": 1}}}),
        serde_json::json!({"type": "content_block_start", "index": 0,
            "content_block": {"type": "text", "text": ""}}),
        serde_json::json!({"type": "ping"}),
    ];
    events.extend(text.iter().map(|one| {
        serde_json::json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": one}})
    }));
    events.push(serde_json::json!({"type": "content_block_stop", "index": 0}));
    events.push(
        serde_json::json!({"type": "content_block_start", "index": 1,
        "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}}),
    );
    events.extend(input.iter().map(|one| {
        serde_json::json!({"type": "content_block_delta", "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": one}})
    }));
    events.push(serde_json::json!({"type": "content_block_stop", "index": 1}));
    events.push(serde_json::json!({"type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": {"output_tokens": 7}}));
    events.push(serde_json::json!({"type": "message_stop"}));
    let named = events.iter().map(|one| {
        let name = one["type"].as_str().unwrap();
        format!("event: {name}\ndata: {one}\n\n")
    });
    named.collect()
}

#[test]
fn messages_are_cleaned_in_text_and_tool_input() {
    let text = message(
        &["Hi ", "jane.roe", "@corp-mail.net", ", hi"],
        &["{\"to\": \"ja", "ne.roe\\u0040cor", "p-mail.net\"}"],
    );
    let (out, facts, finished) =
        through(messages_back("default", "hi"), text.as_bytes().chunks(7)).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(joined(&out, "/delta/text"), "Hi [EMAIL_ADDRESS], hi");
    assert_eq!(
        joined(&out, "/delta/partial_json"),
        "{\"to\": \"[EMAIL_ADDRESS]\"}"
    );
    assert!(finished);
    let usage = facts.usage.unwrap();
    let counts = [usage.input, usage.cached, usage.output];
    assert_eq!(counts.map(|one| one.0), [14, 4, 7]);
    assert_eq!(facts.response_id.as_deref(), Some("msg_1"));
    assert_eq!(facts.finish_reasons, ["tool_use"]);
}

#[test]
fn thinking_is_read_and_left_alone() {
    let text = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"jane.roe@corp-mail.net\"}}\n\n";
    assert_eq!(whole(messages_back("default", "hi"), text), text);
}

#[test]
fn whole_leaves_of_events_are_cleaned_in_place() {
    for (event, data) in [
        (
            "content_block_start",
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"web_search_tool_result","content":[{"type":"web_search_result","title":"by CANARY"}]}}"#,
        ),
        (
            "content_block_delta",
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"cited_text":"by CANARY"}}}"#,
        ),
        (
            "error",
            r#"{"type":"error","error":{"type":"x","message":"you said CANARY"}}"#,
        ),
    ] {
        let text =
            |name: &str| format!("event: {event}\ndata: {}\n\n", data.replace("CANARY", name));
        let out = whole(
            messages_back("default", "hi"),
            &text("jane.roe@corp-mail.net"),
        );
        assert_eq!(out, text("[EMAIL_ADDRESS]"));
    }
}

#[test]
fn comments_and_strange_lines_are_cleaned_without_breaking_a_line() {
    let text = ": OPENROUTER PROCESSING\n\nerror: {\"for\": \"jane.roe@corp-mail.net\"}\n: from jane.roe@corp-mail.net\n\ndata: [DONE]\n\n";
    let expected = text.replace("jane.roe@corp-mail.net", "[EMAIL_ADDRESS]");
    assert_eq!(whole(chat_back("default", "hi"), text), expected);
}

#[test]
fn log_probabilities_do_not_tell_what_the_text_hides() {
    let chunk = serde_json::json!({"id": "c", "model": "m", "choices": [{"index": 0,
        "delta": {"content": "jane"}, "logprobs": {"content": [{"token": "jane", "bytes": [106]}]}}]});
    let text = format!("data: {chunk}\n\ndata: [DONE]\n\n");
    let out = whole(chat_back("default", "hi"), &text);
    assert_eq!(data(&out)[0]["choices"][0]["logprobs"], Value::Null);
    assert_eq!(whole(chat_back("report", "hi"), &text), text);
}

#[test]
fn usage_nobody_asked_for_does_not_reach_the_caller() {
    let body = r#"{"model":"m","stream":true,"messages":[]}"#;
    let mut call = chat(body).unwrap();
    call.count_usage();
    assert_eq!(
        call.edits().collect::<Vec<_>>(),
        ["stream_options.include_usage"]
    );
    let out = sent_under("report", call);
    assert_eq!(
        out.request().body(),
        r#"{"stream_options":{"include_usage":true},"model":"m","stream":true,"messages":[]}"#
    );
    let text = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}],\"usage\":null}\n\ndata: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n";
    let (bytes, facts, _) = through(out.into_return(), [text.as_bytes()]).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n"
    );
    assert_eq!(facts.usage.unwrap().output.0, 4);
    assert_eq!(whole(chat_back("report", "hi"), text), text);
}

#[test]
fn usage_is_asked_for_wherever_the_options_stand() {
    let asked = |more: &str| {
        let body = format!(r#"{{"model":"m","stream":true{more}}}"#);
        let mut call = chat(&body).unwrap();
        call.count_usage();
        let bytes = sent_under("report", call).request().into_body();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    for more in [
        "",
        r#","stream_options":null"#,
        r#","stream_options":{}"#,
        r#","stream_options":{"include_obfuscation":false}"#,
        r#","stream_options":{"include_usage":false}"#,
        r#","stream_options":{"include_usage":true}"#,
    ] {
        assert_eq!(
            asked(more)["stream_options"]["include_usage"],
            true,
            "{more}"
        );
    }
    let mut call =
        chat(r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#).unwrap();
    call.count_usage();
    assert_eq!(call.edits().count(), 0);
    let mut call = chat(r#"{"model":"m"}"#).unwrap();
    call.count_usage();
    assert_eq!(call.edits().count(), 0);
}

#[test]
fn what_is_no_event_of_the_dialect_stops_the_stream() {
    for (text, expected) in [
        ("data: not json\n\n", Code::UpstreamMalformed),
        ("data: {\"a\":1,\"a\":2}\n\n", Code::UpstreamMalformed),
        ("data: {\"a\":1}", Code::UpstreamReset),
        ("data: {\"a\":", Code::UpstreamReset),
    ] {
        let stopped = through(chat_back("default", "hi"), [text.as_bytes()]);
        assert_eq!(stopped.unwrap_err().code(), expected, "{text}");
    }
    let (_, _, finished) =
        through(chat_back("report", "hi"), [&b"data: {\"a\":1}\n\n"[..]]).unwrap();
    assert!(!finished, "a cut stream looks whole");
    let (_, _, finished) = through(chat_back("report", "hi"), [&b"data: [DONE]"[..]]).unwrap();
    assert!(finished);
}

#[test]
fn a_stop_has_the_form_in_which_sdks_raise() {
    let refusal = Refusal::new(Code::UpstreamReset, "a sentence");
    let stop = |back: Return| {
        let reader = back.reader(&Limits::default()).unwrap();
        String::from_utf8(reader.stop(&refusal, RequestId::new()).to_vec()).unwrap()
    };
    let text = stop(chat_back("default", "hi"));
    assert_eq!(data(&text)[0]["error"]["code"], "upstream_reset");
    let text = stop(messages_back("default", "hi"));
    assert!(text.starts_with("event: error\ndata: {"));
    assert_eq!(data(&text)[0]["type"], "error");
    assert_eq!(data(&text)[0]["error"]["type"], "api_error");
}

/// What has left after each event of a stream, without its end.
fn left_after(back: Return, text: &str) -> Vec<String> {
    let mut reader = back.reader(&Limits::default()).unwrap();
    let mut redaction = back.exchange.stream();
    let mut decoder = Decoder::new(1 << 20);
    decoder.push(text.as_bytes());
    let (mut out, mut left) = (Vec::new(), Vec::new());
    let now = Instant::now();
    while let Some(frame) = decoder.next_frame().unwrap() {
        let held = reader.read(frame).unwrap().clean(&mut redaction).unwrap();
        redaction.take(held, now, &mut out).unwrap();
        left.push(String::from_utf8(out.concat()).unwrap());
    }
    left
}

#[test]
fn a_channel_ends_where_its_block_ends() {
    // A name on its way to be an address: it waits for what may follow.
    let start = "mail jane.roe@corp";
    let chat = chunk(&serde_json::json!({"content": start}), None)
        + &chunk(&serde_json::json!({}), Some("stop"));
    let left = left_after(chat_back("default", "hi"), &chat);
    assert!(!left[0].contains("corp"), "{left:?}");
    assert!(left[1].contains("corp"), "{left:?}");

    let text = message(&[start], &["{\"a\":\"jane.roe@corp"]);
    let left = left_after(messages_back("default", "hi"), &text);
    let block = |at: usize| joined(&left[at], "/delta/text");
    assert_eq!(
        (block(3), block(4)),
        (String::new(), start.to_owned()),
        "{left:?}"
    );
    let input = |at: usize| joined(&left[at], "/delta/partial_json");
    assert!(
        !input(6).contains("corp") && input(7).contains("corp"),
        "{left:?}"
    );
}

#[test]
fn a_restored_value_of_several_lines_breaks_no_line() {
    let armour = |which: &str| format!("-----{which} {} KEY-----", ["PRIVATE"].concat());
    let key = format!(
        "{}\nMC4CAQAwBQYDK2VwBCIEIExampleExampleExampleExampleExample\n{}",
        armour("BEGIN"),
        armour("END")
    );
    let body = serde_json::json!({"model": "m", "stream": true,
        "messages": [{"role": "user", "content": key}]});
    let request = sent_under("default", chat(&body.to_string()).unwrap()).request();
    let sent: Value = serde_json::from_slice(request.body()).unwrap();
    let placeholder = sent["messages"][0]["content"].as_str().unwrap().to_owned();
    assert!(!placeholder.contains("MC4C"), "{placeholder}");
    let text = format!(": I saw {placeholder} there\n\ndata: [DONE]\n\n");
    let back = sent_under("default", chat(&body.to_string()).unwrap()).into_return();
    assert_eq!(whole(back, &text), ": \n\ndata: [DONE]\n\n");
}

#[test]
fn a_ping_passes_text_that_waits() {
    let text = message(&["mail jane.roe@corp"], &[]);
    let ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    let cut = text.find("event: content_block_stop").unwrap();
    let (before, after) = text.split_at_checked(cut).unwrap();
    let text = format!("{before}{ping}{after}");
    let left = left_after(messages_back("default", "hi"), &text);
    assert!(
        left[4].ends_with(ping) && !left[4].contains("corp"),
        "{left:?}"
    );
}
