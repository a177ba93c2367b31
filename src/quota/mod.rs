//! How much: requests a minute and requests at once, per credential and per grant.
//!
//! [`Quota::admit`] knows only the ceilings every credential has; limits that
//! hang on a grant are taken in [`Quota::reserve`], after policy named it.
//! Rates are GCRA (governor): a burst of a whole minute's allowance, then an
//! even flow.
//!
//! INVARIANT: a [`Reservation`] has one maker. Dropped before the request was
//! sent it gives back what can be given back; after that it is owed.
//!
//! Left out on purpose, for now: tokens and money. The estimate is taken and
//! the usage settled, so that adding them moves no wall.

mod concurrent;
mod rate;
pub mod settings;

use std::{fmt, num::NonZeroU32, time::Duration};

use crate::{
    policy::{GrantLimits, Permit, Scope},
    primitives::{Caller, Code, CredentialId, Limits, Refusal, TokenCount},
};
use concurrent::{Places, Taken};
use rate::Rates;

/// Upper bounds for what a request may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate {
    /// Tokens read.
    pub input: TokenCount,
    /// Tokens written, all answers together.
    pub output: TokenCount,
}

/// All counters of this process.
#[derive(Debug)]
pub struct Quota {
    credential_rate: Rates<CredentialId>,
    credential_places: Places<CredentialId>,
    per_credential: u32,
    grant_rates: Rates<Allowance>,
    grant_places: Places<Allowance>,
}

/// Who shares one allowance of one grant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Allowance {
    grant: String,
    sharer: String,
}

impl Quota {
    /// Counters with the ceilings of `limits`.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            credential_rate: Rates::new(limits.requests_per_minute),
            credential_places: Places::default(),
            per_credential: limits.concurrent_requests,
            grant_rates: Rates::per_key(),
            grant_places: Places::default(),
        }
    }

    /// Takes a place among the credential's requests.
    ///
    /// # Errors
    /// [`Code::RateLimited`] or [`Code::ConcurrencyLimited`], with a time to wait.
    pub fn admit(&self, caller: &Caller) -> Result<Slot, Refusal> {
        let taken = self
            .credential_places
            .take(&caller.credential, self.per_credential)
            .ok_or_else(|| too_many("this key", self.per_credential))?;
        self.credential_rate
            .take(&caller.credential, None)
            .map_err(|wait| too_fast("this key", wait))?;
        Ok(Slot { _taken: taken })
    }

    /// Takes what the limits of all matching grants ask for.
    ///
    /// Places come first because they can be given back; a rate that was
    /// taken before another refused stays taken, which errs on the safe side.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn reserve(&self, permit: &Permit, estimate: Estimate) -> Result<Reservation, Refusal> {
        let mut places = Vec::new();
        for limits in permit.limits() {
            if let Some(most) = limits.concurrent {
                let key = allowance(limits, permit.caller());
                let taken = self.grant_places.take(&key, most.get());
                places.push(taken.ok_or_else(|| too_many("the grant", most.get()))?);
            }
        }
        for limits in permit.limits() {
            if let Some(rate) = limits.requests_per_minute {
                let key = allowance(limits, permit.caller());
                self.grant_rates
                    .take(&key, Some(rate))
                    .map_err(|wait| too_fast("the grant", wait))?;
            }
        }
        Ok(Reservation {
            _places: places,
            estimate,
            sent: false,
        })
    }
}

fn allowance(limits: &GrantLimits, caller: &Caller) -> Allowance {
    let sharer = match limits.per {
        Scope::Caller => format!("caller/{}", caller.owner),
        Scope::Team => format!("team/{}", caller.team),
        Scope::Grant => String::new(),
    };
    Allowance {
        grant: limits.grant.to_string(),
        sharer,
    }
}

fn too_fast(whose: &str, wait: Duration) -> Refusal {
    Refusal::new(
        Code::RateLimited,
        format!("{whose} has used its requests for this minute"),
    )
    .with_retry_after(wait)
}

/// How long to wait for a place: nobody knows, so a second.
const PLACE_WAIT: Duration = Duration::from_secs(1);

fn too_many(whose: &str, most: u32) -> Refusal {
    Refusal::new(
        Code::ConcurrencyLimited,
        format!("{whose} has {most} requests open, which is its limit"),
    )
    .with_retry_after(PLACE_WAIT)
}

/// A place among a credential's requests, free again when dropped.
pub struct Slot {
    _taken: Taken<CredentialId>,
}

impl fmt::Debug for Slot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Slot")
    }
}

/// Evidence that a request's allowance was taken. One maker: [`Quota::reserve`].
pub struct Reservation {
    _places: Vec<Taken<Allowance>>,
    estimate: Estimate,
    sent: bool,
}

impl Reservation {
    /// What was set aside.
    #[must_use]
    pub const fn estimate(&self) -> Estimate {
        self.estimate
    }

    /// The first byte leaves: from now on it is owed.
    pub const fn mark_sent(&mut self) {
        self.sent = true;
    }

    /// Whether it is owed.
    #[must_use]
    pub const fn is_owed(&self) -> bool {
        self.sent
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Reservation({:?}, sent: {})", self.estimate, self.sent)
    }
}

/// The smallest rate there is.
const ONE: NonZeroU32 = NonZeroU32::MIN;

#[cfg(test)]
mod tests;
