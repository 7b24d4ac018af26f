//! What a jar keeps, sends and refuses.

// clippy allows these in the tests themselves, not in what they share.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Duration;

use super::*;
use crate::policy::CookieSpec;
use proptest::prelude::*;

fn site(url: &str) -> Site<'_> {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    Site::new(scheme == "https", host, path)
}

/// A jar into which each `(url, line)` was put.
fn jar(lines: &[(&str, &str)]) -> Jar {
    let jar = Jar::new();
    for (url, line) in lines {
        jar.set_cookie(&site(url), line, &Policy::Default);
    }
    jar
}

fn sent(jar: &Jar, url: &str) -> String {
    let value = jar.header(&site(url), &Policy::Default);
    value.map_or(String::new(), |value| {
        assert!(value.is_sensitive());
        crate::cookie::text(&value).into_owned()
    })
}

#[track_caller]
fn check(lines: &[(&str, &str)], to: &str, expected: &str) {
    assert_eq!(sent(&jar(lines), to), expected);
}

#[test]
fn domains() {
    let host = [("http://a.example.com/", "c=1")];
    check(&host, "http://A.EXAMPLE.COM./x", "c=1");
    check(&host, "http://b.a.example.com/", "");
    check(&host, "http://example.com/", "");
    let domain = [("http://a.example.com/", "c=1; Domain=.Example.com")];
    check(&domain, "http://example.com/", "c=1");
    check(&domain, "http://b.example.com/", "c=1");
    check(&domain, "http://badexample.com/", "");
    check(
        &[("http://a.example.com/", "c=1; Domain=b.example.com")],
        "http://b.example.com/",
        "",
    );
    check(
        &[("http://example.com/", "c=1; Domain=a.example.com")],
        "http://a.example.com/",
        "",
    );
    check(
        &[("http://127.0.0.1/", "c=1; Domain=127.0.0.1")],
        "http://127.0.0.1/",
        "c=1",
    );
    check(
        &[("http://127.0.0.1/", "c=1; Domain=0.0.1")],
        "http://0.0.1/",
        "",
    );
    check(&[("http://[::1]/", "c=1")], "http://[::1]/", "c=1");
    check(
        &[("http://localhost/", "c=1; Domain=localhost")],
        "http://localhost/",
        "c=1",
    );
    check(
        &[("http://localhost/", "c=1; Domain=localhost")],
        "http://a.localhost/",
        "",
    );
}

// SECURITY 46.
#[test]
fn public_suffixes() {
    for domain in [
        "com",
        ".com",
        "COM",
        "com.",
        ".cOm.",
        "co.uk",
        "Co.Uk.",
        "github.io",
        "\u{e9}",
    ] {
        for host in ["shop.com", "shop.co.uk", "user.github.io"] {
            let jar = jar(&[(
                &format!("https://{host}/"),
                &format!("c=1; Domain={domain}"),
            )]);
            assert!(jar.is_empty(), "{host} set a cookie for {domain}");
        }
    }
    // A host that is a suffix itself keeps its own.
    let own = [("http://github.io/", "c=1; Domain=github.io")];
    check(&own, "http://github.io/", "c=1");
    check(&own, "http://user.github.io/", "");
    check(
        &[("http://evil.co.uk./", "c=1; Domain=co.uk.")],
        "http://bank.co.uk./",
        "",
    );
}

// SECURITY 47.
#[test]
fn http_does_not_touch_secure_cookies() {
    let good = (
        "https://a.example.com/",
        "sid=good; Secure; Path=/; Domain=example.com",
    );
    for (url, line) in [
        (
            "http://a.example.com/",
            "sid=evil; Path=/; Domain=example.com",
        ),
        ("http://a.example.com/", "sid=evil; Path=/deep"),
        (
            "http://b.example.com/",
            "sid=evil; Path=/; Domain=example.com; Max-Age=0",
        ),
        (
            "http://a.example.com/",
            "sid=evil; Path=/; Domain=example.com; Secure",
        ),
    ] {
        check(
            &[good, (url, line)],
            "https://a.example.com/deep",
            "sid=good",
        );
    }
    check(&[good], "http://a.example.com/", "");
    // Another name, or a path that is not below, does no harm.
    let other = [
        ("https://e.com/", "sid=good; Secure; Path=/deep"),
        ("http://e.com/", "sid=plain; Path=/"),
    ];
    check(&other, "http://e.com/", "sid=plain");
}

// SECURITY 47.
#[test]
fn prefixes_hold() {
    fn check(url: &str, line: &str, kept: bool) {
        assert_eq!(!jar(&[(url, line)]).is_empty(), kept, "{url}: {line}");
    }
    let https = "https://a.example.com/";
    check(https, "__Secure-a=1; Secure", true);
    check(https, "__Secure-a=1", false);
    check(https, "__sEcURe-a=1", false);
    check("http://a.example.com/", "__Secure-a=1; Secure", false);
    check(https, "__Host-a=1; Secure; Path=/", true);
    check(https, "__Host-a=1; Secure", false);
    check(https, "__Host-a=1; Secure; Path=/x", false);
    check(https, "__Host-a=1; Path=/", false);
    check(
        https,
        "__Host-a=1; Secure; Path=/; Domain=a.example.com",
        false,
    );
    check(
        https,
        "__HOST-a=1; Secure; Path=/; Domain=example.com",
        false,
    );
    check(https, "=__Host-a=1; Secure; Path=/", false);
    check(https, "__Secure-a; Secure", false);
}

