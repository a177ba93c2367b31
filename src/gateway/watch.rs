//! What the probes port shows, and what is told of connections that fail.

use std::sync::Arc;

use crate::{
    audit::{ConnectionRejected, DeliveryWatch, Ledger},
    ingress::{Probes, Rejected, Witness},
    telemetry::Metrics,
};

/// What the probes port and the rejected connections get to see.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) ledger: Arc<Ledger>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) delivery: Option<DeliveryWatch>,
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
        if let Some(delivery) = &self.delivery {
            let status = delivery.status();
            self.metrics.delivered.set([], whole(status.delivered));
            self.metrics
                .dead_letters
                .set([], whole(status.dead_lettered));
            self.metrics.export_retries.set([], whole(status.retries));
        }
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
