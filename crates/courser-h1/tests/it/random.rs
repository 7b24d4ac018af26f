//! Round trips, and anything at all.

use crate::feed::{Asked, GET, HEAD, STRICT, all_ways, read};
use courser_h1::{Error, Fate, Leniency, Options, RequestBody, RequestWriter, Version};
use proptest::collection::vec;
use proptest::prelude::*;

const FORGIVING: Leniency = Leniency {
    bare_lf: true,
    bare_cr: true,
    space_before_colon: true,
    repeated_length: true,
    length_with_transfer_encoding: true,
    transfer_encoding_in_http10: true,
    other_codings: true,
    space_after_chunk_size: true,
};

fn field() -> impl Strategy<Value = (String, String)> {
    // None that frames.
    let name = "[!#$%&'*+.^_`|~0-9A-Za-z]{1,12}x";
    (name, "([!-~]([\t -~]{0,20}[!-~])?)?")
}

fn body() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 1..40), 0..6)
}

/// Pieces of messages, so that random input gets beyond the first line.
fn salad() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 200\r\n",
        "HTTP/1.1 100 \r\n\r\n",
        "HTTP/1.1 204 \r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 0",
        "Transfer-Encoding: chunked\r\n",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "\r",
        "\0",
        " ",
        "\t",
        ":",
        ";",
        ",",
        "0\r\n",
        "5\r\nhello\r\n",
        "Connection: close\r\n",
        "A: b\r\n c\r\n",
        "ffffffffffffffff\r\n",
        "chunked",
        "5",
        "x",
    ]);
    let piece = prop_oneof![
        4 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn answers_round_trip(
        status in 200..=599_u16,
        reason in "[ -~]{0,20}",
        fields in vec(field(), 0..30),
        chunks in body(),
        trailers in vec(field(), 0..3),
        chunked: bool,
    ) {
        prop_assume!(status != 204 && status != 304);
        let whole = chunks.concat();
        let lines = |fields: &[(String, String)]| -> Vec<u8> {
            fields.iter().flat_map(|(n, v)| format!("{n}: {v}\r\n").into_bytes()).collect()
        };
        let mut message = format!("HTTP/1.1 {status} {reason}\r\n").into_bytes();
        message.extend(lines(&fields));
        let mut expected = Vec::new();
        if chunked {
            message.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in &chunks {
                message.extend(format!("{:X}\r\n", chunk.len()).into_bytes());
                message.extend(chunk);
                message.extend(b"\r\n");
            }
            message.extend(b"0\r\n");
            message.extend(lines(&trailers));
            message.extend(b"\r\n");
            expected.extend(trailers.iter().map(|(n, v)| (n.clone(), v.clone().into_bytes())));
        } else {
            message.extend(format!("Content-Length: {}\r\n\r\n", whole.len()).into_bytes());
            message.extend(&whole);
        }
        let read = read(&GET, message.chunks(11), true);
        prop_assert_eq!(&read.end, &Some(Ok(Fate::KeepAlive)), "{}", read);
        prop_assert_eq!(read.body, whole);
        prop_assert_eq!(read.trailers, expected);
        prop_assert_eq!(read.length, message.len());
        let framing = if chunked {
            "Transfer-Encoding: chunked".to_owned()
        } else {
            format!("Content-Length: {}", chunks.concat().len())
        };
        let shown = fields.iter().map(|(n, v)| format!("{n}: {}", v.as_bytes().escape_ascii()));
        let shown: Vec<_> = shown.chain([framing]).collect();
        let head = format!("{status} {reason} {{{}}}", shown.join(", "));
        prop_assert_eq!(&read.heads[..], &[head]);
    }

    /// What the chunk encoder writes, the decoder reads.
    #[test]
    fn uploads_round_trip(chunks in body(), trailers in vec(field(), 0..3)) {
        let mut wire = Vec::new();
        let mut writer = RequestWriter::new(&mut wire, Version::Http11, "POST", "/").unwrap();
        writer.field("Host", b"a").unwrap();
        let mut exchange = writer.finish(RequestBody::Chunked, &Options::default()).unwrap();
        let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for chunk in &chunks {
            exchange.write_body(chunk, &mut out).unwrap();
        }
        let given = trailers.iter().map(|(n, v)| (n.as_str(), v.as_bytes()));
        exchange.end_body_with(given, &mut out).unwrap();
        let read = read(&GET, out.chunks(5), false);
        prop_assert_eq!(read.body, chunks.concat());
        prop_assert_eq!(read.trailers.len(), trailers.len());
    }

    /// No panic, no hang, and the same however it comes.
    #[test]
    fn anything_at_all(
        bytes in prop_oneof![salad(), vec(any::<u8>(), 0..60)],
        head: bool,
        forgiving: bool,
    ) {
        let asked: Asked = if head { HEAD } else { GET };
        let lenient = if forgiving { FORGIVING } else { STRICT };
        all_ways(&asked.forgiving(lenient), &bytes);
    }

    /// A line is a field to us as it is to httparse.
    #[test]
    fn fields_as_httparse_has_them(
        line in prop_oneof![
            4 => vec(prop::sample::select(b"aZ-!:: \t\r\0\x7f\xe9".to_vec()), 0..12),
            1 => vec(any::<u8>(), 0..12),
        ],
    ) {
        prop_assume!(!line.contains(&b'\n') && !matches!(line[..], [] | [b' ' | b'\t', ..]));
        let lines = [&line[..], b"\r\n\r\n"].concat();
        let mut theirs = [httparse::EMPTY_HEADER; 1];
        let theirs = match httparse::parse_headers(&lines, &mut theirs) {
            Ok(httparse::Status::Complete((_, [field]))) => {
                Ok(format!("200  {{{}: {}}} KeepAlive", field.name, field.value.escape_ascii()))
            }
            _ => Err(()),
        };
        let ours = read(&HEAD, [&b"HTTP/1.1 200 \r\n"[..], &lines], false);
        let ours = if ours.heads.is_empty() { Err(()) } else { Ok(ours.to_string()) };
        prop_assert_eq!(ours, theirs);
    }

    /// A flipped byte is an error, another value, or another body: never a panic.
    #[test]
    fn byte_flips(at in any::<prop::sample::Index>(), to: u8) {
        let mut message = b"HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n c\r\n\
            Transfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nX: 1\r\n\r\n".to_vec();
        let at = at.index(message.len());
        message[at] = to;
        all_ways(&GET, &message);
    }

    /// The writer refuses, or what it writes is read back as it was given.
    #[test]
    fn heads_of_requests(
        method in prop_oneof!["[A-Z]{1,8}", any::<String>()],
        target in prop_oneof!["/[!-~]{0,20}", any::<String>()],
        fields in vec(prop_oneof![field(), (any::<String>(), any::<String>())], 0..4),
    ) {
        let mut out = Vec::new();
        let written = (|| -> Result<(), Error> {
            let mut head = RequestWriter::new(&mut out, Version::Http10, &method, &target)?;
            for (name, value) in &fields {
                head.field(name, value.as_bytes())?;
            }
            head.finish(RequestBody::None, &Options::default())?;
            Ok(())
        })();
        if written.is_err() {
            prop_assert!(out.is_empty());
            return Ok(());
        }
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        prop_assert_eq!(lines.len(), fields.len() + 3, "{}", text);
        prop_assert_eq!(lines[0], format!("{method} {target} HTTP/1.0"));
        for (line, (name, value)) in lines[1..].iter().zip(&fields) {
            prop_assert_eq!(*line, format!("{name}: {value}"));
            prop_assert!(!line.contains(['\r', '\n', '\0']));
        }
    }
}
