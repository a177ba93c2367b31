//! Each warning, word for word, and that a sound configuration has none.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};

use super::{GOOD, environment};
use crate::{
    config::{Surroundings, review},
    identity::{MintRequest, load_or_create_master, mint},
    primitives::Team,
};

/// A day in the middle of nowhere, for keys and `until` alike.
fn now() -> Timestamp {
    date(2026, 12, 1)
        .to_zoned_datetime(TimeZone::UTC)
        .unwrap()
        .timestamp()
}

/// A folder with a key of team `science`, valid for this many days.
fn folder(days: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let master = load_or_create_master(&folder.path().join("state/master.key")).unwrap();
    let request = MintRequest {
        owner: "alice".into(),
        team: Team::new("science").unwrap(),
        tenant: None,
        expires_in: Some(Duration::from_hours(days.saturating_mul(24))),
    };
    mint(&folder.path().join("keys.yaml"), &request, &master, now()).unwrap();
    folder
}

/// What is said about this configuration in that folder, paths and ids taken out.
fn warned(folder: &Path, text: &str) -> Vec<String> {
    let file = folder.join("portcullis.yaml");
    fs::write(&file, text).unwrap();
    let around = Surroundings {
        environment: &environment,
        today: date(2026, 12, 1),
    };
    let (_plan, warnings) =
        review(&file, &around, now()).unwrap_or_else(|faults| panic!("{faults}"));
    let said = |one: &crate::config::Fault| {
        assert!(one.line.is_some(), "{one:?}");
        format!("{} {}; {}", one.path, one.problem, one.instead)
    };
    warnings.iter().map(said).collect()
}

fn bent(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

#[test]
fn a_sound_configuration_has_no_warnings() {
    assert_eq!(warned(folder(90).path(), GOOD), Vec::<String>::new());
}

#[test]
fn each_warning_is_located_and_says_what_to_do() {
    let table: &[(&str, &str, &str)] = &[
        (
            "[science]",
            "[sceince]",
            "grants[0].name is a grant nobody can use: no valid key belongs to its teams or callers",
        ),
        (
            "models: [openai/gpt-4o-mini]",
            "models: [other/x]",
            "providers.openai has no model that any grant reaches",
        ),
        (
            "address: 127.0.0.1:8080",
            "address: 0.0.0.0:8080\n    hosts: [gateway.example.com]",
            "listen.data.address takes keys and prompts unencrypted from other machines",
        ),
        (
            "default: true",
            "default: true\n    base_url: http://10.1.2.3:8000\n    allow_networks: [10.0.0.0/8]",
            "providers.openai.base_url is called unencrypted, credential and all",
        ),
        (
            "otlp: none",
            "otlp: none\n  spool: { max_bytes: 64MiB }",
            "audit.spool.max_bytes is filled in less than an hour when every key is used as fast as it may be",
        ),
    ];
    let other = "providers:\n  other: { kind: openai, credential: none }\n";
    for (from, to, expected) in table {
        let mut text = bent(from, to);
        if to.contains("other/") {
            text = text.replace("providers:\n", other);
        }
        let said = warned(folder(90).path(), &text);
        assert!(
            said.len() == 1 && said[0].starts_with(expected),
            "{to}: {said:?}"
        );
    }
}

#[test]
fn a_provider_on_this_machine_needs_no_encryption() {
    for host in [
        "127.0.0.1:8000",
        "[::1]:8000",
        "localhost:8000",
        "localhost/api",
    ] {
        let to = format!(
            "default: true\n    base_url: http://{host}\n    allow_networks: [127.0.0.0/8, \"::1/128\"]"
        );
        let said = warned(folder(90).path(), &bent("default: true", &to));
        assert_eq!(said, Vec::<String>::new(), "{host}");
    }
}

#[test]
fn a_key_that_ends_within_14_days_is_named() {
    let said = warned(folder(13).path(), GOOD);
    let [only] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert!(
        only.contains("of alice, which ends on 2026-12-14; mint"),
        "{only}"
    );
    assert!(warned(folder(14).path(), GOOD).is_empty());
}

#[test]
fn an_insecure_setting_that_ends_soon_is_named() {
    let plain = "default: true\n    base_url: http://models.example.com\n    insecure_plain_http: { reason: lab, until: DAY }";
    let until = |day: &str| {
        warned(
            folder(90).path(),
            &bent("default: true", &plain.replace("DAY", day)),
        )
    };
    assert_eq!(until("2026-12-13").len(), 2);
    assert_eq!(until("2027-03-01").len(), 1);
}

#[test]
fn without_grants_or_keys_there_is_one_warning_each() {
    let folder = tempfile::tempdir().unwrap();
    let (head, tail) = GOOD.split_once("grants:").unwrap();
    let none = format!("{head}audit:{}", tail.split_once("audit:").unwrap().1);
    let said = warned(folder.path(), &none);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].contains("does not exist yet"), "{said:?}");
    assert!(
        said[0].starts_with("grants gives nobody anything"),
        "{said:?}"
    );
}

#[test]
fn a_credential_its_group_may_read_and_a_broken_keyring_are_named() {
    let folder = folder(90);
    let key = folder.path().join("openai.key");
    fs::write(&key, "upstream-4711").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o440)).unwrap();
    let text = bent("{ env: OPENAI_API_KEY }", "{ file: openai.key }");
    let said = warned(folder.path(), &text);
    assert!(
        said.len() == 1 && said[0].contains("whole group (mode 0440)"),
        "{said:?}"
    );
    fs::write(folder.path().join("keys.yaml"), "version: 1\nkeys: [").unwrap();
    let said = warned(folder.path(), GOOD);
    assert!(
        said.len() == 1 && said[0].starts_with("identity.keys.file"),
        "{said:?}"
    );
}

#[test]
fn expired_and_revoked_keys_make_no_noise() {
    let folder = folder(1);
    let file = folder.path().join("keys.yaml");
    let later = now().checked_add(SignedDuration::from_hours(48)).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("alice"));
    fs::write(folder.path().join("portcullis.yaml"), GOOD).unwrap();
    let around = Surroundings {
        environment: &environment,
        today: date(2026, 12, 3),
    };
    let (_plan, warnings) = review(&folder.path().join("portcullis.yaml"), &around, later).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
}

#[test]
fn a_certificate_that_ends_soon_is_named() {
    let folder = folder(90);
    let key = rcgen::KeyPair::generate().unwrap();
    fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    fs::set_permissions(
        folder.path().join("key.pem"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let text = bent(
        "address: 127.0.0.1:8080",
        "address: 127.0.0.1:8080\n    tls: { certificate: chain.pem, key: key.pem }",
    );
    let until = |month, day| {
        let mut asked = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap();
        asked.not_before = rcgen::date_time_ymd(2020, 1, 1);
        asked.not_after = rcgen::date_time_ymd(2026, month, day);
        let pem = asked.self_signed(&key).unwrap().pem();
        fs::write(folder.path().join("chain.pem"), pem).unwrap();
        warned(folder.path(), &text)
    };
    assert_eq!(until(12, 30), Vec::<String>::new());
    let said = until(12, 14);
    assert!(
        said.len() == 1 && said[0].contains("ends on 2026-12-14"),
        "{said:?}"
    );
}
