//! Who is calling: from a header to a [`Caller`](crate::primitives::Caller).
//!
//! The invariant: a `Caller` exists only where exactly one credential was
//! shown in a header, its HMAC matched under the pepper, and it was neither
//! revoked nor expired. There is no switch that lets anybody in without, and
//! loopback is an address like any other. All that can be wrong with a key
//! gives one refusal, after the same work.
//!
//! The keyring file holds tags, never keys; `portcullis keys` writes it under
//! a lock and the gateway follows it. What the file says is taken in whole or
//! not at all: a broken one leaves the last good one in force and is reported,
//! because dropping every key would turn a typing error into an outage.
//!
//! Left out on purpose: JWT, client certificates, cloud signatures, and ending
//! running exchanges at revocation. They are rooms of their own later.

mod durable;
mod failures;
mod file;
mod hex;
mod identify;
mod key;
mod keyring;
mod master;
mod presented;
pub mod settings;
mod watch;

pub use file::{DEFAULT_EXPIRY, KeyFileError, LONGEST_EXPIRY, MintRequest, list, mint, revoke};
pub use identify::Identity;
pub use key::{NoRandomness, PATTERN, is_well_formed};
pub use keyring::{KeyEntry, Keyring, KeyringFault};
pub use master::{MasterFault, load_master, load_or_create_master};
pub use presented::{HEADERS, Presented};
pub use watch::KeyringEvent;