// SECURITY 28.
#[test]
fn what_is_kept_and_sent_is_bounded() {
    let jar = Jar::new();
    for i in 0..20_000 {
        jar.set_cookie(
            &site("https://one.com/"),
            &format!("c{i}=1"),
            &Policy::Default,
        );
    }
    assert_eq!(jar.get_cookies().len(), 180);
    for i in 0..3200 {
        let host = format!("https://h{}.example{}.com/", i % 7, i % 50);
        jar.set_cookie(
            &site(&host),
            &format!("c{i}={}", "x".repeat(100)),
            &Policy::Default,
        );
    }
    assert_eq!(jar.get_cookies().len(), 3000);
    for i in 0..500 {
        let line = format!("d{i}={}; Domain=example1.com", "x".repeat(100));
        jar.set_cookie(&site("https://a.example1.com/"), &line, &Policy::Default);
    }
    let of_one = jar.get_cookies().into_iter().filter(|c| {
        c.domain
            .as_deref()
            .is_some_and(|domain| domain.ends_with("example1.com"))
    });
    assert_eq!(of_one.count(), 180);
    let header = sent(&jar, "https://a.example1.com/");
    assert!((7000..=8190).contains(&header.len()), "{}", header.len());
    assert!(!jar.set_cookie(
        &site("https://e.com/"),
        &format!("a={}", "x".repeat(1 << 20)),
        &Policy::Default
    ));
    assert!(!jar.set_cookie(&site("https://e.com/"), "a=\u{1}", &Policy::Default));
    let far = "a=1; Max-Age=999999999999999999999999";
    assert!(jar.set_cookie(&site("https://e.com/"), far, &Policy::Default));
    assert_eq!(sent(&jar, "https://e.com/"), "a=1");
}

#[test]
fn what_goes_first() {
    let limits = Limits {
        per_domain: 3,
        total: 4,
        ..Limits::default()
    };
    let jar = Jar::with_limits(limits);
    let put = |line: &str| jar.set_cookie(&site("https://e.com/"), line, &Policy::Default);
    for line in ["a=1; Secure", "b=1", "c=1"] {
        assert!(put(line));
    }
    assert_eq!(sent(&jar, "https://e.com/"), "a=1; b=1; c=1");
    assert!(put("b=2") && put("d=1"));
    // `c` is used longest ago, and `a` is secure.
    assert_eq!(sent(&jar, "https://e.com/"), "a=1; b=2; d=1");
    for host in ["https://f.com/", "https://g.com/"] {
        jar.set_cookie(&site(host), "x=1", &Policy::Default);
    }
    assert_eq!(jar.get_cookies().len(), 4);
    assert_eq!(sent(&jar, "https://g.com/"), "x=1");
}

#[test]
fn order_and_likes() {
    let lines = [
        ("http://e.com/a/b", "x=default"),
        ("http://e.com/a/b", "z=root; Path=/"),
        ("http://e.com/a/b", "y=deep; Path=/a/b"),
        ("http://e.com/a/b", "z=again; Path=/"),
        ("http://e.com/a/b", "q=last; Path=/"),
    ];
    check(
        &lines,
        "http://e.com/a/b/c",
        "y=deep; x=default; z=again; q=last",
    );
    check(&lines, "http://e.com/ab", "z=again; q=last");
    // A cookie of the host and one of the domain are two.
    let two = [
        ("http://e.com/", "a=1"),
        ("http://e.com/", "a=2; Domain=e.com"),
    ];
    check(&two, "http://e.com/", "a=1; a=2");
}

#[test]
fn cookies_end() {
    static NOW: AtomicUsize = AtomicUsize::new(1000);
    let clock = || SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.load(Ordering::Relaxed) as u64);
    let jar = Jar::new().with_clock(clock);
    let put = |line: &str| jar.set_cookie(&site("http://e.com/"), line, &Policy::Default);
    assert!(put("a=1; Max-Age=10") && put("b=1; Max-Age=20"));
    NOW.store(1010, Ordering::Relaxed);
    assert_eq!(sent(&jar, "http://e.com/"), "b=1");
    assert_eq!(jar.get_cookies().len(), 1);
    assert!(put("b=gone; Expires=Thu, 01 Jan 1970 00:00:01 GMT"));
    assert!(!put("c=gone; Max-Age=0"));
    assert_eq!(sent(&jar, "http://e.com/"), "");
    jar.clear_cookies();
    assert!(jar.is_empty());
}

