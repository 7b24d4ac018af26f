//! What a transport cannot do, as its capabilities say: differences that come from nothing else.

use courser_core::Capabilities;

use crate::compare::{Difference, Field};

/// Something that a transport cannot do, and how it shows.
#[derive(Debug)]
pub struct Limit {
    /// The capability's name.
    pub capability: &'static str,
    missing: fn(&Capabilities) -> bool,
    shows: fn(&Difference) -> bool,
}

/// Every limit. Each difference has to look as if it came from it, not only stand in the right field.
const LIMITS: &[Limit] = &[
    Limit {
        capability: "no_default_accept",
        missing: |can| !can.no_default_accept,
        shows: |it| {
            matches!(&it.field, Field::Header(_, name) if name == "accept")
                && it.expected == "none"
                && it.got == "\"*/*\""
        },
    },
    Limit {
        capability: "exact_target",
        missing: |can| !can.exact_target,
        shows: |it| match &it.field {
            Field::Target(_) => rewritten(&it.expected) == it.got,
            // The host was parsed with the target.
            Field::Header(_, name) if name == "host" => {
                let host = it.expected.to_ascii_lowercase();
                host == it.got || host.replace(":80\"", "\"") == it.got
            }
            _ => false,
        },
    },
    Limit {
        capability: "header_case",
        missing: |can| !can.header_case,
        shows: |it| match &it.field {
            Field::HeaderCase(..) | Field::ReplyHeaderCase(_) => {
                it.expected.eq_ignore_ascii_case(&it.got)
            }
            _ => false,
        },
    },
    Limit {
        capability: "connection_affinity",
        missing: |can| !can.connection_affinity,
        shows: |it| it.field == Field::Connections,
    },
];

/// The capability that all of these differences come from; of several the first. None if any has another cause.
pub fn explain(found: &[Difference], can: &Capabilities) -> Option<&'static str> {
    let limits: Option<Vec<&Limit>> = found
        .iter()
        .map(|difference| {
            let mut limits = LIMITS.iter();
            limits.find(|limit| (limit.missing)(can) && (limit.shows)(difference))
        })
        .collect();
    Some(limits?.first()?.capability)
}

/// A target as `url::Url` writes it: without dot segments and the usual port, and with quotes in the query encoded.
fn rewritten(target: &str) -> String {
    if let Some((authority, path)) = target
        .strip_prefix("http://")
        .and_then(|rest| Some(rest.split_at(rest.find('/')?)))
    {
        // The whole URL, as a proxy gets it.
        let authority = authority.strip_suffix(":80").unwrap_or(authority);
        return format!(
            "http://{}{}",
            authority.to_ascii_lowercase(),
            rewritten(path)
        );
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, format!("?{}", query.replace('\'', "%27"))),
        None => (target, String::new()),
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}{query}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(field: Field, expected: &str, got: &str) -> Difference {
        Difference {
            step: 0,
            field,
            expected: expected.to_owned(),
            got: got.to_owned(),
        }
    }

    #[track_caller]
    fn check(field: Field, expected: &str, got: &str, capability: Option<&str>) {
        let found = [difference(field, expected, got)];
        assert_eq!(explain(&found, &Capabilities::default()), capability);
        let mut all = Capabilities::default();
        (all.exact_target, all.header_case, all.no_default_accept) = (true, true, true);
        all.connection_affinity = true;
        assert_eq!(explain(&found, &all), None, "nothing is missing");
    }

    #[test]
    fn differences_have_to_look_like_the_limit() {
        let header = |name: &str| Field::Header(0, name.to_owned());
        check(
            header("accept"),
            "none",
            "\"*/*\"",
            Some("no_default_accept"),
        );
        check(header("accept"), "\"text/html\"", "\"*/*\"", None);
        check(header("x"), "none", "\"*/*\"", None);
        check(
            Field::Target(0),
            "/a/./b/../c",
            "/a/c",
            Some("exact_target"),
        );
        check(Field::Target(0), "/a?'", "/a?%27", Some("exact_target"));
        check(Field::Target(0), "/a/..", "/", Some("exact_target"));
        check(Field::Target(0), "/a", "/b", None);
        let (to, got) = ("http://H:80/a/../b", "http://h/b");
        check(Field::Target(0), to, got, Some("exact_target"));
        check(Field::Target(0), "http://h:81/b", "http://h/b", None);
        check(
            header("host"),
            "\"LocalHost:1\"",
            "\"localhost:1\"",
            Some("exact_target"),
        );
        check(header("host"), "\"a:80\"", "\"a\"", Some("exact_target"));
        check(header("host"), "\"a:81\"", "\"b:81\"", None);
        check(
            Field::HeaderCase(0, "x".into()),
            "\"X\"",
            "\"x\"",
            Some("header_case"),
        );
        check(Field::Connections, "1", "2", Some("connection_affinity"));
        check(Field::Exchanges, "1", "2", None);
    }

    #[test]
    fn one_other_difference_spoils_it() {
        let found = [
            difference(Field::Connections, "1", "2"),
            difference(Field::Exchanges, "1", "2"),
        ];
        assert_eq!(explain(&found, &Capabilities::default()), None);
        assert_eq!(explain(&[], &Capabilities::default()), None);
    }
}
