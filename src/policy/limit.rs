//! Limits of a grant: how much of what, in which time, shared by whom.
//!
//! Policy only says them; `quota` counts. Windows other than the minute are
//! calendar windows in UTC, because that is what a budget means to the person
//! who signs it.

use std::num::{NonZeroU32, NonZeroU64};

use super::settings::GrantLimitSettings;
use crate::primitives::{GrantName, SettingFault, TokenCount};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Requests.
    Requests,
    /// Tokens read, cached ones included.
    InputTokens,
    /// Tokens written, reasoning included.
    OutputTokens,
    /// Both together.
    Tokens,
    /// Micro-dollars.
    Money,
}

/// In which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// Any minute: an even flow with a burst of a whole minute's allowance.
    Minute,
    /// A clock hour, UTC.
    Hour,
    /// A calendar day, UTC.
    Day,
    /// A calendar month, UTC.
    Month,
}

/// Who shares one allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Each credential has one.
    Key,
    /// Each owner has one.
    Caller,
    /// Each team has one.
    Team,
    /// Each tenant has one.
    Tenant,
    /// Each model has one.
    Model,
    /// Each provider has one.
    Provider,
    /// Everybody under the grant shares one.
    Grant,
}

impl Dimension {
    /// The word in refusals and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::InputTokens => "input tokens",
            Self::OutputTokens => "output tokens",
            Self::Tokens => "tokens",
            Self::Money => "money",
        }
    }
}

impl Window {
    /// The word in refusals and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

impl Scope {
    const ALL: [Self; 7] = [
        Self::Key,
        Self::Caller,
        Self::Team,
        Self::Tenant,
        Self::Model,
        Self::Provider,
        Self::Grant,
    ];

    /// The word a configuration uses in `per:`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Caller => "caller",
            Self::Team => "team",
            Self::Tenant => "tenant",
            Self::Model => "model",
            Self::Provider => "provider",
            Self::Grant => "grant",
        }
    }
}

/// One ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub dimension: Dimension,
    /// In which time.
    pub window: Window,
    /// How much: requests, tokens or micro-dollars.
    pub most: NonZeroU64,
}

/// All limits of one grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantLimits {
    /// Whose limits they are.
    pub grant: GrantName,
    /// Who shares them.
    pub per: Scope,
    /// Requests at once.
    pub concurrent: Option<NonZeroU32>,
    /// The ceilings.
    pub limits: Vec<Limit>,
    /// The most tokens one answer may have.
    pub max_output: Option<TokenCount>,
    /// Whether nobody wrote the ceilings down: they are the defaults.
    pub assumed: bool,
}

/// Tokens a minute for each caller where a grant says nothing (DESIGN §5).
const ASSUMED_TOKENS: NonZeroU64 = NonZeroU64::new(2_000_000).unwrap();

/// Micro-dollars a day for each caller where a grant says nothing (DESIGN §5).
const ASSUMED_MONEY: NonZeroU64 = NonZeroU64::new(20_000_000).unwrap();

impl GrantLimits {
    /// Reads what was written.
    pub(super) fn load(
        grant: &GrantName,
        settings: Option<&GrantLimitSettings>,
        faults: &mut Vec<SettingFault>,
    ) -> Self {
        let Some(settings) = settings else {
            return Self::assumed(grant);
        };
        Self {
            grant: grant.clone(),
            per: scope(settings.per.as_deref(), faults),
            concurrent: concurrent(settings.concurrent, faults),
            limits: [counts(settings, faults), money(settings, faults)].concat(),
            max_output: tokens(settings.max_output_tokens, faults),
            assumed: false,
        }
    }

    /// What a grant without `limits` has: finite, like everything.
    fn assumed(grant: &GrantName) -> Self {
        let limit = |dimension, window, most| Limit {
            dimension,
            window,
            most,
        };
        Self {
            grant: grant.clone(),
            per: Scope::Caller,
            concurrent: None,
            limits: vec![
                limit(Dimension::Tokens, Window::Minute, ASSUMED_TOKENS),
                limit(Dimension::Money, Window::Day, ASSUMED_MONEY),
            ],
            max_output: None,
            assumed: true,
        }
    }
}

fn scope(written: Option<&str>, faults: &mut Vec<SettingFault>) -> Scope {
    let Some(written) = written else {
        return Scope::Caller;
    };
    let known = Scope::ALL.into_iter().find(|one| one.name() == written);
    known.unwrap_or_else(|| {
        let names: Vec<_> = Scope::ALL
            .iter()
            .map(|one| format!("`{}`", one.name()))
            .collect();
        let instead = format!("write one of {}", names.join(", "));
        faults.push(SettingFault::new("limits.per", "is not a scope", instead).with_value(written));
        Scope::Caller
    })
}

