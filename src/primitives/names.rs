//! Who and what: callers, teams, models, providers, grants.

use std::{fmt, sync::Arc};

use thiserror::Error;

/// A name that cannot stand in a policy, a record or a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a {kind} is 1 to {longest} characters of {allowed}")]
pub struct InvalidName {
    kind: &'static str,
    longest: usize,
    allowed: &'static str,
}

/// Defines a word: a cheap-to-clone string with one grammar.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $longest:literal, $allowed:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads the name.
            ///
            /// # Errors
            /// When it is empty, too long, or has a character outside its grammar.
            pub fn new(text: &str) -> Result<Self, InvalidName> {
                let valid: fn(char) -> bool = $valid;
                if text.is_empty() || text.len() > $longest || !text.chars().all(valid) {
                    return Err(InvalidName { kind: $kind, longest: $longest, allowed: $allowed });
                }
                Ok(Self(Arc::from(text)))
            }

            /// The name as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

const fn slug(one: char) -> bool {
    matches!(one, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.')
}

name!(
    /// The organisational unit a caller works for.
    Team, "team", 64, "letters, digits, `-`, `_` and `.`", slug
);
name!(
    /// Whose data it is: placeholders, content HMACs and quotas are keyed by it.
    Tenant, "tenant", 64, "letters, digits, `-`, `_` and `.`", slug
);
name!(
    /// A provider as the configuration calls it; the first segment of a path.
    ProviderName, "provider name", 64, "letters, digits, `-`, `_` and `.`", slug
);
name!(
    /// A grant as the configuration calls it.
    GrantName, "grant name", 64, "letters, digits, `-`, `_` and `.`", slug
);
name!(
    /// A redaction profile as the configuration calls it.
    ProfileName, "profile name", 64, "letters, digits, `-`, `_` and `.`", slug
);
name!(
    /// The public part of a credential: safe to log, useless to log in with.
    CredentialId, "credential id", 64, "letters, digits, `-`, `_` and `.`", slug
);
name!(
    /// A model as the caller named it, before any decision about it.
    ModelName, "model name", 256, "visible ASCII", |one| one.is_ascii_graphic()
);

/// How a caller proved who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// A key this gateway issued.
    ApiKey,
}

impl CredentialKind {
    /// The word the audit record uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
        }
    }
}

/// Somebody whose credential was checked. Made by `identity` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The owner's name, as the keyring has it.
    pub owner: Arc<str>,
    /// The unit the caller works for.
    pub team: Team,
    /// Whose data it is.
    pub tenant: Tenant,
    /// Which credential was shown.
    pub credential: CredentialId,
    /// What kind of credential that is.
    pub kind: CredentialKind,
}

impl Caller {
    /// Characters an owner's name may have.
    pub const LONGEST_OWNER: usize = 128;

    /// Whether `text` can name an owner: 1 to [`Self::LONGEST_OWNER`] characters
    /// of visible ASCII, so that no two names look alike in a policy or a record.
    #[must_use]
    pub fn is_owner(text: &str) -> bool {
        !text.is_empty()
            && text.len() <= Self::LONGEST_OWNER
            && text.chars().all(|one| one.is_ascii_graphic())
    }
}

/// What a request asks a provider to do, in words all dialects share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A conversation turn.
    Chat,
    /// Vectors for texts.
    Embeddings,
    /// How many tokens a prompt has.
    CountTokens,
    /// Which models there are.
    ListModels,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 4] = [
        Self::Chat,
        Self::Embeddings,
        Self::CountTokens,
        Self::ListModels,
    ];

    /// `gen_ai.operation.name` of TELEMETRY §1, and the Cedar action.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embeddings => "embeddings",
            Self::CountTokens => "count_tokens",
            Self::ListModels => "list_models",
        }
    }

    /// `audit.action` of TELEMETRY §3.
    #[must_use]
    pub const fn audit_action(self) -> &'static str {
        match self {
            Self::Chat => "INFER",
            Self::Embeddings => "EMBED",
            Self::CountTokens => "COUNT_TOKENS",
            Self::ListModels => "LIST_MODELS",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_name_has_no_space_and_no_homoglyph() {
        assert!(ModelName::new("ft:gpt-4o:org::id").is_ok());
        for bad in ["", "gpt-4o ", "gpt-4о", "gpt\n4o"] {
            assert!(ModelName::new(bad).is_err(), "{bad:?}");
        }
    }
}
