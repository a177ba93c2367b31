//! Money and tokens: whole numbers, checked arithmetic.

use std::fmt;

/// Millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MicroUsd(pub u64);

/// Tokens, as a provider counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TokenCount(pub u64);

impl TokenCount {
    /// The sum, or the largest count where it does not fit: an upper bound
    /// stays an upper bound.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// What a provider counted for one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens read, those from and to the provider's cache included.
    pub input: TokenCount,
    /// Of these, read from the cache.
    pub cached_input: TokenCount,
    /// Of these, written to the cache.
    pub cache_write: TokenCount,
    /// Tokens written, reasoning included.
    pub output: TokenCount,
    /// Of these, reasoning.
    pub reasoning: TokenCount,
}

impl fmt::Display for MicroUsd {
    /// `$20`, `$0.05`: dollars, without the zeros nobody reads.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, rest) = (self.0.div_euclid(DOLLAR), self.0.rem_euclid(DOLLAR));
        if rest == 0 {
            return write!(out, "${dollars}");
        }
        write!(
            out,
            "${dollars}.{}",
            format!("{rest:06}").trim_end_matches('0')
        )
    }
}

/// Micro-dollars in a dollar.
const DOLLAR: u64 = 1_000_000;

impl fmt::Display for TokenCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_dollars() {
        for (micro, text) in [
            (20_000_000, "$20"),
            (50_000, "$0.05"),
            (1, "$0.000001"),
            (0, "$0"),
        ] {
            assert_eq!(MicroUsd(micro).to_string(), text);
        }
    }
}
