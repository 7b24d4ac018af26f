//! Header fields: ordered, case-preserving, case-insensitive.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, Result, excerpt};

/// The header fields of a message: clj-http's header map.
///
/// Fields keep their order and the case of their names as they were written; lookups ignore
/// case; a name may stand several times, one line each.
///
/// ```
/// use courser_core::Headers;
///
/// let mut headers = Headers::new();
/// headers.append("X-Tag", "a")?;
/// headers.append("x-tag", "b")?;
/// assert_eq!(headers.get_str("X-TAG"), Some("a"));
/// assert_eq!(headers.get_all("x-tag").count(), 2);
/// let written: Vec<&str> = headers.iter().map(|(name, _)| name).collect();
/// assert_eq!(written, ["X-Tag", "x-tag"]);
///
/// let error = headers.append("X-Tag", "a\r\nEvil: 1").unwrap_err();
/// assert!(error.to_string().contains("X-Tag"));
/// # Ok::<(), courser_core::Error>(())
/// ```
///
/// Clones share the fields until one of them is changed: stages keep what was sent at no cost.
#[derive(Clone, Default)]
pub struct Headers {
    /// `None` for no fields.
    fields: Option<Arc<Vec<Field>>>,
}

#[derive(Clone, PartialEq, Eq)]
struct Field {
    name: Name,
    value: HeaderValue,
}

/// A field name: how it compares, and how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    key: HeaderName,
    /// Only where it differs from `key`, which is lower case.
    written: Option<Cow<'static, str>>,
}

impl Name {
    /// The name of a field that is known beforehand, in the case in which it is written. What
    /// stages send by this costs no allocation.
    #[must_use]
    pub const fn known(key: HeaderName, written: &'static str) -> Self {
        Name {
            key,
            written: Some(Cow::Borrowed(written)),
        }
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.written.as_deref().unwrap_or(self.key.as_str())
    }
}

/// What can name a field: `&str`, `String`, [`HeaderName`].
pub trait IntoName {
    /// Checks the name. An error names it and says which characters are accepted.
    fn into_name(self) -> Result<Name>;
}

impl IntoName for &str {
    fn into_name(self) -> Result<Name> {
        let key = HeaderName::from_bytes(self.as_bytes()).map_err(|_| bad_name(self))?;
        let written = (key.as_str() != self).then(|| Cow::Owned(self.to_owned()));
        Ok(Name { key, written })
    }
}

fn bad_name(name: &str) -> Error {
    Error::invalid(format!(
        "the header name \"{}\" is malformed",
        excerpt(name, 60)
    ))
    .help("letters, digits and !#$%&'*+-.^_`|~ are accepted (RFC 9110, 5.6.2)")
}

impl IntoName for String {
    fn into_name(self) -> Result<Name> {
        self.as_str().into_name()
    }
}

impl IntoName for &String {
    fn into_name(self) -> Result<Name> {
        self.as_str().into_name()
    }
}

impl IntoName for HeaderName {
    fn into_name(self) -> Result<Name> {
        Ok(Name {
            key: self,
            written: None,
        })
    }
}

impl IntoName for &HeaderName {
    fn into_name(self) -> Result<Name> {
        self.clone().into_name()
    }
}

impl IntoName for Name {
    fn into_name(self) -> Result<Name> {
        Ok(self)
    }
}

/// What can be a field's value: text, numbers, [`HeaderValue`].
///
/// Text is sent in ISO-8859-1, the charset of header fields; a character beyond it is an error.
/// For other bytes, give a [`HeaderValue`].
pub trait IntoValue {
    /// Checks the value. `None` if it has a character that cannot stand in a header.
    fn into_value(self) -> Option<HeaderValue>;
    /// The value as text, shortened, for the message of an error. Never of a secret one.
    fn shown(&self) -> String {
        String::new()
    }
}

