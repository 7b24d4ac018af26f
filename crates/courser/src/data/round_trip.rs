//! Requests to data and back.

// clippy allows this in the tests themselves, not in what they share.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Duration;

use courser_coerce::form::ParamStyle;
use courser_coerce::middleware::{As, Coerce};
use courser_coerce::text::Charset;
use courser_coerce::{Value, edn};
use courser_core::{Body, Canceller, Headers, HttpVersion, Method, Redirects, Unexceptional};
use proptest::prelude::*;

use super::{Env, UserKeys};
use crate::{JsonOpts, Params, Request};

/// Boxed: a request is made of many, and all of them at once are more than a test's stack.
fn of<S>(some: S) -> BoxedStrategy<Option<S::Value>>
where
    S: Strategy + 'static,
    S::Value: 'static,
{
    prop::option::of(some).boxed()
}

fn text() -> BoxedStrategy<String> {
    "[ -~é日\n]{0,8}".boxed()
}

/// What a query may have: numbers, text, nested.
fn data() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
        "[a-z]{1,5}".prop_map(|name| Value::keyword(&name)),
        (-1e9..1e9).prop_map(Value::Float),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..3).prop_map(Value::map),
        ]
    })
    .boxed()
}

fn params() -> BoxedStrategy<Value> {
    prop::collection::vec(("[a-z]{1,4}", data()), 0..4)
        .prop_map(|pairs| {
            Value::map(
                pairs
                    .iter()
                    .map(|(name, value)| (Value::keyword(name), value.clone())),
            )
        })
        .boxed()
}

fn headers() -> BoxedStrategy<Headers> {
    // Distinct names, because a map has each once.
    let field = (
        "[A-Za-z][a-z-]{0,6}",
        prop::collection::vec("[ -~é]{0,6}", 1..3),
    );
    prop::collection::vec(field, 0..4)
        .prop_map(|fields| {
            let mut headers = Headers::new();
            for (name, values) in fields {
                headers.remove(&name);
                for value in values {
                    headers.append(&name, value).unwrap();
                }
            }
            headers
        })
        .boxed()
}

fn body() -> BoxedStrategy<Body> {
    prop_oneof![
        Just(Body::empty()),
        text().prop_map(Body::from),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(Body::from),
        Just(Body::file("/tmp/some file")),
    ]
    .boxed()
}

fn time() -> BoxedStrategy<Option<Duration>> {
    of(prop_oneof![
        Just(Duration::MAX),
        (1..u64::from(u32::MAX)).prop_map(Duration::from_millis),
    ])
    .boxed()
}

prop_compose! {
    fn place()(
        method in "[A-Z][A-Z-]{0,6}|Foo",
        url in "(http://h/[a-z ?&=é]{0,8})?",
        base_url in of("http://h/[a-z]{0,3}"),
        normalize_uri in any::<Option<bool>>(),
        query_string in of(text()),
        query_params in of(params()),
        style in of(prop::sample::select(vec![ParamStyle::Array, ParamStyle::Indexed, ParamStyle::CommaSeparated, ParamStyle::Repeat])),
        flags in any::<[Option<bool>; 2]>(),
        keys in of(prop::collection::vec(prop::sample::select(vec![Params::Query, Params::Form]), 0..3)),
        form_params in of(data().prop_filter("nil is none", |data| !data.is_nil())),
        encoding in of(text()),
        pretty in of(any::<[bool; 2]>()),
        headers in headers(),
    ) -> Request {
        Request {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            url, base_url, normalize_uri, query_string, query_params,
            multi_param_style: style,
            ignore_nested_query_string: flags[0],
            flatten_nested_form_params: flags[1],
            flatten_nested_keys: keys,
            form_params,
            form_param_encoding: encoding,
            json_opts: pretty.map(|[pretty, escape_non_ascii]| Box::new(JsonOpts { pretty, escape_non_ascii, ..Default::default() })),
            headers,
            ..Default::default()
        }
    }
}

prop_compose! {
    fn redirects()(
        request in place().boxed(),
        strategy in of(prop::sample::select(vec![Redirects::Standard, Redirects::Lax, Redirects::Graceful, Redirects::None])),
        flags in any::<[Option<bool>; 5]>(),
        max in any::<Option<u32>>(),
        secret_headers in of(prop::collection::vec("[A-Za-z-]{1,4}", 0..3)),
    ) -> Request {
        Request {
            redirect_strategy: strategy,
            max_redirects: max.map(|max| max as usize),
            allow_circular_redirects: flags[0],
            allow_relative_redirects: flags[1],
            allow_downgrade: flags[2],
            resend_body_cross_origin: flags[3],
            referer: flags[4],
            secret_headers,
            ..request
        }
    }
}

