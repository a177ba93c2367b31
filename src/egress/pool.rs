//! Connections nobody uses at the moment.
//!
//! INVARIANT: one pool belongs to one provider, so that a connection never
//! carries two credentials; and what is taken out of it has ended its last
//! exchange cleanly.
//!
//! hyper-util's pool would do, but for what it keeps to itself: whether a
//! request that failed on a stale connection was given back unwritten, which
//! is the one case that may be tried again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::time::{self, Instant};
use tokio_util::task::AbortOnDropHandle;

use super::connection::Connection;

/// The idle connections of one provider, oldest first.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<VecDeque<Connection>>,
    keep: Duration,
    sweeper: OnceLock<AbortOnDropHandle<()>>,
}

impl Pool {
    /// An empty pool that closes what was idle for `keep`.
    pub(super) fn new(keep: Duration) -> Self {
        Self {
            idle: Mutex::default(),
            keep,
            sweeper: OnceLock::new(),
        }
    }

    /// The connection that was used last, if one is ready. One that is still
    /// busy with the rest of its last request stays behind.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut idle = self.idle();
        self.sweep(&mut idle);
        let at = idle.iter().rposition(Connection::is_ready)?;
        idle.remove(at)
    }

    /// Whether [`Self::take`] would find one.
    pub(super) fn has_one(&self) -> bool {
        let mut idle = self.idle();
        self.sweep(&mut idle);
        idle.iter().any(Connection::is_ready)
    }

    /// Keeps a connection, and closes the oldest where they are too many.
    pub(super) fn give_back(&self, mut connection: Connection) {
        connection.idle_since = Instant::now();
        let mut idle = self.idle();
        idle.push_back(connection);
        if idle.len() > MOST_IDLE {
            idle.pop_front();
        }
    }

    /// Closes idle connections on time, also where nobody comes any more.
    /// Called wherever a connection is made, since it needs a runtime.
    pub(super) fn keep_swept(self: &Arc<Self>) {
        self.sweeper.get_or_init(|| {
            let pool = Arc::downgrade(self);
            let every = self.keep.checked_div(2).unwrap_or(self.keep).max(OFTEN);
            AbortOnDropHandle::new(tokio::spawn(async move {
                while let Some(pool) = pool.upgrade() {
                    pool.sweep(&mut pool.idle());
                    drop(pool);
                    time::sleep(every).await;
                }
            }))
        });
    }

    fn sweep(&self, idle: &mut VecDeque<Connection>) {
        idle.retain(|one| !one.is_closed() && one.idle_since.elapsed() < self.keep);
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Connection>> {
        // A panic elsewhere cannot leave a connection half moved, so poison says nothing.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.idle().len()
    }
}

/// The sweeper never comes more often.
const OFTEN: Duration = Duration::from_millis(10);

/// Idle connections to one provider. A crowd that comes at once is answered by
/// as many connections as it needs; this many of them are kept for the next.
const MOST_IDLE: usize = 100;
