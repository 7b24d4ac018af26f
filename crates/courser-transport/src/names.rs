//! Names of response fields in the case in which servers mostly write them.

use courser_core::{IntoName, Name, Result, header};

/// The name as written. Those in the list cost no allocation, nor do standard names in lower
/// case.
pub(crate) fn name(written: &str) -> Result<Name> {
    // Servers that write in lower case do so throughout, and that costs nothing as it is.
    let in_capitals = written.starts_with(|c: char| c.is_ascii_uppercase());
    let mut known = KNOWN.iter().filter(|_| in_capitals);
    match known.find(|known| known.as_str() == written) {
        Some(known) => Ok(known.clone()),
        None => written.into_name(),
    }
}

static KNOWN: [Name; 32] = [
    Name::known(header::ACCEPT_RANGES, "Accept-Ranges"),
    Name::known(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        "Access-Control-Allow-Credentials",
    ),
    Name::known(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        "Access-Control-Allow-Origin",
    ),
    Name::known(header::AGE, "Age"),
    Name::known(header::ALLOW, "Allow"),
    Name::known(header::ALT_SVC, "Alt-Svc"),
    Name::known(header::CACHE_CONTROL, "Cache-Control"),
    Name::known(header::CONNECTION, "Connection"),
    Name::known(header::CONTENT_DISPOSITION, "Content-Disposition"),
    Name::known(header::CONTENT_ENCODING, "Content-Encoding"),
    Name::known(header::CONTENT_LANGUAGE, "Content-Language"),
    Name::known(header::CONTENT_LENGTH, "Content-Length"),
    Name::known(header::CONTENT_SECURITY_POLICY, "Content-Security-Policy"),
    Name::known(header::CONTENT_TYPE, "Content-Type"),
    Name::known(header::DATE, "Date"),
    Name::known(header::ETAG, "ETag"),
    Name::known(header::EXPIRES, "Expires"),
    Name::known(header::LAST_MODIFIED, "Last-Modified"),
    Name::known(header::LINK, "Link"),
    Name::known(header::LOCATION, "Location"),
    Name::known(header::PRAGMA, "Pragma"),
    Name::known(header::REFERRER_POLICY, "Referrer-Policy"),
    Name::known(header::RETRY_AFTER, "Retry-After"),
    Name::known(header::SERVER, "Server"),
    Name::known(header::SET_COOKIE, "Set-Cookie"),
    Name::known(
        header::STRICT_TRANSPORT_SECURITY,
        "Strict-Transport-Security",
    ),
    Name::known(header::TRANSFER_ENCODING, "Transfer-Encoding"),
    Name::known(header::VARY, "Vary"),
    Name::known(header::VIA, "Via"),
    Name::known(header::WWW_AUTHENTICATE, "WWW-Authenticate"),
    Name::known(header::X_CONTENT_TYPE_OPTIONS, "X-Content-Type-Options"),
    Name::known(header::X_FRAME_OPTIONS, "X-Frame-Options"),
];

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
        ] {
            assert_eq!(name(written).unwrap().as_str(), written);
        }
        for known in &KNOWN {
            assert_eq!(known.as_str().into_name().unwrap().as_str(), known.as_str());
        }
    }
}
