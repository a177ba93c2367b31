//! Signatures over the ledger: who has written this, and how far.
//!
//! A checkpoint is the size and the root of a stream's tree as a C2SP signed
//! note (tlog-checkpoint, signed-note; Ed25519), which any witness or
//! transparency tool can read. `note` is the text, `key` the files.
//!
//! What it proves has limits: whoever holds the live key can write a different
//! future, or a second one, unless checkpoints reach an independent place; and
//! records after the last checkpoint that left the machine can be cut off.

mod key;
mod note;

pub(super) use key::{KeyFiles, listed_keys};
pub use note::VerifyingKey;
pub(super) use note::{Checkpoint, Note, SigningKey, is_name};
