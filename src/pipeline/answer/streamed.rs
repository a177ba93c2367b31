//! A streamed answer as hyper polls it: the flow, the clock, the record.
//!
//! INVARIANT: the final marker leaves after the terminal record is on disk; a
//! stream that cannot go on gets the dialect's error event and then an abort,
//! never a clean end, which every SDK would take for success (PROVIDERS §4).
//! Dropped in its middle, because the caller hung up, it closes the upstream
//! and the trail by being dropped.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use tokio::time::{Sleep, sleep, sleep_until};

use super::{Settled, flow::Flow, settle};
use crate::{
    audit::{Committed, Content, ContentHasher, Direction, Outcome, Trail},
    egress::{Sent, UpstreamBody},
    ingress::{AnswerBody, BodyAborted},
    pipeline::{
        Stages,
        facts::{Chunks, Found, Took},
        measure::Measured,
        reply,
        stops::Stopped,
    },
    primitives::{Code, Refusal, RequestId, Tenant},
    provider::{AnswerFacts, Upstream, stream::Reader},
    quota::Slot,
    wire::sse::Decoder,
};

/// Bytes of one event (DESIGN §5).
const LARGEST_EVENT: usize = 8 * 1024 * 1024;

/// How long a marker may come after the event it follows. Where one comes, it
/// is sent with that event; this is for a network that parts them.
const MARKER_WITHIN: Duration = Duration::from_millis(250);

/// A streamed answer whose head has come.
pub(in crate::pipeline) struct Streamed {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    tenant: Tenant,
    upstream: Arc<Upstream>,
    settled: Settled,
    body: UpstreamBody,
    flow: Flow,
    stopped: Stopped,
    slot: Slot,
    asked: Instant,
}

impl Streamed {
    pub(super) fn new(
        stages: &Stages,
        sent: Sent,
        reader: Reader,
        (slot, asked): (Slot, Instant),
    ) -> Self {
        let Sent {
            status,
            headers,
            body,
            back,
        } = sent;
        let mut passing = back.upstream.answer_headers(&headers);
        passing.insert(header::CONTENT_TYPE, kind(&headers));
        let upstream = Arc::clone(&back.upstream);
        let tenant = back.permit.caller().tenant.clone();
        let settled = Settled {
            hold: back.hold,
            kind: upstream.kind(),
        };
        Self {
            status,
            headers: passing,
            tenant,
            upstream,
            settled,
            body,
            flow: Flow::new(reader, back.exchange.stream(), Decoder::new(LARGEST_EVENT)),
            stopped: stages.stops.watch(),
            slot,
            asked,
        }
    }

    /// The answer, which takes the trail along and closes it.
    pub(in crate::pipeline) fn into_response(
        self,
        mut trail: Trail,
        measured: Measured,
    ) -> Response<AnswerBody> {
        trail.started(self.status.as_u16());
        let (status, request) = (self.status, trail.request());
        let headers = self.headers;
        let running = Running {
            hasher: trail.hasher(&self.tenant, Content::Response),
            upstream: self.upstream,
            settled: self.settled,
            body: self.body,
            flow: self.flow,
            stopped: self.stopped,
            timer: None,
            linger: None,
            trail,
            measured,
            asked: self.asked,
            _slot: self.slot,
        };
        let body = StreamedBody {
            status,
            request,
            out: VecDeque::new(),
            state: State::Running(Box::new(running)),
        };
        let mut answer = Response::new(body.boxed_unsync());
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        reply::stamp(answer.headers_mut(), request);
        answer
    }
}

/// What is needed while the answer still comes.
struct Running {
    upstream: Arc<Upstream>,
    settled: Settled,
    body: UpstreamBody,
    flow: Flow,
    stopped: Stopped,
    timer: Option<Pin<Box<Sleep>>>,
    linger: Option<Pin<Box<Sleep>>>,
    hasher: Option<ContentHasher>,
    trail: Trail,
    measured: Measured,
    asked: Instant,
    _slot: Slot,
}

/// Where the answer is.
enum State {
    /// It comes.
    Running(Box<Running>),
    /// Its end waits for the record.
    Closing(Committed, Vec<Bytes>),
    /// Its error waits for the record.
    Failing(Committed, Bytes),
    /// All there is stands in `out`.
    Ended,
    /// All there is stands in `out`, and then the connection is aborted.
    Aborting,
}

