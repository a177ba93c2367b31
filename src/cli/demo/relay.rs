//! The port callers of the demo use: it passes every request on to the gateway
//! and remembers what was sent and what came back.
//!
//! A gateway keeps no prompts, so to show what a caller sent somebody has to
//! stand where the caller does. The relay adds nothing and decides nothing;
//! the gateway behind it is the one `serve` starts, and calling it directly
//! works just as well.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, StatusCode, header, response};
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use tokio::sync::mpsc;

use super::wire;

/// One call, as its caller saw it. Not printable: it holds what was sent.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) sent: Bytes,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) received: Bytes,
    pub(super) took: Duration,
}

/// The relay, shared by its connections.
#[derive(Debug)]
pub(super) struct Relay {
    gateway: SocketAddr,
    told: mpsc::UnboundedSender<Exchange>,
}

impl Relay {
    /// A relay to a gateway; each exchange is told once it has ended.
    pub(super) fn new(gateway: SocketAddr, told: mpsc::UnboundedSender<Exchange>) -> Arc<Self> {
        Arc::new(Self { gateway, told })
    }

    /// Passes one request on.
    pub(super) async fn pass(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<RelayedBody>, Infallible> {
        let began = Instant::now();
        let (mut head, body) = request.into_parts();
        let Ok(sent) = wire::whole(body).await else {
            return Ok(unheard(StatusCode::PAYLOAD_TOO_LARGE));
        };
        own_hop(&mut head.headers);
        let (method, target) = (head.method.clone(), head.uri.to_string());
        let onwards = Request::from_parts(head, Full::new(sent.clone()));
        let Ok(answer) = wire::call(self.gateway, onwards).await else {
            return Ok(unheard(StatusCode::BAD_GATEWAY));
        };
        let (mut head, body) = answer.into_parts();
        own_hop(&mut head.headers);
        let telling = Telling {
            exchange: Exchange {
                method,
                target,
                sent,
                status: head.status,
                headers: head.headers.clone(),
                received: Bytes::new(),
                took: Duration::ZERO,
            },
            began,
            received: BytesMut::new(),
            told: self.told.clone(),
        };
        Ok(watched(head, body, telling))
    }
}

fn watched(head: response::Parts, body: Incoming, mut telling: Telling) -> Response<RelayedBody> {
    let body = body.map_frame(move |frame| {
        if let Some(data) = frame.data_ref() {
            telling.received.extend_from_slice(data);
        }
        frame
    });
    Response::from_parts(head, body.map_err(Into::into).boxed_unsync())
}

/// Where the gateway cannot be reached, or was asked for more than it takes.
fn unheard(status: StatusCode) -> Response<RelayedBody> {
    let body = Bytes::from_static(
        b"{\"error\":{\"message\":\"the demo's relay could not pass this on\"}}",
    );
    wire::json(status, &[], body).map(|body| body.map_err(Into::into).boxed_unsync())
}

/// Takes out what belongs to one connection (RFC 9110 §7.6.1).
fn own_hop(headers: &mut HeaderMap) {
    for name in [
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::EXPECT,
    ] {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

/// An answer on its way back. Dropped when the caller has it, or has gone.
type RelayedBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// Tells of an exchange when its answer's body is dropped.
struct Telling {
    exchange: Exchange,
    began: Instant,
    received: BytesMut,
    told: mpsc::UnboundedSender<Exchange>,
}

impl Drop for Telling {
    fn drop(&mut self) {
        let exchange = Exchange {
            received: self.received.split().freeze(),
            took: self.began.elapsed(),
            ..self.exchange.clone()
        };
        // Nobody listens any more once the demo ends.
        self.told.send(exchange).ok();
    }
}
