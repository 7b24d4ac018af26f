//! From the user's words to what the stages read.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use courser_auth::{Basic, Bearer};
use courser_coerce::form::WriteOptions;
use courser_coerce::middleware::{
    As, BodyEncoding, Codecs, Decode, FormParams, MediaType, QueryParams,
};
use courser_coerce::text::Charset;
use courser_cookies::middleware::{LeaveSetCookie, SendCookies};
use courser_core::{
    Call, ConnectSettings, Error, HeadLimits, HeaderValue, Headers, IntoName as _, IntoValue as _,
    Limits, Options, Reading, Result, Retries, SharedResolver, Url, Via, excerpt,
};
use courser_middleware::accept::Accept;
use courser_middleware::accept_encoding::{AcceptEncoding, LeaveCompressed};
use courser_middleware::content_type::ContentType;
use courser_middleware::debug::ShowRequest;
use courser_middleware::decompress::DecompressLimits;
use courser_middleware::interceptors::Interceptors;
use courser_middleware::redirect::RedirectOptions;
use courser_middleware::save_request::SaveRequest;
use courser_middleware::status::ReturnExceptional;
use courser_middleware::url::QueryString;

use super::Request;
use super::given::{given, rare};
use super::multipart::lower_parts;
use super::nested::Nested;
use super::proxy::proxy;
use super::spare;
use crate::data::Original;

/// Makes the request that the stages see. All that is wrong with the words themselves is an error
/// here, before anything is sent.
#[inline(never)] // among what else a call does, its many checks make all of it longer
pub(crate) fn lower(mut request: Box<Request>, call: Call) -> Result<courser_core::Request> {
    if !request.is_brief() {
        return lower_all(request, call);
    }
    let method = mem::take(&mut request.method);
    let url = mem::take(&mut request.url);
    let headers = mem::take(&mut request.headers);
    let mut body = mem::take(&mut request.body);
    let options = mem::take(&mut request.extensions);
    spare::keep(request);
    let url = Url::parse(url.trim_matches(' '))?;
    without_length(&headers)?;
    body.check_file()?;
    Ok(courser_core::Request {
        method,
        url,
        headers,
        body,
        options,
        call: Arc::new(call),
        keep_alive: None,
    })
}

/// It could differ from what is sent, and two readers of the message might then part ways.
fn without_length(headers: &Headers) -> Result<()> {
    if !headers.contains("Content-Length") {
        return Ok(());
    }
    Err(rare(|| {
        Error::invalid("Content-Length is no header of your own: the body has one")
            .help(":length tells the length of a stream")
    }))
}

