//! The stage `meta-tags`.

use courser_core::{Headers, Hook, Method, Response, Result, Sent, Wants};
use lol_html::html_content::{Element, TextChunk, TextType};
use lol_html::{DocumentContentHandlers, HandlerResult, HtmlRewriter, MemorySettings, Settings};
use std::cell::RefCell;

/// That the `<meta>` elements of a page are read as header fields (`:decode-body-headers`); an
/// options group.
#[derive(Clone, Copy, Debug)]
pub struct MetaTags;

/// Reads the `<meta>` elements in the head of a page, if [`MetaTags`] says so, and sets what they
/// say among the header fields, in place of what the server said: `http-equiv` with its
/// `content`, and `charset` as the `Content-Type`. With that, `:as :auto` takes the charset that
/// the page tells.
///
/// Only bodies of `text/*`, or of no type at all, are read, and only as far as their head goes.
/// Fields that belong to the message rather than to the page are left alone.
#[derive(Debug)]
pub struct MetaTagsStage;

impl Hook for MetaTagsStage {
    fn name(&self) -> &'static str {
        "meta-tags"
    }

    fn wants_request(&self) -> Wants {
        Wants::Never
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn wants_body(&self) -> Wants {
        Wants::option::<MetaTags>()
    }

    fn body(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        if sent.options.get::<MetaTags>().is_none() || sent.method == Method::HEAD {
            return Ok(());
        }
        let is_text = match res.headers.text("content-type") {
            Some(media_type) => is_text(&media_type),
            None => true,
        };
        if let Some(page) = res.body.as_bytes().filter(|_| is_text) {
            let found = read(page);
            found.merge_into(&mut res.headers);
        }
        Ok(())
    }
}

fn is_text(media_type: &str) -> bool {
    let kind = media_type.trim_start().get(..5);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("text/")) || media_type.trim().is_empty()
}

/// What the head of a page says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    equivalents: Vec<(String, String)>,
    charset: Option<String>,
}

/// What tells how the message was sent, and what a page cannot set in a browser either.
const OF_THE_MESSAGE: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "set-cookie",
    "set-cookie2",
    "trailer",
    "transfer-encoding",
];

impl Found {
    fn merge_into(self, headers: &mut Headers) {
        for (name, value) in self.equivalents {
            if !OF_THE_MESSAGE.contains(&name.as_str()) {
                // What is no name or value of a header field says nothing.
                let _ = headers.insert(name, value);
            }
        }
        if let Some(charset) = self.charset {
            let _ = headers.insert("content-type", format!("text/html; charset={charset}"));
        }
    }

    fn element(&mut self, element: &Element<'_, '_>) -> HandlerResult {
        match element.tag_name().as_str() {
            "meta" => {}
            "html" | "head" | "title" | "base" | "link" | "style" | "script" | "noscript" => {
                return Ok(());
            }
            _ => return Err(HEAD_ENDED.into()),
        }
        let attribute = |name| element.get_attribute(name).map(|value| unescape(&value));
        if let (Some(name), Some(value)) = (attribute("http-equiv"), attribute("content")) {
            let name = name.trim().to_ascii_lowercase();
            let value = if name == "content-type" {
                readable(&value)
            } else {
                value
            };
            if self.equivalents.len() == MAX_EQUIVALENTS {
                return Err(HEAD_ENDED.into());
            }
            self.equivalents.push((name, value));
        }
        if self.charset.is_none() {
            let charset = attribute("charset").map(|label| readable(label.trim()));
            self.charset = charset.filter(|label| !label.is_empty());
        }
        Ok(())
    }
}

