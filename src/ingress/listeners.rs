//! From settings to open ports to the end of the last connection.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::{net::TcpListener, time::sleep};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::{
    accept::accept,
    arrival::{Handler, Probes, Witness},
    connection::Port,
    head::Rules,
    host::Hosts,
    probes::ProbesHandler,
    rim::rim,
    seats::Seats,
    settings::{DataListenerSettings, ListenSettings, PlainListenerSettings},
    stop::Stop,
    tls::{self, Certificates},
};
use crate::{
    primitives::{Budget, Limits, SettingFault},
    telemetry::events::Listening,
};

/// Ports as the configuration wants them, checked and not yet open.
#[derive(Debug)]
pub struct Listeners {
    data: Plan,
    probes: Option<Plan>,
    certificates: Option<Certificates>,
}

/// Ports that are open; nobody is answered before [`Bound::serve`].
#[derive(Debug)]
pub struct Bound {
    data: Open,
    probes: Option<Open>,
}

struct Plan {
    address: SocketAddr,
    hosts: Hosts,
    tls: Option<TlsAcceptor>,
}

#[derive(Debug)]
struct Open {
    plan: Plan,
    listener: TcpListener,
    address: SocketAddr,
}

impl Listeners {
    /// Checks the settings and reads the files they name.
    ///
    /// # Errors
    /// Everything that is wrong, with paths below `listen`, such as
    /// `data.address`.
    pub fn load(settings: &ListenSettings) -> Result<Self, Vec<SettingFault>> {
        let data = data_plan(&settings.data).map_err(|faults| below("data", faults));
        let probes = settings.probes.as_ref().map(probes_plan).transpose();
        let probes = probes.map_err(|fault| fault.below("probes"));
        let ((data, certificates), probes) = match (data, probes) {
            (Ok(data), Ok(probes)) => (data, probes),
            (data, probes) => {
                let mut faults = data.err().unwrap_or_default();
                faults.extend(probes.err());
                return Err(faults);
            }
        };
        let twice = |probes: &Plan| probes.address == data.address && data.address.port() != 0;
        if probes.as_ref().is_some_and(twice) {
            let problem = "is the address of `data` too";
            return Err(vec![
                SettingFault::new("probes.address", problem, "give it a port of its own")
                    .with_value(data.address.to_string()),
            ]);
        }
        Ok(Self {
            data,
            probes,
            certificates,
        })
    }

    /// The key pair of the data port, for a later reload.
    #[must_use]
    pub const fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Opens the ports.
    ///
    /// # Errors
    /// The address that cannot be had: it is in use, not this machine's, or
    /// needs a right the process does not have.
    pub async fn bind(self) -> Result<Bound, SettingFault> {
        let data = open(self.data).await.map_err(|one| one.below("data"))?;
        let probes = match self.probes {
            Some(plan) => Some(open(plan).await.map_err(|one| one.below("probes"))?),
            None => None,
        };
        Ok(Bound { data, probes })
    }
}

impl Bound {
    /// The address callers reach, with the real port.
    #[must_use]
    pub const fn data_address(&self) -> SocketAddr {
        self.data.address
    }

    /// The address of the probes, where there are any.
    #[must_use]
    pub fn probes_address(&self) -> Option<SocketAddr> {
        self.probes.as_ref().map(|one| one.address)
    }

    /// Serves until `stop`, drains, and returns how many requests were cut.
    /// The probes answer until the data port is empty.
    pub async fn serve(
        self,
        limits: &Limits,
        handler: Arc<impl Handler>,
        probes: Arc<impl Probes>,
        witness: Arc<dyn Witness>,
        stop: Stop,
    ) -> usize {
        let probes_stop = Stop::new();
        let probes_tracker = TaskTracker::new();
        if let Some(open) = self.probes {
            let handler = Arc::new(ProbesHandler::new(probes, stop.clone()));
            let witness = Arc::clone(&witness);
            let (port, listener) =
                open.port("probes", limits, handler, witness, probes_stop.clone());
            probes_tracker.spawn(accept(port, listener, probes_tracker.clone()));
        }
        let tracker = TaskTracker::new();
        let (port, listener) = self
            .data
            .port("data", limits, handler, witness, stop.clone());
        let running = Arc::clone(&port.running);
        tracker.spawn(accept(port, listener, tracker.clone()));
        stop.stopping().await;
        let cut = drain(&tracker, &running, limits, &stop).await;
        probes_stop.cut();
        probes_tracker.close();
        probes_tracker.wait().await;
        cut
    }
}

