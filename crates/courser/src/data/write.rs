//! From a request to data.

use std::time::Duration;

use base64::Engine as _;
use courser_coerce::Value;
use courser_coerce::middleware::As;
use courser_core::{
    Body, Error, Headers, HttpVersion, Method, Redirects, Result, Secret, Unexceptional, value_text,
};

use super::read::{Sending, UserKeys};
use super::rows::multipart::MODES;
use super::rows::params::{KINDS, STYLES};
use super::rows::request::KNOWN_METHODS;
use super::rows::response::{COERCE, FORMS};
use crate::{JsonOpts, Part, Request};

/// A map in the writing, whose keys are keywords.
#[derive(Default)]
struct Map(Vec<(&'static str, Value)>);

impl Map {
    fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    fn some(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

impl Request {
    /// The request as a map that [`from_value`](Request::from_value) reads back to the same: how
    /// requests are kept, compared and shown.
    ///
    /// Passwords, tokens and cookies stand in it as they are, since it is the request itself.
    /// Values for stages ([`extensions`](Request::extensions)) are left out, apart from
    /// [`UserKeys`]. A file body is `#file "path"`, which [`Env::with_files`](super::Env::with_files)
    /// reads.
    ///
    /// ```
    /// use courser::Request;
    ///
    /// let request = courser::post("http://h/").body("text").build()?;
    /// assert_eq!(request.to_value()?.to_string(), r#"{:method :post, :url "http://h/", :body "text"}"#);
    /// # Ok::<(), courser::Error>(())
    /// ```
    ///
    /// # Errors
    /// What lives in this process cannot be written: a stream, a connection manager, a cookie store, a canceller,
    /// a predicate, a client. The error names the option.
    #[allow(
        clippy::too_many_lines,
        reason = "a line a field; cut up it would hide what is missing"
    )]
    pub fn to_value(&self) -> Result<Value> {
        // Taken apart whole, so that a new field that is not written does not compile.
        let Request {
            method,
            url,
            base_url,
            normalize_uri,
            query_string,
            query_params,
            multi_param_style,
            ignore_nested_query_string,
            flatten_nested_form_params,
            flatten_nested_keys,
            form_params,
            form_param_encoding,
            json_opts,
            transit_opts,
            headers,
            accept,
            accept_encoding,
            content_type,
            character_encoding,
            user_agent,
            basic_auth,
            oauth_token,
            cookies,
            decode_cookies,
            cookie_store,
            cookie_policy,
            body,
            body_encoding,
            length,
            multipart,
            mime_subtype,
            multipart_mode,
            multipart_charset,
            compress_body,
            progress,
            as_,
            codecs,
            coerce,
            decompress_body,
            decode_body_headers,
            throw_exceptions,
            unexceptional_status,
            throw_entire_message,
            save_request,
            debug,
            debug_body,
            ignore_unknown_host,
            redirect_strategy,
            max_redirects,
            allow_circular_redirects,
            allow_relative_redirects,
            secret_headers,
            allow_downgrade,
            resend_body_cross_origin,
            referer,
            request_interceptor,
            response_interceptor,
            timeout,
            socket_timeout,
            connection_timeout,
            connection_request_timeout,
            retry_handler,
            retry,
            cancel,
            max_body_size,
            max_error_body,
            max_header_size,
            max_header_count,
            max_interim_responses,
            max_decompressed_size,
            max_decompression_ratio,
            protocol_version,
            insecure,
            trusted_certificates,
            resolve,
            io_config,
            local_address,
            resolver,
            proxy_host,
            proxy_port,
            proxy_user,
            proxy_pass,
            proxy_ignore_hosts,
            connection_manager,
            extensions,
            __more: (),
        } = self;
        if connection_manager.is_some() {
            return Err(unwritable(":connection-manager"));
        }
        if retry_handler.is_some() {
            return Err(unwritable(":retry-handler"));
        }
        if progress.is_some() {
            return Err(unwritable(":progress"));
        }
        if cookie_store.is_some() {
            return Err(unwritable(":cookie-store"));
        }
        if request_interceptor.is_some() {
            return Err(unwritable(":request-interceptor"));
        }
        if response_interceptor.is_some() {
            return Err(unwritable(":response-interceptor"));
        }
        if cancel.is_some() {
            return Err(unwritable("a canceller"));
        }
        let mut map = Map::default();
        map.put("method", method_word(method));
        map.some("url", Some(url.as_str()).filter(|url| !url.is_empty()));
        map.some("base-url", base_url.as_deref());
        map.some("normalize-uri", *normalize_uri);
        map.some("query-string", query_string.as_deref());
        map.some("query-params", query_params.clone());
        map.some(
            "multi-param-style",
            multi_param_style.map(|style| named(&STYLES, &style)),
        );
        map.some("ignore-nested-query-string", *ignore_nested_query_string);
        map.some("flatten-nested-form-params", *flatten_nested_form_params);
        let keys = flatten_nested_keys.as_deref();
        map.some(
            "flatten-nested-keys",
            keys.map(|keys| Value::vector(keys.iter().map(|key| named(&KINDS, key)))),
        );
        map.some("form-params", form_params.clone());
        map.some("form-param-encoding", form_param_encoding.as_deref());
        if let Some(opts) = json_opts {
            map.put("json-opts", json_opts_value(opts)?);
        }
        if let Some(opts) = transit_opts {
            if !opts.encode.is_empty() || !opts.decode.is_empty() {
                return Err(unwritable("a handler of :transit-opts"));
            }
            map.put(
                "transit-opts",
                Value::Map(courser_coerce::value::Map::new()),
            );
        }
        map.some(
            "headers",
            (!headers.is_empty()).then(|| header_map(headers)),
        );
        map.some("accept", accept.as_deref());
        map.some(
            "accept-encoding",
            accept_encoding.as_deref().map(Value::from),
        );
        map.some("content-type", content_type.as_deref());
        map.some("character-encoding", character_encoding.as_deref());
        map.some("user-agent", user_agent.as_deref());
        map.some(
            "basic-auth",
            basic_auth
                .as_ref()
                .map(|(user, password)| Value::vector([user.as_str(), password.reveal()])),
        );
        map.some("oauth-token", oauth_token.as_ref().map(Secret::reveal));
        if let Some(cookies) = cookies {
            let value = super::cookies_value(cookies);
            if value.as_map().map(courser_coerce::value::Map::len) != Some(cookies.len()) {
                return Err(unwritable("a :cookies in which a name stands twice"));
            }
            map.put("cookies", value);
        }
        map.some("decode-cookies", *decode_cookies);
        if let Some(policy) = cookie_policy {
            let name = policy.name().ok_or_else(|| unwritable(":cookie-spec"))?;
            map.put("cookie-policy", Value::keyword(name));
        }
        map.some("body", body_value(body)?);
        map.some("body-encoding", body_encoding.as_deref());
        map.some("length", *length);
        if let Some(parts) = multipart {
            let parts: Result<Vec<Value>> = parts.iter().map(part_value).collect();
            map.put("multipart", parts?);
        }
        map.some("mime-subtype", mime_subtype.as_deref());
        map.some(
            "multipart-mode",
            multipart_mode.map(|mode| named(&MODES, &mode)),
        );
        map.some("multipart-charset", multipart_charset.as_deref());
        let compression = compress_body.map(|compression| Value::keyword(compression.name()));
        map.some("compress-body", compression);
        if let Some(form) = as_ {
            map.some("as", form_value(form)?);
        }
        if codecs.as_ref().is_some_and(|codecs| !codecs.is_empty()) {
            return Err(unwritable("a codec"));
        }
        map.some(
            "coerce",
            coerce.as_ref().map(|coerce| named(&COERCE, coerce)),
        );
        map.some("decompress-body", *decompress_body);
        map.some("decode-body-headers", *decode_body_headers);
        map.some("throw-exceptions", *throw_exceptions);
        if let Some(statuses) = unexceptional_status {
            map.some("unexceptional-status", statuses_value(statuses)?);
        }
        map.some("throw-entire-message", *throw_entire_message);
        map.some("save-request", *save_request);
        map.some("debug", *debug);
        map.some("debug-body", *debug_body);
        map.some("ignore-unknown-host", *ignore_unknown_host);
        if let Some(strategy) = redirect_strategy {
            map.put("redirect-strategy", strategy_word(strategy)?);
        }
        map.some("max-redirects", max_redirects.map(|max| max as u64));
        map.some("allow-circular-redirects", *allow_circular_redirects);
        map.some("allow-relative-redirects", *allow_relative_redirects);
        map.some("secret-headers", secret_headers.as_deref().map(Value::from));
        map.some("allow-downgrade", *allow_downgrade);
        map.some("resend-body-cross-origin", *resend_body_cross_origin);
        map.some("referer", *referer);
        for (name, time) in [
            ("timeout", timeout),
            ("socket-timeout", socket_timeout),
            ("connection-timeout", connection_timeout),
            ("connection-request-timeout", connection_request_timeout),
        ] {
            if let Some(time) = time {
                map.put(name, millis(name, *time)?);
            }
        }
        map.some(
            "retry",
            retry
                .as_deref()
                .map(super::rows::retry::write)
                .transpose()?,
        );
        map.some("max-body-size", *max_body_size);
        map.some("max-error-body", *max_error_body);
        map.some("max-header-size", *max_header_size);
        map.some("max-header-count", *max_header_count);
        map.some("max-interim-responses", *max_interim_responses);
        map.some("max-decompressed-size", *max_decompressed_size);
        map.some("max-decompression-ratio", *max_decompression_ratio);
        map.some(
            "protocol-version",
            protocol_version.map(version_word).transpose()?,
        );
        map.some("insecure", *insecure);
        let certificates = trusted_certificates.as_deref();
        map.some(
            "trusted-certificates",
            certificates.map(|all| Value::vector(all.iter().map(|der| bytes_value("bytes", der)))),
        );
        if let Some(resolve) = resolve {
            map.put("dns-resolver", resolve_value(resolve)?);
        }
        map.some(
            "io-config",
            io_config.as_deref().map(super::rows::io_config::write),
        );
        let local = local_address.or(io_config.as_ref().and_then(|io| io.local_address));
        map.some("local-address", local.map(|address| address.to_string()));
        if resolver.is_some() {
            return Err(unwritable("a :dns-resolver that is a program"));
        }
        map.some("proxy-host", proxy_host.as_deref());
        map.some("proxy-port", proxy_port.map(u64::from));
        map.some("proxy-user", proxy_user.as_deref());
        map.some("proxy-pass", proxy_pass.as_ref().map(Secret::reveal));
        map.some(
            "proxy-ignore-hosts",
            proxy_ignore_hosts
                .as_deref()
                .map(|all| Value::vector(all.iter().map(String::as_str))),
        );
        if let Some(Sending {
            asynchronous,
            client,
            middleware,
        }) = extensions.get()
        {
            if client.is_some() {
                return Err(unwritable(":http-client"));
            }
            map.some("async", asynchronous.then_some(true));
            let names = middleware.as_ref().map(|names| {
                let names = names.iter().map(|name| Value::symbol(name.as_str()));
                Value::vector(names)
            });
            map.some("middleware", names);
        }
        let mut all: courser_coerce::value::Map = map
            .0
            .into_iter()
            .map(|(name, value)| (Value::keyword(name), value))
            .collect();
        if let Some(UserKeys(keys)) = extensions.get() {
            all.extend(keys.iter().cloned());
        }
        Ok(all.into())
    }
}

fn unwritable(what: &str) -> Error {
    Error::invalid(format!("{what} cannot be written as data"))
        .help("it lives in this process: take it out of the request first")
}

/// The name under which a value stands in a table of words.
fn named<T: PartialEq>(known: &[(&str, T)], value: &T) -> Value {
    let found = known.iter().find(|(_, meant)| meant == value);
    found.map_or(Value::Nil, |(name, _)| Value::keyword(name))
}

/// A keyword if it is a well-known one, which strings of JSON may spell in small letters too.
pub(super) fn method_word(method: &Method) -> Value {
    let known = KNOWN_METHODS
        .iter()
        .find(|name| name.to_ascii_uppercase() == method.as_str());
    known.map_or_else(|| method.as_str().into(), |name| Value::keyword(name))
}

/// Names to values, several of one name as a vector, under the spelling that came last: as
/// clj-http has it.
pub(super) fn header_map(headers: &Headers) -> Value {
    let mut entries: Vec<(&str, Vec<Value>)> = Vec::with_capacity(headers.len());
    for (name, value) in headers.iter() {
        let value = Value::from(value_text(value));
        match entries
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            Some((known, values)) => {
                *known = name;
                values.push(value);
            }
            None => entries.push((name, vec![value])),
        }
    }
    Value::map(
        entries
            .into_iter()
            .map(|(name, mut values)| match values.pop() {
                Some(only) if values.is_empty() => (name, only),
                last => {
                    values.extend(last);
                    (name, values.into())
                }
            }),
    )
}

/// `#bytes {:b64 "…"}`, or the like under another tag.
pub(super) fn bytes_value(tag: &str, bytes: &[u8]) -> Value {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    Value::tagged(
        courser_coerce::value::Symbol::new(tag),
        Value::keyword_map([("b64", text.into())]),
    )
}

fn body_value(body: &Body) -> Result<Option<Value>> {
    if body.is_empty() {
        return Ok(None);
    }
    if let Some(path) = body.path() {
        let Some(path) = path.to_str() else {
            return Err(unwritable("a :body in a file whose name is not Unicode"));
        };
        return Ok(Some(Value::tagged(
            courser_coerce::value::Symbol::new("file"),
            path,
        )));
    }
    let Some(bytes) = body.as_bytes() else {
        return Err(unwritable("a :body that is a stream"));
    };
    Ok(Some(match std::str::from_utf8(bytes) {
        Ok(text) if body.is_text() => text.into(),
        _ => bytes_value("bytes", bytes),
    }))
}

fn part_value(part: &Part) -> Result<Value> {
    let mut map = Map::default();
    map.put("name", part.name.as_str());
    let content = body_value(&part.content)?;
    let length = part
        .content
        .size()
        .filter(|_| part.content.path().is_some());
    map.put(
        "content",
        content.unwrap_or_else(|| bytes_value("bytes", &[])),
    );
    map.some("length", length);
    map.some("file-name", part.file_name.as_deref());
    map.some("mime-type", part.mime_type.as_deref());
    map.some("encoding", part.encoding.as_deref());
    if !part.headers.is_empty() {
        let headers = part.headers.iter();
        let headers = headers.map(|(name, value)| Value::vector([name.as_str(), value.as_str()]));
        map.put("headers", Value::vector(headers));
    }
    Ok(Value::keyword_map(map.0))
}

fn json_opts_value(opts: &JsonOpts) -> Result<Value> {
    if opts.key_fn.is_some() {
        return Err(unwritable("the :key-fn of :json-opts"));
    }
    let mut map = Map::default();
    map.some("pretty", opts.pretty.then_some(true));
    map.some("escape-non-ascii", opts.escape_non_ascii.then_some(true));
    map.some("date-format", opts.date_format.as_deref());
    Ok(Value::keyword_map(map.0))
}

fn form_value(form: &As) -> Result<Option<Value>> {
    Ok(match form {
        As::Unset => None,
        As::Charset(charset) => Some(charset.name().into()),
        As::Codec(_) => return Err(unwritable(":as a codec")),
        form => Some(named(&FORMS, form)),
    })
}

fn statuses_value(statuses: &Unexceptional) -> Result<Option<Value>> {
    Ok(match statuses {
        Unexceptional::Standard => None,
        Unexceptional::Range(range) => Some(Value::tagged(
            courser_coerce::value::Symbol::new("status-range"),
            Value::vector([*range.start(), *range.end()]),
        )),
        Unexceptional::List(list) => Some(Value::from(list.as_slice())),
        _ => return Err(unwritable("the predicate of :unexceptional-status")),
    })
}

fn strategy_word(strategy: &Redirects) -> Result<Value> {
    Ok(Value::keyword(match strategy {
        Redirects::Standard => "default",
        Redirects::Lax => "lax",
        Redirects::Graceful => "graceful",
        Redirects::None => "none",
        _ => return Err(unwritable("a :redirect-strategy of your own")),
    }))
}

pub(super) fn millis(name: &str, time: Duration) -> Result<Value> {
    if time == Duration::MAX {
        return Ok(0.into());
    }
    let whole = time.as_millis();
    match u64::try_from(whole) {
        Ok(0) if time.is_zero() => Err(Error::invalid(format!(
            ":{name} is zero, which in data means no limit"
        ))),
        Ok(whole) if Duration::from_millis(whole) == time => Ok(whole.into()),
        _ => Ok((time.as_secs_f64() * 1000.0).into()),
    }
}

fn version_word(version: HttpVersion) -> Result<Value> {
    Ok(Value::keyword(match version {
        HttpVersion::Negotiate => "negotiate",
        HttpVersion::Http10 => "http-1.0",
        HttpVersion::Http11 => "http-1.1",
        HttpVersion::Http2 => "http-2",
        _ => return Err(unwritable("this :protocol-version")),
    }))
}

fn resolve_value(resolve: &[(std::sync::Arc<str>, std::net::SocketAddr)]) -> Result<Value> {
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    for (host, address) in resolve {
        if address.port() != 0 {
            return Err(unwritable("a :dns-resolver with ports"));
        }
        let ip = Value::from(address.ip().to_string());
        match hosts.iter_mut().find(|(known, _)| *known == &**host) {
            Some((_, addresses)) => addresses.push(ip),
            None => hosts.push((host, vec![ip])),
        }
    }
    Ok(Value::map(
        hosts
            .into_iter()
            .map(|(host, addresses)| (host, addresses.into())),
    ))
}
