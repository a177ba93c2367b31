//! A stream gives what the whole text gives, wherever it is cut.
//!
//! The oracle does not know the engine: an answer is made of parts whose
//! outcome is known by construction, and what the client puts together from the
//! events is compared with that, and searched for what must not be in it.
#![expect(
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that cuts its own text in the wrong place should stop"
)]

use proptest::prelude::*;

use super::*;
use crate::{
    primitives::{Code, Limits},
    redact::{
        Action, Entity,
        settings::ProfileSettings,
        tests::{FOREIGN, MAIL, all, answered, aws, body, json, name, pem, redactor, sent, tenant},
    },
    wire::json::{Kind, escape},
};

/// The caller's values and their placeholders, and a fresh way back each time.
struct Case {
    mail: String,
    card: String,
}

impl Case {
    fn new() -> Self {
        let (out, ..) = Self::request();
        let document = body(&out);
        let text = |name: &str| {
            let node = document.0.as_ref().unwrap().root().unwrap();
            let node = node.get(name).or_else(|| node.get("input")?.get(name));
            node.unwrap().text().into_owned()
        };
        Self {
            mail: text("text"),
            card: text("card"),
        }
    }

    fn request() -> (String, Exchange, Findings) {
        let text = format!("{{\"text\":\"{MAIL}\",\"input\":{{\"card\":4111111111111111}}}}");
        sent(&text, &["default"])
    }

    fn stream() -> Stream {
        Self::request().1.stream()
    }
}

