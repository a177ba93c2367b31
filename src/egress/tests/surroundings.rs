//! THREATS EGR-06: what the environment says about proxies is not heard.

use std::{io::ErrorKind, net::TcpListener, process::Command};

use super::{
    Names, line_with, read,
    server::{Server, ok},
};
use crate::primitives::Limits;

/// An exchange like any other; also what the test below runs with proxies in
/// its environment.
#[tokio::test]
async fn an_exchange_goes_to_its_provider() {
    let server = Server::saying(ok("{}")).await;
    let names = Names::saying(&[&["127.0.0.1"]]);
    let limits = Limits::default();
    let line = line_with(
        "a.example",
        server.address.port(),
        &limits,
        &["127.0.0.0/8"],
        names,
    );
    assert_eq!(read(&line).await.unwrap(), "{}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn proxies_of_the_environment_get_no_connection() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "egress::tests::surroundings::an_exchange_goes_to_its_provider",
    ]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        child.env(name, &url).env(name.to_lowercase(), &url);
    }
    let ended = child
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success() && told.contains("1 passed"),
        "{told}"
    );
    assert_eq!(proxy.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
