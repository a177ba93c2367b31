//! One request, read: what it asks for, and what may be done with its text.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;

use super::{endpoint::Endpoint, shape::Reading, upstream::Upstream};
use crate::{
    policy::{Permit, Policy, Question},
    primitives::{Caller, Capabilities, Capability, ModelName, Operation, Refusal, TokenCount},
    quota::Estimate,
    redact::{Cleanable, Treatment},
    wire::{
        json::{Document, Kind, Node},
        splice::{self, Edit, Overlap},
    },
};

/// A request that was read strictly, with the provider it goes to. Made by
/// [`Upstream::read`] alone.
pub struct Call {
    pub(super) upstream: Arc<Upstream>,
    pub(super) endpoint: &'static Endpoint,
    /// The path and query for the upstream, as the caller wrote them.
    pub(super) target: String,
    /// The caller's headers that travel on.
    pub(super) headers: HeaderMap,
    pub(super) model: Option<ModelName>,
    pub(super) capabilities: Capabilities,
    pub(super) asked: Asked,
    pub(super) body: Body,
    /// Edits the gateway makes of its own, by name.
    pub(super) edits: Vec<(&'static str, Edit)>,
    /// Whether one of them asks for usage the caller did not ask for.
    pub(super) usage_added: bool,
    /// A capability the request has unless it says no, and the edit that says
    /// so. It is made unless policy gives the capability.
    pub(super) unless_granted: Option<(Capability, &'static str)>,
}

/// What a request says about the size of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// Tokens one choice may have at most.
    pub(super) output: Option<u64>,
    /// Answers to the one prompt.
    pub(super) choices: u64,
    /// Whether the answer comes as events.
    pub(super) stream: bool,
}

/// A body on its way from the caller to the provider.
pub(super) enum Body {
    /// The operation has none.
    None,
    /// As it came.
    Read(Document, Reading),
    /// As it leaves.
    Edited(Bytes),
}

/// What a dialect may look at and add while a request is read.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) document: &'a Document,
    pub(super) capabilities: Capabilities,
    pub(super) asked: Asked,
    pub(super) edits: Vec<(&'static str, Edit)>,
    pub(super) unless_granted: Option<(Capability, &'static str)>,
}

impl Draft<'_> {
    /// A member of the body that is a whole number.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        self.document.get(name)?.raw().parse().ok()
    }

    /// Whether a member of the body is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        let value = self.document.get(name);
        value.is_some_and(|one| one.kind() == Kind::True)
    }
}

impl Call {
    /// What policy is asked about it.
    #[must_use]
    pub fn question<'a>(&'a self, caller: &'a Caller) -> Question<'a> {
        Question {
            caller,
            operation: self.endpoint.operation,
            provider: self.upstream.name(),
            model: self.model.as_ref(),
            capabilities: self.capabilities,
        }
    }

    /// Asks policy about it. What a request makes a provider do unless it says
    /// no (OpenAI keeps responses) is asked for first; only where that is
    /// granted does the request stay without the edit that says no.
    ///
    /// # Errors
    /// Those of [`Policy::decide`].
    pub fn decide(&mut self, policy: &Policy, caller: &Caller) -> Result<Permit, Refusal> {
        if let Some((capability, edit)) = self.unless_granted {
            let mut question = self.question(caller);
            question.capabilities.insert(capability);
            if let Ok(permit) = policy.decide(&question) {
                self.capabilities.insert(capability);
                self.edits.retain(|(name, _)| *name != edit);
                return Ok(permit);
            }
        }
        policy.decide(&self.question(caller))
    }

    /// Asks the provider to count what a stream uses, where it does so only
    /// when asked. What comes of it does not reach the caller.
    pub fn count_usage(&mut self) {
        let Body::Read(document, _) = &self.body else {
            return;
        };
        let option = self.endpoint.usage_option.filter(|_| self.asked.stream);
        if let Some(edit) = option.and_then(|option| option(document)) {
            self.edits.push(("stream_options.include_usage", edit));
            self.usage_added = true;
        }
    }

