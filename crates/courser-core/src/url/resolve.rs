//! References, resolved against the URL where they stand (RFC 3986, 5).

use super::Url;
use super::bytes::{encode_into, is_query_byte};
use super::parse::{Parser, split_at_byte};
use crate::error::{Result, excerpt};

impl Url {
    /// Where a reference leads that stands in the document at this URL, as in `Location`
    /// ([RFC 3986, 5.2](https://www.rfc-editor.org/rfc/rfc3986#section-5.2)).
    ///
    /// A reference with a scheme or a host is kept as it is written; of others, the dot segments of
    /// the path are resolved. What is illegal is encoded as by [`parse`](Url::parse). Nothing of
    /// the user-info and fragment of this URL is taken over.
    ///
    /// ```
    /// use courser_core::Url;
    ///
    /// let base = Url::parse("http://h/a/b/c?q=1#top")?;
    /// assert_eq!(base.resolve("../d?r")?.as_str(), "http://h/a/d?r");
    /// assert_eq!(base.resolve("//other//x/..")?.as_str(), "http://other//x/..");
    ///
    /// let error = base.resolve("ftp://h/").unwrap_err();
    /// assert!(error.to_string().contains("http and https are supported"));
    /// # Ok::<(), courser_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// A reference that is malformed, has no host, or leads to another scheme than `http` and
    /// `https`. The error shows it without credentials and query.
    pub fn resolve(&self, reference: &str) -> Result<Url> {
        self.resolve_as("the reference", reference)
    }

    /// The same, with what errors are to call the reference.
    pub(crate) fn resolve_as(&self, name: &'static str, reference: &str) -> Result<Url> {
        if let Some((scheme, rest)) = split_scheme(reference) {
            let fail = |why: &str| {
                Err(Parser {
                    name,
                    written: reference,
                }
                .fail(why))
            };
            if !["http", "https"]
                .iter()
                .any(|ours| scheme.eq_ignore_ascii_case(ours))
            {
                return fail(&format!(
                    "has the scheme \"{}\"; http and https are supported",
                    excerpt(scheme, 20)
                ));
            }
            if !rest.starts_with("//") {
                return fail("has no host");
            }
            return Url::parse_as(name, reference);
        }
        if reference.starts_with("//") {
            return Url::parse_as(name, &format!("{}:{reference}", self.scheme()));
        }
        let (rest, fragment) = split_at_byte(reference, b'#');
        let (path, query) = split_at_byte(rest, b'?');
        let url = if rest.is_empty() {
            self.clone()
        } else {
            let mut text = format!("{}://{}", self.scheme(), self.authority());
            if path.is_empty() {
                text.push_str(self.path());
            } else if path.starts_with('/') {
                push_without_dots(&mut text, path);
            } else {
                let folder = self.path().rfind('/').map_or(0, |slash| slash + 1);
                let folder = self.path().get(..folder).unwrap_or_default();
                push_without_dots(&mut text, &format!("{folder}{path}"));
            }
            if let Some(query) = query {
                text.push('?');
                text.push_str(query);
            }
            Url::parse_as(name, &text)?
        };
        let fragment = fragment.map(|fragment| {
            let mut encoded = String::new();
            encode_into(&mut encoded, fragment, is_query_byte);
            encoded.into()
        });
        Ok(url.edit_rare(|rare| (rare.userinfo, rare.fragment) = (None, fragment)))
    }

    /// Takes over the fragment of `other`, if it has none of its own (RFC 9110, 10.2.2).
    #[must_use]
    pub fn or_fragment_of(self, other: &Url) -> Url {
        if self.fragment().is_some() || other.fragment().is_none() {
            return self;
        }
        let fragment = other.rare().and_then(|rare| rare.fragment.clone());
        self.edit_rare(|rare| rare.fragment = fragment)
    }
}