prop_compose! {
    fn whole()(
        request in redirects().boxed(),
        texts in prop::array::uniform6(of(text())),
        accept_encoding in of(prop::collection::vec(text(), 0..3)),
        basic in of(("[a-z:]{0,4}", text())),
        token in of(text()),
        cookies in of(prop::collection::btree_map("[a-z]{0,3}", text(), 0..3)),
        policy in of(prop::sample::select(courser_cookies::Policy::NAMES.to_vec())),
        body in body(),
        numbers in any::<[Option<u64>; 8]>().boxed(),
        as_ in of(prop::sample::select(vec![As::Auto, As::Reader, As::Json, As::JsonStringKeys, As::Edn, As::Form, As::Bytes, As::Stream, As::Charset(Charset::UTF_8)])),
        coerce in of(prop::sample::select(vec![Coerce::Always, Coerce::Exceptional, Coerce::Unexceptional])),
        flags in any::<[Option<bool>; 9]>().boxed(),
        statuses in of(prop_oneof![
            prop::collection::vec(any::<u16>(), 0..3).prop_map(Unexceptional::List),
            (0..600u16, 0..600u16).prop_map(|(from, to)| Unexceptional::Range(from..=to)),
        ]),
        times in [time(), time(), time(), time()],
        version in of(prop::sample::select(vec![HttpVersion::Negotiate, HttpVersion::Http10, HttpVersion::Http11, HttpVersion::Http2])),
        roots in of(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..2)),
        resolve in of(prop::collection::vec(("[a-c]", any::<std::net::IpAddr>()), 0..3)),
        local_address in any::<Option<std::net::IpAddr>>(),
        io_config in of(any::<(bool, bool, Option<u16>, Option<u16>)>()),
        own in prop::collection::vec(("[a-z]{1,3}/[a-z]{1,3}", data()), 0..2),
    ) -> Request {
        let [accept, content_type, character_encoding, user_agent, body_encoding, _] = texts;
        let [timeout, socket_timeout, connection_timeout, connection_request_timeout] = times;
        // What belongs to one host stands together.
        let mut resolve = resolve;
        if let Some(resolve) = &mut resolve {
            resolve.sort_by(|a, b| a.0.cmp(&b.0));
        }
        let mut request = Request {
            accept, accept_encoding, content_type, character_encoding, user_agent,
            basic_auth: basic.map(|(user, password)| (user, password.into())),
            oauth_token: token.map(Into::into),
            cookies: cookies.map(|all| all.into_iter().map(|(name, value)| courser_cookies::Cookie::new(name, value)).collect()),
            decode_cookies: flags[0],
            cookie_policy: policy.map(|(_, policy)| policy),
            body, body_encoding,
            length: numbers[0],
            as_, coerce,
            decompress_body: flags[0],
            throw_exceptions: flags[1],
            unexceptional_status: statuses,
            throw_entire_message: flags[2],
            save_request: flags[3],
            ignore_unknown_host: flags[4],
            timeout, socket_timeout, connection_timeout, connection_request_timeout,
            max_body_size: numbers[1],
            max_error_body: numbers[2],
            max_decompressed_size: numbers[3],
            max_decompression_ratio: numbers[4],
            max_header_size: numbers[5],
            max_header_count: numbers[6],
            max_interim_responses: numbers[7],
            protocol_version: version,
            insecure: flags[5],
            debug: flags[6],
            debug_body: flags[7],
            // Where it cannot be read it can be written only.
            decode_body_headers: flags[8].filter(|_| cfg!(feature = "html")),
            trusted_certificates: roots.map(|roots| roots.into_iter().map(Into::into).collect()),
            resolve: resolve.map(|all| all.into_iter().map(|(host, ip)| (host.into(), (ip, 0).into())).collect()),
            local_address,
            io_config: io_config.map(|(no_delay, keep_alive, linger, buffer)| {
                let mut socket = courser_core::SocketOptions::default();
                (socket.no_delay, socket.keep_alive) = (no_delay, keep_alive);
                socket.linger = linger.map(|seconds| Duration::from_secs(seconds.into()));
                socket.receive_buffer = buffer.map(usize::from).filter(|size| *size > 0);
                socket.send_buffer = socket.receive_buffer;
                Box::new(socket)
            }),
            ..request
        };
        let own: Value = Value::map(own.iter().map(|(name, value)| (Value::keyword(name), value.clone())));
        if let Value::Map(own) = own && !own.is_empty() {
            request.extensions.set(UserKeys(own.into_vec()));
        }
        request
    }
}