fn now() -> Instant {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// An event with text of one channel.
fn event(channel: u64, carrier: Carrier, text: &str) -> Event {
    numbered(channel, carrier, text, 7)
}

fn numbered(channel: u64, carrier: Carrier, text: &str, number: u64) -> Event {
    let head = format!("data: {{\"n\":{number},\"c\":{channel},\"t\":\"");
    let content = escape(text);
    let start = head.len();
    Event {
        raw: Bytes::from(format!("{head}{content}\"}}\n\n")),
        pieces: vec![Piece {
            channel: ChannelId(channel),
            carrier,
            span: start..start + content.len(),
        }],
        number: Some(11..11 + number.to_string().len()),
        ..Event::default()
    }
}

fn end(channel: u64) -> Event {
    Event {
        raw: Bytes::from_static(b"data: {\"end\":true}\n\n"),
        ends: vec![ChannelId(channel)],
        ..Event::default()
    }
}

/// What a client reads of a channel.
fn read(events: &[Bytes], channel: u64) -> String {
    let mut text = String::new();
    for event in events {
        let event = std::str::from_utf8(event).unwrap();
        let data = event.strip_prefix("data: ").unwrap().trim_end();
        let document = body(data);
        let document = document.0.as_ref().unwrap();
        if document
            .get("c")
            .is_some_and(|one| one.raw() == channel.to_string())
        {
            text.push_str(&document.get("t").unwrap().text());
        }
    }
    text
}

/// Streams the pieces and checks the cap on the way.
fn streamed(carrier: Carrier, pieces: &[&str]) -> String {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    for piece in pieces {
        stream
            .take(event(1, carrier, piece), now(), &mut out)
            .unwrap();
        assert!(stream.held().most <= Limits::default().held_text);
    }
    stream.take(end(1), now(), &mut out).unwrap();
    stream.finish(&mut out).unwrap();
    assert_eq!(stream.held(), Held::default());
    assert_eq!(
        out.len(),
        pieces.len() + 1,
        "events are neither lost nor put in"
    );
    read(&out, 1)
}

/// A token of the published form that opens nothing.
fn jwt() -> String {
    let payload = "eyJzdWIiOiJub2JvZHkiLCJub3RlIjoibWFkZSB1cCJ9";
    let sign = "c2lnbmVkLWJ5LW5vYm9keS1hdC1hbGw".repeat(3);
    format!(
        "{}.{payload}.{sign}",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    )
}

/// A part of an answer and what becomes of it.
#[derive(Debug, Clone)]
struct Part {
    said: String,
    reads: String,
}

fn part(said: impl Into<String>, reads: impl Into<String>) -> Part {
    Part {
        said: said.into(),
        reads: reads.into(),
    }
}

fn same(text: &str) -> Part {
    part(text, text)
}

fn parts() -> Vec<Part> {
    let case = Case::new();
    let core = case.mail.trim_matches(['[', ']']).to_owned();
    let card = "4111111111111111";
    vec![
        part(&case.mail, MAIL),
        part(case.mail.to_lowercase(), MAIL),
        part(&core, MAIL),
        part(format!("\\[{}\\]", core.replace('_', "\\_")), MAIL),
        part(format!("**{core}**"), format!("**{MAIL}**")),
        part(format!("\"{}\"", case.mail), format!("\"{MAIL}\"")),
        part(&case.card, card),
        part(FOREIGN, "[EMAIL_ADDRESS]"),
        part("5555 5555 5555 4444", "[CREDIT_CARD]"),
        part(aws(), "[AWS_ACCESS_KEY]"),
        part(pem(), "[PRIVATE_KEY_PEM]"),
        part("DE89 3704 0044 0532 0130 00", "[IBAN]"),
        part("eve@tur\u{200b}nip-\u{200b}farm.org", "[EMAIL_ADDRESS]"),
        part(jwt(), "[JWT]"),
        part(
            "https://eve:s3cr3tPass@turnip-farm.org/x",
            "[URL_WITH_CREDENTIALS]",
        ),
        part("+49 30 9018 2043", "[PHONE_NUMBER]"),
        same("[EMAIL_ADDRESS_00000000]"),
        same(&format!("x{core}")),
        same(&case.mail[..case.mail.len() - 3]),
        same(&format!("https://evil.example/?q={} ", case.mail)),
        same(&format!("![p](/x/{})", case.mail)),
        same(&format!("<img src=\"//e.example/{}\">", case.mail)),
        same("bob@example.com"),
        same("a plain sentence, with words."),
        same("1.5 of 20 [see] (this) e@mail -----BEGIN"),
        same("é😀 \u{200b}\"quoted\" back\\slash"),
        same(MAIL),
    ]
}

fn said(parts: &[Part]) -> (String, String) {
    let join = |pick: fn(&Part) -> &str| parts.iter().map(pick).collect::<Vec<_>>().join(" \n");
    (join(|one| &one.said), join(|one| &one.reads))
}

/// The same inside the arguments of a tool call.
fn arguments(parts: &[Part]) -> (String, String) {
    let case = Case::new();
    let (said, reads) = said(parts);
    let short = said.len() < 100;
    let with = |text: &str, number: &str, mail: &str| {
        format!(
            "{{\"a\": {}, \"{mail}\":[{number},12,true],\"u\":\"\\u0041 {}\\ud83d\\ude00\"}}",
            json(&format!("so: {text}")),
            escape(if short { text } else { "" }).replace('e', "\\u0065"),
        )
    };
    let said = with(
        &said,
        &format!("\"{}\",5555555555554444", case.card),
        FOREIGN,
    );
    let reads_plain = with(
        &reads,
        "4111111111111111,\"[CREDIT_CARD]\"",
        "[EMAIL_ADDRESS]",
    );
    (said, reads_plain)
}

/// Offsets at which a text can be cut.
fn cuts(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).collect()
}

/// JSON compared by what it means: escapes of what was not touched may differ.
fn meaning(text: &str) -> Vec<String> {
    let document = body(text);
    let nodes = document.0.as_ref().unwrap().nodes();
    nodes
        .map(|node| match node.kind() {
            Kind::String | Kind::Name | Kind::Number => {
                format!("{:?} {}", node.kind(), node.text())
            }
            Kind::Object | Kind::Array | Kind::True | Kind::False | Kind::Null => {
                format!("{:?}", node.kind())
            }
        })
        .collect()
}

#[test]
fn each_part_reads_as_it_should_at_every_cut() {
    for one in parts() {
        let framed = [same("so:"), one, same("is it.")];
        let (text, reads) = said(&framed);
        assert_eq!(streamed(Carrier::Text, &[&text]), reads, "whole");
        for at in cuts(&text) {
            let got = streamed(Carrier::Text, &[&text[..at], &text[at..]]);
            assert_eq!(got, reads, "{text:?} cut at {at}");
        }
        let single: Vec<String> = text.chars().map(String::from).collect();
        let single: Vec<&str> = single.iter().map(String::as_str).collect();
        assert_eq!(
            streamed(Carrier::Text, &single),
            reads,
            "{text:?} by character"
        );
    }
}

