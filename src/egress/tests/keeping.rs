//! Connections that are kept, tried again, or closed.

use std::time::Duration;

use super::{
    super::{connection::Connection, exchange::Line, fault::Fault},
    collect, line, post, read, send,
    server::{Server, Then, ok},
};
use crate::primitives::{Code, Limits, Refusal};

#[tokio::test]
async fn a_connection_is_used_again_after_a_whole_answer() {
    let server = Server::plain(vec![Then::Say(ok("one")), Then::Say(ok("two"))]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    assert_eq!(read(&line).await.unwrap(), "one");
    assert_eq!(read(&line).await.unwrap(), "two");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_the_provider_wants_closed_is_not_used_again() {
    let last = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    let server = Server::plain(vec![Then::Say(last.into()), Then::Say(ok("{}"))]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    assert!(read(&line).await.is_ok());
    assert!(read(&line).await.is_ok());
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_idle_connection_is_closed_on_time() {
    let server = Server::plain(vec![Then::Say(ok("{}")); 2]).await;
    let limits = Limits {
        keep_alive: Duration::from_millis(50),
        ..Limits::default()
    };
    let line = line("127.0.0.1", server.address.port(), &limits);
    assert!(read(&line).await.is_ok());
    assert!(server.is_closed().await);
    assert_eq!(line.pool.len(), 0);
}

#[tokio::test]
async fn a_dropped_body_closes_the_connection() {
    let endless = "HTTP/1.1 200 OK\r\n\r\ndata: x\n\n";
    let server = Server::plain(vec![Then::SayAndStall(endless.into())]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    drop(send(&line).await.unwrap().body);
    assert!(server.is_closed().await);
}

#[tokio::test]
async fn a_caller_that_leaves_before_the_head_closes_the_connection() {
    let server = Server::plain(vec![Then::SayAndStall(Vec::new())]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    let mut left = 0;
    let mut leaving = || left += 1;
    let waited = tokio::time::timeout(
        Duration::from_millis(200),
        line.exchange(post("{}"), |_| {}, &mut leaving),
    );
    assert!(waited.await.is_err());
    assert!(server.is_closed().await);
    assert_eq!(left, 1, "the request may have left, so it is owed");
}

#[tokio::test]
async fn nothing_is_owed_for_a_connection_that_was_never_made() {
    let line = line("127.0.0.1", 1, &Limits::default());
    let mut left = 0;
    let told = line.exchange(post("{}"), |_| {}, &mut || left += 1).await;
    assert!(matches!(told, Err(Fault::Unreachable(_))));
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_connection_made_ahead_carries_nothing_until_it_is_used() {
    let server = Server::plain(vec![Then::Say(ok("{}")); 2]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    line.warm().await.unwrap();
    line.warm().await.unwrap();
    assert_eq!((line.pool.len(), server.bytes()), (1, 0));
    assert!(read(&line).await.is_ok());
    line.warm().await.unwrap();
    assert_eq!(server.connections(), 1, "warmed once, then kept");
}

#[tokio::test]
async fn so_many_connections_are_kept_and_no_more() {
    let line = line("127.0.0.1", 1, &Limits::default());
    let mut far_ends = Vec::new();
    for _ in 0..101 {
        let (near, far) = tokio::io::duplex(1024);
        let connection = Connection::over(near, &line.dialer.http).await.unwrap();
        line.pool.give_back(connection);
        far_ends.push(far);
    }
    assert_eq!(line.pool.len(), 100);
}

/// A kept connection whose other end is gone, which nobody can have noticed:
/// it lies in memory, and the connection's task has not run since.
async fn keep_a_stale_one(line: &Line) {
    let (near, far) = tokio::io::duplex(1024);
    let connection = Connection::over(near, &line.dialer.http).await.unwrap();
    line.pool.give_back(connection);
    drop(far);
    assert!(line.pool.has_one());
}

#[tokio::test]
async fn a_request_no_byte_of_which_was_written_is_tried_once_more() {
    let server = Server::plain(vec![Then::Say(ok("fresh"))]).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    keep_a_stale_one(&line).await;
    let mut left = 0;
    let answered = line.exchange(post("{}"), |_| {}, &mut || left += 1).await;
    assert_eq!(collect(answered.unwrap().body).await.unwrap(), "fresh");
    assert_eq!((left, server.requests().len()), (1, 1));
}

#[tokio::test]
async fn the_second_try_is_on_a_new_connection_and_the_last() {
    let line = line("127.0.0.1", 1, &Limits::default());
    keep_a_stale_one(&line).await;
    keep_a_stale_one(&line).await;
    let mut left = 0;
    let told = line.exchange(post("{}"), |_| {}, &mut || left += 1).await;
    assert!(matches!(told, Err(Fault::Unreachable(_))), "{told:?}");
    assert_eq!(left, 0, "nothing was written, so nothing is owed");
}

#[tokio::test]
async fn a_request_that_may_have_been_read_is_not_tried_again() {
    let script = vec![Then::Say(ok("first")), Then::SayAndClose(Vec::new())];
    let server = Server::plain(script).await;
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    assert_eq!(read(&line).await.unwrap(), "first");
    let mut left = 0;
    let told = line.exchange(post("{}"), |_| {}, &mut || left += 1).await;
    assert_eq!(Refusal::from(told.unwrap_err()).code(), Code::UpstreamReset);
    assert_eq!((left, server.connections()), (1, 1));
    assert_eq!(server.requests().len(), 2, "one for each call");
}
