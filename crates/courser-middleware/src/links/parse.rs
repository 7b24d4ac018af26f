//! Reading a `Link` field (RFC 8288, appendix B). One pass, which never goes back.

use super::{Link, ext_value};

/// The relations of a link that count: each can be asked for as a link of its own, so many of
/// them would multiply what the others say.
const MAX_RELS: usize = 64;

/// What is left to read.
struct Scanner<'a>(&'a str);

/// Optional whitespace (RFC 9110, 5.6.3), and the line ends that a folded field may have left.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

impl<'a> Scanner<'a> {
    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches(is_space);
    }

    fn eat(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// What stands before the first of these, or all.
    fn until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        let (taken, rest) = self.0.split_at(self.0.find(stop).unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }

    /// The rest of a quoted string (RFC 9110, 5.6.4), whose first quote is gone. One that does
    /// not end goes to the end.
    fn quoted(&mut self) -> String {
        let mut value = String::new();
        loop {
            value.push_str(self.until(|c| matches!(c, '"' | '\\')));
            if !self.eat('\\') {
                self.eat('"');
                return value;
            }
            let mut chars = self.0.chars();
            value.extend(chars.next());
            self.0 = chars.as_str();
        }
    }

    /// Goes behind the next comma that is not in quotes. Whether there was one.
    fn skip_link(&mut self) -> bool {
        loop {
            self.until(|c| matches!(c, ',' | '"'));
            if !self.eat('"') {
                return self.eat(',');
            }
            self.quoted();
        }
    }
}

pub(super) fn parse(field: &str, links: &mut Vec<Link>) {
    let mut left = Scanner(field);
    loop {
        left.skip_space();
        if left.eat('<') {
            let href = left.until(|c| c == '>');
            if !left.eat('>') {
                return; // nothing behind it ends either
            }
            // Whitespace around the reference is no part of it (RFC 3986, appendix C).
            links.extend(link(href.trim_matches(is_space), params(&mut left)));
        }
        if !left.skip_link() {
            return;
        }
    }
}

/// The parameters, as they were written but for the case of their names.
fn params(left: &mut Scanner<'_>) -> Vec<(String, String)> {
    let mut params = Vec::new();
    loop {
        left.skip_space();
        if !left.eat(';') {
            return params;
        }
        left.skip_space();
        let name = left.until(|c| matches!(c, '=' | ';' | ',') || is_space(c));
        left.skip_space();
        let value = if left.eat('=') {
            left.skip_space();
            if left.eat('"') {
                left.quoted()
            } else {
                let value = left.until(|c| matches!(c, ';' | ','));
                value.trim_end_matches(is_space).to_owned()
            }
        } else {
            String::new()
        };
        if !name.is_empty() {
            params.push((name.to_ascii_lowercase(), value));
        }
    }
}

/// A link of these parameters; none without a relation.
fn link(href: &str, all: Vec<(String, String)>) -> Option<Link> {
    let mut rels: Vec<String> = Vec::new();
    let mut params: Vec<(String, String)> = Vec::with_capacity(all.len());
    let mut decoded: Vec<(String, String)> = Vec::new();
    let mut seen_rel = false;
    for (name, value) in all {
        if name == "rel" {
            // RFC 8288, 3.3: those after the first are ignored.
            if !std::mem::replace(&mut seen_rel, true) {
                rels = relations(&value);
            }
        } else if let Some(plain) = name.strip_suffix('*') {
            // RFC 8288, B.3: one that cannot be decoded is as if it were not there.
            if let Some(value) = ext_value::decode(&value) {
                decoded.push((plain.to_owned(), value));
            }
        } else {
            params.push((name, value));
        }
    }
    if rels.is_empty() {
        return None;
    }
    // RFC 8288, 3.4.1: `title*` wins over `title`.
    let mut starred: Vec<&str> = decoded.iter().map(|(name, _)| name.as_str()).collect();
    starred.sort_unstable();
    params.retain(|(name, _)| starred.binary_search(&name.as_str()).is_err());
    params.append(&mut decoded);
    Some(Link {
        href: href.to_owned(),
        rels,
        params,
    })
}

/// The words of a `rel`, each once.
fn relations(value: &str) -> Vec<String> {
    let mut rels: Vec<String> = Vec::new();
    for word in value.split(is_space).filter(|word| !word.is_empty()) {
        if rels.len() == MAX_RELS {
            break;
        }
        let word = word.to_ascii_lowercase();
        if !rels.contains(&word) {
            rels.push(word);
        }
    }
    rels
}

#[cfg(test)]
mod tests {
    use super::super::Links;
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    /// Links in a short form: `href rel,rel name=value …`, one a line.
    fn shown(links: &Links) -> String {
        let mut text = String::new();
        for link in links {
            write!(text, "{} {}", link.href, link.rels.join(",")).unwrap();
            for (name, value) in &link.params {
                write!(text, " {name}={value:?}").unwrap();
            }
            text.push('\n');
        }
        text.trim_end().to_owned()
    }

    #[track_caller]
    fn check(field: &str, expected: &str) {
        assert_eq!(shown(&Links::parse(field)), expected, "{field}");
    }

    #[test]
    fn as_in_the_rfc() {
        // RFC 8288, 3.5.
        check(
            r#"<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter""#,
            r#"http://example.com/TheBook/chapter2 previous title="previous chapter""#,
        );
        check(
            r#"</>; rel="http://example.net/foo""#,
            "/ http://example.net/foo",
        );
        check(
            r##"</terms>; rel="copyright"; anchor="#foo""##,
            r##"/terms copyright anchor="#foo""##,
        );
        check(
            "</TheBook/chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, \
             </TheBook/chapter4>; rel=\"next\"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel",
            "/TheBook/chapter2 previous title=\"letztes Kapitel\"\n\
             /TheBook/chapter4 next title=\"nächstes Kapitel\"",
        );
        check(
            r#"<http://example.org/>; rel="start http://example.net/relation/other""#,
            "http://example.org/ start,http://example.net/relation/other",
        );
        check(
            r#"<https://example.org/>; rel="start", <https://example.org/index>; rel="index""#,
            "https://example.org/ start\nhttps://example.org/index index",
        );
    }

