//! Bodies in each coding: whole, cut, damaged, and bombs.

use super::*;
use courser_core::testing::{FakeRt, now};
use courser_core::{Body, Call, Request, Url};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use std::io::{self, Write};
use std::sync::Arc;

/// A `Content-Encoding`, and what it is tested by.
const FORMS: [(&str, &str); 5] = [
    ("gzip", "gzip"),
    ("deflate", "zlib"),
    ("deflate", "raw"),
    ("br", "br"),
    ("zstd", "zstd"),
];

fn encode(form: &str, data: &[u8]) -> Vec<u8> {
    let best = Compression::best();
    match form {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), best);
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        }
        "zlib" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), best);
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        }
        "raw" => {
            let mut encoder = DeflateEncoder::new(Vec::new(), best);
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut out = Vec::new();
            let params = ::brotli::enc::BrotliEncoderParams {
                quality: 4,
                ..Default::default()
            };
            ::brotli::BrotliCompress(&mut &*data, &mut out, &params).unwrap();
            out
        }
        "zstd" => {
            let mut encoder = ::zstd::Encoder::new(Vec::new(), 3).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        }
        _ => panic!("{form}"),
    }
}

/// A reader that gives so many bytes at a time.
struct Cut(Vec<u8>, usize);
impl io::Read for Cut {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(self.0.len()).min(buf.len());
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0.drain(..n);
        Ok(n)
    }
}

/// A response with that encoding and body, the body in pieces of `piece` bytes; not collected.
fn response(
    method: Method,
    encoding: &str,
    body: &[u8],
    piece: usize,
    limits: DecompressLimits,
) -> Result<Response> {
    let url = Url::parse("http://h/").unwrap();
    let mut req = Request::new(url.clone(), Arc::new(Call::new(FakeRt::runtime())));
    req.method = method;
    req.options.set(limits);
    let mut res = Response::new(url);
    res.headers.append("Content-Encoding", encoding).unwrap();
    res.headers
        .append("Content-Length", body.len() as u64)
        .unwrap();
    res.length = Some(body.len() as u64);
    res.body = Body::reader(Cut(body.to_vec(), piece));
    DecompressStage.head(&req.sent(), &mut res)?;
    Ok(res)
}

/// The whole of it.
fn decode(encoding: &str, body: &[u8], piece: usize, limits: DecompressLimits) -> Result<Vec<u8>> {
    let mut res = response(Method::GET, encoding, body, piece, limits)?;
    now(res.body.collect(u64::MAX))?;
    Ok(res.body.as_bytes().unwrap().to_vec())
}

#[test]
fn codings() {
    fn check(encoding: &str, body: &[u8], expected: &[u8], left: Option<&str>) {
        for piece in [1, 3, 10_000] {
            let limits = DecompressLimits::default();
            let mut res = response(Method::GET, encoding, body, piece, limits).unwrap();
            now(res.body.collect(u64::MAX)).unwrap();
            assert_eq!(res.body.as_bytes().unwrap(), expected, "{encoding}");
            assert_eq!(res.headers.get_str("content-encoding"), left);
            assert_eq!(
                res.headers.contains("content-length"),
                left == Some(encoding)
            );
            assert_eq!(
                res.info.get(),
                Some(&OrigContentEncoding(Some(encoding.into())))
            );
        }
    }
    let text = b"some text, some text";
    let [gzip, zlib, raw, br, zstd] = FORMS.map(|(_, form)| encode(form, text));
    check("gzip", &gzip, text, None);
    check("X-GZip", &gzip, text, None);
    check("deflate", &zlib, text, None);
    check("Deflate", &raw, text, None);
    check("br", &br, text, None);
    check("BR", &br, text, None);
    check("zstd", &zstd, text, None);
    check("gzip, gzip", &encode("gzip", &gzip), text, None);
    check("deflate, gzip", &encode("gzip", &raw), text, None);
    check(
        "br,\tzstd, ,gzip",
        &encode("gzip", &encode("zstd", &br)),
        text,
        None,
    );
    check("compress, gzip", &gzip, text, Some("compress"));
    check("identity, gzip", &gzip, text, None);
    let twice = [&text[..], text].concat();
    check("gzip", &[gzip.clone(), gzip].concat(), &twice, None);
    check("zstd", &[zstd.clone(), zstd].concat(), &twice, None);
    for (encoding, form) in FORMS {
        check(encoding, b"", b"", None);
        check(encoding, &encode(form, b""), b"", None);
    }
    check("compress", b"xx", b"xx", Some("compress"));
    check("gzip, compress", b"xx", b"xx", Some("gzip, compress"));
    check("identity", b"xx", b"xx", Some("identity"));
}

#[test]
fn what_is_asked_for() {
    assert_eq!(supported(), "gzip, deflate, br, zstd");
}

#[test]
fn heads_keep_their_length() {
    let limits = DecompressLimits::default();
    let res = response(Method::HEAD, "gzip", b"", 1, limits).unwrap();
    let names: Vec<&str> = res.headers.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Content-Length"]);
}

#[test]
fn broken_bodies_are_errors() {
    #[track_caller]
    fn check(encoding: &str, body: &[u8], says: &str) {
        let error = decode(encoding, body, 7, DecompressLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(says), "{error}");
    }
    check("gzip", b"this is not gzip", "said to be gzip");
    check("br", b"\xff\xffthis is not br", "said to be br");
    check("zstd", b"this is not zstd", "said to be zstd");
    check("deflate", b"x", "the deflate body ends early");
    check("gzip, gzip, gzip, gzip, gzip, gzip", b"", "6 times over");
    // A window of 128 MiB: a frame header that only asks for memory.
    check(
        "zstd",
        b"\x28\xb5\x2f\xfd\x00\x88\x00\x00\x00",
        "said to be zstd",
    );
    let text = b"some text that is long enough to be cut anywhere";
    for (encoding, form) in FORMS {
        let whole = encode(form, text);
        for end in 1..whole.len() {
            check(encoding, &whole[..end], "ends early");
        }
        for junk in [&b"x"[..], b"\0\0\0\0\0\0\0\0\0\0\0\0"] {
            let says = if form == "zstd" {
                "zstd body"
            } else {
                "behind its end"
            };
            check(encoding, &[&whole, junk].concat(), says);
        }
    }
    let whole = encode("gzip", text);
    check("gzip", &[&whole[..], &whole[..9]].concat(), "ends early");
}