fn concurrent(written: Option<u64>, faults: &mut Vec<SettingFault>) -> Option<NonZeroU32> {
    let number = u32::try_from(written?).ok().and_then(NonZeroU32::new);
    if number.is_none() {
        faults.push(not_a_limit("concurrent", written, u64::from(u32::MAX)));
    }
    number
}

fn tokens(written: Option<u64>, faults: &mut Vec<SettingFault>) -> Option<TokenCount> {
    let number = written.filter(|number| (1..=MOST).contains(number));
    if number.is_none() && written.is_some() {
        faults.push(not_a_limit("max_output_tokens", written, MOST));
    }
    number.map(TokenCount)
}

fn counts(settings: &GrantLimitSettings, faults: &mut Vec<SettingFault>) -> Vec<Limit> {
    use Dimension::{InputTokens, OutputTokens, Requests, Tokens};
    use Window::{Day, Hour, Minute, Month};
    let written = [
        (
            "requests_per_minute",
            settings.requests_per_minute,
            Requests,
            Minute,
        ),
        (
            "requests_per_hour",
            settings.requests_per_hour,
            Requests,
            Hour,
        ),
        ("requests_per_day", settings.requests_per_day, Requests, Day),
        (
            "requests_per_month",
            settings.requests_per_month,
            Requests,
            Month,
        ),
        (
            "tokens_per_minute",
            settings.tokens_per_minute,
            Tokens,
            Minute,
        ),
        ("tokens_per_hour", settings.tokens_per_hour, Tokens, Hour),
        ("tokens_per_day", settings.tokens_per_day, Tokens, Day),
        ("tokens_per_month", settings.tokens_per_month, Tokens, Month),
        (
            "input_tokens_per_minute",
            settings.input_tokens_per_minute,
            InputTokens,
            Minute,
        ),
        (
            "input_tokens_per_day",
            settings.input_tokens_per_day,
            InputTokens,
            Day,
        ),
        (
            "output_tokens_per_minute",
            settings.output_tokens_per_minute,
            OutputTokens,
            Minute,
        ),
        (
            "output_tokens_per_day",
            settings.output_tokens_per_day,
            OutputTokens,
            Day,
        ),
    ];
    let mut limits = Vec::new();
    for (key, value, dimension, window) in written {
        let Some(value) = value else { continue };
        match NonZeroU64::new(value).filter(|most| most.get() <= MOST) {
            Some(most) => limits.push(Limit {
                dimension,
                window,
                most,
            }),
            None => faults.push(not_a_limit(key, Some(value), MOST)),
        }
    }
    limits
}

fn money(settings: &GrantLimitSettings, faults: &mut Vec<SettingFault>) -> Vec<Limit> {
    let written = [
        ("usd_per_hour", &settings.usd_per_hour, Window::Hour),
        ("usd_per_day", &settings.usd_per_day, Window::Day),
        ("usd_per_month", &settings.usd_per_month, Window::Month),
    ];
    let mut limits = Vec::new();
    for (key, value, window) in written {
        let Some(value) = value else { continue };
        let value = value.to_string();
        match micro_usd(&value).and_then(NonZeroU64::new) {
            Some(most) => limits.push(Limit { dimension: Dimension::Money, window, most }),
            None => faults.push(
                SettingFault::new(
                    format!("limits.{key}"),
                    "is not an amount",
                    "write dollars as a decimal number, such as 50 or 0.25, with six decimals at most",
                )
                .with_value(value),
            ),
        }
    }
    limits
}

/// Dollars as written to micro-dollars, without a float in between.
fn micro_usd(written: &str) -> Option<u64> {
    let (whole, rest) = written.split_once('.').unwrap_or((written, ""));
    let digits = |text: &str| text.bytes().all(|one| one.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > 6 {
        return None;
    }
    let micro = format!("{whole}{rest:0<6}").parse().ok()?;
    (micro <= MOST).then_some(micro)
}

fn not_a_limit(key: &str, value: Option<u64>, most: u64) -> SettingFault {
    let fault = SettingFault::new(
        format!("limits.{key}"),
        "is not a limit",
        format!("write a number from 1 to {most}"),
    );
    fault.with_value(value.unwrap_or_default().to_string())
}

/// No count may be larger: a billion dollars in micro-dollars, and far from
/// where sums of counts would wrap.
const MOST: u64 = 1_000_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_exactly_or_not_at_all() {
        for (written, micro) in [
            ("50", Some(50_000_000)),
            ("0.25", Some(250_000)),
            ("0.000001", Some(1)),
            ("1.5", Some(1_500_000)),
            ("0.0000001", None),
            ("-1", None),
            ("1e3", None),
            (".5", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(micro_usd(written), micro, "{written}");
        }
    }
}
