//! Where a request goes and how.

use courser_coerce::Value;
use courser_core::{HttpVersion, Method};

use super::super::env::Env;
use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, flag, one_of, put, text, time, unknown_word, word};
use super::super::read::Draft;
use super::redirects::limit;
use crate::Client;

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "url",
        "a URL as a string",
        "none",
        "where the request goes",
        |d, v, _| {
            d.request.url = text(v)?;
            Ok(())
        },
    )
    .secret(),
    Entry::new(
        "base-url",
        "a URL as a string",
        "none",
        "what a :url without scheme is appended to",
        |d, v, _| put(&mut d.request.base_url, text(v)),
    )
    .secret(),
    Entry::new(
        "method",
        "a keyword or string, such as :get",
        ":get",
        "the method; a keyword is sent in capitals",
        |d, v, _| {
            d.request.method = method(v)?;
            Ok(())
        },
    )
    .aliases(&["request-method"]),
    Entry::new(
        "scheme",
        ":http or :https",
        ":http",
        "with :server-name, in place of :url",
        |d, v, _| {
            let scheme = one_of(v, &[("http", "http"), ("https", "https")])?;
            d.parts.scheme = Some(scheme);
            Ok(())
        },
    ),
    Entry::new(
        "server-name",
        "a host as a string",
        "none",
        "the host, in place of :url",
        |d, v, _| put(&mut d.parts.server_name, text(v)),
    ),
    Entry::new(
        "server-port",
        "a port from 1 to 65535",
        "that of the scheme",
        "the port, in place of :url",
        |d, v, _| {
            let port = v
                .as_u64()
                .and_then(|port| u16::try_from(port).ok())
                .filter(|port| *port > 0);
            put(&mut d.parts.server_port, port.ok_or(Unfit::Type))
        },
    ),
    Entry::new(
        "uri",
        "a path as a string",
        "\"/\"",
        "the path, in place of :url",
        |d, v, _| put(&mut d.parts.uri, text(v)),
    ),
    Entry::new(
        "user-info",
        "a string, \"user:password\"",
        "none",
        "the credentials of the URL, in place of :url",
        |d, v, _| put(&mut d.parts.user_info, text(v)),
    )
    .secret(),
    Entry::new(
        "query-string",
        "a string",
        "none",
        "a query, encoded already; appended to that of the URL",
        |d, v, _| put(&mut d.request.query_string, text(v)),
    )
    .secret(),
    Entry::flag(
        "normalize-uri",
        "false",
        "resolves dot segments and doubled slashes of the path",
        |d, v, _| put(&mut d.request.normalize_uri, flag(v)),
    ),
    Entry::new(
        "protocol-version",
        ":http-1.0, :http-1.1, :http-2 or :negotiate",
        ":negotiate",
        "the version of HTTP",
        |d, v, _| put(&mut d.request.protocol_version, version(v)),
    )
    .aliases(&["version"]),
    Entry::new(
        "client-params",
        "a map of Apache's parameters",
        "none",
        "other names of the options on versions, times and redirects",
        client_params,
    ),
    Entry::flag(
        "async",
        "false",
        "runs on tokio; in Rust, await `send()`, or `start()` it",
        |d, v, _| {
            d.sending.asynchronous = flag(v)?;
            Ok(())
        },
    )
    .feature("async", cfg!(feature = "async")),
    function("respond", "in Rust, `start_with(respond, raise)`"),
    function("raise", "in Rust, `start_with(respond, raise)`"),
    function("oncancel", "in Rust, `on_cancel(f)` before `start()`"),
    Entry::new(
        "http-client",
        "what names a client, such as its number in a session",
        "none",
        "sends by that client: its connections, stages and defaults",
        |d, v, env| put(&mut d.sending.client, env.thing::<Client>(v, "http-client")),
    ),
    apache(
        "http-client-context",
        "in Rust, put values for stages into `extensions`",
    ),
    apache(
        "http-request-config",
        "each of its settings is an option of its own",
    ),
    apache(
        "http-client-builder",
        "in Rust, configure a `Client` by `Client::builder()`",
    ),
    apache(
        "http-builder-fns",
        "in Rust, configure a `Client` by `Client::builder()`",
    ),
    apache(
        "async-http-builder-fns",
        "in Rust, configure a `Client` by `Client::builder()`",
    ),
    Entry::flag(
        "entity-buffering",
        "false",
        "bodies in memory can be sent again anyway",
        |_, _, _| Ok(()),
    )
    .no_effect("bodies in memory can be sent again anyway"),
    Entry::flag(
        "use-header-maps-in-response",
        "true",
        "headers are looked up in any case anyway",
        |_, _, _| Ok(()),
    )
    .no_effect("headers are looked up in any case anyway"),
];

