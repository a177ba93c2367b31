//! Settings the format has a place for and this version does not obey.
//!
//! A limit that is written down and not kept is worse than none, so each is
//! refused until it works. A line leaves this page with the change that makes
//! the setting do something.

use super::draft::Draft;
use crate::primitives::SettingFault;

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
    found
}

fn fault(path: &str, instead: &str) -> SettingFault {
    SettingFault::new(path, "is not available in this version", instead)
}
