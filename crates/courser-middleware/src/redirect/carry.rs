//! Which header fields go along: a pure function.

use courser_core::{Headers, Result, Url, is_secret};

use super::RedirectOptions;

/// What changes from one request to the next.
pub(super) struct Change<'a> {
    pub(super) from: &'a Url,
    pub(super) to: &'a Url,
    /// The next request has not the body of this one, nor what describes it.
    pub(super) drops_content: bool,
}

/// What describes a body (RFC 9110, 15.4, 5.), and how it is sent.
const CONTENT: [&str; 13] = [
    "content-digest",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "digest",
    "expect",
    "repr-digest",
    "trailer",
    "transfer-encoding",
];

/// Makes the header fields of the next request of those of the last.
pub(super) fn carry(
    headers: &mut Headers,
    change: &Change<'_>,
    rules: &RedirectOptions,
) -> Result<()> {
    let Change { from, to, .. } = *change;
    if change.drops_content {
        headers.remove_where(|name, _| CONTENT.contains(&name));
    }
    let same_origin = from.same_origin(to);
    if !same_origin {
        let own = |name: &str| {
            rules
                .secret_headers
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
        };
        headers.remove_where(|name, value| {
            value.is_sensitive()
                || is_secret(name)
                || own(name)
                || matches!(name, "host" | "referer")
        });
    }
    if rules.referer {
        // As browsers do: "strict-origin-when-cross-origin".
        if same_origin {
            headers.insert("Referer", from.as_str())?;
        } else if to.is_https() || !from.is_https() {
            headers.insert(
                "Referer",
                format!("{}://{}/", from.scheme(), from.authority()),
            )?;
        } else {
            headers.remove("Referer");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::value_text;

    const FROM: &str = "https://h/a?t=1#f";

    fn carried(
        from: &str,
        to: &str,
        drops_content: bool,
        set: impl Fn(&mut RedirectOptions),
        lines: &[(&str, &str)],
    ) -> Vec<String> {
        let [from, to] = [from, to].map(|text| Url::parse(text).unwrap());
        let mut headers = Headers::new();
        for (name, value) in lines {
            headers.append(*name, *value).unwrap();
        }
        headers.hide("Hidden");
        let mut rules = RedirectOptions::default();
        set(&mut rules);
        let change = Change {
            from: &from,
            to: &to,
            drops_content,
        };
        carry(&mut headers, &change, &rules).unwrap();
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value_text(value)))
            .collect()
    }

    #[test]
    fn secrets_stay_with_their_origin() {
        #[track_caller]
        fn check(to: &str, kept: bool) {
            let secret = [
                "Authorization",
                "COOKIE",
                "Proxy-Authorization",
                "X-Api-Key",
                "x-auth-token",
                "My-Own",
                "Hidden",
                "Host",
                "Referer",
            ];
            let lines: Vec<(&str, &str)> = secret
                .iter()
                .chain(&["Accept", "Content-Type"])
                .map(|name| (*name, "v"))
                .collect();
            let own = |rules: &mut RedirectOptions| rules.secret_headers = vec!["my-own".into()];
            let names: Vec<String> = carried(FROM, to, false, own, &lines)
                .iter()
                .map(|line| line.split(':').next().unwrap().to_owned())
                .collect();
            if kept {
                assert_eq!(names.len(), lines.len());
            } else {
                assert_eq!(names, ["Accept", "Content-Type"]);
            }
        }
        check("https://h/b", true);
        check("https://h:443/b", true);
        check("https://H/b", true);
        check("http://h/b", false);
        check("http://h:443/b", false);
        check("https://h:444/b", false);
        check("https://sub.h/b", false);
        check("https://h./b", false);
        check("https://xh/b", false);
        check("https://h.evil/b", false);
    }

    #[test]
    fn content_fields_go_with_the_content() {
        let lines = [
            ("Content-Type", "a/b"),
            ("Content-MD5", "x"),
            ("Digest", "x"),
            ("Expect", "100-continue"),
            ("Accept", "a/b"),
        ];
        assert_eq!(carried(FROM, FROM, true, |_| {}, &lines), ["Accept: a/b"]);
        assert_eq!(carried(FROM, FROM, false, |_| {}, &lines).len(), 5);
    }

    #[test]
    fn referers() {
        fn check(from: &str, to: &str, own: &[(&str, &str)], on: bool, expected: &[&str]) {
            let lines = carried(from, to, false, |rules| rules.referer = on, own);
            assert_eq!(lines, expected, "{from} {to}");
        }
        let own = [("Referer", "https://h/secret")];
        check(FROM, "https://h/b", &[], false, &[]);
        check(
            FROM,
            "https://h/b",
            &own,
            false,
            &["Referer: https://h/secret"],
        );
        check(FROM, "https://o/b", &own, false, &[]);
        check(
            FROM,
            "https://h/b",
            &own,
            true,
            &["Referer: https://h/a?t=1"],
        );
        check(FROM, "https://o/b", &own, true, &["Referer: https://h/"]);
        check(FROM, "http://h/b", &own, true, &[]);
        check(
            "http://u:p@h:81/a",
            "http://o/",
            &[],
            true,
            &["Referer: http://h:81/"],
        );
        check(
            "http://u:p@h:81/a",
            "https://h:81/",
            &[],
            true,
            &["Referer: http://h:81/"],
        );
    }
}
