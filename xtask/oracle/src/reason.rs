//! Why a request fails: Java's exceptions in Courser's words.

use crate::json;

/// Why a request is expected to fail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reason {
    /// The kinds of error ([`ErrorKind::name`](courser_core::ErrorKind::name)) that say so; none if any will do.
    pub kinds: Vec<String>,
    /// What the message has to begin with.
    pub message: Option<String>,
    /// What else has to be in the message.
    pub mentions: Option<String>,
}

impl Reason {
    /// These kinds, with any message.
    pub fn kinds<'a>(kinds: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            kinds: kinds.into_iter().map(str::to_owned).collect(),
            ..Self::default()
        }
    }
}

/// Class, what the message begins with, and the kinds that mean the same. The first that fits counts. What
/// is not here says only that such input fails: casts, null pointers, Apache's parsers.
const MEANINGS: &[(&str, &str, &[&str])] = &[
    ("UnknownHostException", "", &["dns"]),
    ("ConnectTimeoutException", "", &["connect-timeout"]),
    ("ConnectionPoolTimeoutException", "", &["pool-timeout"]),
    ("SocketTimeoutException", "connect", &["connect-timeout"]),
    ("SocketTimeoutException", "", &["socket-timeout"]),
    ("ConnectException", "", &["connect"]),
    ("NoRouteToHostException", "", &["connect"]),
    ("HttpHostConnectException", "", &["connect"]),
    ("RedirectException", "", &["redirect"]),
    ("CircularRedirectException", "", &["redirect"]),
    (
        "ProtocolException",
        "Received redirect response",
        &["redirect"],
    ),
    (
        "ProtocolException",
        "Relative redirect location",
        &["redirect"],
    ),
    ("ProtocolException", "Redirect URI", &["redirect"]),
    ("ProtocolException", "Invalid redirect URI", &["redirect"]),
    ("ProtocolException", "The server failed", &["protocol"]),
    ("ParseException", "", &["protocol"]),
    ("NoHttpResponseException", "", &["io"]),
    ("ConnectionClosedException", "", &["io"]),
    ("TruncatedChunkException", "", &["io"]),
    ("SocketException", "", &["io"]),
    ("ZipException", "", &["decode"]),
    ("EOFException", "", &["decode"]),
    ("JsonEOFException", "", &["decode"]),
    ("JsonParseException", "", &["decode"]),
    ("SAXParseException", "", &["decode"]),
    ("MalformedInputException", "", &["decode"]),
    ("ExceptionInfo", "Unexpected EOF", &["decode"]),
    ("ExceptionInfo", "No reader function", &["decode"]),
    // An option may be found wrong before sending, a header of the response only afterwards.
    (
        "UnsupportedCharsetException",
        "",
        &["invalid-request", "decode"],
    ),
    ("UnsupportedEncodingException", "", &["invalid-request"]),
    ("IllegalArgumentException", "", &["invalid-request"]),
    ("FileNotFoundException", "", &["invalid-request", "io"]),
    ("SSLHandshakeException", "", &["tls"]),
    ("SSLPeerUnverifiedException", "", &["tls"]),
    ("SSLException", "", &["tls"]),
];

/// What the exception means. `sent` says whether anything went over the wire.
pub(crate) fn of(exception: &json::Exception, sent: bool) -> Reason {
    let message = exception.message.as_deref().unwrap_or_default();
    if let Some(rest) = message.strip_prefix("clj-http: status ") {
        let status = rest.split(' ').next().unwrap_or_default();
        // `:throw-entire-message`: the response follows, which has a body.
        let body = rest.contains('{').then(|| ":body".to_owned());
        return Reason {
            kinds: vec!["status".to_owned()],
            message: Some(format!("status {status}")),
            mentions: body,
        };
    }
    if exception.class.ends_with("UnsupportedSchemeException") {
        return Reason::kinds([if sent { "redirect" } else { "invalid-request" }]);
    }
    let name = exception.class.rsplit('.').next().unwrap_or_default();
    let fits =
        |(class, start, _): &&(&str, &str, &[&str])| name == *class && message.starts_with(start);
    match MEANINGS.iter().find(fits) {
        Some((.., kinds)) => Reason::kinds(kinds.iter().copied()),
        None if sent => Reason::default(),
        // Whatever Java calls it, the request was refused for what it is. (`unsupported` would be an option to come.)
        None => Reason::kinds(["invalid-request"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(class: &str, message: &str, sent: bool, kinds: &[&str]) {
        let exception = json::Exception {
            class: class.to_owned(),
            message: Some(message.to_owned()),
            data: None,
        };
        assert_eq!(of(&exception, sent).kinds, kinds, "{class}: {message}");
    }

    #[test]
    fn exceptions_have_meanings() {
        check(
            "clojure.lang.ExceptionInfo",
            "clj-http: status 404",
            true,
            &["status"],
        );
        check(
            "org.apache.http.client.CircularRedirectException",
            "x",
            true,
            &["redirect"],
        );
        check(
            "java.net.SocketTimeoutException",
            "Read timed out",
            true,
            &["socket-timeout"],
        );
        check(
            "org.apache.http.conn.UnsupportedSchemeException",
            "ftp",
            true,
            &["redirect"],
        );
        check(
            "org.apache.http.conn.UnsupportedSchemeException",
            "ftp",
            false,
            &["invalid-request"],
        );
        check("java.lang.ClassCastException", "x", true, &[]);
        check(
            "java.lang.NullPointerException",
            "",
            false,
            &["invalid-request"],
        );
    }

    #[test]
    fn entire_messages_hold_the_response() {
        let exception = json::Exception {
            class: "clojure.lang.ExceptionInfo".to_owned(),
            message: Some("clj-http: status 404 {:cached nil}".to_owned()),
            data: None,
        };
        let reason = of(&exception, true);
        assert_eq!(reason.message.as_deref(), Some("status 404"));
        assert!(reason.mentions.is_some());
    }
}
