//! Keywords and symbols: names with an optional namespace.

use std::fmt;
use std::sync::Arc;

/// `namespace/name` in one shared piece of text, and where the name begins in it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Name {
    text: Arc<str>,
    start: u32,
}

impl Name {
    fn new(text: &str) -> Self {
        // A lone `/` is a name (Clojure's division), and so is the end of `ns//`.
        let start = match text.find('/') {
            Some(slash) if slash > 0 && slash + 1 < text.len() => slash + 1,
            _ => 0,
        };
        Self {
            text: Arc::from(text),
            start: u32::try_from(start).unwrap_or(0),
        }
    }

    fn namespaced(namespace: &str, name: &str) -> Self {
        let start = u32::try_from(namespace.len() + 1).unwrap_or(0);
        Self {
            text: Arc::from(format!("{namespace}/{name}")),
            start,
        }
    }

    fn namespace(&self) -> Option<&str> {
        let slash = (self.start as usize).checked_sub(1)?;
        self.text.get(..slash)
    }

    fn name(&self) -> &str {
        self.text.get(self.start as usize..).unwrap_or(&self.text)
    }
}

/// An EDN keyword: `:name` or `:namespace/name`.
///
/// Cheap to clone; the text is shared.
///
/// ```
/// use courser_coerce::value::Keyword;
///
/// let k = Keyword::new("my.app/trace");
/// assert_eq!((k.namespace(), k.name()), (Some("my.app"), "trace"));
/// assert_eq!(k.to_string(), ":my.app/trace");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Keyword(Name);

/// An EDN symbol: `name` or `namespace/name`; also the name of a tag.
///
/// ```
/// use courser_coerce::value::Symbol;
///
/// assert_eq!(Symbol::new("myapp/Person").namespace(), Some("myapp"));
/// assert_eq!(Symbol::new("/").name(), "/");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(Name);

impl Keyword {
    /// The keyword of that text, without its colon. Text before the first `/` is the namespace.
    ///
    /// Any text is taken: JSON keys may become keywords that EDN cannot read back, as in Clojure.
    pub fn new(text: &str) -> Self {
        Self(Name::new(text))
    }

    /// The keyword `:namespace/name`.
    pub fn namespaced(namespace: &str, name: &str) -> Self {
        Self(Name::namespaced(namespace, name))
    }

    /// What stands before the slash.
    pub fn namespace(&self) -> Option<&str> {
        self.0.namespace()
    }

    /// What stands after the slash, or everything.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The whole text without the colon: `name` or `namespace/name`.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl Symbol {
    /// The symbol of that text. Text before the first `/` is the namespace.
    pub fn new(text: &str) -> Self {
        Self(Name::new(text))
    }

    /// The symbol `namespace/name`.
    pub fn namespaced(namespace: &str, name: &str) -> Self {
        Self(Name::namespaced(namespace, name))
    }

    /// What stands before the slash.
    pub fn namespace(&self) -> Option<&str> {
        self.0.namespace()
    }

    /// What stands after the slash, or everything.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ":{}", self.as_str())
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ":{}", self.as_str())
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Keyword {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Symbol {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, namespace: Option<&str>, name: &str) {
        let keyword = Keyword::new(text);
        assert_eq!(
            (keyword.namespace(), keyword.name()),
            (namespace, name),
            "{text}"
        );
        let symbol = Symbol::new(text);
        assert_eq!(
            (symbol.namespace(), symbol.name()),
            (namespace, name),
            "{text}"
        );
    }

    #[test]
    fn splits_at_the_first_slash() {
        check("a", None, "a");
        check("a/b", Some("a"), "b");
        check("/", None, "/");
        check("a/", None, "a/");
        check("clojure.core//", Some("clojure.core"), "/");
        check("", None, "");
        check("text/html", Some("text"), "html");
    }

    #[test]
    fn namespaced_equals_parsed() {
        assert_eq!(Keyword::namespaced("a", "b"), Keyword::new("a/b"));
        assert_eq!(Symbol::namespaced("a", "b"), Symbol::new("a/b"));
    }
}
