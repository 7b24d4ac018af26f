//! Header names as keywords.

/// The canonical case of a header name that was written as a keyword: words begin with a capital
/// letter, apart from those that have a spelling of their own (clj-http's list).
pub(super) fn canonical(keyword: &str) -> String {
    const SPECIAL: [&str; 10] = [
        "Content-MD5",
        "DNT",
        "ETag",
        "P3P",
        "TE",
        "WWW-Authenticate",
        "X-ATT-DeviceId",
        "X-UA-Compatible",
        "X-WebKit-CSP",
        "X-XSS-Protection",
    ];
    let special = SPECIAL
        .iter()
        .find(|name| name.eq_ignore_ascii_case(keyword));
    if let Some(name) = special {
        return (*name).to_owned();
    }
    let mut begins = true;
    let capital = |c: char| {
        let capital = std::mem::replace(&mut begins, c == '-');
        if capital {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        }
    };
    keyword.chars().map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_recorded() {
        for name in [
            "Content-MD5",
            "DNT",
            "ETag",
            "P3P",
            "TE",
            "WWW-Authenticate",
            "X-ATT-DeviceId",
            "X-UA-Compatible",
            "X-WebKit-CSP",
            "X-XSS-Protection",
            "X-Api-Version",
            "Cache-Control",
            "Date",
            "Foo",
        ] {
            assert_eq!(canonical(&name.to_ascii_lowercase()), name);
        }
        assert_eq!(canonical("X-REQUEST-id"), "X-Request-Id");
    }
}
