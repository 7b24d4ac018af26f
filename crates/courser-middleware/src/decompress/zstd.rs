//! The coding zstd (RFC 8878).

use compression_codecs::ZstdDecoder;
use compression_codecs::zstd::params::DParameter;

use super::adapt::Adapt;
use super::coding::Coding;

/// RFC 9659: windows of content codings are 8 MiB at most.
const WINDOW_LOG: u32 = 23;

pub(super) static ZSTD: Coding = Coding {
    name: "zstd",
    alias: None,
    is_sequence: true, // RFC 8878, 3: of frames
    decoder: |_| {
        let window = DParameter::window_log_max(WINDOW_LOG);
        Box::new(Adapt(ZstdDecoder::new_with_params(&[window])))
    },
};
