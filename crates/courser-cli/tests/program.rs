//! The built program, against loopback servers.
#![allow(clippy::unwrap_used, reason = "a panic here is a failing test")]

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use courser_testkit::Server;
use http::Response;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run_with(args: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_courser"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Ran {
    run_with(args, "")
}

/// Tells what it was asked.
fn echo() -> Server {
    Server::builder().http1_only().record().start(|request| {
        let status = if request.uri().path() == "/404" {
            404
        } else {
            200
        };
        let text = format!(
            r#"{{"method": "{}", "target": "{}"}}"#,
            request.method(),
            request.uri()
        );
        Response::builder().status(status).body(text).unwrap()
    })
}

#[test]
fn a_request_and_its_response() {
    let server = echo();
    let ran = run(&[
        "get",
        &server.url("/"),
        "{:as :json :query-params {:a [1 2]}}",
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.starts_with("{:status 200, "), "{}", ran.out);
    assert!(
        ran.out
            .contains(r#":body {:method "GET", :target "/?a=1&a=2"}"#),
        "{}",
        ran.out
    );
    assert_eq!(ran.out.lines().count(), 1);
    assert_eq!(server.recorded()[0].header("connection"), Some("close"));
}

#[test]
fn each_verb() {
    let server = echo();
    for verb in [
        "get", "head", "post", "put", "delete", "options", "copy", "move", "patch",
    ] {
        assert_eq!(
            run(&[verb, &server.url("/x"), "{:method :trace}"]).code,
            Some(0),
            "{verb}"
        );
        let request = server.recorded().pop().unwrap();
        assert_eq!(request.parts.method.as_str(), verb.to_ascii_uppercase());
    }
    let text = format!("{{:request-method :propfind :url \"{}\"}}", server.url("/"));
    assert_eq!(run_with(&["request", "-"], &text).code, Some(0));
    assert_eq!(
        server.recorded().pop().unwrap().parts.method.as_str(),
        "PROPFIND"
    );
}

#[test]
fn json_in_and_out() {
    let server = echo();
    let map = r##"{"as": "byte-array", "body": {"#bytes": {"b64": "AAEC"}}}"##;
    let ran = run_with(
        &["--in", "json", "put", &server.url("/"), "-", "--out=json"],
        map,
    );
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.starts_with(r#"{"status":200,"#), "{}", ran.out);
    assert!(
        ran.out.contains(r##""body":{"#bytes":{"b64":""##),
        "{}",
        ran.out
    );
    assert_eq!(&server.recorded()[0].body[..], [0, 1, 2]);
}

#[test]
fn errors_are_maps_and_exit_with_1() {
    fn check(args: &[&str], says: &[&str]) {
        let ran = run(args);
        assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
        for part in says {
            assert!(ran.out.contains(part), "no {part} in {}", ran.out);
        }
    }
    let server = echo();
    let url = server.url("/404");
    check(
        &["get", &url],
        &[
            "{:error {:kind :status, :message \"status 404\"",
            ":response {:status 404",
        ],
    );
    check(
        &["get", &url, "{:throw-exeptions false}"],
        &["did you mean :throw-exceptions?"],
    );
    check(
        &["get", &url, "{:timeout \"1s\"}"],
        &[":timeout takes milliseconds; 0 is no limit, not a string: "],
    );
    check(
        &["get", &url, "{:timeout"],
        &["the request is not EDN", "line 1, column 10"],
    );
    check(&["get", &url, "[]"], &["a request is a map, not a vector"]);
}

#[test]
fn wrong_command_lines_exit_with_2_and_say_how() {
    fn check(args: &[&str], says: &str) {
        let ran = run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(
            ran.err.contains(says) && ran.err.contains("Usage: courser"),
            "{}",
            ran.err
        );
    }
    check(&["fetch", "http://h/"], "no command `fetch`");
    check(&["get"], "takes a URL");
    check(&["get", "http://h/", "{}", "{}"], "takes a URL");
    check(&["request"], "takes one map");
    check(
        &["--transport", "hyper", "get", "http://h/"],
        "native or reqwest",
    );
    check(&["--colour", "get", "http://h/"], "no option --colour");
}

#[test]
fn help_lists_the_options() {
    for args in [&["--help"][..], &["get", "-h"], &[]] {
        let ran = run(args);
        assert_eq!(ran.code, Some(0));
        for row in courser::data::options() {
            assert!(
                ran.out.contains(&format!("\n    :{}", row.name)),
                "{}",
                row.name
            );
        }
    }
    assert!(run(&["options"]).out.contains("| `:throw-exceptions` |"));
    assert!(run(&["--version"]).out.starts_with("courser "));
}

#[test]
fn a_session_keeps_cookies_by_name_and_by_client() {
    let server = Server::start(|request| {
        let sent = request.headers().get("cookie");
        let sent = sent
            .map_or("none", |value| value.to_str().unwrap())
            .to_owned();
        let response = Response::builder().header("Set-Cookie", "sid=1; Path=/");
        response.body(sent).unwrap()
    });
    let url = server.url("/");
    let asked = [
        ":cookie-store \"a\"",
        ":cookie-store :a",
        ":cookie-store \"b\"",
        "",
        ":http-client 3",
        ":cookie-policy :none :http-client 3",
        ":cookie-policy :stardard",
        ":cookie-store {}",
    ];
    let maps = asked.map(|more| format!("{{:url \"{url}\" {more}}}"));
    let input = maps.join("\n");
    let ran = run_with(&["session"], &input);
    let expected = [
        ":body \"none\"",
        ":body \"sid=1\"",
        ":body \"none\"",
        ":body \"none\"",
        ":body \"sid=1\"",
        ":body \"none\"",
        ":default, :standard, :standard-strict, :netscape or :none",
        "the name of a cookie store is a string or a keyword",
    ];
    for (line, expected) in ran.out.lines().zip(expected) {
        assert!(line.contains(expected), "{line}");
    }
    assert_eq!(ran.out.lines().count(), expected.len());
}

#[test]
fn a_session_answers_line_by_line_and_keeps_connections_by_name() {
    let server = echo();
    let mut child = Command::new(env!("CARGO_BIN_EXE_courser"))
        .arg("session")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut ask = |text: String| {
        input.write_all(text.as_bytes()).unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        line
    };
    let url = server.url("/");
    let answer = ask(format!("{{:url \"{url}\" :connection-manager \"a\"}}\n"));
    assert!(answer.ends_with(":http-client 0}\n"), "{answer}");
    ask(format!("{{:url \"{url}\"\n :connection-manager :a}}\n"));
    ask(format!(
        "{{:url \"{url}\" :connection-manager #conn-manager \"a\"}}\n"
    ));
    assert!(ask("{:url 5}\n".to_owned()).starts_with("{:error "));
    assert!(
        ask(format!("{{:url \"{url}\" :http-client 9}}\n"))
            .contains("number of an earlier response")
    );
    ask(format!("{{:url \"{url}\" :http-client 0}}\n"));
    ask(format!("{{:url \"{url}\"}}\n"));
    let connections: Vec<_> = server
        .recorded()
        .iter()
        .map(courser_testkit::Recorded::connection)
        .collect();
    assert_eq!(connections, [0, 0, 0, 0, 1]);
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_closed_output_is_no_panic() {
    for args in [&["--help"][..], &["options"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_courser"))
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_request_is_shown_beside_its_response() {
    let server = echo();
    let url = server.url("/x?token=hunter2");
    let options = r#"{:debug true :basic-auth "u:hunter2" :body "text"}"#;
    let ran = run(&["post", &url, options]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("{:status 200, "), "{}", ran.out);
    let shown = format!(">> POST {}", server.url("/x?token=…\n"));
    assert!(ran.err.starts_with(&shown), "{}", ran.err);
    assert!(ran.err.contains(">> authorization: …\n"), "{}", ran.err);
    assert!(ran.err.ends_with(">>\n>> (4 bytes)\n"), "{}", ran.err);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);

    let ran = run(&["post", &url, r#"{:debug-body? true :body "text"}"#]);
    assert!(ran.err.ends_with(">>\n>> text\n"), "{}", ran.err);
}
