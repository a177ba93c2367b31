//! Ends answers that are on their way: drain, kill switch, revocation.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::primitives::Code;

/// A switch that every streamed answer looks at. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub struct Stops {
    code: Arc<OnceLock<Code>>,
    token: CancellationToken,
}

impl Stops {
    /// Stops every streamed answer that is on its way, with the dialect's error
    /// event of `code` and an abort. The first call decides.
    pub fn stop_all(&self, code: Code) {
        self.code.get_or_init(|| code);
        self.token.cancel();
    }

    pub(super) fn watch(&self) -> Stopped {
        Stopped {
            code: Arc::clone(&self.code),
            wait: Box::pin(self.token.clone().cancelled_owned()),
        }
    }
}

/// Done when the answer must stop.
pub(super) struct Stopped {
    code: Arc<OnceLock<Code>>,
    wait: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Future for Stopped {
    type Output = Code;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Code> {
        ready!(self.wait.as_mut().poll(context));
        Poll::Ready(self.code.get().copied().unwrap_or(Code::Draining))
    }
}

impl fmt::Debug for Stopped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Stopped(..)")
    }
}
