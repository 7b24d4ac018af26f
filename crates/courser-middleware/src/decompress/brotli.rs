//! The coding br (RFC 7932).

use std::io;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::coding::{Coding, Decode, Progress};

pub(super) static BROTLI: Coding = Coding {
    name: "br",
    alias: None,
    is_sequence: false,
    decoder: |_| Box::new(Brotli(state())),
};

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

struct Brotli(Box<State>);

/// The strict one knows windows up to 16 MiB, as the RFC does. Others would let a few bytes ask
/// for a gigabyte.
fn state() -> Box<State> {
    let alloc = StandardAlloc::default;
    Box::new(BrotliState::new_strict(alloc(), alloc(), alloc()))
}

impl Decode for Brotli {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Progress> {
        let (mut read, mut written) = (0, 0);
        let result = BrotliDecompressStream(
            &mut input.len(),
            &mut read,
            input,
            &mut output.len(),
            &mut written,
            output,
            &mut 0,
            &mut self.0,
        );
        match result {
            BrotliResult::ResultFailure => {
                Err(io::Error::other(format!("{:?}", self.0.error_code)))
            }
            result => Ok(Progress {
                read,
                written,
                ended: matches!(result, BrotliResult::ResultSuccess),
            }),
        }
    }

    fn restart(&mut self) -> io::Result<()> {
        self.0 = state();
        Ok(())
    }
}
