//! The stage `links`, and the parser of `Link` fields, which is useful alone.
//!
//! ```
//! use courser_middleware::links::Links;
//!
//! let links = Links::parse(r#"</gists?page=2>; rel="next", </a,b>; rel="last up"; title="a, b""#);
//! assert_eq!(links.href("next"), Some("/gists?page=2"));
//! assert_eq!(links.get("LAST").unwrap().param("title"), Some("a, b"));
//! assert_eq!(links.href("up"), Some("/a,b"));
//! ```

mod ext_value;
mod parse;

use courser_core::{Hook, Response, Result, Sent, Wants, value_text};

/// The links of a message (RFC 8288): what its `Link` fields say, in their order.
///
/// A link without `rel` says nothing that could be looked up, and is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links(Vec<Link>);

/// A link: where it goes, and what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The target as it was written, absolute or relative to the URL that was answered.
    pub href: String,
    /// The relations, in lower case, each once; never none.
    pub rels: Vec<String>,
    /// The other parameters by their names, in lower case. `title*` stands here as `title`,
    /// decoded.
    pub params: Vec<(String, String)>,
}

impl Link {
    /// The first parameter of that name, in any case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        let mut params = self.params.iter();
        let found = params.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Links {
    /// Reads a `Link` field. What is malformed is skipped up to the next comma: a field is the
    /// server's, and one bad link is no reason to lose the others.
    ///
    /// It takes time in proportion to the length. Of more than 64 relations of one link, the
    /// first 64 count.
    #[must_use]
    pub fn parse(field: &str) -> Self {
        let mut links = Links::default();
        links.add(field);
        links
    }

    /// Reads another field behind those that were read.
    pub fn add(&mut self, field: &str) {
        parse::parse(field, &mut self.0);
    }

    /// The link of that relation, in any case. Of several the last, as in clj-http's `:links`.
    #[must_use]
    pub fn get(&self, rel: &str) -> Option<&Link> {
        let has = |link: &&Link| {
            link.rels
                .iter()
                .any(|known| known.eq_ignore_ascii_case(rel))
        };
        self.0.iter().rev().find(has)
    }

    /// Where the link of that relation goes.
    #[must_use]
    pub fn href(&self, rel: &str) -> Option<&str> {
        self.get(rel).map(|link| link.href.as_str())
    }

    /// All links, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Link> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Links {
    type Item = &'a Link;
    type IntoIter = std::slice::Iter<'a, Link>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Reads the `Link` fields of a response (`:links`): [`Links`] then stand on
/// [`Response::info`]. Nothing is done for a response without any.
#[derive(Debug)]
pub struct LinksStage;

impl Hook for LinksStage {
    fn name(&self) -> &'static str {
        "links"
    }

    fn wants_request(&self) -> Wants {
        Wants::Never
    }

    fn wants_head(&self) -> Wants {
        Wants::Field("link")
    }

    fn head(&self, _: &Sent, res: &mut Response) -> Result<()> {
        if !res.headers.contains("link") {
            return Ok(());
        }
        let mut links = Links::default();
        for field in res.headers.get_all("link") {
            links.add(&value_text(field));
        }
        res.info.set(links);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::FakeRt;
    use courser_core::{Call, Request, Url};
    use std::sync::Arc;

    #[test]
    fn all_fields_of_a_response() {
        let url = Url::parse("http://h/").unwrap();
        let sent = Request::new(url.clone(), Arc::new(Call::new(FakeRt::runtime()))).sent();
        let mut res = Response::new(url);
        LinksStage.head(&sent, &mut res).unwrap();
        assert_eq!(res.info.get::<Links>(), None);
        for field in ["</a>; rel=next", "bad", "</b>; rel=last, </c>; rel=next"] {
            res.headers.append("Link", field).unwrap();
        }
        LinksStage.head(&sent, &mut res).unwrap();
        let links: &Links = res.info.get().unwrap();
        let hrefs: Vec<&str> = links.iter().map(|link| link.href.as_str()).collect();
        assert_eq!(hrefs, ["/a", "/b", "/c"]);
        assert_eq!(
            (links.href("Next"), links.href("last")),
            (Some("/c"), Some("/b"))
        );
        assert_eq!(links.href("up"), None);
    }
}
