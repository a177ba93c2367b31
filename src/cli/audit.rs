//! `portcullis audit`: reading the record of every request.

use super::{
    Exit,
    console::{Console, Stop},
};

/// Reads the record of every request.
#[derive(Debug, clap::Args)]
pub(super) struct Audit {}
impl Audit {
    pub(super) fn run(self, _c: &mut Console<'_>) -> Result<Exit, Stop> {
        Ok(Exit::Done)
    }
}