/// That a page whose tags could be read is in UTF-16 cannot be: UTF-8 is meant (HTML, 13.2.3.2).
fn readable(text: &str) -> String {
    match text.to_ascii_lowercase().find("utf-16") {
        Some(at) => format!("{}UTF-8", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Pages have three or four; each is compared with all header fields.
const MAX_EQUIVALENTS: usize = 64;
const HEAD_ENDED: &str = "the head has ended";
/// How much the parser may hold.
const MEMORY: usize = 1 << 20;

/// Reads as far as the head goes: up to its end, or to what cannot stand in one.
fn read(page: &[u8]) -> Found {
    let found = RefCell::new(Found::default());
    let page = page.strip_prefix(b"\xef\xbb\xbf").unwrap_or(page);
    let element = lol_html::element!("*", |element| {
        found.borrow_mut().element(element)?;
        if element.tag_name() == "head" {
            element.on_end_tag(lol_html::end_tag!(|_| Err(HEAD_ENDED.into())))?;
        }
        Ok(())
    });
    let text = |text: &mut TextChunk<'_>| match text.text_type() {
        TextType::Data if !text.as_str().trim().is_empty() => Err(HEAD_ENDED.into()),
        _ => Ok(()),
    };
    let settings = Settings::new()
        .append_element_content_handler(element)
        .append_document_content_handler(DocumentContentHandlers::default().text(text))
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MEMORY))
        .with_strict(false);
    let mut parser = HtmlRewriter::new(settings, |_: &[u8]| {});
    // An error is the end of the head, or of the memory: what was found until then holds.
    if parser.write(page).is_ok() {
        let _ = parser.end();
    } else {
        drop(parser);
    }
    found.into_inner()
}

