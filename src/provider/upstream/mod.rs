//! One provider of the configuration: where it is, what it speaks, and the one
//! place where our credential meets a request.

mod address;
mod load;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};
use memchr::memmem;

pub use address::{Origin, Scheme};

use super::{
    call::Call,
    dialect::{Dialect, Failure, Login},
    endpoint::{self, Endpoint},
    head,
    network::Network,
    read,
};
use crate::primitives::{Code, Limits, ProviderName, Refusal, RequestId, Secret};

/// Where prompts may travel unencrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// Nowhere: TLS only.
    Never,
    /// To addresses in [`Upstream::allow_networks`] only, whatever the name
    /// resolves to.
    WithinNetworks,
    /// Anywhere: `insecure_plain_http` was written, with a reason and an end.
    Anywhere,
}

/// A provider as the configuration names it.
pub struct Upstream {
    name: ProviderName,
    dialect: &'static Dialect,
    origin: Origin,
    /// What stands before callers' paths; empty, or with a slash first.
    path: String,
    plain: Plain,
    networks: Vec<Network>,
    credential: Option<Secret>,
    fixed: Vec<(&'static str, HeaderValue)>,
    ca_file: Option<PathBuf>,
    default: bool,
}

impl Upstream {
    /// Its name in the configuration.
    #[must_use]
    pub const fn name(&self) -> &ProviderName {
        &self.name
    }

    /// The kind of provider it is.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.dialect.kind
    }

    /// Whether paths without a provider's name lead here.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        self.default
    }

    /// Scheme, host and port.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Ranges it may resolve to beyond public addresses.
    #[must_use]
    pub fn allow_networks(&self) -> &[Network] {
        &self.networks
    }

    /// Where it may be spoken to unencrypted. Whoever dials must obey it.
    #[must_use]
    pub const fn plain_http(&self) -> Plain {
        self.plain
    }

    /// Certificate authorities to trust for this provider alone.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// The operation of a path below the provider's name.
    ///
    /// # Errors
    /// [`Code::UnknownEndpoint`], or [`Code::MethodNotAllowed`] with the
    /// allowed methods as its detail.
    pub fn endpoint(&self, method: &Method, path: &str) -> Result<&'static Endpoint, Refusal> {
        let below = self.dialect.prefixes.iter();
        let mut below = below.filter_map(|prefix| path.strip_prefix(prefix));
        let route = below.find(|rest| rest.starts_with('/')).unwrap_or_default();
        endpoint::find(self.dialect.endpoints, method, route)
    }

    /// Everything that can be refused without reading the body: the query, the
    /// content's type and coding, betas, the dialect's version.
    ///
    /// # Errors
    /// [`Code::UnsupportedMediaType`], [`Code::ContentEncodingRefused`],
    /// [`Code::BetaNotGranted`], [`Code::CredentialInQuery`],
    /// [`Code::InvalidField`].
    pub fn check_head(&self, endpoint: &Endpoint, parts: &Parts) -> Result<(), Refusal> {
        head::check(self.dialect, endpoint, parts)
    }

    /// Reads a whole request.
    ///
    /// # Errors
    /// Those of [`Self::check_head`]; the codes of strict JSON;
    /// [`Code::AmbiguousKey`], [`Code::FieldRefused`], [`Code::InvalidField`],
    /// [`Code::ToolTypeUnknown`], [`Code::ContentTypeUnknown`],
    /// [`Code::StreamNotAvailable`].
    pub fn read(
        self: &Arc<Self>,
        endpoint: &'static Endpoint,
        parts: &Parts,
        body: Bytes,
        limits: &Limits,
    ) -> Result<Call, Refusal> {
        let path = parts.uri.path();
        let path = path.strip_prefix('/').and_then(|rest| {
            let below = rest.strip_prefix(self.name.as_str())?;
            below.starts_with('/').then_some(below)
        });
        let path = path.unwrap_or(parts.uri.path());
        self.check_head(endpoint, parts)?;
        let headers = head::passing(self.dialect, &parts.headers)?;
        let target = match parts.uri.query() {
            Some(query) => format!("{}{path}?{query}", self.path),
            None => format!("{}{path}", self.path),
        };
        read::call(
            self.clone(),
            endpoint,
            (target, path),
            headers,
            body,
            limits,
        )
    }

    /// The body of a refusal, in the provider's own shape; its type is
    /// `application/json`.
    #[must_use]
    pub fn refusal_body(&self, refusal: &Refusal, request: RequestId) -> Bytes {
        (self.dialect.error)(&Failure::of(refusal, request))
    }

    /// What a caller gets instead of an upstream's error that cannot be read:
    /// the same status, the provider's shape, no word of the original.
    #[must_use]
    pub fn unreadable_error(&self, status: http::StatusCode, request: RequestId) -> Bytes {
        (self.dialect.error)(&Failure {
            status,
            code: Code::UpstreamMalformed.name(),
            sentence: "the provider refused the request in a form the gateway cannot read",
            request,
        })
    }

    /// Our credential and the headers every request carries. Nowhere else is
    /// a credential put into a request, and none of a caller's is left in it.
    pub fn sign(&self, headers: &mut HeaderMap) {
        for name in CREDENTIAL_HEADERS {
            headers.remove(name);
        }
        for (name, value) in &self.fixed {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
        let Some(secret) = &self.credential else {
            return;
        };
        let (name, value) = match self.dialect.login {
            Login::Bearer => (header::AUTHORIZATION, format!("Bearer {}", secret.expose())),
            Login::Header(name) => (HeaderName::from_static(name), secret.expose().to_owned()),
        };
        // INVARIANT: `config` takes visible ASCII for a credential and nothing else.
        if let Ok(mut value) = HeaderValue::from_str(&value) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }

    /// The headers of this provider's answer that a caller may see. One that
    /// repeats our credential is not among them.
    #[must_use]
    pub fn answer_headers(&self, upstream: &HeaderMap) -> HeaderMap {
        let listed = head::answer(self.dialect, upstream);
        let clean = listed
            .iter()
            .filter(|(_, value)| !self.repeats_credential(value.as_bytes()));
        let clean = clean.map(|(name, value)| (name.clone(), value.clone()));
        let mut out = HeaderMap::new();
        clean.for_each(|(name, value)| {
            out.append(name, value);
        });
        out
    }

    /// Whether our credential stands in these bytes. An answer of which this is
    /// true must not reach a caller.
    #[must_use]
    pub fn repeats_credential(&self, bytes: &[u8]) -> bool {
        self.guarded()
            .is_some_and(|secret| memmem::find(bytes, secret.expose().as_bytes()).is_some())
    }

    /// Our credential, where it is long enough to be told from a word.
    pub(super) fn guarded(&self) -> Option<&Secret> {
        let secret = self.credential.as_ref();
        secret.filter(|secret| secret.expose().len() >= SHORTEST_GUARDED)
    }
}

