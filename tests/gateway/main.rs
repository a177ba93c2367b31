//! Promises of the product, shown on a whole gateway inside this process.
//!
//! * `desk`: a configuration in a folder, a key, a made-up provider, a caller
//! * `delivery`: records on their way to a collector
//! * `reload`: a changed configuration, with and without faults, under load
//! * `streams`: streamed answers, whole, cut, stopped and left
//! * `endings`: whatever ends a request, it has one terminal record
//! * `memory`: what answers take of it is bounded and comes back
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on should stop"
)]

mod delivery;
mod desk;
mod endings;
mod memory;
mod reload;
mod streams;