/// The body.
struct StreamedBody {
    status: StatusCode,
    request: RequestId,
    out: VecDeque<Bytes>,
    state: State,
}

impl Body for StreamedBody {
    type Data = Bytes;
    type Error = BodyAborted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyAborted>>> {
        loop {
            if let Some(bytes) = self.out.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            match &mut self.state {
                State::Running(running) => {
                    let Poll::Ready(step) = running.poll_step(context) else {
                        return Poll::Pending;
                    };
                    self.take(step);
                }
                State::Closing(commit, _) => {
                    let Poll::Ready(recorded) = Pin::new(commit).poll(context) else {
                        return Poll::Pending;
                    };
                    self.close(recorded);
                }
                State::Failing(commit, _) => {
                    let Poll::Ready(_recorded) = Pin::new(commit).poll(context) else {
                        return Poll::Pending;
                    };
                    self.fail();
                }
                State::Ended => return Poll::Ready(None),
                State::Aborting => {
                    self.state = State::Ended;
                    return Poll::Ready(Some(Err(BodyAborted)));
                }
            }
        }
    }
}

/// What one turn of a running answer gave.
enum Step {
    /// These bytes may leave.
    Out(Vec<Bytes>),
    /// The stream has ended well.
    End,
    /// It cannot go on.
    Stop(Refusal),
}

impl StreamedBody {
    /// Acts on a step.
    fn take(&mut self, step: Step) {
        match step {
            Step::Out(bytes) => self.out.extend(bytes),
            Step::End => {
                if let State::Running(running) = std::mem::replace(&mut self.state, State::Ended) {
                    let (commit, closing) = running.end(self.status);
                    self.state = State::Closing(commit, closing);
                }
            }
            Step::Stop(refusal) => {
                if let State::Running(running) = std::mem::replace(&mut self.state, State::Ended) {
                    let (commit, error) = running.stop(&refusal, self.status, self.request);
                    self.state = State::Failing(commit, error);
                }
            }
        }
    }

    /// The terminal record is on disk, or cannot be: then there is no end.
    fn close(&mut self, recorded: Result<(), Refusal>) {
        let state = std::mem::replace(&mut self.state, State::Aborting);
        if let (State::Closing(_, closing), Ok(())) = (state, recorded) {
            self.out.extend(closing);
            self.state = State::Ended;
        }
    }

    fn fail(&mut self) {
        if let State::Failing(_, error) = std::mem::replace(&mut self.state, State::Aborting) {
            self.out.push_back(error);
        }
    }
}