proptest! {
    #[test]
    fn requests_come_back_from_edn(request in whole().boxed()) {
        let written = request.to_edn().unwrap();
        let data = edn::read_str(&written).unwrap();
        let read = Request::from_value(&data, &Env::new().with_files())
            .map_err(|e| TestCaseError::fail(format!("{written}: {e:?}")))?;
        prop_assert_eq!(read.to_edn().unwrap(), written);
        // Field by field, as far as fields compare: what both writings left out would show.
        let left = (read.method, read.url, read.query_params, read.form_params, read.headers, read.as_, read.timeout, read.basic_auth, read.io_config, read.resolve, read.trusted_certificates);
        let right = (request.method, request.url, request.query_params, request.form_params, request.headers, request.as_, request.timeout, request.basic_auth, request.io_config, request.resolve, request.trusted_certificates);
        prop_assert_eq!(left, right);
        prop_assert_eq!(read.body.as_bytes(), request.body.as_bytes());
        prop_assert_eq!(read.body.path(), request.body.path());
        prop_assert_eq!(read.body.is_text(), request.body.is_text());
    }

    #[test]
    fn requests_come_back_from_json(request in whole().boxed()) {
        // What JSON has no notation for stands in the parameters only.
        let request = Request { query_params: None, form_params: None, ..request };
        let mut request = request;
        request.extensions.remove::<UserKeys>();
        if request.body.path().is_some() {
            request.body = Body::empty();
        }
        let written = request.to_json().unwrap();
        let read = Request::from_json(&written)
            .map_err(|e| TestCaseError::fail(format!("{written}: {e:?}")))?;
        prop_assert_eq!(read.to_edn().unwrap(), request.to_edn().unwrap());
    }
}

#[test]
fn what_cannot_be_written_is_named() {
    fn check(request: &Request, says: &str) {
        let error = request.to_value().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let with = |set: &dyn Fn(&mut Request)| {
        let mut request = Request::default();
        set(&mut request);
        request
    };
    check(
        &with(&|r| r.body = Body::reader(std::io::empty())),
        ":body that is a stream",
    );
    check(&with(&|r| r.cancel = Some(Canceller::new())), "canceller");
    check(
        &with(&|r| {
            r.unexceptional_status = Some(Unexceptional::Predicate(std::sync::Arc::new(|_| true)));
        }),
        ":unexceptional-status",
    );
    check(
        &with(&|r| {
            r.redirect_strategy = Some(Redirects::custom(|_: &courser_core::Redirect<'_>| {
                Ok(courser_core::Decision::Return)
            }));
        }),
        ":redirect-strategy",
    );
    check(
        &with(&|r| {
            r.request_interceptor = Some(courser_core::RequestInterceptor::new(|_| Ok(())));
        }),
        ":request-interceptor",
    );
    check(
        &with(&|r| r.timeout = Some(Duration::ZERO)),
        ":timeout is zero",
    );
}

#[test]
fn requests_serialize() {
    let request =
        Request::from_edn(r#"{:method :put :url "http://h/" :body #bytes {:b64 "AAEC"} :as :edn}"#)
            .unwrap();
    let json = serde_json::to_value(&request).unwrap();
    let expected = serde_json::json!({"method": "put", "url": "http://h/", "body": {"#bytes": {"b64": "AAEC"}}, "as": "edn"});
    assert_eq!(json, expected);
    let back: Request = serde_json::from_value(json).unwrap();
    assert_eq!(back.to_edn().unwrap(), request.to_edn().unwrap());
    let wrong = serde_json::from_str::<Request>(r#"{"timout": 5}"#).unwrap_err();
    assert!(
        wrong.to_string().contains("did you mean :timeout?"),
        "{wrong}"
    );
}

/// Apart from the rest, which is as large as the stack of a test allows.
#[test]
fn proxies_come_back_from_edn() {
    let request = Request {
        url: "http://h/".into(),
        proxy_host: Some("p".into()),
        proxy_port: Some(3128),
        proxy_user: Some("u".into()),
        proxy_pass: Some("hunter2".into()),
        proxy_ignore_hosts: Some(vec!["a".into(), "b".into()]),
        ..Default::default()
    };
    let written = request.to_edn().unwrap();
    let data = edn::read_str(&written).unwrap();
    let read = Request::from_value(&data, &Env::new()).unwrap();
    assert_eq!(read.to_edn().unwrap(), written);
    assert_eq!(read.proxy_ignore_hosts.unwrap().len(), 2);
    assert!(!format!("{request:?}").contains("hunter2"));
}
