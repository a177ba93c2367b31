//! The Merkle tree of RFC 6962 §2.1, kept as its frontier.
//!
//! A frontier (compact range) is the roots of the complete subtrees a tree of
//! this size consists of, largest first: at most 64 hashes, however many
//! leaves there are.

use aws_lc_rs::digest::{Context, SHA256};

/// A SHA-256 hash.
pub(super) type Hash = [u8; 32];

/// Hash of a record: `SHA-256(0x00 || bytes)`.
pub(super) fn leaf(bytes: &[u8]) -> Hash {
    hash(&[&[0], bytes])
}

/// Hash of an inner node: `SHA-256(0x01 || left || right)`.
pub(super) fn node(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

/// A growing tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// A frontier as somebody wrote it down; `None` where the number of roots
    /// does not fit the size.
    pub(super) fn restore(size: u64, roots: Vec<Hash>) -> Option<Self> {
        let fits = usize::try_from(size.count_ones()).ok()? == roots.len();
        fits.then_some(Self { size, roots })
    }

    /// Leaves so far.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    pub(super) fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Adds a leaf: every trailing one bit of the size is a subtree that the
    /// new leaf completes.
    pub(super) fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                root = node(&left, &root);
            }
        }
        self.roots.push(root);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the whole tree; of an empty one, the hash of nothing.
    pub(super) fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else {
            return hash(&[]);
        };
        roots.fold(*last, |right, left| node(left, &right))
    }
}

/// The root that follows from a leaf and its inclusion path (RFC 9162
/// §2.1.3.2); `None` where the path does not fit the place.
pub(super) fn root_of_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let (mut at, mut last) = (index, size.checked_sub(1)?);
    if at > last {
        return None;
    }
    let mut root = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            root = node(sibling, &root);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = node(&root, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// SHA-256 of the parts, one after the other.
pub(super) fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    for (place, byte) in out.iter_mut().zip(context.finish().as_ref()) {
        *place = *byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::hex;

    /// RFC 6962 §2.1, word by word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => hash(&[]),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() >> 1;
                node(
                    &by_definition(&many[..split]),
                    &by_definition(&many[split..]),
                )
            }
        }
    }

    #[test]
    fn the_frontier_has_the_root_of_the_definition_at_every_size() {
        let leaves: Vec<Hash> = (0..130_u8).map(|one| leaf(&[one])).collect();
        let mut tree = Frontier::default();
        for (size, leaf) in leaves.iter().enumerate() {
            assert_eq!(tree.root(), by_definition(&leaves[..size]), "{size}");
            tree.push(*leaf);
            let again = Frontier::restore(tree.size(), tree.roots().to_vec());
            assert_eq!(again.as_ref(), Some(&tree));
        }
        assert_eq!(Frontier::restore(3, Vec::new()), None);
    }

    #[test]
    fn published_vectors() {
        // certificate-transparency test vectors: the empty tree, and the leaf ""
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex::text(&Frontier::default().root()), empty);
        let nothing = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(hex::text(&leaf(b"")), nothing);
    }
}
