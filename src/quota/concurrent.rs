//! Places: how many of a kind are open at once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// Open places by key. A key nobody holds takes no memory.
#[derive(Debug)]
pub(super) struct Places<K: Eq + Hash>(Arc<Mutex<HashMap<K, u32>>>);

impl<K: Eq + Hash> Default for Places<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// One place, unless `most` are taken.
    pub(super) fn take(&self, key: &K, most: u32) -> Option<Taken<K>> {
        // A panic elsewhere cannot leave a count half changed, so poison says nothing.
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(key.clone()).or_insert(0);
        if *count >= most {
            return None;
        }
        *count = count.saturating_add(1);
        drop(open);
        Some(Taken {
            places: Arc::clone(&self.0),
            key: key.clone(),
        })
    }
}

/// One place, free again when dropped.
#[derive(Debug)]
pub(super) struct Taken<K: Eq + Hash> {
    places: Arc<Mutex<HashMap<K, u32>>>,
    key: K,
}

impl<K: Eq + Hash> Drop for Taken<K> {
    fn drop(&mut self) {
        let mut open = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.key);
            }
        }
    }
}
