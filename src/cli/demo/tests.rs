//! The parts of the demo, and that its checks can fail.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

use super::{
    bind,
    calls::{self, CARD, Expects},
    home::Home,
    provider::{FOREIGN_CARD, ID, Provider, Seen},
    relay::{Exchange, Relay},
    show::Shown,
    verdict, wire,
};
use crate::{
    cli::{Exit, tests::portcullis},
    config,
    primitives::Secret,
};
use std::sync::Arc;
use tokio::sync::mpsc;

const KEY: &str = "caller-key-1";

/// A call as it has to be.
fn good() -> Shown {
    let record = |stage: &str| {
        json!({
            "event_name": format!("portcullis.audit.x.{stage}"),
            "attributes": {"portcullis.redaction.request.credit_card": 1},
        })
    };
    Shown {
        exchange: Exchange {
            method: Method::POST,
            target: "/openai/v1/chat/completions".into(),
            sent: Bytes::from(format!("My card is {CARD}.")),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            received: Bytes::from(format!("{CARD} and [CREDIT_CARD]")),
            took: Duration::ZERO,
        },
        request: Some("r".into()),
        seen: Some(Seen {
            target: "/v1/chat/completions".into(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"My card is [CREDIT_CARD_0A1B2C3D]."),
            answer: Bytes::from(format!("[CREDIT_CARD_0A1B2C3D] and {FOREIGN_CARD}")),
        }),
        records: ["received", "dispatched", "complete"].map(record).to_vec(),
    }
}

/// The claims that do not hold once a good call was spoilt.
fn broken(spoil: impl FnOnce(&mut Shown)) -> Vec<&'static str> {
    let mut shown = good();
    spoil(&mut shown);
    let found = verdict::of(&shown, Expects::Echo, KEY);
    let broken = found.into_iter().filter(|one| !one.holds);
    broken.map(|one| one.claim).collect()
}

fn seen(shown: &mut Shown) -> &mut Seen {
    shown.seen.as_mut().unwrap()
}

#[test]
fn every_check_of_the_demo_can_fail() {
    assert_eq!(broken(|_| {}), Vec::<&str>::new());
    let left = "the card left as a placeholder";
    let body = |text: &'static str| {
        move |one: &mut Shown| seen(one).body = Bytes::from_static(text.as_bytes())
    };
    assert_eq!(
        broken(body("[CREDIT_CARD_0A1B2C3D] 4111111111111111")),
        [left]
    );
    assert_eq!(broken(body("My card is gone.")), [left]);
    assert_eq!(
        broken(|one| seen(one).target.push_str("?x=4111-1111-1111-1111")),
        [left]
    );
    let came = |text: String| move |one: &mut Shown| one.exchange.received = text.into();
    assert_eq!(
        broken(came("[CREDIT_CARD]".into())),
        ["the card came back whole"]
    );
    let masked = ["the provider's own card was masked"];
    assert_eq!(broken(came(format!("{CARD} {FOREIGN_CARD}"))), masked);
    assert_eq!(
        broken(came(format!("{CARD} [CREDIT_CARD] {FOREIGN_CARD}"))),
        masked
    );
    let key = |one: &mut Shown| {
        let header = KEY.parse().unwrap();
        seen(one).headers.insert("authorization", header);
    };
    assert_eq!(broken(key), ["the caller's key went nowhere"]);
    let ledger = "the ledger has one received and exactly one terminal record";
    let unfinished = |one: &mut Shown| one.records[2]["event_name"] = json!("x.started");
    assert_eq!(broken(unfinished), [ledger]);
    let twice = |one: &mut Shown| one.records.push(one.records.last().unwrap().clone());
    assert_eq!(broken(twice), [ledger]);
    assert_eq!(
        broken(|one| drop(one.records.remove(1))),
        ["it left after it was recorded"]
    );
    assert_eq!(
        broken(|one| one.seen = None),
        ["the provider was asked", masked[0]][..1]
    );
    assert_eq!(
        broken(|one| one.exchange.status = StatusCode::BAD_GATEWAY),
        ["it was answered"]
    );
}

#[test]
fn a_refusal_that_reached_the_provider_is_found() {
    let mut shown = good();
    shown.exchange.received = json!({"error": {"code": "model_not_granted"}})
        .to_string()
        .into();
    let failing = |shown: &Shown, code| {
        let found = verdict::of(shown, Expects::Refusal(code), KEY);
        found.iter().filter(|one| !one.holds).count()
    };
    assert_eq!(failing(&shown, "model_not_granted"), 1);
    shown.seen = None;
    assert_eq!(failing(&shown, "model_not_granted"), 1);
    shown.records.remove(1);
    assert_eq!(failing(&shown, "model_not_granted"), 0);
    assert_eq!(failing(&shown, "policy_denied"), 1);
}

