//! From a place to a connection: look up, vet, connect to what was vetted,
//! shake hands.
//!
//! INVARIANT: a socket is opened to an address that `Doors::vet` gave out,
//! and the name is not looked up a second time in between, so an answer that
//! changes changes nothing (DNS rebinding). Proxies of the environment
//! (`HTTPS_PROXY` and its kin) are never asked: nothing here reads them.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::client::conn::http1::Builder;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use super::{
    connection::Connection,
    deadline,
    destination::{Destination, Host},
    fault::{Fault, Phase},
    resolve::Resolve,
    tls::Tls,
};

/// Opens connections to one provider.
#[derive(Clone)]
pub(super) struct Dialer {
    pub(super) destination: Destination,
    pub(super) resolver: Arc<dyn Resolve>,
    /// `None` where the base URL says `http`.
    pub(super) tls: Option<Tls>,
    pub(super) http: Builder,
    /// For the name, the connection and TLS together.
    pub(super) connect_time: Duration,
}

impl Dialer {
    /// A connection nothing was written to but the handshake of TLS.
    pub(super) async fn dial(&self) -> Result<Connection, Fault> {
        let deadline = deadline::after(self.connect_time);
        let opened = timeout_at(deadline, self.open(deadline)).await;
        opened.unwrap_or(Err(self.too_slow()))
    }

    async fn open(&self, deadline: Instant) -> Result<Connection, Fault> {
        let addresses = self.addresses().await?;
        let tcp = self.connect(&addresses, deadline).await?;
        tcp.set_nodelay(true)
            .map_err(|error| Fault::Unreachable(error.to_string()))?;
        match &self.tls {
            Some(tls) => Connection::over(tls.shake(tcp).await?, &self.http).await,
            None => Connection::over(tcp, &self.http).await,
        }
    }

    /// The vetted addresses, in the resolver's order.
    async fn addresses(&self) -> Result<Vec<IpAddr>, Fault> {
        let found = match &self.destination.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => {
                let found = self.resolver.resolve(name).await;
                found.map_err(|error| Fault::Name(format!("{name}: {error}")))?
            }
        };
        let barred = |barred| Fault::Address(format!("{}: {barred}", self.destination.host.text()));
        let vetted = self.destination.doors.vet(&found).map_err(barred)?;
        if vetted.is_empty() {
            let name = self.destination.host.text();
            return Err(Fault::Name(format!("{name}: no address")));
        }
        Ok(vetted)
    }

    /// Tries one address after the other; each may take its share of the time
    /// that is left.
    async fn connect(&self, addresses: &[IpAddr], deadline: Instant) -> Result<TcpStream, Fault> {
        let (mut failed, mut slow) = (Vec::new(), false);
        let tries = addresses.len().min(MOST_TRIES);
        for (at, address) in addresses.iter().take(MOST_TRIES).enumerate() {
            let to_come = u32::try_from(tries.saturating_sub(at)).unwrap_or(1);
            let left = deadline.duration_since(Instant::now());
            let share = left.checked_div(to_come).unwrap_or(left);
            let target = SocketAddr::new(*address, self.destination.port);
            match timeout(share, TcpStream::connect(target)).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => failed.push(format!("{target}: {error}")),
                Err(_elapsed) => slow = true,
            }
        }
        Err(match slow {
            true => self.too_slow(),
            false => Fault::Unreachable(failed.join("; ")),
        })
    }

    const fn too_slow(&self) -> Fault {
        Fault::Slow(Phase::Connect, self.connect_time)
    }
}

/// Addresses of one name that are tried. More would leave each of them less
/// than a second of the usual five.
const MOST_TRIES: usize = 4;
