//! Sensitive values out of prompts and answers, and the caller's own ones back in.

mod leaf;
mod scaffold;
pub mod settings;

pub use leaf::{Cleanable, Treatment};
pub use scaffold::{Clean, Exchange, Findings, Redactor};
