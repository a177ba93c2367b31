//! What was taken for one request, until it is settled or given back.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    Estimate, Price,
    clock::{Clock, Moment},
    concurrent::Taken,
    meter::{Full, Meter},
    meters::Allowance,
    refused,
};
use crate::{
    policy::{Dimension, Limit},
    primitives::{Code, MicroUsd, Refusal, Usage},
};

/// Evidence that a request's allowance was taken. One maker: [`super::Quota::reserve`].
pub struct Reservation {
    clock: Arc<Clock>,
    estimate: Estimate,
    price: Option<Price>,
    places: Vec<Taken<Allowance>>,
    held: Vec<Held>,
    sent: bool,
}

/// Taken from one meter.
struct Held {
    meter: Arc<Meter>,
    limit: Limit,
    units: u64,
    ends: Duration,
}

impl Reservation {
    pub(super) const fn empty(clock: Arc<Clock>, estimate: Estimate, price: Option<Price>) -> Self {
        Self {
            clock,
            estimate,
            price,
            places: Vec::new(),
            held: Vec::new(),
            sent: false,
        }
    }

    pub(super) fn keep_place(&mut self, place: Taken<Allowance>) {
        self.places.push(place);
    }

    pub(super) const fn has_price(&self) -> bool {
        self.price.is_some()
    }

    /// Takes the estimate from one meter. What was taken from others before is
    /// given back when the caller drops this.
    pub(super) fn take(
        &mut self,
        meter: Arc<Meter>,
        limit: Limit,
        ends: Duration,
        now: &Moment,
    ) -> Result<(), Refusal> {
        let units = self.estimated(limit.dimension, self.estimate)?;
        meter
            .take(units, now, ends)
            .map_err(|full| refused("the grant", limit, full))?;
        self.held.push(Held {
            meter,
            limit,
            units,
            ends,
        });
        Ok(())
    }

    /// What was set aside.
    #[must_use]
    pub const fn estimate(&self) -> Estimate {
        self.estimate
    }

    /// Raises the estimate, where a request grew while it was cleaned.
    ///
    /// # Errors
    /// As [`super::Quota::reserve`]; what was taken stays taken until this is dropped.
    pub fn raise(&mut self, to: Estimate) -> Result<(), Refusal> {
        let to = Estimate {
            input: to.input.max(self.estimate.input),
            output: to.output.max(self.estimate.output),
        };
        if to == self.estimate {
            return Ok(());
        }
        let now = self.clock.now();
        let wanted: Vec<u64> = self
            .held
            .iter()
            .map(|held| self.estimated(held.limit.dimension, to))
            .collect::<Result<_, _>>()?;
        for (held, wanted) in self.held.iter_mut().zip(wanted) {
            let more = wanted.saturating_sub(held.units);
            let taken = if wanted > held.limit.most.get() {
                Err(Full::Never)
            } else {
                held.meter.take(more, &now, held.ends)
            };
            taken.map_err(|full| refused("the grant", held.limit, full))?;
            held.units = wanted;
        }
        self.estimate = to;
        Ok(())
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

    /// What `usage` costs; `None` where the model has no price.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<MicroUsd> {
        self.price.map(|price| price.of(usage))
    }

    /// Puts what was used in the place of what was estimated. The places are
    /// free again.
    pub fn settle(mut self, usage: &Usage) {
        let now = self.clock.now();
        for held in std::mem::take(&mut self.held) {
            let used = match held.limit.dimension {
                Dimension::Requests => 1,
                Dimension::InputTokens => usage.input.0,
                Dimension::OutputTokens => usage.output.0,
                Dimension::Tokens => usage.input.saturating_add(usage.output).0,
                Dimension::Money => self.cost(usage).map_or(held.units, |cost| cost.0),
            };
            if used > held.units {
                held.meter.force(used.saturating_sub(held.units), &now);
            } else {
                held.meter.give_back(held.units.saturating_sub(used));
            }
        }
    }

    fn estimated(&self, dimension: Dimension, estimate: Estimate) -> Result<u64, Refusal> {
        Ok(match dimension {
            Dimension::Requests => 1,
            Dimension::InputTokens => estimate.input.0,
            Dimension::OutputTokens => estimate.output.0,
            Dimension::Tokens => estimate.input.saturating_add(estimate.output).0,
            Dimension::Money => {
                let price = self.price.ok_or_else(price_unknown)?;
                price.at_most(estimate.input, estimate.output).0
            }
        })
    }
}

fn price_unknown() -> Refusal {
    Refusal::new(
        Code::PriceUnknown,
        "the grant limits money and the model has no price: an administrator can add one to the price list",
    )
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.sent {
            for held in &self.held {
                held.meter.give_back(held.units);
            }
        }
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Reservation({:?}, sent: {})", self.estimate, self.sent)
    }
}
