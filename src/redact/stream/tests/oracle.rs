//! A stream gives what the whole text gives, wherever it is cut.
//!
//! The oracle does not know the engine: an answer is made of parts whose
//! outcome is known by construction, and what the client puts together from the
//! events is compared with that, and searched for what must not be in it.

use proptest::prelude::*;

use super::*;
use crate::{
    redact::tests::{answered, aws, json, pem},
    wire::json::Kind,
};

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
        // A key or token is the same everywhere: every third cut will do.
        let step = if text.len() > 200 { 3 } else { 1 };
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
    #![proptest_config(ProptestConfig::with_cases(128))]

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
    #![proptest_config(ProptestConfig::with_cases(128))]

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
