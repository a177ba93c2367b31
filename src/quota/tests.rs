use std::collections::BTreeSet;

use super::*;
use crate::{
    policy::{
        Policy, Question,
        settings::{GrantLimitSettings, GrantSettings},
    },
    primitives::{
        Capabilities, CredentialKind, ModelName, Operation, ProviderName, Team, Tenant, Usage,
    },
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
    let quota = Quota::new(
        &Limits {
            concurrent_requests: 2,
            ..Limits::default()
        },
        Timestamp::UNIX_EPOCH,
    );
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
    let quota = Quota::new(
        &Limits {
            requests_per_minute: 3,
            ..Limits::default()
        },
        Timestamp::UNIX_EPOCH,
    );
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
    let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
    let me = caller("a", "k1");
    let permit = permit(
        &me,
        &[
            limit("caller", Some(100), None),
            limit("caller", Some(2), Some(1)),
        ],
    );
    let first = send(&quota, &permit).unwrap();
    assert_eq!(
        send(&quota, &permit).unwrap_err().code(),
        Code::ConcurrencyLimited
    );
    drop(first);
    drop(send(&quota, &permit).unwrap());
    assert_eq!(send(&quota, &permit).unwrap_err().code(), Code::RateLimited);
}

#[test]
fn an_allowance_is_shared_as_its_scope_says() {
    for (per, shared) in [
        ("key", false),
        ("caller", false),
        ("team", true),
        ("tenant", true),
        ("model", true),
        ("provider", true),
        ("grant", true),
    ] {
        let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
        let limits = [limit(per, Some(1), None)];
        assert!(send(&quota, &permit(&caller("a", "k1"), &limits)).is_ok());
        let other = send(&quota, &permit(&caller("b", "k2"), &limits));
        assert_eq!(other.is_err(), shared, "{per}");
    }
}

#[test]
fn a_refused_reservation_leaves_no_place_taken() {
    let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
    let permit = permit(&caller("a", "k1"), &[limit("caller", Some(1), Some(1))]);
    drop(send(&quota, &permit).unwrap());
    for _ in 0..3 {
        // The rate is spent; the place must be free each time.
        assert_eq!(send(&quota, &permit).unwrap_err().code(), Code::RateLimited);
    }
}

/// A request that was sent: what it took is owed.
fn send(quota: &Quota, permit: &Permit) -> Result<Reservation, Refusal> {
    let mut hold = quota.reserve(permit, Estimate::default(), &Unpriced)?;
    hold.mark_sent();
    Ok(hold)
}

/// A dollar for a million tokens, whichever way.
#[derive(Debug)]
struct Dollar;

impl Prices for Dollar {
    fn of(&self, _permit: &Permit) -> Option<Price> {
        let rate = 1_000_000;
        Some(Price {
            input: rate,
            cached_input: rate,
            cache_write: rate,
            output: rate,
        })
    }
}

fn tokens(input: u64, output: u64) -> Estimate {
    Estimate {
        input: TokenCount(input),
        output: TokenCount(output),
    }
}

fn usage(input: u64, output: u64) -> Usage {
    Usage {
        input: TokenCount(input),
        output: TokenCount(output),
        ..Usage::default()
    }
}

fn per_grant(limits: GrantLimitSettings) -> Permit {
    let limits = GrantLimitSettings {
        per: Some("grant".into()),
        ..limits
    };
    permit(&caller("a", "k1"), &[limits])
}

fn dollars(many: &str) -> Option<serde_json::Number> {
    many.parse().ok()
}

#[test]
fn a_budget_for_three_admits_three_however_many_come_at_once() {
    let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
    let permit = per_grant(GrantLimitSettings {
        usd_per_day: dollars("0.003"),
        ..Default::default()
    });
    let admitted = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                let hold = quota.reserve(&permit, tokens(400, 600), &Dollar);
                admitted.lock().unwrap().extend(hold.ok());
            });
        }
    });
    assert_eq!(admitted.lock().unwrap().len(), 3);
    let refused = quota
        .reserve(&permit, tokens(400, 600), &Dollar)
        .unwrap_err();
    assert_eq!(refused.code(), Code::BudgetExhausted);
}

