//! What a request may make a provider do beyond answering with text.
//!
//! Capabilities are gates (DESIGN decision 3): a dialect names those a request
//! needs, a grant names those it gives, and policy compares the two sets.

use std::fmt;

/// One gate. The order is the order in which documentation lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Answers sent while they are made.
    Stream,
    /// Functions the caller runs itself.
    Tools,
    /// Pictures inside the request.
    Images,
    /// Documents inside the request.
    Files,
    /// Sound in either direction.
    Audio,
    /// Content no detector can read, such as token ids.
    OpaqueMedia,
    /// Addresses the provider would fetch.
    RemoteUrls,
    /// Tools the provider runs: search, code execution.
    ServerTools,
    /// MCP servers the provider would call.
    RemoteMcp,
    /// State kept by the provider between requests.
    StoredState,
    /// Work the provider does later.
    Batches,
    /// Two-way audio and text sessions.
    Realtime,
    /// Token probabilities.
    Logprobs,
    /// More than one answer to one prompt.
    ManyChoices,
    /// A tunnel whose content stays unread.
    OpaqueTunnel,
}

impl Capability {
    /// Every capability, in documentation order.
    pub const ALL: [Self; 15] = [
        Self::Stream,
        Self::Tools,
        Self::Images,
        Self::Files,
        Self::Audio,
        Self::OpaqueMedia,
        Self::RemoteUrls,
        Self::ServerTools,
        Self::RemoteMcp,
        Self::StoredState,
        Self::Batches,
        Self::Realtime,
        Self::Logprobs,
        Self::ManyChoices,
        Self::OpaqueTunnel,
    ];

    /// The word a configuration uses in `allow:`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Tools => "tools",
            Self::Images => "images",
            Self::Files => "files",
            Self::Audio => "audio",
            Self::OpaqueMedia => "opaque_media",
            Self::RemoteUrls => "remote_urls",
            Self::ServerTools => "server_tools",
            Self::RemoteMcp => "remote_mcp",
            Self::StoredState => "stored_state",
            Self::Batches => "batches",
            Self::Realtime => "realtime",
            Self::Logprobs => "logprobs",
            Self::ManyChoices => "many_choices",
            Self::OpaqueTunnel => "opaque_tunnel",
        }
    }

    /// The capability of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    const fn bit(self) -> u16 {
        1_u16 << (self as u16)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Capabilities(u16);

impl Capabilities {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// What a grant gives when it does not say: `stream` and `tools`.
    #[must_use]
    pub const fn default_of_grants() -> Self {
        Self(Capability::Stream.bit() | Capability::Tools.bit())
    }

    /// Adds one.
    pub const fn insert(&mut self, one: Capability) {
        self.0 |= one.bit();
    }

    /// Whether `one` is in the set.
    #[must_use]
    pub const fn contains(self, one: Capability) -> bool {
        self.0 & one.bit() != 0
    }

    /// What is in `self` and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in documentation order.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL
            .into_iter()
            .filter(move |one| self.contains(*one))
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(many: I) -> Self {
        let mut set = Self::NONE;
        for one in many {
            set.insert(one);
        }
        set
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_capability() {
        for one in Capability::ALL {
            assert_eq!(Capability::from_name(one.name()), Some(one));
        }
        assert_eq!(Capability::from_name("Stream"), None);
    }

    #[test]
    fn a_set_knows_what_another_lacks() {
        let asked: Capabilities = [Capability::Tools, Capability::Images]
            .into_iter()
            .collect();
        let missing = asked.without(Capabilities::default_of_grants());
        assert_eq!(missing.iter().collect::<Vec<_>>(), [Capability::Images]);
    }
}
