//! Unpacking compressed answers under a cap.
//!
//! We ask for none, and some providers send them all the same. What a few
//! bytes unfold to is for a stranger to choose, so the whole has a size and
//! each step a ratio.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use async_compression::{
    tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder},
    zstd::DParameter,
};
use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncBufRead as _, AsyncRead};
use tokio_util::io::{StreamReader, poll_read_buf};

use super::{
    fault::{Broken, Fault},
    head::Coding,
    raw::Raw,
};
use crate::primitives::Limits;

type Packed = StreamReader<Raw, Bytes>;

/// A body on its way through a decoder.
#[derive(Debug)]
pub(super) struct Unpacked {
    decoder: Decoder,
    made: usize,
    most: usize,
    ratio: usize,
    ended: bool,
}

#[derive(Debug)]
enum Decoder {
    Gzip(GzipDecoder<Packed>),
    Deflate(ZlibDecoder<Packed>),
    Brotli(BrotliDecoder<Packed>),
    Zstd(ZstdDecoder<Packed>),
}

impl Unpacked {
    /// Unpacks what `raw` brings.
    pub(super) fn new(raw: Raw, coding: Coding, limits: &Limits) -> Self {
        let packed = StreamReader::new(raw);
        Self {
            decoder: match coding {
                Coding::Gzip => Decoder::gzip(packed),
                Coding::Deflate => Decoder::Deflate(ZlibDecoder::new(packed)),
                Coding::Brotli => Decoder::Brotli(BrotliDecoder::new(packed)),
                Coding::Zstd => Decoder::zstd(packed),
            },
            made: 0,
            most: limits.decompressed,
            ratio: limits.decompression_ratio,
            ended: false,
        }
    }

    /// The next bytes, unpacked. After a fault there is nothing.
    pub(super) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let made = ready!(poll_read_buf(
            Pin::new(self.decoder.reader()),
            cx,
            &mut chunk
        ));
        let checked = match made {
            Ok(0) => ready!(self.poll_nothing_after(cx)).map(|()| None),
            Ok(made) => self.count(made).map(|()| Some(chunk.freeze())),
            Err(error) => Err(fault(error)),
        };
        self.ended = !matches!(checked, Ok(Some(_)));
        Poll::Ready(checked.transpose())
    }

    /// Bytes after the end of what was packed would reach nobody, and tell
    /// somebody else another story.
    fn poll_nothing_after(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        let packed = Pin::new(self.decoder.packed());
        Poll::Ready(match ready!(packed.poll_fill_buf(cx)) {
            Ok([]) => Ok(()),
            Ok(_) => Err(Fault::Malformed("bytes after the packed body".to_owned())),
            Err(error) => Err(fault(error)),
        })
    }

    fn count(&mut self, made: usize) -> Result<(), Fault> {
        self.made = self.made.saturating_add(made);
        if self.made > self.most {
            return Err(Fault::TooLarge("too many bytes came out of it"));
        }
        let read = self.decoder.packed().get_ref().read();
        if self.made > read.saturating_mul(self.ratio).max(SMALL) {
            return Err(Fault::TooLarge("it was packed too well to be an answer"));
        }
        Ok(())
    }
}

impl Decoder {
    /// A gzip file may have several members (RFC 1952 §2.2).
    fn gzip(packed: Packed) -> Self {
        let mut decoder = GzipDecoder::new(packed);
        decoder.multiple_members(true);
        Self::Gzip(decoder)
    }

    /// Several frames make one content (RFC 8878 §3), in a bounded window.
    fn zstd(packed: Packed) -> Self {
        let window = [DParameter::window_log_max(ZSTD_WINDOW)];
        let mut decoder = ZstdDecoder::with_params(packed, &window);
        decoder.multiple_members(true);
        Self::Zstd(decoder)
    }

    fn reader(&mut self) -> &mut (dyn AsyncRead + Send + Unpin) {
        match self {
            Self::Gzip(one) => one,
            Self::Deflate(one) => one,
            Self::Brotli(one) => one,
            Self::Zstd(one) => one,
        }
    }

    fn packed(&mut self) -> &mut Packed {
        match self {
            Self::Gzip(one) => one.get_mut(),
            Self::Deflate(one) => one.get_mut(),
            Self::Brotli(one) => one.get_mut(),
            Self::Zstd(one) => one.get_mut(),
        }
    }
}

/// A fault of the connection comes through the decoder unchanged; the rest is
/// the decoder's own.
fn fault(error: io::Error) -> Fault {
    match error.downcast::<Broken>() {
        Ok(Broken(fault)) => fault,
        Err(error) => Fault::Malformed(format!("the packed body: {error}")),
    }
}

/// Unpacked at a time.
const CHUNK: usize = 16 * 1024;

/// No ratio is a danger below this.
const SMALL: usize = 64 * 1024;

/// 8 MiB, which RFC 9659 §3 makes the largest window a decoder of HTTP content
/// has to have; libzstd alone would take sixteen times as much.
const ZSTD_WINDOW: u32 = 23;
