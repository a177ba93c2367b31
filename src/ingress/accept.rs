//! Takes connections in, or turns them away, until the gateway stops.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::task::TaskTracker;

use super::{body::RETRY_AFTER, connection, connection::Port, refuse, seats::Full};
use crate::{
    primitives::{Code, Refusal},
    telemetry::events::Degraded,
};

/// Accepts until the port stops; the socket closes with the return.
pub(super) async fn accept(port: Arc<Port>, listener: TcpListener, tracker: TaskTracker) {
    let mut failing = false;
    loop {
        let accepted = tokio::select! {
            biased;
            () = port.stop.stopping() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, source)) => {
                failing = false;
                // a dual-stack port sees IPv4 callers in IPv6 clothes
                let source = SocketAddr::new(source.ip().to_canonical(), source.port());
                seat(&port, tcp, source, &tracker);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                let fault = error.kind();
                if !std::mem::replace(&mut failing, true) {
                    let part = "listener";
                    Degraded {
                        part,
                        fault: &fault,
                    }
                    .emit();
                }
                sleep(RECOVER).await;
            }
        }
    }
}

fn seat(port: &Arc<Port>, tcp: TcpStream, source: SocketAddr, tracker: &TaskTracker) {
    match port.seats.take(source.ip()) {
        Ok(seat) => {
            let served = connection::serve(Arc::clone(port), tcp, source, seat);
            tracker.spawn(served);
        }
        Err(full) => turn_away(port, &tcp, source, full),
    }
}

/// Says so where that takes no waiting: the buffer of a new socket is empty.
/// Nothing is read, so a caller that was quick to write may see a reset.
fn turn_away(port: &Port, tcp: &TcpStream, source: SocketAddr, full: Full) {
    let request = port.rejected(source, full.reason(), Code::Overloaded);
    if port.tls.is_none() {
        let refusal = Refusal::new(Code::Overloaded, "there are too many connections")
            .with_retry_after(RETRY_AFTER);
        // best effort: whoever does not get it sees the connection end
        drop(tcp.try_write(&refuse::last_words(&refusal, request, false)));
    }
}

/// Errors of a connection that was gone before it was accepted (accept(2)).
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// How long to wait for file descriptors to come back.
const RECOVER: Duration = Duration::from_millis(100);
