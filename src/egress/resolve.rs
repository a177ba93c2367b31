//! From names to addresses.

use std::{fmt, fs, net::IpAddr};

use futures_util::future::{BoxFuture, ready};
use hickory_resolver::{
    Hosts, TokioResolver,
    config::{LookupIpStrategy, ResolveHosts},
    net::NetError,
    proto::{
        op::Query,
        rr::{Name, RecordType},
    },
};

/// Looks names up. What it says is vetted at each connection, so it is trusted
/// with nothing but being reached.
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of `host`, a name without a dot at its end.
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveFault>>;
}

/// Why a name has no address, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ResolveFault(pub String);

/// The resolver of the system's configuration: `/etc/hosts` first, then the
/// name servers, search list and options of `/etc/resolv.conf`, both as they
/// were at start. Answers are kept as long as they say.
///
/// A name in `/etc/hosts` has the addresses that stand there and no others, as
/// with the system's own resolver (`nsswitch.conf`: `files dns`). A system
/// without name servers has no other names: providers given by address work,
/// all others say why they do not.
pub struct SystemResolver {
    hosts: Hosts,
    servers: Result<TokioResolver, ResolveFault>,
}

impl SystemResolver {
    /// Reads the system's configuration. Needs a tokio runtime around it.
    #[must_use]
    pub fn new() -> Self {
        let servers = TokioResolver::builder_tokio().and_then(|mut builder| {
            let options = builder.options_mut();
            // Both families always: a name is refused for one bad address, so all
            // of them have to be seen.
            options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
            // Read here, since the crate asks servers for the family a file leaves out.
            options.use_hosts_file = ResolveHosts::Never;
            builder.build()
        });
        Self {
            hosts: hosts(&fs::read(HOSTS).unwrap_or_default()),
            servers: servers.map_err(ResolveFault::from),
        }
    }

    /// What `/etc/hosts` says; empty where it says nothing.
    fn pinned(&self, host: &str) -> Vec<IpAddr> {
        let Ok(name) = Name::from_ascii(host) else {
            return Vec::new();
        };
        let of = |kind| {
            self.hosts
                .lookup_static_host(&Query::query(name.clone(), kind))
        };
        let found = [of(RecordType::A), of(RecordType::AAAA)];
        let records = found.iter().flatten().flat_map(|found| found.answers());
        records.filter_map(|record| record.data.ip_addr()).collect()
    }
}

/// Where the system keeps names of its own (hosts(5)).
const HOSTS: &str = "/etc/hosts";

/// Reads a hosts file; lines that are none are skipped, as everywhere.
fn hosts(text: &[u8]) -> Hosts {
    let mut hosts = Hosts::default();
    // Reading from memory cannot fail.
    drop(hosts.read_hosts_conf(text));
    hosts
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl From<NetError> for ResolveFault {
    fn from(error: NetError) -> Self {
        Self(error.to_string())
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveFault>> {
        let pinned = self.pinned(host);
        if !pinned.is_empty() {
            return Box::pin(ready(Ok(pinned)));
        }
        let (servers, host) = (self.servers.clone(), host.to_owned());
        Box::pin(async move { Ok(servers?.lookup_ip(host).await?.iter().collect()) })
    }
}

impl fmt::Debug for SystemResolver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SystemResolver")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No servers, so that whoever asks them is found out.
    fn resolver(hosts_file: &str) -> SystemResolver {
        SystemResolver {
            hosts: hosts(hosts_file.as_bytes()),
            servers: Err(ResolveFault("asked a server".to_owned())),
        }
    }

    #[tokio::test]
    async fn localhost_is_this_machine_without_asking_anybody() {
        let resolver = SystemResolver::new();
        let found = resolver.resolve("localhost").await.unwrap();
        assert!(!found.is_empty());
        assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
    }

    #[tokio::test]
    async fn a_name_in_the_hosts_file_has_those_addresses_alone() {
        let file = "# ours\n10.1.2.3 model model_server\n10.1.2.4 pair\nfd00::4 PAIR\njunk\n";
        let resolver = resolver(file);
        for (name, addresses) in [
            ("model", &["10.1.2.3"][..]),
            ("model_server", &["10.1.2.3"]),
            ("pair", &["10.1.2.4", "fd00::4"]),
        ] {
            let found = resolver.resolve(name).await.unwrap();
            let expected: Vec<IpAddr> = addresses.iter().map(|one| one.parse().unwrap()).collect();
            assert_eq!(found, expected, "{name}");
        }
        let asked = resolver.resolve("other").await.unwrap_err();
        assert_eq!(asked.0, "asked a server");
    }
}
