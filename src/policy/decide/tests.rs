use super::*;
use crate::primitives::{CredentialId, CredentialKind, Team, Tenant};

fn caller(owner: &str, team: &str) -> Caller {
    Caller {
        owner: owner.into(),
        team: Team::new(team).unwrap(),
        tenant: Tenant::new(team).unwrap(),
        credential: CredentialId::new("k1").unwrap(),
        kind: CredentialKind::ApiKey,
    }
}

fn grant(name: &str, teams: &[&str], models: &[&str]) -> GrantSettings {
    let own = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    GrantSettings {
        name: name.into(),
        teams: own(teams),
        callers: Vec::new(),
        models: own(models),
        allow: None,
        redaction: None,
        limits: None,
    }
}

fn providers() -> BTreeSet<ProviderName> {
    ["openai", "local"]
        .iter()
        .map(|name| ProviderName::new(name).unwrap())
        .collect()
}

fn policy(grants: &[GrantSettings], file: &str) -> Policy {
    let files = if file.is_empty() {
        Vec::new()
    } else {
        vec![("more.cedar".into(), file.into())]
    };
    Policy::load(grants, &files, &providers()).unwrap()
}

fn ask(
    policy: &Policy,
    caller: &Caller,
    model: &str,
    capabilities: &[Capability],
) -> Result<Permit, Refusal> {
    policy.decide(&Question {
        caller,
        operation: Operation::Chat,
        provider: &ProviderName::new("openai").unwrap(),
        model: Some(&ModelName::new(model).unwrap()),
        capabilities: capabilities.iter().copied().collect(),
    })
}

fn code(answer: Result<Permit, Refusal>) -> Code {
    answer.unwrap_err().code()
}

#[test]
fn nothing_is_allowed_without_a_grant() {
    let empty = policy(&[], "");
    assert_eq!(
        code(ask(&empty, &caller("a", "t"), "gpt-4o", &[])),
        Code::ModelNotGranted
    );
}

#[test]
fn a_grant_that_allows_nothing_extra_loads_and_gives_plain_requests() {
    let mut plain = grant("g", &["t"], &["openai/gpt-4o"]);
    plain.allow = Some(Vec::new());
    let policy = policy(&[plain], "");
    let me = caller("a", "t");
    assert!(ask(&policy, &me, "gpt-4o", &[]).is_ok());
    assert_eq!(
        code(ask(&policy, &me, "gpt-4o", &[Capability::Stream])),
        Code::CapabilityNotGranted
    );
}

#[test]
fn a_grant_gives_its_models_exactly_as_written() {
    let policy = policy(&[grant("g", &["t"], &["openai/gpt-4o", "openai/o3-*"])], "");
    let me = caller("a", "t");
    for model in ["gpt-4o", "o3-mini", "o3-"] {
        assert!(ask(&policy, &me, model, &[]).is_ok(), "{model}");
    }
    for model in [
        "gpt-4o-mini",
        "GPT-4o",
        "gpt-4",
        "o3",
        "xo3-mini",
        "gpt-4o*",
        "*",
    ] {
        assert_eq!(
            code(ask(&policy, &me, model, &[])),
            Code::ModelNotGranted,
            "{model}"
        );
    }
    assert_eq!(
        code(ask(&policy, &caller("a", "other"), "gpt-4o", &[])),
        Code::ModelNotGranted
    );
}

#[test]
fn a_grant_for_a_caller_reaches_across_teams() {
    let mut one = grant("g", &[], &["openai/*"]);
    one.callers.push("ann".into());
    let policy = policy(&[one, grant("h", &["t"], &["local/*"])], "");
    assert!(ask(&policy, &caller("ann", "t"), "m", &[]).is_ok());
    assert!(ask(&policy, &caller("ann", "elsewhere"), "m", &[]).is_ok());
    assert_eq!(
        code(ask(&policy, &caller("bob", "t"), "m", &[])),
        Code::ModelNotGranted
    );
}

#[test]
fn a_capability_must_be_given_and_the_refusal_names_it() {
    let policy = policy(&[grant("g", &["t"], &["openai/*"])], "");
    let me = caller("a", "t");
    assert!(ask(&policy, &me, "m", &[Capability::Tools]).is_ok());
    let refusal = ask(&policy, &me, "m", &[Capability::Tools, Capability::Images]).unwrap_err();
    assert_eq!(refusal.code(), Code::CapabilityNotGranted);
    assert!(
        refusal.sentence().contains("`images`"),
        "{}",
        refusal.sentence()
    );
}

#[test]
fn capabilities_of_different_grants_do_not_add_up() {
    let mut images = grant("i", &["t"], &["openai/*"]);
    images.allow = Some(vec!["images".into()]);
    let policy = policy(&[grant("g", &["t"], &["openai/*"]), images], "");
    let asked = [Capability::Tools, Capability::Images];
    assert_eq!(
        code(ask(&policy, &caller("a", "t"), "m", &asked)),
        Code::CapabilityNotGranted
    );
}

