//! From a response to data.

use std::time::{Duration, SystemTime};

use courser_coerce::Value;
use courser_coerce::middleware::{As, Asked, MediaType, content_type};
use courser_coerce::value::Inst;
use courser_cookies::Cookie;
use courser_cookies::middleware::ResponseCookies;
use courser_core::{Error, Method, Result, Timings, Version};
use courser_middleware::debug::ShownBody;
use courser_middleware::decompress::OrigContentEncoding;
use courser_middleware::links::Links;
use courser_middleware::save_request::SavedRequest;

use super::read::{Questions, Sending};
use super::write::{bytes_value, header_map, method_word};
use crate::{Request, Response, ResponseExt};

/// The request as its author said it, beside the one that went out (`:save-request`).
pub(crate) struct Original(pub(crate) Request);

impl Response {
    /// The response as clj-http's map: `:status`, `:reason-phrase`, `:protocol-version`,
    /// `:headers`, `:body`, `:length` (-1 where it was not told), `:chunked?`, `:request-time` in
    /// milliseconds, `:trace-redirects`, `:orig-content-encoding`, `:cached`, `:cookies` (with a
    /// `Set-Cookie` header), `:links` (with a `Link` header), `:content-type` and
    /// `:content-type-params` (under `:as :auto`), `:request` (with
    /// [`save_request`](Request::save_request)); and beyond clj-http `:attempts`, `:url`, `:remote-addr`, and
    /// `:timings` of the last exchange in milliseconds: `:pool`, `:dns`, `:connect`, `:tls`,
    /// `:send`, `:first-byte` (since the request was out), `:ttfb` (since the call began), `:body`,
    /// `:total`, as far as they took place and the transport tells.
    ///
    /// The body is what [`as_`](Request::as_) asked for: text (in UTF-8 unless a charset was
    /// asked for), `#bytes {:b64 "…"}`, data, or nil where there can be none. One that was asked
    /// for as a stream, or that no stage decoded, is `#stream {:b64 "…"}`; one for a reader is
    /// `#reader {:text "…"}`.
    ///
    /// ```no_run
    /// let response = courser::get("http://localhost/").call()?;
    /// println!("{}", response.to_value()?);
    /// # Ok::<(), courser::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the body is a stream that is not collected: `body.collect(limit).await` does that.
    pub fn to_value(&self) -> Result<Value> {
        response_value(self)
    }
}

pub(super) fn response_value(res: &courser_core::Response) -> Result<Value> {
    let asked = res.info.get::<Asked>();
    let empty = has_no_body(res, asked);
    let mut map: Vec<(&str, Value)> = vec![
        ("status", res.status.as_u16().into()),
        ("reason-phrase", res.reason().into()),
        ("protocol-version", version_map(res.version)),
        ("headers", header_map(&res.headers)),
        (
            "body",
            if empty {
                Value::Nil
            } else {
                body_value(res, asked)?
            },
        ),
        (
            "length",
            if empty {
                0.into()
            } else {
                res.length.map_or(Value::Int(-1), Value::from)
            },
        ),
        ("chunked?", res.chunked.into()),
        ("attempts", res.attempts.into()),
    ];
    if let Some(time) = res.request_time {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        map.push(("request-time", millis.into()));
    }
    let trace = res.redirects().iter();
    let trace = trace.map(|followed| Value::from(&*followed.next_url.with_fragment()));
    map.push(("trace-redirects", Value::vector(trace)));
    if let Some(OrigContentEncoding(coding)) = res.info.get() {
        map.push(("orig-content-encoding", coding.as_deref().into()));
    }
    if let Some(told) = res.info.get::<ResponseCookies>() {
        map.push(("cookies", response_cookies(told)));
    }
    map.push(("cached", Value::Nil));
    map.push(("url", res.url.as_str().into()));
    if let Some(address) = res.remote_addr {
        map.push(("remote-addr", address.to_string().into()));
    }
    if let Some(exchanged) = res.exchanged() {
        map.push((
            "timings",
            timings_value(&exchanged.timings, res.request_time),
        ));
    }
    let auto = asked.is_some_and(|asked| asked.form == As::Auto);
    if let Some(media_type) = content_type(res).filter(|_| auto && !empty) {
        map.extend(content_type_values(&media_type));
    }
    if let Some(links) = res.info.get() {
        map.push(("links", links_value(links)));
    }
    if let Some(saved) = res.info.get() {
        map.push(("request", saved_value(saved)));
    }
    Ok(Value::keyword_map(map))
}