    #[test]
    fn as_servers_write_them() {
        check("", "");
        check("nonsense", "");
        check("</a>", "");
        check("</a>; title=x", "");
        check("</a>; rel=\"\"; title=x", "");
        check("<>; rel=self", " self");
        check("\t< /a >;rel = next ;title = T ", "/a next title=\"T\"");
        check("</a>; REL=Next; Title=T", "/a next title=\"T\"");
        check("</a>; rel=next; rel=last", "/a next");
        check("</a>; rel=\"a  b\ta\"", "/a a,b");
        check(
            r#"</a,b;c>; rel="x"; title="a, \"b\"; c" , </d> ;rel=y"#,
            "/a,b;c x title=\"a, \\\"b\\\"; c\"\n/d y",
        );
        check("</a>;;rel=next;", "/a next");
        check(
            "</a>; rel=next; crossorigin; as",
            "/a next crossorigin=\"\" as=\"\"",
        );
        check(
            "</a>; hreflang=en; hreflang=de; rel=x",
            "/a x hreflang=\"en\" hreflang=\"de\"",
        );
        check("</a>; rel=a,, ,</b>; rel=b", "/a a\n/b b");
        // What is malformed costs the link that it is in.
        check("bad, </b>; rel=b", "/b b");
        check("b\"a, </x>; rel=x\"d, </b>; rel=b", "/b b");
        check("</a>; rel=a junk, </b>; rel=b", "/a a,junk\n/b b");
        check("</a> junk; rel=a, </b>; rel=b", "/b b");
        check("</a>; rel=\"a, </b>; rel=b", "/a a,,</b>;,rel=b");
        check("</a; rel=a, </b; rel=b", "");
        check("</a>; rel=\"a\\", "/a a");
        check("</a>; rel=x; title=\"é\"", "/a x title=\"é\"");
    }

    #[test]
    fn the_starred_form_wins_if_it_can_be_read() {
        check(
            "</a>; rel=x; title*=UTF-8''%e2%82%ac; title=e",
            "/a x title=\"€\"",
        );
        check(
            "</a>; rel=x; title*=KOI8-R''%c1; title=e",
            "/a x title=\"e\"",
        );
        check(
            "</a>; rel=x; title*=UTF-8''%ff; title=e",
            "/a x title=\"e\"",
        );
        check("</a>; rel=x; title*=\"UTF-8''%c3%a9\"", "/a x title=\"é\"");
    }

    /// SECURITY 30: what made backtracking parsers slow, much of each.
    #[test]
    fn long_fields_take_one_pass() {
        for unit in [
            "<",
            "<,",
            "</a>;",
            "\"",
            "\",",
            "<>;a=\"",
            "\\",
            ">,<",
            "; rel=",
            " ",
            "<a>;rel=\"b ",
            "</a>; rel=b,",
        ] {
            let field = unit.repeat((64 << 10) / unit.len());
            let links = Links::parse(&field);
            let size: usize = links
                .iter()
                .map(|link| link.href.len() + link.rels.len())
                .sum();
            assert!(size <= field.len(), "{unit}");
            let _ = Links::parse(&format!("</a>; rel=x{field}"));
        }
        let words: Vec<String> = (0..10_000).map(|n| format!("r{n}")).collect();
        let links = Links::parse(&format!("</a>; rel=\"{}\"", words.join(" ")));
        assert_eq!(links.iter().next().unwrap().rels.len(), MAX_RELS);
    }

    proptest! {
        /// Any text is read, and no link has more than the text.
        #[test]
        fn any_text(field in r#"[<>;,=*'"\\ a-cé%]{0,80}"#) {
            let links = Links::parse(&field);
            let size: usize = links
                .iter()
                .map(|l| 1 + l.href.len() + l.params.iter().map(|(n, v)| n.len() + v.len() / 2).sum::<usize>())
                .sum();
            prop_assert!(size <= field.len(), "{:?}", links);
        }

        /// What is written by the rules is read back.
        #[test]
        fn round_trip(all in proptest::collection::vec(
            ("[a-z/?&=,;]{0,8}", "[a-z]{1,5}", proptest::collection::vec(("[a-z]{1,6}", "[ -~é]{0,9}"), 0..3)),
            0..4,
        )) {
            let mut field = String::new();
            let mut expected = Vec::new();
            for (href, rel, mut params) in all {
                params.retain(|(name, _)| name != "rel");
                write!(field, "<{href}> ; rel={rel}").unwrap();
                for (name, value) in &params {
                    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
                    write!(field, "; {name}=\"{escaped}\"").unwrap();
                }
                field.push_str(" , ");
                expected.push(Link { href, rels: vec![rel], params });
            }
            prop_assert_eq!(Links::parse(&field), Links(expected));
        }

        /// Every prefix is read, and begins with the same links: but for the last, which may be cut.
        #[test]
        fn prefixes(cut in 0usize..90) {
            let field = r#"</a>; rel="x y"; title="a, \"b\"" , </b>; rel=y; title*=UTF-8'de'%c3%a9, </c>; rel=z"#;
            let whole = Links::parse(field);
            let part = Links::parse(field.get(..cut).unwrap_or(field));
            let sure = part.0.len().saturating_sub(1);
            prop_assert_eq!(&part.0[..sure], &whole.0[..sure]);
        }
    }
}