const fn apache(name: &'static str, instead: &'static str) -> Entry {
    Entry::new(
        name,
        "an object of Apache's client",
        "none",
        "an object of Apache's client",
        |_, _, _| Ok(()),
    )
    .unsupported(instead)
}

const fn function(name: &'static str, instead: &'static str) -> Entry {
    Entry::new(
        name,
        "a function",
        "none",
        "what an async call goes on with",
        |_, _, _| Ok(()),
    )
    .unsupported(instead)
}

/// Methods that strings may spell in small letters; any other string is sent as it is.
pub(in crate::data) const KNOWN_METHODS: [&str; 19] = [
    "get",
    "head",
    "put",
    "post",
    "delete",
    "options",
    "copy",
    "move",
    "patch",
    "trace",
    "connect",
    "propfind",
    "proppatch",
    "mkcol",
    "lock",
    "unlock",
    "search",
    "report",
    "purge",
];

fn method(value: &Value) -> Outcome<Method> {
    let name = word(value)?;
    let upper = value.as_keyword().is_some() || KNOWN_METHODS.contains(&name);
    let name = if upper {
        name.to_ascii_uppercase()
    } else {
        name.to_owned()
    };
    Method::from_bytes(name.as_bytes()).map_err(|_| {
        Unfit::Because(format!(
            "\"{}\" is no method",
            courser_core::excerpt(&name, 40)
        ))
    })
}

fn version(value: &Value) -> Outcome<HttpVersion> {
    // As responses have it: {:name "HTTP" :major 1 :minor 1}.
    if let (Some(major), Some(minor)) = (value.get("major"), value.get("minor")) {
        return match (major.as_i64(), minor.as_i64()) {
            (Some(1), Some(0)) => Ok(HttpVersion::Http10),
            (Some(1), Some(1)) => Ok(HttpVersion::Http11),
            (Some(2), Some(0)) => Ok(HttpVersion::Http2),
            _ => Err(Unfit::Because("is no version that is supported".into())),
        };
    }
    let said = word(value)?.to_ascii_lowercase().replace('/', "-");
    Ok(match said.strip_prefix("http-").unwrap_or(&said) {
        "1.0" => HttpVersion::Http10,
        "1.1" => HttpVersion::Http11,
        "2" | "2.0" => HttpVersion::Http2,
        "negotiate" => HttpVersion::Negotiate,
        _ => {
            return Err(unknown_word(
                &said,
                ["http-1.0", "http-1.1", "http-2", "negotiate"],
            ));
        }
    })
}

const PARAMS: [&str; 7] = [
    "http.protocol.version",
    "http.useragent",
    "http.socket.timeout",
    "http.connection.timeout",
    "http.protocol.max-redirects",
    "http.protocol.allow-circular-redirects",
    "http.protocol.reject-relative-redirect",
];

fn client_params(draft: &mut Draft, value: &Value, _: &Env) -> Outcome {
    let params = &mut draft.params;
    for (key, value) in value.as_map().ok_or(Unfit::Type)? {
        match word(key)? {
            "http.protocol.version" => put(&mut params.version, version(value))?,
            "http.useragent" => put(&mut params.user_agent, text(value))?,
            "http.socket.timeout" => put(&mut params.socket_timeout, time(value))?,
            "http.connection.timeout" => put(&mut params.connection_timeout, time(value))?,
            "http.protocol.max-redirects" => put(&mut params.max_redirects, limit(value))?,
            "http.protocol.allow-circular-redirects" => {
                put(&mut params.allow_circular_redirects, flag(value))?;
            }
            "http.protocol.reject-relative-redirect" => {
                let allow = flag(value).map(|reject| !reject);
                put(&mut params.allow_relative_redirects, allow)?;
            }
            name => {
                let name = courser_core::excerpt(name, 60);
                return Err(Unfit::Because(format!(
                    "knows no \"{name}\", but {}",
                    PARAMS.join(", ")
                )));
            }
        }
    }
    Ok(())
}