/// The value of an attribute with its character references resolved: those that pages use in
/// these values, and numeric ones.
fn unescape(value: &str) -> String {
    const NAMED: [(&str, char); 5] = [
        ("amp", '&'),
        ("quot", '"'),
        ("apos", '\''),
        ("lt", '<'),
        ("gt", '>'),
    ];
    let mut text = String::with_capacity(value.len());
    let mut left = value;
    while let Some((before, rest)) = left.split_once('&') {
        text.push_str(before);
        // The longest is &#1114111; so a `;` further away belongs to something else.
        let end = rest.bytes().take(9).position(|byte| byte == b';');
        let reference = end.and_then(|end| rest.get(..end));
        let character = reference.and_then(|reference| match reference.strip_prefix('#') {
            Some(number) => match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok().and_then(char::from_u32),
                None => number.parse().ok().and_then(char::from_u32),
            },
            None => NAMED
                .iter()
                .find(|(name, _)| *name == reference)
                .map(|(_, c)| *c),
        });
        if let (Some(character), Some(end)) = (character, end) {
            text.push(character);
            left = rest.get(end + 1..).unwrap_or_default();
        } else {
            text.push('&');
            left = rest;
        }
    }
    text.push_str(left);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::FakeRt;
    use courser_core::{Body, Bytes, Call, Request, Url, value_text};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// The header fields that come of a page.
    fn headers(method: Method, content_type: Option<&str>, page: impl Into<Bytes>) -> String {
        let url = Url::parse("http://h/").unwrap();
        let mut req = Request::new(url.clone(), Arc::new(Call::new(FakeRt::runtime())));
        req.method = method;
        req.options.set(MetaTags);
        let mut res = Response::new(url);
        if let Some(content_type) = content_type {
            res.headers.append("Content-Type", content_type).unwrap();
        }
        res.body = Body::from(page.into());
        MetaTagsStage.body(&req.sent(), &mut res).unwrap();
        let lines = res.headers.iter();
        let lines = lines.map(|(name, value)| format!("{name}: {}", value_text(value)));
        lines.collect::<Vec<_>>().join("; ")
    }

    #[track_caller]
    fn check(page: &'static str, expected: &str) {
        assert_eq!(
            headers(Method::GET, Some("text/html"), page),
            expected,
            "{page}"
        );
    }

    #[test]
    fn pages() {
        check("", "Content-Type: text/html");
        check(
            "<!DOCTYPE html><html><head><meta charset=\"Shift_JIS\"><title>t</title>",
            "content-type: text/html; charset=Shift_JIS",
        );
        check(
            "<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=EUC-JP'>\n<meta http-equiv=X-A content='a &amp; &#233;&lt;&copy;'>",
            "content-type: text/html; charset=EUC-JP; x-a: a & é<&copy;",
        );
        check(
            "<meta charset=a><meta charset=b><meta http-equiv=content-type content=c>",
            "content-type: text/html; charset=a",
        );
        check(
            "<meta http-equiv=x-a content=1><meta http-equiv=X-A content=2>",
            "Content-Type: text/html; x-a: 2",
        );
        check(
            "\u{feff}<meta charset=utf-8>",
            "content-type: text/html; charset=utf-8",
        );
        check(
            "<meta charset=utf-16le>",
            "content-type: text/html; charset=UTF-8",
        );
        check(
            "<meta http-equiv=content-type content='text/html;charset=utf-16'>",
            "content-type: text/html;charset=UTF-8",
        );
        check(
            "<title><meta charset=a></title><script>'<meta charset=b>'</script><style>x</style><meta charset=c>",
            "content-type: text/html; charset=c",
        );
        check(
            "<!-- <meta charset=a> --><meta charset=c>",
            "content-type: text/html; charset=c",
        );
    }

    #[test]
    fn many_equivalents() {
        let one = |n| format!("<meta http-equiv=x-{n} content=y>");
        let page: Vec<String> = (0..5000).map(one).collect();
        let shown = headers(Method::GET, None, page.concat());
        assert_eq!(shown.matches("; ").count() + 1, MAX_EQUIVALENTS);
    }

    #[test]
    fn only_the_head_speaks() {
        let nothing = "Content-Type: text/html";
        check("<body><meta charset=a>", nothing);
        check("<p>x</p><meta charset=a>", nothing);
        check("text <meta charset=a>", nothing);
        check("<head></head><meta charset=a>", nothing);
        check("<template><meta charset=a></template>", nothing);
        check("<meta charset=>", nothing);
        check("<meta http-equiv=x-a><meta content=b>", nothing);
        check(
            "<meta http-equiv='x a' content=b><meta http-equiv=x content='a&#13;&#10;Evil: 1'>",
            nothing,
        );
        check(
            "<meta http-equiv=Set-Cookie content=a=b><meta http-equiv=content-length content=5>",
            nothing,
        );
        let page = "<meta charset=a>";
        assert_eq!(headers(Method::HEAD, Some("text/html"), page), nothing);
        let xhtml = Some("application/xhtml+xml");
        assert_eq!(
            headers(Method::GET, xhtml, page),
            "Content-Type: application/xhtml+xml"
        );
        assert_eq!(
            headers(Method::GET, Some("TEXT/plain"), page),
            "content-type: text/html; charset=a"
        );
        assert_eq!(
            headers(Method::GET, None, page),
            "content-type: text/html; charset=a"
        );
    }

    /// SECURITY 31: nesting, and all else that makes trees expensive.
    #[test]
    fn deep_and_endless_pages_take_one_pass() {
        for unit in [
            "<div>",
            "<head>",
            "<html>",
            "<noscript>",
            "<meta ",
            "<meta a=\"",
            "<title>",
            "<!--",
            "<script>",
            "<a b=c ",
            "&amp;",
            "<meta http-equiv=x content=y>",
            "</html>",
            "<",
        ] {
            let page = unit.repeat((256 << 10) / unit.len());
            let _ = headers(Method::GET, None, page.clone());
            let _ = headers(Method::GET, None, format!("<html><head><meta x='{page}"));
        }
    }

    proptest! {
        /// Any bytes are a page.
        #[test]
        fn any_page(page in "(<(/?(meta|head|title|script|p)|!--)( (charset|http-equiv|content)(=['\"]?[a&#;0-9é]{0,5}['\"]?)?){0,3}>?| |x|-->){0,12}", cut in 0usize..400) {
            let page = page.into_bytes();
            headers(Method::GET, None, page[..cut.min(page.len())].to_vec());
        }
    }
}
