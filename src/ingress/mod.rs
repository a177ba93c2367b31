//! The way in: ports, TLS, the strict head check, the rim, and stopping.
//!
//! INVARIANT: a [`Handler`] only ever sees a request whose head two readers
//! cannot see differently, from a caller within the limits of connections,
//! time and memory. Whatever fails before that gets one well-formed answer,
//! the end of its connection, and a word to the [`Witness`]; no value a
//! stranger sent is answered back or logged.
//!
//! ```text
//! accept -> seat -> TLS -> wire ------------> hyper -> rim -> Handler
//!                           | head check               |
//!                           | body framing             | panic, load, id
//!                           | clocks                   v
//! caller <- part <- wire <- hyper <----------------- Outgoing
//! ```
//!
//! `head`, `chunked`, `follow` and `pace` decide and do no I/O; `wire` applies
//! them to a stream; `connection` is the life of one. Left out on purpose:
//! HTTP/2 (until its abuse tests exist), HTTP/1.0, upgrades, trailers, what
//! paths mean, and who is calling.

mod accept;
mod answer;
mod arrival;
mod body;
mod chunked;
mod connection;
mod follow;
mod head;
mod host;
mod listeners;
mod pace;
mod probes;
mod refuse;
mod rim;
mod seats;
pub mod settings;
mod stop;
mod tls;
mod turn;
mod wire;

pub use answer::{AnswerBody, BodyAborted, whole};
pub use arrival::{Arrival, Handler, Probes, Received, Rejected, TlsFacts, Witness};
pub use body::Body;
pub use listeners::{Bound, Listeners};
pub use stop::Stop;
pub use tls::Certificates;
