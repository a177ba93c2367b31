//! Sends what may be sent: the joint between an [`Outbound`] and a line.

use std::{collections::HashMap, fmt, sync::Arc};

use http::{HeaderMap, StatusCode};

use super::{
    body::UpstreamBody, destination::Place, exchange::Line, fault::Fault, resolve::Resolve,
};
use crate::{
    primitives::{Budget, Limits, ProviderName, Refusal, SettingFault, Share},
    provider::{Origin, Outbound, Plain, Return, Scheme, Upstream},
};

/// The lines to all providers of one configuration.
pub struct Egress {
    lines: HashMap<ProviderName, (Origin, Line)>,
    memory: Arc<Budget>,
}

/// An answer whose head has come, and what the way back needs.
#[derive(Debug)]
pub struct Sent {
    /// The provider's status.
    pub status: StatusCode,
    /// The provider's headers, as they came.
    pub headers: HeaderMap,
    /// The provider's body, under limits.
    pub body: UpstreamBody,
    /// What the way back needs.
    pub back: Return,
}

impl Egress {
    /// Makes ready what can be without dialling. `memory` is for answers read
    /// as a whole, and the same for every configuration.
    ///
    /// # Errors
    /// What is wrong with a provider's place, with paths from the top of the
    /// configuration.
    pub fn new<'a>(
        upstreams: impl Iterator<Item = &'a Arc<Upstream>>,
        limits: &Limits,
        resolver: impl Resolve,
        memory: &Arc<Budget>,
    ) -> Result<Self, Vec<SettingFault>> {
        let resolver: Arc<dyn Resolve> = Arc::new(resolver);
        let (mut lines, mut faults) = (HashMap::new(), Vec::new());
        for upstream in upstreams {
            match line(upstream, limits, Arc::clone(&resolver)) {
                Ok(line) => {
                    lines.insert(upstream.name().clone(), (upstream.origin().clone(), line));
                }
                Err(found) => {
                    let section = format!("providers.{}", upstream.name());
                    faults.extend(found.into_iter().map(|one| one.below(&section)));
                }
            }
        }
        if faults.is_empty() {
            Ok(Self {
                lines,
                memory: Arc::clone(memory),
            })
        } else {
            Err(faults)
        }
    }

    /// Opens a connection ahead of a request, so that dialling and other waits
    /// overlap. No byte of HTTP is written.
    ///
    /// # Errors
    /// Why there is no connection; the request itself would find out again.
    pub async fn warm(&self, upstream: &Upstream) -> Result<(), Refusal> {
        let line = self.line(upstream)?;
        Ok(line.warm().await?)
    }

    /// Sends a request and waits for the head of its answer. From the moment
    /// its first byte may have left, the reservation is owed; dropping the
    /// future closes the connection.
    ///
    /// # Errors
    /// The codes that begin with `upstream_`.
    pub fn send(&self, outbound: Outbound) -> impl Future<Output = Result<Sent, Refusal>> + Send {
        let request = outbound.request();
        // On the heap, so that the future of a whole walk stays small.
        let mut back = Box::new(outbound.into_return());
        async move {
            let line = self.line(&back.upstream)?;
            let Return { upstream, hold, .. } = &mut *back;
            let sign = |headers: &mut HeaderMap| upstream.sign(headers);
            let mut leaving = || hold.mark_sent();
            let answered = line.exchange(request, sign, &mut leaving).await?;
            Ok(Sent {
                status: answered.status,
                headers: answered.headers,
                body: answered.body,
                back: *back,
            })
        }
    }

    /// A share of the memory for answers, to read one into.
    #[must_use]
    pub fn memory(&self) -> Share {
        self.memory.share()
    }

    /// The line of a provider. INVARIANT: it leads to the origin the request
    /// and the credential are for, also where an upstream of another
    /// configuration has the same name.
    fn line(&self, upstream: &Upstream) -> Result<&Line, Fault> {
        match self.lines.get(upstream.name()) {
            Some((origin, line)) if origin == upstream.origin() => Ok(line),
            Some(_) | None => Err(Fault::Unsendable("no line leads to this provider's origin")),
        }
    }
}

fn line(
    upstream: &Upstream,
    limits: &Limits,
    resolver: Arc<dyn Resolve>,
) -> Result<Line, Vec<SettingFault>> {
    let origin = upstream.origin();
    let networks: Vec<String> = upstream
        .allow_networks()
        .iter()
        .map(ToString::to_string)
        .collect();
    let place = Place {
        tls: origin.scheme == Scheme::Https,
        host: &origin.host,
        port: origin.port,
        networks: &networks,
        plain_anywhere: upstream.plain_http() == Plain::Anywhere,
    };
    Line::load(&place, upstream.ca_file(), resolver, limits)
}

impl fmt::Debug for Egress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Egress({} lines)", self.lines.len())
    }
}
