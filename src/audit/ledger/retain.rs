//! What may go: old segments that were delivered, whole, oldest first.
//!
//! INVARIANT: a segment goes only if everything in it was delivered, or nobody
//! delivers. The segment being written stays, and so does the one before it.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use super::segment;

/// How long, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Retain {
    pub(super) age: Duration,
    pub(super) bytes: u64,
}

/// Deletes what may go; returns how many bytes that were. `delivered` is the
/// first segment in which something may wait, `writing` the current one.
pub(super) fn sweep(
    directory: &Path,
    retain: Retain,
    delivered: u64,
    writing: u64,
    now: SystemTime,
) -> io::Result<u64> {
    let mut all = Vec::new();
    for number in segment::list(directory)? {
        let about = fs::metadata(segment::path(directory, number))?;
        let age = now.duration_since(about.modified()?).unwrap_or_default();
        all.push((number, about.len(), age));
    }
    let mut total = all
        .iter()
        .fold(0_u64, |sum, (_, bytes, _)| sum.saturating_add(*bytes));
    let needed_from = delivered.min(writing.saturating_sub(1));
    let mut freed = 0_u64;
    for (number, bytes, age) in all {
        if number >= needed_from || (age <= retain.age && total <= retain.bytes) {
            break;
        }
        fs::remove_file(segment::path(directory, number))?;
        total = total.saturating_sub(bytes);
        freed = freed.saturating_add(bytes);
    }
    Ok(freed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four() -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a directory");
        for number in 1..=4 {
            fs::write(segment::path(home.path(), number), [0; 100]).expect("written");
        }
        home
    }

    fn left(home: &Path, retain: Retain, delivered: u64, later: u64) -> Vec<u64> {
        let later = Duration::from_secs(later);
        let now = SystemTime::now().checked_add(later).expect("a time");
        sweep(home, retain, delivered, 4, now).expect("swept");
        segment::list(home).expect("listed")
    }

    const DAY: u64 = 86_400;
    const ALL: Retain = Retain {
        age: Duration::from_secs(DAY),
        bytes: 1_000,
    };

    #[test]
    fn nothing_undelivered_goes_however_old_or_large_it_is() {
        let nothing = Retain {
            age: Duration::ZERO,
            bytes: 0,
        };
        assert_eq!(left(four().path(), nothing, 1, 9 * DAY), [1, 2, 3, 4]);
        assert_eq!(left(four().path(), nothing, 2, 9 * DAY), [2, 3, 4]);
        assert_eq!(
            left(four().path(), nothing, 9, 9 * DAY),
            [3, 4],
            "and nothing in use"
        );
    }

    #[test]
    fn what_was_delivered_goes_by_age_and_by_size() {
        assert_eq!(left(four().path(), ALL, 9, 0), [1, 2, 3, 4]);
        assert_eq!(left(four().path(), ALL, 9, 2 * DAY), [3, 4]);
        let small = Retain { bytes: 300, ..ALL };
        assert_eq!(left(four().path(), small, 9, 0), [2, 3, 4]);
    }
}