#[test]
fn no_bytes_at_all_may_be_a_cut() {
    fn check(change: impl Fn(&mut Response), says: Option<&str>) {
        for (encoding, _) in FORMS {
            let url = Url::parse("http://h/").unwrap();
            let req = Request::new(url.clone(), Arc::new(Call::new(FakeRt::runtime())));
            let mut res = Response::new(url);
            res.headers.append("Content-Encoding", encoding).unwrap();
            res.body = Body::reader(io::empty());
            change(&mut res);
            DecompressStage.head(&req.sent(), &mut res).unwrap();
            match (now(res.body.collect(9)), says) {
                (Ok(()), None) => {}
                (Err(error), Some(says)) => assert!(error.to_string().contains(says), "{error}"),
                (got, _) => panic!("{got:?} {says:?}"),
            }
        }
    }
    check(|_| {}, Some("ends early"));
    check(|res| res.version = Version::HTTP_10, Some("ends early"));
    check(|res| res.length = Some(0), None);
    check(|res| res.chunked = true, None);
    check(|res| res.version = Version::HTTP_2, None);
}

#[test]
fn an_error_of_the_body_itself_comes_through() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is on fire"))
        }
    }
    let start = io::Cursor::new(encode("gzip", b"text")[..5].to_vec());
    let mut body = Body::reader(io::Read::chain(start, Broken));
    let coding = coding::find("gzip").unwrap();
    let growth = Growth::new(DecompressLimits::default());
    body.wrap(|body| Box::pin(Decoder::new(body, coding, growth, true)));
    let error = now(body.collect(99)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::User);
}

#[test]
fn bombs_do_not_explode() {
    #[track_caller]
    fn check(encoding: &str, body: &[u8], limits: DecompressLimits, says: &str) {
        let mut res = response(Method::GET, encoding, body, 100, limits).unwrap();
        let (mut given, mut largest) = (0, 0);
        let error = loop {
            match now(res.body.next()).expect("an error before the end") {
                Ok(piece) => {
                    given += piece.len();
                    largest = largest.max(piece.len());
                }
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::BodyLimit);
        assert!(error.to_string().contains(says), "{error}");
        assert!(given <= 2 << 20 && largest <= 16 << 10, "{given} {largest}");
        assert!(
            now(res.body.next()).is_some_and(|piece| piece.is_err()),
            "no end after an error"
        );
    }
    let zeros = vec![0; 5 << 20];
    let ratio = "200 to 1 (:max-decompression-ratio)";
    for (encoding, form) in FORMS {
        check(
            encoding,
            &encode(form, &zeros),
            DecompressLimits::default(),
            ratio,
        );
    }
    let bomb = encode("gzip", &zeros);
    check(
        "gzip, gzip",
        &encode("gzip", &bomb),
        DecompressLimits::default(),
        ratio,
    );
    check(
        "gzip, br",
        &encode("br", &bomb),
        DecompressLimits::default(),
        ratio,
    );
    let small = DecompressLimits {
        max_size: Some(1 << 16),
        max_ratio: 9999,
    };
    check("gzip", &bomb, small, "65536 bytes (:max-decompressed-size)");
    // Many small pieces of a sequence count together.
    let many = encode("gzip", &zeros[..200_000]).repeat(20);
    check("gzip", &many, DecompressLimits::default(), ratio);
    let large = DecompressLimits {
        max_size: None,
        max_ratio: 9999,
    };
    assert_eq!(
        decode("gzip", &bomb, 10_000, large).unwrap().len(),
        zeros.len()
    );
}

proptest! {
    /// Any bytes are a body or an error.
    #[test]
    fn any_bytes(form in 0usize..5, body in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = decode(FORMS[form].0, &body, 5, DecompressLimits::default());
    }

    #[test]
    fn round_trip(data in proptest::collection::vec(0..4u8, 0..2000), piece in 1usize..99) {
        for (encoding, form) in FORMS {
            let decoded = decode(encoding, &encode(form, &data), piece, DecompressLimits::default());
            prop_assert_eq!(decoded.unwrap(), &data[..]);
        }
    }

    /// A damaged body is an error, where there is a checksum, or harmless; never something else.
    #[test]
    fn a_flipped_byte(data in proptest::collection::vec(0..9u8, 1..300), at in any::<usize>(), flip in 1..=255u8) {
        for (encoding, form) in FORMS {
            let mut body = encode(form, &data);
            let at = at % body.len();
            body[at] ^= flip;
            let decoded = decode(encoding, &body, 11, DecompressLimits::default());
            match decoded {
                Err(error) => prop_assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::BodyLimit)),
                // Nothing in these tells what was meant, or no more than Adler's sum, which
                // some changes of a few small bytes leave as it was.
                Ok(_) if ["raw", "br", "zlib"].contains(&form) => {}
                // Without its flag the checksum of a frame is not looked at.
                Ok(_) if form == "zstd" && at == 4 => {}
                Ok(decoded) => prop_assert_eq!(decoded, &data[..], "{} at {}", form, at),
            }
        }
    }
}
