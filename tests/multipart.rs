//! Bodies in parts, out and back in.

use std::io::Read;

use courser::{As, Body, Client, Codec, ErrorKind, MultipartMode, Part, Redirects, Value};
use courser_testkit::RawPeer;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Sends it, and what came over the connection as head and body.
fn sent(client: &Client, parts: Vec<Part>) -> (String, String) {
    let peer = RawPeer::answer(OK);
    let request = client.post(peer.url("/")).multipart(parts);
    request.call().unwrap();
    let text = peer.received_text(0);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn the_length_is_told_if_it_is_known() {
    let dir = std::env::temp_dir().join(format!("courser-multipart-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("a.txt");
    std::fs::write(&path, "file").unwrap();
    let parts = |size: Option<u64>| {
        let stream = Body::reader(&b"stream"[..]);
        let stream = size.map_or_else(|| Body::reader(&b"stream"[..]), |n| stream.with_size(n));
        vec![
            Part::new("t", "text"),
            Part::new("b", vec![b'b'; 100_000]),
            Part::new("f", Body::file(&path)),
            Part::new("s", stream).file_name("s.bin"),
        ]
    };
    for client in crate::clients() {
        let (head, body) = sent(&client, parts(Some(6)));
        let length = format!("\r\ncontent-length: {}", body.len());
        assert!(head.to_ascii_lowercase().contains(&length), "{head}");
        for part in [
            "\r\n\r\ntext\r\n--",
            "filename=\"a.txt\"",
            "\r\n\r\nfile\r\n--",
            "\r\n\r\nstream\r\n--",
        ] {
            assert!(body.contains(part), "{part}");
        }
        let (head, _) = sent(&client, parts(None));
        let coding = "\r\ntransfer-encoding: chunked";
        assert!(head.to_ascii_lowercase().contains(coding), "{head}");
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

/// 15: a name, file name or header of a part that means to add fields or parts.
#[test]
fn attack_15_names_of_parts() {
    let evil = "a\"\r\nX-Evil: 1\r\n\r\nevil\r\n--";
    for mode in [
        MultipartMode::Strict,
        MultipartMode::BrowserCompatible,
        MultipartMode::Rfc6532,
    ] {
        let peer = RawPeer::answer(OK);
        let part = Part::new(evil, "x").file_name(evil);
        let request = courser::post(peer.url("/")).part(part).multipart_mode(mode);
        request.call().unwrap();
        let text = peer.received_text(0);
        assert!(!text.contains("\r\nX-Evil"), "{text}");
        assert!(text.contains("name=\"a%22%0D%0AX-Evil: 1"), "{text}");
    }
    for part in [
        Part::new("a", "x").mime_type("text/plain\r\nX-Evil: 1"),
        Part::new("a", "x").encoding("utf-8\r\nX-Evil: 1"),
        Part::new("a", "x").header("X", "1\r\nX-Evil: 1"),
        Part::new("a", "x").header("X: 1\r\nX-Evil", "1"),
        Part::new("a\0", "x"),
    ] {
        let error = courser::post("http://127.0.0.1:1/")
            .part(part)
            .call()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
}

/// 16: a boundary that can be guessed, or that content brings along.
#[test]
fn attack_16_boundaries() {
    let boundary = || {
        let (head, _) = sent(&Client::new(), vec![Part::new("a", "x")]);
        let (_, boundary) = head.split_once("boundary=").unwrap();
        boundary.lines().next().unwrap().to_owned()
    };
    let [a, b] = [boundary(), boundary()];
    assert!(a != b && a.len() >= 32, "{a} {b}");
}

#[test]
fn what_is_wrong_is_said_before_anything_is_sent() {
    fn check(request: courser::RequestBuilder, says: &str) {
        let error = request.call().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(format!("{error:?}").contains(says), "{error:?}");
    }
    let post = || courser::post("http://127.0.0.1:1/").part(Part::new("a", "x"));
    check(post().body("b"), ":multipart and :body");
    check(
        post().form_params([("a", 1)]),
        ":multipart and :form-params",
    );
    check(post().content_type("text/plain"), "not of parts");
    check(
        post().content_type("multipart/mixed; boundary=x"),
        "says a boundary",
    );
    check(post().mime_subtype("a\r\nb"), ":mime-subtype");
    check(
        post().mime_subtype("a").content_type("multipart/b"),
        "both say",
    );
    check(post().multipart_charset("nope"), ":multipart-charset");
    check(
        post().part(Part::new("f", Body::file("/nonexistent"))),
        "/nonexistent",
    );
    check(
        courser::get("http://127.0.0.1:1/").part(Part::new("a", "x")),
        "GET",
    );
    let latin = post().part(Part::new("a", "日").encoding("iso-8859-1"));
    check(latin, "cannot be written");
}

#[test]
fn what_can_be_sent_again_follows_redirects() {
    let to = "HTTP/1.1 307 Found\r\nLocation: /b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let follow = |content: Body| {
        let peer = RawPeer::answers([to, OK]);
        let request = courser::post(peer.url("/a")).redirect_strategy(Redirects::Lax);
        let answer = request.part(Part::new("a", content)).call();
        answer.map(|res| (res.status.as_u16(), peer.received_text(1).contains("again")))
    };
    assert_eq!(
        follow(Body::factory(|| Ok("again".into()))).unwrap(),
        (200, true)
    );
    let once = follow(Body::reader(&b"once"[..]));
    assert!(once.is_err() || once.is_ok_and(|(status, _)| status == 307));
}

fn answer(content_type: &str, body: &str) -> RawPeer {
    RawPeer::answer(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

const PARTS: &str = "--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\ntext\r\n\
    --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: image/png\r\n\r\n\0\u{1}\r\n--b--\r\n";

#[test]
fn parts_come_back_as_data() {
    let expected = r#"[{:name "t", :content "text"} {:name "f", :file-name "x", :mime-type "image/png", :content #bytes {:b64 "AAE="}}]"#;
    for form in [As::Multipart, As::Auto] {
        let peer = answer("multipart/form-data; boundary=b", PARTS);
        let response = courser::get(peer.url("/")).as_(form).call().unwrap();
        assert_eq!(response.value().unwrap().to_string(), expected);
    }
    for (content_type, body) in [
        ("text/plain", PARTS),
        ("multipart/x; boundary=b", "--b\r\n"),
    ] {
        let peer = answer(content_type, body);
        let error = courser::get(peer.url("/"))
            .as_(As::Multipart)
            .call()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    }
}

#[test]
fn parts_come_back_one_by_one() {
    let peer = answer("multipart/form-data; boundary=b", PARTS);
    let response = courser::get(peer.url("/")).as_stream().call().unwrap();
    let mut parts = response.parts().unwrap();
    let mut seen = Vec::new();
    while let Some(head) = parts.next_part().unwrap() {
        let mut content = Vec::new();
        parts.read_to_end(&mut content).unwrap();
        seen.push((head.name.unwrap(), content));
    }
    assert_eq!(
        seen,
        [("t".into(), b"text".to_vec()), ("f".into(), vec![0, 1])]
    );
}

#[tokio::test]
async fn parts_come_back_one_by_one_async() {
    let peer = answer("multipart/form-data; boundary=b", PARTS);
    let response = courser::get(peer.url("/"))
        .as_stream()
        .send()
        .await
        .unwrap();
    let mut parts = response.parts().unwrap();
    let mut names = Vec::new();
    while let Some(head) = parts.next().await.unwrap() {
        names.push(head.name.unwrap()); // the content is skipped
    }
    assert_eq!(names, ["t", "f"]);
}

#[test]
fn a_codec_of_ones_own_reads_its_media_type() {
    let csv = Codec::new("csv", ["text/csv"], |bytes, _| {
        let lines = std::str::from_utf8(bytes)?.lines();
        Ok(Value::vector(
            lines.map(|line| Value::vector(line.split(','))),
        ))
    });
    let read = |content_type: &str, form: As, body: &str| {
        let peer = answer(content_type, body);
        let request = courser::get(peer.url("/")).as_(form).codec(csv.clone());
        request
            .call()
            .map(|res| res.value().map(ToString::to_string))
    };
    let expected = Some(r#"[["a" "b"] ["c"]]"#.to_owned());
    assert_eq!(read("text/csv", As::Auto, "a,b\nc").unwrap(), expected);
    assert_eq!(
        read("text/plain", As::Codec(csv.clone()), "a,b\nc").unwrap(),
        expected
    );
    assert_eq!(read("text/plain", As::Auto, "a,b\nc").unwrap(), None);
    let broken = Codec::new("x", ["text/x"], |_, _| Err("no".into()));
    let error = read("text/plain", As::Codec(broken), "a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}