#[test]
fn the_configuration_of_a_demo_is_one_check_accepts() {
    let home = Home::make(None).unwrap();
    let address = "127.0.0.1:18080".parse().unwrap();
    home.configure(address, address).unwrap();
    let key = home.mint().unwrap();
    assert!(crate::identity::is_well_formed(key.expose()));
    let now = jiff::Timestamp::now();
    let around = crate::cli::surroundings::of_process(now);
    let reviewed = config::review(&home.config(), &around, now);
    let (plan, _warnings) = reviewed.unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(plan.settings.providers.len(), 2);
    let folder = home.folder().to_owned();
    drop(home);
    assert!(!folder.exists());
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine"), "x").unwrap();
    assert!(Home::make(Some(folder.path().to_owned())).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Every call the demo offers, straight to the made-up provider, through the relay.
#[tokio::test]
async fn the_relay_tells_what_passed_and_the_provider_answers_every_call() {
    let provider = Provider::new(Secret::new(KEY.into()));
    let back = bind(0).await.unwrap();
    let gateway = back.local_addr().unwrap();
    wire::serve(back, Arc::clone(&provider), Provider::answer);
    let (telling, mut told) = mpsc::unbounded_channel();
    let front = bind(0).await.unwrap();
    let address = front.local_addr().unwrap();
    wire::serve(front, Relay::new(gateway, telling), Relay::pass);
    for call in calls::all() {
        let direct = call.target.split_once("/v1").unwrap().1;
        let mut request = call.request(address, KEY).unwrap();
        *request.uri_mut() = format!("/v1{direct}").parse().unwrap();
        let answer = wire::call(address, request).await.unwrap();
        let status = answer.status();
        let id = answer
            .headers()
            .get(ID)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let body = wire::whole(answer.into_body()).await.unwrap();
        let exchange = told.recv().await.unwrap();
        assert_eq!(
            (status, &exchange.received),
            (StatusCode::OK, &body),
            "{}",
            call.what
        );
        let seen = provider.seen(&id).unwrap();
        assert_eq!(seen.body, exchange.sent, "{}", call.what);
        if call.expects == Expects::Echo {
            let text = format!(
                "You said: My card is {CARD}. (Refunds go to my own card, {FOREIGN_CARD}.)"
            );
            let body = String::from_utf8_lossy(&body).into_owned();
            assert!(body.contains(&text), "{body}");
        }
    }
    let wrong = calls::all()[0].request(address, "other").unwrap();
    let answer = wire::call(gateway, wrong).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let body: Value =
        serde_json::from_slice(&wire::whole(answer.into_body()).await.unwrap()).unwrap();
    assert!(body["error"]["message"].is_string());
}

#[test]
fn what_is_pasted_is_what_the_readme_shows() {
    let pasted = calls::to_paste("127.0.0.1:8080".parse().unwrap(), "pc_…");
    let readme = include_str!("../../../README.md");
    let prints = pasted
        .lines()
        .filter(|line| line.starts_with("print(") || line.starts_with("console.log("));
    assert_eq!(prints.clone().count(), 3);
    for line in prints {
        assert!(readme.contains(line), "{line}");
    }
}

/// The whole of it: the gateway itself, from its files to its ledger.
#[test]
fn every_check_of_the_demo_holds() {
    let said = portcullis(&["demo", "--once", "--port", "0"]);
    assert_eq!(said.exit, Exit::Done, "{}\n{}", said.out, said.err);
    assert!(
        said.out.ends_with("7 calls, every check held\n"),
        "{}",
        said.out
    );
    let (gone, _) = said
        .out
        .split_once("folder      ")
        .unwrap()
        .1
        .split_once('\n')
        .unwrap();
    assert!(!std::path::Path::new(gone).exists(), "{gone}");
    let said = portcullis(&["demo", "--once", "--json", "--port", "0"]);
    let lines: Vec<Value> = said
        .out
        .lines()
        .map(|one| serde_json::from_str(one).unwrap())
        .collect();
    assert_eq!(lines.last(), Some(&json!({"calls": 7, "failed_checks": 0})));
    let holding = lines.iter().filter(|one| one["holds"] == true).count();
    assert!(holding > 20, "{holding}");
}

#[test]
fn a_demo_that_cannot_have_its_port_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = portcullis(&["demo", "--once", "--port", &port]);
    assert_eq!(said.exit, Exit::Failed);
    assert!(
        said.err
            .starts_with(&format!("portcullis: port {port} cannot be used:")),
        "{}",
        said.err
    );
}
