//! The names of charsets.

use super::web::{COMPILED_IN, Web};
use super::{Charset, Kind};

/// No charset has this name, or it is one of the feature `charset`, which is not compiled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", told(.label, *.nearest))]
pub struct UnknownCharset {
    /// The name that was asked for, cut to 40 characters.
    pub label: String,
    /// The known name that is nearest to it, if one is near; the name itself where the feature is
    /// missing.
    pub nearest: Option<&'static str>,
}

fn told(label: &str, nearest: Option<&str>) -> String {
    let is_label = |name: &str| {
        name.replace('_', "-")
            .eq_ignore_ascii_case(&label.replace('_', "-"))
    };
    match nearest {
        Some(name) if is_label(name) => {
            format!("the charset {name:?} needs the feature `charset`, which is not compiled in")
        }
        Some(name) => format!("unknown charset {label:?}: did you mean {name:?}?"),
        None if COMPILED_IN => format!(
            "unknown charset {label:?}; known are {} and the WHATWG labels of these",
            NAMES.join(", ")
        ),
        None => format!(
            "unknown charset {label:?}; known are {} and windows-1252, all others by the feature \
             `charset`, which is not compiled in",
            NAMES.get(..6).unwrap_or_default().join(", ")
        ),
    }
}

/// Those of the WHATWG, and Java's three.
const NAMES: [&str; 41] = [
    "UTF-8",
    "UTF-16",
    "US-ASCII",
    "ISO-8859-1",
    "UTF-16BE",
    "UTF-16LE",
    "Big5",
    "EUC-JP",
    "EUC-KR",
    "GBK",
    "IBM866",
    "ISO-2022-JP",
    "ISO-8859-10",
    "ISO-8859-13",
    "ISO-8859-14",
    "ISO-8859-15",
    "ISO-8859-16",
    "ISO-8859-2",
    "ISO-8859-3",
    "ISO-8859-4",
    "ISO-8859-5",
    "ISO-8859-6",
    "ISO-8859-7",
    "ISO-8859-8",
    "ISO-8859-8-I",
    "KOI8-R",
    "KOI8-U",
    "Shift_JIS",
    "gb18030",
    "macintosh",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "x-mac-cyrillic",
];

/// The labels of those that are always there, with dashes, and what they mean in Java.
pub(super) const OWN: [(&str, Charset); 32] = [
    ("utf-8", Charset(Kind::Utf8)),
    ("utf8", Charset(Kind::Utf8)),
    ("unicode-1-1-utf-8", Charset(Kind::Utf8)),
    ("unicode11utf8", Charset(Kind::Utf8)),
    ("unicode20utf8", Charset(Kind::Utf8)),
    ("x-unicode20utf8", Charset(Kind::Utf8)),
    // The web reads these as UTF-16LE.
    ("utf-16", Charset(Kind::Utf16)),
    ("utf16", Charset(Kind::Utf16)),
    ("ucs-2", Charset(Kind::Utf16)),
    ("iso-10646-ucs-2", Charset(Kind::Utf16)),
    ("unicode", Charset(Kind::Utf16)),
    ("csunicode", Charset(Kind::Utf16)),
    ("utf-16be", Charset(Kind::Utf16Be)),
    ("unicodefffe", Charset(Kind::Utf16Be)),
    ("utf-16le", Charset(Kind::Utf16Le)),
    ("unicodefeff", Charset(Kind::Utf16Le)),
    // All from here on are windows-1252 on the web.
    ("us-ascii", Charset(Kind::Ascii)),
    ("ascii", Charset(Kind::Ascii)),
    ("ansi-x3.4-1968", Charset(Kind::Ascii)),
    ("iso-8859-1", Charset(Kind::Latin1)),
    ("iso8859-1", Charset(Kind::Latin1)),
    ("iso88591", Charset(Kind::Latin1)),
    ("iso-8859-1:1987", Charset(Kind::Latin1)),
    ("iso-ir-100", Charset(Kind::Latin1)),
    ("latin1", Charset(Kind::Latin1)),
    ("l1", Charset(Kind::Latin1)),
    ("cp819", Charset(Kind::Latin1)),
    ("ibm819", Charset(Kind::Latin1)),
    ("csisolatin1", Charset(Kind::Latin1)),
    ("windows-1252", Charset(Kind::Windows1252)),
    ("cp1252", Charset(Kind::Windows1252)),
    ("x-cp1252", Charset(Kind::Windows1252)),
];

