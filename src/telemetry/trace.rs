//! Spans: what a request did, for how long, and below what (TELEMETRY §1).
//!
//! A span is a closed value made when its work has ended, so nothing has to
//! be looked up in a context, and the queue to the exporter is bounded: a
//! collector that is slow costs spans, never a request. INVARIANT: attributes
//! are counts, names from configuration and protocol words; no content.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use uuid::Uuid;

/// 16 random bytes that tie spans together (W3C Trace Context §3.2.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub [u8; 16]);

/// 8 random bytes of one span (W3C Trace Context §3.2.2.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(pub [u8; 8]);

impl TraceId {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::new_v4().into_bytes())
    }
}

impl Default for TraceId {
    fn default() -> Self {
        Self::new()
    }
}

impl SpanId {
    /// A new one, never all zero.
    #[must_use]
    pub fn new() -> Self {
        // The last eight bytes of a version 4 UUID begin with its variant, so they are not zero.
        let [.., a, b, c, d, e, f, g, h] = Uuid::new_v4().into_bytes();
        Self([a, b, c, d, e, f, g, h])
    }
}

impl Default for SpanId {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! shown_in_hex {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!(stringify!($name), "({})"), self)
            }
        }
    )*};
}

shown_in_hex! { TraceId SpanId }

/// Reads a `traceparent` header field (W3C Trace Context §3.2): version 00,
/// lower-case hex, neither id all zero. Anything else is no parent.
#[must_use]
pub fn traceparent(value: &str) -> Option<(TraceId, SpanId)> {
    let mut parts = value.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let whole = version == "00" && parts.next().is_none() && flags.len() == 2;
    let (trace, span) = (bytes::<16>(trace)?, bytes::<8>(span)?);
    bytes::<1>(flags)?;
    (whole && trace != [0; 16] && span != [0; 8]).then_some((TraceId(trace), SpanId(span)))
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let lower = |one: u8| matches!(one, b'0'..=b'9' | b'a'..=b'f');
    if hex.len() != N.checked_mul(2)? || !hex.bytes().all(lower) {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

/// On which side of a call a span stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Work inside the gateway.
    Internal,
    /// A request to us.
    Server,
    /// A request of ours.
    Client,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word.
    Text(Cow<'static, str>),
    /// A count.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Several words.
    Texts(Vec<String>),
}

/// Something that was done.
#[derive(Debug, Clone)]
pub struct Span {
    /// The trace it belongs to.
    pub trace: TraceId,
    /// Its own id.
    pub id: SpanId,
    /// The span it was done for.
    pub parent: Option<SpanId>,
    /// A caller's own trace, told apart from ours because nobody vouches for it.
    pub link: Option<(TraceId, SpanId)>,
    /// Its side of the call.
    pub kind: SpanKind,
    /// Its name: few different ones.
    pub name: Cow<'static, str>,
    /// Nanoseconds since the epoch.
    pub start: u64,
    /// Nanoseconds since the epoch.
    pub end: u64,
    /// What there is to say of it.
    pub attributes: Vec<(&'static str, Value)>,
    /// Whether its status is Error.
    pub failed: bool,
}

/// Where spans wait for the exporter.
#[derive(Debug)]
pub struct Spans {
    waiting: Mutex<Vec<Span>>,
    dropped: AtomicU64,
    wanted: bool,
}

/// Spans that wait at most: some MiB, a few seconds of a busy gateway.
const MOST_WAITING: usize = 8_192;

impl Spans {
    /// A queue; without an exporter (`wanted` false) it takes nothing.
    #[must_use]
    pub const fn new(wanted: bool) -> Self {
        Self {
            waiting: Mutex::new(Vec::new()),
            dropped: AtomicU64::new(0),
            wanted,
        }
    }

    /// Whether anybody reads them: nothing is built for nobody.
    #[must_use]
    pub const fn wanted(&self) -> bool {
        self.wanted
    }

    /// Adds the spans of one request, or counts them as dropped.
    pub fn send(&self, spans: Vec<Span>) {
        if !self.wanted {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len().saturating_add(spans.len()) > MOST_WAITING {
            let many = u64::try_from(spans.len()).unwrap_or(u64::MAX);
            self.dropped.fetch_add(many, Ordering::Relaxed);
            return;
        }
        waiting.extend(spans);
    }

    /// Takes what waits.
    #[must_use]
    pub fn take(&self) -> Vec<Span> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many were dropped since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span() -> Span {
        Span {
            trace: TraceId::new(),
            id: SpanId::new(),
            parent: None,
            link: None,
            kind: SpanKind::Internal,
            name: "x".into(),
            start: 1,
            end: 2,
            attributes: Vec::new(),
            failed: false,
        }
    }

    #[test]
    fn a_parent_is_read_strictly() {
        let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        let good = format!("00-{trace}-{parent}-01");
        let (read, id) = traceparent(&good).unwrap();
        assert_eq!(
            (read.to_string(), id.to_string()),
            (trace.to_owned(), parent.to_owned())
        );
        for bad in [
            format!("01-{trace}-{parent}-01"),
            format!("00-{}-{parent}-01", trace.to_uppercase()),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{trace}-{parent}-01-x"),
            format!("00-{trace}-{parent}"),
            format!("00-{trace}-{parent}-0+"),
            String::new(),
        ] {
            assert!(traceparent(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_queue_is_bounded_and_counts_what_it_drops() {
        let spans = Spans::new(true);
        spans.send(vec![span(); MOST_WAITING]);
        spans.send(vec![span(); 3]);
        assert_eq!((spans.dropped(), spans.take().len()), (3, MOST_WAITING));
        spans.send(vec![span()]);
        assert_eq!(spans.take().len(), 1);
    }

    #[test]
    fn without_a_reader_nothing_waits() {
        let spans = Spans::new(false);
        spans.send(vec![span()]);
        assert!(spans.take().is_empty());
    }
}
