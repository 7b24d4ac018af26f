//! Media types.

use super::format::Format;

/// A media type with its parameters, as a `Content-Type` has it (RFC 9110, 8.3.1).
///
/// ```
/// use courser_coerce::middleware::MediaType;
///
/// let page = MediaType::parse(r#"Text/HTML; Charset="utf-8""#).unwrap();
/// assert!(page.is("text/html"));
/// assert_eq!((page.essence(), page.param("charset")), ("Text/HTML", Some("utf-8")));
/// assert!(MediaType::parse("nonsense").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    params: Vec<(String, String)>,
}

impl MediaType {
    /// Reads one, leniently: parameters that are malformed are left out, and of several of one
    /// name the first counts. None for what has no type and subtype.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (essence, mut left) = split(text, ';');
        let essence = essence.trim();
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut params: Vec<(String, String)> = Vec::new();
        while !left.is_empty() {
            let (name, value);
            (name, left) = split(left, '=');
            // What stands before a `;` that comes first is no parameter (RFC 9110, 5.6.6).
            let name = name.rsplit(';').next().unwrap_or_default().trim();
            (value, left) = param_value(left.trim_start());
            let name = name.to_ascii_lowercase();
            if is_token(&name) && !params.iter().any(|(known, _)| *known == name) {
                params.push((name, value));
            }
        }
        Some(MediaType {
            essence: essence.to_owned(),
            params,
        })
    }

    /// Type and subtype, as they were written.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// Whether it is that type and subtype, in any case.
    #[must_use]
    pub fn is(&self, essence: &str) -> bool {
        self.essence.eq_ignore_ascii_case(essence)
    }

    /// The parameter of that name, in any case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The parameters in their order, their names in lower case.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How a body of that type is made data of (`:as :auto`); none for text and what is not
    /// known. A structured suffix counts (RFC 6839): `application/problem+json` is JSON.
    pub(super) fn format(&self) -> Option<Format> {
        let essence = self.essence.to_ascii_lowercase();
        Some(match essence.as_str() {
            "application/msgpack" | "application/x-msgpack" | "application/vnd.msgpack" => {
                Format::Msgpack
            }
            "application/json" | "text/json" => Format::Json { keyword_keys: true },
            "application/edn" | "application/clojure" => Format::Edn,
            "application/x-www-form-urlencoded" => Format::Form,
            "application/xml" | "text/xml" => Format::Xml,
            // A page, which mostly has a DTD: text, as HTML is.
            "application/xhtml+xml" => return None,
            other if other.starts_with("multipart/") => {
                return self.param("boundary").map(|_| Format::Multipart);
            }
            // Transit itself, and what others build on it.
            other if other.ends_with("/transit+msgpack") || other.ends_with("+transit+msgpack") => {
                Format::TransitMsgpack
            }
            other
                if ["/transit+json", "+transit+json", "+transit"]
                    .iter()
                    .any(|suffix| other.ends_with(suffix)) =>
            {
                Format::TransitJson
            }
            other if other.ends_with("+msgpack") => Format::Msgpack,
            other if other.ends_with("+json") => Format::Json { keyword_keys: true },
            other if other.ends_with("+edn") => Format::Edn,
            other if other.ends_with("+xml") => Format::Xml,
            _ => return None,
        })
    }
}

/// What stands before and behind the first such character; all and nothing without one.
fn split(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

/// The value that the text begins with, and what stands behind its `;`.
fn param_value(text: &str) -> (String, &str) {
    let Some(mut left) = text.strip_prefix('"') else {
        let (value, left) = split(text, ';');
        return (value.trim().to_owned(), left);
    };
    let mut value = String::new();
    loop {
        let end = left.find(['"', '\\']).unwrap_or(left.len());
        value.push_str(left.get(..end).unwrap_or_default());
        let mut chars = left.get(end..).unwrap_or_default().chars();
        if chars.next() == Some('\\') {
            value.extend(chars.next());
            left = chars.as_str();
        } else {
            return (value, split(chars.as_str(), ';').1);
        }
    }
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let shown = MediaType::parse(text).map_or("none".to_owned(), |media_type| {
                let params = media_type
                    .params()
                    .map(|(name, value)| format!(" {name}={value}"));
                format!("{}{}", media_type.essence(), params.collect::<String>())
            });
            assert_eq!(shown, expected, "{text}");
        }
        check("text/html", "text/html");
        check(
            " Text/HTML ; Charset = \"utf-8\" ;x=y",
            "Text/HTML charset=utf-8 x=y",
        );
        check("text/html;charset=utf-8;", "text/html charset=utf-8");
        check("text/html;;charset=utf-8", "text/html charset=utf-8");
        check("text/html; foo; charset=utf-8", "text/html charset=utf-8");
        check("text/html; charset=a; charset=b", "text/html charset=a");
        check("text/html; charset=", "text/html charset=");
        check(r#"a/b; x="a;b\"c\\"; y=z"#, r#"a/b x=a;b"c\ y=z"#);
        check(r#"a/b; x="open; y=z"#, "a/b x=open; y=z");
        check(r#"a/b; x="q"junk; y=z"#, "a/b x=q y=z");
        check(r#"a/b; x="\"#, "a/b x=");
        for none in [
            "",
            "text",
            "/",
            "text/",
            "/html",
            "te xt/html",
            "text/html/x",
            "a/b, c/d",
            "é/a",
        ] {
            check(none, "none");
        }
    }

    #[test]
    fn formats() {
        fn check(text: &str, expected: Option<Format>) {
            assert_eq!(MediaType::parse(text).unwrap().format(), expected, "{text}");
        }
        let json = Some(Format::Json { keyword_keys: true });
        check("application/json", json);
        check("Application/JSON; charset=x", json);
        check("application/problem+json", json);
        check("application/vnd.x+edn", Some(Format::Edn));
        check("application/clojure", Some(Format::Edn));
        check("application/x-www-form-urlencoded", Some(Format::Form));
        check("application/transit+json", Some(Format::TransitJson));
        check("application/vnd.x+transit+json", Some(Format::TransitJson));
        check("application/vnd.x+transit", Some(Format::TransitJson));
        check("application/transit+msgpack", Some(Format::TransitMsgpack));
        check("application/msgpack", Some(Format::Msgpack));
        check("application/vnd.x+msgpack", Some(Format::Msgpack));
        check("Multipart/Mixed; Boundary=x", Some(Format::Multipart));
        check("multipart/mixed", None);
        check("text/html", None);
        check("application/xml", Some(Format::Xml));
        check("text/xml; charset=x", Some(Format::Xml));
        check("application/atom+xml", Some(Format::Xml));
        check("application/xhtml+xml", None);
        check("application/jsonp", None);
    }
}
