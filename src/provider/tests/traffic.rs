//! Recorded requests and answers of real clients: each is read, or refused for
//! a reason on this list.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::PathBuf,
};

use serde_json::Value;

use super::*;
use crate::wire::json::Document;

/// The recordings, or `None` where they are not at hand.
fn recordings() -> Option<BufReader<std::fs::File>> {
    let folder = std::env::var("PORTCULLIS_SHARED").unwrap_or_else(|_unset| "../shared".into());
    let path = PathBuf::from(folder).join("traffic/dev.jsonl");
    match std::fs::File::open(&path) {
        Ok(file) => Some(BufReader::new(file)),
        Err(_) if std::env::var("CI").is_err() => {
            println!("skipped: no recordings at {}", path.display());
            None
        }
        Err(error) => panic!("no recordings at {}: {error}", path.display()),
    }
}

/// Recorded exchanges with a provider that is asked in this dialect.
fn exchanges(kind: &str) -> Vec<Value> {
    let asked = |one: &Value| match one["provider"].as_str() {
        Some("openai" | "anthropic") => one["provider"] == kind,
        Some("azure" | "gemini" | "vertex" | "bedrock") => false,
        _ => kind == "openai-compatible",
    };
    let lines = recordings().map(BufRead::lines).into_iter().flatten();
    let all = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    all.filter(|one| asked(one) && one["request"]["path"].is_string())
        .collect()
}

/// The endpoint of a recorded request, where its path has one.
fn endpoint_of(kind: &str, exchange: &Value) -> Option<(Parts, &'static Endpoint)> {
    let request = &exchange["request"];
    let method = request["method"].as_str()?.parse().ok()?;
    let path = request["path"].as_str()?;
    // A few recorders put names in the place of hosts.
    format!("/it{path}").parse::<http::Uri>().ok()?;
    let parts = head(method, path);
    let below = parts.uri.path().strip_prefix("/it")?;
    let endpoint = upstream(kind).endpoint(&parts.method, below).ok()?;
    Some((parts, endpoint))
}

const KINDS: [&str; 3] = ["openai", "openai-compatible", "anthropic"];

/// Recorded requests that are refused, and why that is right.
const REFUSED: &[(&str, &str)] = &[
    // A message where a content part belongs; the provider said 400 too.
    ("1b2bb916a5d7d01cb111efa2", "content_part_unknown"),
    // `dimensions` below zero; the provider said 400 too.
    ("de6da1bc0857c5d7262052a1", "invalid_field"),
    // OpenRouter's own tools, which the provider runs, one with another model.
    ("2ea6881c2fa797f426d2069f", "tool_type_unknown"),
    ("4ed071d9fa1f98a5f08a0cb5", "tool_type_unknown"),
    ("507340ba1625c99f3f33b2f9", "tool_type_unknown"),
    // OpenRouter's `provider`, which chooses an upstream.
    ("3d52df7d72fec550c13ccfcc", "field_refused"),
    ("e1a60ae162c8e53b7aa5d932", "field_refused"),
    // Recorded without its body.
    ("13696b5a3d13d70e95bbc3ba", "invalid_json"),
];

