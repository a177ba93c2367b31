//! Scanning, where it may take as long as it takes.
//!
//! A small body is scanned where it is. A large one would hold up every other
//! request of the same worker, so it goes to a thread that has nothing else to
//! do (DESIGN §5).

use std::sync::Arc;

use super::Stages;
use crate::{
    policy::Permit,
    primitives::{Code, Refusal},
    provider::Call,
    redact::Clean,
};

impl Stages {
    /// Cleans a request.
    pub(super) async fn clean(
        self: &Arc<Self>,
        call: Call,
        permit: &Permit,
    ) -> Result<Clean<Call>, Refusal> {
        let (profiles, tenant) = (permit.profiles().to_vec(), permit.caller().tenant.clone());
        let (size, stages) = (call.body_bytes(), Arc::clone(self));
        self.apart(size, move || {
            stages.redactor.clean(call, &profiles, &tenant)
        })
        .await
    }

    /// Does `work` on `size` bytes here, or on a thread of its own.
    pub(super) async fn apart<T: Send + 'static>(
        &self,
        size: usize,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        if size <= self.limits.scan_inline {
            return work();
        }
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|_panicked_or_stopping| {
                Err(Refusal::new(
                    Code::RedactionUnavailable,
                    "the text could not be checked, so it was not sent",
                ))
            })
    }
}