impl Running {
    /// One turn: what the provider sent, or what the clock or somebody with
    /// the right to stop it says.
    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        loop {
            if self.flow.is_finished() {
                ready!(self.poll_marker(context));
                return Poll::Ready(match self.flow.on_end(&self.upstream, Instant::now()) {
                    Ok(()) => Step::End,
                    Err(refusal) => Step::Stop(refusal),
                });
            }
            if let Poll::Ready(code) = Pin::new(&mut self.stopped).poll(context) {
                return Poll::Ready(Step::Stop(stopped(code)));
            }
            let polled = match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    let bytes = frame.into_data().unwrap_or_default();
                    self.flow.on_bytes(&bytes, &self.upstream, Instant::now())
                }
                Poll::Ready(Some(Err(refusal))) => Err(refusal),
                Poll::Ready(None) => match self.flow.on_end(&self.upstream, Instant::now()) {
                    Ok(()) => return Poll::Ready(self.released().unwrap_or(Step::End)),
                    Err(refusal) => Err(refusal),
                },
                Poll::Pending => match self.poll_clock(context) {
                    Poll::Ready(ticked) => ticked,
                    Poll::Pending => return Poll::Pending,
                },
            };
            if let Err(refusal) = polled {
                return Poll::Ready(Step::Stop(refusal));
            }
            if let Some(step) = self.released() {
                return Poll::Ready(step);
            }
        }
    }

    /// Ready when no marker can follow the last event, or none has for a while.
    fn poll_marker(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.flow.may_be_marked() {
            let linger = self
                .linger
                .get_or_insert_with(|| Box::pin(sleep(MARKER_WITHIN)));
            if linger.as_mut().poll(context).is_ready() {
                break;
            }
            let Some(Ok(frame)) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
                break;
            };
            let bytes = frame.into_data().unwrap_or_default();
            // The answer is whole: a fault after its end changes nothing.
            if self
                .flow
                .on_bytes(&bytes, &self.upstream, Instant::now())
                .is_err()
            {
                break;
            }
        }
        Poll::Ready(())
    }

    /// What may leave now, taken into the content's tag.
    fn released(&mut self) -> Option<Step> {
        let bytes = self.flow.take_ready();
        self.hash(&bytes);
        (!bytes.is_empty()).then_some(Step::Out(bytes))
    }

    fn hash(&mut self, bytes: &[Bytes]) {
        if let Some(hasher) = &mut self.hasher {
            bytes.iter().for_each(|one| hasher.update(one));
        }
    }

    /// Ready when the head event has waited for its time.
    fn poll_clock(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        let Some(due) = self.flow.due() else {
            self.timer = None;
            return Poll::Pending;
        };
        let due = tokio::time::Instant::from_std(due);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => {
                self.timer = None;
                Poll::Ready(self.flow.on_time(Instant::now()))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Ends well: the record, and what may be sent once it is on disk.
    fn end(mut self: Box<Self>, status: StatusCode) -> (Committed, Vec<Bytes>) {
        let closing = self.flow.take_closing();
        self.hash(&closing);
        let (mut trail, mut measured, settled, facts) = self.note();
        settle(settled, status, &facts, &mut trail, &measured);
        let commit = trail.finish(Outcome::Answered {
            status: status.as_u16(),
        });
        measured.streamed(status);
        (commit, closing)
    }

    /// Ends in the middle: the record, and the error to tell.
    fn stop(
        mut self: Box<Self>,
        refusal: &Refusal,
        status: StatusCode,
        request: RequestId,
    ) -> (Committed, Bytes) {
        let error = self.flow.stop(refusal, request);
        self.trail.refused(refusal);
        let (trail, mut measured, _owed, _facts) = self.note();
        let outcome = Outcome::Broken {
            status: status.as_u16(),
            code: refusal.code(),
        };
        let commit = trail.finish(outcome);
        measured.refused(refusal);
        measured.streamed(status);
        (commit, error)
    }

    /// Notes what the answer was.
    fn note(self: Box<Self>) -> (Trail, Measured, Settled, AnswerFacts) {
        let Self {
            mut trail,
            flow,
            hasher,
            upstream,
            asked,
            settled,
            measured,
            ..
        } = *self;
        trail.note(&Took(&upstream, asked.elapsed()));
        trail.note(&Found(flow.findings(), Direction::Response));
        trail.note(&Chunks {
            facts: flow.facts(),
            chunks: flow.chunks(),
            held: flow.most_held(),
        });
        if let Some(hasher) = hasher {
            trail.note(&hasher.finish());
        }
        let facts = flow.facts().clone();
        (trail, measured, settled, facts)
    }
}

/// The caller hung up, or the connection broke: the trail says so by being
/// dropped, and what is known of the answer stands in it. Nobody knows what the
/// provider had written until then, so the estimate stays owed.
impl Drop for StreamedBody {
    fn drop(&mut self) {
        if let State::Running(running) = std::mem::replace(&mut self.state, State::Ended) {
            drop(running.note());
        }
    }
}

/// The type of the answer: the provider's own words where they are the usual
/// ones, and never anything it may have added to them.
fn kind(headers: &HeaderMap) -> HeaderValue {
    const USUAL: [&str; 3] = [
        "text/event-stream",
        "text/event-stream; charset=utf-8",
        "text/event-stream;charset=utf-8",
    ];
    let said = headers.get(header::CONTENT_TYPE);
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    let usual = USUAL.iter().find(|usual| said.eq_ignore_ascii_case(usual));
    let kept = usual.and_then(|_| HeaderValue::from_str(said).ok());
    kept.unwrap_or(HeaderValue::from_static("text/event-stream"))
}

/// Why an answer was stopped from outside.
fn stopped(code: Code) -> Refusal {
    Refusal::new(code, "the gateway stopped the answer before it was whole")
}

impl fmt::Debug for StreamedBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "StreamedBody({})", self.request)
    }
}
