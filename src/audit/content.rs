//! Tags that tell whether two contents are the same, and nothing else.
//!
//! HMAC-SHA-256 under a key of the tenant: whoever holds a record cannot test
//! guesses against it, as he could with a plain hash of a short prompt, and
//! two tenants' tags cannot be compared.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::hmac;

use super::{
    hex,
    record::{
        Facts,
        canonical::{Attributes, Value},
        names,
    },
};
use crate::{
    audit::facts::Fact,
    primitives::{MasterKey, Purpose, Tenant},
};

/// Which content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The body as the caller sent it.
    Received,
    /// The body as it went upstream.
    Forwarded,
    /// The body as the caller got it back.
    Response,
}

/// The keys of all tenants seen.
pub(super) struct ContentKeys {
    master: Arc<MasterKey>,
    known: Mutex<HashMap<Tenant, ContentKey>>,
}

/// One tenant's key and its public name.
#[derive(Clone)]
struct ContentKey {
    key: hmac::Key,
    id: String,
}

impl ContentKeys {
    pub(super) fn new(master: Arc<MasterKey>) -> Self {
        Self {
            master,
            known: Mutex::new(HashMap::new()),
        }
    }

    /// `None` only where no key can be derived, which does not happen for a
    /// master key that exists; the record then lacks the tag.
    pub(super) fn hasher(&self, tenant: &Tenant, content: Content) -> Option<ContentHasher> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(tenant) {
            if known.len() >= MOST_TENANTS {
                known.clear();
            }
            known.insert(tenant.clone(), ContentKey::derive(&self.master, tenant)?);
        }
        let ContentKey { key, id } = known.get(tenant)?;
        Some(ContentHasher {
            content,
            context: hmac::Context::with_key(key),
            id: id.clone(),
            size: 0,
        })
    }
}

impl fmt::Debug for ContentKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ContentKeys(..)")
    }
}

impl ContentKey {
    fn derive(master: &MasterKey, tenant: &Tenant) -> Option<Self> {
        let key = master.derive(Purpose::ContentHmac, tenant.as_str()).ok()?;
        let name = hmac::sign(&key, b"key id");
        let id = hex::text(name.as_ref().get(..KEY_ID_BYTES)?);
        Some(Self { key, id })
    }
}

/// Takes a content in pieces.
pub struct ContentHasher {
    content: Content,
    context: hmac::Context,
    id: String,
    size: u64,
}

impl ContentHasher {
    /// The next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.context.update(bytes);
        self.size = self
            .size
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }

    /// All pieces were taken.
    #[must_use]
    pub fn finish(self) -> ContentTag {
        let tag = hex::text(self.context.sign().as_ref());
        ContentTag {
            content: self.content,
            hmac: format!("{}:{tag}", self.id),
            size: self.size,
        }
    }
}

impl fmt::Debug for ContentHasher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ContentHasher({} bytes)", self.size)
    }
}

/// The tag and the size of one content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentTag {
    content: Content,
    hmac: String,
    size: u64,
}

impl ContentTag {
    pub(super) fn put<'a>(&'a self, all: &mut Attributes<'a>) {
        let (hmac, size) = match self.content {
            Content::Received => (names::CONTENT_RECEIVED_HMAC, names::CONTENT_RECEIVED_SIZE),
            Content::Forwarded => (names::CONTENT_FORWARDED_HMAC, names::CONTENT_FORWARDED_SIZE),
            Content::Response => (names::CONTENT_RESPONSE_HMAC, names::CONTENT_RESPONSE_SIZE),
        };
        all.text(hmac, &self.hmac);
        all.put(size, Value::Number(self.size));
    }
}

impl Fact for ContentTag {
    fn note(&self, facts: &mut Facts) {
        let [received, forwarded, response] = &mut facts.content;
        let place = match self.content {
            Content::Received => received,
            Content::Forwarded => forwarded,
            Content::Response => response,
        };
        *place = Some(self.clone());
    }
}

/// Enough to tell keys apart, too little to say anything about one.
const KEY_ID_BYTES: usize = 4;
/// Tenants come from the keyring; this bounds memory should it list millions.
const MOST_TENANTS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(tenant: &str, pieces: &[&[u8]]) -> ContentTag {
        let keys = ContentKeys::new(Arc::new(MasterKey::new(&[7; 32]).expect("32 bytes")));
        let tenant = Tenant::new(tenant).expect("a tenant");
        let mut hasher = keys.hasher(&tenant, Content::Received).expect("a key");
        for piece in pieces {
            hasher.update(piece);
        }
        hasher.finish()
    }

    #[test]
    fn the_tag_is_of_the_whole_content_and_of_the_tenant() {
        let whole = tag("a", &[b"hello"]);
        assert_eq!(whole, tag("a", &[b"he", b"", b"llo"]));
        assert_eq!(whole.size, 5);
        assert_ne!(whole.hmac, tag("b", &[b"hello"]).hmac);
        assert_ne!(whole.hmac, tag("a", &[b"hellp"]).hmac);
    }

    #[test]
    fn no_plain_hash_of_the_content_is_in_the_tag() {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"hello");
        assert!(
            !tag("a", &[b"hello"])
                .hmac
                .contains(&hex::text(digest.as_ref()))
        );
    }
}
