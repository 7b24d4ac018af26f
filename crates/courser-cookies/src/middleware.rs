//! The stages of the Courser client: cookies, cookie-store.

use courser_core::header::COOKIE;
use courser_core::{HeaderValue, Hook, Name, Options, Request, Response, Result, Sent, Wants};

use crate::cookie::Cookie;
use crate::policy::Policy;

const COOKIE_NAME: Name = Name::known(COOKIE, "Cookie");

/// The `Cookie` field that the request says itself (`:cookies`); an options group.
#[derive(Clone, Debug)]
pub struct SendCookies(pub HeaderValue);

/// Leaves the `Set-Cookie` fields as they are (`:decode-cookies false`); an options group.
#[derive(Clone, Copy, Debug)]
pub struct LeaveSetCookie;

/// The cookies that a response sets, in their order; what a response has to tell.
#[derive(Clone, Debug, Default)]
pub struct ResponseCookies {
    /// The cookies. Those that end by it are among them.
    pub cookies: Vec<Cookie>,
    /// The policy of the request.
    pub policy: Policy,
}

/// The stage `cookies`: sends those that the request says, in place of a `Cookie` field, and reads
/// those of the response out of its `Set-Cookie` fields.
#[derive(Debug)]
pub struct CookiesStage;

impl Hook for CookiesStage {
    fn name(&self) -> &'static str {
        "cookies"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<SendCookies>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Field("set-cookie")
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        match req.options.get::<SendCookies>() {
            Some(SendCookies(value)) => req.headers.insert(COOKIE_NAME, value.clone()),
            None => Ok(()),
        }
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        if !res.headers.contains("set-cookie") || sent.options.get::<LeaveSetCookie>().is_some() {
            return Ok(());
        }
        let lines = res.headers.get_all("set-cookie");
        let cookies = lines.filter_map(Cookie::from_header).collect();
        let policy = policy(&sent.options).clone();
        res.info.set(ResponseCookies { cookies, policy });
        res.headers.remove("set-cookie");
        Ok(())
    }
}

/// The stage `cookie-store`, once per exchange: sends the cookies that are remembered for the URL,
/// and remembers those of the response.
///
/// They go into the one `Cookie` field that a request may have (RFC 6265, 5.4), after those that
/// are there.
#[derive(Debug)]
pub struct CookieStoreStage;

impl Hook for CookieStoreStage {
    fn name(&self) -> &'static str {
        "cookie-store"
    }

    fn wants_head(&self) -> Wants {
        Wants::Field("set-cookie")
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        let Some(store) = req.call.cookie_store() else {
            return Ok(());
        };
        let Some(mut value) = store.cookies(&req.url, &req.options) else {
            return Ok(());
        };
        if let Some(said) = req.headers.get("cookie") {
            let both = [said.as_bytes(), b"; ", value.as_bytes()].concat();
            // Values put together are one.
            if let Ok(both) = HeaderValue::from_bytes(&both) {
                value = both;
            }
        }
        value.set_sensitive(true);
        req.headers.insert(COOKIE_NAME, value)
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        if let Some(store) = sent.call.cookie_store()
            && res.headers.contains("set-cookie")
        {
            let mut lines = res.headers.get_all("set-cookie");
            store.store(&sent.url, &mut lines, &sent.options);
        }
        Ok(())
    }
}

/// The policy of a request.
pub(crate) fn policy(options: &Options) -> &Policy {
    options.get().unwrap_or(&Policy::Default)
}

// clippy allows it in the tests themselves, not in what they share.
#[cfg(all(test, feature = "jar"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Jar;
    use crate::cookie::text;
    use crate::site::Site;
    use courser_core::testing::FakeRt;
    use courser_core::{Call, Url};
    use std::sync::Arc;

    fn request(url: &str, store: Option<&Arc<Jar>>) -> Request {
        let mut call = Call::new(FakeRt::runtime());
        if let Some(store) = store {
            call = call.with_cookie_store(store.clone());
        }
        Request::new(Url::parse(url).unwrap(), Arc::new(call))
    }

    /// What goes out, and what comes of a response with these lines.
    fn exchange(mut req: Request, lines: &[&str]) -> (Vec<String>, Response) {
        for stage in [&CookiesStage as &dyn Hook, &CookieStoreStage] {
            stage.request(&mut req).unwrap();
        }
        let sent = req.sent();
        let mut res = Response::new(sent.url.clone());
        for line in lines {
            res.headers.append("Set-Cookie", *line).unwrap();
        }
        for stage in [&CookieStoreStage as &dyn Hook, &CookiesStage] {
            stage.head(&sent, &mut res).unwrap();
        }
        let cookies = sent.headers.get_all("cookie");
        (cookies.map(|value| text(value).into_owned()).collect(), res)
    }

    #[test]
    fn one_field_of_all_cookies() {
        fn check(header: Option<&str>, said: Option<&str>, stored: bool, expected: &[&str]) {
            let jar = Arc::new(Jar::new());
            let mut req = request("http://h/", Some(&jar));
            if stored {
                jar.set_cookie(
                    &Site::new(false, req.url.host(), "/"),
                    "s=1",
                    &Policy::Default,
                );
            }
            if let Some(value) = header {
                req.headers.append("cookie", value).unwrap();
            }
            if let Some(value) = said {
                req.options.set(SendCookies(value.parse().unwrap()));
            }
            assert_eq!(exchange(req, &[]).0, expected);
        }
        check(None, None, false, &[]);
        check(None, None, true, &["s=1"]);
        check(Some("h=1"), None, false, &["h=1"]);
        check(Some("h=1"), None, true, &["h=1; s=1"]);
        check(None, Some("a=1"), true, &["a=1; s=1"]);
        check(Some("h=1"), Some("a=1"), true, &["a=1; s=1"]);
    }

    #[test]
    fn responses_are_read_and_remembered() {
        let jar = Arc::new(Jar::new());
        let lines = ["a=1; Path=/", "b=2; Domain=other.com", ""];
        let (_, res) = exchange(request("http://h/x", Some(&jar)), &lines);
        let read = res.info.get::<ResponseCookies>().unwrap();
        let names: Vec<&str> = read.cookies.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(!res.headers.contains("set-cookie"));
        assert_eq!(exchange(request("http://h/y", Some(&jar)), &[]).0, ["a=1"]);
        assert_eq!(
            exchange(request("http://other.com/", Some(&jar)), &[]).0,
            [""; 0]
        );

        let mut req = request("http://h/", None);
        req.options.set(LeaveSetCookie);
        let (_, res) = exchange(req, &["c=3"]);
        assert!(res.headers.contains("set-cookie") && res.info.is_empty());
    }

    // SECURITY 48: what the `Host` field says is not where a cookie belongs.
    #[test]
    fn cookies_follow_the_url() {
        let jar = Arc::new(Jar::new());
        let with_host = |url, host: &str| {
            let mut req = request(url, Some(&jar));
            req.headers.append("Host", host).unwrap();
            req
        };
        exchange(with_host("http://a.test/", "b.test"), &["x=1"]);
        assert_eq!(
            exchange(with_host("http://b.test/", "a.test"), &[]).0,
            [""; 0]
        );
        assert_eq!(
            exchange(with_host("http://a.test/", "b.test"), &[]).0,
            ["x=1"]
        );
    }

    #[test]
    fn no_policy_no_memory() {
        let jar = Arc::new(Jar::new());
        let mut req = request("http://h/", Some(&jar));
        req.options.set(Policy::None);
        exchange(req, &["x=1"]);
        assert!(jar.is_empty());
    }
}