impl IntoValue for &str {
    fn into_value(self) -> Option<HeaderValue> {
        if self.is_ascii() {
            return HeaderValue::from_str(self).ok();
        }
        let latin1: Option<Vec<u8>> = self
            .chars()
            .map(|c| u8::try_from(u32::from(c)).ok())
            .collect();
        HeaderValue::from_bytes(&latin1?).ok()
    }
    fn shown(&self) -> String {
        let bad = |c: &char| u32::from(*c) > 0xff || (c.is_control() && *c != '\t');
        match self.chars().find(bad) {
            Some(c) => format!("the character {c:?} (U+{:04X})", u32::from(c)),
            None => String::new(),
        }
    }
}

impl IntoValue for String {
    fn into_value(self) -> Option<HeaderValue> {
        self.as_str().into_value()
    }
    fn shown(&self) -> String {
        self.as_str().shown()
    }
}

impl IntoValue for &String {
    fn into_value(self) -> Option<HeaderValue> {
        self.as_str().into_value()
    }
    fn shown(&self) -> String {
        self.as_str().shown()
    }
}

impl IntoValue for HeaderValue {
    fn into_value(self) -> Option<HeaderValue> {
        Some(self)
    }
}

impl IntoValue for &HeaderValue {
    fn into_value(self) -> Option<HeaderValue> {
        Some(self.clone())
    }
}

impl IntoValue for u64 {
    fn into_value(self) -> Option<HeaderValue> {
        Some(HeaderValue::from(self))
    }
}

impl IntoValue for i64 {
    fn into_value(self) -> Option<HeaderValue> {
        Some(HeaderValue::from(self))
    }
}

impl IntoValue for i32 {
    fn into_value(self) -> Option<HeaderValue> {
        Some(HeaderValue::from(self))
    }
}

