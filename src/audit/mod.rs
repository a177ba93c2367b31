//! The record of every request: durable, in order, without content.
//!
//! `trail` follows one request, `record` says what a record looks like,
//! `ledger` puts records on the disk, `read` and `show` bring them back.
//!
//! INVARIANTS: `dispatched` is on the disk before the first byte goes upstream,
//! the terminal record before the last byte goes to the caller. Every
//! identified request has exactly one `received` and one terminal record, after
//! any crash. No field of any record can hold content or a credential.

mod content;
mod deliver;
mod entry;
mod export;
mod facts;
mod hex;
mod ledger;
mod read;
mod record;
mod seal;
pub mod settings;
pub mod show;
mod trail;
mod tree;
pub mod verify;

pub use content::{Content, ContentHasher, ContentTag};
pub use deliver::{Collector, DeliveryStatus, DeliveryWatch, Exporter, Post, PostFault};
pub use entry::Entry;
pub use export::export;
pub use facts::{
    AnswerFacts, Arrived, CallFacts, CostFacts, Direction, EditFacts, Fact, FindingFacts, TraceIds,
    UpstreamFacts, UsageFacts, UsageSource,
};
pub use ledger::{ConnectionRejected, Instance, Ledger, LedgerFault, Position, Spool, Status};
pub use read::{Records, read};
pub use record::Facts;
pub use seal::VerifyingKey;
pub use trail::{Committed, Outcome, Trail};
