//! What a configuration may hold, what is refused, and that nothing stops the reader.

mod examples;
mod said;
mod warned;

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use jiff::civil::date;
use proptest::{prelude::*, sample::Index, test_runner::Config};

use said::{GOOD, MANY, MANY_SAID, SYNTAX, TABLE};

use super::{Faults, Plan, Surroundings, load, parse, schema, schema::Shape, structure};

#[test]
fn a_good_file_becomes_a_plan() {
    let (folder, plan) = check(GOOD);
    let plan = plan.unwrap();
    let [openai] = plan.sections.providers.as_slice() else {
        panic!("one provider");
    };
    assert_eq!(openai.name().as_str(), "openai");
    assert!(openai.repeats_credential(b"upstream-4711"));
    assert_eq!(plan.state_dir, folder.path().join("state"));
    assert_eq!(plan.master_file, folder.path().join("state/master.key"));
    let keys = Path::new(&plan.sections.identity.keys.file);
    assert_eq!(keys, folder.path().join("keys.yaml"));
    assert!(!format!("{plan:?}").contains("upstream-4711"));
}

#[test]
fn an_editor_of_another_system_changes_nothing() {
    let (_folder, plan) = check(format!("\u{feff}{}", GOOD.replace('\n', "\r\n")));
    assert!(plan.is_ok(), "{}", plan.unwrap_err());
}

#[test]
fn each_fault_is_located_and_says_what_to_write() {
    for (from, to, expected) in TABLE {
        assert_eq!(said(bent(from, to)).trim_end(), expected.trim(), "{to}");
    }
}

#[test]
fn every_fault_of_every_stage_comes_out_of_one_run() {
    assert_eq!(said(MANY), MANY_SAID);
}

#[test]
fn what_is_no_yaml_document_is_refused_at_its_place() {
    for (text, expected) in SYNTAX {
        assert_eq!(said(text).trim_end(), expected.trim(), "{text:?}");
    }
}

#[test]
fn a_byte_that_is_not_utf8_is_located() {
    assert_eq!(
        said(b"listen:\n  \xc3\xa9: \xff\n"),
        "portcullis.yaml:2:6\n  is not UTF-8 from here on; save the file as UTF-8\n\n1 fault\n"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let absent = check_in(Path::new("nowhere"), "a.yaml").unwrap_err();
    assert_eq!(
        absent.to_string(),
        "nowhere/a.yaml\n  there is no such file; create it, or correct the path\n\n1 fault\n"
    );
    let folder = check_in(Path::new("/"), "tmp").unwrap_err();
    assert_eq!(
        folder.to_string(),
        "/tmp\n  is a folder; name a file\n\n1 fault\n"
    );
}

#[test]
fn a_credential_written_into_the_file_is_refused_and_never_repeated() {
    for written in [
        "hunter2hunter2",
        "{ env: sk-proj-4f9aQ }",
        "{ env: hunter2 hunter2 }",
        "{ key: hunter2 }",
        "{ evn: sk-proj-4f9aQ }",
        "[hunter2]",
        "4711",
    ] {
        let (_folder, plan) = check(bent("{ env: OPENAI_API_KEY }", written));
        let faults = plan.unwrap_err();
        for said in [faults.to_string(), faults.json_lines()] {
            for secret in ["hunter2", "sk-proj", "4711"] {
                assert!(!said.contains(secret), "{written}: {said}");
            }
        }
    }
}

#[test]
fn a_credential_file_is_private_and_holds_a_credential() {
    for (mode, content, expected) in [
        (0o400, "upstream-4711\n", None),
        (0o440, "upstream-4711", None),
        (
            0o644,
            "upstream-4711",
            Some("can be reached by every user of this machine (mode 0644)"),
        ),
        (0o400, "changeme\n", Some("holds a placeholder")),
        (0o400, "\n", Some("holds nothing")),
        (
            0o400,
            "two\nlines\n",
            Some("holds text with a space, a line break or another character no credential has"),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("openai.key");
        fs::write(&key, content).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let text = bent("{ env: OPENAI_API_KEY }", "{ file: openai.key }");
        fs::write(folder.path().join("portcullis.yaml"), text).unwrap();
        let plan = check_in(folder.path(), "portcullis.yaml");
        let problem = plan.err().map(|faults| {
            let fault = faults.iter().next().unwrap().clone();
            assert_eq!(fault.path, "providers.openai.credential.file");
            assert_eq!((fault.line, fault.column), (Some(7), Some(25)));
            fault.problem
        });
        assert_eq!(problem.as_deref(), expected, "{content:?}");
    }
}

#[test]
fn a_master_secret_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("portcullis.yaml"), GOOD).unwrap();
    fs::create_dir(folder.path().join("state")).unwrap();
    let master = folder.path().join("state/master.key");
    fs::write(&master, MASTER).unwrap();
    fs::set_permissions(&master, fs::Permissions::from_mode(0o604)).unwrap();
    let faults = check_in(folder.path(), "portcullis.yaml").unwrap_err();
    assert_eq!(faults.iter().next().unwrap().path, "secrets.master.file");
    fs::set_permissions(&master, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(check_in(folder.path(), "portcullis.yaml").is_ok());
}

#[test]
fn the_digest_covers_policy_files_and_no_credential() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{GOOD}policy: {{ files: [extra.cedar] }}\n");
    fs::write(folder.path().join("portcullis.yaml"), text).unwrap();
    let digest = |policy: &str| {
        fs::write(folder.path().join("extra.cedar"), policy).unwrap();
        check_in(folder.path(), "portcullis.yaml").unwrap().digest
    };
    let first = digest("forbid (principal, action, resource);");
    assert_eq!(first, digest("forbid (principal, action, resource);"));
    assert_ne!(first, digest("// forbid (principal, action, resource);"));
}

