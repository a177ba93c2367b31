//! What has to be true of each call, looked at from outside: in the bytes the
//! provider saw, the bytes the caller got, and the ledger.

use super::{
    calls::{CARD, Expects},
    provider::{FOREIGN_CARD, Seen},
    show::{Shown, stage},
};

/// One thing that has to be true, and whether it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) claim: &'static str,
    pub(super) holds: bool,
}

/// Looks at one call made with this key.
pub(super) fn of(shown: &Shown, expects: Expects, key: &str) -> Vec<Finding> {
    let mut found = match expects {
        Expects::Echo => echo(shown),
        Expects::CardOnlyOut => left(shown),
        Expects::Answer => vec![answered(shown)],
        Expects::Refusal(code) => refused(shown, code),
    };
    found.push(claim(
        "the caller's key went nowhere",
        !shown.seen.as_ref().is_some_and(|seen| anywhere(seen, key)),
    ));
    found.push(claim(
        "the ledger has one received and exactly one terminal record",
        count(shown, &["received"]) == 1 && count(shown, &TERMINAL) == 1,
    ));
    found
}

fn echo(shown: &Shown) -> Vec<Finding> {
    let received = text(&shown.exchange.received);
    let mut found = left(shown);
    found.push(claim("the card came back whole", received.contains(CARD)));
    found.push(claim(
        "the provider's own card was masked",
        received.contains("[CREDIT_CARD]") && !holds(&received, FOREIGN_CARD),
    ));
    found
}

fn left(shown: &Shown) -> Vec<Finding> {
    let Some(seen) = &shown.seen else {
        return vec![claim("the provider was asked", false)];
    };
    vec![
        answered(shown),
        claim(
            "the card left as a placeholder",
            !anywhere(seen, CARD) && text(&seen.body).contains("[CREDIT_CARD_"),
        ),
        claim(
            "it left after it was recorded",
            count(shown, &["dispatched"]) == 1,
        ),
        claim(
            "the record counts the card and does not hold it",
            counted(shown, "request") && !recorded(shown).contains(CARD),
        ),
    ]
}

fn refused(shown: &Shown, code: &str) -> Vec<Finding> {
    let said = serde_json::from_slice::<serde_json::Value>(&shown.exchange.received);
    vec![
        claim(
            "it was refused with the right code",
            said.is_ok_and(|body| body.pointer("/error/code") == Some(&code.into())),
        ),
        claim(
            "the provider was not asked",
            shown.seen.is_none() && count(shown, &["dispatched"]) == 0,
        ),
    ]
}

fn answered(shown: &Shown) -> Finding {
    claim("it was answered", shown.exchange.status.is_success())
}

fn claim(claim: &'static str, holds: bool) -> Finding {
    Finding { claim, holds }
}

/// Whether the last record says that one card was found on that way.
fn counted(shown: &Shown, way: &str) -> bool {
    let name = format!("portcullis.redaction.{way}.credit_card");
    let attributes = shown.records.last().and_then(|last| last.get("attributes"));
    let many = attributes.and_then(|all| all.get(name));
    many.and_then(serde_json::Value::as_u64) == Some(1)
}

fn recorded(shown: &Shown) -> String {
    shown.records.iter().map(ToString::to_string).collect()
}

fn count(shown: &Shown, stages: &[&str]) -> usize {
    let of = |record| stages.contains(&stage(record));
    shown.records.iter().filter(|record| of(record)).count()
}

/// In the target, any header or the body.
fn anywhere(seen: &Seen, value: &str) -> bool {
    let mut headers = seen.headers.values();
    holds(&seen.target, value)
        || headers.any(|one| holds(&text(one.as_bytes()), value))
        || holds(&text(&seen.body), value)
}

/// With or without the spaces people write into numbers.
fn holds(text: &str, value: &str) -> bool {
    let close = |text: &str| text.replace([' ', '-'], "");
    close(text).contains(&close(value))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The records of which a request has exactly one (TELEMETRY §3).
const TERMINAL: [&str; 3] = ["complete", "panic", "abandoned"];
