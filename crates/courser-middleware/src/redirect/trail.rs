//! The redirects that were followed.

use courser_core::{Error, Headers, Method, StatusCode, Url};

/// The redirects that led to a response, in their order; on [`Response::info`] where there were
/// any.
///
/// [`Response::info`]: courser_core::Response::info
#[derive(Clone, Debug)]
pub struct History(pub Vec<Followed>);

impl History {
    /// The method of the last request.
    #[must_use]
    pub fn method(&self) -> Option<&Method> {
        self.0.last().map(|last| &last.next_method)
    }
}

/// A redirect that was followed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Followed {
    /// The method of the request that was answered by it.
    pub method: Method,
    /// The URL of that request.
    pub url: Url,
    /// The status of the answer.
    pub status: StatusCode,
    /// Its header fields.
    pub headers: Headers,
    /// The method of the request that followed.
    pub next_method: Method,
    /// Where that went.
    pub next_url: Url,
}

/// The URLs from the first to `last`, for messages.
pub(super) fn trail(history: &[Followed], last: &Url) -> String {
    /// So many are shown; of more, those in the middle are left out.
    const MOST: usize = 6;
    let urls: Vec<&Url> = history.iter().map(|hop| &hop.url).chain([last]).collect();
    let left_out = urls.len().saturating_sub(MOST);
    let mut parts = Vec::new();
    for (i, url) in urls.iter().enumerate() {
        let hidden = i >= MOST / 2 && i < MOST / 2 + left_out;
        if !hidden {
            parts.push(courser_core::excerpt(&url.redacted(), 100));
        } else if i == MOST / 2 {
            parts.push(format!("{left_out} more"));
        }
    }
    parts.join(" → ")
}

/// An error of a later request, with the way that led to it.
pub(super) fn told(error: Error, history: &[Followed]) -> Error {
    match history.last() {
        Some(last) => error.with("trail", trail(history, &last.next_url)),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_trails_are_cut_in_the_middle() {
        fn check(redirects: usize, expected: &str) {
            let url = |i: usize| Url::parse(&format!("http://h/{i}?t=secret")).unwrap();
            let history: Vec<Followed> = (0..redirects)
                .map(|i| Followed {
                    method: Method::GET,
                    url: url(i),
                    status: StatusCode::FOUND,
                    headers: Headers::new(),
                    next_method: Method::GET,
                    next_url: url(i + 1),
                })
                .collect();
            let shown = trail(&history, &url(redirects));
            assert_eq!(shown.replace("http://h/", "").replace("?t=…", ""), expected);
        }
        check(0, "0");
        check(2, "0 → 1 → 2");
        check(5, "0 → 1 → 2 → 3 → 4 → 5");
        check(6, "0 → 1 → 2 → 1 more → 4 → 5 → 6");
        check(20, "0 → 1 → 2 → 15 more → 18 → 19 → 20");
    }
}
