//! How good detection is, on corpora nobody here wrote.
//!
//! Predictions of two profiles go to a temporary folder, the corpora's own
//! scorer reads them, and what it says must not fall under the floors below.
//! Floors only go up. Without the corpora (`PORTCULLIS_SHARED`, `../shared`)
//! the test says so and passes, except where `CI=true`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a test that cannot read its input should stop"
)]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::Command,
};

use portcullis::redact::detector::{Detected, Detectors, PORTCULLIS_KEY, Wanted};
use serde_json::{Value, json};

/// What is measured, and the most it may be, in percent or per MB.
const FLOORS: [(&str, f64); 8] = [
    ("secrets, foreign corpora: spans missed %", 9.0),
    ("secrets, all corpora: characters leaked %", 2.0),
    ("structured personal data: spans missed %", 3.5),
    ("structured personal data, all: spans missed %", 24.0),
    ("names, addresses, birth dates: spans missed %", 28.0),
    // Nearly all are values: sample people in the documents of a masking tool.
    ("code and documents: false positives per MB", 13.0),
    ("LLM leaves: false positives per MB", 4.0),
    ("evasion, text level: records not masked in full %", 4.0),
];

const CONTEXTUAL: [&str; 3] = ["person_name", "street_address", "date_of_birth"];
/// Carriers, opened before text is scanned, and codes nobody reads by eye.
const NOT_TEXT: [&str; 25] = [
    "02", "03", "04", "05", "06", "24", "25", "36", "39", "50", "51", "52", "53", "54", "55", "60",
    "61", "62", "63", "64", "65", "66", "67", "68", "69",
];

