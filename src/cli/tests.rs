//! Every help page word for word, and what each command prints and returns.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::{Console, Exit, Look, command, run};
use crate::{config, primitives::Code};

/// What a command said and how it ended.
pub(super) struct Said {
    pub(super) exit: Exit,
    pub(super) out: String,
    pub(super) err: String,
}

pub(super) fn portcullis(args: &[&str]) -> Said {
    portcullis_reading(args, b"")
}

pub(super) fn portcullis_reading(args: &[&str], mut input: &[u8]) -> Said {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::new(&mut input, &mut out, &mut err, Look::PLAIN);
    let args = std::iter::once("portcullis").chain(args.iter().copied());
    let exit = run(args.map(Into::into), &mut console);
    Said {
        exit,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

/// A folder with [`GOOD`] and more.
fn folder(more: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portcullis.yaml");
    fs::write(&file, format!("{GOOD}{more}")).unwrap();
    let file = file.to_str().unwrap().to_owned();
    (folder, file)
}

/// A configuration that asks for no environment.
pub(super) const GOOD: &str = "\
listen:
  data: { address: \"127.0.0.1:8080\" }
providers:
  local:
    kind: openai
    credential: none
identity:
  keys: { file: keys.yaml }
grants:
  - name: everyone
    teams: [science]
    models: [local/small]
audit:
  otlp: none
";

fn kept(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(path)
}

/// Compares with a committed file. `PORTCULLIS_BLESS=1` writes it instead.
fn is_as_kept(path: &str, text: &str) {
    let file = kept(path);
    if std::env::var_os("PORTCULLIS_BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        text, expected,
        "{path}: PORTCULLIS_BLESS=1 keeps the new text"
    );
}

#[test]
fn every_help_page_is_as_it_was_read_last() {
    let mut pages = Vec::new();
    help_pages(command().term_width(90), "portcullis", &mut pages);
    assert!(pages.len() > 15);
    let mut names: Vec<String> = pages
        .iter()
        .map(|(name, _)| format!("{name}.txt"))
        .collect();
    for (name, text) in &pages {
        is_as_kept(&format!("help/{name}.txt"), text);
    }
    let mut there: Vec<String> = fs::read_dir(kept("help"))
        .unwrap()
        .map(|one| one.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    there.sort();
    assert_eq!(names, there, "a page is kept of a command that is gone");
}

fn help_pages(mut page: clap::Command, name: &str, into: &mut Vec<(String, String)>) {
    page.build();
    into.push((name.to_owned(), page.render_long_help().to_string()));
    for below in page.get_subcommands() {
        let name = format!("{name}-{}", below.get_name());
        help_pages(below.clone().term_width(90), &name, into);
    }
}

#[test]
fn every_command_has_an_example_and_documents_its_exit_codes() {
    let root = command().render_long_help().to_string();
    for number in ["0  ", "1  ", "2  ", "3  "] {
        assert!(root.contains(&format!("\n  {number}")), "{number}");
    }
    for page in command().get_subcommands() {
        let help = page.clone().render_long_help().to_string();
        let nested = page.get_subcommands().next().is_some();
        assert!(nested || help.contains("Examples:"), "{}", page.get_name());
    }
}

#[test]
fn a_command_line_nobody_understands_ends_with_3() {
    for args in [&["serv"][..], &[], &["check", "--nope"], &["keys", "mint"]] {
        let said = portcullis(args);
        assert_eq!(said.exit, Exit::Usage, "{args:?}");
        assert!(said.out.is_empty() && !said.err.is_empty(), "{args:?}");
    }
    assert_eq!(portcullis(&["--version"]).exit, Exit::Done);
}

#[test]
fn a_reader_that_has_gone_away_is_no_fault_to_talk_about() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (mut input, mut err): (&[u8], _) = (b"", Vec::new());
    let mut gone = Gone;
    let mut console = Console::new(&mut input, &mut gone, &mut err, Look::PLAIN);
    let exit = run(["portcullis", "schema"].map(Into::into), &mut console);
    assert_eq!((exit, err.as_slice()), (Exit::Failed, &b""[..]));
}

#[test]
fn check_says_every_fault_and_ends_with_1() {
    let (_folder, file) = folder("polcy: {}\nredaction: 7\n");
    let said = portcullis(&["check", "-c", &file]);
    assert_eq!(said.exit, Exit::No);
    assert!(said.out.contains(":15:1  polcy  `polcy`\n"), "{}", said.out);
    assert!(said.out.contains("did you mean `policy`?"), "{}", said.out);
    assert!(said.out.ends_with("2 faults\n"), "{}", said.out);
    let json = portcullis(&["check", "--json", "-c", &file]).out;
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["severity"], "fault");
    assert_eq!(lines[0]["line"], 15);
}

#[test]
fn check_reads_cedar_files_too() {
    let (folder, file) = folder("policy: { files: [extra.cedar] }\n");
    let extra = folder.path().join("extra.cedar");
    fs::write(&extra, "permit (principal, action, resource);").unwrap();
    let said = portcullis(&["check", "-c", &file]);
    assert_eq!(said.exit, Exit::No);
    assert!(said.out.contains(":15:19  policy.files[0]"), "{}", said.out);
    assert!(
        said.out.contains("without `@grant(\"name\")`"),
        "{}",
        said.out
    );
    fs::write(&extra, "forbid (principal, action, resource);").unwrap();
    assert_eq!(portcullis(&["check", "-c", &file]).exit, Exit::Done);
}

#[test]
fn a_warning_is_a_fault_under_strict_alone() {
    let (_folder, file) = folder("");
    let said = portcullis(&["check", "-c", &file]);
    assert_eq!(said.exit, Exit::Done);
    assert!(
        said.out
            .contains("does not exist yet, so nobody can log in")
    );
    assert!(said.out.contains("1 warning\n"), "{}", said.out);
    assert!(said.out.contains("no faults; 1 provider, 1 grant, digest"));
    assert_eq!(
        portcullis(&["check", "--strict", "-c", &file]).exit,
        Exit::No
    );
    portcullis(&[
        "keys", "mint", "-c", &file, "--owner", "a", "--team", "science",
    ]);
    let said = portcullis(&["check", "--strict", "-c", &file]);
    assert_eq!(said.exit, Exit::Done, "{}", said.out);
}

#[test]
fn a_key_is_printed_once_and_alone() {
    let (folder, file) = folder("");
    let said = portcullis(&[
        "keys", "mint", "-c", &file, "--owner", "alice", "--team", "science",
    ]);
    assert_eq!(said.exit, Exit::Done, "{}", said.err);
    let key = said.out.strip_suffix('\n').unwrap();
    assert!(crate::identity::is_well_formed(key));
    assert!(!said.err.contains(key));
    let ring = fs::read_to_string(folder.path().join("keys.yaml")).unwrap();
    assert!(!ring.contains(key.rsplit('_').next().unwrap()));
    let listed = portcullis(&["keys", "list", "-c", &file]).out;
    assert!(
        !listed.contains(key) && listed.contains("alice  science  science"),
        "{listed}"
    );
}

#[test]
fn keys_need_no_credential_of_a_provider() {
    let (_folder, file) = folder("");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace(
        "credential: none",
        "credential: { env: PORTCULLIS_TEST_UNSET }",
    );
    fs::write(&file, text).unwrap();
    assert_eq!(portcullis(&["check", "-c", &file]).exit, Exit::No);
    let said = portcullis(&[
        "keys", "mint", "-c", &file, "--owner", "a", "--team", "science",
    ]);
    assert_eq!(said.exit, Exit::Done, "{}", said.err);
    let said = portcullis(&["policy", "explain", "-c", &file]);
    assert_eq!(said.exit, Exit::Done, "{}", said.err);
}

#[test]
fn a_revoked_key_stays_listed_as_revoked() {
    let (_folder, file) = folder("");
    portcullis(&[
        "keys", "mint", "-c", &file, "--owner", "a", "--team", "science",
    ]);
    let listed = portcullis(&["keys", "list", "--json", "-c", &file]).out;
    let key: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(key["state"], "valid");
    let id = key["id"].as_str().unwrap();
    let said = portcullis(&["keys", "revoke", "-c", &file, id]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Done, ""));
    let listed = portcullis(&["keys", "list", "-c", &file]).out;
    assert!(listed.ends_with("revoked\n"), "{listed}");
    let said = portcullis(&["keys", "revoke", "-c", &file, "nobody"]);
    assert_eq!(said.exit, Exit::Failed);
    assert_eq!(said.err, "portcullis: the keyring has no key `nobody`\n");
}

#[test]
fn a_broken_configuration_makes_no_key() {
    let (folder, file) = folder("");
    fs::write(&file, "identity: 7\n").unwrap();
    let said = portcullis(&[
        "keys", "mint", "-c", &file, "--owner", "a", "--team", "science",
    ]);
    assert_eq!(said.exit, Exit::Failed);
    assert!(
        said.err.contains("portcullis.yaml:1:11  identity"),
        "{}",
        said.err
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn policy_explain_prints_the_text_and_decides_with_a_reason() {
    let (_folder, file) = folder("");
    let text = portcullis(&["policy", "explain", "-c", &file]).out;
    assert!(text.contains("@id(\"grant:everyone\")"), "{text}");
    let ask = |more: &[&str]| portcullis(&[&["policy", "explain", "-c", &file][..], more].concat());
    let science = ["--team", "science", "--model", "local/small"];
    let said = ask(&science);
    assert_eq!(said.exit, Exit::Done);
    assert_eq!(
        said.out,
        "allowed by everyone\n  policies   grant:everyone\n  redaction  default\n  limits     everyone: for each caller, 2000000 tokens a minute, $20 a day (default)\n"
    );
    let said = ask(&[&science[..], &["--capability", "images"]].concat());
    assert_eq!(said.exit, Exit::No);
    assert!(
        said.out.starts_with("denied: the request needs `images`"),
        "{}",
        said.out
    );
    assert!(
        said.out
            .contains("portcullis explain capability_not_granted")
    );
    let said = ask(&["--team", "other", "--model", "local/small", "--json"]);
    let decision: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(decision["allowed"], false);
    assert_eq!(decision["code"], "model_not_granted");
}

#[test]
fn policy_explain_asks_for_a_key_as_its_holder_would() {
    let (_folder, file) = folder("");
    portcullis(&[
        "keys", "mint", "-c", &file, "--owner", "a", "--team", "science",
    ]);
    let listed = portcullis(&["keys", "list", "--json", "-c", &file]).out;
    let key: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let id = key["id"].as_str().unwrap();
    let ask = |model| {
        portcullis(&[
            "policy", "explain", "-c", &file, "--key", id, "--model", model,
        ])
    };
    assert_eq!(ask("local/small").exit, Exit::Done);
    assert_eq!(ask("local/large").exit, Exit::No);
}

#[test]
fn every_code_has_a_page() {
    for code in Code::ALL {
        let said = portcullis(&["explain", code.name()]);
        assert_eq!(said.exit, Exit::Done);
        for part in [code.about(), code.remedy().advice, "Who can change it:"] {
            assert!(said.out.contains(part), "{}", code.name());
        }
    }
    let all = portcullis(&["explain"]).out;
    assert_eq!(all.lines().count(), Code::ALL.len() + 1);
    let said = portcullis(&["explain", "model_not_grantd"]);
    assert_eq!(said.exit, Exit::Failed);
    assert!(
        said.err.contains("did you mean `model_not_granted`?"),
        "{}",
        said.err
    );
}

#[test]
fn the_schema_beside_the_examples_is_the_one_that_is_printed() {
    let printed = portcullis(&["schema"]).out;
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/portcullis.schema.json");
    if std::env::var_os("PORTCULLIS_BLESS").is_some() {
        fs::write(&kept, &printed).unwrap();
    }
    let same = printed == fs::read_to_string(kept).unwrap();
    assert!(same, "PORTCULLIS_BLESS=1 keeps the new schema");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&printed).unwrap(),
        config::schema()
    );
}

#[test]
fn completions_and_the_manual_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let said = portcullis(&["completions", shell]);
        assert_eq!(said.exit, Exit::Done);
        for name in command().get_subcommands().map(clap::Command::get_name) {
            assert!(said.out.contains(name), "{shell}: {name}");
        }
    }
    let page = portcullis(&["man"]).out;
    assert!(page.contains(".TH portcullis 1") && page.contains("portcullis\\-check"));
    let page = portcullis(&["man", "keys", "mint"]).out;
    assert!(page.contains("\\-\\-expires\\-in"), "{page}");
    assert_eq!(portcullis(&["man", "nothing"]).exit, Exit::Failed);
}

