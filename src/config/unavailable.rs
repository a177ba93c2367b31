//! Settings the format has a place for and this version does not obey.
//!
//! A limit that is written down and not kept is worse than none, so each is
//! refused until it works. A line leaves this page with the change that makes
//! the setting do something.

use super::draft::Draft;
use crate::{policy::settings::GrantLimitSettings, primitives::SettingFault};

/// The settings that are written and would be ignored.
pub(super) fn unavailable(draft: &Draft) -> Vec<SettingFault> {
    let admin = draft.listen.as_ref().and_then(|one| one.admin.as_ref());
    let redis = draft.quota.as_ref().and_then(|one| one.redis.as_ref());
    let mut found = Vec::new();
    if admin.is_some() {
        found.push(fault("listen.admin", "remove this section"));
    }
    if redis.is_some() {
        found.push(fault("quota.redis", "write `quota: { store: local }`"));
    }
    for (index, grant) in draft.grants.iter().enumerate() {
        let limits = grant.as_ref().and_then(|one| one.limits.as_ref());
        let limits = limits.into_iter().flat_map(of_limits);
        found.extend(limits.map(|one| one.below(&format!("grants[{index}].limits"))));
    }
    found
}

/// Money needs a price list, and a cap has to be written into requests.
fn of_limits(limits: &GrantLimitSettings) -> Vec<SettingFault> {
    const TOKENS: &str = "limit tokens instead: `tokens_per_day`";
    let written = [
        ("usd_per_hour", limits.usd_per_hour.is_some(), TOKENS),
        ("usd_per_day", limits.usd_per_day.is_some(), TOKENS),
        ("usd_per_month", limits.usd_per_month.is_some(), TOKENS),
        (
            "max_output_tokens",
            limits.max_output_tokens.is_some(),
            "remove the line; callers set their own cap",
        ),
    ];
    let written = written.into_iter().filter(|(_, written, _)| *written);
    written
        .map(|(key, _, instead)| fault(key, instead))
        .collect()
}

fn fault(path: &str, instead: &str) -> SettingFault {
    SettingFault::new(path, "is not available in this version", instead)
}
