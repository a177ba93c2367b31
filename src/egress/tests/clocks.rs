//! THREATS EGR-07: who keeps us waiting is left. The limits of these tests are
//! short and the servers stall for ever, so that no machine is too slow for them.

use std::time::Duration;

use http_body_util::BodyExt as _;
use tokio::net::TcpListener;

use super::{
    super::{
        fault::{Fault, Phase},
        resolve::{Resolve, ResolveFault},
    },
    line, line_with, read, send,
    server::{Server, Then},
};
use crate::primitives::{Code, Limits, Refusal};

const SHORT: Duration = Duration::from_millis(50);
/// Where something has to come before the stall.
const SOON: Duration = Duration::from_secs(1);

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn is_slow(fault: &Fault, phase: Phase) {
    assert_eq!(*fault, Fault::Slow(phase, SHORT));
    let refusal = Refusal::from(fault.clone());
    assert_eq!(refusal.code(), Code::UpstreamTimeout);
    assert_eq!(refusal.code().status().as_u16(), 504);
}

/// Fails where nobody looks at a clock any more, instead of waiting with it.
async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(Duration::from_secs(30), wait).await;
    waited.expect("the limit was not obeyed")
}

/// What a body ends with, and the code of it.
async fn ends_with(server: &Server, limits: &Limits) -> Refusal {
    let line = line("127.0.0.1", server.address.port(), limits);
    let mut body = send(&line).await.unwrap().body;
    assert_eq!(
        body.frame().await.unwrap().unwrap().into_data().unwrap(),
        "begin"
    );
    let refusal = in_time(body.frame()).await.unwrap().unwrap_err();
    assert!(body.frame().await.is_none(), "a fault is the last thing");
    refusal
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_with_the_time_to_connect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let networks = ["127.0.0.0/8".to_owned()];
    let place = super::Place {
        tls: true,
        host: "127.0.0.1",
        port,
        networks: &networks,
        plain_anywhere: false,
    };
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    std::fs::write(&ca, params.self_signed(&key).unwrap().pem()).unwrap();
    let limits = limits(|limits| limits.connect_time = SHORT);
    let names = super::Names::saying(&[]);
    let line = super::Line::load(&place, Some(&ca), names, &limits).unwrap();
    is_slow(&in_time(send(&line)).await.unwrap_err(), Phase::Connect);
}

#[tokio::test]
async fn a_name_server_that_stalls_ends_with_the_time_to_connect() {
    struct Silent;
    impl Resolve for Silent {
        fn resolve(
            &self,
            _host: &str,
        ) -> futures_util::future::BoxFuture<'static, Result<Vec<std::net::IpAddr>, ResolveFault>>
        {
            Box::pin(std::future::pending())
        }
    }
    let limits = limits(|limits| limits.connect_time = SHORT);
    let mut line = line_with("a.example", 80, &limits, &[], super::Names::saying(&[]));
    line.dialer.resolver = std::sync::Arc::new(Silent);
    is_slow(&in_time(send(&line)).await.unwrap_err(), Phase::Connect);
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_with_the_first_byte_time() {
    for begun in [
        "",
        "HTTP/1.1 200 OK\r\nx: y\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ] {
        let server = Server::plain(vec![Then::SayAndStall(begun.into())]).await;
        let limits = limits(|limits| limits.first_byte_time = SHORT);
        let line = line("127.0.0.1", server.address.port(), &limits);
        is_slow(&in_time(send(&line)).await.unwrap_err(), Phase::FirstByte);
        assert!(server.is_closed().await);
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_with_the_total_time_where_that_is_less() {
    let server = Server::plain(vec![Then::SayAndStall(Vec::new())]).await;
    let limits = limits(|limits| limits.total_time = SHORT);
    let line = line("127.0.0.1", server.address.port(), &limits);
    is_slow(&in_time(send(&line)).await.unwrap_err(), Phase::Total);
}

#[tokio::test]
async fn a_body_that_stalls_ends_with_the_idle_time() {
    let begun = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegin";
    let server = Server::plain(vec![Then::SayAndStall(begun.into())]).await;
    let limits = limits(|limits| limits.idle_time = SOON);
    let refusal = ends_with(&server, &limits).await;
    assert_eq!(refusal.code(), Code::UpstreamTimeout);
    assert!(refusal.detail().unwrap().starts_with("waiting for more"));
    assert!(server.is_closed().await);
}

#[tokio::test]
async fn an_exchange_ends_with_the_total_time_whatever_still_comes() {
    let begun = "HTTP/1.1 200 OK\r\n\r\nbegin";
    let server = Server::plain(vec![Then::SayAndStall(begun.into())]).await;
    let limits = limits(|limits| limits.total_time = 2 * SOON);
    let refusal = ends_with(&server, &limits).await;
    assert_eq!(refusal.code(), Code::UpstreamTimeout);
    assert!(refusal.detail().unwrap().starts_with("the whole exchange"));
}

#[tokio::test]
async fn limits_beyond_the_clock_are_no_limits() {
    let server = Server::saying(super::server::ok("{}")).await;
    let limits = limits(|limits| {
        limits.connect_time = Duration::MAX;
        limits.first_byte_time = Duration::MAX;
        limits.idle_time = Duration::MAX;
        limits.total_time = Duration::MAX;
    });
    let line = line("127.0.0.1", server.address.port(), &limits);
    assert!(read(&line).await.is_ok());
}
