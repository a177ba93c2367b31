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

/// Recorded exchanges of operations this version has, of one provider.
fn exchanges(provider: &str) -> Vec<Value> {
    let lines = recordings().map(BufRead::lines).into_iter().flatten();
    let all = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    all.filter(|one| one["provider"] == provider && one["request"]["path"].is_string())
        .collect()
}

fn endpoint_of(kind: &str, exchange: &Value) -> Option<(Parts, &'static Endpoint)> {
    let request = &exchange["request"];
    let method = request["method"].as_str()?.parse().ok()?;
    let parts = head(method, request["path"].as_str()?);
    let below = parts.uri.path().strip_prefix("/it")?;
    let endpoint = upstream(kind).endpoint(&parts.method, below).ok()?;
    Some((parts, endpoint))
}

/// Recorded requests that are refused, and why that is right.
const REFUSED: &[(&str, &str)] = &[
    // A message where a content part belongs; the provider said 400 too.
    ("1b2bb916a5d7d01cb111efa2", "content_part_unknown"),
    // `dimensions` below zero; the provider said 400 too.
    ("de6da1bc0857c5d7262052a1", "invalid_field"),
    // Recorded without its body.
    ("13696b5a3d13d70e95bbc3ba", "invalid_json"),
];

#[test]
fn every_recorded_request_is_read_or_refused_for_a_known_reason() {
    for kind in ["openai", "anthropic"] {
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
                    if refusal.code() != Code::StreamNotAvailable && !REFUSED.contains(&(id, name))
                    {
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
    for kind in ["openai", "anthropic"] {
        let (mut whole, mut used) = (0, 0);
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
                println!("{}: no JSON", exchange["id"]);
                continue;
            };
            endpoint.read_answer(&document).unwrap();
            let facts = endpoint.facts(&document);
            let ok = exchange["response"]["status"] == 200;
            if ok && endpoint.operation != Operation::ListModels {
                assert!(facts.usage.is_some(), "{}", exchange["id"]);
                used += 1;
            }
            whole += 1;
        }
        println!("{kind}: {whole} answers read, {used} with usage");
    }
}
