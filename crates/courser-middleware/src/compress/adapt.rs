//! Encoders of `compression-codecs`, at the levels that are usual while somebody waits.

use std::io;

use compression_codecs::EncodeV2;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};

use super::coding::{Encode, Progress};

struct Adapt<E>(E);

impl<E: EncodeV2 + Send> Encode for Adapt<E> {
    fn encode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Progress> {
        let mut input = PartialBuffer::new(input);
        let mut output = WriteBuffer::new_initialized(output);
        self.0.encode(&mut input, &mut output)?;
        Ok(Progress {
            read: input.written_len(),
            written: output.written_len(),
            done: false,
        })
    }

    fn flush(&mut self, output: &mut [u8]) -> io::Result<Progress> {
        let mut output = WriteBuffer::new_initialized(output);
        let done = self.0.flush(&mut output)?;
        Ok(Progress {
            read: 0,
            written: output.written_len(),
            done,
        })
    }

    fn finish(&mut self, output: &mut [u8]) -> io::Result<Progress> {
        let mut output = WriteBuffer::new_initialized(output);
        let done = self.0.finish(&mut output)?;
        Ok(Progress {
            read: 0,
            written: output.written_len(),
            done,
        })
    }
}

#[cfg(feature = "gzip")]
pub(super) fn gzip() -> Box<dyn Encode> {
    use compression_codecs::core::Level;
    let encoder = compression_codecs::GzipEncoder::new(Level::Default.into());
    Box::new(Adapt(encoder))
}

/// RFC 9110, 8.4.1.2: what is called deflate is zlib's format.
#[cfg(feature = "gzip")]
pub(super) fn deflate() -> Box<dyn Encode> {
    use compression_codecs::core::Level;
    let encoder = compression_codecs::ZlibEncoder::new(Level::Default.into());
    Box::new(Adapt(encoder))
}

/// Its own default is the best and by far the slowest.
#[cfg(feature = "brotli")]
pub(super) fn brotli() -> Box<dyn Encode> {
    use compression_codecs::brotli::params::EncoderParams;
    use compression_codecs::core::Level;
    let params = EncoderParams::default()
        .quality(Level::Precise(5))
        .window_size(20);
    Box::new(Adapt(compression_codecs::BrotliEncoder::new(params)))
}

/// Its windows are within RFC 9659.
#[cfg(feature = "zstd")]
pub(super) fn zstd() -> Box<dyn Encode> {
    Box::new(Adapt(compression_codecs::ZstdEncoder::new(3)))
}
