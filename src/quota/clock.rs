//! Time for limits: it never goes back, whatever the machine's clock does.
//!
//! Minutes are measured on the monotonic clock. Calendar windows begin with
//! the machine's clock at the start and go on with the monotonic one, so a
//! clock that is set back does not open yesterday's budget again, and one that
//! is set forward does not open tomorrow's (THREATS RTL-07).

use std::time::{Duration, Instant};

use jiff::{Timestamp, civil::DateTime, tz::Offset};

use crate::policy::Window;

/// A clock with both hands.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    wall: Timestamp,
}

/// One reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Nanoseconds since the clock was made, plus a day so that nothing is at zero.
    pub(super) nanos: u64,
    wall: Timestamp,
}

/// A calendar window: when it began, in seconds since the epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Began(pub(super) i64);

impl Clock {
    pub(super) fn new(wall: Timestamp) -> Self {
        Self {
            start: Instant::now(),
            wall,
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.after(self.start.elapsed())
    }

    /// The reading some time after the start.
    pub(super) fn after(&self, elapsed: Duration) -> Moment {
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        Moment {
            nanos: nanos.saturating_add(A_DAY),
            wall: self.wall.checked_add(elapsed).unwrap_or(Timestamp::MAX),
        }
    }
}

impl Moment {
    /// The window this moment is in, and the time to its end. A minute has
    /// no beginning: it is any minute.
    pub(super) fn window(&self, window: Window) -> (Began, Duration) {
        let now = Offset::UTC.to_datetime(self.wall);
        let bounds = match window {
            Window::Minute => None,
            Window::Hour => hour(now),
            Window::Day => day(now),
            Window::Month => month(now),
        };
        let Some((start, end)) = bounds else {
            return (Began(0), A_MINUTE);
        };
        let left = end.duration_since(self.wall).unsigned_abs();
        (Began(start.as_second()), left)
    }
}

/// When the hour of `now` begins and ends.
fn hour(now: DateTime) -> Option<(Timestamp, Timestamp)> {
    let start = utc(now.date().at(now.hour(), 0, 0, 0))?;
    Some((start, start.checked_add(AN_HOUR).ok()?))
}

fn day(now: DateTime) -> Option<(Timestamp, Timestamp)> {
    let today = now.date();
    let end = today.tomorrow().ok()?;
    Some((utc(today.at(0, 0, 0, 0))?, utc(end.at(0, 0, 0, 0))?))
}

fn month(now: DateTime) -> Option<(Timestamp, Timestamp)> {
    let end = now.date().last_of_month().tomorrow().ok()?;
    let start = now.date().first_of_month();
    Some((utc(start.at(0, 0, 0, 0))?, utc(end.at(0, 0, 0, 0))?))
}

fn utc(time: DateTime) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(time).ok()
}

const A_MINUTE: Duration = Duration::from_secs(60);
const AN_HOUR: Duration = Duration::from_secs(3_600);
const A_DAY: u64 = 86_400_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_where_the_calendar_says() {
        let clock = Clock::new("2028-02-29T23:59:30Z".parse().unwrap());
        let windows = |elapsed| {
            let moment = clock.after(Duration::from_secs(elapsed));
            [Window::Hour, Window::Day, Window::Month].map(|one| {
                let (began, left) = moment.window(one);
                (
                    Timestamp::from_second(began.0).unwrap().to_string(),
                    left.as_secs(),
                )
            })
        };
        assert_eq!(
            windows(0),
            [
                ("2028-02-29T23:00:00Z".to_owned(), 30),
                ("2028-02-29T00:00:00Z".to_owned(), 30),
                ("2028-02-01T00:00:00Z".to_owned(), 30),
            ]
        );
        let march = "2028-03-01T00:00:00Z".to_owned();
        assert_eq!(
            windows(30),
            [
                (march.clone(), 3_600),
                (march.clone(), 86_400),
                (march, 2_678_400)
            ]
        );
    }
}
