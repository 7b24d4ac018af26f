//! What a misspelt name was meant to be.

/// The nearest of the known names, if it is near enough to be meant.
pub(super) fn nearest<'a>(said: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let said = kebab(said);
    // A slip in three letters, and at least one.
    let far = said.chars().count() / 3 + 1;
    known
        .into_iter()
        .map(|name| (distance(&said, name), name))
        .filter(|(distance, name)| *distance <= far && *distance < name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// What other clients call things, and what that is here.
const ELSEWHERE: [(&str, &str); 23] = [
    ("params", "query-params"),
    ("query", "query-params"),
    ("data", "form-params"),
    ("form", "form-params"),
    ("json", "form-params with :content-type :json"),
    ("auth", "basic-auth"),
    ("token", "oauth-token"),
    ("bearer", "oauth-token"),
    ("verify", "insecure"),
    ("verify-ssl", "insecure"),
    ("ssl-verify", "insecure"),
    ("allow-redirects", "redirect-strategy"),
    ("follow-redirects", "redirect-strategy"),
    ("force-redirects", "redirect-strategy :lax"),
    ("files", "multipart"),
    ("proxy", "proxy-host and :proxy-port"),
    ("proxies", "proxy-host and :proxy-port"),
    ("connect-timeout", "connection-timeout"),
    ("read-timeout", "socket-timeout"),
    ("idle-timeout", "socket-timeout"),
    ("retries", "retry"),
    ("max-retries", "retry"),
    ("resolve", "dns-resolver"),
];

/// What a name of another client means here, also if one letter of it is wrong.
pub(super) fn elsewhere(said: &str) -> Option<&'static str> {
    let said = kebab(said);
    let near = |name: &str| distance(&said, name) <= usize::from(name.len() > 4);
    let found = ELSEWHERE.iter().find(|(name, _)| near(name));
    found.map(|(_, here)| *here)
}

/// `query_params` and `queryParams` as `query-params`.
fn kebab(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for c in name.chars().take(64) {
        if c == '_' {
            out.push('-');
        } else if c.is_ascii_uppercase() {
            if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// How many letters are to be put in, left out, changed, or swapped with the next.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Three rows of the usual table: that of two letters ago, of the last letter, of this one.
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (at(&above, j) + usize::from(x != y))
                .min(at(&above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = j > 0 && last == Some(y) && b.get(j - 1) == Some(&x);
            if swapped {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
        last = Some(x);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        fn check(a: &str, b: &str, expected: usize) {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
        check("", "", 0);
        check("abc", "", 3);
        check("abc", "abc", 0);
        check("abc", "acb", 1);
        check("kitten", "sitting", 3);
        check("heders", "headers", 1);
    }

    #[test]
    fn names_of_other_clients() {
        assert_eq!(elsewhere("params"), Some("query-params"));
        assert_eq!(elsewhere("querry"), Some("query-params"));
        assert_eq!(elsewhere("followRedirects"), Some("redirect-strategy"));
        assert_eq!(elsewhere("url"), None);
        assert_eq!(elsewhere("from"), None);
    }

    #[test]
    fn names() {
        fn check(said: &str, expected: Option<&str>) {
            let known = ["as", "url", "timeout", "query-params", "throw-exceptions"];
            assert_eq!(nearest(said, known), expected, "{said}");
        }
        check("throw-exeptions", Some("throw-exceptions"));
        check("queryParams", Some("query-params"));
        check("query_parms", Some("query-params"));
        check("timout", Some("timeout"));
        check("rul", Some("url"));
        check("xyz", None);
        check("zz", None);
        check("", None);
    }
}
