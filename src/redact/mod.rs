//! Sensitive values out of prompts and answers, and the caller's own ones back in.

pub mod detector;
pub mod entity;
pub mod fold;
mod leaf;
pub mod settings;

pub use leaf::{Cleanable, Treatment};
