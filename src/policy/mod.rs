//! placeholder

pub mod settings;
