//! Bytes and their grammar: strict JSON with byte spans, server-sent events, and
//! edits on spans of either.
//!
//! Everything here is a pure function of bytes. Nothing is normalised: what
//! two readers could read differently is refused, and what passes can be
//! forwarded byte for byte but for the spans somebody replaced (DESIGN
//! decision 1).

pub mod json;
pub mod splice;
pub mod sse;