#[test]
fn settling_puts_what_was_used_in_the_place_of_the_estimate() {
    let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
    let permit = per_grant(GrantLimitSettings {
        tokens_per_day: Some(1_000),
        ..Default::default()
    });
    let mut hold = quota.reserve(&permit, tokens(100, 900), &Unpriced).unwrap();
    hold.mark_sent();
    hold.settle(&usage(90, 10));
    assert_eq!(quota.shown()[0].used, 100);
    let mut more = quota.reserve(&permit, tokens(0, 900), &Unpriced).unwrap();
    more.mark_sent();
    more.settle(&usage(0, 950));
    assert_eq!(
        quota.shown()[0].used,
        1_050,
        "what was used counts, over the limit too"
    );
}

#[test]
fn what_was_never_sent_is_given_back_and_what_was_sent_is_owed() {
    let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
    let permit = per_grant(GrantLimitSettings {
        tokens_per_day: Some(1_000),
        requests_per_minute: Some(100),
        ..Default::default()
    });
    drop(quota.reserve(&permit, tokens(500, 500), &Unpriced).unwrap());
    assert!(quota.shown().is_empty());
    let mut sent = quota.reserve(&permit, tokens(500, 500), &Unpriced).unwrap();
    sent.mark_sent();
    drop(sent);
    assert!(quota.shown().iter().any(|one| one.used == 1_000));
}

#[test]
fn all_limits_are_taken_or_none() {
    let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
    let permit = per_grant(GrantLimitSettings {
        requests_per_day: Some(100),
        tokens_per_day: Some(10_000),
        output_tokens_per_day: Some(50),
        concurrent: Some(1),
        ..Default::default()
    });
    for _ in 0..3 {
        let refused = quota
            .reserve(&permit, tokens(1, 60), &Unpriced)
            .unwrap_err();
        assert_eq!(refused.code(), Code::RequestExceedsLimit);
    }
    assert!(quota.shown().is_empty(), "{:?}", quota.shown());
}

#[test]
fn a_raised_estimate_is_taken_too() {
    let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
    let permit = per_grant(GrantLimitSettings {
        tokens_per_day: Some(1_000),
        ..Default::default()
    });
    let mut hold = quota.reserve(&permit, tokens(100, 100), &Unpriced).unwrap();
    hold.raise(tokens(300, 100)).unwrap();
    assert_eq!(quota.shown()[0].used, 400);
    assert_eq!(
        hold.raise(tokens(901, 100)).unwrap_err().code(),
        Code::RequestExceedsLimit
    );
    drop(hold);
    assert!(quota.shown().is_empty());
}

#[test]
fn under_a_money_limit_a_model_needs_a_price_and_under_the_default_one_it_does_not() {
    let quota = Quota::new(&Limits::default(), Timestamp::UNIX_EPOCH);
    let limited = per_grant(GrantLimitSettings {
        usd_per_day: dollars("50"),
        ..Default::default()
    });
    let refused = quota
        .reserve(&limited, tokens(1, 1), &Unpriced)
        .unwrap_err();
    assert_eq!(refused.code(), Code::PriceUnknown);
    let assumed = assumed();
    assert!(quota.reserve(&assumed, tokens(1, 1), &Unpriced).is_ok());
    let refused = quota.reserve(&assumed, tokens(2_000_001, 0), &Unpriced);
    assert_eq!(refused.unwrap_err().code(), Code::RequestExceedsLimit);
    let refused = quota.reserve(&assumed, tokens(0, 1_999_999), &Dollar);
    assert!(refused.is_ok(), "two dollars of twenty");
}

/// A permit of a grant that says nothing of limits.
fn assumed() -> Permit {
    let provider = ProviderName::new("p").unwrap();
    let grant = GrantSettings {
        name: "g".into(),
        teams: vec!["t".into()],
        callers: Vec::new(),
        models: vec!["p/*".into()],
        allow: None,
        redaction: None,
        limits: None,
    };
    let policy = Policy::load(&[grant], &[], &BTreeSet::from([provider.clone()])).unwrap();
    policy
        .decide(&Question {
            caller: &caller("a", "k1"),
            operation: Operation::Chat,
            provider: &provider,
            model: Some(&ModelName::new("m").unwrap()),
            capabilities: Capabilities::NONE,
        })
        .unwrap()
}
