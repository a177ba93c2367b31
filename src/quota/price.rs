//! What tokens cost: whole micro-dollars for a million tokens.

use crate::primitives::{MicroUsd, TokenCount, Usage};

/// Prices of one model, each in micro-dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Tokens read.
    pub input: u64,
    /// Tokens read from the provider's cache.
    pub cached_input: u64,
    /// Tokens written to the provider's cache.
    pub cache_write: u64,
    /// Tokens written.
    pub output: u64,
}

/// Tokens a price is for.
const PER: u128 = 1_000_000;

impl Price {
    /// What an answer cost, rounded up to a micro-dollar.
    #[must_use]
    pub fn of(&self, usage: &Usage) -> MicroUsd {
        let cached = usage.cached_input.0.saturating_add(usage.cache_write.0);
        let fresh = usage.input.0.saturating_sub(cached);
        sum(&[
            (fresh, self.input),
            (usage.cached_input.0, self.cached_input),
            (usage.cache_write.0, self.cache_write),
            (usage.output.0, self.output),
        ])
    }

    /// The most a request can cost: every token read at the dearest rate at
    /// which reading is charged.
    #[must_use]
    pub fn at_most(&self, input: TokenCount, output: TokenCount) -> MicroUsd {
        let dearest = self.input.max(self.cached_input).max(self.cache_write);
        sum(&[(input.0, dearest), (output.0, self.output)])
    }
}

fn sum(parts: &[(u64, u64)]) -> MicroUsd {
    let total = parts.iter().fold(0_u128, |total, (tokens, price)| {
        total.saturating_add(u128::from(*tokens).saturating_mul(u128::from(*price)))
    });
    MicroUsd(u64::try_from(total.div_ceil(PER)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price = Price {
        input: 3_000_000,
        cached_input: 300_000,
        cache_write: 3_750_000,
        output: 15_000_000,
    };

    #[test]
    fn each_kind_of_token_has_its_price_and_a_rest_is_rounded_up() {
        let usage = Usage {
            input: TokenCount(1_000),
            cached_input: TokenCount(600),
            cache_write: TokenCount(100),
            output: TokenCount(10),
            reasoning: TokenCount(5),
        };
        // 300 x 3 + 600 x 0.3 + 100 x 3.75 + 10 x 15 micro-dollars
        assert_eq!(PRICE.of(&usage), MicroUsd(900 + 180 + 375 + 150));
        let one = Usage {
            cached_input: TokenCount(1),
            input: TokenCount(1),
            ..Usage::default()
        };
        assert_eq!(PRICE.of(&one), MicroUsd(1));
    }

    #[test]
    fn an_estimate_is_never_below_what_it_can_cost() {
        for (cached, written) in [(0, 0), (1_000, 0), (0, 1_000), (500, 500)] {
            let usage = Usage {
                input: TokenCount(1_000),
                cached_input: TokenCount(cached),
                cache_write: TokenCount(written),
                output: TokenCount(77),
                reasoning: TokenCount(0),
            };
            assert!(PRICE.of(&usage) <= PRICE.at_most(TokenCount(1_000), TokenCount(77)));
        }
        let huge = PRICE.at_most(TokenCount(u64::MAX), TokenCount(u64::MAX));
        assert_eq!(huge, MicroUsd(u64::MAX));
    }
}
