//! How much: requests, tokens, money and requests at once, per credential and per grant.
//!
//! [`Quota::admit`] knows only the ceilings every credential has; limits that
//! hang on a grant are taken in [`Quota::reserve`], after policy named it. An
//! estimate is an upper bound and is taken whole before anything is sent; what
//! the provider counted settles it.
//!
//! INVARIANT: a [`Reservation`] has one maker, and takes from all its limits
//! or from none. Dropped before the first byte left it gives everything back;
//! after that it is owed as estimated until it is settled.
//!
//! Left out on purpose: who may do what (policy), and waiting. A request that
//! does not fit is refused at once.

mod bucket;
mod clock;
mod concurrent;
mod meter;
mod meters;
mod price;
mod reservation;
pub mod settings;

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    policy::{Dimension, Limit, Permit, Window},
    primitives::{Caller, Code, CredentialId, Limits, Refusal, TokenCount},
};
use clock::Clock;
use concurrent::{Places, Taken};
use meter::Full;
use meters::{Allowance, Meters};

pub use meters::Shown;
pub use price::Price;
pub use reservation::Reservation;

/// Upper bounds for what a request may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate {
    /// Tokens read.
    pub input: TokenCount,
    /// Tokens written, all answers together.
    pub output: TokenCount,
}

/// What models cost. Declared here, filled where the price list is read.
pub trait Prices: Send + Sync + fmt::Debug {
    /// The price of a permit's model; `None` where nobody wrote one down.
    fn of(&self, permit: &Permit) -> Option<Price>;
}

/// No model has a price.
#[derive(Debug, Clone, Copy)]
pub struct Unpriced;

impl Prices for Unpriced {
    fn of(&self, _permit: &Permit) -> Option<Price> {
        None
    }
}

/// All counters of this process.
#[derive(Debug)]
pub struct Quota {
    clock: Arc<Clock>,
    per_credential: Ceilings,
    rates: Meters,
    credential_places: Places<CredentialId>,
    grant_places: Places<Allowance>,
    meters: Meters,
}

/// What every credential may have.
#[derive(Debug, Clone, Copy)]
struct Ceilings {
    requests: Limit,
    concurrent: u32,
}

impl Quota {
    /// Counters with the ceilings of `limits`; `now` is the machine's clock.
    #[must_use]
    pub fn new(limits: &Limits, now: Timestamp) -> Self {
        let most = u64::from(limits.requests_per_minute).max(1);
        Self {
            clock: Arc::new(Clock::new(now)),
            per_credential: Ceilings {
                requests: Limit {
                    dimension: Dimension::Requests,
                    window: Window::Minute,
                    most: most.try_into().unwrap_or(std::num::NonZeroU64::MIN),
                },
                concurrent: limits.concurrent_requests,
            },
            rates: Meters::default(),
            credential_places: Places::default(),
            grant_places: Places::default(),
            meters: Meters::default(),
        }
    }

    /// Takes a place among the credential's requests.
    ///
    /// # Errors
    /// [`Code::RateLimited`] or [`Code::ConcurrencyLimited`], with a time to wait.
    pub fn admit(&self, caller: &Caller) -> Result<Slot, Refusal> {
        let Ceilings {
            requests,
            concurrent,
        } = self.per_credential;
        let place = self
            .credential_places
            .take(&caller.credential, concurrent)
            .ok_or_else(|| too_many("this key", concurrent))?;
        let allowance = Allowance::of_credential(&caller.credential);
        let now = self.clock.now();
        let (meter, ends) = self.rates.meter(&allowance, requests, &now);
        meter
            .take(1, &now, ends)
            .map_err(|full| refused("this key", requests, full))?;
        Ok(Slot { _place: place })
    }

    /// Takes what the limits of all matching grants ask for, or nothing.
    ///
    /// # Errors
    /// [`Code::RateLimited`] and [`Code::ConcurrencyLimited`] with a time to
    /// wait; [`Code::BudgetExhausted`] for calendar windows;
    /// [`Code::RequestExceedsLimit`] where no wait would help;
    /// [`Code::PriceUnknown`] where money is limited and the model has no price.
    pub fn reserve(
        &self,
        permit: &Permit,
        estimate: Estimate,
        prices: &dyn Prices,
    ) -> Result<Reservation, Refusal> {
        let mut hold = Reservation::empty(Arc::clone(&self.clock), estimate, prices.of(permit));
        for limits in permit.limits() {
            if let Some(most) = limits.concurrent {
                let place = self
                    .grant_places
                    .take(&Allowance::of_grant(limits, permit), most.get());
                hold.keep_place(place.ok_or_else(|| too_many("the grant", most.get()))?);
            }
        }
        let now = self.clock.now();
        for limits in permit.limits() {
            for limit in &limits.limits {
                if limit.dimension == Dimension::Money && limits.assumed && !hold.has_price() {
                    continue; // a default must not refuse a model nobody priced; tokens are limited
                }
                let (meter, ends) =
                    self.meters
                        .meter(&Allowance::of_grant(limits, permit), *limit, &now);
                hold.take(meter, *limit, ends, &now)?;
            }
        }
        Ok(hold)
    }

    /// Every counter of the grants that is not at zero.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        self.meters.shown(&self.clock.now())
    }
}

fn too_many(whose: &str, most: u32) -> Refusal {
    Refusal::new(
        Code::ConcurrencyLimited,
        format!("{whose} has {most} requests open, which is its limit"),
    )
    .with_retry_after(PLACE_WAIT)
}

/// What a full meter answers. Names the limit, never who else used it.
fn refused(whose: &str, limit: Limit, full: Full) -> Refusal {
    let (what, window) = (limit.dimension.name(), limit.window.name());
    match full {
        Full::Never => Refusal::new(
            Code::RequestExceedsLimit,
            format!(
                "the request alone may use more {what} than {whose} has for a whole {window}: lower its output cap or shorten it"
            ),
        ),
        Full::Until(wait) if limit.window == Window::Minute => Refusal::new(
            Code::RateLimited,
            format!("{whose} has used its {what} for this minute"),
        )
        .with_retry_after(wait),
        Full::Until(_) => Refusal::new(
            Code::BudgetExhausted,
            format!("{whose} has not enough {what} left for this {window} (UTC)"),
        ),
    }
}

/// How long to wait for a place: nobody knows, so a second.
const PLACE_WAIT: Duration = Duration::from_secs(1);

/// A place among a credential's requests, free again when dropped.
pub struct Slot {
    _place: Taken<CredentialId>,
}

impl fmt::Debug for Slot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Slot")
    }
}

#[cfg(test)]
mod tests;
