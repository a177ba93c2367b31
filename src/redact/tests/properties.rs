//! What holds for any text, whatever stands in it.

use proptest::prelude::*;

use super::*;
use crate::redact::{
    Action, Entity,
    profile::{Profile, Shipped},
};

/// Values that every profile but `report` acts on.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{3,8}@[a-z]{4,8}-mail\\.org",
        Just(CARD.to_owned()),
        Just(aws()),
        Just(pem()),
    ]
}

/// Text between values: everything a string may hold, and what placeholders,
/// links and tags are made of.
fn filler() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~é😀\\n\\t\"\\\\]{0,20}",
        "(\\[|\\]|\\(|\\)|<|>|:|/|_| |\\\\){0,6}",
        Just(" see https://a.example/?q= ".to_owned()),
        Just("\u{0}\u{1b}\u{200b}".to_owned()),
    ]
}

/// Values at any place, set apart so that a detector may see them.
fn text() -> impl Strategy<Value = (String, Vec<String>)> {
    proptest::collection::vec((filler(), value()), 0..4).prop_map(|parts| {
        let mut out = String::new();
        let mut values = Vec::new();
        for (filler, value) in parts {
            out.push_str(&filler);
            out.push_str(" \n");
            out.push_str(&value);
            out.push_str("\n ");
            values.push(value);
        }
        (out, values)
    })
}

/// JSON string content with some characters written as escapes that need none.
fn spelled(text: &str, every: usize) -> String {
    let mut out = String::new();
    for (at, one) in text.chars().enumerate() {
        if at % every == 0 {
            let mut units = [0; 2];
            for unit in one.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        } else {
            out.push_str(&crate::wire::json::escape(&one.to_string()));
        }
    }
    out
}

/// The leaves of a body, each with its own way of holding text.
fn leaves(text: &str, every: usize) -> String {
    let plain = spelled(text, every);
    let inner = format!("{{\"a\":[\"{plain}\",4111111111111111],\"b\":{{\"c\":\"{plain}\"}}}}");
    format!(
        "{{ \"id\":\"i\", \"text\" : \"{plain}\",\"n\":[ {{\"content\":\"{plain}\"}}],\"args\":\"{}\",\"input\":{{\"k\":\"{plain}\",\"n\":4111111111111111}} }}",
        spelled(&inner, every)
    )
}

proptest! {
    #[test]
    fn no_original_reaches_the_provider((text, values) in text(), every in 1_usize..6) {
        let (out, ..) = sent(&leaves(&text, every), &["default"]);
        let document = body(&out);
        let seen: Vec<String> = document.document().unwrap().nodes()
            .map(|node| crate::wire::json::decode(&node.text()).text.into_owned()).collect();
        for value in values.iter().map(String::as_str).chain(["4111111111111111"]) {
            prop_assert!(!seen.iter().any(|leaf| leaf.contains(value)), "{value} in {seen:?}");
        }
    }

    #[test]
    fn bytes_outside_recorded_spans_are_identical((text, _) in text(), every in 1_usize..6) {
        let before = leaves(&text, every);
        let recorded = Recorded(body(&before), Vec::new());
        let clean = usual().clean(recorded, &[name("default")], &tenant("a")).unwrap();
        let Recorded(after, mut edits) = clean.into_parts().0;
        edits.sort_by_key(|edit| edit.span.start);
        let (after, mut at, mut from) = (after.shown(), 0, 0);
        for edit in edits {
            let same = &before.as_bytes()[from..edit.span.start];
            prop_assert_eq!(same, &after.as_bytes()[at..at + same.len()]);
            at += same.len();
            prop_assert_eq!(&edit.with[..], &after.as_bytes()[at..at + edit.with.len()]);
            at += edit.with.len();
            from = edit.span.end;
        }
        prop_assert_eq!(&before.as_bytes()[from..], &after.as_bytes()[at..]);
    }

    #[test]
    fn an_echo_comes_back_as_it_was((text, values) in text(), every in 1_usize..6) {
        // Where an own value stands in a link it stays a placeholder, on purpose.
        prop_assume!(!text.contains("://") && !text.contains(['<', '[', '(', ':']));
        let before = format!("{{\"text\":\"{}\"}}", spelled(&text, every));
        let (out, exchange, findings) = sent(&before, &["default"]);
        prop_assume!(findings.total() == u64::try_from(values.len()).unwrap());
        let (back, _) = answered(&exchange, &out);
        let read = |text: &str| body(text).document().unwrap().get("text").unwrap().text().into_owned();
        prop_assert_eq!(read(&back), text);
    }

    #[test]
    fn an_echo_in_arguments_stays_json_and_comes_back(value in value(), every in 1_usize..4) {
        let args = |text: &str| format!("{{\"args\":{}}}", json(text));
        let before = args(&format!("{{\"a\":\"{}\",\"n\":4111111111111111}}", spelled(&value, every)));
        let (out, exchange, _) = sent(&before, &["default"]);
        prop_assert!(out.contains("[CREDIT_CARD"));
        let (back, _) = answered(&exchange, &out);
        let inner = body(&back).document().unwrap().get("args").unwrap().text().into_owned();
        let inner = body(&inner);
        let inner = inner.document().unwrap();
        prop_assert_eq!(inner.get("a").unwrap().text(), value.as_str());
        prop_assert_eq!(inner.get("n").unwrap().raw(), "4111111111111111");
    }

    #[test]
    fn any_combination_is_at_least_as_strict_as_each(
        picks in proptest::collection::vec((0_usize..5, 0_usize..6, 0_usize..6, any::<bool>()), 1..4),
    ) {
        let profiles: Vec<Profile> = picks.into_iter().map(|(shipped, request, answer, restore)| {
            let mut one = Shipped::ALL[shipped].profile();
            let first = super::super::profile::Entities::One(Entity::ALL[0]);
            one.requests.set(first, Action::ALL[request]);
            one.answers.set(first, Action::ALL[answer]);
            one.restore = restore;
            one
        }).collect();
        let combined = profiles.iter().skip(1).fold(profiles[0].clone(), |all, one| all.and(one));
        for one in &profiles {
            prop_assert!(!combined.restore || one.restore);
            prop_assert!(combined.refuse_hidden || !one.refuse_hidden);
            prop_assert!(combined.drop_signed || !one.drop_signed);
            for (ours, theirs) in [(&combined.requests, &one.requests), (&combined.answers, &one.answers)] {
                for entity in Entity::ALL {
                    prop_assert!(ours.action(*entity) >= theirs.action(*entity));
                    for sure in 0..=100 {
                        let sure = crate::redact::Confidence::new(sure);
                        prop_assert!(ours.wanted().takes(*entity, sure) || !theirs.wanted().takes(*entity, sure));
                    }
                }
            }
        }
    }
}

/// A body that remembers what was done to it.
struct Recorded(Body, Vec<Edit>);

impl Cleanable for Recorded {
    fn document(&self) -> Option<&Document> {
        self.0.document()
    }

    fn treatment(&self, node: Node<'_>) -> Treatment {
        treatment(node)
    }

    fn edited(self, edits: Vec<Edit>) -> Result<Self, Overlap> {
        Ok(Self(self.0.edited(edits.clone())?, edits))
    }
}