/// The same for a request that says anything. It is taken apart whole, so that a new field that
/// nobody handles does not compile.
#[inline(never)] // most say little, and this is much code
#[allow(clippy::too_many_lines)] // one field after the other; nothing nests
fn lower_all(mut request: Box<Request>, call: Call) -> Result<courser_core::Request> {
    if request.save_request == Some(true) {
        rare(|| {
            let original = Original(Request::clone(&request));
            request.extensions.set(SaveRequest);
            request.extensions.set(original);
        });
    }
    let Request {
        ref mut method,
        ref mut url,
        ref mut base_url,
        normalize_uri,
        ref mut query_string,
        ref mut query_params,
        multi_param_style,
        ignore_nested_query_string,
        flatten_nested_form_params,
        ref mut flatten_nested_keys,
        ref mut form_params,
        ref mut form_param_encoding,
        ref mut json_opts,
        ref mut transit_opts,
        ref mut headers,
        ref mut accept,
        ref mut accept_encoding,
        ref mut content_type,
        ref mut character_encoding,
        ref mut user_agent,
        ref mut basic_auth,
        ref mut oauth_token,
        ref mut cookies,
        decode_cookies,
        ref mut cookie_store,
        ref mut cookie_policy,
        ref mut body,
        ref mut body_encoding,
        length,
        ref mut multipart,
        ref mut mime_subtype,
        multipart_mode,
        ref mut multipart_charset,
        compress_body,
        ref mut progress,
        ref mut as_,
        ref mut codecs,
        coerce,
        decompress_body,
        decode_body_headers,
        throw_exceptions,
        ref mut unexceptional_status,
        throw_entire_message: _, // send and call look at it
        save_request: _,
        debug,
        debug_body,
        ignore_unknown_host: _, // send and call look at it
        ref mut redirect_strategy,
        max_redirects,
        allow_circular_redirects,
        allow_relative_redirects,
        ref mut secret_headers,
        allow_downgrade,
        resend_body_cross_origin,
        referer,
        ref mut request_interceptor,
        ref mut response_interceptor,
        timeout,
        socket_timeout,
        connection_timeout,
        connection_request_timeout,
        ref mut retry_handler,
        ref mut retry,
        ref mut cancel,
        max_body_size,
        max_error_body,
        max_header_size,
        max_header_count,
        max_interim_responses,
        max_decompressed_size,
        max_decompression_ratio,
        protocol_version,
        insecure,
        ref mut trusted_certificates,
        ref mut resolve,
        ref mut io_config,
        local_address,
        ref mut resolver,
        ref mut proxy_host,
        proxy_port,
        ref mut proxy_user,
        ref mut proxy_pass,
        ref mut proxy_ignore_hosts,
        ref mut connection_manager,
        ref mut extensions,
        __more: (),
    } = *request;

    let mut call = call;
    if let Some(canceller) = cancel.take() {
        call = call.cancelled_by(canceller);
    }
    if let Some(store) = cookie_store.take() {
        call = call.with_cookie_store(store);
    }
    if let Some(timeout) = timeout.and_then(finite) {
        call = rare(|| call.within(timeout));
    }
    let mut url = absolute(url, base_url.as_deref())?;
    if normalize_uri == Some(true) {
        url = url.normalized();
    }
    let mut req = courser_core::Request::new(url, Arc::new(call));
    req.method = mem::take(method);
    without_length(headers)?;
    req.headers = mem::take(headers);
    req.options = mem::take(extensions);
    let options = &mut req.options;
    given(user_agent, |agent| {
        req.headers
            .insert("User-Agent", header(":user-agent", &agent)?)?;
        Ok(())
    })?;
    given(query_string, |query| {
        options.set(QueryString(query));
        Ok(())
    })?;
    let style = multi_param_style.unwrap_or_default();
    let nested = Nested::of(
        ignore_nested_query_string,
        flatten_nested_form_params,
        flatten_nested_keys.take(),
    )?;
    given(query_params, |params| {
        let charset = content_type_charset(content_type.as_deref())?;
        let write = WriteOptions {
            style,
            flatten: nested.query,
            charset,
        };
        options.set(QueryParams { params, write });
        Ok(())
    })?;
    given(multipart, |parts| {
        if !body.is_empty() || form_params.is_some() {
            let other = if body.is_empty() {
                ":form-params"
            } else {
                ":body"
            };
            let message = format!(":multipart and {other} exclude each other");
            return Err(Error::invalid(message).help("both say what the body is: give one of them"));
        }
        if content_type.is_some() && mime_subtype.is_some() {
            let message = ":mime-subtype and :content-type both say what the parts are";
            return Err(Error::invalid(message).help("give one of them"));
        }
        lower_parts(
            parts,
            mime_subtype.take(),
            multipart_mode,
            multipart_charset.take(),
            options,
        )?;
        Ok(())
    })?;
    given(form_params, |params| {
        if !body.is_empty() {
            return Err(Error::invalid(":form-params and :body exclude each other")
                .help("both say what the body is: give one of them"));
        }
        let charset = match (
            form_param_encoding.as_deref(),
            character_encoding.as_deref(),
        ) {
            (Some(label), _) => charset(":form-param-encoding", Some(label))?,
            (None, Some(label)) => charset(":character-encoding", Some(label))?,
            (None, None) => content_type_charset(content_type.as_deref())?,
        };
        let write = WriteOptions {
            style,
            flatten: nested.form,
            charset,
        };
        let media_type = content_type
            .as_deref()
            .map(|text| text.split(';').next().unwrap_or_default().trim().to_owned());
        options.set(FormParams {
            params,
            write,
            media_type,
            character_encoding: character_encoding.clone(),
            #[cfg(feature = "json")]
            json: json_opts.take().unwrap_or_default().lower()?,
        });
        Ok(())
    })?;

    #[cfg(feature = "transit")]
    given(transit_opts, |opts| {
        let (read, write) = opts.lower();
        options.set(read);
        options.set(write);
        Ok(())
    })?;
    #[cfg(not(feature = "transit"))]
    let _ = transit_opts;
    // Without the codec no JSON is written.
    #[cfg(not(feature = "json"))]
    let _ = json_opts;
    given(accept, |accept| {
        options.set(Accept(header(":accept", &accept)?));
        Ok(())
    })?;
    given(accept_encoding, |codings| {
        options.set(AcceptEncoding(header(
            ":accept-encoding",
            &codings.join(", "),
        )?));
        Ok(())
    })?;
    given(content_type, |media_type| {
        let text = match character_encoding {
            Some(charset) => format!("{media_type}; charset={charset}"),
            None => media_type,
        };
        options.set(ContentType(header(":content-type", &text)?));
        Ok(())
    })?;

    given(basic_auth, |(user, password)| {
        let basic = Basic::new(user, password.reveal());
        options
            .set(basic.map_err(|why| Error::invalid(":basic-auth cannot be sent").because(why))?);
        Ok(())
    })?;
    given(oauth_token, |token| {
        let bearer = Bearer::new(token.reveal());
        options
            .set(bearer.map_err(|why| Error::invalid(":oauth-token cannot be sent").because(why))?);
        Ok(())
    })?;

    given(cookies, |cookies| {
        let value = courser_cookies::header_value(&cookies);
        let value = value.map_err(|why| Error::invalid(":cookies cannot be sent").because(why))?;
        if !value.is_empty() {
            options.set(SendCookies(value));
        }
        Ok(())
    })?;
    if decode_cookies == Some(false) {
        rare(|| {
            options.set(LeaveSetCookie);
        });
    }
    given(cookie_policy, |policy| {
        options.set(policy);
        Ok(())
    })?;

    given(body_encoding, |label| {
        let charset = charset(":body-encoding", Some(&label))?;
        options.set(BodyEncoding { charset, label });
        Ok(())
    })?;
    req.body = mem::take(body);
    if let Some(length) = length {
        rare(|| req.body = mem::take(&mut req.body).with_size(length));
    }
    req.body.check_file()?;

    if let Some(compression) = compress_body {
        compression.check()?;
        options.set(compression);
    }

    given(progress, |on| {
        options.set(on);
        Ok(())
    })?;

    let stream = as_.as_ref().is_some_and(As::is_stream);
    given(codecs, |codecs| {
        options.set(Codecs(codecs));
        Ok(())
    })?;
    if as_.is_some() || coerce.is_some() {
        rare(|| {
            options.set(Decode {
                form: as_.take().unwrap_or_default(),
                coerce: coerce.unwrap_or_default(),
            });
        });
    }
    if stream || max_body_size.is_some() || max_error_body.is_some() {
        rare(|| {
            let standard = Reading::default();
            options.set(Reading {
                stream,
                max_body: max_body_size.unwrap_or(standard.max_body),
                max_error_body: max_error_body.unwrap_or(standard.max_error_body),
                ..standard
            });
        });
    }
    if max_header_size.is_some() || max_header_count.is_some() || max_interim_responses.is_some() {
        rare(|| {
            let standard = HeadLimits::default();
            options.set(HeadLimits {
                bytes: max_header_size.unwrap_or(standard.bytes),
                fields: max_header_count.unwrap_or(standard.fields),
                interim: max_interim_responses.unwrap_or(standard.interim),
            });
        });
    }
    if decode_body_headers == Some(true) {
        rare(|| {
            if stream {
                let message = ":decode-body-headers needs the body, which this :as leaves a stream";
                return Err(Error::invalid(message).help("leave one of them out"));
            }
            read_meta_tags(options)?;
            Ok::<_, Error>(())
        })?;
    }
    if debug == Some(true) || debug_body == Some(true) {
        rare(|| {
            let body = debug_body == Some(true);
            options.set(ShowRequest { body });
        });
    }
    if decompress_body == Some(false) {
        rare(|| {
            options.set(LeaveCompressed);
        });
    }
    if max_decompressed_size.is_some() || max_decompression_ratio.is_some() {
        rare(|| {
            let standard = DecompressLimits::default();
            options.set(DecompressLimits {
                max_size: max_decompressed_size,
                max_ratio: max_decompression_ratio.unwrap_or(standard.max_ratio),
            });
        });
    }

    if throw_exceptions == Some(false) {
        rare(|| {
            options.set(ReturnExceptional);
        });
    }
    given(unexceptional_status, |statuses| {
        options.set(statuses);
        Ok(())
    })?;

    let standard = redirect_strategy.is_none()
        && max_redirects.is_none()
        && allow_circular_redirects.is_none()
        && allow_relative_redirects.is_none()
        && secret_headers.is_none()
        && allow_downgrade.is_none()
        && resend_body_cross_origin.is_none()
        && referer.is_none();
    if !standard {
        rare(|| {
            let secret_headers = secret_headers.take().unwrap_or_default();
            for name in &secret_headers {
                name.into_name()
                    .map_err(|why| Error::invalid(":secret-headers has no name").because(why))?;
                req.headers.hide(name);
            }
            let standard = RedirectOptions::default();
            options.set(RedirectOptions {
                strategy: redirect_strategy.take().unwrap_or(standard.strategy),
                max: max_redirects.unwrap_or(standard.max),
                allow_circular: allow_circular_redirects.unwrap_or(standard.allow_circular),
                allow_relative: allow_relative_redirects.unwrap_or(standard.allow_relative),
                secret_headers,
                allow_downgrade: allow_downgrade.unwrap_or(standard.allow_downgrade),
                resend_body_cross_origin: resend_body_cross_origin
                    .unwrap_or(standard.resend_body_cross_origin),
                referer: referer.unwrap_or(standard.referer),
            });
            Ok::<_, Error>(())
        })?;
    }
    if request_interceptor.is_some() || response_interceptor.is_some() {
        rare(|| {
            options.set(Interceptors {
                request: request_interceptor.take(),
                response: response_interceptor.take(),
            });
        });
    }

    if socket_timeout.is_some() || connection_request_timeout.is_some() {
        rare(|| {
            let standard = Limits::default();
            options.set(Limits {
                idle: socket_timeout.map_or(standard.idle, finite),
                pool: connection_request_timeout.map_or(standard.pool, finite),
            });
        });
    }
    given(retry_handler, |handler| {
        options.set(Retries(handler));
        Ok(())
    })?;
    given(retry, |retry| {
        options.set(*retry);
        Ok(())
    })?;
    given(connection_manager, |manager| {
        options.set(Via(manager));
        Ok(())
    })?;
    let direct = proxy_host.is_none()
        && proxy_port.is_none()
        && proxy_user.is_none()
        && proxy_pass.is_none();
    let standard = direct
        && connection_timeout.is_none()
        && protocol_version.is_none()
        && insecure.is_none()
        && trusted_certificates.is_none()
        && resolve.is_none()
        && resolver.is_none()
        && io_config.is_none()
        && local_address.is_none();
    if !standard {
        rare(|| {
            let mut settings = ConnectSettings::default();
            settings.proxy = proxy(
                proxy_host.take(),
                proxy_port,
                proxy_user.take(),
                proxy_pass.take(),
                proxy_ignore_hosts.take(),
            )?;
            settings.version = protocol_version.unwrap_or_default();
            settings.tls.insecure = insecure.unwrap_or_default();
            settings.tls.roots = trusted_certificates.take().unwrap_or_default();
            settings.resolve = resolve.take().unwrap_or_default();
            settings.resolver = resolver.take().map(SharedResolver);
            settings.socket = *io_config.take().unwrap_or_default();
            settings.socket.local_address = local_address.or(settings.socket.local_address);
            settings.connect_timeout = connection_timeout.map_or(settings.connect_timeout, finite);
            options.set(settings);
            Ok::<_, Error>(())
        })?;
    }
    *request = Request::default();
    spare::keep(request);
    Ok(req)
}

