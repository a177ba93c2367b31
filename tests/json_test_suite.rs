//! The strict scanner against a published suite of JSON texts: what must be
//! accepted is, what must be refused is. Read in place; skipped where the
//! folder is missing, unless `CI=true`.
use std::{env, fs, path::PathBuf};

use bytes::Bytes;
use portcullis::wire::json::{Bounds, Document, Reason};

/// Objects with one name twice. RFC 8259 §4 leaves them open; we refuse them.
const TWINS: [&str; 2] = [
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
];

#[test]
fn the_suite_is_read_as_published() {
    let shared = env::var("PORTCULLIS_SHARED").unwrap_or_else(|_| "../shared".into());
    let folder = PathBuf::from(shared).join("json-test-suite");
    if !folder.is_dir() {
        assert_ne!(
            env::var("CI").as_deref(),
            Ok("true"),
            "{} is missing",
            folder.display()
        );
        eprintln!("skipped: {} is missing", folder.display());
        return;
    }
    let (mut accepted, mut refused) = (0, 0);
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let Some(verdict) = name.strip_suffix(".json").and_then(|name| name.get(..2)) else {
            continue;
        };
        let bytes = Bytes::from(fs::read(entry.path()).unwrap());
        let read = Document::scan(
            bytes,
            Bounds {
                depth: 64,
                nodes: 200_000,
            },
        );
        match verdict {
            "y_" if TWINS.contains(&name.as_str()) => {
                assert_eq!(read.unwrap_err().reason, Reason::Duplicate)
            }
            "y_" => {
                assert!(read.is_ok(), "{name}: {}", read.unwrap_err());
                accepted += 1;
            }
            "n_" => {
                assert!(read.is_err(), "{name} was accepted");
                refused += 1;
            }
            _ => {}
        }
    }
    assert!(
        accepted >= 90 && refused >= 180,
        "{accepted} accepted, {refused} refused"
    );
}
