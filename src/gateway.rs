//! Where the rooms meet: from a plan to a gateway that runs, and to its end.
//!
//! A configuration becomes one [`Stages`]; every request takes the one that is
//! in force when it arrives and ends with it. What outlives a configuration
//! (keys, counts, ledger, ports) is made once and handed to each.
//!
//! INVARIANT: nothing is served before everything was opened, and the ledger
//! is closed after the last request.

use std::{net::SocketAddr, path::Path, sync::Arc};

use arc_swap::ArcSwap;
use http::Response;
use jiff::Timestamp;
use thiserror::Error;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};

use crate::{
    audit::{ConnectionRejected, Instance, Ledger, LedgerFault, Spool},
    config::Plan,
    egress::{Egress, SystemResolver},
    identity::{Identity, KeyringEvent, KeyringFault, MasterFault, load_or_create_master},
    ingress::{AnswerBody, Arrival, Bound, Handler, Listeners, Probes, Rejected, Stop, Witness},
    pipeline::Stages,
    primitives::{Limits, MasterKey, SettingFault},
    provider::Upstreams,
    quota::{Quota, Unpriced},
    redact::Redactor,
    telemetry::{
        Metrics,
        events::{Degraded, Stopped, Stopping},
        otlp::Service,
    },
};

/// Why the gateway does not start.
#[derive(Debug, Error)]
pub enum StartFault {
    /// Settings that read well and do not work here: a port in use, a file that changed.
    #[error("{}", listed(.0))]
    Settings(Vec<SettingFault>),
    /// There is no master secret.
    #[error(transparent)]
    Master(#[from] MasterFault),
    /// There is no keyring.
    #[error("{0}; `portcullis keys mint` makes one")]
    Keyring(#[from] KeyringFault),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerFault),
    /// Signals cannot be listened to.
    #[error("signals cannot be listened to: {0}")]
    Signals(#[from] std::io::Error),
}

impl From<Vec<SettingFault>> for StartFault {
    fn from(faults: Vec<SettingFault>) -> Self {
        Self::Settings(faults)
    }
}

fn listed(faults: &[SettingFault]) -> String {
    let one = |fault: &SettingFault| {
        let value = fault.value.as_deref().map(|value| format!(" `{value}`"));
        let SettingFault {
            path,
            problem,
            instead,
            ..
        } = fault;
        format!("{path}{}: {problem}; {instead}", value.unwrap_or_default())
    };
    faults.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// What every configuration of this process shares.
#[derive(Debug)]
struct Fixtures {
    master: Arc<MasterKey>,
    identity: Arc<Identity>,
    quota: Arc<Quota>,
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
    limits: Limits,
}

impl Fixtures {
    fn open(plan: &Plan, limits: Limits) -> Result<Self, StartFault> {
        let master = Arc::new(load_or_create_master(&plan.master_file)?);
        let metrics = Arc::new(Metrics::default());
        metrics.build.set([Service::VERSION], 1);
        let spool = Spool::load(&plan.sections.audit)?;
        let ledger = Ledger::open(&spool, &Instance::default(), Arc::clone(&master))?;
        let keys = Path::new(&plan.sections.identity.keys.file);
        let identity = Identity::open(keys, &master, &limits, report_keyring)?;
        Ok(Self {
            identity: Arc::new(identity),
            quota: Arc::new(Quota::new(&limits, Timestamp::now())),
            ledger: Arc::new(ledger),
            master,
            metrics,
            limits,
        })
    }

    /// One generation of the configuration, and the ports it asks for.
    fn stages(&self, plan: Plan) -> Result<(Stages, Listeners), Vec<SettingFault>> {
        let sections = plan.sections;
        let upstreams = Upstreams::new(sections.providers);
        let stages = Stages {
            egress: Egress::new(upstreams.iter(), &self.limits, SystemResolver::new())?,
            redactor: Redactor::load(&sections.redaction, Arc::clone(&self.master), &self.limits)?,
            upstreams,
            policy: sections.policy,
            identity: Arc::clone(&self.identity),
            quota: Arc::clone(&self.quota),
            prices: Arc::new(Unpriced),
            ledger: Arc::clone(&self.ledger),
            metrics: Arc::clone(&self.metrics),
            limits: self.limits.clone(),
            digest: plan.digest.into(),
        };
        Ok((stages, sections.listen))
    }
}

fn report_keyring(event: KeyringEvent) {
    if let KeyringEvent::Broken(fault) = event {
        Degraded {
            part: "keyring",
            fault: &fault,
        }
        .emit();
    }
}

/// The generation in force.
#[derive(Debug)]
struct Gate(ArcSwap<Stages>);

impl Handler for Gate {
    async fn handle(self: Arc<Self>, arrival: Arrival) -> Response<AnswerBody> {
        self.0.load_full().serve(arrival).await
    }
}

/// What the probes port and the rejected connections get to see.
#[derive(Debug)]
struct Watch {
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
}

impl Probes for Watch {
    fn ready(&self) -> Result<(), &'static str> {
        if self.ledger.status().accepting {
            Ok(())
        } else {
            Err("audit")
        }
    }

    fn page(&self) -> String {
        let status = self.ledger.status();
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let free = status.max_bytes.saturating_sub(status.bytes);
        let ratio = u128::from(free)
            .saturating_mul(1_000_000)
            .checked_div(u128::from(status.max_bytes));
        self.metrics.spool_bytes.set([], whole(status.bytes));
        let ratio = ratio.and_then(|ratio| i64::try_from(ratio).ok());
        self.metrics.spool_free.set([], ratio.unwrap_or(0));
        self.metrics.page()
    }
}

impl Witness for Watch {
    fn connection_rejected(&self, rejected: Rejected) {
        let kind = rejected.code.error_type();
        self.metrics.connections_rejected.add([kind], 1);
        self.ledger.connection_rejected(&ConnectionRejected {
            source: rejected.source.ip(),
            listener: rejected.listener,
            reason: rejected.reason,
            code: rejected.code,
            request: rejected.request,
        });
    }
}

/// A gateway that serves.
#[derive(Debug)]
pub struct Running {
    data: SocketAddr,
    probes: Option<SocketAddr>,
    stop: Stop,
    limits: Limits,
    ledger: Arc<Ledger>,
    serving: JoinHandle<usize>,
}

/// Opens everything and begins to serve. Needs a tokio runtime around it.
///
/// # Errors
/// What cannot be opened; nothing was served then.
pub async fn start(plan: Plan) -> Result<Running, StartFault> {
    start_with(plan, Limits::default()).await
}

/// The same with limits of one's own; tests use small ones.
///
/// # Errors
/// As [`start`].
pub async fn start_with(plan: Plan, limits: Limits) -> Result<Running, StartFault> {
    let below_listen = |fault: SettingFault| StartFault::Settings(vec![fault.below("listen")]);
    let fixtures = Fixtures::open(&plan, limits)?;
    let (stages, listeners) = fixtures.stages(plan)?;
    let bound = listeners.bind().await.map_err(below_listen)?;
    fixtures.ledger.config_loaded(&stages.digest, None);
    Ok(serve(bound, &fixtures, stages))
}

fn serve(bound: Bound, fixtures: &Fixtures, stages: Stages) -> Running {
    let (data, probes) = (bound.data_address(), bound.probes_address());
    let (stop, limits) = (Stop::new(), fixtures.limits.clone());
    let watch = Arc::new(Watch {
        ledger: Arc::clone(&fixtures.ledger),
        metrics: Arc::clone(&fixtures.metrics),
    });
    let gate = Arc::new(Gate(ArcSwap::from_pointee(stages)));
    let switch = stop.clone();
    let serving = {
        let limits = limits.clone();
        tokio::spawn(async move {
            let witness = Arc::clone(&watch);
            bound.serve(&limits, gate, watch, witness, switch).await
        })
    };
    Running {
        data,
        probes,
        stop,
        limits,
        ledger: Arc::clone(&fixtures.ledger),
        serving,
    }
}

impl Running {
    /// Where callers reach it.
    #[must_use]
    pub const fn data_address(&self) -> SocketAddr {
        self.data
    }

    /// Where it is probed, if anywhere.
    #[must_use]
    pub const fn probes_address(&self) -> Option<SocketAddr> {
        self.probes
    }

    /// The switch that stops it: once to drain, twice to cut.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until SIGTERM or SIGINT, drains, and returns how many requests
    /// were cut. A second signal cuts at once.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub async fn until_signalled(self) -> Result<usize, StartFault> {
        let (mut term, mut int) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        let (stop, limits) = (self.stop.clone(), self.limits.clone());
        let signals = tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = term.recv() => {}
                    _ = int.recv() => {}
                }
                Stopping {
                    drain_seconds: limits.drain.as_secs(),
                }
                .emit();
                stop.signal();
            }
        });
        let cut = self.finished().await;
        signals.abort();
        Ok(cut)
    }

    /// Lets running requests end, and stops.
    pub async fn shut_down(self) -> usize {
        self.stop.signal();
        self.finished().await
    }

    /// Waits until it has stopped, closes the ledger, and returns how many
    /// requests were cut.
    pub async fn finished(self) -> usize {
        let cut = self.serving.await.unwrap_or_default();
        let ledger = self.ledger;
        // waits for the disk
        tokio::task::spawn_blocking(move || ledger.close())
            .await
            .ok();
        Stopped { cut }.emit();
        cut
    }
}
