//! One connection, from the handshake to the last byte.

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use http::{HeaderValue, Request, Response, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tower::ServiceExt;

use super::{
    answer::{Outgoing, Running},
    arrival::{Arrival, Received, Rejected, TlsFacts, Witness},
    body::Body,
    follow::Follower,
    head::Rules,
    refuse,
    rim::Rim,
    seats::{Seat, Seats},
    stop::Stop,
    turn::Turn,
    wire::{Refused, Wire},
};
use crate::primitives::{Budget, Code, Limits, RequestId};

/// What all connections of one port share.
pub(super) struct Port {
    pub(super) name: &'static str,
    pub(super) rules: Arc<Rules>,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) rim: Rim,
    pub(super) limits: Limits,
    pub(super) seats: Arc<Seats>,
    pub(super) budget: Arc<Budget>,
    pub(super) running: Arc<AtomicUsize>,
    pub(super) witness: Arc<dyn Witness>,
    pub(super) stop: Stop,
}

impl Port {
    pub(super) fn rejected(
        &self,
        source: SocketAddr,
        reason: &'static str,
        code: Code,
    ) -> RequestId {
        let request = RequestId::new();
        self.witness.connection_rejected(Rejected {
            source,
            listener: self.name,
            reason,
            code,
            request,
        });
        request
    }
}

/// Serves a connection until it ends, or is cut.
pub(super) async fn serve(port: Arc<Port>, tcp: TcpStream, source: SocketAddr, _seat: Seat) {
    let cut = port.stop.clone();
    tokio::select! {
        () = cut.cutting() => {}
        () = greet(port, tcp, source) => {}
    }
}

async fn greet(port: Arc<Port>, tcp: TcpStream, source: SocketAddr) {
    // without it small events of a stream would wait for each other
    drop(tcp.set_nodelay(true));
    let Some(acceptor) = &port.tls else {
        return Box::pin(converse(Arc::clone(&port), tcp, source, None)).await;
    };
    match timeout(port.limits.header_time, shake_hands(acceptor, tcp)).await {
        Ok(Ok(Some(tls))) => {
            let facts = facts(&tls);
            Box::pin(converse(Arc::clone(&port), tls, source, Some(facts))).await;
        }
        Ok(Ok(None)) => {}
        Ok(Err(_)) => drop(port.rejected(source, "tls_handshake", Code::MalformedRequest)),
        Err(_) => drop(port.rejected(source, "tls_slow", Code::RequestTimeout)),
    }
}

/// `None` where the caller went away without a word, as health checks do.
async fn shake_hands(
    acceptor: &TlsAcceptor,
    tcp: TcpStream,
) -> io::Result<Option<TlsStream<TcpStream>>> {
    if tcp.peek(&mut [0]).await? == 0 {
        return Ok(None);
    }
    acceptor.accept(tcp).await.map(Some)
}

fn facts(tls: &TlsStream<TcpStream>) -> Arc<TlsFacts> {
    let (_, session) = tls.get_ref();
    let leaf = session.peer_certificates().and_then(<[_]>::first);
    Arc::new(TlsFacts {
        version: "1.3", // the only one offered
        client_certificate: leaf.cloned(),
    })
}

/// Request after request, then whatever is left to say.
async fn converse<S>(port: Arc<Port>, io: S, source: SocketAddr, tls: Option<Arc<TlsFacts>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let turn = Arc::new(Turn::default());
    turn.begin(false);
    let follower = Follower::new(Arc::clone(&port.rules));
    let wire = Wire::new(io, follower, Arc::clone(&turn), &port.limits);
    let service = {
        let (port, turn) = (Arc::clone(&port), Arc::clone(&turn));
        service_fn(move |request| -> Answering {
            let (port, turn) = (Arc::clone(&port), Arc::clone(&turn));
            Box::pin(answer(port, turn, request, source, tls.clone()))
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // the wire has the clocks: this one would also end idle connections
        .header_read_timeout(None)
        .max_headers(port.limits.header_count)
        .max_buf_size(port.limits.header_bytes.max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(wire), service);
    let Some(wire) = drive(&port.stop, connection).await else {
        return;
    };
    let (io, refused) = wire.into_parts();
    part(&port, io, source, refused, turn.is_read_whole()).await;
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Outgoing>, Infallible>> + Send>>;

/// Lets hyper read and write until it is done; `None` where the connection has
/// failed or was aborted, so that nothing more may be written to it.
async fn drive<S, F>(
    stop: &Stop,
    mut connection: http1::Connection<TokioIo<Wire<S>>, F>,
) -> Option<Wire<S>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: hyper::service::Service<
            Request<Incoming>,
            Response = Response<Outgoing>,
            Error = Infallible,
            Future = Answering,
        > + Unpin,
{
    let mut draining = false;
    loop {
        tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => {
                return ended.ok().map(|()| connection.into_parts().io.into_inner());
            }
            () = stop.stopping(), if !draining => {
                draining = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
}

/// One request through the rim.
async fn answer(
    port: Arc<Port>,
    turn: Arc<Turn>,
    request: Request<Incoming>,
    source: SocketAddr,
    tls: Option<Arc<TlsFacts>>,
) -> Result<Response<Outgoing>, Infallible> {
    let running = Running::begin(&port.running);
    let (head, incoming) = request.into_parts();
    let budget = Arc::clone(&port.budget);
    let arrival = Arrival {
        head,
        body: Body::new(incoming, Arc::clone(&turn), budget, &port.limits),
        source,
        received: Received::now(),
        request: RequestId::new(),
        listener: port.name,
        tls,
    };
    let mut response = port.rim.clone().oneshot(arrival).await?;
    if !turn.is_read_whole() || port.stop.is_stopping() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    Ok(response.map(|body| Outgoing::new(body, turn, running)))
}

/// The end of a connection that hyper has let go of.
async fn part<S>(
    port: &Port,
    mut io: S,
    source: SocketAddr,
    refused: Option<Refused>,
    read_whole: bool,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut words = Vec::new();
    if let Some(Refused {
        fault,
        without_body,
    }) = refused
    {
        let request = port.rejected(source, fault.reason(), fault.code());
        words = refuse::last_words(&fault.refusal(), request, without_body);
    }
    let farewell = async {
        io.write_all(&words).await?;
        io.shutdown().await
    };
    let said = timeout(port.limits.header_time, farewell).await;
    let more_may_come = refused.is_some() || !read_whole;
    if more_may_come && matches!(said, Ok(Ok(()))) {
        drop(timeout(LINGER, swallow(&mut io, port.limits.request_body)).await);
    }
}

/// Reads and forgets: closing a socket with unread bytes makes TCP reset the
/// connection, and the answer is lost on its way (RFC 9112 §9.6).
async fn swallow(io: &mut (impl AsyncRead + Unpin), most: usize) -> io::Result<()> {
    let mut bytes = vec![0; SWALLOW_BYTES];
    let mut left = most;
    while left > 0 {
        match io.read(&mut bytes).await? {
            0 => break,
            read => left = left.saturating_sub(read),
        }
    }
    Ok(())
}

/// How long to wait for a caller to notice that it was answered (the default
/// of nginx's `lingering_timeout`, 2026).
const LINGER: Duration = Duration::from_secs(5);

const SWALLOW_BYTES: usize = 4 * 1024;

/// The smallest buffer hyper works with; less panics in its builder.
const SMALLEST_BUFFER: usize = 8 * 1024;
