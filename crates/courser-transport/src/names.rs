//! Names of response fields in the two ways in which servers mostly write them.

use courser_core::header::{self, HeaderName};
use courser_core::{IntoName, Name, Result};

/// The name as written. Those in the list cost no allocation, nor do standard names in lower
/// case.
pub(crate) fn name(written: &[u8]) -> Result<Name> {
    let is_in_capitals = |written: &[u8]| written.first().is_some_and(u8::is_ascii_uppercase);
    match known(written) {
        Some((key, text)) if is_in_capitals(written) => Ok(Name::known(key, text)),
        Some((key, _)) => key.into_name(),
        None => unknown(written),
    }
}

#[inline(never)]
fn unknown(written: &[u8]) -> Result<Name> {
    std::str::from_utf8(written).unwrap_or_default().into_name()
}

/// The name with how it is written in capitals, if it is written so or in lower case.
fn known(written: &[u8]) -> Option<(HeaderName, &'static str)> {
    let known = match written {
        b"Accept-Ranges" | b"accept-ranges" => (header::ACCEPT_RANGES, "Accept-Ranges"),
        b"Access-Control-Allow-Credentials" | b"access-control-allow-credentials" => (
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            "Access-Control-Allow-Credentials",
        ),
        b"Access-Control-Allow-Origin" | b"access-control-allow-origin" => (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            "Access-Control-Allow-Origin",
        ),
        b"Age" | b"age" => (header::AGE, "Age"),
        b"Allow" | b"allow" => (header::ALLOW, "Allow"),
        b"Alt-Svc" | b"alt-svc" => (header::ALT_SVC, "Alt-Svc"),
        b"Cache-Control" | b"cache-control" => (header::CACHE_CONTROL, "Cache-Control"),
        b"Connection" | b"connection" => (header::CONNECTION, "Connection"),
        b"Content-Disposition" | b"content-disposition" => {
            (header::CONTENT_DISPOSITION, "Content-Disposition")
        }
        b"Content-Encoding" | b"content-encoding" => (header::CONTENT_ENCODING, "Content-Encoding"),
        b"Content-Language" | b"content-language" => (header::CONTENT_LANGUAGE, "Content-Language"),
        b"Content-Length" | b"content-length" => (header::CONTENT_LENGTH, "Content-Length"),
        b"Content-Security-Policy" | b"content-security-policy" => {
            (header::CONTENT_SECURITY_POLICY, "Content-Security-Policy")
        }
        b"Content-Type" | b"content-type" => (header::CONTENT_TYPE, "Content-Type"),
        b"Date" | b"date" => (header::DATE, "Date"),
        b"ETag" | b"etag" => (header::ETAG, "ETag"),
        b"Expires" | b"expires" => (header::EXPIRES, "Expires"),
        b"Last-Modified" | b"last-modified" => (header::LAST_MODIFIED, "Last-Modified"),
        b"Link" | b"link" => (header::LINK, "Link"),
        b"Location" | b"location" => (header::LOCATION, "Location"),
        b"Pragma" | b"pragma" => (header::PRAGMA, "Pragma"),
        b"Referrer-Policy" | b"referrer-policy" => (header::REFERRER_POLICY, "Referrer-Policy"),
        b"Retry-After" | b"retry-after" => (header::RETRY_AFTER, "Retry-After"),
        b"Server" | b"server" => (header::SERVER, "Server"),
        b"Set-Cookie" | b"set-cookie" => (header::SET_COOKIE, "Set-Cookie"),
        b"Strict-Transport-Security" | b"strict-transport-security" => (
            header::STRICT_TRANSPORT_SECURITY,
            "Strict-Transport-Security",
        ),
        b"Transfer-Encoding" | b"transfer-encoding" => {
            (header::TRANSFER_ENCODING, "Transfer-Encoding")
        }
        b"Vary" | b"vary" => (header::VARY, "Vary"),
        b"Via" | b"via" => (header::VIA, "Via"),
        b"WWW-Authenticate" | b"www-authenticate" => (header::WWW_AUTHENTICATE, "WWW-Authenticate"),
        b"X-Content-Type-Options" | b"x-content-type-options" => {
            (header::X_CONTENT_TYPE_OPTIONS, "X-Content-Type-Options")
        }
        b"X-Frame-Options" | b"x-frame-options" => (header::X_FRAME_OPTIONS, "X-Frame-Options"),
        _ => return None,
    };
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_written() {
        for written in [
            "Content-Type",
            "content-type",
            "CONTENT-TYPE",
            "X-Own",
            "x-own",
            "ETag",
            "etag",
            "Etag",
            "X-Frame-Options",
        ] {
            let parsed = written.into_name().unwrap();
            assert_eq!(name(written.as_bytes()).unwrap().as_str(), written);
            // The same name, if known or not.
            let mut two = courser_core::Headers::new();
            two.append(parsed, "1").unwrap();
            two.insert(name(written.as_bytes()).unwrap(), "2").unwrap();
            assert_eq!(two.len(), 1, "{written}");
        }
    }

    #[test]
    fn those_in_the_list_are_what_they_say() {
        const KNOWN: [&str; 32] = [
            "Accept-Ranges",
            "Access-Control-Allow-Credentials",
            "Access-Control-Allow-Origin",
            "Age",
            "Allow",
            "Alt-Svc",
            "Cache-Control",
            "Connection",
            "Content-Disposition",
            "Content-Encoding",
            "Content-Language",
            "Content-Length",
            "Content-Security-Policy",
            "Content-Type",
            "Date",
            "ETag",
            "Expires",
            "Last-Modified",
            "Link",
            "Location",
            "Pragma",
            "Referrer-Policy",
            "Retry-After",
            "Server",
            "Set-Cookie",
            "Strict-Transport-Security",
            "Transfer-Encoding",
            "Vary",
            "Via",
            "WWW-Authenticate",
            "X-Content-Type-Options",
            "X-Frame-Options",
        ];
        for written in KNOWN {
            let lower = written.to_ascii_lowercase();
            for written in [written, &lower] {
                let (key, text) = known(written.as_bytes()).unwrap();
                assert_eq!(key.as_str(), lower);
                assert_eq!(text.to_ascii_lowercase(), lower);
                let parsed = written.into_name().unwrap();
                assert_eq!(name(written.as_bytes()).unwrap(), parsed, "{written}");
            }
        }
    }
}