fn timings_value(timings: &Timings, total: Option<Duration>) -> Value {
    let body = total.zip(timings.head);
    let named = [
        ("pool", timings.pool),
        ("dns", timings.dns),
        ("connect", timings.connect),
        ("tls", timings.tls),
        ("send", timings.send),
        ("first-byte", timings.first_byte),
        ("ttfb", timings.head),
        ("body", body.map(|(total, head)| total.saturating_sub(head))),
        ("total", total),
    ];
    let took_place = named.into_iter().filter_map(|(name, time)| {
        let micros = time?.as_micros();
        Some((name, Value::from(micros as f64 / 1000.0)))
    });
    Value::keyword_map(took_place)
}

fn response_cookies(ResponseCookies { cookies, policy }: &ResponseCookies) -> Value {
    Value::map(cookies.iter().map(|cookie| {
        // What is no cookie to the policy is shown as the name that clj-http takes it for.
        let nameless = cookie.name.is_empty() && policy.wants_names();
        let name = if nameless {
            &cookie.value
        } else {
            &cookie.name
        };
        (name.as_str(), cookie_value(cookie, !nameless))
    }))
}

/// Cookies as a map from their names to `:value`, `:path`, `:domain`, `:expires`, `:discard` (whether
/// it ends with the session), `:secure` and `:version`: as responses have them, for those of a store.
/// Of several of a name the last counts.
#[must_use]
pub fn cookies_value(cookies: &[Cookie]) -> Value {
    let entries = cookies.iter();
    Value::map(entries.map(|cookie| (cookie.name.as_str(), cookie_value(cookie, true))))
}

fn cookie_value(cookie: &Cookie, with_value: bool) -> Value {
    let mut map = vec![
        ("path", cookie.path.as_deref().unwrap_or("/").into()),
        ("discard", cookie.expires.is_none().into()),
        ("version", 0.into()),
        ("secure", cookie.secure.into()),
    ];
    if with_value {
        map.push(("value", cookie.value.as_str().into()));
    }
    if let Some(domain) = &cookie.domain {
        map.push(("domain", domain.as_str().into()));
    }
    if let Some(expires) = cookie.expires.and_then(inst) {
        map.push(("expires", expires));
    }
    Value::keyword_map(map)
}

/// None of a time that has no date.
fn inst(time: SystemTime) -> Option<Value> {
    let seconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).ok()?,
        Err(before) => -i64::try_from(before.duration().as_secs()).ok()?,
    };
    Inst::from_unix(seconds, 0).map(Value::Inst)
}

/// Whether there can be no body at all, in contrast to an empty one.
fn has_no_body(res: &courser_core::Response, asked: Option<&Asked>) -> bool {
    asked.is_some_and(|asked| asked.head) || courser_core::never_has_body(res.status)
}

fn version_map(version: Version) -> Value {
    let (major, minor) = match version {
        Version::HTTP_09 => (0, 9),
        Version::HTTP_10 => (1, 0),
        Version::HTTP_2 => (2, 0),
        Version::HTTP_3 => (3, 0),
        _ => (1, 1),
    };
    Value::keyword_map([
        ("name", "HTTP".into()),
        ("major", major.into()),
        ("minor", minor.into()),
    ])
}

fn body_value(res: &courser_core::Response, asked: Option<&Asked>) -> Result<Value> {
    let Some(bytes) = res.body.as_bytes() else {
        return Err(
            Error::invalid("the body of this response is a stream, which is no data")
                .help("collect it first: body.collect(limit).await"),
        );
    };
    if let Some(value) = res.value() {
        return Ok(value.clone());
    }
    Ok(match asked.map(|asked| &asked.form) {
        None | Some(As::Stream) => bytes_value("stream", bytes),
        Some(As::Bytes) => bytes_value("bytes", bytes),
        Some(As::Reader) => Value::tagged(
            courser_coerce::value::Symbol::new("reader"),
            Value::keyword_map([("text", text(res))]),
        ),
        Some(As::Unset) => res.utf8().into(),
        // A status with which it is not made data of, or text.
        Some(_) => text(res),
    })
}

/// As text: in UTF-8 if nobody knows the charset, since it may be that of an error.
fn text(res: &courser_core::Response) -> Value {
    res.text().unwrap_or_else(|_| res.utf8()).into()
}

