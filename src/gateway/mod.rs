//! Where the rooms meet: from a plan to a gateway that runs, and to its end.
//!
//! A configuration becomes one [`Stages`]; every request takes the one that is
//! in force when it arrives and ends with it. What outlives a configuration
//! (keys, counts, ledger, ports) is made once and handed to each.
//!
//! INVARIANT: nothing is served before everything was opened, and the ledger
//! is closed after the last request.

mod delivery;
mod fixtures;
mod reload;
mod watch;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use http::Response;
use thiserror::Error;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};

use crate::{
    audit::{Ledger, LedgerFault},
    config::{Faults, Plan, Sources, sentence},
    identity::{KeyringFault, MasterFault},
    ingress::{AnswerBody, Arrival, Bound, Handler, Stop},
    pipeline::{Stages, Stops},
    primitives::{Code, Limits, SettingFault},
    telemetry::events::{Stopped, Stopping},
};
use delivery::Delivery;
use fixtures::Fixtures;
use reload::Reloader;
use watch::Watch;

/// Where a configuration comes from, now and whenever it changes.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its file.
    pub file: PathBuf,
    /// Reads it, with the surroundings of that moment.
    pub load: fn(&Path) -> Result<Plan, Faults>,
}

impl Source {
    fn load(&self) -> Result<Plan, Faults> {
        (self.load)(&self.file)
    }
}

/// Why the gateway does not start.
#[derive(Debug, Error)]
pub enum StartFault {
    /// The configuration has faults.
    #[error(transparent)]
    Configuration(#[from] Faults),
    /// Settings that read well and do not work here: a port in use, a file that changed.
    #[error("{}", sentence(.0))]
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

/// The generation in force.
#[derive(Debug)]
struct Gate(ArcSwap<Stages>);

impl Gate {
    fn current(&self) -> Arc<Stages> {
        self.0.load_full()
    }

    fn swap(&self, stages: Stages) {
        self.0.store(Arc::new(stages));
    }
}

impl Handler for Gate {
    async fn handle(self: Arc<Self>, arrival: Arrival) -> Response<AnswerBody> {
        // the walk's future is large, and most connections wait for a request
        Box::pin(self.current().serve(arrival)).await
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
    stops: Stops,
    delivery: Option<Delivery>,
    serving: JoinHandle<usize>,
}

/// Reads a configuration, opens everything and begins to serve. Needs a tokio
/// runtime around it.
///
/// # Errors
/// What is wrong or cannot be opened; nothing was served then.
pub async fn start(source: Source) -> Result<Running, StartFault> {
    start_with(source, Limits::default()).await
}

/// The same with limits of one's own; tests use small ones.
///
/// # Errors
/// As [`start`].
pub async fn start_with(source: Source, limits: Limits) -> Result<Running, StartFault> {
    let plan = source.load()?;
    let sources = Sources::of(&source.file, &plan.settings);
    let (seen, settings) = (sources.fingerprint(), plan.settings.clone());
    let fixtures = Arc::new(Fixtures::open(&plan, limits)?);
    let collector = plan.sections.collector.clone();
    let (stages, listeners) = fixtures.stages(plan)?;
    let certificates = listeners.certificates().cloned();
    let bound = listeners.bind().await.map_err(below_listen)?;
    fixtures.ledger.config_loaded(&stages.digest, None);
    let delivery = collector
        .map(|collector| Delivery::start(&fixtures.ledger, collector, &fixtures.limits))
        .transpose()?;
    let gate = Arc::new(Gate(ArcSwap::from_pointee(stages)));
    let stop = Stop::new();
    let reloader = Reloader {
        source,
        fixtures: Arc::clone(&fixtures),
        gate: Arc::clone(&gate),
        certificates,
        settings,
        sources,
        seen,
    };
    tokio::spawn(reloader.follow(stop.clone()));
    Ok(serve(bound, &fixtures, gate, delivery, stop))
}

fn below_listen(fault: SettingFault) -> StartFault {
    StartFault::Settings(vec![fault.below("listen")])
}

fn serve(
    bound: Bound,
    fixtures: &Fixtures,
    gate: Arc<Gate>,
    delivery: Option<Delivery>,
    stop: Stop,
) -> Running {
    let (data, probes) = (bound.data_address(), bound.probes_address());
    let watch = Arc::new(Watch {
        ledger: Arc::clone(&fixtures.ledger),
        metrics: Arc::clone(&fixtures.metrics),
        delivery: delivery.as_ref().map(Delivery::watch),
    });
    tokio::spawn(end_streams(
        fixtures.stops.clone(),
        fixtures.limits.drain,
        stop.clone(),
    ));
    let (limits, switch) = (fixtures.limits.clone(), stop.clone());
    let serving = tokio::spawn(async move {
        let witness = Arc::clone(&watch);
        bound.serve(&limits, gate, watch, witness, switch).await
    });
    Running {
        data,
        probes,
        stop,
        limits: fixtures.limits.clone(),
        ledger: Arc::clone(&fixtures.ledger),
        stops: fixtures.stops.clone(),
        delivery,
        serving,
    }
}

/// Shortly before a drain cuts what is left, streams are told why: with the
/// dialect's error and a record that says so, which a cut cannot give them.
async fn end_streams(stops: Stops, drain: Duration, stop: Stop) {
    stop.stopping().await;
    tokio::time::sleep(drain.saturating_sub(TELL)).await;
    stops.stop_all(Code::Draining);
}

/// How long before the cut.
const TELL: Duration = Duration::from_secs(2);

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

    /// Ends every streamed answer that is on its way, with the dialect's error
    /// and an abort.
    pub fn stop_answers(&self, code: Code) {
        self.stops.stop_all(code);
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
        if let Some(delivery) = self.delivery {
            delivery.finish().await;
        }
        Stopped { cut }.emit();
        cut
    }
}
