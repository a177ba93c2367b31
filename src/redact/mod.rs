//! Sensitive values out of prompts and answers, and the caller's own ones back in.

mod leaf;
pub mod settings;

pub use leaf::{Cleanable, Treatment};