/// Bytes below which a credential is a word that answers may contain.
const SHORTEST_GUARDED: usize = 8;

/// Headers in which callers and clients put credentials (PROVIDERS §1).
const CREDENTIAL_HEADERS: [&str; 6] = [
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "cookie",
];

impl fmt::Debug for Upstream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Upstream({}, {}, {}{})",
            self.name, self.dialect.kind, self.origin, self.path
        )
    }
}

/// All providers of a configuration.
#[derive(Debug, Default)]
pub struct Upstreams {
    all: Vec<Arc<Upstream>>,
}

impl Upstreams {
    /// Takes them over. Names are unique and at most one is the default: the
    /// configuration is checked for both.
    #[must_use]
    pub fn new(all: Vec<Upstream>) -> Self {
        Self {
            all: all.into_iter().map(Arc::new).collect(),
        }
    }

    /// The provider of a request's path, and the path below its name:
    /// `/openai/v1/x` is `/v1/x` of `openai`, `/v1/x` is `/v1/x` of the default.
    #[must_use]
    pub fn find<'p>(&self, path: &'p str) -> Option<(&Arc<Upstream>, &'p str)> {
        let first = path.strip_prefix('/')?;
        let end = first.find('/').unwrap_or(first.len());
        let (name, below) = first.split_at_checked(end)?;
        if name == UNNAMED {
            return self
                .all
                .iter()
                .find(|one| one.default)
                .map(|one| (one, path));
        }
        let named = self.all.iter().find(|one| one.name.as_str() == name);
        named.map(|one| (one, below))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.all.iter()
    }
}

/// The first segment of paths without a provider's name.
const UNNAMED: &str = "v1";

#[cfg(test)]
mod tests;