/// The scheme and what follows its colon (RFC 3986, 3.1).
pub(crate) fn split_scheme(reference: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = split_at_byte(reference, b':');
    let legal = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    rest.filter(|_| legal).map(|rest| (scheme, rest))
}

/// RFC 3986, 5.2.4. The path begins with `/`.
fn push_without_dots(out: &mut String, path: &str) {
    let mut kept: Vec<&str> = Vec::new();
    let mut folder = false;
    for segment in path.split('/').skip(1) {
        folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    for segment in &kept {
        out.extend(["/", segment]);
    }
    if folder || kept.is_empty() {
        out.push('/');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(base: &str, reference: &str, expected: Result<&str, &str>) {
        let got = Url::parse(base).unwrap().resolve(reference);
        match (got, expected) {
            (Ok(url), Ok(expected)) => {
                assert_eq!(url.with_fragment(), expected, "{reference}");
            }
            (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
            (got, _) => panic!("{reference}: {got:?}"),
        }
    }

    /// The examples of RFC 3986, 5.4, at an `http` base; `g:h` and `http:g` are no URLs of ours.
    #[test]
    fn examples_of_the_rfc() {
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g#s", "http://a/b/c/g#s"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("g;x?y#s", "http://a/b/c/g;x?y#s"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/./x", "http://a/b/c/g#s/./x"),
            ("g#s/../x", "http://a/b/c/g#s/../x"),
        ] {
            check("http://a/b/c/d;p?q", reference, Ok(expected));
        }
        check("http://a/b/c/d;p?q", "g:h", Err("\"g\""));
        check("http://a/b/c/d;p?q", "http:g", Err("has no host"));
    }

    #[test]
    fn what_else_servers_write() {
        let base = "https://u:p@h:8443/a/b?q=1#frag";
        check(base, "/x", Ok("https://h:8443/x"));
        check(base, "//o:1/x", Ok("https://o:1/x"));
        check(base, "http://O//x/../y", Ok("http://o//x/../y"));
        check(base, "/x//y", Ok("https://h:8443/x//y"));
        check(base, "x y|z\"é", Ok("https://h:8443/a/x%20y%7Cz%22%C3%A9"));
        check(base, "x:y", Err("\"x\""));
        check(base, "./x:y", Ok("https://h:8443/a/x:y"));
        check(base, "/x?u=http://o/", Ok("https://h:8443/x?u=http://o/"));
        check(base, "/x#a b", Ok("https://h:8443/x#a%20b"));
        // To browsers these are hosts; by the grammar they are paths, and stay with the server.
        check(base, "/\\o/x", Ok("https://h:8443/%5Co/x"));
        check(base, "\\\\o/x", Ok("https://h:8443/a/%5C%5Co/x"));
        check(base, "http://o\\@h/", Err("backslash"));
        check(base, "http:///x", Err("has no host"));
        check(base, "http:/x", Err("has no host"));
        check(base, "data:text/html,x", Err("\"data\""));
        check(base, "localhost:8080/x", Err("\"localhost\""));
        check(base, "/x\ny", Err("control character"));
        check("http://[::1]:8/", "x", Ok("http://[::1]:8/x"));
        let error = Url::parse(base)
            .unwrap()
            .resolve("ftp://u:hunter2@h/?t=hunter2")
            .unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    proptest! {
        /// Whatever a server sends: an error, or a URL that reads back as itself. A reference
        /// without scheme and `//` stays with its server.
        #[test]
        fn any_reference(reference in "[a/.?#:@ %\\\\\\[é]{0,12}") {
            let base = Url::parse("http://h:81/a/b/c?q").unwrap();
            if let Ok(url) = base.resolve(&reference) {
                let again = Url::parse(url.as_str()).unwrap();
                prop_assert_eq!(again.as_str(), url.as_str());
                if !reference.starts_with("//") && split_scheme(&reference).is_none() {
                    prop_assert!(url.same_origin(&base));
                    prop_assert!(!url.path().split('/').any(|s| s == "." || s == ".."));
                }
            }
        }
    }
}
