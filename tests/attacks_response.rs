//! Answers that mean harm: a test for each row of the list of attacks, by its number.

use courser::Client;
use courser_testkit::RawPeer;

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
