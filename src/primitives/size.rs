//! Sizes as people write them: `64KiB`, `1GiB`, or a number of bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(transparent)]
pub struct ByteSize(
    #[schemars(with = "Written")]
    /// Bytes.
    pub u64,
);

/// The two ways to write a size.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Bytes(u64),
    Text(String),
}

impl ByteSize {
    /// Reads `1GiB`, `64 KiB`, `512B` or `1024`. Units are powers of 1,024
    /// (IEC 80000-13); `MB` and the like are refused because readers disagree
    /// on what they mean.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits)?;
        let number: u64 = number.parse().ok()?;
        let factor = match unit.trim() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            _ => return None,
        };
        number.checked_mul(factor).map(Self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Written::deserialize(from)? {
            Written::Bytes(bytes) => Ok(Self(bytes)),
            Written::Text(text) => Self::parse(&text).ok_or_else(|| {
                de::Error::custom(format!(
                    "`{text}` is not a size: write bytes, or a number with KiB, MiB or GiB"
                ))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024_or_refused() {
        assert_eq!(ByteSize::parse("1GiB"), Some(ByteSize(1 << 30)));
        assert_eq!(ByteSize::parse("64 KiB"), Some(ByteSize(65_536)));
        assert_eq!(ByteSize::parse("10"), Some(ByteSize(10)));
        for bad in ["1GB", "", "KiB", "99999999999TiB", "-1"] {
            assert_eq!(ByteSize::parse(bad), None, "{bad}");
        }
    }
}
