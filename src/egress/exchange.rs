//! One request and its answer, on plain values.
//!
//! A request is written once. There is one exception: where a kept connection
//! turns out to be stale and hyper gives the request back because none of it
//! was written, it goes out on a new connection, whose failure is final. A
//! status never leads to a second try.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::{
    body::UpstreamBody,
    connection::{self, Connection},
    deadline,
    destination::{Destination, Place},
    dial::Dialer,
    fault::{Fault, Phase},
    head,
    pool::Pool,
    raw::{Lease, Raw},
    resolve::Resolve,
    tls::Tls,
};
use crate::primitives::{Limits, SettingFault};

/// Everything needed to talk to one provider.
pub(super) struct Line {
    pub(super) dialer: Dialer,
    pub(super) pool: Arc<Pool>,
    pub(super) limits: Limits,
}

/// An answer whose head has been read.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: UpstreamBody,
}

/// Why one try gave no answer.
enum Failed {
    /// Nothing was written, and here is the request again.
    Unwritten(Box<Request<Full<Bytes>>>),
    /// For good.
    Final(Fault),
}

impl Line {
    /// Makes ready what can be without dialling; the faults are relative to
    /// the provider's settings.
    pub(super) fn load(
        place: &Place<'_>,
        ca_file: Option<&Path>,
        resolver: Arc<dyn Resolve>,
        limits: &Limits,
    ) -> Result<Self, Vec<SettingFault>> {
        let destination = Destination::load(place)?;
        let tls = place.tls.then(|| Tls::load(&destination.host, ca_file));
        Ok(Self {
            dialer: Dialer {
                destination,
                resolver,
                tls: tls.transpose().map_err(|fault| vec![fault])?,
                http: connection::http(limits),
                connect_time: limits.connect_time,
            },
            pool: Arc::new(Pool::new(limits.keep_alive)),
            limits: limits.clone(),
        })
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// `request` has a path for its target and neither credential nor host;
    /// `sign` puts the credential in, after the target was seen to lead here.
    /// `leaving` is told no later than that a first byte of HTTP may have left:
    /// it is called when a try ends, however it ends, a dropped future included,
    /// unless hyper gave the request back unwritten. It may be called twice.
    pub(super) async fn exchange(
        &self,
        request: Request<Bytes>,
        sign: impl FnOnce(&mut HeaderMap),
        leaving: &mut (dyn FnMut() + Send),
    ) -> Result<Answered, Fault> {
        let end = deadline::after(self.limits.total_time);
        let (head, body) = request.into_parts();
        let length = body.len();
        let mut request = Request::from_parts(head, Full::new(body));
        head::outgoing(&mut request, length, &self.dialer.destination.authority)?;
        sign(request.headers_mut());
        let interim = Interim::watch(&mut request);
        let (response, lease) = self.ask(request, &interim, end, leaving).await?;
        self.answered(response, lease, end)
    }

    /// Opens a connection ahead of a request, unless one is waiting already.
    pub(super) async fn warm(&self) -> Result<(), Fault> {
        if !self.pool.has_one() {
            let connection = self.dial().await?;
            self.pool.give_back(connection);
        }
        Ok(())
    }

    async fn dial(&self) -> Result<Connection, Fault> {
        self.pool.keep_swept();
        // A handshake has a large future; most exchanges need none.
        Box::pin(self.dialer.dial()).await
    }

    async fn ask(
        &self,
        request: Request<Full<Bytes>>,
        interim: &Interim,
        end: Instant,
        leaving: &mut (dyn FnMut() + Send),
    ) -> Result<(Response<Incoming>, Lease), Fault> {
        let mut request = Box::new(request);
        if let Some(kept) = self.pool.take() {
            match self.try_on(kept, request, interim, end, leaving).await {
                Ok(answer) => return Ok(answer),
                Err(Failed::Final(fault)) => return Err(fault),
                Err(Failed::Unwritten(back)) => request = back,
            }
        }
        let fresh = self.dial().await?;
        let answer = self.try_on(fresh, request, interim, end, leaving).await;
        answer.map_err(|failed| match failed {
            Failed::Final(fault) => fault,
            Failed::Unwritten(_) => {
                Fault::Reset("a new connection was closed before the request".to_owned())
            }
        })
    }

    async fn try_on(
        &self,
        mut connection: Connection,
        request: Box<Request<Full<Bytes>>>,
        interim: &Interim,
        end: Instant,
        leaving: &mut (dyn FnMut() + Send),
    ) -> Result<(Response<Incoming>, Lease), Failed> {
        let mut mark = Leaving(Some(leaving));
        let (first_byte, limit) = self.patience(end);
        let answer = tokio::select! {
            answer = connection.sender.try_send_request(*request) => answer,
            () = interim.too_many() => {
                let why = "more interim answers than anybody needs".to_owned();
                return Err(Failed::Final(Fault::Malformed(why)));
            }
            () = sleep_until(first_byte) => return Err(Failed::Final(limit)),
        };
        match answer {
            Ok(response) => {
                let pool = Arc::clone(&self.pool);
                Ok((response, Lease { connection, pool }))
            }
            Err(mut error) => Err(match error.take_message() {
                Some(request) => {
                    mark.nothing_left();
                    Failed::Unwritten(Box::new(request))
                }
                None => Failed::Final(broken(error.error())),
            }),
        }
    }

    /// Until when the head may take, and what it means when it takes longer.
    fn patience(&self, end: Instant) -> (Instant, Fault) {
        let first_byte = deadline::after(self.limits.first_byte_time);
        let slow = |phase, limit: Duration| Fault::Slow(phase, limit);
        match first_byte < end {
            true => (
                first_byte,
                slow(Phase::FirstByte, self.limits.first_byte_time),
            ),
            false => (end, slow(Phase::Total, self.limits.total_time)),
        }
    }

    fn answered(
        &self,
        response: Response<Incoming>,
        lease: Lease,
        end: Instant,
    ) -> Result<Answered, Fault> {
        let (mut head, incoming) = response.into_parts();
        // Dropped on a fault, the lease closes the connection.
        let coding = head::incoming(&mut head, &self.limits)?;
        let raw = Raw::new(incoming, lease, &self.limits, end);
        Ok(Answered {
            status: head.status,
            headers: head.headers,
            body: UpstreamBody::new(raw, coding, &self.limits),
        })
    }
}

/// Whose fault a missing answer is.
fn broken(error: &hyper::Error) -> Fault {
    match error.is_parse() {
        true => Fault::Malformed(format!("the head: {error}")),
        false => Fault::Reset(error.to_string()),
    }
}

/// Tells that a byte may have left, unless it is known that none did. Told on
/// drop, so that a caller who hangs up in the middle is told of as well.
struct Leaving<'a>(Option<&'a mut (dyn FnMut() + Send)>);

impl Leaving<'_> {
    fn nothing_left(&mut self) {
        self.0 = None;
    }
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if let Some(leaving) = &mut self.0 {
            leaving();
        }
    }
}

/// Counts interim answers (1xx, RFC 9110 §15.2). hyper skips them, however
/// many come.
#[derive(Debug)]
struct Interim(Arc<(AtomicU32, Notify)>);

impl Interim {
    fn watch(request: &mut Request<Full<Bytes>>) -> Self {
        let shared = Arc::new((AtomicU32::new(0), Notify::new()));
        let counted = Arc::clone(&shared);
        hyper::ext::on_informational(request, move |_head| {
            let (count, flood) = &*counted;
            if count.fetch_add(1, Ordering::Relaxed) >= MOST_INTERIM {
                flood.notify_one();
            }
        });
        Self(shared)
    }

    async fn too_many(&self) {
        self.0.1.notified().await;
    }
}

/// `100 Continue` and `103 Early Hints` are all there is to say, and we asked
/// for neither; what goes beyond this keeps somebody waiting.
const MOST_INTERIM: u32 = 8;
