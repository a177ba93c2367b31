//! One connection to a provider, between its opening and its end.

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};
use tokio_util::task::AbortOnDropHandle;

use super::fault::Fault;
use crate::primitives::Limits;

/// Speaks HTTP/1.1 on one socket. Dropping it closes the socket at once,
/// whatever is under way.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    /// Since when nobody uses it.
    pub(super) idle_since: Instant,
    _task: AbortOnDropHandle<()>,
}

impl Connection {
    /// Takes over an open socket. Nothing is written to it yet.
    pub(super) async fn over<S>(socket: S, http: &Builder) -> Result<Self, Fault>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let fault = |error: hyper::Error| Fault::Unreachable(error.to_string());
        let (mut sender, speaking) = http.handshake(TokioIo::new(socket)).await.map_err(fault)?;
        let task = tokio::spawn(async move {
            // Whoever waits for an answer is told by hyper; nobody else cares.
            drop(speaking.await);
        });
        let task = AbortOnDropHandle::new(task);
        sender.ready().await.map_err(fault)?;
        Ok(Self {
            sender,
            idle_since: Instant::now(),
            _task: task,
        })
    }

    /// Whether it can never be used again.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Whether its last exchange is over, both ways.
    pub(super) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }
}

/// How answers are read: no obsolete line folding, no space before a colon, no
/// HTTP/0.9, all of which are hyper's defaults, and a head within its limits.
pub(super) fn http(limits: &Limits) -> Builder {
    let mut http = Builder::new();
    http.max_headers(limits.header_count)
        .max_header_size(limits.header_bytes)
        .max_buf_size(limits.header_bytes.max(SMALLEST_BUFFER));
    http
}

/// hyper takes no smaller buffer.
const SMALLEST_BUFFER: usize = 8 * 1024;