#[test]
fn every_example_becomes_a_plan() {
    let examples = fs::read_dir(examples()).unwrap();
    let mut seen = 0;
    for example in examples {
        let example = example.unwrap().path();
        if example.extension().is_none_or(|one| one != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&example).unwrap();
        let (_folder, plan) = check(text);
        assert!(plan.is_ok(), "{}: {}", example.display(), plan.unwrap_err());
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn an_example_does_not_run_before_its_credentials_are_set() {
    let nothing = |_: &str| None;
    let around = Surroundings {
        environment: &nothing,
        today: date(2026, 12, 1),
    };
    let faults = load(&examples().join("portcullis.yaml"), &around).unwrap_err();
    assert_eq!(faults.len(), 2);
}

#[test]
fn the_reference_names_every_setting_this_version_takes() {
    let text = fs::read_to_string(examples().join("portcullis.yaml")).unwrap();
    let mut named = Vec::new();
    keys_of(&schema(), &mut named);
    named.retain(|key| !NOT_YET.contains(&key.as_str()));
    assert!(named.len() > 40);
    for key in named {
        assert!(text.contains(&format!("{key}:")), "{key}");
    }
}

#[test]
fn what_the_reference_keeps_behind_a_hash_is_no_misspelling() {
    let text = fs::read_to_string(examples().join("portcullis.yaml")).unwrap();
    let lines: Vec<String> = text.lines().map(uncovered).collect();
    assert!(lines.iter().any(|line| line.starts_with("  legacy:")));
    let mut faults = Faults::new("portcullis.yaml");
    let root = parse::parse(&lines.join("\n"), &mut faults);
    let mut root = root.unwrap_or_else(|| panic!("{faults}"));
    structure::check(&mut root, &Shape::of_settings(), &mut faults);
    assert!(faults.is_empty(), "{faults}");
}

proptest! {
    #![proptest_config(Config { cases: 128, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_misspelt_or_missing_key_is_a_located_fault_or_a_default(
        which: Index, letter: Index, slip in 0_u8..4, other in "[a-z_]",
    ) {
        let text = fs::read_to_string(examples().join("portcullis.yaml")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let keyed: Vec<usize> = (0..lines.len()).filter(|at| key_of(lines[*at]).is_some()).collect();
        let at = *which.get(&keyed);
        let key = key_of(lines[at]).unwrap();
        let letter = letter.index(key.len());
        let mut misspelt = key.to_owned();
        match slip {
            0 => misspelt.insert_str(letter, &other),
            1 => drop(misspelt.remove(letter)),
            2 => misspelt.replace_range(letter..=letter, &other),
            _ => misspelt.clear(),
        }
        let mut bent: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        if misspelt.is_empty() {
            bent.remove(at);
        } else {
            bent[at] = lines[at].replacen(key, &misspelt, 1);
        }
        let (_folder, plan) = check(bent.join("\n"));
        match plan {
            Ok(_) => prop_assert!(
                misspelt.is_empty() || misspelt == key || FREE_NAMES.contains(&key),
                "{key} -> {misspelt}"
            ),
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                prop_assert!(faults.iter().all(|fault| fault.line.is_some()), "{faults}");
            }
        }
    }

    #[test]
    fn no_text_makes_check_stop(at: Index, cut in 0_usize..40, put in "[ \\-:{}\\[\\]#&*!|>'\"%@`a0\t\n,?~é]{0,6}") {
        let mut text: Vec<char> = GOOD.chars().collect();
        let at = at.index(text.len());
        let end = at.saturating_add(cut).min(text.len());
        text.splice(at..end, put.chars());
        let (_folder, plan) = check(text.into_iter().collect::<String>());
        if let Err(faults) = plan {
            prop_assert!(faults.iter().all(|fault| fault.line.is_some()), "{faults}");
        }
    }
}

fn environment(name: &str) -> Option<OsString> {
    match name {
        "OPENAI_API_KEY" | "ANTHROPIC_API_KEY" => Some("upstream-4711".into()),
        "SAMPLE" => Some("sk-...".into()),
        "EMPTY" => Some("".into()),
        _ => None,
    }
}

fn check_in(folder: &Path, file: &str) -> Result<Plan, Faults> {
    let around = Surroundings {
        environment: &environment,
        today: date(2026, 12, 1),
    };
    load(&folder.join(file), &around)
}

fn check(text: impl AsRef<[u8]>) -> (tempfile::TempDir, Result<Plan, Faults>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("portcullis.yaml"), text).unwrap();
    let plan = check_in(folder.path(), "portcullis.yaml");
    (folder, plan)
}

