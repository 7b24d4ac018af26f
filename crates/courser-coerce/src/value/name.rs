//! Keywords and symbols: names with an optional namespace.

use std::fmt;

use smol_str::{SmolStr, format_smolstr};

/// The slash between namespace and name. A lone `/` is a name (Clojure's division), and so is the
/// end of `ns//`.
fn slash(text: &str) -> Option<usize> {
    text.find('/')
        .filter(|slash| *slash > 0 && slash + 1 < text.len())
}

fn namespace(text: &str) -> Option<&str> {
    slash(text).and_then(|slash| text.get(..slash))
}

fn name(text: &str) -> &str {
    slash(text)
        .and_then(|slash| text.get(slash + 1..))
        .unwrap_or(text)
}

/// An EDN keyword: `:name` or `:namespace/name`.
///
/// Cheap to make and clone: short text is kept in place, longer text is shared.
///
/// ```
/// use courser_coerce::value::Keyword;
///
/// let k = Keyword::new("my.app/trace");
/// assert_eq!((k.namespace(), k.name()), (Some("my.app"), "trace"));
/// assert_eq!(k.to_string(), ":my.app/trace");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Keyword(SmolStr);

/// An EDN symbol: `name` or `namespace/name`; also the name of a tag.
///
/// ```
/// use courser_coerce::value::Symbol;
///
/// assert_eq!(Symbol::new("myapp/Person").namespace(), Some("myapp"));
/// assert_eq!(Symbol::new("/").name(), "/");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(SmolStr);

impl Keyword {
    /// The keyword of that text, without its colon. Text before the first `/` is the namespace.
    ///
    /// Any text is taken: JSON keys may become keywords that EDN cannot read back, as in Clojure.
    pub fn new(text: &str) -> Self {
        Self(SmolStr::new(text))
    }

    /// The keyword `:namespace/name`.
    pub fn namespaced(namespace: &str, name: &str) -> Self {
        Self(format_smolstr!("{namespace}/{name}"))
    }

    /// What stands before the slash.
    pub fn namespace(&self) -> Option<&str> {
        namespace(&self.0)
    }

    /// What stands after the slash, or everything.
    pub fn name(&self) -> &str {
        name(&self.0)
    }

    /// The whole text without the colon: `name` or `namespace/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Symbol {
    /// The symbol of that text. Text before the first `/` is the namespace.
    pub fn new(text: &str) -> Self {
        Self(SmolStr::new(text))
    }

    /// The symbol `namespace/name`.
    pub fn namespaced(namespace: &str, name: &str) -> Self {
        Self(format_smolstr!("{namespace}/{name}"))
    }

    /// What stands before the slash.
    pub fn namespace(&self) -> Option<&str> {
        namespace(&self.0)
    }

    /// What stands after the slash, or everything.
    pub fn name(&self) -> &str {
        name(&self.0)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
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
