//! What `scan` prints of texts, files and folders, and how it ends.

use std::fs;

use serde_json::{Value, json};

use crate::cli::{
    Exit,
    tests::{Said, portcullis, portcullis_reading},
};

const CARD: &str = "4111 1111 1111 1111";

fn scan(args: &[&str], input: &str) -> Said {
    portcullis_reading(&[&["scan"], args].concat(), input.as_bytes())
}

#[test]
fn what_is_found_is_replaced_and_counted_elsewhere() {
    let said = scan(&[], &format!("My card is {CARD}.\nThat is all.\n"));
    assert_eq!(said.exit, Exit::No);
    assert_eq!(said.out, "My card is [CREDIT_CARD].\nThat is all.\n");
    assert_eq!(
        said.err,
        "TYPE         ACTION   FOUND\ncredit_card  replace  1\n1 values in 1 of 1 texts\n"
    );
    let said = scan(&["-"], "Nothing here.\n");
    assert_eq!(
        (said.exit, said.out.as_str()),
        (Exit::Done, "Nothing here.\n")
    );
}

#[test]
fn a_list_says_where_and_never_what() {
    let said = scan(&["--list"], &format!("é one\n é {CARD}\n"));
    assert_eq!(said.exit, Exit::No);
    assert!(said.out.starts_with("-:2:4  credit_card  "), "{}", said.out);
    assert!(!said.out.contains("4111"));
}

#[test]
fn lines_of_json_get_spans_in_bytes() {
    let line = json!({"id": "a", "text": format!("é {CARD}")});
    let said = scan(
        &["--jsonl"],
        &format!("{line}\n\n{{\"id\":7,\"text\":\"no\"}}\n"),
    );
    assert_eq!(said.exit, Exit::No);
    let answers: Vec<Value> = said
        .out
        .lines()
        .map(|one| serde_json::from_str(one).unwrap())
        .collect();
    assert_eq!(answers[0]["id"], "a");
    let span = &answers[0]["spans"][0];
    assert_eq!((&span["start"], &span["end"]), (&json!(3), &json!(22)));
    assert_eq!(span["type"], "credit_card");
    assert!(
        span["score"]
            .as_f64()
            .is_some_and(|score| (0.5..=1.0).contains(&score))
    );
    assert_eq!(answers[1], json!({"id": 7, "spans": []}));
}

#[test]
fn a_line_that_is_not_asked_right_is_named_and_the_others_are_answered() {
    let said = scan(
        &["--jsonl"],
        &format!("{{\"id\":1}}\n{CARD}\n{{\"id\":2,\"text\":\"x\"}}"),
    );
    assert_eq!(said.exit, Exit::Failed);
    assert_eq!(said.out, "{\"id\":2,\"spans\":[]}\n");
    assert!(
        said.err
            .contains("portcullis: -: line 1: is not {\"id\",\"text\"}"),
        "{}",
        said.err
    );
    assert!(said.err.contains("line 2") && !said.err.contains("4111"));
}

#[test]
fn a_folder_is_read_with_hidden_files_and_without_ignored_ones() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    write(".git/config", CARD.as_bytes());
    write(".env", CARD.as_bytes());
    write(".gitignore", b"left-out.txt\n");
    write("left-out.txt", CARD.as_bytes());
    write("picture.bin", b"\x00\xff4111 1111 1111 1111");
    write("plain.txt", b"nothing");
    let path = folder.path().to_str().unwrap();
    let said = scan(&["--list", path], "");
    assert_eq!(said.exit, Exit::No);
    assert_eq!(said.out.lines().count(), 1, "{}", said.out);
    assert!(
        said.out
            .starts_with(&format!("{path}/.env:1:1  credit_card"))
    );
    assert!(
        said.err
            .ends_with("1 values in 1 of 3 texts, 1 files skipped: not text\n"),
        "{}",
        said.err
    );
}

#[test]
fn what_cannot_be_read_is_an_error_whatever_else_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("binary");
    fs::write(&binary, b"\xff").unwrap();
    for path in [binary.to_str().unwrap(), "/nowhere/at/all"] {
        let said = scan(&["-", path], CARD);
        assert_eq!(said.exit, Exit::Failed);
        assert!(
            said.out.contains("[CREDIT_CARD]") && said.err.contains(path),
            "{}",
            said.err
        );
    }
}

#[test]
fn a_profile_of_the_configuration_decides() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portcullis.yaml");
    let text = crate::cli::tests::GOOD.to_owned()
        + "redaction: { profiles: { lenient: { requests: { credit_card: report } } } }\n";
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let said = scan(&["--profile", "lenient", "-c", file], CARD);
    assert_eq!((said.exit, said.out.as_str()), (Exit::No, CARD));
    assert!(said.err.contains("credit_card  report  1"), "{}", said.err);
    let said = scan(&["--profile", "lenient"], CARD);
    assert_eq!(said.exit, Exit::Failed);
    assert_eq!(said.err, "portcullis: there is no profile `lenient`\n");
    assert_eq!(portcullis(&["check", "-c", file]).exit, Exit::Done);
}
