//! What an answer says about itself, safe to put on record.

use crate::{
    primitives::TokenCount,
    provider::shape::words,
    wire::json::{Document, Kind, Node},
};

/// Tokens of one exchange, as the provider counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Read, tokens from caches included.
    pub input: TokenCount,
    /// Written, reasoning included.
    pub output: TokenCount,
    /// Of the input: read from a cache.
    pub cached: TokenCount,
    /// Of the input: written to a cache.
    pub cache_writes: TokenCount,
    /// Of the output: reasoning, where the provider says so.
    pub reasoning: TokenCount,
}

/// Facts of one answer. Every string has the grammar of an id, so none can
/// carry text of a prompt into a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnswerFacts {
    /// What was used.
    pub usage: Option<Usage>,
    /// The answer's id at the provider.
    pub response_id: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// Why it stopped, once per choice.
    pub finish_reasons: Vec<String>,
}

/// Finish reasons kept of one answer: an array longer than this is not a
/// list of choices anybody asked for.
pub(super) const MOST_REASONS: usize = 128;

/// A string member, if it looks like an id and can be recorded.
pub(super) fn word(object: Node<'_>, name: &str) -> Option<String> {
    let value = object.get(name)?;
    let text = value.text();
    let fits = value.kind() == Kind::String && !text.is_empty() && words::is_word(&text);
    fits.then(|| text.into_owned())
}

/// A member that counts tokens; 0 where it is absent or something else.
pub(super) fn tokens(object: Node<'_>, name: &str) -> TokenCount {
    let count = object.get(name).filter(|one| one.kind() == Kind::Number);
    TokenCount(count.and_then(|one| one.raw().parse().ok()).unwrap_or(0))
}

/// Id and model, which all answers keep at the same place.
pub(super) fn named(document: &Document) -> AnswerFacts {
    let Some(root) = document.root() else {
        return AnswerFacts::default();
    };
    AnswerFacts {
        response_id: word(root, "id"),
        model: word(root, "model"),
        ..AnswerFacts::default()
    }
}

/// Answers that say nothing of themselves.
pub(super) fn none(_document: &Document) -> AnswerFacts {
    AnswerFacts::default()
}