impl Headers {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Headers { fields: None }
    }

    /// Room for `n` fields.
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Headers {
            fields: (n > 0).then(|| Arc::new(Vec::with_capacity(n))),
        }
    }

    fn fields(&self) -> &[Field] {
        self.fields.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Reads from each line of memory that the fields take; see [`warm_up`](crate::Request::warm_up).
    pub(crate) fn warm_up(&self) -> usize {
        let of = |field: &Field| field.value.len() ^ usize::from(field.name.written.is_some());
        self.fields().iter().fold(0, |sum, field| sum ^ of(field))
    }

    /// The fields, to be changed: apart from those of clones.
    fn edit(&mut self) -> &mut Vec<Field> {
        Arc::make_mut(self.fields.get_or_insert_default())
    }

    /// The number of fields (lines).
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }

    fn field(name: impl IntoName, value: impl IntoValue) -> Result<Field> {
        let name = name.into_name()?;
        let shown = value.shown();
        match value.into_value() {
            Some(value) => Ok(Field { name, value }),
            None => Err(Error::invalid(format!(
                "the value of the header \"{}\" has {shown}, which a header cannot carry",
                name.as_str()
            ))
            .help("a value is one line of ISO-8859-1 text without control characters")),
        }
    }

    /// Adds a field after those that are there, also of the same name.
    ///
    /// # Errors
    /// A name or value that cannot stand in a header (CR, LF, NUL …); it names the header.
    pub fn append(&mut self, name: impl IntoName, value: impl IntoValue) -> Result<()> {
        let field = Self::field(name, value)?;
        self.edit().push(field);
        Ok(())
    }

    /// Sets a field: the first of that name is replaced where it stands, others are removed.
    ///
    /// # Errors
    /// As [`append`](Headers::append).
    pub fn insert(&mut self, name: impl IntoName, value: impl IntoValue) -> Result<()> {
        let field = Self::field(name, value)?;
        let key = field.name.key.clone();
        let fields = self.edit();
        let Some(at) = fields.iter().position(|f| f.name.key == key) else {
            fields.push(field);
            return Ok(());
        };
        let mut new = Some(field);
        let mut i = 0;
        fields.retain_mut(|f| {
            let here = i == at;
            i += 1;
            if here && let Some(new) = new.take() {
                *f = new;
                return true;
            }
            f.name.key != key
        });
        Ok(())
    }

    /// Sets a field unless one of that name is there. Tells whether it was set.
    ///
    /// # Errors
    /// As [`append`](Headers::append).
    pub fn insert_default(&mut self, name: impl IntoName, value: impl IntoValue) -> Result<bool> {
        let field = Self::field(name, value)?;
        let absent = !self.fields().iter().any(|f| f.name.key == field.name.key);
        if absent {
            self.edit().push(field);
        }
        Ok(absent)
    }

    fn matching<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a Field> + use<'a, 'n> {
        let same = move |f: &&Field| f.name.key.as_str().eq_ignore_ascii_case(name);
        self.fields().iter().filter(same)
    }

    /// The first value of that name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&HeaderValue> {
        self.matching(name).map(|f| &f.value).next()
    }

    /// The first value, if it is ASCII text.
    #[must_use]
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str().ok()
    }

    /// The first value as text, read as ISO-8859-1.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(value_text)
    }

    /// All values of that name, in their order.
    pub fn get_all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a HeaderValue> + use<'a, 'n> {
        self.matching(name).map(|f| &f.value)
    }

    /// Whether there is a field of that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.matching(name).next().is_some()
    }

    /// Removes all fields of that name. Tells whether there were any.
    pub fn remove(&mut self, name: &str) -> bool {
        self.remove_where(|other, _| other.eq_ignore_ascii_case(name))
    }

    /// Removes all fields of which `which` says so, given name and value. Tells whether there
    /// were any.
    pub fn remove_where(&mut self, which: impl Fn(&str, &HeaderValue) -> bool) -> bool {
        let goes = |f: &Field| which(f.name.key.as_str(), &f.value);
        if !self.fields().iter().any(goes) {
            return false;
        }
        self.edit().retain(|f| !goes(f));
        true
    }

    /// Marks all values of that name as sensitive: `Debug` and logs hide them, and they do not
    /// follow a redirect to another origin.
    pub fn hide(&mut self, name: &str) {
        if self.contains(name) {
            for f in self.edit() {
                if f.name.key.as_str().eq_ignore_ascii_case(name) {
                    f.value.set_sensitive(true);
                }
            }
        }
    }

    /// All fields in order, with the names as written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &HeaderValue)> {
        self.fields().iter().map(|f| (f.name.as_str(), &f.value))
    }

    /// All fields in order, with names as `http` has them.
    pub fn iter_http(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.fields().iter().map(|f| (&f.name.key, &f.value))
    }

    /// Sets all fields of `other`: names that are in both are replaced, whole.
    pub fn merge(&mut self, other: &Headers) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        let new = other.fields();
        let fields = self.edit();
        fields.retain(|f| !new.iter().any(|o| o.name.key == f.name.key));
        fields.extend(new.iter().cloned());
    }

    /// As an [`HeaderMap`]; case and the order between names are lost.
    #[must_use]
    pub fn to_map(&self) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.len());
        for f in self.fields() {
            map.append(f.name.key.clone(), f.value.clone());
        }
        map
    }
}

impl FromIterator<(Name, HeaderValue)> for Headers {
    fn from_iter<I: IntoIterator<Item = (Name, HeaderValue)>>(fields: I) -> Self {
        /// Room for more is made as they come: an iterator may promise what it does not have.
        const MOST: usize = 64;
        let fields = fields.into_iter();
        let (least, most) = fields.size_hint();
        let mut all = Vec::with_capacity(most.unwrap_or(least).min(MOST));
        all.extend(fields.map(|(name, value)| Field { name, value }));
        Headers {
            fields: (!all.is_empty()).then(|| Arc::new(all)),
        }
    }
}

/// A value as text, read as ISO-8859-1.
#[must_use]
pub fn value_text(value: &HeaderValue) -> Cow<'_, str> {
    match value.to_str() {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => value.as_bytes().iter().map(|&b| char::from(b)).collect(),
    }
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        let mut fields: Vec<Field> = Vec::with_capacity(map.len());
        for (name, value) in map {
            // `HeaderMap` yields the name with the first of several values only.
            let last = || fields.last().map(|field| field.name.key.clone());
            if let Some(key) = name.or_else(last) {
                let name = Name { key, written: None };
                fields.push(Field { name, value });
            }
        }
        Headers {
            fields: Some(Arc::new(fields)),
        }
    }
}

impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        map.clone().into()
    }
}

