//! Each row of the option table with what it takes and what it refuses.

// clippy allows this in the tests themselves, not in what they share.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use courser_coerce::edn;
use courser_core::{ErrorKind, Result};

use super::{Entry, Env, State, options};
use crate::Request;

fn read(text: &str) -> Result<Request> {
    let data = edn::read_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    Request::from_value(&data, &Env::new().with_files())
}

/// Name, accepted values, refused values, each separated by ` | `.
const SAMPLES: &[(&str, &str, &str)] = &[
    ("url", r#""http://h/""#, "5 | [] | :a"),
    ("base-url", r#""http://h/api""#, "5"),
    (
        "method",
        r#":get | "PUT" | :m-search"#,
        r#"5 | "a b" | [:get]"#,
    ),
    ("scheme", ":http | :https", r#""ftp" | 5"#),
    ("server-name", r#""h" | "::1""#, ":h"),
    ("server-port", "80", r#"0 | 65536 | -1 | "80""#),
    ("uri", r#""/p""#, "5"),
    ("user-info", r#""u:p""#, "5"),
    ("query-string", r#""a=1""#, "{:a 1}"),
    ("normalize-uri", "true | false", r#""yes" | 1"#),
    (
        "protocol-version",
        r#":http-1.0 | "HTTP/1.1" | "2" | {:name "HTTP" :major 1 :minor 0}"#,
        ":http-4 | 2 | {:major 9 :minor 9}",
    ),
    (
        "client-params",
        r#"{"http.useragent" "x"} | {"http.socket.timeout" 5 "http.connection.timeout" 5 "http.protocol.version" :http-1.0} | {"http.protocol.max-redirects" 3 "http.protocol.allow-circular-redirects" true "http.protocol.reject-relative-redirect" true}"#,
        r#"{"http.usragent" "x"} | {"http.protocol.max-redirects" -1} | 5"#,
    ),
    ("async", "true", "1"),
    ("entity-buffering", "true", ""),
    ("use-header-maps-in-response", "true", ""),
    ("http-client", "", "0"),
    (
        "middleware",
        r#"[wrap-method wrap-url] | [:wrap-url "wrap-exceptions"] | ()"#,
        "5 | [5] | [wrap-urls]",
    ),
    (
        "headers",
        r#"{} | {"A" "b" :etag [1 "c" nil :d 1/2]}"#,
        r#"5 | "A: b" | {"A" {}} | {"A B" "c"} | {"A" "b\nC: d"}"#,
    ),
    ("accept", r#":json | :text/html | "a/b""#, "5"),
    (
        "accept-encoding",
        r#"[:gzip "br"] | [] | #{:gzip}"#,
        r#"5 | [1] | "gzip""#,
    ),
    ("content-type", r#":json | "a/b; c=d""#, "5"),
    ("character-encoding", r#""UTF-8""#, "5"),
    ("user-agent", r#""me""#, "5"),
    (
        "query-params",
        r#"{} | {:a {:b [1 2]}} | [["a" 1]]"#,
        r#"5 | "a=1""#,
    ),
    ("form-params", "{:a 1} | [[:a 1]] | [1 2]", ""),
    (
        "multi-param-style",
        ":array | :indexed | :comma-separated | :default",
        ":commas | 5",
    ),
    ("ignore-nested-query-string", "true", "5"),
    ("flatten-nested-form-params", "true", "5"),
    (
        "flatten-nested-keys",
        "[:query-params :form-params] | []",
        "[:query] | :query-params",
    ),
    ("form-param-encoding", r#""UTF-16""#, ":utf-8"),
    (
        "json-opts",
        r#"{} | {:pretty true :date-format "yyyy" :escape-non-ascii false}"#,
        "{:prety true} | {:pretty 1} | {:key-fn 1} | 5",
    ),
    (
        "transit-opts",
        "{} | {:encode {:handlers {}} :decode {}}",
        "5 | {:x {}} | {:encode 5} | {:encode {:handler {}}} | {:decode {:handlers {1 2}}}",
    ),
    (
        "body",
        r#""text" | #bytes {:b64 "AAEC"} | #stream {:text "x"} | #file "/tmp""#,
        r#"{:a 1} | [1] | 5 | :a | #blob 1 | #bytes 5 | #bytes {:b64 "?"}"#,
    ),
    ("body-encoding", r#""UTF-16" | #charset "UTF-16""#, "5"),
    #[cfg(feature = "multipart")]
    (
        "multipart",
        r#"[] | [{:name "a" :content "b"}] | [["a" "b"]] | [{:part-name "a" :content #file "/x"}] | [{:name "a" :part-name "b" :content #bytes {:b64 ""} :mime-type :json :encoding "utf-8" :headers {"X" "y"}}] | [{:name "a" :content #stream {:text "x"} :length 1 :file-name "f"}]"#,
        r#"5 | {:name "a"} | [5] | [{:name "a"}] | [{:content "x"}] | [{:name "a" :content 5}] | [{:name "a" :content "b" :mimetype "x"}] | [{:part-name "a" :content #bytes {:b64 ""}}] | [["a"]]"#,
    ),
    #[cfg(feature = "multipart")]
    ("mime-subtype", r#""mixed""#, ":mixed"),
    #[cfg(feature = "multipart")]
    (
        "multipart-mode",
        ":strict | :browser-compatible | :rfc6532 | #multipart-mode :rfc6532",
        ":lax | 5",
    ),
    #[cfg(feature = "multipart")]
    ("multipart-charset", r#""UTF-8" | #charset "UTF-8""#, "5"),
    ("length", "5", r#"-1 | "5" | 1.5"#),
    (
        "compress-body",
        ":gzip | :deflate | :br | :zstd | :identity | \"gzip\"",
        ":gzp | true | 5",
    ),
    ("progress", "", "#own 1 | 1"),
    (
        "as",
        r#":auto | :reader | :json | :json-strict | :json-string-keys | :edn | :clojure | :xml | :msgpack | :multipart | :byte-array | :stream | :x-www-form-urlencoded | "UTF-16" | "json" | #charset "UTF-16""#,
        r#":jsn | "no-such" | 5 | :application/json"#,
    ),
    (
        "coerce",
        ":always | :exceptional | :unexceptional",
        ":never | true",
    ),
    ("decompress-body", "false", "0"),
    #[cfg(feature = "html")]
    ("decode-body-headers", "true", ":yes"),
    ("debug", "true", "1"),
    ("debug-body", "false", "1"),
    ("max-body-size", "10", "-1 | :none"),
    ("max-error-body", "10", "-1"),
    ("max-header-size", "10", "-1"),
    ("max-header-count", "10", "1.5"),
    ("max-interim-responses", "0", ":none"),
    ("max-decompressed-size", "10", "1.5"),
    ("max-decompression-ratio", "10", r#""10""#),
    ("throw-exceptions", "false", r#""false""#),
    (
        "unexceptional-status",
        "#{404} | [200 404] | () | #status-range [200 299]",
        "404 | #{:a} | #{70000} | #status-range [1] | #even 2",
    ),
    ("throw-entire-message", "true", "5"),
    ("ignore-unknown-host", "true", "5"),
    (
        "redirect-strategy",
        r#":default | :lax | :graceful | "none""#,
        ":lazy | true | #own 1",
    ),
    ("max-redirects", "0 | 5", r#"-1 | "5" | 1.5"#),
    ("validate-redirects", "false", ""),
    ("allow-circular-redirects", "true", "0"),
    ("allow-relative-redirects", "false", "0"),
    ("trace-redirects", "true", ""),
    ("response-interceptor", "", "#own 1 | 1"),
    ("request-interceptor", "", "#own 1 | 1"),
    (
        "secret-headers",
        r#"["X-Own" :x-other] | []"#,
        r#""X-Own" | [1]"#,
    ),
    ("allow-downgrade", "true", "0"),
    ("resend-body-cross-origin", "true", "0"),
    ("referer", "true", r#""http://h/""#),
    ("timeout", "1000 | 0 | 0.5", r#"-1 | "1s""#),
    ("socket-timeout", "1000", ":none"),
    ("connection-timeout", "1000", "[]"),
    ("connection-request-timeout", "1000", "true"),
    (
        "basic-auth",
        r#"["u" "p"] | "u:p" | ["u"] | ["u" nil] | "u""#,
        r#"[] | ["u" "p" "x"] | 5 | [1 "p"] | {:user "u"}"#,
    ),
    ("oauth-token", r#""t""#, "5"),
    (
        "retry",
        "{} | {:max 0 :statuses #{503} :retry-after false :budget false} | {:backoff {} :budget {}} | {:try-timeout 5 :idempotent? true :max nil}",
        "5 | true | {:backof {}} | {:max -1} | {:statuses 503} | {:budget {:ratio -1}} | {:backoff {:base -1}}",
    ),
    ("retry-handler", "#retry 2 | 0", "-1 | :never | #retry {}"),
    (
        "cookies",
        r#"{} | {"a" {:value "1" :path "/" :version 1}} | {:a "1" "b" :c} | {"a" {:value "1" :domain "h" :secure true :discard false :expires #inst "2100-01-01T00:00:00Z"}}"#,
        r#"5 | "a=1" | {"a" {:value nil}} | {"a" {:value 5}} | {"a" {}} | {"a" nil} | {1 "a"} | {"a" {:value "1" :path 5}} | {"a" {:value "1" :secure "x"}} | {"a" {:value "1" :expires "x"}}"#,
    ),
    ("decode-cookies", "false", "0"),
    ("cookie-store", "", r#""a" | #cookie-store :a"#),
    (
        "cookie-policy",
        ":none | :default | :netscape | :standard | :standard-strict",
        ":stardard-strict | 5",
    ),
    ("cookie-spec", "", "#spec nil | 5"),
    ("connection-manager", "", r#""a" | #conn-manager :a"#),
    (
        "dns-resolver",
        r#"{"h" "127.0.0.1"} | #dns {"h" ["::1" "[::1]"]}"#,
        r#"{"h" "localhost"} | 5 | {1 "::1"}"#,
    ),
    (
        "io-config",
        "{} | {:tcp-no-delay? false :so-linger -1} | {:interest-op-queued nil}",
        "5 | {:so-timeout -1} | {:backlog 5}",
    ),
    ("local-address", r#""127.0.0.1""#, r#""h" | 5"#),
    ("proxy-host", r#""h""#, ":h | 5"),
    ("proxy-port", "8080", r#"0 | 65536 | "80""#),
    ("proxy-user", r#""u""#, "5"),
    ("proxy-pass", r#""p""#, "5"),
    (
        "proxy-ignore-hosts",
        r#"#{"h"} | ["h"] | []"#,
        r#""h" | [5]"#,
    ),
    ("insecure", "true", r#""true""#),
    (
        "trusted-certificates",
        r#"[] | [#bytes {:b64 "AAEC"}]"#,
        r#"["x"] | "x""#,
    ),
    ("save-request", "true", "1"),
];

fn split(values: &str) -> impl Iterator<Item = &str> {
    values.split(" | ").filter(|value| !value.is_empty())
}

#[test]
fn each_row_takes_what_it_says() {
    for row in options() {
        let sample = SAMPLES.iter().find(|(name, ..)| *name == row.name);
        match row.state {
            State::Unsupported(_) => unsupported(&row),
            _ => check(
                &row,
                sample.unwrap_or_else(|| panic!("no sample for :{}", row.name)),
            ),
        }
    }
    for (name, ..) in SAMPLES {
        assert!(options().any(|row| row.name == *name), "no row for :{name}");
    }
}

fn check(row: &Entry, (name, accepted, refused): &(&str, &str, &str)) {
    // Some parts of a URL are nothing without the host.
    let around = if *name == "server-name" {
        ""
    } else {
        r#":server-name "h" "#
    };
    for value in split(accepted) {
        let text = format!("{{{around}:{name} {value}}}");
        read(&text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        for alias in row.aliases {
            read(&format!("{{:{alias} {value}}}")).unwrap();
        }
        let question = read(&format!("{{{around}:{name}? {value}}}"));
        assert_eq!(question.is_ok(), row.is_flag, "{name}?");
    }
    for value in split(refused) {
        let text = format!("{{{around}:{name} {value}}}");
        let error = read(&text)
            .err()
            .unwrap_or_else(|| panic!("{text} was taken"));
        let kind = error.kind();
        let fine = matches!(kind, ErrorKind::InvalidRequest | ErrorKind::Unsupported);
        assert!(fine, "{text}: {error:?}");
    }
    assert!(
        read(&format!("{{:{name} nil}}")).is_ok(),
        "nil is as if it were not there"
    );
}

fn unsupported(row: &Entry) {
    let name = row.name;
    let error = read(&format!("{{:{name} \"x\"}}")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains(&format!(":{name} ")), "{error}");
    assert!(read(&format!("{{:{name} nil}}")).is_ok());
    assert_eq!(
        read(&format!("{{:{name} false}}")).is_ok(),
        row.is_flag && row.default == "false"
    );
}

#[test]
fn values_reach_their_fields() {
    fn check(text: &str, expected: &str) {
        let request = read(text).unwrap();
        assert_eq!(
            request.to_edn().unwrap(),
            format!("{{{expected}}}"),
            "{text}"
        );
    }
    check(
        r#"{"method" "get" "url" "http://h/"}"#,
        r#":method :get, :url "http://h/""#,
    );
    check("{:request-method :propfind}", ":method :propfind");
    check("{:request-method :put :method :post}", ":method :post");
    check(r#"{:method "Foo"}"#, r#":method "Foo""#);
    check(
        "{:throw-exceptions true :throw-exceptions? false}",
        ":method :get, :throw-exceptions false",
    );
    check(
        "{:throw-exceptions? false :throw-exceptions true}",
        ":method :get, :throw-exceptions false",
    );
    check(
        "{:conn-timeout 1 :connection-timeout 2}",
        ":method :get, :connection-timeout 2",
    );
    check(
        r#"{:scheme :https :server-name "::1" :server-port 81 :uri "/p" :user-info "u:p" :query-string "a"}"#,
        r#":method :get, :url "https://u:p@[::1]:81/p", :query-string "a""#,
    );
    check(
        r#"{:url "http://h/" :server-name "other"}"#,
        r#":method :get, :url "http://h/""#,
    );
    check(
        r#"{:client-params {"http.useragent" "a"} :user-agent "b"}"#,
        r#":method :get, :user-agent "b""#,
    );
    check(
        r#"{:client-params {"http.socket.timeout" 5}}"#,
        ":method :get, :socket-timeout 5",
    );
    check(
        r#"{:client-params {"http.protocol.max-redirects" 3 "http.protocol.reject-relative-redirect" true}}"#,
        ":method :get, :max-redirects 3, :allow-relative-redirects false",
    );
    check("{:timeout 0}", ":method :get, :timeout 0");
    check(
        "{:accept :text/html}",
        r#":method :get, :accept "text/html""#,
    );
    check(r#"{:as "utf8"}"#, r#":method :get, :as "UTF-8""#);
    check(
        "{:my.app/trace 7 :a/b {:c 1}}",
        ":method :get, :my.app/trace 7, :a/b {:c 1}",
    );
    check(r#"{"my.app/trace" 7}"#, r#":method :get, "my.app/trace" 7"#);
}

#[test]
fn secrets_are_not_shown() {
    for text in [
        r#"{:basic-auth ["u" "s3cret" "x"]}"#,
        r"{:basic-auth :s3cret}",
        "{:oauth-token :s3cret}",
        r#"{:headers "Authorization: s3cret"}"#,
        r#"{:headers {"Authorization" {:a "s3cret"}}}"#,
        r#"{:url ["http://u:s3cret@h/"]}"#,
        "{:body :s3cret}",
        r#"{:query-params "token=s3cret"}"#,
        r#"{:digest-auth ["u" "s3cret"]}"#,
        r#"{:cookies "a=s3cret"}"#,
        r#"{:cookies {"a" {:value ["s3cret"]}}}"#,
    ] {
        let shown = format!("{:?}", read(text).unwrap_err());
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    let shown = format!("{}", read(r#"{:throw-exceptions "no"}"#).unwrap_err());
    assert_eq!(
        shown,
        r#":throw-exceptions takes true or false, not a string: "no""#
    );
}

#[test]
fn what_is_no_request() {
    fn check(text: &str, says: &str) {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    check("[]", "a request is a map, not a vector");
    check(
        "{1 2}",
        "a key of a request is a keyword or a string, not an integer",
    );
    check("{:uri \"/\"}", ":server-name is missing");
    check(
        "{:url? \"http://h/\"}",
        "there is no option :url?; :url is no boolean: leave the ? out",
    );
    check("{:as :jsn}", ":as knows no :jsn; did you mean :json?");
    check("{:method {}}", "not a map");
    assert!(
        Request::from_edn("{")
            .unwrap_err()
            .to_string()
            .contains("not EDN")
    );
}