#[test]
fn scores_stay_above_their_floors() {
    let shared = std::env::var_os("PORTCULLIS_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let corpora = shared.join("detection");
    if !corpora.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "CI has the corpora");
        println!("skipped: no corpora at {}", corpora.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("PORTCULLIS_PREDICTIONS")
        .map_or_else(|| folder.path().to_owned(), PathBuf::from);
    let default = score(&corpora.join("dev"), &Wanted::shipped(), &folder, "default");
    let names = score(
        &corpora.join("dev"),
        &Wanted::with_names(),
        &folder,
        "names",
    );
    let evasion = corpora.join("evasion/evasion.jsonl");
    let measured = [
        missed(&default, "secrets", |name, _| {
            ["secrets_creddata", "secrets_noseyparker", "secrets_pywhat"].contains(&name)
        }),
        leaked(&default, |name| name.starts_with("secrets")),
        missed(&default, "pii", |name, kind| {
            name != "pii_presidio_tests" && !CONTEXTUAL.contains(&kind)
        }),
        missed(&default, "pii", |_, kind| !CONTEXTUAL.contains(&kind)),
        missed(&names, "pii", |_, kind| CONTEXTUAL.contains(&kind)),
        default["benign_code_docs"]["fp_per_MB"].as_f64().unwrap(),
        default["benign_llm_leaves"]["fp_per_MB"].as_f64().unwrap(),
        not_masked(&evasion, &folder),
    ];
    let mut fallen = Vec::new();
    for ((name, most), measured) in FLOORS.iter().zip(measured) {
        println!("{name:52} {measured:8.2}  (at most {most})");
        if measured > *most {
            fallen.push(*name);
        }
    }
    assert!(fallen.is_empty(), "under their floors: {fallen:?}");
}

fn find(detectors: &Detectors, text: &str, wanted: &Wanted) -> Vec<Detected> {
    let mut out = Vec::new();
    detectors.find(text, wanted, &mut out);
    out
}

fn records(path: &Path) -> impl Iterator<Item = Value> {
    BufReader::new(File::open(path).unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

/// Writes predictions for every file of `gold` and lets the scorer read them.
fn score(gold: &Path, wanted: &Wanted, folder: &Path, profile: &str) -> Value {
    let detectors = Detectors::shipped().unwrap();
    let predictions = folder.join(format!("{profile}.jsonl"));
    let mut out = BufWriter::new(File::create(&predictions).unwrap());
    let mut files: Vec<_> = fs::read_dir(gold)
        .unwrap()
        .map(|one| one.unwrap().path())
        .collect();
    files.sort();
    for record in files.iter().flat_map(|path| records(path)) {
        let spans: Vec<_> = find(&detectors, record["text"].as_str().unwrap(), wanted)
            .iter()
            .map(|one| {
                json!({
                    "start": one.range.start, "end": one.range.end, "type": one.entity.name(),
                    "score": f64::from(one.confidence.percent()) / 100.0,
                })
            })
            .collect();
        writeln!(out, "{}", json!({"id": record["id"], "spans": spans})).unwrap();
    }
    out.flush().unwrap();
    let scores = folder.join(format!("{profile}.json"));
    let ran = Command::new("python3")
        .arg(gold.join("../score.py"))
        .args(["--per-type", "--gold"])
        .arg(gold)
        .arg("--pred")
        .arg(&predictions)
        .arg("--json")
        .arg(&scores)
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    println!(
        "profile {profile}\n{}",
        String::from_utf8_lossy(&ran.stdout)
    );
    serde_json::from_reader(File::open(scores).unwrap()).unwrap()
}

/// Percent of the gold spans of some types that no prediction touches.
fn missed(scores: &Value, family: &str, counts: impl Fn(&str, &str) -> bool) -> f64 {
    let (mut gold, mut missed) = (0.0, 0.0);
    for (name, file) in scores.as_object().unwrap() {
        if !name.starts_with(family) {
            continue;
        }
        for (kind, one) in file["types"].as_object().unwrap() {
            if counts(name, kind) {
                gold += one["gold"].as_f64().unwrap();
                missed += one["missed"].as_f64().unwrap();
            }
        }
    }
    100.0 * missed / gold
}

fn leaked(scores: &Value, counts: impl Fn(&str) -> bool) -> f64 {
    let (mut all, mut left) = (0.0, 0.0);
    for (_, file) in scores
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| counts(name))
    {
        for one in file["types"].as_object().unwrap().values() {
            all += one["chars"].as_f64().unwrap();
            left += one["left"].as_f64().unwrap();
        }
    }
    100.0 * left / all
}

/// Percent of evasion records with a sensitive character left in the open.
fn not_masked(path: &Path, folder: &Path) -> f64 {
    let detectors = Detectors::shipped().unwrap();
    let mut by_technique: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut out = BufWriter::new(File::create(folder.join("evasion.jsonl")).unwrap());
    for record in records(path) {
        let technique = record["technique"].as_str().unwrap().to_owned();
        if NOT_TEXT.iter().any(|head| technique.starts_with(head)) {
            continue;
        }
        let text = record["text"].as_str().unwrap();
        let found = find(&detectors, text, &Wanted::with_names());
        let covered = |at: u64| {
            found
                .iter()
                .any(|one| one.range.contains(&usize::try_from(at).unwrap()))
        };
        let whole = record["spans"].as_array().unwrap().iter().all(|span| {
            (span["start"].as_u64().unwrap()..span["end"].as_u64().unwrap())
                .filter(|at| text.as_bytes()[usize::try_from(*at).unwrap()].is_ascii_alphanumeric())
                .all(covered)
        });
        if !whole {
            let spans: Vec<_> = found
                .iter()
                .map(|one| (one.range.clone(), one.entity.name()))
                .collect();
            writeln!(out, "{} {:?}\n   {text}", record["id"], spans).unwrap();
        }
        let counts = by_technique.entry(technique).or_default();
        *counts = (counts.0 + 1, counts.1 + u32::from(!whole));
    }
    for (technique, (all, left)) in &by_technique {
        println!("{technique:44} {:3} of {all:3} masked", all - left);
    }
    let all: u32 = by_technique.values().map(|one| one.0).sum();
    let left: u32 = by_technique.values().map(|one| one.1).sum();
    100.0 * f64::from(left) / f64::from(all)
}

#[test]
fn our_own_keys_have_one_published_form() {
    assert_eq!(PORTCULLIS_KEY, portcullis::identity::PATTERN);
}
