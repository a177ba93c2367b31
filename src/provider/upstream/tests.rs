use jiff::civil::{Date, date};

use super::*;
use crate::{
    primitives::SettingFault,
    provider::{
        settings::{InsecureSettings, ProviderSettings},
        tests::{load, settings},
    },
};

const TODAY: Date = date(2026, 11, 24);

fn faults(settings: &ProviderSettings) -> Vec<SettingFault> {
    let name = ProviderName::new("it").unwrap();
    Upstream::load(name, settings, None, TODAY).unwrap_err()
}

/// Path and problem of the only fault.
fn fault(settings: &ProviderSettings) -> (String, String) {
    let mut found = faults(settings);
    assert_eq!(found.len(), 1, "{found:?}");
    let one = found.remove(0);
    (one.path, one.problem)
}

fn plain(networks: &[&str], insecure: Option<(&str, &str)>) -> ProviderSettings {
    ProviderSettings {
        base_url: Some("http://127.0.0.1:8000".into()),
        allow_networks: networks.iter().map(ToString::to_string).collect(),
        insecure_plain_http: insecure.map(|(reason, until)| InsecureSettings {
            reason: reason.into(),
            until: until.into(),
        }),
        ..settings("openai")
    }
}

#[test]
fn vendors_are_where_they_are_unless_somebody_says_otherwise() {
    let it = load("it", &settings("openai"));
    assert_eq!(it.origin().to_string(), "https://api.openai.com");
    let it = load("it", &settings("anthropic"));
    assert_eq!(it.origin().to_string(), "https://api.anthropic.com");
    assert_eq!(
        (it.kind(), it.name().as_str(), it.is_default()),
        ("anthropic", "it", false)
    );
    assert_eq!(it.plain_http(), Plain::Never);
}

#[test]
fn an_unknown_kind_names_the_known_ones() {
    let found = faults(&settings("Openai"));
    assert_eq!(found[0].path, "kind");
    assert_eq!(found[0].value.as_deref(), Some("Openai"));
    assert_eq!(
        found[0].instead,
        "write `openai`, `openai-compatible` or `anthropic`"
    );
}

#[test]
fn a_compatible_server_can_be_anywhere_so_somebody_says_where() {
    assert_eq!(fault(&settings("openai-compatible")).0, "base_url");
    let near = ProviderSettings {
        kind: "openai-compatible".into(),
        ..plain(&["127.0.0.0/8"], None)
    };
    let it = load("it", &near);
    for path in ["/v1", "/openai/v1", "/api/v1"].map(|one| format!("{one}/chat/completions")) {
        assert!(it.endpoint(&Method::POST, &path).is_ok(), "{path}");
    }
    assert!(it.endpoint(&Method::POST, "/chat/completions").is_err());
    let booked = ProviderSettings {
        project: Some("p".into()),
        ..near
    };
    assert_eq!(fault(&booked).0, "project");
}

#[test]
fn every_mistake_is_told_at_once() {
    let wrong = ProviderSettings {
        base_url: Some("https://h.example/".into()),
        allow_networks: vec!["10.0.0.0/8".into(), "x".into()],
        organization: Some("o".into()),
        project: Some("p".into()),
        ..settings("anthropic")
    };
    let paths: Vec<_> = faults(&wrong).into_iter().map(|one| one.path).collect();
    assert_eq!(
        paths,
        ["base_url", "allow_networks[1]", "organization", "project"]
    );
}

#[test]
fn a_base_url_does_not_repeat_what_callers_bring_along() {
    let twice = ProviderSettings {
        base_url: Some("https://h.example/v1".into()),
        ..settings("openai")
    };
    let (path, problem) = fault(&twice);
    assert_eq!(path, "base_url");
    assert!(problem.contains("`/v1`"), "{problem}");
}

#[test]
fn prompts_travel_in_the_clear_to_near_networks_only() {
    assert_eq!(
        load("it", &plain(&["127.0.0.0/8"], None)).plain_http(),
        Plain::WithinNetworks
    );
    for networks in [
        &[][..],
        &["203.0.113.0/24"],
        &["127.0.0.0/8", "203.0.113.0/24"],
    ] {
        let (path, problem) = fault(&plain(networks, None));
        assert_eq!(path, "base_url");
        assert!(problem.contains("unencrypted"), "{problem}");
    }
}

#[test]
fn a_risk_is_taken_on_with_a_reason_and_an_end() {
    let until = |reason, day| plain(&[], Some((reason, day)));
    let taken = load("it", &until("a lab", "2026-11-24"));
    assert_eq!(taken.plain_http(), Plain::Anywhere);
    for (reason, day, path, problem) in [
        (
            "a lab",
            "2026-11-23",
            "insecure_plain_http.until",
            "is over",
        ),
        (
            "a lab",
            "tomorrow",
            "insecure_plain_http.until",
            "is not a day",
        ),
        (
            "a lab",
            "2026-13-01",
            "insecure_plain_http.until",
            "is not a day",
        ),
        (
            "a lab",
            "20261231",
            "insecure_plain_http.until",
            "is not a day",
        ),
        (" ", "2026-12-31", "insecure_plain_http.reason", "is empty"),
    ] {
        let found = fault(&until(reason, day));
        assert_eq!(found, (path.into(), problem.into()), "{reason} {day}");
    }
    let idle = ProviderSettings {
        base_url: Some("https://h.example".into()),
        ..until("a lab", "2026-12-31")
    };
    assert_eq!(fault(&idle).0, "insecure_plain_http");
}

#[test]
fn a_certificate_authority_needs_tls() {
    let idle = ProviderSettings {
        ca_file: Some("/etc/ca.pem".into()),
        ..plain(&["127.0.0.0/8"], None)
    };
    assert_eq!(fault(&idle).0, "ca_file");
}

#[test]
fn a_header_cannot_be_smuggled_into_the_settings() {
    for value in ["", "a b", "a\r\nx: y", "ä"] {
        let wrong = ProviderSettings {
            organization: Some(value.into()),
            ..settings("openai")
        };
        assert_eq!(fault(&wrong).0, "organization", "{value:?}");
    }
}

#[test]
fn a_path_leads_to_the_provider_it_names_or_to_the_default() {
    let default = ProviderSettings {
        default: true,
        ..settings("openai")
    };
    let all = Upstreams::new(vec![load("a", &settings("anthropic")), load("b", &default)]);
    let find = |path| {
        all.find(path)
            .map(|(one, below)| (one.name().to_string(), below))
    };
    assert_eq!(find("/a/v1/x"), Some(("a".into(), "/v1/x")));
    assert_eq!(find("/v1/x"), Some(("b".into(), "/v1/x")));
    assert_eq!(find("/b"), Some(("b".into(), "")));
    for path in [
        "/c/v1/x",
        "/A/v1/x",
        "//a/v1/x",
        "a/v1/x",
        "/",
        "",
        "/a%2Fv1/x",
        "/v1x",
    ] {
        assert_eq!(find(path), None, "{path}");
    }
    assert_eq!(all.iter().count(), 2);
    let none = Upstreams::new(vec![load("a", &settings("anthropic"))]);
    assert!(none.find("/v1/x").is_none());
}