    /// Upper bounds of what it may use.
    ///
    /// A token has at least one byte, so the body's bytes bound its text; the
    /// rest is what providers add unseen ([`ALLOWANCE`]) and media, whose
    /// tokens do not follow from their bytes ([`MEDIA`]).
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        let bytes = u64::try_from(self.body_bytes()).unwrap_or(u64::MAX);
        let media = [Capability::Images, Capability::Files, Capability::Audio]
            .into_iter()
            .filter(|one| self.capabilities.contains(*one))
            .map(|_| MEDIA);
        let input = bytes.saturating_add(ALLOWANCE).saturating_add(media.sum());
        let each = match self.endpoint.operation {
            Operation::Chat => self.asked.output.unwrap_or(OUTPUT_WITHOUT_CAP),
            Operation::Embeddings | Operation::CountTokens | Operation::ListModels => 0,
        };
        Estimate {
            input: TokenCount(input),
            output: TokenCount(each.saturating_mul(self.asked.choices)),
        }
    }

    /// The model it names.
    #[must_use]
    pub const fn model(&self) -> Option<&ModelName> {
        self.model.as_ref()
    }

    /// What it makes the provider do.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// The operation.
    #[must_use]
    pub const fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// The provider it goes to.
    #[must_use]
    pub const fn upstream(&self) -> &Arc<Upstream> {
        &self.upstream
    }

    /// Bytes of the body as it stands now.
    #[must_use]
    pub const fn body_bytes(&self) -> usize {
        match &self.body {
            Body::None => 0,
            Body::Read(document, _) => document.bytes().len(),
            Body::Edited(bytes) => bytes.len(),
        }
    }

    /// The edits the gateway makes of its own, besides those of redaction.
    pub fn edits(&self) -> impl Iterator<Item = &'static str> {
        self.edits.iter().map(|(name, _)| *name)
    }

    /// The cap the request sets on the tokens of one answer.
    #[must_use]
    pub const fn max_output(&self) -> Option<u64> {
        self.asked.output
    }

    /// Whether the answer comes as events.
    #[must_use]
    pub const fn is_streamed(&self) -> bool {
        self.asked.stream
    }
}

/// Tokens a provider adds unseen: role markers, the tool preamble (Anthropic
/// documents up to 804 for tool use, read 2026-11).
const ALLOWANCE: u64 = 1_024;

/// Tokens one kind of media may cost beyond its bytes: above a picture at the
/// highest detail (OpenAI 1,445 to 5,000; Anthropic about 4,784; read 2026-11).
const MEDIA: u64 = 16_384;

/// Tokens reserved where neither request nor grant sets a cap (DESIGN §5).
const OUTPUT_WITHOUT_CAP: u64 = 16_384;

impl Cleanable for Call {
    fn document(&self) -> Option<&Document> {
        match &self.body {
            Body::Read(document, _) => Some(document),
            Body::None | Body::Edited(_) => None,
        }
    }

    fn treatment(&self, node: Node<'_>) -> Treatment {
        match &self.body {
            Body::Read(_, reading) => reading.treatment(node),
            Body::None | Body::Edited(_) => Treatment::Text,
        }
    }

    fn edited(mut self, mut edits: Vec<Edit>) -> Result<Self, Overlap> {
        edits.extend(self.edits.iter().map(|(_, edit)| edit.clone()));
        if let Body::Read(document, _) = &self.body {
            let bytes = match edits.is_empty() {
                true => document.bytes().clone(),
                false => splice::splice(document.bytes(), &mut edits)?.into(),
            };
            self.body = Body::Edited(bytes);
        }
        Ok(self)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Call({:?} {:?}, {} bytes)",
            self.upstream,
            self.endpoint,
            self.body_bytes()
        )
    }
}
