//! The chunked coding of RFC 9112 §7.1, followed byte by byte.
//!
//! Only to know where the body ends, and that every reader agrees on it: no
//! extension, no trailer field, sizes in plain hexadecimal. The bytes go on to
//! hyper, which decodes them.

use super::head::Fault;

/// Where in a chunked body the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunks {
    /// In a size, after this many digits.
    Size { digits: u8, size: u64 },
    /// Before the line feed that ends a size.
    SizeEnd { size: u64 },
    /// In data, before this many bytes of it.
    Data { left: u64 },
    /// Before the carriage return that ends data.
    DataReturn,
    /// Before the line feed that ends data.
    DataEnd,
    /// Before the carriage return of the empty line after the last chunk.
    LastReturn,
    /// Before the very last line feed.
    LastEnd,
    /// Behind the body.
    Done,
}

impl Chunks {
    /// Before the first chunk.
    pub(super) const fn start() -> Self {
        Self::Size { digits: 0, size: 0 }
    }

    /// Follows `bytes` until they or the body end; how many belong to the body.
    pub(super) fn on_bytes(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut taken: usize = 0;
        while *self != Self::Done {
            let Some(&byte) = bytes.get(taken) else { break };
            let step = if let Self::Data { left } = *self {
                self.through_data(left, bytes.len().saturating_sub(taken))
            } else {
                *self = self.on_byte(byte)?;
                1
            };
            taken = taken.saturating_add(step);
        }
        Ok(taken)
    }

    fn through_data(&mut self, left: u64, there: usize) -> usize {
        let step = usize::try_from(left).unwrap_or(usize::MAX).min(there);
        let left = left.saturating_sub(u64::try_from(step).unwrap_or(u64::MAX));
        *self = if left == 0 {
            Self::DataReturn
        } else {
            Self::Data { left }
        };
        step
    }

    fn on_byte(self, byte: u8) -> Result<Self, Fault> {
        match (self, byte) {
            (Self::Size { digits, size }, _) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
                let digits = digits.saturating_add(1);
                let size = (size << 4) | digit;
                if digits > MOST_DIGITS {
                    return Err(Fault::ChunkSize);
                }
                Ok(Self::Size { digits, size })
            }
            (Self::Size { digits: 1.., size }, b'\r') => Ok(Self::SizeEnd { size }),
            (Self::Size { digits: 1.., .. }, b';') => Err(Fault::ChunkExtension),
            (Self::Size { .. }, _) => Err(Fault::ChunkSize),
            (Self::SizeEnd { size: 0 }, b'\n') => Ok(Self::LastReturn),
            (Self::SizeEnd { size: left }, b'\n') => Ok(Self::Data { left }),
            (Self::SizeEnd { .. }, _) => Err(Fault::ChunkSize),
            (Self::DataReturn, b'\r') => Ok(Self::DataEnd),
            (Self::DataEnd, b'\n') => Ok(Self::start()),
            (Self::LastReturn, b'\r') => Ok(Self::LastEnd),
            (Self::LastEnd, b'\n') => Ok(Self::Done),
            (Self::LastReturn | Self::LastEnd, _) => Err(Fault::Trailer),
            (Self::Data { .. } | Self::DataReturn | Self::DataEnd | Self::Done, _) => {
                Err(Fault::ChunkEnd)
            }
        }
    }
}

/// Digits of a size: eight are 4 GiB, above every body limit.
const MOST_DIGITS: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict on a whole body: bytes of it, and whether it is over.
    fn follow(body: &[u8]) -> Result<(usize, bool), Fault> {
        let mut chunks = Chunks::start();
        let taken = chunks.on_bytes(body)?;
        Ok((taken, chunks == Chunks::Done))
    }

    #[test]
    fn a_body_ends_where_its_last_chunk_says() {
        assert_eq!(follow(b"0\r\n\r\nGET /"), Ok((5, true)));
        assert_eq!(follow(b"3\r\nabc\r\n00\r\n\r\n"), Ok((14, true)));
        assert_eq!(follow(b"A\r\n0123456789\r\n0\r\n\r\n0"), Ok((20, true)));
        assert_eq!(follow(b"3\r\nab"), Ok((5, false)));
    }

    #[test]
    fn what_two_readers_could_cut_in_two_places_is_refused() {
        for (body, fault) in [
            (&b"3;a=b\r\nabc\r\n0\r\n\r\n"[..], Fault::ChunkExtension),
            (b"3 \r\nabc\r\n", Fault::ChunkSize),
            (b" 3\r\nabc\r\n", Fault::ChunkSize),
            (b"0x3\r\nabc\r\n", Fault::ChunkSize),
            (b"+3\r\nabc\r\n", Fault::ChunkSize),
            (b"-1\r\n", Fault::ChunkSize),
            (b"\r\n", Fault::ChunkSize),
            (b"3\nabc\r\n", Fault::ChunkSize),
            (b"3\r\r\nabc", Fault::ChunkSize),
            (b"000000003\r\nabc", Fault::ChunkSize),
            (b"ffffffffffffffff1\r\n", Fault::ChunkSize),
            (b"3\r\nabcd\r\n", Fault::ChunkEnd),
            (b"3\r\nabc\n", Fault::ChunkEnd),
            (b"3\r\nabc\rx", Fault::ChunkEnd),
            (b"0\r\nx-late: 1\r\n\r\n", Fault::Trailer),
            (b"0\r\n\n", Fault::Trailer),
            (b"0\r\n\rx", Fault::Trailer),
        ] {
            let shown = String::from_utf8_lossy(body);
            assert_eq!(follow(body), Err(fault), "{shown:?}");
        }
    }

    #[test]
    fn every_cut_gives_the_same_end() {
        let body = b"3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
        for cut in 0..body.len() {
            let mut chunks = Chunks::start();
            let (left, right) = body.split_at(cut);
            assert_eq!(chunks.on_bytes(left), Ok(left.len()), "{cut}");
            assert_eq!(chunks.on_bytes(right), Ok(right.len()), "{cut}");
            assert_eq!(chunks, Chunks::Done);
        }
    }
}
