//! Points in time.

use std::time::Duration;

use tokio::time::Instant;

/// The moment `time` from now. A time too long for the clock becomes a year,
/// which no exchange takes.
pub(super) fn after(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time.min(YEAR)).unwrap_or(now)
}

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