pub(super) fn find(label: &str) -> Result<Charset, UnknownCharset> {
    let trimmed = label.trim();
    let name = trimmed.to_ascii_lowercase();
    let dashed = name.replace('_', "-");
    if let Some((_, charset)) = OWN.iter().find(|(label, _)| *label == dashed) {
        return Ok(*charset);
    }
    if let Some(web) = Web::find(&name).or_else(|| Web::find(&dashed)) {
        return Ok(Charset(Kind::Web(web)));
    }
    let label: String = trimmed.chars().take(40).collect();
    Err(UnknownCharset {
        nearest: nearest(&label),
        label,
    })
}

fn nearest(label: &str) -> Option<&'static str> {
    let lower = label.to_ascii_lowercase();
    let distances = NAMES
        .iter()
        .map(|name| (distance(&lower, &name.to_ascii_lowercase()), *name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= label.len().max(3)).then_some(name)
}

/// Levenshtein's distance: how many characters to add, drop or change.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, cb) in row.iter_mut().skip(1).zip(b.chars()) {
            let best = (diagonal + usize::from(ca != cb))
                .min(*cell + 1)
                .min(left + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_java_and_the_web() {
        for (label, expected) in [
            ("UTF-8", "UTF-8"),
            ("utf8", "UTF-8"),
            (" UTF-8 ", "UTF-8"),
            ("UTF_8", "UTF-8"),
            ("UTF-16", "UTF-16"),
            ("utf-16le", "UTF-16LE"),
            ("UTF-16BE", "UTF-16BE"),
            ("utf16", "UTF-16"),
            ("unicodefeff", "UTF-16LE"),
            ("ISO-8859-1", "ISO-8859-1"),
            ("ISO8859_1", "ISO-8859-1"),
            ("latin1", "ISO-8859-1"),
            ("US-ASCII", "US-ASCII"),
            ("ANSI_X3.4-1968", "US-ASCII"),
            ("Cp1252", "windows-1252"),
        ] {
            assert_eq!(find(label).unwrap().name(), expected, "{label}");
        }
    }

    #[test]
    #[cfg(feature = "charset")]
    fn labels_of_the_web() {
        for (label, expected) in [
            ("windows-31j", "Shift_JIS"),
            ("SJIS", "Shift_JIS"),
            ("EUC_JP", "EUC-JP"),
            ("gb2312", "GBK"),
        ] {
            assert_eq!(find(label).unwrap().name(), expected, "{label}");
        }
        assert!(NAMES.iter().all(|name| find(name).unwrap().name() == *name));
    }

    #[test]
    #[cfg(not(feature = "charset"))]
    fn a_missing_feature_is_named() {
        for label in ["Shift_JIS", "shift-jis", "EUC_JP", "iso-8859-15", "sjis"] {
            let error = find(label).unwrap_err().to_string();
            assert!(error.contains("feature `charset`"), "{error}");
        }
    }

    #[test]
    fn unknown_labels_get_a_suggestion() {
        for (label, nearest) in [
            ("no-such-charset", None),
            ("bogus", None),
            ("utf-9", Some("UTF-8")),
            ("iso-8859-17", Some("ISO-8859-1")),
            ("windows1252", Some("windows-1252")),
            ("shiftjis", Some("Shift_JIS")),
            ("utf-7", Some("UTF-8")),
            ("", None),
        ] {
            assert_eq!(find(label).unwrap_err().nearest, nearest, "{label}");
        }
        assert_eq!(find(&"x".repeat(1_000_000)).unwrap_err().label.len(), 40);
        assert!(
            find("iso-2022-kr").is_err(),
            "the WHATWG's replacement encoding is none"
        );
    }
}
