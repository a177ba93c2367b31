//! What happens to a value that was found.

/// From the most lenient to the strictest: the order is the rule by which
/// profiles combine (DESIGN decision 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing; it is not even counted.
    Off,
    /// Counted, and left where it stands.
    Report,
    /// A tagged placeholder that is restored on the way back. In an answer,
    /// where nothing comes back, an untagged one.
    Replace,
    /// A tagged placeholder that is never restored.
    Hash,
    /// An untagged placeholder.
    Mask,
    /// The whole request, or answer, is refused.
    Block,
}

impl Action {
    /// Every action, most lenient first.
    pub const ALL: [Self; 6] = [
        Self::Off,
        Self::Report,
        Self::Replace,
        Self::Hash,
        Self::Mask,
        Self::Block,
    ];

    /// The word in a profile, the metrics and the record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Report => "report",
            Self::Replace => "replace",
            Self::Hash => "hash",
            Self::Mask => "mask",
            Self::Block => "block",
        }
    }

    /// The action that is written like this.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == word)
    }

    /// Whether the text differs afterwards, or does not go on at all.
    #[must_use]
    pub const fn changes(self) -> bool {
        match self {
            Self::Off | Self::Report => false,
            Self::Replace | Self::Hash | Self::Mask | Self::Block => true,
        }
    }
}