#[test]
fn policies() {
    let from = site("http://e.com/");
    let all = [
        "n",
        "q=\"v w\"",
        "e=; Expires=Wed, 09 Jun 2100 10:18:14 GMT",
    ];
    let check = |policy: Policy, shown: &[(&str, &str)], text: &str| {
        let jar = Jar::new();
        for line in all {
            jar.set_cookie(&from, line, &policy);
        }
        let cookies = jar.get_cookies();
        let pairs: Vec<_> = cookies
            .iter()
            .map(|c| (c.name.as_str(), c.value.as_str()))
            .collect();
        assert_eq!(pairs, shown, "{policy:?}");
        assert_eq!(sent(&jar, "http://e.com/"), text, "{policy:?}");
        assert_eq!(jar.header(&from, &Policy::None), None);
    };
    check(Policy::None, &[], "");
    check(
        Policy::Default,
        &[("", "n"), ("q", "\"v w\""), ("e", "")],
        "n; q=\"v w\"; e=",
    );
    check(
        Policy::Standard,
        &[("q", "v w"), ("e", "")],
        "q=\"v w\"; e=",
    );
    check(Policy::StandardStrict, &[("e", "")], "e=");
    check(Policy::Netscape, &[("q", "\"v w\"")], "q=\"v w\"");
}

#[derive(Debug)]
struct Upper;

impl CookieSpec for Upper {
    fn parse(&self, line: &str, _: &Site<'_>) -> Vec<Cookie> {
        line.split(',').filter_map(Cookie::parse).collect()
    }
    fn validate(&self, cookie: &Cookie, _: &Site<'_>) -> bool {
        cookie.name != "no"
    }
    fn matches(&self, cookie: &Cookie, to: &Site<'_>) -> bool {
        cookie.name != "deep" || to.path().len() > 1
    }
    fn format(&self, cookies: &[Cookie]) -> String {
        let names: Vec<String> = cookies.iter().map(|c| c.name.to_uppercase()).collect();
        names.join("+")
    }
}

#[test]
fn a_spec_of_your_own() {
    let policy = Policy::Custom(std::sync::Arc::new(Upper));
    let jar = Jar::new();
    jar.set_cookie(
        &site("http://e.com/"),
        "a=1,no=2,deep=3,x=4; Domain=com,y=5; Domain=f.com",
        &policy,
    );
    let header = |url| jar.header(&site(url), &policy);
    assert_eq!(header("http://e.com/").unwrap(), "A");
    assert_eq!(header("http://e.com/x").unwrap(), "A+DEEP");
    assert_eq!(header("http://f.com/"), None);
}

#[test]
fn cookies_of_your_own() {
    fn check(change: impl FnOnce(&mut Cookie), expected: &Result<(), CookieError>) {
        let mut cookie = Cookie::new("a", "1");
        cookie.domain = Some("example.com".into());
        change(&mut cookie);
        assert_eq!(Jar::new().add_cookie(cookie), *expected);
    }
    let name = || "a".to_owned();
    check(|_| (), &Ok(()));
    check(|c| c.domain = Some(".Example.com.".into()), &Ok(()));
    check(|c| c.domain = None, &Err(CookieError::NoDomain(name())));
    check(|c| c.domain = Some("intranet".into()), &Ok(()));
    for suffix in ["com", "co.uk"] {
        check(
            |c| c.domain = Some(suffix.into()),
            &Err(CookieError::PublicSuffix(name())),
        );
    }
    check(
        |c| c.value = "x\r\ny".into(),
        &Err(CookieError::Character(name())),
    );
    check(
        |c| c.value = "x;y".into(),
        &Err(CookieError::Separator(name())),
    );
    check(
        |c| c.path = Some("x".into()),
        &Err(CookieError::Separator(name())),
    );
    check(
        |c| c.value = "x".repeat(4096),
        &Err(CookieError::TooLong(name())),
    );
    check(
        |c| (c.name, c.value) = Default::default(),
        &Err(CookieError::Empty),
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Whatever is sent belongs to the host, and fits a header.
    #[test]
    fn hosts_get_their_own(lines in proptest::collection::vec(
        (0usize..4, "[ab]{0,1}=[xy\u{e9}]{0,2}(; (Secure|Path=/[pq]?|Max-Age=[0-9-]{0,3}|Domain=\\.?(a\\.)?(e\\.com|f\\.co\\.uk|com|co\\.uk))){0,3}"),
        0..30,
    )) {
        let urls = ["https://a.e.com/p/x", "http://e.com/q", "http://a.f.co.uk/", "https://f.co.uk/p"];
        let jar = Jar::new();
        for (at, line) in &lines {
            jar.set_cookie(&site(urls[*at]), line, &Policy::Default);
        }
        for cookie in jar.get_cookies() {
            let domain = cookie.domain.unwrap();
            prop_assert!(domain.ends_with("e.com") || domain.ends_with("f.co.uk"), "{}", domain);
        }
        prop_assert_eq!(sent(&jar, "https://bank.co.uk/"), "");
        prop_assert_eq!(sent(&jar, "https://shop.com/"), "");
        for url in urls {
            let _ = sent(&jar, url);
        }
    }
}
