//! Requests and responses as data.

use courser::data::{self, Env, error_value};
use courser::{Client, Error, Request, Value};
use courser_testkit::{RawPeer, Server};
use http::Response;

/// Sends a request to a peer that answers with these bytes; the map that comes back.
fn call(answer: &str, request: &str) -> Result<Value, Error> {
    let peer = RawPeer::answer(answer.to_owned());
    let request = request.replace("URL", &peer.url("/p"));
    data::call(&Client::per_request(), Request::from_edn(&request)?)
}

fn check(answer: &str, request: &str, has: &[(&str, &str)]) {
    let response = call(answer, request).unwrap();
    for (key, value) in has {
        assert_eq!(response[*key].to_string(), *value, "{key} of {response}");
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 7\r\n\r\n{\"a\":1}";

#[test]
fn a_response_is_a_map() {
    check(
        OK,
        "{:url \"URL\"}",
        &[
            ("status", "200"),
            ("reason-phrase", "\"OK\""),
            ("protocol-version", "{:name \"HTTP\", :major 1, :minor 1}"),
            ("body", "\"{\\\"a\\\":1}\""),
            ("length", "7"),
            ("chunked?", "false"),
            ("trace-redirects", "[]"),
            ("orig-content-encoding", "nil"),
            ("cached", "nil"),
        ],
    );
    let response = call(OK, "{:url \"URL\"}").unwrap();
    assert_eq!(response["headers"].as_map().unwrap().len(), 2);
    assert!(response["request-time"].as_i64().is_some());
    assert!(response["url"].as_str().unwrap().ends_with("/p"));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    check(
        chunked,
        "{:url \"URL\"}",
        &[("length", "-1"), ("chunked?", "true"), ("body", "\"ok\"")],
    );
}

#[test]
fn bodies_are_what_was_asked_for() {
    let body = |options: &str, expected: &str| {
        check(
            OK,
            &format!("{{:url \"URL\" {options}}}"),
            &[("body", expected)],
        );
    };
    body(":as :json", "{:a 1}");
    body(":as :json-string-keys", "{\"a\" 1}");
    body(":as :byte-array", "#bytes {:b64 \"eyJhIjoxfQ==\"}");
    body(":as :stream", "#stream {:b64 \"eyJhIjoxfQ==\"}");
    body(":as \"ISO-8859-1\"", "\"{\\\"a\\\":1}\"");
    body(":as :json :coerce :exceptional", "\"{\\\"a\\\":1}\"");
    let latin = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Length: 2\r\n\r\né";
    check(latin, "{:url \"URL\"}", &[("body", "\"é\"")]); // UTF-8, whatever it says
}

#[test]
fn no_body_is_nil_and_an_empty_one_is_not() {
    let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    check(
        empty,
        "{:url \"URL\"}",
        &[("body", "\"\""), ("length", "0")],
    );
    check(empty, "{:url \"URL\" :as :json}", &[("body", "nil")]);
    check(
        empty,
        "{:url \"URL\" :as :byte-array}",
        &[("body", "#bytes {:b64 \"\"}")],
    );
    for status in ["204 No Content", "304 Not Modified"] {
        let answer = format!("HTTP/1.1 {status}\r\n\r\n");
        check(
            &answer,
            "{:url \"URL\"}",
            &[("body", "nil"), ("length", "0")],
        );
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
    check(
        head,
        "{:url \"URL\" :method :head}",
        &[("body", "nil"), ("length", "0")],
    );
}

#[test]
fn errors_are_maps() {
    let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nlost";
    let error = call(missing, "{:url \"URL?token=s3cret\"}").unwrap_err();
    let value = error_value(&error);
    let value = &value["error"];
    assert_eq!(value["kind"], Value::keyword("status"));
    assert_eq!(value["message"], "status 404");
    assert_eq!(value["status"], 404);
    assert_eq!(value["method"], Value::keyword("get"));
    assert!(value["url"].as_str().unwrap().ends_with("/p?token=…"));
    assert_eq!(value["response"]["body"], "lost");
    assert!(value["response"]["request-time"].as_i64().is_some());
    let error = call(missing, "{:url \"URL\" :throw-entire-message? true}").unwrap_err();
    assert!(
        error.message().starts_with("status 404 {:status 404, "),
        "{error}"
    );
    assert!(error.message().contains(":body \"lost\""));
    let error = call(missing, "{:url \"URL\" :throw-exeptions false}").unwrap_err();
    let value = error_value(&error);
    assert_eq!(value["error"]["help"], "did you mean :throw-exceptions?");
    check(
        missing,
        "{:url \"URL\" :throw-exceptions false}",
        &[("status", "404")],
    );
    check(
        missing,
        "{:url \"URL\" :unexceptional-status #{404}}",
        &[("status", "404")],
    );
    let range = "{:url \"URL\" :unexceptional-status #status-range [400 499]}";
    check(missing, range, &[("status", "404")]);
}

#[test]
fn an_unknown_host_may_be_nil() {
    let request =
        |ignore: &str| Request::from_edn(&format!("{{:url \"http://no-such.invalid/\" {ignore}}}"));
    let client = Client::per_request();
    assert_eq!(
        data::call(&client, request(":ignore-unknown-host? true").unwrap()).unwrap(),
        Value::Nil
    );
    let error = data::call(&client, request("").unwrap()).unwrap_err();
    assert_eq!(error_value(&error)["error"]["kind"], Value::keyword("dns"));
}

#[test]
fn the_request_is_saved_with_its_response() {
    let request = "{:method :post :url \"URL?x=1\" :query-params {:a 2} :form-params {:b 3} :save-request? true :basic-auth \"u:p\"}";
    for (answer, failed) in [
        (OK, false),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", true),
    ] {
        let saved = match call(answer, request) {
            Ok(response) => response["request"].clone(),
            Err(error) => error_value(&error)["error"]["response"]["request"].clone(),
        };
        let has = |key: &str, value: &str| {
            assert_eq!(saved[key].to_string(), value, "{key} of {saved}, {failed}");
        };
        has("request-method", ":post");
        has("uri", "\"/p\"");
        has("query-string", "\"x=1&a=2\"");
        has("scheme", ":http");
        has("content-type", "\"application/x-www-form-urlencoded\"");
        assert!(saved["url"].as_str().unwrap().ends_with("/p?x=1"));
        assert!(saved["http-url"].as_str().unwrap().ends_with("/p?x=1&a=2"));
        assert_eq!(saved.get("query-params"), None);
        let headers = saved["headers"].to_string().to_lowercase();
        assert!(
            headers.contains("\"authorization\" \"basic dtpw\""),
            "{headers}"
        );
    }
    assert_eq!(call(OK, "{:url \"URL\"}").unwrap().get("request"), None);
}

#[test]
fn a_saved_body_has_its_text_and_no_type_that_nobody_said() {
    let saved = |options: &str| {
        let request = format!("{{:method :post :url \"URL\" :save-request true {options}}}");
        call(OK, &request).unwrap()["request"].clone()
    };
    let plain = saved(":body \"abc\" :debug-body true");
    assert_eq!(plain.get("content-type"), None, "{plain}");
    assert!(!plain["headers"].to_string().contains("text/plain"));
    assert_eq!(plain["body-content"].to_string(), "\"abc\"");
    let said = saved(":headers {\"Content-Type\" \"a/b\"} :body \"abc\"");
    assert_eq!(said.get("content-type"), None, "{said}");
    assert!(said["headers"].to_string().contains("a/b"), "{said}");
    assert_eq!(said.get("body-content"), None);
    let form = saved(":form-params {:a 1} :content-type :json :debug-body? true");
    assert_eq!(form["body-content"].to_string(), "\"{\\\"a\\\":1}\"");
    assert_eq!(form["content-type"].to_string(), "\"application/json\"");
}

#[test]
fn a_request_from_data_goes_out_as_it_says() {
    let server = Server::builder()
        .http1_only()
        .record()
        .start(|_| Response::new("ok"));
    let seen = |options: &str| {
        let text = format!(
            "{{:method :post :url \"{}\" {options}}}",
            server.url("//a/./b?q")
        );
        let env = Env::new();
        let data = courser::coerce::edn::read_str(&text).unwrap();
        data::call(
            &Client::per_request(),
            Request::from_value(&data, &env).unwrap(),
        )
        .unwrap();
        server.recorded().pop().unwrap()
    };
    let sent = seen(":normalize-uri true :headers {:x-tag [1 \"b\"] \"y\" nil}");
    assert_eq!(sent.target(), "/a/b?q");
    let tags: Vec<_> = sent.parts.headers.get_all("x-tag").iter().collect();
    assert_eq!(tags, ["1", "b"]);
    assert_eq!(sent.header("y"), Some(""));
    let sent = seen(
        ":form-params {:b {:c #inst \"2020-01-02\"}} :content-type :json :json-opts {:date-format \"yyyy\" :pretty true}",
    );
    assert_eq!(
        &sent.body[..],
        b"{\n  \"b\" : {\n    \"c\" : \"2020\"\n  }\n}"
    );
    let sent = seen(":body #stream {:repeat [\"ab\" 3]}");
    assert_eq!(
        (&sent.body[..], sent.header("content-length")),
        (&b"ababab"[..], None)
    );
    for (options, body, content_type) in [
        (
            ":form-params {:a \"é\"} :content-type \"application/x-www-form-urlencoded; charset=ISO-8859-1\"",
            "a=%E9",
            "application/x-www-form-urlencoded; charset=ISO-8859-1",
        ),
        (
            ":form-params {:a \"é\"} :character-encoding \"UTF-8\"",
            "a=%C3%A9",
            "application/x-www-form-urlencoded; charset=UTF-8",
        ),
        (
            ":form-params {:a []} :multi-param-style :comma-separated",
            "a=",
            "application/x-www-form-urlencoded",
        ),
    ] {
        let sent = seen(options);
        assert_eq!(sent.body, body.as_bytes(), "{options}");
        assert_eq!(sent.header("content-type"), Some(content_type), "{options}");
    }
    let sent = seen(":form-params {:k :v} :content-type :edn");
    assert_eq!(
        (&sent.body[..], sent.header("content-type")),
        (&b"{:k :v}"[..], Some("application/edn"))
    );
}

#[test]
fn a_content_length_of_your_own_is_refused() {
    let request = "{:method :post :url \"URL\" :headers {\"content-length\" \"3\"} :body \"abc\"}";
    let error = call(OK, request).unwrap_err();
    assert!(error.to_string().contains(":length"), "{error}");
}

#[test]
fn a_page_where_json_was_expected_is_named_as_one() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";
    let error = call(page, "{:url \" URL \" :as :json}").unwrap_err();
    assert!(error.to_string().contains("to sign in?"), "{error}");
    let error = call(OK, "{:url \"URL\" :max-redirects -1}").unwrap_err();
    assert!(
        error.to_string().contains("not a negative integer: -1"),
        "{error}"
    );
}

#[test]
fn what_is_asked_for_belongs_to_decompressing() {
    let asked = |names: &[&str], options: &str| {
        let peer = RawPeer::answer(OK);
        let client = Client::per_request().with_stack(data::stack(names.iter().copied()).unwrap());
        let request = format!("{{:url \"{}\" {options}}}", peer.url("/"));
        data::call(&client, Request::from_edn(&request).unwrap()).unwrap();
        let head = peer.received_text(0).to_lowercase();
        let asked = head
            .lines()
            .find_map(|line| line.strip_prefix("accept-encoding: "));
        asked.map(str::to_owned)
    };
    let standard = asked(&["wrap-decompression"], "");
    assert!(
        standard.as_ref().is_some_and(|it| it.contains("gzip")),
        "{standard:?}"
    );
    let said = ":accept-encoding [:identity]";
    assert_eq!(asked(&["wrap-decompression"], said), standard);
    assert_eq!(asked(&["wrap-accept-encoding"], ""), None);
    assert_eq!(
        asked(&["wrap-accept-encoding"], said).as_deref(),
        Some("identity")
    );
    let both = ["wrap-accept-encoding", "wrap-decompression"];
    assert_eq!(asked(&both, ""), standard);
    assert_eq!(asked(&both, said).as_deref(), Some("identity"));
}

#[test]
fn stages_by_the_names_of_clj_http() {
    let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nraw";
    let with = |names: &[&str], request: &str| {
        let peer = RawPeer::answer(answer.to_owned());
        let client = Client::per_request().with_stack(data::stack(names.iter().copied()).unwrap());
        let request = Request::from_edn(&request.replace("URL", &peer.url("/p"))).unwrap();
        data::call(&client, request)
    };
    let response = with(
        &["wrap-method", "wrap-url"],
        "{:url \"URL\" :query-params {:a 1} :as :json}",
    )
    .unwrap();
    assert_eq!(response["body"].to_string(), "#stream {:b64 \"cmF3\"}");
    assert!(response["url"].as_str().unwrap().ends_with("/p"));
    assert_eq!(response.get("request-time"), None);
    assert_eq!(response.get("orig-content-encoding"), None);
    let response = with(
        &["wrap-query-params", "wrap-output-coercion"],
        "{:url \"URL\" :query-params {:b {:c 1}}}",
    )
    .unwrap();
    assert_eq!(response["body"], "raw");
    assert!(
        response["url"]
            .as_str()
            .unwrap()
            .ends_with("/p?b=%7B%3Ac+1%7D")
    );
    let error = with(&["wrap-exceptions"], "{:url \"URL\"}").unwrap_err();
    assert_eq!(error.message(), "status 404");
    let error = data::stack(["wrap-ulr"]).unwrap_err();
    assert!(
        error.to_string().ends_with("did you mean wrap-url?"),
        "{error}"
    );
}

#[test]
fn awaited_on_tokio() {
    let server = Server::start(|_| Response::new("ok"));
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let text = format!("{{:url \"{}\" :as :stream :async? true}}", server.url("/"));
    let request = Request::from_edn(&text).unwrap();
    assert!(
        request
            .extensions
            .get::<data::Sending>()
            .unwrap()
            .asynchronous
    );
    let response = rt.block_on(data::send(&Client::new(), request)).unwrap();
    assert_eq!(response["body"].to_string(), "#stream {:b64 \"b2s=\"}");
}
