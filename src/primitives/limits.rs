//! The one list of limits, with the defaults of DESIGN §5.
//!
//! `ARCHITECTURE.md` repeats the list with the test of each. A limit lives
//! here, and not with the part that obeys it, so that an operator can see in
//! one place how much a stranger can make the gateway do.

use std::time::Duration;

/// How much of anything is too much. Every field is a ceiling.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one request body.
    pub request_body: usize,
    /// Bytes of all request bodies held in memory together.
    pub all_bodies: usize,
    /// Bytes of memory that answers read as a whole may take together: what
    /// checking them takes at its peak, then their bytes until they are sent.
    pub all_answers: usize,
    /// Header fields in one request.
    pub header_count: usize,
    /// Bytes of one request head.
    pub header_bytes: usize,
    /// Bytes of a request target.
    pub target_bytes: usize,
    /// Time for a request head to arrive.
    pub header_time: Duration,
    /// Time for a request body to arrive.
    pub body_time: Duration,
    /// Bytes a second a caller must keep up, sending a body or reading an answer.
    pub slowest_rate: u32,
    /// How long a caller may be behind that rate while it reads an answer.
    pub write_stall: Duration,
    /// Nesting of JSON.
    pub json_depth: usize,
    /// Values and member names in one JSON text.
    pub json_nodes: usize,
    /// Bytes of one response body.
    pub response_body: usize,
    /// Bytes a compressed response may unfold to.
    pub decompressed: usize,
    /// How many times larger than its compressed form a response may be.
    pub decompression_ratio: usize,
    /// How long a connection may lie idle between two requests.
    pub keep_alive: Duration,
    /// Open client connections.
    pub connections: usize,
    /// Open client connections from one address.
    pub connections_per_source: usize,
    /// Time to a connected upstream, TLS included.
    pub connect_time: Duration,
    /// Time to the first byte of an upstream's answer.
    pub first_byte_time: Duration,
    /// Time between two reads of an upstream's answer.
    pub idle_time: Duration,
    /// Time of one whole exchange.
    pub total_time: Duration,
    /// Thread time one scan may take, whatever the size.
    pub scan_time: Duration,
    /// Further thread time per MiB of body.
    pub scan_time_per_mib: Duration,
    /// Bodies larger than this are scanned off the I/O workers.
    pub scan_inline: usize,
    /// Bytes of text one channel of a stream may hold back.
    pub held_text: usize,
    /// Bytes of raw events one stream may hold back.
    pub held_events: usize,
    /// How long running requests may take to end once the gateway stops.
    pub drain: Duration,
    /// Requests a minute for one credential.
    pub requests_per_minute: u32,
    /// Open requests of one credential.
    pub concurrent_requests: u32,
    /// Failed logins a minute from one address.
    pub failed_logins_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: usize = 1024;
        const MIB: usize = 1024 * KIB;
        Self {
            request_body: 10 * MIB,
            all_bodies: 512 * MIB,
            all_answers: 512 * MIB,
            header_count: 100,
            header_bytes: 32 * KIB,
            target_bytes: 8 * KIB,
            header_time: Duration::from_secs(10),
            body_time: Duration::from_secs(60),
            slowest_rate: 1024,
            write_stall: Duration::from_secs(60),
            json_depth: 64,
            json_nodes: 200_000,
            response_body: 64 * MIB,
            decompressed: 64 * MIB,
            decompression_ratio: 100,
            keep_alive: Duration::from_secs(90),
            connections: 10_000,
            connections_per_source: 1_000,
            connect_time: Duration::from_secs(5),
            first_byte_time: Duration::from_secs(600),
            idle_time: Duration::from_secs(300),
            total_time: Duration::from_secs(3_600),
            scan_time: Duration::from_millis(100),
            scan_time_per_mib: Duration::from_millis(100),
            scan_inline: 64 * KIB,
            held_text: 16 * KIB,
            held_events: MIB,
            drain: Duration::from_secs(60),
            requests_per_minute: 600,
            concurrent_requests: 50,
            failed_logins_per_minute: 10,
        }
    }
}
