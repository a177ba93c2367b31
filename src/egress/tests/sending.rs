//! The joint: what egress does with a request that brings all its proofs.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request};

use super::{
    super::Egress,
    Names, collect,
    server::{Server, Then, ok},
};
use crate::{
    policy::{Policy, settings::GrantSettings},
    primitives::{
        Budget, Caller, Code, CredentialId, CredentialKind, Limits, MasterKey, ProviderName,
        Secret, Team, Tenant,
    },
    provider::{
        Outbound, Upstream,
        settings::{CredentialSettings, NoCredential, ProviderSettings},
    },
    quota::{Quota, Unpriced},
    redact::{Redactor, settings::RedactionSettings},
};

const BODY: &str = r#"{"model":"m","messages":[{"role":"user","content":"hello"}]}"#;

fn settings(base_url: String, open: &[&str]) -> ProviderSettings {
    ProviderSettings {
        kind: "openai".into(),
        base_url: Some(base_url),
        allow_networks: open.iter().map(|one| (*one).to_owned()).collect(),
        credential: CredentialSettings::Word(NoCredential::None),
        default: false,
        organization: None,
        project: None,
        ca_file: None,
        insecure_plain_http: None,
    }
}

fn upstream(settings: &ProviderSettings) -> Arc<Upstream> {
    let (name, secret) = (ProviderName::new("it").unwrap(), Secret::new("ours".into()));
    let today = jiff::civil::date(2026, 11, 24);
    Arc::new(Upstream::load(name, settings, Some(secret), today).unwrap())
}

fn near(server: &Server) -> Arc<Upstream> {
    upstream(&settings(
        format!("http://{}", server.address),
        &["127.0.0.0/8"],
    ))
}

fn caller() -> Caller {
    Caller {
        owner: "a".into(),
        team: Team::new("t").unwrap(),
        tenant: Tenant::new("t").unwrap(),
        credential: CredentialId::new("k1").unwrap(),
        kind: CredentialKind::ApiKey,
    }
}

/// A request read, authorised, paid for and cleaned by the real rooms.
fn outbound(upstream: &Arc<Upstream>) -> Outbound {
    let path = "/v1/chat/completions";
    let endpoint = upstream.endpoint(&Method::POST, path).unwrap();
    let request = Request::post(format!("/it{path}"))
        .header("content-type", "application/json")
        .header("authorization", "Bearer callers")
        .body(());
    let (parts, ()) = request.unwrap().into_parts();
    let body = Bytes::from_static(BODY.as_bytes());
    let call = upstream
        .read(endpoint, &parts, body, &Limits::default())
        .unwrap();
    let grant = GrantSettings {
        name: "g".into(),
        teams: vec!["t".into()],
        callers: Vec::new(),
        models: vec!["it/*".into()],
        allow: None,
        redaction: None,
        limits: None,
    };
    let policy = Policy::load(&[grant], &[], &[upstream.name().clone()].into()).unwrap();
    let permit = policy.decide(&call.question(&caller())).unwrap();
    let quota = Quota::new(&Limits::default(), jiff::Timestamp::UNIX_EPOCH);
    let hold = quota.reserve(&permit, call.estimate(), &Unpriced).unwrap();
    let master = Arc::new(MasterKey::new(&[7; 32]).unwrap());
    let redactor = Redactor::load(&RedactionSettings::default(), master, &Limits::default());
    let clean = redactor
        .unwrap()
        .clean(call, permit.profiles(), &caller().tenant);
    Outbound::new(clean.unwrap(), permit, hold)
}

fn unbounded() -> Arc<Budget> {
    Budget::new(usize::MAX)
}

fn egress(upstream: &Arc<Upstream>) -> Egress {
    let names = Names::saying(&[&["127.0.0.1"]]);
    Egress::new(
        [upstream].into_iter(),
        &Limits::default(),
        names,
        &unbounded(),
    )
    .unwrap()
}

#[tokio::test]
async fn a_request_goes_out_signed_and_is_owed() {
    let server = Server::plain(vec![Then::Say(ok("{}"))]).await;
    let upstream = near(&server);
    let sent = egress(&upstream).send(outbound(&upstream)).await.unwrap();
    assert!(sent.back.hold.is_owed());
    assert_eq!(sent.status, 200);
    assert_eq!(collect(sent.body).await.unwrap(), "{}");
    let seen = server.requests().remove(0);
    assert!(seen.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
    assert!(seen.contains("authorization: Bearer ours\r\n"));
    assert!(seen.contains(&format!("host: {}\r\n", server.address)));
    assert!(seen.ends_with(BODY));
    assert!(!seen.contains("callers"));
}

#[tokio::test]
async fn a_credential_is_not_shown_to_another_origin_of_the_same_name() {
    let (old, new) = (
        Server::saying(ok("{}")).await,
        Server::saying(ok("{}")).await,
    );
    let egress = egress(&near(&old));
    let refused = egress.send(outbound(&near(&new))).await.unwrap_err();
    assert_eq!(refused.code(), Code::InternalError);
    assert!(egress.warm(&near(&new)).await.is_err());
    assert_eq!((old.connections(), new.connections()), (0, 0));
}

#[tokio::test]
async fn plain_http_stays_within_its_networks() {
    let server = Server::saying(ok("{}")).await;
    let port = server.address.port();
    let open = ["10.0.0.0/8"];
    let upstream = upstream(&settings(format!("http://model.example:{port}"), &open));
    for addresses in [&["127.0.0.1"][..], &["1.1.1.1"], &["10.0.0.1", "1.1.1.1"]] {
        let names = Names::saying(&[addresses]);
        let limits = Limits {
            connect_time: Duration::from_millis(200),
            ..Limits::default()
        };
        let egress = Egress::new([&upstream].into_iter(), &limits, names, &unbounded()).unwrap();
        let refused = egress.send(outbound(&upstream)).await.unwrap_err();
        assert_eq!(refused.code(), Code::UpstreamAddress, "{addresses:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_connection_can_be_made_while_the_record_is_written() {
    let server = Server::plain(vec![Then::Say(ok("{}"))]).await;
    let upstream = near(&server);
    let egress = egress(&upstream);
    egress.warm(&upstream).await.unwrap();
    assert_eq!(server.bytes(), 0);
    egress.send(outbound(&upstream)).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[test]
fn faults_stand_below_their_provider() {
    let settings = settings("https://model.example".into(), &["8.8.8.0/24"]);
    let faults = Egress::new(
        [&upstream(&settings)].into_iter(),
        &Limits::default(),
        Names::default(),
        &unbounded(),
    );
    let faults = faults.unwrap_err();
    assert_eq!(faults[0].path, "providers.it.allow_networks[0]");
}
