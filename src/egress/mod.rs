//! The way out: the one room that dials.
//!
//! A provider is where its base URL says, and nowhere else: its name is looked
//! up, every address vetted (`vet.rs`), and the socket opened to a vetted one
//! (`dial.rs`). No redirect is followed, no proxy of the environment asked, no
//! certificate believed unchecked (`tls.rs`). An answer is read under limits in
//! size, time and packing (`raw.rs`, `unpack.rs`); one that could be read in two
//! ways is not read at all (`head.rs`).
//!
//! INVARIANT: a credential meets a request in `send.rs`, after the target was
//! seen to be a path and the provider's origin the one this line dials; each
//! provider has its own connections (`pool.rs`), which carry no other's.
//!
//! Left out on purpose: HTTP/2 upstream (no provider needs it), proxies of
//! our own (a later setting), happy eyeballs (addresses are tried in turn).

mod body;
mod connection;
mod courier;
mod deadline;
mod destination;
mod dial;
mod exchange;
mod fault;
mod head;
mod pool;
mod range;
mod raw;
mod resolve;
mod send;
mod tls;
mod unpack;
mod vet;

pub use body::UpstreamBody;
pub use courier::Courier;
pub use resolve::{Resolve, ResolveFault, SystemResolver};
pub use send::{Egress, Sent};

#[cfg(test)]
mod tests;
