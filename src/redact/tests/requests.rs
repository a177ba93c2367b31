//! What leaves.

use super::*;
use crate::{
    primitives::Code,
    redact::{Action, Entity},
};

/// The tagged placeholder somewhere in a text.
fn placeholder(text: &str) -> String {
    let start = text.find("[EMAIL_ADDRESS_").unwrap();
    let end = start + text[start..].find(']').unwrap() + 1;
    text[start..end].to_owned()
}

#[test]
fn a_value_leaves_as_a_placeholder_and_the_rest_as_it_was() {
    let text = format!("{{ \"text\" : \"é\\u0041 <{MAIL}>\\n\" ,\"id\":\"{MAIL}\" }}");
    let (out, _, findings) = sent(&text, &["default"]);
    let mark = placeholder(&out);
    assert_eq!(mark.len(), "[EMAIL_ADDRESS_XXXXXXXX]".len());
    assert_eq!(out, text.replacen(MAIL, &mark, 1));
    let counts: Vec<_> = findings.iter().collect();
    assert_eq!(counts, [(Entity::EmailAddress, Action::Replace, 1)]);
    assert_eq!((findings.total(), findings.edits()), (1, 1));
}

#[test]
fn a_value_written_in_escapes_is_found_and_no_escape_is_cut() {
    let spelled: String = MAIL
        .chars()
        .map(|one| format!("\\u{:04x}", one as u32))
        .collect();
    let (out, _, _) = sent(
        &format!("{{\"text\":\"\\u0022{spelled}\\u0022\"}}"),
        &["default"],
    );
    let mark = placeholder(&out);
    assert_eq!(out, format!("{{\"text\":\"\\u0022{mark}\\u0022\"}}"));
    let (plain, ..) = sent(&format!("{{\"text\":\"{MAIL}\"}}"), &["default"]);
    assert_eq!(mark, placeholder(&plain), "the tag is of the decoded value");
}

#[test]
fn placeholders_are_stable_per_tenant() {
    let redactor = usual();
    let text = format!("{{\"text\":\"{MAIL} {MAIL}\"}}");
    let of = |tenant_name: &str| {
        let clean = redactor.clean(body(&text), &[name("default")], &tenant(tenant_name));
        clean.unwrap().get().shown()
    };
    assert_eq!(of("a"), of("a"));
    assert_ne!(of("a"), of("b"));
}

#[test]
fn json_in_a_string_is_cleaned_inside_and_stays_json() {
    let inner = format!(
        "{{\"to\":\"{}\",\"n\":4111111111111111,\"q\":\"\\\"\"}}",
        "ada\\u0040example.com"
    );
    let (out, ..) = sent(&format!("{{\"args\":{}}}", json(&inner)), &["default"]);
    let document = body(&out);
    let args = document
        .document()
        .unwrap()
        .get("args")
        .unwrap()
        .text()
        .into_owned();
    let inside = body(&args);
    let inside = inside.document().unwrap();
    assert!(
        inside
            .get("to")
            .unwrap()
            .text()
            .starts_with("[EMAIL_ADDRESS_")
    );
    assert!(inside.get("n").unwrap().text().starts_with("[CREDIT_CARD_"));
    assert_eq!(inside.get("q").unwrap().text(), "\"");
}

#[test]
fn text_that_is_no_json_is_cleaned_as_text() {
    let (out, ..) = sent(
        &format!("{{\"args\":{}}}", json(&format!("{{\"a\": {MAIL}"))),
        &["default"],
    );
    assert!(out.contains("{\\\"a\\\": [EMAIL_ADDRESS_"), "{out}");
}

#[test]
fn a_number_becomes_a_string() {
    let (out, ..) = sent(
        "{\"input\":{\"card\":4111111111111111,\"n\":12}}",
        &["default"],
    );
    assert!(
        out.starts_with("{\"input\":{\"card\":\"[CREDIT_CARD_"),
        "{out}"
    );
    assert!(out.ends_with("]\",\"n\":12}}"), "{out}");
}

#[test]
fn a_member_name_is_context_of_its_value() {
    let (out, ..) = sent("{\"ssn\":\"536221234\",\"n\":\"536221234\"}", &["default"]);
    assert!(out.starts_with("{\"ssn\":\"[US_SSN_"), "{out}");
    assert!(out.ends_with(",\"n\":\"536221234\"}"), "{out}");
}

#[test]
fn where_nothing_can_stand_instead_a_find_refuses_by_position() {
    for (text, place) in [
        (format!("{{\"a\":1,\"{MAIL}\":2}}"), "/1"),
        (format!("{{\"a\":[{{\"enum\":\"{MAIL}\"}}]}}"), "/0/0/0"),
        ("{\"n\":4111111111111111}".to_owned(), "/0"),
    ] {
        let refused = clean(&text, &["default"]).unwrap_err();
        assert_eq!(refused.code(), Code::StructureRefused, "{text}");
        assert!(
            refused.sentence().contains(&format!(" {place},")),
            "{}",
            refused.sentence()
        );
        assert!(!format!("{refused:?}").contains("ada"));
        assert!(clean(&text, &["report"]).is_ok(), "{text}");
    }
}

#[test]
fn a_name_in_arguments_leaves_as_a_placeholder_and_comes_back() {
    let text = format!(
        "{{\"args\":{}}}",
        json(&format!("{{\"{MAIL}\":\"admin\"}}"))
    );
    let (out, exchange, _) = sent(&text, &["default"]);
    assert!(out.contains("{\\\"[EMAIL_ADDRESS_"), "{out}");
    assert_eq!(answered(&exchange, &out).0, text);
}

