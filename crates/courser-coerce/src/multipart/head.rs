//! What stands above a part.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::text::{Charset, UnknownCharset, Unmappable};

/// How the heads of parts are written (`:multipart-mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// With `Content-Type` and `Content-Transfer-Encoding`, in UTF-8.
    #[default]
    Strict,
    /// As browsers do: without `Content-Transfer-Encoding`, with a `Content-Type` for files only
    /// unless one is said, in the charset of the form.
    BrowserCompatible,
    /// As [`Strict`](Mode::Strict), by the letter of RFC 6532: in UTF-8 whatever the charset of the form is.
    Rfc6532,
}

/// What is said of a part, beside its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The name of the field.
    pub name: String,
    /// The name of the file, for parts that are files.
    pub file_name: Option<String>,
    /// The media type. *Default:* `text/plain` for text, else `application/octet-stream`.
    pub mime_type: Option<String>,
    /// The charset, by its label, which is appended to the media type. *Default:* UTF-8 for text
    /// unless the media type has one, else none.
    pub encoding: Option<String>,
    /// Whether the content is text, in that charset.
    pub is_text: bool,
    /// Other fields.
    pub headers: Vec<(String, String)>,
}

/// Why a part cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A name that no header can hold. CR and LF are not among these: they are escaped.
    #[error("{what} {shown:?} has the control character {control:?}")]
    Control {
        /// What it is the name of.
        what: &'static str,
        /// Its beginning.
        shown: String,
        /// The character.
        control: char,
    },
    /// A media type or header field that is none.
    #[error("{what} {shown:?} cannot stand in the head of a part")]
    Malformed {
        /// What it is.
        what: &'static str,
        /// Its beginning.
        shown: String,
    },
    /// A charset that is not known.
    #[error("the charset of the part {name:?} is not known")]
    UnknownCharset {
        /// The name of the part.
        name: String,
        /// Which it is.
        #[source]
        source: UnknownCharset,
    },
    /// A character that the charset does not have.
    #[error("the part {name:?} cannot be written")]
    Unmappable {
        /// The name of the part.
        name: String,
        /// Which it is.
        #[source]
        source: Unmappable,
    },
    /// Both `encoding` and a media type with a charset.
    #[error("the part {name:?} has a charset twice: in its media type, and beside it")]
    TwoCharsets {
        /// The name of the part.
        name: String,
    },
    /// The system has no random numbers.
    #[error("there are no random numbers for a boundary")]
    Random(#[source] getrandom::Error),
}

impl Head {
    /// Of a field of text.
    #[must_use]
    pub fn text(name: impl Into<String>) -> Self {
        Head {
            name: name.into(),
            is_text: true,
            ..Head::default()
        }
    }

    /// Of a file.
    #[must_use]
    pub fn file(name: impl Into<String>, file_name: impl Into<String>) -> Self {
        Head {
            name: name.into(),
            file_name: Some(file_name.into()),
            ..Head::default()
        }
    }

    /// The charset of the content, if it is text.
    ///
    /// # Errors
    /// One that is not known.
    pub fn charset(&self) -> Result<Charset, WriteError> {
        let label = self.encoding.as_deref();
        let label = label.or_else(|| self.mime_type.as_deref().and_then(charset_param));
        label.map_or(Ok(Charset::UTF_8), |label| {
            Charset::for_label(label).map_err(|source| WriteError::UnknownCharset {
                name: shown(&self.name),
                source,
            })
        })
    }

    /// Text in the charset of the part.
    ///
    /// # Errors
    /// A charset that is not known, a character that it lacks.
    pub fn encode<'t>(&self, text: &'t str) -> Result<Cow<'t, [u8]>, WriteError> {
        let encoded = self.charset()?.encode(text);
        encoded.map_err(|source| WriteError::Unmappable {
            name: shown(&self.name),
            source,
        })
    }

    /// Appends the head, from the first field to the empty line; `charset` is that of the form.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn write(&self, mode: Mode, charset: Charset, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let mut text = String::from("Content-Disposition: form-data; name=\"");
        escape("the name", &self.name, &mut text)?;
        text.push('"');
        if let Some(file_name) = &self.file_name {
            text.push_str("; filename=\"");
            escape("the file name", file_name, &mut text)?;
            text.push('"');
        }
        text.push_str("\r\n");
        let brief = mode == Mode::BrowserCompatible;
        if !brief || self.file_name.is_some() || self.mime_type.is_some() || self.encoding.is_some()
        {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "Content-Type: {}\r\n", self.content_type()?);
        }
        if !brief {
            let coding = if self.is_text { "8bit" } else { "binary" };
            let _ = write!(text, "Content-Transfer-Encoding: {coding}\r\n");
        }
        for (name, value) in &self.headers {
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(malformed("the header name", name));
            }
            if value.contains(is_control) {
                return Err(malformed("the header value", value));
            }
            let _ = write!(text, "{name}: {value}\r\n");
        }
        text.push_str("\r\n");
        let charset = if brief { charset } else { Charset::UTF_8 };
        let bytes = charset
            .encode(&text)
            .map_err(|source| WriteError::Unmappable {
                name: shown(&self.name),
                source,
            })?;
        out.extend_from_slice(&bytes);
        Ok(())
    }

    fn content_type(&self) -> Result<String, WriteError> {
        let standard = if self.is_text {
            "text/plain"
        } else {
            "application/octet-stream"
        };
        let mime_type = self.mime_type.as_deref().unwrap_or(standard);
        if !mime_type.contains('/') || mime_type.contains(is_control) {
            return Err(malformed("the media type", mime_type));
        }
        let said = charset_param(mime_type).is_some();
        Ok(match &self.encoding {
            Some(_) if said => {
                return Err(WriteError::TwoCharsets {
                    name: shown(&self.name),
                });
            }
            // As in clj-http: what has no media type is not said to be text.
            Some(_) if self.mime_type.is_none() && !self.is_text => {
                self.charset()?;
                mime_type.to_owned()
            }
            Some(label) => {
                // What is no label could end the line.
                self.charset()?;
                format!("{mime_type}; charset={}", label.trim())
            }
            None if self.is_text && !said => format!("{mime_type}; charset=UTF-8"),
            None => mime_type.to_owned(),
        })
    }
}

