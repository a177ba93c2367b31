//! Ending: first gently, then at once.

use tokio_util::sync::CancellationToken;

/// Stops the listeners. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    drain: CancellationToken,
    cut: CancellationToken,
}

impl Stop {
    /// A switch that is not thrown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The first call ends the accepting and lets running requests finish;
    /// the second cuts what still runs.
    pub fn signal(&self) {
        if self.is_stopping() {
            self.cut.cancel();
        } else {
            self.drain.cancel();
        }
    }

    /// Whether the first call has come.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// Cuts, whether or not anything was drained.
    pub(super) fn cut(&self) {
        self.drain.cancel();
        self.cut.cancel();
    }

    /// Until the first call.
    pub async fn stopping(&self) {
        self.drain.cancelled().await;
    }

    /// Until the second.
    pub(super) async fn cutting(&self) {
        self.cut.cancelled().await;
    }
}
