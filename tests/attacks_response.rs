//! Answers that mean harm: a test for each row of the list of attacks, by its number.

use courser::{As, Client, Error, ErrorKind};
use courser_testkit::RawPeer;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A peer that answers with that body, which is encoded so.
fn encoded(encoding: &str, body: &[u8]) -> RawPeer {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {length}\r\n\r\n"
    );
    RawPeer::answer([head.as_bytes(), body].concat())
}

#[track_caller]
fn check(error: &Error, kind: ErrorKind, says: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(says), "{error}");
}

/// 19: a body that grows without end when it is decoded, collected and as a stream.
#[test]
fn attack_19_decompression_bomb() {
    let bomb = gzip(&vec![0; 40 << 20]);
    let peer = encoded("gzip", &bomb);
    let error = Client::new().get(peer.url("/")).call().unwrap_err();
    check(
        &error,
        ErrorKind::BodyLimit,
        "200 to 1 (:max-decompression-ratio)",
    );

    let peer = encoded("gzip", &bomb);
    let response = Client::new().get(peer.url("/")).as_stream().call().unwrap();
    let (mut reader, mut read) = (response.reader(), 0);
    let mut buf = [0; 1 << 12];
    let error = loop {
        match reader.read(&mut buf) {
            Ok(0) => panic!("the end of a bomb"),
            Ok(n) => read += n,
            Err(error) => break error,
        }
    };
    assert!(
        error.to_string().contains(":max-decompression-ratio"),
        "{error}"
    );
    assert!(read <= bomb.len() * 200 + (1 << 20), "{read}");

    // With the limit raised it is only large: what held it was the limit.
    let peer = encoded("gzip", &bomb);
    let request = Client::new().get(peer.url("/"));
    let response = request.with(|request| request.max_decompression_ratio = Some(2000));
    assert_eq!(response.call().unwrap().bytes().len(), 40 << 20);
}

/// 20: a body that is encoded many times over.
#[test]
fn attack_20_chain_of_codings() {
    let mut body = b"text".to_vec();
    for _ in 0..5 {
        body = gzip(&body);
    }
    let peer = encoded(&["gzip"; 5].join(", "), &body);
    assert_eq!(
        courser::get(peer.url("/")).call().unwrap().text().unwrap(),
        "text"
    );

    for names in [["gzip"; 6].to_vec(), ["gzip"; 1000].to_vec()] {
        let peer = encoded(&names.join(","), &gzip(&body));
        let error = courser::get(peer.url("/")).call().unwrap_err();
        check(&error, ErrorKind::Decode, "limit: 5 codings");
        assert!(error.to_string().len() < 500, "{error}");
    }
}

/// 22: a head that never ends.
#[test]
fn attack_22_endless_headers() {
    let peer = RawPeer::serve(|wire| {
        wire.read_head()?;
        wire.send(b"HTTP/1.1 200 OK\r\n")?;
        // More than anybody may hold, but not without end, should nobody hang up.
        for _ in 0..10_000 {
            wire.send(format!("X: {}\r\n", "x".repeat(10_000)))?;
        }
        Ok(())
    });
    let error = Client::new().get(peer.url("/")).call().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Io),
        "{error}"
    );
}

/// 30: fields that make backtracking parsers slow.
#[test]
fn attack_30_link_backtracking() {
    for unit in ["<", "</a>;", "<>;a=\"", "\\\"", " "] {
        let field = format!("</a>; rel=x; title=\"{}", unit.repeat(60_000 / unit.len()));
        let peer = RawPeer::answer(format!(
            "HTTP/1.1 200 OK\r\nLink: </n>; rel=next\r\nLink: {field}\r\nContent-Length: 0\r\n\r\n"
        ));
        let response = Client::new().get(peer.url("/")).call().unwrap();
        assert_eq!(response.links().href("next"), Some("/n"), "{unit}");
        assert!(response.links().iter().count() <= field.len() / 4);
    }
}

/// 44: a body that ends early, of itself or in its coding, is never taken for the whole.
#[test]
fn attack_44_truncated_body() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
    ] {
        let peer = RawPeer::serve(move |wire| {
            wire.read_head()?;
            wire.send(answer)?;
            wire.close();
            Ok(())
        });
        let error = courser::get(peer.url("/")).call().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }

    let whole = gzip(b"text that is cut");
    for end in [1, 9, 10, 20, whole.len() - 8, whole.len() - 1] {
        let peer = encoded("gzip", &whole[..end]);
        let error = courser::get(peer.url("/")).call().unwrap_err();
        check(&error, ErrorKind::Decode, "the gzip body ends early");
        // Neither is it the end of a stream.
        let peer = encoded("gzip", &whole[..end]);
        let response = courser::get(peer.url("/")).as_stream().call().unwrap();
        let result = response.reader().read_to_end(&mut Vec::new());
        assert!(result.is_err(), "cut at {end}");
    }
    let peer = encoded("gzip", &[&whole[..], b"more"].concat());
    let error = courser::get(peer.url("/")).call().unwrap_err();
    check(&error, ErrorKind::Decode, "behind its end");
}

/// 31: pages that are nested without end, read for their `<meta>` elements.
#[test]
fn attack_31_html_nesting() {
    for unit in [
        "<div>",
        "<head>",
        "<noscript>",
        "<meta http-equiv=",
        "<title>",
        "<!--",
    ] {
        let page = format!(
            "<meta charset=iso-8859-1>{}",
            unit.repeat((1 << 20) / unit.len())
        );
        let length = page.len();
        let peer = RawPeer::answer(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n{page}"
        ));
        let request = Client::new().get(peer.url("/")).decode_body_headers(true);
        let response = request.call().unwrap();
        let media_type = response.content_type().unwrap();
        assert_eq!(media_type.param("charset"), Some("iso-8859-1"), "{unit}");
    }
}

/// 41: charsets that make readers disagree: one order of byte order mark, header and page, and
/// none of the charsets in which tags can hide.
#[test]
fn attack_41_charset_tricks() {
    #[track_caller]
    fn check(content_type: &str, body: &[u8], expected: Result<&str, ErrorKind>) {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        );
        let peer = RawPeer::answer([head.as_bytes(), body].concat());
        let request = Client::new().get(peer.url("/")).as_(As::Auto);
        let result = request.decode_body_headers(true).call();
        let text = result.map(|response| response.text().unwrap().into_owned());
        let text = text.as_deref().map_err(Error::kind);
        assert_eq!(text, expected, "{content_type}");
    }
    let hidden = b"+ADw-script+AD4-";
    check("text/html", hidden, Ok("+ADw-script+AD4-"));
    check("text/html; charset=utf-7", hidden, Err(ErrorKind::Decode));
    check(
        "text/html",
        b"<meta charset=utf-7>+ADw-",
        Err(ErrorKind::Decode),
    );
    check(
        "text/html; charset=iso-2022-cn",
        b"a",
        Err(ErrorKind::Decode),
    );
    // The mark comes before all else.
    check(
        "text/plain; charset=iso-8859-1",
        b"\xef\xbb\xbf\xc3\xa9",
        Ok("é"),
    );
    check("text/html; charset=utf-8", b"\xfe\xff\0<\0b\0>", Ok("<b>"));
    // A page cannot be read as what would hide its own tags.
    check(
        "text/html",
        b"<meta charset=utf-16le>aa",
        Ok("<meta charset=utf-16le>aa"),
    );
}
