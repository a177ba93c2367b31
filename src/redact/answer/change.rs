//! What is to be done to a text that comes in pieces.

use std::ops::Range;

/// One replacement, in offsets of the decoded text of a channel or leaf,
/// counted from its beginning.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Which bytes go.
    pub(crate) range: Range<usize>,
    /// What stands there instead, decoded.
    pub(crate) with: String,
    /// Where the range is a whole JSON string: what is put back is a number.
    pub(super) number: bool,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Change({:?} -> {} bytes)", self.range, self.with.len())
    }
}
