//! The names of charsets.

use encoding_rs::{Encoding, UTF_16LE, WINDOWS_1252};

use super::{Charset, Kind};

/// No charset has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown charset {label:?}{}", suggestion(*.nearest))]
pub struct UnknownCharset {
    /// The name that was asked for, cut to 40 characters.
    pub label: String,
    /// The known name that is nearest to it, if one is near.
    pub nearest: Option<&'static str>,
}

fn suggestion(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!(": did you mean {name:?}?"),
        None => format!(
            "; known are {} and the WHATWG labels of these",
            NAMES.join(", ")
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

pub(super) fn find(label: &str) -> Result<Charset, UnknownCharset> {
    let trimmed = label.trim();
    let name = trimmed.to_ascii_lowercase();
    let dashed = name.replace('_', "-");
    let encoding = Encoding::for_label_no_replacement(name.as_bytes())
        .or_else(|| Encoding::for_label_no_replacement(dashed.as_bytes()));
    let Some(encoding) = encoding else {
        let label: String = trimmed.chars().take(40).collect();
        return Err(UnknownCharset {
            nearest: nearest(&label),
            label,
        });
    };
    Ok(Charset(match dashed.as_str() {
        // All of these are labels of one of two encodings of the web, which Java tells apart.
        "utf-16" | "utf16" | "ucs-2" | "iso-10646-ucs-2" | "unicode" | "csunicode" => Kind::Utf16,
        _ if encoding == UTF_16LE => Kind::Web(UTF_16LE),
        "ascii" | "us-ascii" | "ansi-x3.4-1968" => Kind::Ascii,
        "cp1252" | "windows-1252" | "x-cp1252" => Kind::Web(WINDOWS_1252),
        _ if encoding == WINDOWS_1252 => Kind::Latin1,
        _ => Kind::Web(encoding),
    }))
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
            ("unicodefeff", "UTF-16LE"),
            ("ISO-8859-1", "ISO-8859-1"),
            ("ISO8859_1", "ISO-8859-1"),
            ("latin1", "ISO-8859-1"),
            ("US-ASCII", "US-ASCII"),
            ("ANSI_X3.4-1968", "US-ASCII"),
            ("Cp1252", "windows-1252"),
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
