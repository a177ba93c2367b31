//! The audit record: its events, its attributes, its exact bytes.
//!
//! A record is one JSON object in the canonical form of RFC 8785. Everything
//! in it comes from closed structs; strings from outside are [`Line`]s. Each
//! has a largest size, so [`LARGEST_RECORD`] holds for every record there can
//! be, and room for it can be set aside before the request is let in.
//!
//! A [`Draft`] is a record that does not know its place yet: the request's own
//! thread renders it around a gap, the ledger's thread fills the gap with
//! number and hash. `audit.sequence.*` stays together in the order of names,
//! which is what makes one gap enough.

pub(super) mod canonical;
mod draft;
mod facts;
mod line;
pub(super) mod names;
mod render;

pub(super) use draft::{Draft, Event, Place, Resource};
pub use facts::Facts;
pub(super) use facts::{Allowed, Answered, Said, What, Who, canonical_address};
pub(super) use line::Line;

/// Bytes no record exceeds; see the test of the same name.
pub(super) const LARGEST_RECORD: u64 = 24 * 1024;

/// Version of this schema: `audit.schema.version`.
pub(super) const SCHEMA: &str = "1";

/// How long outside texts may be, in bytes, and lists, in members.
pub(super) mod longest {
    /// Names and ids.
    pub(in crate::audit) const NAME: usize = 128;
    /// Grants and finish reasons.
    pub(in crate::audit) const WORD: usize = 64;
    /// Ids of policies: a grant's name and what is made of it.
    pub(in crate::audit) const POLICY: usize = 96;
    /// Models, response ids, hosts; targets: a provider, a stroke, a model.
    pub(in crate::audit) const MODEL: usize = 64 + 1 + 256;
    /// Reasons and details.
    pub(in crate::audit) const SENTENCE: usize = 512;
    /// Profiles, joined.
    pub(in crate::audit) const RULESET: usize = 256;
    /// `user_agent.original` (TELEMETRY §3).
    pub(in crate::audit) const USER_AGENT: usize = 256;
    /// Methods.
    pub(in crate::audit) const METHOD: usize = 16;
    /// Members of a list.
    pub(in crate::audit) const LIST: usize = 16;
    /// Kinds of finding with a count of their own, in one direction.
    pub(in crate::audit) const ENTITIES: usize = 48;
    /// Choices whose finish reason is kept.
    pub(in crate::audit) const CHOICES: usize = 8;
}

#[cfg(test)]
mod tests;
