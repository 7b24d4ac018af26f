//! Whether an answer is followed: a pure function.

use courser_core::{
    Decision, Error, ErrorKind, Method, Redirect, Redirects, Result, StatusCode, Url,
};

use super::RedirectOptions;
use super::trail::{Followed, trail};

/// What is to be done about an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the response.
    Return,
    /// Another request is sent.
    Follow(Onward),
}

/// The line of the next request, and whether the body goes along.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Onward {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: bool,
}

/// Whether the body of the request can be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// There is none.
    Nothing,
    Possible,
    /// It is a stream, which can be sent once.
    Impossible,
}

/// Judges an answer with a status of 300 to 399.
pub(super) fn judge(
    rules: &RedirectOptions,
    redirect: &Redirect<'_>,
    history: &[Followed],
    again: Again,
) -> Result<Verdict> {
    let onward = match &rules.strategy {
        Redirects::Custom(strategy) => match strategy.decide(redirect)? {
            Decision::Return => return Ok(Verdict::Return),
            Decision::Follow { method, url, body } => {
                reject_too_many(rules, redirect, history)?;
                Onward {
                    method,
                    url: url.without_userinfo(),
                    body,
                }
            }
        },
        strategy => match by_the_book(rules, strategy, redirect, history)? {
            None => return Ok(Verdict::Return),
            Some(onward) => onward,
        },
    };
    reject_circle(rules, redirect, history, &onward.url)?;
    reject_leak(rules, redirect.url, &onward, again)?;
    Ok(Verdict::Follow(onward))
}

/// What the strategies that have a name do. `None`: the answer is the response.
fn by_the_book(
    rules: &RedirectOptions,
    strategy: &Redirects,
    redirect: &Redirect<'_>,
    history: &[Followed],
) -> Result<Option<Onward>> {
    let Some((method, body)) = next_method(strategy, redirect.status, redirect.method) else {
        return Ok(None);
    };
    let Some(location) = redirect.location()? else {
        return Ok(None);
    };
    if matches!(strategy, Redirects::Graceful) && redirect.followed >= rules.max {
        return Ok(None);
    }
    reject_too_many(rules, redirect, history)?;
    if !rules.allow_relative && redirect.is_relative()? {
        let message = "the redirect is relative, and :allow-relative-redirects is false";
        let location =
            courser_core::excerpt(location.split(['?', '#']).next().unwrap_or_default(), 100);
        return Err(refused(message).with("location", location));
    }
    let target = redirect.target()?;
    Ok(target.map(|url| Onward { method, url, body }))
}

/// The method of the next request, and whether the body goes along; none if the status is not
/// followed.
///
/// RFC 9110, 15.4: 301 and 302 may become `GET` for historical reasons, 303 does, 307 and 308 keep
/// the method. What is not safe is not repeated unasked, as clj-http has it: by `Lax` only.
fn next_method(
    strategy: &Redirects,
    status: StatusCode,
    method: &Method,
) -> Option<(Method, bool)> {
    let lax = matches!(strategy, Redirects::Lax);
    let reads = *method == Method::GET || *method == Method::HEAD;
    let get_or_head = || if reads { method.clone() } else { Method::GET };
    match status.as_u16() {
        303 => Some((get_or_head(), false)),
        301 | 302 if lax || reads => Some((get_or_head(), false)),
        307 | 308 if lax => Some((method.clone(), true)),
        307 | 308 if reads => Some((method.clone(), false)),
        _ => None,
    }
}

fn reject_too_many(
    rules: &RedirectOptions,
    redirect: &Redirect<'_>,
    history: &[Followed],
) -> Result<()> {
    if redirect.followed < rules.max {
        return Ok(());
    }
    let plural = if rules.max == 1 { "" } else { "s" };
    Err(refused(format!("more than {} redirect{plural}", rules.max))
        .with("limit", format_args!("{} (:max-redirects)", rules.max))
        .with("trail", trail(history, redirect.url))
        .help("raise it, or take the last answer by :redirect-strategy :graceful"))
}

/// That it leads to where another led before. Where the request began does not count, as in
/// clj-http: a login leads away and back.
fn reject_circle(
    rules: &RedirectOptions,
    redirect: &Redirect<'_>,
    history: &[Followed],
    to: &Url,
) -> Result<()> {
    let seen = |hop: &Followed| hop.next_url.as_str() == to.as_str();
    if rules.allow_circular || !history.iter().any(seen) {
        return Ok(());
    }
    let trail = format!("{} → {}", trail(history, redirect.url), to.redacted());
    Err(refused("the redirects lead in a circle")
        .with("trail", trail)
        .help(":allow-circular-redirects follows them, up to :max-redirects"))
}

