//! Signatures of the contract, until the engine is here.

use std::sync::Arc;

use super::{Cleanable, settings::RedactionSettings};
use crate::primitives::{Limits, MasterKey, ProfileName, Refusal, SettingFault, Tenant};

/// A request that was cleaned.
#[derive(Debug)]
pub struct Clean<T>(T);

/// One exchange's map.
#[derive(Debug)]
pub struct Exchange;

/// Counts.
#[derive(Debug, Default)]
pub struct Findings;

/// The maker of [`Clean`].
#[derive(Debug)]
pub struct Redactor;

impl Redactor {
    /// Loads.
    ///
    /// # Errors
    /// Never here.
    pub fn load(
        _settings: &RedactionSettings,
        _master: &Arc<MasterKey>,
        _limits: &Limits,
    ) -> Result<Self, Vec<SettingFault>> {
        Ok(Self)
    }

    /// Cleans.
    ///
    /// # Errors
    /// Never here.
    pub fn clean<T: Cleanable>(
        &self,
        call: T,
        _profiles: &[ProfileName],
        _tenant: &Tenant,
    ) -> Result<Clean<T>, Refusal> {
        call.edited(Vec::new()).map(Clean).map_err(|_overlap| {
            Refusal::new(crate::primitives::Code::RedactionUnavailable, "scaffold")
        })
    }
}

impl<T> Clean<T> {
    /// Parts.
    pub fn into_parts(self) -> (T, Exchange, Findings) {
        (self.0, Exchange, Findings)
    }
}