impl From<Headers> for HeaderMap {
    fn from(headers: Headers) -> Self {
        // A transport adds some of its own.
        let mut map = HeaderMap::with_capacity(headers.len() + 4);
        for f in headers.fields.map(Arc::unwrap_or_clone).unwrap_or_default() {
            map.append(f.name.key, f.value);
        }
        map
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Headers) -> bool {
        self.fields() == other.fields()
    }
}

impl Eq for Headers {}

/// Prints the fields, with the values of those that carry credentials hidden.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.iter() {
            if value.is_sensitive() || is_secret(name) {
                map.entry(&name, &"…");
            } else {
                map.entry(&name, &value_text(value));
            }
        }
        map.finish()
    }
}

/// Whether a field of that name commonly carries credentials: it is hidden in `Debug` output and
/// logs, and not sent to another origin on a redirect.
///
/// That is so if `token`, `secret`, `cookie` and the like stand in its name, or words of it, cut
/// at `-` and `_`, are `auth` and the like, or `api key` and the like.
///
/// ```
/// use courser_core::is_secret;
///
/// assert!(is_secret("X-Api-Key") && is_secret("proxy-authorization"));
/// assert!(!is_secret("Accept") && !is_secret("Idempotency-Key"));
/// ```
#[must_use]
pub fn is_secret(name: &str) -> bool {
    const PARTS: [&str; 9] = [
        "apikey",
        "authentication",
        "authorization",
        "cookie",
        "credential",
        "passwd",
        "password",
        "secret",
        "token",
    ];
    const WORDS: [&str; 9] = [
        "auth",
        "csrf",
        "jwt",
        "session",
        "sid",
        "sig",
        "signature",
        "xauth",
        "xsrf",
    ];
    /// Before `key`.
    const KEYS: [&str; 8] = [
        "access",
        "api",
        "app",
        "auth",
        "functions",
        "master",
        "private",
        "subscription",
    ];
    let name = name.to_ascii_lowercase();
    if PARTS.iter().any(|part| name.contains(part)) {
        return true;
    }
    let mut before = "";
    for word in name.split(['-', '_']) {
        if WORDS.contains(&word) || (word == "key" && KEYS.contains(&before)) {
            return true;
        }
        before = word;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(headers: &Headers) -> Vec<String> {
        headers
            .iter()
            .map(|(n, v)| format!("{n}: {}", value_text(v)))
            .collect()
    }

    #[test]
    fn order_case_and_multiplicity() {
        let mut h = Headers::new();
        for (n, v) in [("B", "1"), ("a", "2"), ("b", "3"), ("C", "4")] {
            h.append(n, v).unwrap();
        }
        assert_eq!(lines(&h), ["B: 1", "a: 2", "b: 3", "C: 4"]);
        h.insert("b", "5").unwrap();
        assert_eq!(lines(&h), ["b: 5", "a: 2", "C: 4"]);
        assert!(!h.insert_default("A", "6").unwrap());
        assert!(h.insert_default("D", 7).unwrap());
        assert!(h.remove("B") && !h.remove("B"));
        assert_eq!(lines(&h), ["a: 2", "C: 4", "D: 7"]);
        let mut other = Headers::new();
        other.append("A", "8").unwrap();
        other.append("A", "9").unwrap();
        h.merge(&other);
        assert_eq!(lines(&h), ["C: 4", "D: 7", "A: 8", "A: 9"]);
    }

    #[test]
    fn bad_names_and_values_are_named() {
        fn check(name: &str, value: &str, says: &str) {
            let error = Headers::new().append(name, value).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidRequest);
            assert!(error.to_string().contains(says), "{error}");
        }
        check("X\r\nY", "1", "X\\r\\nY");
        check("", "1", "header name \"\"");
        check("X Y", "1", "\"X Y\"");
        check("X", "a\r\nb", "\"X\" has the character '\\r'");
        check("X", "a\0", "U+0000");
        check("Authorization", "hunter2日", "'日' (U+65E5)");
        let error = Headers::new()
            .append("Authorization", "hunter2\n")
            .unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn latin1_goes_both_ways() {
        let mut h = Headers::new();
        h.append("X", "café").unwrap();
        assert_eq!(h.get("x").unwrap().as_bytes(), b"caf\xe9");
        assert_eq!(h.text("x").unwrap(), "café");
        assert_eq!(h.get_str("x"), None);
    }

    #[test]
    fn secrets_are_hidden() {
        let mut h = Headers::new();
        for name in [
            "Authorization",
            "X-Api-Key",
            "COOKIE",
            "X-Goog-Api-Key",
            "X-Amz-Security-Token",
            "Ocp-Apim-Subscription-Key",
            "PRIVATE-TOKEN",
            "x_auth",
        ] {
            h.append(name, "hunter2").unwrap();
        }
        h.append("Accept", "text/html").unwrap();
        let shown = format!("{h:?}");
        assert!(
            !shown.contains("hunter2") && shown.contains("text/html"),
            "{shown}"
        );
    }

    #[test]
    fn clones_do_not_see_each_others_changes() {
        let mut h = Headers::new();
        h.append("A", "1").unwrap();
        let mut other = h.clone();
        other.append("B", "2").unwrap();
        h.hide("a");
        assert_eq!(lines(&h), ["A: 1"]);
        assert_eq!(lines(&other), ["A: 1", "B: 2"]);
        assert!(h.get("a").unwrap().is_sensitive() && !other.get("a").unwrap().is_sensitive());
        assert!(format!("{h:?}").contains('…') && !format!("{other:?}").contains('…'));
        assert!(other.remove_where(|name, value| name == "a" && value == "1"));
        assert_eq!(lines(&other), ["B: 2"]);
        assert_eq!(HeaderMap::from(h.clone()).len(), 1);
        h.remove("A");
        assert_eq!(h, Headers::new());
    }

    #[derive(Clone, Debug)]
    enum Action {
        Append(u8, u8),
        Insert(u8, u8),
        Default(u8, u8),
        Remove(u8),
    }

    fn action() -> impl Strategy<Value = Action> {
        let name = 0..4u8;
        prop_oneof![
            (name.clone(), any::<u8>()).prop_map(|(n, v)| Action::Append(n, v)),
            (name.clone(), any::<u8>()).prop_map(|(n, v)| Action::Insert(n, v)),
            (name.clone(), any::<u8>()).prop_map(|(n, v)| Action::Default(n, v)),
            name.prop_map(Action::Remove),
        ]
    }

    proptest! {
        /// Random actions against the simplest model: a list of pairs.
        #[test]
        fn as_the_model(actions in proptest::collection::vec(action(), 0..40)) {
            const NAMES: [&str; 4] = ["A-x", "a-X", "Host", "hOST"];
            let name = |n: u8| NAMES[usize::from(n)];
            let mut headers = Headers::new();
            let mut model: Vec<(String, String)> = Vec::new();
            for action in actions {
                let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
                match action {
                    Action::Append(n, v) => {
                        headers.append(name(n), v.to_string()).unwrap();
                        model.push((name(n).into(), v.to_string()));
                    }
                    Action::Insert(n, v) => {
                        headers.insert(name(n), v.to_string()).unwrap();
                        let at = model.iter().position(|(m, _)| same(m, name(n)));
                        let new = (name(n).to_owned(), v.to_string());
                        match at {
                            None => model.push(new),
                            Some(at) => {
                                model[at] = new;
                                let mut i = 0;
                                model.retain(|(m, _)| { i += 1; i <= at + 1 || !same(m, name(n)) });
                            }
                        }
                    }
                    Action::Default(n, v) => {
                        let set = headers.insert_default(name(n), v.to_string()).unwrap();
                        prop_assert_eq!(set, !model.iter().any(|(m, _)| same(m, name(n))));
                        if set { model.push((name(n).into(), v.to_string())); }
                    }
                    Action::Remove(n) => {
                        headers.remove(name(n));
                        model.retain(|(m, _)| !same(m, name(n)));
                    }
                }
                let expected: Vec<String> = model.iter().map(|(n, v)| format!("{n}: {v}")).collect();
                prop_assert_eq!(lines(&headers), expected);
                prop_assert_eq!(Headers::from(headers.to_map()).len(), headers.len());
            }
        }
    }
}
