//! What comes in, and the words of the rooms that take it from here.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use http::{Response, request::Parts};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;

use super::{answer::AnswerBody, body::Body};
use crate::primitives::{Code, Refusal, RequestId};

/// A request whose head has passed the strict check.
///
/// Headers that carry credentials are marked sensitive, so that their `Debug`
/// shows nothing.
#[derive(Debug)]
pub struct Arrival {
    /// Method, target, headers. No data of ours in the extensions.
    pub head: Parts,
    /// What is still to come.
    pub body: Body,
    /// Who is connected: the peer itself, never a header's claim (THREATS HTP-07).
    pub source: SocketAddr,
    /// When the head was whole.
    pub received: Received,
    /// Its name from here on.
    pub request: RequestId,
    /// `data` or `probes`.
    pub listener: &'static str,
    /// What TLS knows, where it is spoken.
    pub tls: Option<Arc<TlsFacts>>,
}

impl Arrival {
    /// Reads the whole body; a second call finds nothing left.
    ///
    /// # Errors
    /// `content_encoding_refused` before a byte is read; `request_too_large`
    /// by the declared length or as soon as more has come; `request_timeout`
    /// where the total time or the slowest rate is missed; `overloaded` where
    /// all bodies together would take more memory than they may;
    /// `malformed_request` where the framing breaks or the caller goes away.
    pub async fn read_body(&mut self) -> Result<Bytes, Refusal> {
        self.body.read(&self.head.headers).await
    }
}

/// One moment on two clocks.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// For records.
    pub at: Timestamp,
    /// For measuring.
    pub clock: Instant,
}

impl Received {
    pub(super) fn now() -> Self {
        Self {
            at: Timestamp::now(),
            clock: Instant::now(),
        }
    }
}

/// What the TLS handshake has shown.
#[derive(Debug, Clone)]
pub struct TlsFacts {
    /// `tls.protocol.version`: `1.3`.
    pub version: &'static str,
    /// The caller's own certificate, its chain verified, where `client_ca` asks for one.
    pub client_certificate: Option<CertificateDer<'static>>,
}

/// Takes every request whose head has passed.
pub trait Handler: Send + Sync + 'static {
    /// Answers. Dropped where the caller hangs up first; a panic becomes a
    /// 500 `internal_error`.
    fn handle(
        self: Arc<Self>,
        arrival: Arrival,
    ) -> impl Future<Output = Response<AnswerBody>> + Send;
}

/// Sees what fails before a request exists.
pub trait Witness: Send + Sync + 'static {
    /// A connection, or a head on it, was refused. Called from the
    /// connection's own task: must not block.
    fn connection_rejected(&self, rejected: Rejected);
}

/// A connection or a head that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    /// Who was connected.
    pub source: SocketAddr,
    /// `data` or `probes`.
    pub listener: &'static str,
    /// What exactly was wrong: a word of a closed set, for metrics and records.
    pub reason: &'static str,
    /// The code of the refusal.
    pub code: Code,
    /// The id in the answer, where one was written.
    pub request: RequestId,
}

/// What the probes port shows.
pub trait Probes: Send + Sync + 'static {
    /// Whether requests can be served.
    ///
    /// # Errors
    /// A word for what is missing, such as `audit`.
    fn ready(&self) -> Result<(), &'static str>;

    /// The page of metrics, in the OpenMetrics text format.
    fn page(&self) -> String;
}
