//! Decoders of `compression-codecs`.

use std::io;

use compression_codecs::DecodeV2;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};

use super::coding::{Decode, Progress};

pub(super) struct Adapt<D>(pub(super) D);

impl<D: DecodeV2 + Send> Decode for Adapt<D> {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Progress> {
        let mut input = PartialBuffer::new(input);
        let mut output = WriteBuffer::new_initialized(output);
        let ended = self.0.decode(&mut input, &mut output)?;
        Ok(Progress {
            read: input.written_len(),
            written: output.written_len(),
            ended,
        })
    }

    fn restart(&mut self) -> io::Result<()> {
        self.0.reinit()
    }
}