#[test]
fn a_part_at_the_very_end_is_looked_at_last() {
    for one in parts() {
        for at in cuts(&one.said) {
            let got = streamed(Carrier::Text, &[&one.said[..at], &one.said[at..]]);
            assert_eq!(got, one.reads, "{:?} cut at {at}", one.said);
        }
    }
}

#[test]
fn arguments_read_as_they_should_at_every_cut() {
    for one in parts() {
        let (text, reads) = arguments(&[one]);
        let whole = streamed(Carrier::JsonText, &[&text]);
        assert_eq!(meaning(&whole), meaning(&reads), "whole");
        // A key's body is the same everywhere: every third cut will do.
        let step = if text.len() > 300 { 3 } else { 1 };
        for at in cuts(&text).into_iter().step_by(step) {
            let got = streamed(Carrier::JsonText, &[&text[..at], &text[at..]]);
            assert_eq!(got, whole, "{text:?} cut at {at}");
        }
        let single: Vec<String> = text.chars().map(String::from).collect();
        let single: Vec<&str> = single.iter().map(String::as_str).collect();
        assert_eq!(
            streamed(Carrier::JsonText, &single),
            whole,
            "{text:?} by character"
        );
    }
}

/// Any answer, cut anywhere.
fn answer() -> impl Strategy<Value = (Vec<Part>, Vec<prop::sample::Index>)> {
    (
        proptest::collection::vec(prop::sample::select(parts()), 1..6),
        proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    )
}

fn chopped<'t>(text: &'t str, at: &[prop::sample::Index]) -> Vec<&'t str> {
    let places = cuts(text);
    let mut at: Vec<usize> = at
        .iter()
        .map(|one| places[one.index(places.len())])
        .collect();
    at.sort_unstable();
    at.push(text.len());
    let mut from = 0;
    at.into_iter()
        .map(|to| {
            let piece = &text[from..to];
            from = to;
            piece
        })
        .collect()
}

proptest! {
    #[test]
    fn any_answer_reads_as_it_should_however_it_is_cut((parts, at) in answer()) {
        let (text, reads) = said(&parts);
        let got = streamed(Carrier::Text, &chopped(&text, &at));
        prop_assert_eq!(&got, &reads);
        prop_assert!(!got.contains("turnip") && !got.contains("5555 5555") && !got.contains(&aws()));
    }

    #[test]
    fn any_arguments_read_as_they_should_however_they_are_cut((parts, at) in answer()) {
        let (text, reads) = arguments(&parts);
        let got = streamed(Carrier::JsonText, &chopped(&text, &at));
        prop_assert_eq!(meaning(&got), meaning(&reads));
    }

    #[test]
    fn any_text_streams_to_what_it_is_as_a_whole(
        text in "([a-zA-Z0-9@._:/\\[\\]\\\\\"{},<>()= -]|\\PC|4111 ?|sk-|\n){0,120}",
        at in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        prop_assume!(!text.is_empty());
        for (carrier, name) in [
            (Carrier::Text, Some("text")),
            (Carrier::JsonText, Some("args")),
            (Carrier::Generic, None),
        ] {
            let whole = streamed(carrier, &[&text]);
            if let Some(name) = name {
                let (answer, _) = answered(&Case::request().1, &format!("{{\"{name}\":{}}}", json(&text)));
                let document = body(&answer);
                let leaf = document.0.as_ref().unwrap().get(name).unwrap();
                prop_assert_eq!(leaf.text(), whole.as_str(), "{:?} as a whole", carrier);
            }
            prop_assert_eq!(streamed(carrier, &chopped(&text, &at)), whole, "{:?}", carrier);
        }
    }
}

