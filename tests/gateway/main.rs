//! Promises of the product, shown on a whole gateway inside this process.
//!
//! * `desk`: a configuration in a folder, a key, a made-up provider, a caller
//! * `reload`: a changed configuration, with and without faults, under load
//! * `endings`: whatever ends a request, it has one terminal record
//! * `memory`: what answers take of it is bounded and comes back
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on should stop"
)]

mod desk;
mod endings;
mod memory;
mod reload;
