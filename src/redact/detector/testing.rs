//! What the tests of all families say.

use super::{Detected, Detectors, Wanted};
use crate::redact::entity::Entity;

/// Compiled once for all tests.
pub(super) fn shipped() -> &'static Detectors {
    static SHIPPED: std::sync::LazyLock<Detectors> =
        std::sync::LazyLock::new(|| Detectors::shipped().expect("shipped detectors"));
    &SHIPPED
}

/// Everything found in a text with the thresholds of the `names` profile.
pub(super) fn found(text: &str) -> Vec<Detected> {
    let mut out = Vec::new();
    shipped().find(text, &Wanted::with_names(), &mut out);
    out
}

/// The one finding of this entity is this value.
#[track_caller]
pub(super) fn assert_finds(text: &str, entity: Entity, value: &str) {
    let found = found(text);
    let values: Vec<_> = found
        .iter()
        .filter(|one| one.entity == entity)
        .map(|one| text.get(one.range.clone()).expect("whole characters"))
        .collect();
    assert_eq!(values, [value], "in {text:?}: {found:?}");
}

/// Nothing of this entity is found.
#[track_caller]
pub(super) fn assert_nothing(text: &str, entity: Entity) {
    let found = found(text);
    assert!(
        found.iter().all(|one| one.entity != entity),
        "in {text:?}: {found:?}"
    );
}

/// Whether the findings are documented examples, in order.
pub(super) fn examples(text: &str) -> Vec<bool> {
    found(text)
        .iter()
        .map(|one| one.documented_example)
        .collect()
}