proptest! {
    #[test]
    fn time_and_other_channels_change_nothing(
        (first, at) in answer(),
        (second, cuts) in answer(),
        order in proptest::collection::vec((any::<bool>(), 0_u32..4), 16),
    ) {
        let (one, one_reads) = said(&first);
        let (other, other_reads) = arguments(&second);
        let mut queues = [
            (1, Carrier::Text, chopped(&one, &at)),
            (2, Carrier::JsonText, chopped(&other, &cuts)),
        ];
        let (mut stream, mut out, mut clock) = (Case::stream(), Vec::new(), now());
        for (pick, wait) in order {
            let (channel, carrier, pieces) = &mut queues[usize::from(pick)];
            if !pieces.is_empty() {
                let next = event(*channel, *carrier, pieces.remove(0));
                stream.take(next, clock, &mut out).unwrap();
            }
            clock += PATIENCE / 3 * wait;
            stream.tick(clock, &mut out).unwrap();
        }
        for (channel, carrier, pieces) in queues {
            for piece in pieces {
                stream.take(event(channel, carrier, piece), clock, &mut out).unwrap();
            }
            stream.take(end(channel), clock, &mut out).unwrap();
        }
        stream.finish(&mut out).unwrap();
        prop_assert_eq!(read(&out, 1), one_reads);
        prop_assert_eq!(meaning(&read(&out, 2)), meaning(&other_reads));
        prop_assert_eq!(stream.held(), Held::default());
    }
}

#[test]
fn without_holding_back_the_oracle_fails() {
    // Every piece its own channel: nothing is held from one to the next.
    let apart = |text: &str, at: usize| {
        let mut stream = Case::stream();
        let mut out = Vec::new();
        for (channel, piece) in [&text[..at], &text[at..]].into_iter().enumerate() {
            let channel = u64::try_from(channel).unwrap();
            stream
                .take(event(channel, Carrier::Text, piece), now(), &mut out)
                .unwrap();
        }
        stream.finish(&mut out).unwrap();
        read(&out, 0) + &read(&out, 1)
    };
    let Case { mail, .. } = Case::new();
    assert_ne!(apart(&mail, mail.len() / 2), MAIL);
    assert!(apart(FOREIGN, 6).contains("turnip"));
}

#[test]
fn untouched_events_leave_byte_for_byte_and_in_order() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let mut sent = Vec::new();
    for text in ["Hello", " wor", "ld, it", " is", "\u{1F600}", ". ", "End"] {
        let event = event(1, Carrier::Text, text);
        sent.push(event.raw.clone());
        stream.take(event, now(), &mut out).unwrap();
    }
    // Half a pair, in an escape nobody would write.
    let raw = Bytes::from_static(b"data: {\"t\":\"\\ud83d\\u0041\"}\n\n");
    sent.push(raw.clone());
    let piece = Piece {
        channel: ChannelId(1),
        carrier: Carrier::Text,
        span: 12..24,
    };
    let odd = Event {
        raw,
        pieces: vec![piece],
        ..Event::default()
    };
    stream.take(odd, now(), &mut out).unwrap();
    stream.finish(&mut out).unwrap();
    assert_eq!(out, sent);
    assert_eq!(stream.findings().edits(), 0);
}

#[test]
fn text_that_cannot_become_a_value_does_not_wait() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    for (count, text) in ["It is, ", "as you know, ", "late. "]
        .into_iter()
        .enumerate()
    {
        stream
            .take(event(1, Carrier::Text, text), now(), &mut out)
            .unwrap();
        assert_eq!(out.len(), count + 1, "{text}");
    }
}

#[test]
fn after_its_patience_the_head_leaves_with_what_is_decided() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let Case { mail, .. } = Case::new();
    let (one, other) = mail.split_at(9);
    stream
        .take(
            numbered(1, Carrier::Text, &format!("Write to {one}"), 1),
            now(),
            &mut out,
        )
        .unwrap();
    stream
        .take(numbered(2, Carrier::Text, "Other. ", 2), now(), &mut out)
        .unwrap();
    assert!(out.is_empty(), "a later event does not pass one that waits");
    stream.tick(now() + PATIENCE / 2, &mut out).unwrap();
    assert!(out.is_empty());
    assert_eq!(stream.due(), Some(now() + PATIENCE));
    let late = now() + PATIENCE;
    stream.tick(late, &mut out).unwrap();
    assert_eq!(
        (read(&out, 1).as_str(), read(&out, 2).as_str()),
        ("Write to ", "Other. ")
    );
    stream
        .take(
            numbered(
                1,
                Carrier::Text,
                &format!("{other}, and do it soon, before somebody else has had the time to ask. "),
                3,
            ),
            late,
            &mut out,
        )
        .unwrap();
    assert_eq!(
        read(&out, 1),
        format!("Write to {MAIL}, and do it soon, before somebody else has had the time to ask. ")
    );
    assert_eq!(out.len(), 3);
    assert!(out[2].starts_with(b"data: {\"n\":3,"));
}