/// Waits for running requests for as long as they have, then cuts.
async fn drain(
    tracker: &TaskTracker,
    running: &AtomicUsize,
    limits: &Limits,
    stop: &Stop,
) -> usize {
    tracker.close();
    tokio::select! {
        () = tracker.wait() => {}
        () = sleep(limits.drain) => {}
        () = stop.cutting() => {}
    }
    let cut = running.load(Relaxed);
    stop.cut();
    tracker.wait().await;
    cut
}

impl Open {
    fn port(
        self,
        name: &'static str,
        limits: &Limits,
        handler: Arc<impl Handler>,
        witness: Arc<dyn Witness>,
        stop: Stop,
    ) -> (Arc<Port>, TcpListener) {
        let address = self.address;
        Listening {
            listener: name,
            address,
        }
        .emit();
        let port = Port {
            name,
            rules: Arc::new(Rules {
                hosts: self.plan.hosts,
                fields: limits.header_count,
                bytes: limits.header_bytes,
                target: limits.target_bytes,
            }),
            tls: self.plan.tls,
            rim: rim(handler),
            limits: limits.clone(),
            seats: Seats::new(limits.connections, limits.connections_per_source),
            budget: Budget::new(limits.all_bodies),
            running: Arc::default(),
            witness,
            stop,
        };
        (Arc::new(port), self.listener)
    }
}

type DataPlan = (Plan, Option<Certificates>);

fn data_plan(settings: &DataListenerSettings) -> Result<DataPlan, Vec<SettingFault>> {
    let mut faults = Vec::new();
    let address = address(&settings.address).map_err(|fault| faults.push(fault));
    // without an address it is not known whether hosts may be left out
    let hosts = address.ok().map(|address: SocketAddr| {
        Hosts::load(&settings.hosts, address.ip()).map_err(|found| faults.extend(found))
    });
    let tls = settings
        .tls
        .as_ref()
        .map(|settings| tls::load(settings).map_err(|found| faults.extend(below("tls", found))));
    match (address, hosts, tls.transpose()) {
        (Ok(address), Some(Ok(hosts)), Ok(tls)) => {
            let (tls, certificates) = tls.unzip();
            let plan = Plan {
                address,
                hosts,
                tls,
            };
            Ok((plan, certificates))
        }
        _ => Err(faults),
    }
}

/// Off loopback any name will do: an orchestrator probes by address, and there
/// is nothing to steal.
fn probes_plan(settings: &PlainListenerSettings) -> Result<Plan, SettingFault> {
    let address = address(&settings.address)?;
    let hosts = if address.ip().is_loopback() {
        Hosts::of_loopback(address.ip())
    } else {
        Hosts::any()
    };
    Ok(Plan {
        address,
        hosts,
        tls: None,
    })
}

/// `address:port`. A name would be resolved by somebody else, and perhaps to
/// an address that is not loopback.
fn address(written: &str) -> Result<SocketAddr, SettingFault> {
    written.parse().map_err(|_error| {
        let (problem, instead) = if written.parse::<IpAddr>().is_ok() {
            ("has no port", "add one, such as `127.0.0.1:8080`")
        } else if written.starts_with("localhost") {
            (
                "is a name, not an address",
                "write `127.0.0.1` in its place",
            )
        } else {
            (
                "is not an address and a port",
                "write both, such as `127.0.0.1:8080` or `[::1]:8080`",
            )
        };
        SettingFault::new("address", problem, instead).with_value(written)
    })
}

async fn open(plan: Plan) -> Result<Open, SettingFault> {
    let fault = |error: std::io::Error| {
        let problem = format!("cannot be listened on: {}", error.kind());
        SettingFault::new("address", problem, "free it, or write another one")
            .with_value(plan.address.to_string())
    };
    let listener = TcpListener::bind(plan.address).await.map_err(fault)?;
    let address = listener.local_addr().map_err(fault)?;
    Ok(Open {
        plan,
        listener,
        address,
    })
}

fn below(section: &str, faults: Vec<SettingFault>) -> Vec<SettingFault> {
    faults.into_iter().map(|one| one.below(section)).collect()
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Plan")
            .field("address", &self.address)
            .field("hosts", &self.hosts)
            .field("tls", &self.tls.is_some())
            .finish()
    }
}
