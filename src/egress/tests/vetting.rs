//! THREATS EGR-02: addresses are vetted after the name was looked up, and the
//! vetted one is dialled.

use std::sync::atomic::Ordering;

use super::{
    Names, line_with, read,
    server::{Server, Then, ok},
};
use crate::primitives::{Code, Limits};

/// A loopback server behind a name that is allowed nothing but the public.
async fn refused(host: &str, addresses: &[&str]) {
    let server = Server::saying(ok("{}")).await;
    let names = Names::saying(&[addresses]);
    let line = line_with(host, server.address.port(), &Limits::default(), &[], names);
    assert_eq!(
        read(&line).await,
        Err(Code::UpstreamAddress),
        "{host} {addresses:?}"
    );
    assert_eq!(server.connections(), 0, "{host} {addresses:?}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_without_a_connection() {
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "fd00:ec2::254",
        "0.0.0.0",
    ] {
        refused("api.example.com", &[address]).await;
    }
}

#[tokio::test]
async fn one_bad_address_among_good_ones_refuses_the_name() {
    refused("api.example.com", &["1.1.1.1", "127.0.0.1"]).await;
    refused("api.example.com", &["127.0.0.1", "1.1.1.1"]).await;
}

#[tokio::test]
async fn an_address_instead_of_a_name_is_vetted_as_well() {
    for host in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"] {
        refused(host, &["1.1.1.1"]).await;
    }
}

#[tokio::test]
async fn a_name_that_turns_around_is_vetted_at_each_connection() {
    let server = Server::plain(vec![Then::SayAndClose(ok("{}"))]).await;
    let names = Names::saying(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let limits = Limits::default();
    let open = ["127.0.0.1/32"];
    let line = line_with(
        "turn.example",
        server.address.port(),
        &limits,
        &open,
        names.clone(),
    );
    assert!(read(&line).await.is_ok());
    assert_eq!(read(&line).await, Err(Code::UpstreamAddress));
    assert_eq!(server.connections(), 1);
    assert_eq!(
        names.asked.load(Ordering::SeqCst),
        2,
        "asked once for each connection"
    );
}

#[tokio::test]
async fn the_vetted_address_is_dialled_without_asking_again() {
    let server = Server::saying(ok("{}")).await;
    // The second answer is what a second look would find.
    let names = Names::saying(&[&["127.0.0.1"], &["192.0.2.1"]]);
    let limits = Limits::default();
    let open = ["127.0.0.0/8"];
    let line = line_with(
        "pin.example",
        server.address.port(),
        &limits,
        &open,
        names.clone(),
    );
    assert!(read(&line).await.is_ok());
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    assert!(server.requests()[0].contains("host: pin.example:"));
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_is_silent() {
    let server = Server::saying(ok("{}")).await;
    // Nobody listens there: the server has one address of loopback alone.
    let names = Names::saying(&[&["127.0.0.9", "127.0.0.1"]]);
    let limits = Limits::default();
    let line = line_with(
        "two.example",
        server.address.port(),
        &limits,
        &["127.0.0.0/8"],
        names,
    );
    assert!(read(&line).await.is_ok());
}

#[tokio::test]
async fn a_name_without_an_address_is_told_as_such() {
    let limits = Limits::default();
    let none = line_with("no.example", 80, &limits, &[], Names::saying(&[]));
    assert_eq!(read(&none).await, Err(Code::UpstreamName));
    let empty = line_with("no.example", 80, &limits, &[], Names::saying(&[&[]]));
    assert_eq!(read(&empty).await, Err(Code::UpstreamName));
}
