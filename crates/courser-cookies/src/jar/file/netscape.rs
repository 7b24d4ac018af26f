//! `cookies.txt`. Bytes are those of header fields.

use super::{FileError, seconds};
use crate::cookie::{Cookie, is_sendable};

const HEAD: &str = "# Netscape HTTP Cookie File\n# Written by courser-cookies.\n\n";
/// Stands before the domain; to older readers it is a comment.
const HTTP_ONLY: &str = "#HttpOnly_";

pub(super) fn write(cookies: &[Cookie]) -> Vec<u8> {
    let mut out = HEAD.as_bytes().to_vec();
    for cookie in cookies {
        let domain = cookie.domain.as_deref().unwrap_or_default();
        let path = cookie.path.as_deref().unwrap_or("/");
        // A tab would begin another field, and a line break another cookie.
        let parts = [domain, path, &cookie.name, &cookie.value];
        if parts
            .iter()
            .any(|part| part.contains('\t') || !is_sendable(part))
        {
            continue;
        }
        let flag = |flag| if flag { "TRUE" } else { "FALSE" };
        let line = format!(
            "{}{}{domain}\t{}\t{path}\t{}\t{}\t{}\t{}\n",
            if cookie.http_only { HTTP_ONLY } else { "" },
            if cookie.host_only { "" } else { "." },
            flag(!cookie.host_only),
            flag(cookie.secure),
            cookie.expires.map_or(0, seconds::of),
            cookie.name,
            cookie.value,
        );
        out.extend(line.chars().map(|c| c as u8));
    }
    out
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Cookie>, FileError> {
    let mut cookies = Vec::new();
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        let line: String = line.iter().map(|&byte| char::from(byte)).collect();
        let line = line.strip_suffix('\r').unwrap_or(&line);
        let (line, http_only) = match line.strip_prefix(HTTP_ONLY) {
            Some(line) => (line, true),
            None => (line, false),
        };
        if line.trim().is_empty() || (line.starts_with('#') && !http_only) {
            continue;
        }
        let mut cookie = read_line(line).ok_or(FileError::Line(number))?;
        cookie.http_only = http_only;
        cookies.push(cookie);
    }
    Ok(cookies)
}

fn read_line(line: &str) -> Option<Cookie> {
    let fields: Vec<&str> = line.split('\t').collect();
    // Some leave out the tab before an empty value.
    let (fields, value) = match fields.as_slice() {
        [fields @ .., value] if fields.len() == 6 => (fields, *value),
        fields => (fields, ""),
    };
    let [domain, subdomains, path, secure, expires, name] = fields else {
        return None;
    };
    let flag = |text: &str| match text {
        "TRUE" => Some(true),
        "FALSE" => Some(false),
        _ => None,
    };
    let mut cookie = Cookie::new(*name, value);
    cookie.domain = Some((*domain).to_owned());
    cookie.host_only = !flag(subdomains)?;
    cookie.path = Some((*path).to_owned());
    cookie.secure = flag(secure)?;
    cookie.expires = match expires.split('.').next()?.parse().ok()? {
        0 => None,
        after => Some(seconds::time(after)),
    };
    Some(cookie)
}