/// That it takes what is confidential to where others may read it.
fn reject_leak(rules: &RedirectOptions, from: &Url, onward: &Onward, again: Again) -> Result<()> {
    let to = &onward.url;
    if from.is_https() && !to.is_https() && !rules.allow_downgrade {
        return Err(refused("the redirect leads from https to http")
            .with("to", to.redacted())
            .help(":allow-downgrade follows it, for others on the way to read"));
    }
    if !onward.body || again == Again::Nothing {
        return Ok(());
    }
    if !from.same_origin(to) && !rules.resend_body_cross_origin {
        return Err(refused("the redirect takes the body to another origin")
            .with("to", to.redacted())
            .help(":resend-body-cross-origin sends it there"));
    }
    if again == Again::Impossible {
        return Err(
            refused("the redirect wants the body once more, and it is a stream")
                .with("to", to.redacted())
                .help("a stream can be sent once; give Body::factory, bytes or a file"),
        );
    }
    Ok(())
}

fn refused(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Redirect, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::Headers;

    const ALL: [u16; 7] = [300, 301, 302, 303, 304, 307, 308];

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn rules(strategy: Redirects) -> RedirectOptions {
        RedirectOptions {
            strategy,
            ..RedirectOptions::default()
        }
    }

    fn followed(from: &str, to: &str) -> Followed {
        Followed {
            method: Method::GET,
            url: url(from),
            status: StatusCode::FOUND,
            headers: Headers::new(),
            next_method: Method::GET,
            next_url: url(to),
        }
    }

    /// An answer of `http://h/a/b` with a `Location`, after those of `history`.
    fn judged(
        rules: &RedirectOptions,
        (method, from): (&str, &str),
        status: u16,
        location: Option<&str>,
        history: &[Followed],
        again: Again,
    ) -> Result<Verdict> {
        let (method, from) = (Method::from_bytes(method.as_bytes()).unwrap(), url(from));
        let mut headers = Headers::new();
        if let Some(location) = location {
            headers.append("Location", location).unwrap();
        }
        let status = StatusCode::from_u16(status).unwrap();
        let redirect = Redirect::new(&method, &from, status, &headers, history.len());
        judge(rules, &redirect, history, again)
    }

    fn shown(verdict: Result<Verdict>) -> String {
        match verdict {
            Ok(Verdict::Return) => "return".into(),
            Ok(Verdict::Follow(Onward { method, url, body })) => {
                let body = if body { " with body" } else { "" };
                format!("{method} {}{body}", url.with_fragment())
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Redirect);
                format!("{error}")
            }
        }
    }

    #[test]
    fn methods_and_statuses() {
        fn check(strategy: &Redirects, method: &str, expected: &str) {
            let each = ALL.map(|status| {
                let verdict = judged(
                    &rules(strategy.clone()),
                    (method, "http://h/a/b"),
                    status,
                    Some("/c"),
                    &[],
                    Again::Possible,
                );
                match shown(verdict).as_str() {
                    "return" => "-",
                    "GET http://h/c" => "GET",
                    "HEAD http://h/c" => "HEAD",
                    "GET http://h/c with body" => "GET+",
                    "HEAD http://h/c with body" => "HEAD+",
                    "PUT http://h/c with body" => "PUT+",
                    "POST http://h/c with body" => "POST+",
                    other => panic!("{other}"),
                }
            });
            assert_eq!(each.join(" "), expected, "{strategy:?} {method}");
        }
        //                                      300 301 302 303 304 307 308
        for strategy in [Redirects::Standard, Redirects::Graceful] {
            check(&strategy, "GET", "- GET GET GET - GET GET");
            check(&strategy, "HEAD", "- HEAD HEAD HEAD - HEAD HEAD");
            check(&strategy, "POST", "- - - GET - - -");
            check(&strategy, "OPTIONS", "- - - GET - - -");
        }
        check(&Redirects::Lax, "GET", "- GET GET GET - GET+ GET+");
        check(&Redirects::Lax, "HEAD", "- HEAD HEAD HEAD - HEAD+ HEAD+");
        check(&Redirects::Lax, "POST", "- GET GET GET - POST+ POST+");
        check(&Redirects::Lax, "PUT", "- GET GET GET - PUT+ PUT+");
    }

    #[test]
    fn locations() {
        fn check(location: Option<&str>, expected: &str) {
            let get = ("GET", "https://h/a/b?q#top");
            let verdict = judged(
                &rules(Redirects::Standard),
                get,
                302,
                location,
                &[],
                Again::Nothing,
            );
            let shown = shown(verdict);
            assert!(shown.starts_with(expected), "{location:?}: {shown}");
        }
        check(None, "return");
        check(Some(""), "return");
        check(Some("c"), "GET https://h/a/c#top");
        check(Some("c#x"), "GET https://h/a/c#x");
        check(Some("?r"), "GET https://h/a/b?r#top");
        check(Some("//o/c"), "GET https://o/c#top");
        check(Some("https://u:p@o/c"), "GET https://o/c#top");
        check(
            Some("http://h/c"),
            "the redirect leads from https to http [to: http://h/c]",
        );
        check(
            Some("file:///etc/passwd"),
            "the redirect leads nowhere: Location \"file:///etc/passwd\" has the scheme \"file\"",
        );
        check(
            Some("https:///c"),
            "the redirect leads nowhere: Location \"https:///c\" has no host",
        );
    }

    #[test]
    fn switches() {
        #[track_caller]
        fn check(set: impl Fn(&mut RedirectOptions), from: &str, location: &str, expected: &str) {
            let mut rules = rules(Redirects::Standard);
            set(&mut rules);
            let history = [followed("http://h/0", "http://h/1")];
            let verdict = judged(
                &rules,
                ("GET", from),
                302,
                Some(location),
                &history,
                Again::Nothing,
            );
            let shown = shown(verdict);
            assert!(shown.starts_with(expected), "{shown}");
        }
        let none = |_: &mut RedirectOptions| {};
        check(
            |r| r.allow_downgrade = true,
            "https://h/",
            "http://h/c",
            "GET http://h/c",
        );
        let relative = |r: &mut RedirectOptions| r.allow_relative = false;
        check(
            relative,
            "http://h/",
            "/c?q",
            "the redirect is relative, and :allow-relative-redirects is false [location: /c]",
        );
        check(relative, "http://h/", "//o/c", "the redirect is relative");
        check(relative, "http://h/", "http://o/c", "GET http://o/c");
        check(none, "http://h/1", "/0", "GET http://h/0");
        check(
            none,
            "http://h/2?t=1",
            "/1",
            "the redirects lead in a circle [trail: http://h/0 → http://h/2?t=… → http://h/1]; :allow-circular-redirects",
        );
        check(none, "http://h/2", "/1#x", "the redirects lead in a circle");
        check(
            |r| r.allow_circular = true,
            "http://h/2",
            "/1",
            "GET http://h/1",
        );
        check(
            |r| r.max = 1,
            "http://h/1",
            "/2",
            "more than 1 redirect [limit: 1 (:max-redirects), trail: http://h/0 → http://h/1]; raise it",
        );
        check(
            |r| {
                r.max = 1;
                r.strategy = Redirects::Graceful;
            },
            "http://h/1",
            "/2",
            "return",
        );
        check(
            |r| {
                r.max = 2;
                r.strategy = Redirects::Graceful;
            },
            "http://h/1",
            "/2",
            "GET http://h/2",
        );
        check(|r| r.max = 0, "http://h/1", "/2", "more than 0 redirects");
    }

    #[test]
    fn bodies() {
        fn check(location: &str, again: Again, resend: bool, expected: &str) {
            let mut rules = rules(Redirects::Lax);
            rules.resend_body_cross_origin = resend;
            let verdict = judged(
                &rules,
                ("POST", "http://h/a"),
                307,
                Some(location),
                &[],
                again,
            );
            let shown = shown(verdict);
            assert!(shown.starts_with(expected), "{shown}");
        }
        use Again::{Impossible, Nothing, Possible};
        check("/c", Possible, false, "POST http://h/c with body");
        check(
            "/c",
            Impossible,
            false,
            "the redirect wants the body once more, and it is a stream",
        );
        check(
            "http://o/",
            Possible,
            false,
            "the redirect takes the body to another origin [to: http://o/]",
        );
        check(
            "http://h:81/",
            Possible,
            false,
            "the redirect takes the body to another origin",
        );
        check(
            "https://h/",
            Possible,
            false,
            "the redirect takes the body to another origin",
        );
        check("http://o/", Possible, true, "POST http://o/ with body");
        check(
            "http://o/",
            Impossible,
            true,
            "the redirect wants the body once more",
        );
        check("http://o/", Nothing, false, "POST http://o/ with body");
    }

    #[test]
    fn custom_strategies_are_held_to_the_limits() {
        fn check(set: impl Fn(&mut RedirectOptions), expected: &str) {
            let mut rules = rules(Redirects::custom(|redirect: &Redirect<'_>| {
                let Some(url) = redirect.target()? else {
                    return Err(Error::new(ErrorKind::Redirect, "own"));
                };
                Ok(match redirect.status.as_u16() {
                    300 => Decision::Follow {
                        method: Method::PUT,
                        url,
                        body: true,
                    },
                    _ => Decision::Return,
                })
            }));
            set(&mut rules);
            let history = [followed("https://h/0", "https://h/1")];
            let each = [
                (300, "/2"),
                (300, "/1"),
                (300, "http://h/3"),
                (301, "/2"),
                (300, ""),
            ]
            .map(|(status, to)| {
                let get = ("GET", "https://h/1");
                let text = shown(judged(
                    &rules,
                    get,
                    status,
                    Some(to),
                    &history,
                    Again::Nothing,
                ));
                text.split(" [").next().unwrap().to_owned()
            });
            assert_eq!(each.join(", "), expected);
        }
        check(
            |_| {},
            "PUT https://h/2 with body, the redirects lead in a circle, the redirect leads from https to http, return, own",
        );
        check(
            |r| r.max = 1,
            "more than 1 redirect, more than 1 redirect, more than 1 redirect, return, own",
        );
    }
}
