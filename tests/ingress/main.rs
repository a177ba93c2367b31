//! The ingress over real sockets on loopback, bytes in and bytes out.
//!
//! * [`heads`]: hostile heads, each with its status, one answer, a closed connection
//! * [`messages`]: keep-alive, body framing, every cut of a request, requests sent ahead
//! * [`bodies`]: limits of size and memory, compressed bodies, bodies that break
//! * [`slow`]: callers that trickle, pause, or do not read
//! * [`caps`]: connections, also of one source
//! * [`answers`]: panics, aborted answers, ids
//! * [`drain`]: stopping, and stopping at once
//! * [`tls`]: versions, certificates, callers' certificates, reload
//! * [`probes`]: the other port
//! * [`settings`]: what the configuration is told
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that meets a surprise should stop"
)]

mod answers;
mod bodies;
mod caps;
mod drain;
mod heads;
mod messages;
mod probes;
mod room;
mod settings;
mod slow;
mod tls;
