//! What a configuration refers to in this process: its environment, today.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::config::{Faults, Surroundings};

use super::console::Stop;

/// The surroundings of this process at `now`.
pub(super) fn of_process(now: Timestamp) -> Surroundings<'static> {
    Surroundings {
        environment: &|name| std::env::var_os(name),
        today: day_of(now),
    }
}

/// The day, UTC.
pub(super) fn day_of(now: Timestamp) -> Date {
    now.to_zoned_datetime(TimeZone::UTC).date()
}

/// A configuration with faults stops every command but `check`.
impl From<Faults> for Stop {
    fn from(faults: Faults) -> Self {
        Self::Said(format!(
            "the configuration has faults\n\n{}",
            faults.to_string().trim_end()
        ))
    }
}