#[test]
fn what_is_not_text_is_not_read() {
    let text = format!("{{\"id\":\"{MAIL}\",\"count\":4111111111111111}}");
    let (out, _, findings) = sent(&text, &["default"]);
    assert_eq!((out, findings.total()), (text, 0));
}

#[test]
fn a_signed_block_is_recorded_and_never_rewritten() {
    let text = format!("{{\"sealed\":\"{MAIL}\"}}");
    let (out, _, findings) = sent(&text, &["default"]);
    assert_eq!(out, text);
    assert_eq!(
        findings.signed().collect::<Vec<_>>(),
        [(Entity::EmailAddress, 1)]
    );
    let key = format!("{{\"sealed\":\"{}\"}}", aws());
    assert_eq!(
        clean(&key, &["strict"]).unwrap_err().code(),
        Code::ContentBlocked
    );
}

#[test]
fn actions_do_what_they_say() {
    let text = format!("{{\"text\":\"{MAIL}\"}}");
    let with = |action: &str| {
        let clean = redactor(all(action)).clean(body(&text), &[name("own")], &tenant("a"));
        clean.map(|one| one.get().shown())
    };
    for action in ["off", "report"] {
        assert_eq!(with(action).unwrap(), text);
    }
    assert_eq!(with("mask").unwrap(), "{\"text\":\"[EMAIL_ADDRESS]\"}");
    assert_eq!(with("hash").unwrap(), with("replace").unwrap());
    let refused = with("block").unwrap_err();
    assert_eq!(refused.code(), Code::ContentBlocked);
    assert!(
        refused.sentence().ends_with(": email_address"),
        "{}",
        refused.sentence()
    );
}

#[test]
fn strict_blocks_secrets_and_refuses_hidden_characters() {
    let key = format!("{{\"text\":\"{}\"}}", aws());
    assert_eq!(
        clean(&key, &["strict"]).unwrap_err().code(),
        Code::ContentBlocked
    );
    assert!(clean(&format!("{{\"text\":\"{MAIL}\"}}"), &["strict"]).is_ok());
    for raw in ["\\u0000", "\\u001b[1m", "\\ud800", "\u{E0041}"] {
        for text in [
            format!("{{\"text\":\"{raw}\"}}"),
            format!("{{\"{raw}\":1}}"),
            format!("{{\"args\":{}}}", json(&format!("[\"{raw}\"]"))),
        ] {
            let refused = clean(&text, &["strict"]).unwrap_err();
            assert_eq!(refused.code(), Code::InvalidField, "{text}");
            assert!(clean(&text, &["default"]).is_ok(), "{text}");
        }
    }
}

#[test]
fn a_value_split_over_adjacent_leaves_is_caught_and_no_leaf_becomes_empty() {
    let (one, other) = CARD.split_at(9);
    let letters: Vec<String> = CARD
        .chars()
        .map(|one| format!("{{\"text\":\"{one}\"}}"))
        .collect();
    for text in [
        format!(
            "{{\"messages\":[{{\"role\":\"u\",\"text\":\"pay {one}\"}},{{\"role\":\"u\",\"text\":\"{other} now\"}}]}}"
        ),
        format!(
            "{{\"messages\":[{{\"content\":\"{one}\"}},{{\"content\":[{{\"type\":\"text\",\"text\":\"{other}\"}}]}}]}}"
        ),
        format!("{{\"parts\":[{}]}}", letters.join(",")),
    ] {
        let (out, exchange, findings) = sent(&text, &["default"]);
        assert!(!out.contains("1111"), "{out}");
        assert!(!out.contains("\"\""), "{out}");
        assert!(out.contains("[CREDIT_CARD]"), "{out}");
        assert!(findings.total() > 0);
        let (back, _) = answered(&exchange, &out);
        assert_eq!(back, out, "an untagged part does not come back");
    }
}

#[test]
fn a_value_at_the_end_of_a_leaf_is_that_leafs_own() {
    let text = format!("[{{\"text\":\"write to {MAIL}\"}},{{\"text\":\"Hello there\"}}]");
    let (out, exchange, _) = sent(&text, &["default"]);
    assert!(out.contains("\"Hello there\""), "{out}");
    assert_eq!(answered(&exchange, &out).0, text);
}

#[test]
fn elements_of_an_array_are_apart() {
    let text = "{\"text\":[\"4111 1111\",\" 1111 1111\"]}";
    assert_eq!(sent(text, &["default"]).0, text);
}

#[test]
fn the_second_half_of_a_split_key_goes_with_the_first() {
    let key = pem();
    let (one, other) = key.split_at(key.len() / 2);
    let text = format!("[{{\"text\":{}}},{{\"text\":{}}}]", json(one), json(other));
    let (out, ..) = sent(&text, &["default"]);
    assert!(!out.contains("madeup"), "{out}");
}

#[test]
fn a_value_that_is_a_placeholder_already_stays() {
    let (out, ..) = sent(
        "{\"text\":\"password: [PASSWORD_0A1B2C3D].\"}",
        &["default"],
    );
    assert_eq!(out, "{\"text\":\"password: [PASSWORD_0A1B2C3D].\"}");
}

#[test]
fn no_profile_or_an_unknown_one_refuses() {
    for profiles in [&[][..], &["default", "nobody"]] {
        let refused = clean("{}", profiles).unwrap_err();
        assert_eq!(refused.code(), Code::RedactionUnavailable);
    }
}

#[test]
fn a_request_without_a_body_is_clean() {
    let redactor = redactor(ProfileSettings::default());
    let clean = redactor
        .clean(Body(None), &[name("default")], &tenant("a"))
        .unwrap();
    assert_eq!(clean.findings().total(), 0);
}
