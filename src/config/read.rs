//! The tree as serde sees it.
//!
//! Settings structs are filled from the tree that was checked, not from the
//! text again. What serde still refuses (a size without a known unit, say)
//! carries its path home.

use std::fmt;

use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    },
    forward_to_deserialize_any,
};

use super::document::{Entry, Node, Value};
use crate::primitives::SettingFault;

/// Reads a section. `None` where it is broken (already reported) or refused
/// here; a refusal is added to `faults`.
pub(super) fn read<T: DeserializeOwned>(
    node: &Node,
    path: &str,
    faults: &mut Vec<SettingFault>,
) -> Option<T> {
    if node.broken {
        return None;
    }
    match T::deserialize(node) {
        Ok(value) => Some(value),
        Err(Unreadable(fault)) => {
            faults.push(fault.below(path));
            None
        }
    }
}

/// What serde did not take.
#[derive(Debug)]
pub(super) struct Unreadable(SettingFault);

impl Unreadable {
    fn below(self, step: &str) -> Self {
        Self(self.0.below(step))
    }
}

impl de::Error for Unreadable {
    /// Sentences of our own types read `` `value` is wrong: write this ``.
    fn custom<T: fmt::Display>(sentence: T) -> Self {
        let sentence = sentence.to_string();
        let (value, rest) = sentence
            .strip_prefix('`')
            .and_then(|rest| rest.split_once("` "))
            .map_or((None, sentence.as_str()), |(value, rest)| {
                (Some(value), rest)
            });
        let (problem, instead) = match rest.split_once(": write ") {
            Some((problem, instead)) => (problem, format!("write {instead}")),
            None => (rest, "see `config/portcullis.yaml`".to_owned()),
        };
        let fault = SettingFault::new("", problem, instead);
        Self(match value {
            Some(value) => fault.with_value(value),
            None => fault,
        })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.problem)
    }
}

impl std::error::Error for Unreadable {}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match &self.value {
            Value::Nothing => visitor.visit_unit(),
            Value::Truth(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => number.deserialize_any(visitor).map_err(de::Error::custom),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(Items {
                items: items.iter().enumerate(),
            }),
            Value::Map(entries) => visitor.visit_map(Entries {
                entries: entries.iter(),
                current: None,
            }),
            Value::Refused => Err(de::Error::custom("is refused")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.value == Value::Nothing {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        let word = self.value.written().unwrap_or_default();
        visitor.visit_enum(word.into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

struct Items<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        let Some((index, item)) = self.items.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(item).map(Some);
        read.map_err(|error| error.below(&format!("[{index}]")))
    }
}

struct Entries<'de> {
    entries: std::slice::Iter<'de, Entry>,
    current: Option<&'de Entry>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        self.current = self.entries.next();
        self.current
            .map(|entry| seed.deserialize(entry.key.as_str().into_deserializer()))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        let Some(entry) = self.current.take() else {
            return Err(de::Error::custom("has a value without a key"));
        };
        let read = seed.deserialize(&entry.value);
        read.map_err(|error| error.below(&entry.key))
    }
}
