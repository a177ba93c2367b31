//! From names to addresses.

use std::{fmt, net::IpAddr};

use futures_util::future::BoxFuture;
use hickory_resolver::{
    TokioResolver,
    config::{LookupIpStrategy, ResolveHosts},
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
/// A system without a configuration has no names: providers given by address
/// work, all others say why they do not.
pub struct SystemResolver(Result<TokioResolver, ResolveFault>);

impl SystemResolver {
    /// Reads the system's configuration. Needs a tokio runtime around it.
    #[must_use]
    pub fn new() -> Self {
        let fault = |error: hickory_resolver::net::NetError| ResolveFault(error.to_string());
        let resolver = TokioResolver::builder_tokio().and_then(|mut builder| {
            let options = builder.options_mut();
            // Both families always: a name is refused for one bad address, so all
            // of them have to be seen.
            options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
            options.use_hosts_file = ResolveHosts::Always;
            builder.build()
        });
        Self(resolver.map_err(fault))
    }
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveFault>> {
        let (resolver, host) = (self.0.clone(), host.to_owned());
        Box::pin(async move {
            let found = resolver?.lookup_ip(host).await;
            let found = found.map_err(|error| ResolveFault(error.to_string()))?;
            Ok(found.iter().collect())
        })
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

    #[tokio::test]
    async fn localhost_is_this_machine_without_asking_anybody() {
        let resolver = SystemResolver::new();
        let found = resolver.resolve("localhost").await.unwrap();
        assert!(!found.is_empty());
        assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
    }
}