/// What `check` prints, with the folder taken out.
fn said(text: impl AsRef<[u8]>) -> String {
    let (folder, plan) = check(text);
    let prefix = format!("{}/", folder.path().display());
    plan.unwrap_err().to_string().replace(&prefix, "")
}

/// The good file with one thing changed.
fn bent(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config")
}

/// The key a line of block style begins with.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.trim_start_matches([' ', '-']).split_once(':')?;
    let plain = key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    (plain && !key.is_empty()).then_some(key)
}

/// The line without its `# ` if a setting is behind that, and not a sentence.
fn uncovered(line: &str) -> String {
    let bare = line.replacen("# ", "", 1);
    let hidden = line.starts_with(' ') && line.trim_start().starts_with("# ");
    if hidden && key_of(&bare).is_some() {
        bare
    } else {
        line.to_owned()
    }
}

fn keys_of(schema: &serde_json::Value, into: &mut Vec<String>) {
    if let Some(properties) = schema.get("properties").and_then(|one| one.as_object()) {
        into.extend(properties.keys().cloned());
    }
    if let Some(parts) = schema.get("$defs").and_then(|one| one.as_object()) {
        parts.values().for_each(|part| keys_of(part, into));
    }
}

/// A master secret as `openssl rand -hex 32` makes them, in order.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// Names in the reference that the user chooses.
const FREE_NAMES: [&str; 3] = ["openai", "anthropic", "default"];

/// Settings the reference leaves out because they are refused so far.
const NOT_YET: [&str; 6] = [
    "admin",
    "redis",
    "usd_per_hour",
    "usd_per_day",
    "usd_per_month",
    "max_output_tokens",
];