#[test]
fn a_tail_without_a_next_event_leaves_before_the_end_and_numbers_rise() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let Case { mail, .. } = Case::new();
    stream
        .take(
            numbered(
                1,
                Carrier::Text,
                &format!("To {mail}, and then, once there is time for it, perhaps in some weeks, also to {}", &mail[..9]),
                4,
            ),
            now(),
            &mut out,
        )
        .unwrap();
    stream.tick(now() + PATIENCE, &mut out).unwrap();
    assert_eq!(
        read(&out, 1),
        format!("To {MAIL}, and then, once there is time for it, perhaps in some weeks, also to ")
    );
    let last = Event {
        raw: Bytes::from_static(b"data: {\"n\":5}\n\n"),
        ends: vec![ChannelId(1)],
        number: Some(11..12),
        ..Event::default()
    };
    stream.take(last, now() + PATIENCE, &mut out).unwrap();
    assert_eq!(
        read(&out, 1),
        format!(
            "To {MAIL}, and then, once there is time for it, perhaps in some weeks, also to {}",
            &mail[..9]
        )
    );
    assert!(
        out[1].starts_with(b"data: {\"n\":5,\"c\":1,"),
        "{:?}",
        out[1]
    );
    assert_eq!(out[2], Bytes::from_static(b"data: {\"n\":6}\n\n"));
    assert_eq!(stream.held(), Held::default());
}

#[test]
fn time_never_releases_what_may_become_a_value() {
    for at in cuts(FOREIGN) {
        let mut stream = Case::stream();
        let mut out = Vec::new();
        let later = now() + PATIENCE * 10;
        stream
            .take(event(1, Carrier::Text, &FOREIGN[..at]), now(), &mut out)
            .unwrap();
        stream.tick(later, &mut out).unwrap();
        stream
            .take(event(1, Carrier::Text, &FOREIGN[at..]), later, &mut out)
            .unwrap();
        stream.tick(later, &mut out).unwrap();
        stream.finish(&mut out).unwrap();
        assert_eq!(read(&out, 1), "[EMAIL_ADDRESS]", "cut at {at}");
    }
}

#[test]
fn pings_pass_and_channels_do_not_mix() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    stream
        .take(event(1, Carrier::Text, "eve@turnip"), now(), &mut out)
        .unwrap();
    let ping = Event {
        raw: Bytes::from_static(b"data: {\"ping\":1}\n\n"),
        overtakes: true,
        ..Event::default()
    };
    stream.take(ping.clone(), now(), &mut out).unwrap();
    assert_eq!(out, [ping.raw]);
    stream
        .take(event(2, Carrier::Text, "-farm.org"), now(), &mut out)
        .unwrap();
    stream.finish(&mut out).unwrap();
    assert_eq!(read(&out, 2), "-farm.org");
    assert_eq!(read(&out, 1), "eve@turnip");
}

#[test]
fn a_key_is_masked_at_its_start_and_swallowed() {
    let body = "MIIEowIBAAKCAQEAmadeupmadeupmadeupmadeupmadeupmadeupmadeup12345\n".repeat(600);
    let text = format!(
        "k: -----BEGIN {0}-----\n{body}-----END {0}----- ok",
        "PRIVATE KEY"
    );
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let mut most = 0;
    for piece in text.as_bytes().chunks(50) {
        let piece = std::str::from_utf8(piece).unwrap();
        stream
            .take(event(1, Carrier::Text, piece), now(), &mut out)
            .unwrap();
        most = most.max(stream.held().most);
    }
    stream.finish(&mut out).unwrap();
    assert_eq!(read(&out, 1), "k: [PRIVATE_KEY_PEM] ok");
    assert!(most < 1024, "{most}");
}

#[test]
fn at_the_cap_the_stream_stops() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let mut stopped = None;
    for _ in 0..40 {
        let next = event(1, Carrier::JsonText, &"1".repeat(1024));
        if let Err(refusal) = stream.take(next, now(), &mut out) {
            stopped = Some(refusal);
            break;
        }
        assert!(stream.held().most <= Limits::default().held_text);
    }
    assert_eq!(stopped.unwrap().code(), Code::HoldLimit);
    assert!(out.is_empty());
}

