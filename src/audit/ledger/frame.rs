//! Frames: length, checksum, bytes. What a segment is made of.
//!
//! A length of zero is the unused rest of a preallocated segment. Whatever is
//! neither a whole frame nor that is torn: a crash, or somebody's hand.

use std::io::{self, Read};

use super::crc::crc32c;

/// Bytes before the content of a frame: length and CRC-32C, both 32 bits,
/// little end first.
pub(in crate::audit) const HEAD: usize = 8;

/// No frame is longer: a segment's head with a hundred thousand open requests.
const LONGEST: u32 = 16 * 1024 * 1024;

/// Appends a frame.
pub(in crate::audit) fn write(out: &mut Vec<u8>, content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&crc32c(content).to_le_bytes());
    out.extend_from_slice(content);
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::audit) enum Frame {
    /// A whole one.
    Whole(Vec<u8>),
    /// One whose checksum is wrong: as long as it says, but something in it has
    /// changed. Only verification looks at what it says.
    Damaged(Vec<u8>),
    /// Nothing more was written.
    End,
    /// Something that is no frame.
    Torn,
}

/// Reads one frame.
///
/// # Errors
/// When reading itself fails; a file that ends is not an error.
pub(in crate::audit) fn read(from: &mut impl Read) -> io::Result<Frame> {
    let mut head = [0_u8; HEAD];
    let got = read_up_to(from, &mut head)?;
    let [a, b, c, d, e, f, g, h] = head;
    let length = u32::from_le_bytes([a, b, c, d]);
    if got == 0 || (got == HEAD && length == 0) {
        return Ok(if [e, f, g, h] == [0; 4] {
            Frame::End
        } else {
            Frame::Torn
        });
    }
    if got < HEAD || length > LONGEST {
        let unused = head == [0; HEAD];
        return Ok(if unused { Frame::End } else { Frame::Torn });
    }
    let mut content = Vec::new();
    from.by_ref()
        .take(u64::from(length))
        .read_to_end(&mut content)?;
    if u32::try_from(content.len()) != Ok(length) {
        return Ok(Frame::Torn);
    }
    let sum = u32::from_le_bytes([e, f, g, h]);
    Ok(if crc32c(&content) == sum {
        Frame::Whole(content)
    } else {
        Frame::Damaged(content)
    })
}

fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut content = Vec::with_capacity(buffer.len());
    let most = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
    from.by_ref().take(most).read_to_end(&mut content)?;
    for (place, byte) in buffer.iter_mut().zip(&content) {
        *place = *byte;
    }
    Ok(content.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_whole_or_torn_never_different() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"one record");
        assert_eq!(
            read(&mut bytes.as_slice()).expect("read"),
            Frame::Whole(b"one record".to_vec())
        );
        for cut in 1..bytes.len() {
            assert_eq!(
                read(&mut &bytes[..cut]).expect("read"),
                Frame::Torn,
                "{cut}"
            );
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                let frame = read(&mut flipped.as_slice()).expect("read");
                assert!(matches!(frame, Frame::Torn | Frame::Damaged(_)), "{at}");
            }
        }
        assert_eq!(read(&mut [0_u8; 64].as_slice()).expect("read"), Frame::End);
        assert_eq!(read(&mut [].as_slice()).expect("read"), Frame::End);
    }
}
