//! The whole walk of a request, on one screen.
//!
//! A request walks once from left to right, an answer walks once back, and
//! nothing looks behind itself. Each step takes the evidence of the steps
//! before it: `Outbound` cannot be made without a cleaned call, a permit and a
//! reservation. `keep` writes each step's fact or refusal into the trail; a
//! line without it stands out.
//!
//! INVARIANT: the first byte goes upstream after `dispatched` is on disk, the
//! last byte to the caller after the terminal record is.
//!
//! Left out on purpose: everything that decides. The rooms do; this is the
//! order in which they are asked.

mod answer;
mod door;
mod facts;
mod measure;
mod reply;
mod scan;
mod stops;

use std::{sync::Arc, time::Instant};

use http::{Response, StatusCode};
use jiff::Timestamp;

use crate::{
    audit::{Arrived, Content, Ledger, Outcome, Trail},
    egress::Egress,
    identity::{Identity, Presented},
    ingress::{AnswerBody, Arrival},
    policy::{Dimension, Permit, Policy},
    primitives::{Limits, Refusal},
    provider::{Outbound, Upstreams},
    quota::{Prices, Quota},
    redact::Redactor,
    telemetry::Metrics,
};
use answer::Answer;
use door::Door;
use facts::Ruleset;
use measure::Measured;

pub use stops::Stops;

/// Everything a request meets on its way: one generation of the configuration.
/// A request ends under the generation it began with.
#[derive(Debug)]
pub struct Stages {
    /// Which upstreams there are.
    pub upstreams: Upstreams,
    /// Who calls.
    pub identity: Arc<Identity>,
    /// How much.
    pub quota: Arc<Quota>,
    /// What models cost.
    pub prices: Arc<dyn Prices>,
    /// Who may do what.
    pub policy: Policy,
    /// What is replaced.
    pub redactor: Redactor,
    /// The way out.
    pub egress: Egress,
    /// The record of every request.
    pub ledger: Arc<Ledger>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// How large anything may be.
    pub limits: Limits,
    /// Ends answers that are on their way.
    pub stops: Stops,
    /// SHA-256 of the configuration, in hex.
    pub digest: Arc<str>,
}

impl Stages {
    /// Answers one request, whatever becomes of it.
    pub async fn serve(self: Arc<Self>, mut arrival: Arrival) -> Response<AnswerBody> {
        let (request, path) = (arrival.request, arrival.head.uri.path().to_owned());
        let door = Door::find(&self.upstreams, &path);
        let mut measured = Measured::begin(&self.metrics, &arrival);
        let answer = match self.ledger.begin(&self.arrived(&arrival)) {
            Ok(mut trail) => {
                let walk = Box::pin(self.walk(&mut arrival, &door, &mut trail, &mut measured));
                match walk.await {
                    Ok(Answer::Streamed(answer)) => return answer.into_response(trail, measured),
                    Ok(Answer::Whole(answer)) => trail
                        .finish(outcome(answer.status()))
                        .await
                        .map(|()| answer.into_response(request)),
                    Err(refusal) => {
                        // a refusal tells nothing that has to be on record first
                        trail.finish(outcome(refusal.code().status())).await.ok();
                        Err(refusal)
                    }
                }
            }
            Err(refusal) => Err(refusal),
        };
        let answer = answer.unwrap_or_else(|refusal| {
            measured.refused(&refusal);
            reply::refuse(&refusal, door.refusal_body(&refusal, request), request)
        });
        measured.end(answer.status());
        answer
    }

    /// The walk.
    async fn walk(
        self: &Arc<Self>,
        arrival: &mut Arrival,
        door: &Door<'_>,
        trail: &mut Trail,
        measured: &mut Measured,
    ) -> Result<Answer, Refusal> {
        let head = &arrival.head;
        let shown = trail.keep(Presented::from_request(&head.headers, head.uri.query()))?;
        let caller = trail.keep(self.identity.identify(
            &shown,
            arrival.source.ip(),
            Timestamp::now(),
        ))?;
        let slot = trail.keep(self.quota.admit(&caller))?;
        let entry = trail.keep(door.enter(head))?;
        measured.route(entry.route());
        let body = trail.keep(arrival.read_body().await)?;
        trail.content(&caller.tenant, Content::Received, &body);
        let mut call = trail.keep(entry.read(&arrival.head, body, &self.limits))?;
        measured.called(&call);
        let permit = trail.keep(call.decide(&self.policy, &caller))?;
        trail.note(&Ruleset(permit.profiles()));
        if limits_usage(&permit) {
            call.count_usage();
        }
        let mut hold = trail.keep(self.quota.reserve(&permit, call.estimate(), &*self.prices))?;
        let clean = trail.keep(self.clean(call, &permit).await)?;
        trail.keep(hold.raise(clean.get().estimate()))?;
        let outbound = Outbound::new(clean, permit, hold);
        trail.content(
            &caller.tenant,
            Content::Forwarded,
            outbound.request().body(),
        );
        trail.dispatched().await?;
        let asked = Instant::now();
        let sent = trail.keep(Box::pin(self.egress.send(outbound)).await)?;
        answer::read(self, sent, (slot, asked), trail, measured).await
    }

    /// What the record says of a request before anything is known.
    fn arrived(&self, arrival: &Arrival) -> Arrived {
        let agent = arrival.head.headers.get(http::header::USER_AGENT);
        Arrived {
            request: arrival.request,
            at: arrival.received.at,
            clock: arrival.received.clock,
            source: arrival.source.ip(),
            listener: arrival.listener,
            method: arrival.head.method.to_string(),
            user_agent: agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
            tls: arrival.tls.as_ref().map(|tls| tls.version),
            config_digest: Arc::clone(&self.digest),
            trace: None,
        }
    }
}

fn outcome(status: StatusCode) -> Outcome {
    Outcome::Answered {
        status: status.as_u16(),
    }
}

/// Whether some limit has to know what an answer used.
fn limits_usage(permit: &Permit) -> bool {
    let limits = permit.limits().iter().flat_map(|one| &one.limits);
    limits
        .map(|limit| limit.dimension)
        .any(|one| one != Dimension::Requests)
}