#[test]
fn as_many_events_wait_as_may() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    stream
        .take(event(1, Carrier::Text, "eve@turnip"), now(), &mut out)
        .unwrap();
    let large = || Event {
        raw: Bytes::from(format!(
            "data: {{\"x\":\"{}\"}}\n\n",
            "y".repeat(600 * 1024)
        )),
        ..Event::default()
    };
    stream.take(large(), now(), &mut out).unwrap();
    let refused = stream.take(large(), now(), &mut out).unwrap_err();
    assert_eq!(refused.code(), Code::HoldLimit);
    assert!(out.is_empty());
}

#[test]
fn a_passive_stream_holds_nothing_and_counts() {
    let text = format!("{{\"text\":\"{MAIL}\"}}");
    let mut stream = sent(&text, &["report"]).1.stream();
    let mut out = Vec::new();
    for (count, piece) in ["eve@tur", "nip-farm.org", " and"].into_iter().enumerate() {
        let event = event(1, Carrier::Text, piece);
        let raw = event.raw.clone();
        stream.take(event, now(), &mut out).unwrap();
        assert_eq!(out.len(), count + 1);
        assert_eq!(out[count], raw);
    }
    stream.finish(&mut out).unwrap();
    let counts: Vec<_> = stream.findings().iter().collect();
    assert_eq!(counts, [(Entity::EmailAddress, Action::Report, 1)]);
}

#[test]
fn signed_text_is_recorded_and_neither_held_nor_rewritten() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let Case { mail, .. } = Case::new();
    for piece in ["eve@tur", "nip-farm.org ", &mail] {
        let event = event(1, Carrier::Signed, piece);
        let raw = event.raw.clone();
        stream.take(event, now(), &mut out).unwrap();
        assert_eq!(out.last(), Some(&raw));
    }
    stream.finish(&mut out).unwrap();
    let signed: Vec<_> = stream.findings().signed().collect();
    assert_eq!(signed, [(Entity::EmailAddress, 1)]);
}

#[test]
fn unknown_events_are_masked_and_never_restored() {
    let Case { mail, .. } = Case::new();
    let text = format!("{mail} {FOREIGN} ");
    for at in cuts(&text) {
        let got = streamed(Carrier::Generic, &[&text[..at], &text[at..]]);
        assert_eq!(got, format!("{mail} [EMAIL_ADDRESS] "));
    }
}

#[test]
fn a_find_that_blocks_stops_the_stream_before_it_leaves() {
    let own = ProfileSettings {
        answers: [("email_address".to_owned(), "block".to_owned())].into(),
        ..all("replace")
    };
    let clean = redactor(own).clean(body("{}"), &[name("own")], &tenant("a"));
    let mut stream = clean.unwrap().into_parts().1.stream();
    let mut out = Vec::new();
    stream
        .take(event(1, Carrier::Text, "eve@turnip-"), now(), &mut out)
        .unwrap();
    let refused = stream.take(
        event(
            1,
            Carrier::Text,
            "farm.org, as she said the other day when she was asked whether it was hers. ",
        ),
        now(),
        &mut out,
    );
    assert_eq!(refused.unwrap_err().code(), Code::ContentBlocked);
    assert!(out.is_empty());
}

#[test]
fn an_event_of_several_channels_waits_for_all_of_them() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let Case { mail, .. } = Case::new();
    let raw = format!(
        "data: {{\"c\":1,\"t\":\"a {}\",\"u\":\"b \"}}\n\n",
        &mail[..9]
    );
    let second = raw.find("b ").unwrap();
    let piece = |channel, span| Piece {
        channel: ChannelId(channel),
        carrier: Carrier::Text,
        span,
    };
    let both = Event {
        raw: Bytes::from(raw),
        pieces: vec![piece(1, 18..29), piece(2, second..second + 2)],
        ..Event::default()
    };
    stream.take(both, now(), &mut out).unwrap();
    assert!(out.is_empty());
    stream.tick(now() + PATIENCE, &mut out).unwrap();
    assert_eq!(
        out,
        [Bytes::from_static(
            b"data: {\"c\":1,\"t\":\"a \",\"u\":\"b \"}\n\n"
        )]
    );
    stream.finish(&mut out).unwrap();
    let rest = format!("data: {{\"c\":1,\"t\":\"{}\",\"u\":\"\"}}\n\n", &mail[..9]);
    assert_eq!(out[1], Bytes::from(rest));
}
