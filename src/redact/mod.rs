//! Sensitive values out of prompts and answers, and the caller's own ones back in.
//!
//! [`Redactor::clean`] is the only maker of [`Clean`], and only a `Clean`
//! request is ever sent. What it replaced lives in the [`Exchange`], as long as
//! the exchange and no longer, and is put back into the answer; what the
//! answer holds of anybody else is masked there (DESIGN decision 4).
//!
//! INVARIANT: what cannot be checked does not go on. A scan that takes too
//! long or panics refuses.
//!
//! Left out on purpose: what the leaves of a body mean (dialects say that in
//! [`Treatment`]s), and streams' events, which [`stream`] knows as bytes with
//! spans.

mod action;
mod answer;
mod budget;
mod clean;
pub mod detector;
pub mod entity;
mod exchange;
mod finder;
mod findings;
pub mod fold;
mod guarded;
mod leaf;
mod placeholder;
mod profile;
mod profiles;
mod redactor;
pub mod settings;
pub mod stream;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use detector::Detectors;
pub use entity::{Confidence, Entity, Group};
pub use exchange::Exchange;
pub use findings::Findings;
pub use leaf::{Cleanable, Treatment};
pub use redactor::{Clean, Finding, Redactor};