#[test]
fn every_recorded_request_is_read_or_refused_for_a_known_reason() {
    for kind in KINDS {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        for exchange in exchanges(kind) {
            let Some((parts, _)) = endpoint_of(kind, &exchange) else {
                *counts.entry("unknown_endpoint".into()).or_default() += 1;
                continue;
            };
            let body = exchange["request"]["body"].as_str().unwrap_or_default();
            let outcome = match read(kind, &parts, body) {
                Ok(call) => format!("read, needs {:?}", needs(&call)),
                Err(refusal) => {
                    let id = exchange["id"].as_str().unwrap_or_default();
                    let name = refusal.code().name();
                    if !REFUSED.contains(&(id, name)) {
                        wrong.push(format!("{id}: {name}: {}", refusal.sentence()));
                    }
                    name.to_owned()
                }
            };
            *counts.entry(outcome).or_default() += 1;
        }
        println!("{kind}: {counts:#?}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn every_recorded_answer_is_read_and_says_what_it_used() {
    for kind in KINDS {
        let (mut whole, mut used, mut other, mut wrong) = (0, 0, 0, Vec::new());
        for exchange in exchanges(kind) {
            let Some((_, endpoint)) = endpoint_of(kind, &exchange) else {
                continue;
            };
            let body = exchange["response"]["body"].as_str().unwrap_or_default();
            if exchange["stream"] == true {
                continue;
            }
            let bounds = endpoint.answer_bounds(&Limits::default());
            let Ok(document) = Document::scan(body.to_owned().into(), bounds) else {
                other += 1; // compressed by the recorder, or no JSON at all
                continue;
            };
            endpoint.read_answer(&document).unwrap();
            let facts = endpoint.facts(&document);
            let ok = exchange["response"]["status"] == 200;
            used += usize::from(facts.usage.is_some());
            let ok = ok && facts.finish_reasons != ["queued"];
            if ok && facts.usage.is_none() && endpoint.operation != Operation::ListModels {
                wrong.push(exchange["id"].to_string());
            }
            whole += 1;
        }
        println!("{kind}: {whole} answers read, {used} with usage, {other} not JSON");
        assert!(wrong.is_empty(), "no usage: {wrong:?}");
    }
}

/// Recorded streams, cut where nobody would.
#[test]
fn every_recorded_stream_comes_out_as_it_came_where_nothing_may_change() {
    for kind in KINDS {
        let (mut same, mut used) = (0, 0);
        let mut wrong = Vec::new();
        for exchange in exchanges(kind) {
            let Some((parts, _)) = endpoint_of(kind, &exchange) else {
                continue;
            };
            let Some(answer) = streamed(&exchange) else {
                continue;
            };
            let body = exchange["request"]["body"].as_str().unwrap_or_default();
            let Ok(call) = read(kind, &parts, body) else {
                continue;
            };
            if !call.is_streamed() {
                continue;
            }
            let size = 1 + same % 97;
            let back = sent_under("report", call).into_return();
            match super::streams::through(back, answer.as_bytes().chunks(size)) {
                Ok((out, facts, finished)) => {
                    if out != answer.as_bytes() {
                        wrong.push(format!("{}: bytes differ", exchange["id"]));
                    }
                    if !finished && !out.ends_with(b"\"status_code\":400}}\n\n") {
                        wrong.push(format!("{}: no end", exchange["id"]));
                    }
                    used += usize::from(facts.usage.is_some());
                    same += 1;
                }
                Err(refusal) => wrong.push(format!("{}: {refusal:?}", exchange["id"])),
            }
        }
        println!("{kind}: {same} streams identical, {used} with usage");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What the default profile makes of recorded streams does not depend on how
/// they arrive, and stops none of them.
#[test]
fn every_recorded_stream_passes_the_default_profile_however_it_arrives() {
    for kind in KINDS {
        let (mut same, mut changed) = (0, 0);
        for exchange in exchanges(kind) {
            let Some(text) = streamed(&exchange) else {
                continue;
            };
            let back = || {
                let (parts, _) = endpoint_of(kind, &exchange)?;
                let body = exchange["request"]["body"].as_str()?;
                let call = read(kind, &parts, body).ok()?;
                let streamed = call.is_streamed();
                streamed.then(|| sent_under("default", call).into_return())
            };
            let (Some(one), Some(other)) = (back(), back()) else {
                continue;
            };
            let whole = super::streams::through(one, [text.as_bytes()]);
            let size = 1 + same % 97;
            let cut = super::streams::through(other, text.as_bytes().chunks(size));
            let (whole, cut) = (whole.unwrap().0, cut.unwrap().0);
            assert!(whole == cut, "{}: not the same in chunks", exchange["id"]);
            changed += usize::from(whole != text.as_bytes());
            same += 1;
        }
        println!("{kind}: {same} streams, {changed} of them changed");
    }
}

/// The events of an exchange that was recorded as a stream.
fn streamed(exchange: &Value) -> Option<&str> {
    let answer = exchange["response"]["body"].as_str()?;
    let events = answer.trim_start().starts_with(['d', 'e', ':']);
    let ok = exchange["stream"] == true && exchange["response"]["status"] == 200;
    (ok && events).then_some(answer)
}
