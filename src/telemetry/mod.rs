//! What operators see: logs, metrics and operational events.
//!
//! Audit is a separate, durable road with a schema of its own; what is here
//! may be lost without harm. INVARIANT: no content at any level. Events are
//! closed structs of words that cannot hold a prompt, a header value, a query
//! or a key, and foreign crates are never let below `warn`, where some of them
//! print what they carry.

pub mod events;
mod log;
mod metrics;
pub mod otlp;
pub mod trace;

pub use log::{start_logging, start_quiet_logging};
pub use metrics::{
    CONTENT_TYPE, Counter, Described, Gauge, Histogram, Metrics, OTHER, Points, Spread, Unit,
};