#[test]
fn a_keyring_others_can_write_is_warned_of() {
    let (folder, file) = folder("");
    portcullis(&[
        "keys", "mint", "-c", &file, "--owner", "a", "--team", "science",
    ]);
    let ring = folder.path().join("keys.yaml");
    fs::set_permissions(&ring, fs::Permissions::from_mode(0o620)).unwrap();
    let said = portcullis(&["check", "-c", &file]);
    assert!(
        said.out
            .contains("can be changed by others than its owner (mode 0620)")
    );
}

#[test]
fn a_gateway_that_cannot_start_says_why_and_ends_with_2() {
    let (folder, file) = folder("");
    let said = portcullis(&["serve", "-c", &file]);
    assert_eq!(said.exit, Exit::Failed);
    assert!(said.err.contains("portcullis keys mint"), "{}", said.err);
    fs::write(&file, "listen: 7\n").unwrap();
    let said = portcullis(&["serve", "-c", &file]);
    assert_eq!(said.exit, Exit::Failed);
    assert!(
        said.err.contains("portcullis.yaml:1:9  listen"),
        "{}",
        said.err
    );
    drop(folder);
}

#[test]
fn records_are_shown_as_a_table_or_byte_for_byte() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("demo");
    let dir = dir.to_str().unwrap();
    let said = portcullis(&["demo", "--once", "--port", "0", "--dir", dir]);
    assert_eq!(said.exit, Exit::Done, "{}", said.err);
    let file = format!("{dir}/portcullis.yaml");
    // the ledger can be read when a provider's credential is gone
    fs::remove_file(format!("{dir}/provider.key")).unwrap();
    let all = portcullis(&["audit", "show", "-c", &file, "--json"]).out;
    let ledger = format!("{dir}/state/audit");
    let same = portcullis(&["audit", "show", "--ledger", &ledger, "--json"]).out;
    assert_eq!(all, same);
    let last = portcullis(&["audit", "show", "-c", &file, "--json", "--last", "2"]).out;
    assert!(all.ends_with(&last) && last.lines().count() == 2);
    let record: serde_json::Value = serde_json::from_str(all.lines().nth(3).unwrap()).unwrap();
    let id = record["attributes"]["portcullis.request.id"]
        .as_str()
        .unwrap();
    let one = portcullis(&["audit", "show", "-c", &file, "--request", id]);
    assert_eq!(
        (one.exit, one.out.lines().count()),
        (Exit::Done, 4),
        "{}",
        one.out
    );
    let none = "01890a5d-ac96-774b-bcce-b302099a8057";
    let said = portcullis(&["audit", "show", "-c", &file, "--request", none]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::No, ""));
    assert_eq!(
        portcullis(&["audit", "show", "--ledger", "/nowhere/at/all"]).exit,
        Exit::Failed
    );
    let said = portcullis(&["check", "-c", &file]);
    assert!(said.out.contains("there is no such file"), "{}", said.out);
}
