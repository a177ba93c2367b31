//! Records on their way to a collector, for as long as the gateway runs.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode, Uri};
use tokio::task::JoinHandle;

use super::StartFault;
use crate::{
    audit::{Collector, DeliveryWatch, Exporter, Ledger, Post, PostFault},
    egress::{Courier, SystemResolver},
    primitives::Limits,
    telemetry::events::Degraded,
};

/// How long delivery may go on once the last request has ended. What is not
/// delivered then stays on disk for the next start.
const LAST_CALL: Duration = Duration::from_secs(10);

/// How long it rests after the ledger's own files could not be read.
const REST: Duration = Duration::from_secs(5);

/// Delivery to one collector.
pub(super) struct Delivery {
    exporter: Arc<Exporter>,
    running: JoinHandle<()>,
}

/// A [`Courier`] as the exporter knows it.
struct Road(Courier);

impl Post for Road {
    fn post(
        &self,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'_, Result<(StatusCode, HeaderMap, Bytes), PostFault>> {
        let path = uri.path().to_owned();
        Box::pin(async move {
            let answer = self.0.carry(&path, headers, body).await;
            answer.map_err(|refusal| {
                let detail = refusal.detail().unwrap_or_else(|| refusal.sentence());
                PostFault(detail.to_owned())
            })
        })
    }
}

impl Delivery {
    /// Begins to deliver. Needs a tokio runtime around it.
    pub(super) fn start(
        ledger: &Ledger,
        collector: Collector,
        limits: &Limits,
    ) -> Result<Self, StartFault> {
        let courier = Courier::load(collector.uri(), limits, SystemResolver::new());
        let courier = courier.map_err(|faults| {
            let below = |fault: crate::primitives::SettingFault| fault.below("audit.otlp");
            StartFault::Settings(faults.into_iter().map(below).collect())
        })?;
        let exporter = Arc::new(Exporter::new(ledger, collector, Arc::new(Road(courier))));
        let delivering = Arc::clone(&exporter);
        let running = tokio::spawn(async move {
            while let Err(fault) = delivering.run().await {
                Degraded {
                    part: "delivery",
                    fault: &fault,
                }
                .emit();
                tokio::time::sleep(REST).await;
            }
        });
        Ok(Self { exporter, running })
    }

    pub(super) fn watch(&self) -> DeliveryWatch {
        self.exporter.watch()
    }

    /// Delivers what is left of a ledger that was closed, as long as that
    /// takes no longer than [`LAST_CALL`].
    pub(super) async fn finish(self) {
        self.running.abort();
        self.running.await.ok(); // two must not deliver at once
        let flushed = tokio::time::timeout(LAST_CALL, self.exporter.flush()).await;
        if let Ok(Err(fault)) = flushed {
            Degraded {
                part: "delivery",
                fault: &fault,
            }
            .emit();
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Delivery(..)")
    }
}
