//! Bodies in each coding, and when they are left as they are.

use super::*;
use courser_core::testing::{FakeRt, now};
use courser_core::{Bytes, Call, Url};
use proptest::prelude::*;
use std::io::Read as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const ALL: [Compression; 4] = [
    Compression::Gzip,
    Compression::Deflate,
    Compression::Brotli,
    Compression::Zstd,
];

/// By decoders that are not ours.
fn decode(compression: Compression, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match compression {
        Compression::Gzip => flate2::read::GzDecoder::new(data).read_to_end(&mut out),
        Compression::Deflate => flate2::read::ZlibDecoder::new(data).read_to_end(&mut out),
        Compression::Brotli => ::brotli::Decompressor::new(data, 4096).read_to_end(&mut out),
        Compression::Zstd => ::zstd::Decoder::new(data).unwrap().read_to_end(&mut out),
        Compression::Identity => return data.to_vec(),
    }
    .unwrap();
    out
}

fn request(body: Body, compression: Option<Compression>) -> Request {
    let url = Url::parse("http://h/").unwrap();
    let mut req = Request::new(url, Arc::new(Call::new(FakeRt::runtime())));
    req.body = body;
    if let Some(compression) = compression {
        req.options.set(compression);
    }
    req
}

fn sent(body: Body) -> Bytes {
    let mut body = body.start(&FakeRt::runtime()).unwrap();
    now(body.collect(u64::MAX)).unwrap();
    body.as_bytes().unwrap().clone()
}

#[test]
fn bodies_are_compressed_and_said_to_be() {
    #[track_caller]
    fn check(body: &Body, expected: &[u8], told: bool) {
        for compression in ALL {
            let mut req = request(body.clone(), Some(compression));
            CompressStage.request(&mut req).unwrap();
            let name = compression.name();
            assert_eq!(req.headers.get_str("content-encoding"), Some(name));
            assert_eq!(req.body.size().is_some(), told, "{name}");
            // Again and again, if the body can be.
            let again = req.body.replay().unwrap();
            for body in [req.body, again.body()] {
                let bytes = sent(body);
                assert!(decode(compression, &bytes) == expected, "{name}");
            }
        }
    }
    let many = |n: usize| (0..n).map(|i| (i * i % 251) as u8).collect::<Vec<u8>>();
    check(&"a".into(), b"a", true);
    check(&many(SMALL).into(), &many(SMALL), true);
    check(&many(SMALL + 1).into(), &many(SMALL + 1), false);
    let zeros = vec![0; 5_000_000];
    check(&zeros.clone().into(), &zeros, false);
    check(
        &Body::factory(|| Ok(Body::reader(&b"made anew"[..]))),
        b"made anew",
        false,
    );
    check(
        &Body::factory(|| Ok(Body::reader(std::io::empty()))),
        b"",
        false,
    );
    let parts = Body::chain(["a".into(), Body::from(many(100_000))]);
    check(&parts, &[&b"a"[..], &many(100_000)].concat(), false);
}

#[test]
fn what_goes_as_it_is() {
    #[track_caller]
    fn check(
        body: Body,
        compression: Option<Compression>,
        header: Option<(&str, &str)>,
        expected: Result<bool, &str>,
    ) {
        let mut req = request(body, compression);
        if let Some((name, value)) = header {
            req.headers.insert(name, value).unwrap();
        }
        let before = (req.headers.len(), req.body.size());
        match (CompressStage.request(&mut req), expected) {
            (Ok(()), Ok(changed)) => {
                assert_eq!((req.headers.len(), req.body.size()) != before, changed);
            }
            (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
            (got, expected) => panic!("{got:?}, {expected:?}"),
        }
    }
    let gzip = Some(Compression::Gzip);
    check("text".into(), gzip, None, Ok(true));
    check("text".into(), None, None, Ok(false));
    check("text".into(), Some(Compression::Identity), None, Ok(false));
    check(Body::empty(), gzip, None, Ok(false));
    check("".into(), gzip, None, Ok(false));
    let empty = Body::reader(std::io::empty()).with_size(0);
    check(empty, gzip, None, Ok(false));
    let own = Some(("content-encoding", "br"));
    check("text".into(), gzip, own, Ok(false));
    let part = Some(("Content-Range", "bytes 0-3/9"));
    check("text".into(), gzip, part, Ok(false));
    let digest = Some(("Content-MD5", "HLK/dbTCmQGJGgXZkEfWLQ=="));
    check("text".into(), gzip, digest, Err("content-md5"));
    check(
        "text".into(),
        Some(Compression::Identity),
        digest,
        Ok(false),
    );
    check("text".into(), None, digest, Ok(false));
    check(Body::empty(), gzip, digest, Ok(false));
}

/// A body that pauses after each piece, for as long as it takes to be asked twice.
fn pausing(pieces: Vec<&'static str>) -> Body {
    let mut pieces = pieces.into_iter();
    let mut asked = 0;
    Body::stream(futures_util::stream::poll_fn(move |_| {
        asked += 1;
        if asked % 3 == 1 {
            return Poll::Ready(pieces.next().map(Ok::<_, courser_core::Error>));
        }
        Poll::Pending
    }))
}

#[test]
fn a_stream_that_pauses_has_sent_what_it_gave() {
    for compression in ALL {
        let start = coding::encoder(compression).unwrap();
        let mut stream = pin!(Encoder::new(pausing(vec!["one, ", "two"]), start()));
        let mut cx = Context::from_waker(Waker::noop());
        let (mut came, mut seen) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            match futures_core::Stream::poll_next(stream.as_mut(), &mut cx) {
                Poll::Ready(Some(piece)) => came.extend_from_slice(&piece.unwrap()),
                Poll::Ready(None) => break,
                Poll::Pending => {
                    // As much of it as can be read without the end.
                    let mut decoder: Box<dyn std::io::Read> = match compression {
                        Compression::Gzip => Box::new(flate2::read::GzDecoder::new(&came[..])),
                        Compression::Deflate => Box::new(flate2::read::ZlibDecoder::new(&came[..])),
                        Compression::Brotli => Box::new(::brotli::Decompressor::new(&came[..], 64)),
                        _ => Box::new(::zstd::Decoder::new(&came[..]).unwrap()),
                    };
                    let mut text = [0; 8];
                    let n = decoder.read(&mut text).unwrap();
                    seen.push(String::from_utf8_lossy(&text[..n]).into_owned());
                }
            }
        }
        assert_eq!(seen[0], "one, ", "{}", compression.name());
        assert_eq!(decode(compression, &came), b"one, two");
    }
}

#[test]
fn the_error_of_the_stream_is_kept() {
    let stream = futures_util::stream::iter([Ok("a"), Err("the disk is gone")]);
    let mut req = request(Body::stream(stream), Some(Compression::Gzip));
    CompressStage.request(&mut req).unwrap();
    assert!(req.body.replay().is_none());
    let mut body = req.body.start(&FakeRt::runtime()).unwrap();
    let error = now(body.collect(99)).unwrap_err();
    assert!(
        format!("{error:?}").contains("the disk is gone"),
        "{error:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_in_any_pieces(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..6),
        which in 0..ALL.len(),
    ) {
        let all = pieces.concat();
        let stream = futures_util::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
        let mut req = request(Body::stream(stream), Some(ALL[which]));
        CompressStage.request(&mut req).unwrap();
        prop_assert_eq!(decode(ALL[which], &sent(req.body)), all);
    }
}
