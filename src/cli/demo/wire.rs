//! HTTP/1.1 on loopback, as little of it as the demo needs: serve, call, JSON.
//!
//! Outside `egress` this is the one place that dials. It is no part of the
//! gateway: the relay and the made-up calls stand where an application does.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    body::{Body, Incoming},
    client::conn::http1 as client,
    server::conn::http1 as server,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// Answers every connection of a port, until the runtime ends.
pub(super) fn serve<S, F, B>(
    listener: TcpListener,
    shared: Arc<S>,
    answer: fn(Arc<S>, Request<Incoming>) -> F,
) where
    S: Send + Sync + 'static,
    F: Future<Output = Result<Response<B>, Infallible>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    tokio::spawn(async move {
        while let Ok((stream, _peer)) = listener.accept().await {
            let shared = Arc::clone(&shared);
            let service = service_fn(move |request| answer(Arc::clone(&shared), request));
            let connection = server::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A caller that hangs up is its own affair.
            tokio::spawn(async move { drop(connection.await) });
        }
    });
}

/// Sends one request to an address, on a connection of its own.
pub(super) async fn call(
    address: SocketAddr,
    request: Request<Full<Bytes>>,
) -> io::Result<Response<Incoming>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = client::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    tokio::spawn(async move { drop(connection.await) });
    sender.send_request(request).await.map_err(io::Error::other)
}

/// All bytes of a body, up to [`LARGEST`].
pub(super) async fn whole(body: Incoming) -> io::Result<Bytes> {
    let whole = Limited::new(body, LARGEST).collect().await;
    Ok(whole.map_err(io::Error::other)?.to_bytes())
}

/// A JSON answer.
pub(super) fn json(
    status: StatusCode,
    headers: &[(&'static str, &str)],
    body: Bytes,
) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().insert(*name, value);
        }
    }
    answer
}

/// Bytes of a body the demo looks at; more than the gateway lets through.
const LARGEST: usize = 16 << 20;