/// `:content-type` as a keyword, and `:content-type-params`: the server's spelling of the first.
fn content_type_values(media_type: &MediaType) -> [(&'static str, Value); 2] {
    [
        ("content-type", Value::keyword(media_type.essence())),
        (
            "content-type-params",
            Value::keyword_map(
                media_type
                    .params()
                    .map(|(name, value)| (name, value.into())),
            ),
        ),
    ]
}

/// `{:next {:href "…", :title "…"}}`: an entry for each relation.
fn links_value(links: &Links) -> Value {
    let entries = links.iter().flat_map(|link| {
        let mut map = courser_coerce::value::Map::new();
        // Of a parameter that is repeated the first counts.
        for (name, value) in &link.params {
            let name = Value::keyword(name);
            if !map.contains_key(&name) {
                map.insert(name, value.as_str());
            }
        }
        map.insert(Value::keyword("href"), link.href.as_str());
        let map = Value::from(map);
        link.rels
            .iter()
            .map(move |rel| (Value::keyword(rel), map.clone()))
    });
    Value::map(entries)
}

/// The author's words, with what the stages made of them in place of some.
fn saved_value(SavedRequest(sent): &SavedRequest) -> Value {
    let original = sent.options.get::<Original>().map(|original| {
        // What became part of URL, headers and body, or is no data.
        let mut request = Request {
            query_params: None,
            form_params: None,
            query_string: None,
            accept: None,
            accept_encoding: None,
            basic_auth: None,
            oauth_token: None,
            user_agent: None,
            cookies: None,
            cookie_store: None,
            cancel: None,
            retry_handler: None,
            connection_manager: None,
            ..original.0.clone()
        };
        request.extensions.remove::<Sending>();
        request.to_value().or_else(|_| {
            request.body = courser_core::Body::empty();
            request.unexceptional_status = None;
            request.to_value()
        })
    });
    let mut map = match original {
        Some(Ok(Value::Map(map))) => map,
        _ => courser_coerce::value::Map::new(),
    };
    map.remove("method");
    let original = sent.options.get().map(|Original(request)| request);
    if let Some(request) = original {
        complete(&mut map, request, &sent.method);
    }
    if let Some(Questions(names)) = sent.options.get() {
        for name in names {
            if let Some(value) = map.remove(*name) {
                map.insert(Value::keyword(&format!("{name}?")), value);
            }
        }
    }
    let mut headers = sent.headers.clone();
    // What the body says of itself is neither an option nor a field of the request's.
    let said = original.is_none_or(|request| says_type(request, &sent.method));
    if let (true, Some(media_type)) = (said, sent.headers.text("content-type")) {
        map.insert(Value::keyword("content-type"), media_type);
    } else if original.is_some_and(|request| !request.headers.contains("content-type")) {
        headers.remove("content-type");
    }
    if original.is_some_and(|request| request.debug_body == Some(true)) {
        let body = sent.options.get::<ShownBody>();
        let body = body
            .map(|ShownBody(text)| text.as_str())
            .filter(|text| !text.is_empty());
        map.insert(Value::keyword("body-content"), Value::from(body));
    }
    let url = &sent.url;
    let parts = [
        ("request-method", method_word(&sent.method)),
        ("headers", header_map(&headers)),
        ("http-url", url.as_str().into()),
        ("scheme", Value::keyword(url.scheme())),
        ("server-name", url.host().into()),
        ("server-port", url.port().into()),
        ("uri", url.path().into()),
        ("query-string", url.query().into()),
        ("user-info", url.userinfo().into()),
    ];
    map.extend(parts.map(|(name, value)| (Value::keyword(name), value)));
    map.into()
}

/// Whether the type of the body comes from the request's own words.
fn says_type(request: &Request, method: &Method) -> bool {
    request.content_type.is_some() || is_form(request, method)
}

fn is_form(request: &Request, method: &Method) -> bool {
    request.form_params.is_some()
        && [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method)
}

/// What clj-http's stages say of what they did.
fn complete(map: &mut courser_coerce::value::Map, request: &Request, method: &Method) {
    map.insert(Value::keyword("use-header-maps-in-response?"), true);
    if request.flatten_nested_keys.is_none() {
        let query = request.ignore_nested_query_string != Some(true);
        let form = request.flatten_nested_form_params == Some(true);
        let keys = [(query, "query-params"), (form, "form-params")];
        let flattened = keys.into_iter().filter(|(flattened, _)| *flattened);
        let flattened = Value::list(flattened.map(|(_, name)| Value::keyword(name)));
        map.insert(Value::keyword("flatten-nested-keys"), flattened);
    }
    if (is_form(request, method) || request.body.is_text()) && request.character_encoding.is_none()
    {
        let charset = request.body_encoding.as_deref().unwrap_or("UTF-8");
        map.insert(Value::keyword("character-encoding"), charset);
    }
}
