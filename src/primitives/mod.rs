//! Words with units: the small types every other room speaks in.
//!
//! Nothing here does anything: no I/O, no clock, no policy. A type earns its
//! place when two rooms that must not know each other need the same word.
//! Whatever may hold a secret or a caller's text has no `Display` and a
//! `Debug` that shows nothing but its length.

mod budget;
mod capability;
mod fault;
mod keys;
mod limits;
mod money;
mod names;
mod refusal;
mod remedy;
mod request_id;
mod secret;
mod size;

pub use budget::{Budget, Share, UsedUp};
pub use capability::{Capabilities, Capability};
pub use fault::SettingFault;
pub use keys::{MASTER_BYTES, MasterKey, Purpose, WeakMaster};
pub use limits::Limits;
pub use money::{MicroUsd, TokenCount, Usage};
pub use names::{
    Caller, CredentialId, CredentialKind, GrantName, InvalidName, ModelName, Operation,
    ProfileName, ProviderName, Team, Tenant,
};
pub use refusal::{Code, Refusal};
pub use remedy::{Remedy, Who};
pub use request_id::RequestId;
pub use secret::{Secret, Text};
pub use size::ByteSize;