#[test]
fn forbid_wins_and_is_told_apart() {
    let forbid = r#"@id("no-mini") forbid(principal, action, resource == Portcullis::Model::"openai/mini");"#;
    let policy = policy(&[grant("g", &["t"], &["openai/*"])], forbid);
    let me = caller("a", "t");
    assert!(ask(&policy, &me, "maxi", &[]).is_ok());
    let refusal = ask(&policy, &me, "mini", &[]).unwrap_err();
    assert_eq!(refusal.code(), Code::PolicyDenied);
    assert!(
        !refusal.sentence().contains("no-mini"),
        "rule text stays with the operator"
    );
    assert!(refusal.detail().unwrap().contains("no-mini"));
}

#[test]
fn an_evaluation_error_denies() {
    let broken = r#"forbid(principal, action, resource) when { 9223372036854775807 + 1 > 0 };"#;
    let policy = policy(&[grant("g", &["t"], &["openai/*"])], broken);
    assert_eq!(
        code(ask(&policy, &caller("a", "t"), "m", &[])),
        Code::PolicyUnavailable
    );
}

#[test]
fn a_permit_in_a_file_must_inherit_a_grant() {
    let load = |file: &str| {
        let files = [("f.cedar".to_owned(), file.to_owned())];
        Policy::load(&[grant("g", &["t"], &["local/*"])], &files, &providers())
    };
    assert!(load("permit(principal, action, resource);").is_err());
    assert!(load(r#"@grant("nobody") permit(principal, action, resource);"#).is_err());
    assert!(
        load("permit(principal, action, resource)").is_err(),
        "a syntax error"
    );
    assert!(
        load("forbid(principal, action, resource) when { principal.nonsense };").is_err(),
        "an unknown attribute"
    );
    let good =
        load(r#"@grant("g") permit(principal, action == Portcullis::Action::"chat", resource);"#)
            .unwrap();
    assert_eq!(
        ask(&good, &caller("a", "t"), "m", &[]).unwrap().grants()[0].as_str(),
        "g"
    );
}

#[test]
fn all_matching_grants_are_on_the_permit() {
    let mut strict = grant("b", &["t"], &["openai/m"]);
    strict.redaction = Some("strict".into());
    strict.limits = Some(crate::policy::settings::GrantLimitSettings {
        concurrent: Some(2),
        ..Default::default()
    });
    let policy = policy(&[grant("a", &["t"], &["openai/*"]), strict], "");
    let permit = ask(&policy, &caller("x", "t"), "m", &[]).unwrap();
    let names: Vec<_> = permit.grants().iter().map(GrantName::as_str).collect();
    let profiles: Vec<_> = permit.profiles().iter().map(ProfileName::as_str).collect();
    assert_eq!(
        (names, profiles),
        (vec!["a", "b"], vec!["default", "strict"])
    );
    assert_eq!(permit.limits().len(), 2);
}

#[test]
fn lists_of_models_need_any_grant_on_the_provider() {
    let policy = policy(&[grant("g", &["t"], &["local/llama"])], "");
    let me = caller("a", "t");
    let list = |provider: &str| {
        policy.decide(&Question {
            caller: &me,
            operation: Operation::ListModels,
            provider: &ProviderName::new(provider).unwrap(),
            model: None,
            capabilities: Capabilities::NONE,
        })
    };
    assert!(list("local").is_ok());
    assert_eq!(code(list("openai")), Code::ModelNotGranted);
}

#[test]
fn every_fault_of_the_grants_is_told_at_once() {
    let mut bad = grant("g g", &[], &["nowhere/x", "openai/a*b", "gpt-4o"]);
    bad.allow = Some(vec!["imges".into()]);
    bad.limits = Some(crate::policy::settings::GrantLimitSettings {
        per: Some("planet".into()),
        requests_per_minute: Some(0),
        tokens_per_minute: Some(0),
        ..Default::default()
    });
    let faults = Policy::load(&[bad], &[], &providers()).unwrap_err();
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    for path in [
        "grants[0].name",
        "grants[0]",
        "grants[0].models[0]",
        "grants[0].models[1]",
        "grants[0].models[2]",
        "grants[0].allow[0]",
    ] {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
    let mut limits = grant("g", &["t"], &["openai/*"]);
    limits.limits = Some(crate::policy::settings::GrantLimitSettings {
        per: Some("x".into()),
        requests_per_minute: Some(0),
        tokens_per_minute: Some(0),
        ..Default::default()
    });
    assert_eq!(
        Policy::load(&[limits], &[], &providers())
            .unwrap_err()
            .len(),
        3
    );
}
