//! The URL of Courser, as reqwest reads it.

use std::net::Ipv6Addr;

use courser_core::{Error, Result, Url};

/// The longest URL that `http::Uri` takes.
const MAX_URL: usize = u16::MAX as usize - 1;

/// The last URL that was read: reading the host again, which takes longest, is spared for the
/// next one of the same origin.
#[derive(Default)]
pub(crate) struct LastUrl(Option<(Url, reqwest::Url)>);

impl LastUrl {
    /// The URL as reqwest reads it.
    ///
    /// # Errors
    /// A URL that it would read in another way than Courser does.
    pub(crate) fn read(&mut self, url: &Url) -> Result<reqwest::Url> {
        reject_too_long(url)?;
        match &self.0 {
            Some((last, read)) if last.as_str() == url.as_str() => return Ok(read.clone()),
            Some((last, read)) if last.same_origin(url) => {
                let mut read = read.clone();
                read.set_path(url.path());
                read.set_query(url.query());
                return Ok(read);
            }
            _ => {}
        }
        let read = read_whole(url)?;
        self.0 = Some((url.clone(), read.clone()));
        Ok(read)
    }
}

fn reject_too_long(url: &Url) -> Result<()> {
    let length = url.as_str().len();
    if length <= MAX_URL {
        return Ok(());
    }
    Err(
        Error::invalid("the URL is too long for the reqwest transport")
            .with("length", length)
            .with("limit", MAX_URL),
    )
}

/// The URL as reqwest reads it, if that reader agrees with ours about where it leads.
fn read_whole(url: &Url) -> Result<reqwest::Url> {
    let text = url.as_str();
    let two_ways = |message| {
        Error::invalid(message).help("the URL parsers of Courser and of reqwest do not agree")
    };
    let read = reqwest::Url::parse(text)
        .map_err(|source| two_ways("the URL can be read in two ways").because(source))?;
    let agree = read.scheme() == url.scheme()
        && read.port_or_known_default() == Some(url.port())
        && read
            .host_str()
            .is_some_and(|host| same_host(host, url.host()));
    if !agree {
        return Err(two_ways("the host of the URL can be read in two ways"));
    }
    Ok(read)
}

/// IPv6 addresses can be written in many ways, and stand in brackets on one side.
fn same_host(bracketed: &str, host: &str) -> bool {
    if bracketed == host {
        return true;
    }
    let inner = bracketed
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = |text: &str| text.parse::<Ipv6Addr>().ok();
    match (inner.and_then(address), address(host)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::ErrorKind;

    #[test]
    fn both_parsers_agree_or_it_is_an_error() {
        fn check(text: &str, sent: &str) {
            let url = Url::parse(text).unwrap();
            assert_eq!(LastUrl::default().read(&url).unwrap().as_str(), sent);
            // After another of the same origin it is read in the same way.
            let mut last = LastUrl::default();
            let path = 8 + text[8..].find('/').unwrap();
            let origin = &text[..path];
            let other = Url::parse(&format!("{origin}/x/y?z")).unwrap();
            last.read(&other).unwrap();
            assert_eq!(last.read(&url).unwrap().as_str(), sent);
            let mut last = LastUrl::default();
            last.read(&Url::parse("http://elsewhere/").unwrap())
                .unwrap();
            assert_eq!(last.read(&url).unwrap().as_str(), sent);
        }
        check("http://H.example:8080/a?b=c", "http://h.example:8080/a?b=c");
        check("https://h:443/", "https://h/");
        check("http://[0:0::1]:8/", "http://[::1]:8/");
        check("http://127.0.0.1/%2e%2E/x", "http://127.0.0.1/x");
        check("http://bücher.example/", "http://xn--bcher-kva.example/");
        check("http://u:p@h/", "http://h/");
        check("http://h/a?b='c'&d#e", "http://h/a?b=%27c%27&d");
        check("http://h/a?", "http://h/a?");
        check("http://h//a/./b;c=d/%7e", "http://h//a/b;c=d/%7e");
        let long = Url::parse(&format!("http://h/{}", "a".repeat(MAX_URL))).unwrap();
        let error = LastUrl::default().read(&long).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(!same_host("[::1]", "::2") && !same_host("a", "b"));
    }
}
