//! What a dialect says of the leaves of a body, and redaction obeys.
//!
//! The words live here and not with the dialects because redaction must not
//! know any of them. Whatever a dialect does not name is [`Treatment::Text`]:
//! a field nobody has heard of is scanned, never waved through.

use crate::wire::{
    json::{Document, Node},
    splice::{Edit, Overlap},
};

/// What may be done with a string, a member's name or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// Free text: scanned; found values are replaced, own ones restored.
    Text,
    /// A string that holds JSON, such as a tool call's arguments: its strings
    /// and names are free text, its numbers free numbers. One that is not JSON
    /// is free text.
    JsonText,
    /// A number in an object of the caller's or model's own making: scanned; a
    /// found one becomes a string placeholder. Said of a string there, it is
    /// free text that returns as the number it was, where the whole string is
    /// that number's placeholder.
    FreeNumber,
    /// Scanned, but cannot be replaced without breaking the request: names,
    /// enum values, other numbers. A finding refuses.
    Fixed,
    /// Not text: models, ids, enums, signatures, base64, counts. Not scanned.
    Opaque,
    /// Signed by the provider: scanned, never rewritten; a finding is recorded.
    Signed,
}

/// A request that can be cleaned.
pub trait Cleanable: Sized {
    /// Its body; `None` where it has none.
    fn document(&self) -> Option<&Document>;

    /// What may be done with a node. Asked for strings, names and numbers.
    fn treatment(&self, node: Node<'_>) -> Treatment;

    /// The same request with these edits made, and whatever edits of its own
    /// it carries.
    ///
    /// # Errors
    /// When two edits meet; nothing may be sent then.
    fn edited(self, edits: Vec<Edit>) -> Result<Self, Overlap>;
}