#[cfg(feature = "html")]
#[allow(clippy::unnecessary_wraps)] // it fails without the feature
fn read_meta_tags(options: &mut Options) -> Result<()> {
    options.set(courser_middleware::meta_tags::MetaTags);
    Ok(())
}

#[cfg(not(feature = "html"))]
fn read_meta_tags(_: &mut Options) -> Result<()> {
    let message = ":decode-body-headers needs the feature `html`";
    Err(Error::new(courser_core::ErrorKind::Unsupported, message)
        .help("switch it on in Cargo.toml"))
}

/// `Duration::MAX` stands for no limit.
fn finite(time: Duration) -> Option<Duration> {
    (time < Duration::MAX).then_some(time)
}

fn absolute(url: &str, base: Option<&str>) -> Result<Url> {
    let url = url.trim_matches(' ');
    match base {
        Some(base) if !url.contains("://") => {
            let text = match url.trim_start_matches('/') {
                rest if rest.is_empty() || rest.starts_with(['?', '#']) => format!("{base}{rest}"),
                rest => format!("{}/{rest}", base.trim_end_matches('/')),
            };
            Url::parse(&text)
        }
        _ => Url::parse(url),
    }
}

fn header(option: &'static str, text: &str) -> Result<HeaderValue> {
    text.into_value().ok_or_else(|| {
        Error::invalid(format!(
            "{option} \"{}\" cannot stand in a header",
            excerpt(text, 60)
        ))
        .help("a value is one line of ISO-8859-1 text without control characters")
    })
}

fn charset(option: &'static str, label: Option<&str>) -> Result<Charset> {
    let Some(label) = label else {
        return Ok(Charset::UTF_8);
    };
    Charset::for_label(label).map_err(|why| {
        Error::invalid(format!(
            "{option} \"{}\" is no known charset",
            excerpt(label, 40)
        ))
        .because(why)
    })
}

fn content_type_charset(content_type: Option<&str>) -> Result<Charset> {
    let parsed = content_type.and_then(MediaType::parse);
    let label = parsed
        .as_ref()
        .and_then(|media_type| media_type.param("charset"));
    charset("the charset of :content-type", label)
}