/// The label in `text/plain; charset="utf-8"`.
fn charset_param(mime_type: &str) -> Option<&str> {
    mime_type.split(';').skip(1).find_map(|param| {
        let (name, value) = param.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    })
}

/// As the WHATWG has it ("escape a multipart/form-data name"), so that neither the quotes nor the
/// line end early. Other control characters no reader takes.
fn escape(what: &'static str, name: &str, out: &mut String) -> Result<(), WriteError> {
    for c in name.chars() {
        match c {
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            '"' => out.push_str("%22"),
            control if is_control(control) => {
                return Err(WriteError::Control {
                    what,
                    shown: shown(name),
                    control,
                });
            }
            c => out.push(c),
        }
    }
    Ok(())
}

fn is_control(c: char) -> bool {
    c.is_ascii_control() && c != '\t'
}

/// RFC 9110, 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn malformed(what: &'static str, text: &str) -> WriteError {
    let shown = shown(text);
    WriteError::Malformed { what, shown }
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(head: &Head, mode: Mode, charset: &str) -> Result<String, String> {
        let mut out = Vec::new();
        let charset = Charset::for_label(charset).unwrap();
        match head.write(mode, charset, &mut out) {
            Ok(()) => Ok(out.iter().map(|b| char::from(*b)).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn heads() {
        #[track_caller]
        fn check(head: &Head, mode: Mode, expected: &str) {
            let expected = expected.replace('\n', "\r\n") + "\r\n\r\n";
            assert_eq!(written(head, mode, "iso-8859-1").unwrap(), expected);
        }
        let text = Head::text("café");
        let file = Head::file("f", "é.txt");
        let strict = "Content-Disposition: form-data; name=\"cafÃ©\"
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit";
        check(&text, Mode::Strict, strict);
        check(&text, Mode::Rfc6532, strict);
        check(
            &text,
            Mode::BrowserCompatible,
            "Content-Disposition: form-data; name=\"café\"",
        );
        check(
            &file,
            Mode::BrowserCompatible,
            "Content-Disposition: form-data; name=\"f\"; filename=\"é.txt\"\nContent-Type: application/octet-stream",
        );
        let mut own = Head::text("t");
        own.mime_type = Some("application/json".into());
        own.headers.push(("X-A".into(), "b c".into()));
        check(
            &own,
            Mode::BrowserCompatible,
            "Content-Disposition: form-data; name=\"t\"\nContent-Type: application/json; charset=UTF-8\nX-A: b c",
        );
        own.mime_type = Some("a/b; Charset=\"utf-16\"".into());
        assert_eq!(own.charset().unwrap(), Charset::UTF_16);
        check(
            &own,
            Mode::BrowserCompatible,
            "Content-Disposition: form-data; name=\"t\"\nContent-Type: a/b; Charset=\"utf-16\"\nX-A: b c",
        );
    }

    /// SECURITY 15: no name, file name, media type, charset or header of a part ends its line.
    #[test]
    fn nothing_ends_its_line() {
        fn check(change: impl FnOnce(&mut Head), says: &str) {
            let mut head = Head::text("t");
            change(&mut head);
            let error = written(&head, Mode::Strict, "utf-8").unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let evil = "a\r\nX-Evil: 1\r\n\r\n\"; b=\"\n";
        let escaped = "a%0D%0AX-Evil: 1%0D%0A%0D%0A%22; b=%22%0A";
        let names = Head::file(evil, evil);
        let head = written(&names, Mode::Strict, "utf-8").unwrap();
        let expected = format!("form-data; name=\"{escaped}\"; filename=\"{escaped}\"\r\n");
        assert!(head.contains(&expected), "{head}");
        assert_eq!(head.matches("\r\n").count(), 4);
        check(|it| it.name = "a\0b".into(), "control character '\\0'");
        check(|it| it.file_name = Some("\u{7f}".into()), "the file name");
        check(|it| it.mime_type = Some("a/b\r\nX: 1".into()), "media type");
        check(|it| it.mime_type = Some("ab".into()), "media type");
        check(|it| it.encoding = Some("utf-8\r\nX: 1".into()), "charset");
        check(
            |it| it.headers.push(("X\r\nY".into(), "1".into())),
            "header name",
        );
        check(
            |it| it.headers.push(("X".into(), "1\r\nY: 2".into())),
            "header value",
        );
        check(
            |it| {
                it.encoding = Some("utf-8".into());
                it.mime_type = Some("a/b;charset=x".into());
            },
            "twice",
        );
    }

    #[test]
    fn what_a_charset_lacks_is_named() {
        let error = written(&Head::text("日"), Mode::BrowserCompatible, "iso-8859-1");
        assert!(error.unwrap_err().contains("日"));
        let mut head = Head::text("t");
        assert_eq!(&*head.encode("é").unwrap(), "é".as_bytes());
        head.encoding = Some("iso-8859-1".into());
        assert_eq!(&*head.encode("é").unwrap(), b"\xe9");
        assert!(head.encode("日").is_err());
    }
}
