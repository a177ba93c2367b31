#![doc = include_str!("ARCHITECTURE.md")]

pub mod audit;
pub mod cli;
pub mod config;
pub mod egress;
pub mod gateway;
pub mod identity;
pub mod ingress;
pub mod pipeline;
pub mod policy;
pub mod primitives;
pub mod provider;
pub mod quota;
pub mod redact;
pub mod telemetry;
pub mod wire;
