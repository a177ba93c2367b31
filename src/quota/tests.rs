use std::collections::BTreeSet;

use super::*;
use crate::{
    policy::{
        Policy, Question,
        settings::{GrantLimitSettings, GrantSettings},
    },
    primitives::{Capabilities, CredentialKind, ModelName, Operation, ProviderName, Team, Tenant},
};

fn caller(owner: &str, credential: &str) -> Caller {
    Caller {
        owner: owner.into(),
        team: Team::new("t").unwrap(),
        tenant: Tenant::new("t").unwrap(),
        credential: CredentialId::new(credential).unwrap(),
        kind: CredentialKind::ApiKey,
    }
}

fn permit(caller: &Caller, limits: &[GrantLimitSettings]) -> Permit {
    let provider = ProviderName::new("p").unwrap();
    let grants: Vec<_> = limits
        .iter()
        .enumerate()
        .map(|(at, limits)| GrantSettings {
            name: format!("g{at}"),
            teams: vec!["t".into()],
            callers: Vec::new(),
            models: vec!["p/*".into()],
            allow: None,
            redaction: None,
            limits: Some(limits.clone()),
        })
        .collect();
    let policy = Policy::load(&grants, &[], &BTreeSet::from([provider.clone()])).unwrap();
    let question = Question {
        caller,
        operation: Operation::Chat,
        provider: &provider,
        model: Some(&ModelName::new("m").unwrap()),
        capabilities: Capabilities::NONE,
    };
    policy.decide(&question).unwrap()
}

fn limit(per: &str, requests: Option<u64>, concurrent: Option<u64>) -> GrantLimitSettings {
    GrantLimitSettings {
        per: Some(per.into()),
        requests_per_minute: requests,
        concurrent,
        ..Default::default()
    }
}

#[test]
fn a_credential_has_so_many_requests_open_and_no_more() {
    let quota = Quota::new(&Limits {
        concurrent_requests: 2,
        ..Limits::default()
    });
    let (one, other) = (caller("a", "k1"), caller("a", "k2"));
    let first = quota.admit(&one).unwrap();
    let _second = quota.admit(&one).unwrap();
    let refused = quota.admit(&one).unwrap_err();
    assert_eq!(refused.code(), Code::ConcurrencyLimited);
    assert!(refused.retry_after().is_some());
    assert!(
        quota.admit(&other).is_ok(),
        "each credential has its own places"
    );
    drop(first);
    assert!(quota.admit(&one).is_ok());
}

#[test]
fn a_credential_has_so_many_requests_a_minute_and_no_more() {
    let quota = Quota::new(&Limits {
        requests_per_minute: 3,
        ..Limits::default()
    });
    let one = caller("a", "k1");
    for _ in 0..3 {
        assert!(quota.admit(&one).is_ok());
    }
    let refused = quota.admit(&one).unwrap_err();
    assert_eq!(refused.code(), Code::RateLimited);
    assert!(refused.retry_after().unwrap() <= Duration::from_secs(60));
    assert!(quota.admit(&caller("a", "k2")).is_ok());
}

#[test]
fn limits_of_all_grants_apply() {
    let quota = Quota::new(&Limits::default());
    let me = caller("a", "k1");
    let permit = permit(
        &me,
        &[
            limit("caller", Some(100), None),
            limit("caller", Some(2), Some(1)),
        ],
    );
    let first = quota.reserve(&permit, Estimate::default()).unwrap();
    assert_eq!(
        quota
            .reserve(&permit, Estimate::default())
            .unwrap_err()
            .code(),
        Code::ConcurrencyLimited
    );
    drop(first);
    assert!(quota.reserve(&permit, Estimate::default()).is_ok());
    assert_eq!(
        quota
            .reserve(&permit, Estimate::default())
            .unwrap_err()
            .code(),
        Code::RateLimited
    );
}

#[test]
fn an_allowance_is_shared_as_its_scope_says() {
    for (per, shared) in [("caller", false), ("team", true), ("grant", true)] {
        let quota = Quota::new(&Limits::default());
        let limits = [limit(per, Some(1), None)];
        assert!(
            quota
                .reserve(&permit(&caller("a", "k1"), &limits), Estimate::default())
                .is_ok()
        );
        let other = quota.reserve(&permit(&caller("b", "k2"), &limits), Estimate::default());
        assert_eq!(other.is_err(), shared, "{per}");
    }
}

#[test]
fn a_refused_reservation_leaves_no_place_taken() {
    let quota = Quota::new(&Limits::default());
    let permit = permit(&caller("a", "k1"), &[limit("caller", Some(1), Some(1))]);
    drop(quota.reserve(&permit, Estimate::default()).unwrap());
    for _ in 0..3 {
        // The rate is spent; the place must be free each time.
        assert_eq!(
            quota
                .reserve(&permit, Estimate::default())
                .unwrap_err()
                .code(),
            Code::RateLimited
        );
    }
}
