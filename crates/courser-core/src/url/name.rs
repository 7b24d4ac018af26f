//! Internationalised names of hosts, in ASCII (RFC 3490's successors: UTS #46, RFC 3492).
//!
//! The names that most people write need neither tables nor a dependency: letters of Latin, Greek
//! and Cyrillic that stand for themselves or for their lower case, kana, Han and Hangul. All others
//! are those of the crate `idna`, by the feature `idna`; a test holds the two together.

/// A name outside ASCII, or one with a label in Punycode; its ASCII letters are in lower case.
///
/// The error says what is wrong with it, as the end of a sentence on the URL.
pub(super) fn to_ascii(host: &str) -> Result<String, &'static str> {
    common(host).map_or_else(|| rare(host), Ok)
}

#[cfg(feature = "idna")]
fn rare(host: &str) -> Result<String, &'static str> {
    idna::domain_to_ascii(host)
        .map_err(|_| "has a host that is not a valid internationalized name (IDNA)")
}

/// What is in Punycode already goes out as it is; only the feature looks into it.
#[cfg(not(feature = "idna"))]
fn rare(host: &str) -> Result<String, &'static str> {
    if host.is_ascii() {
        return Ok(host.to_owned());
    }
    if host.split('.').any(|label| label.chars().count() > 63) {
        return Err("has a host with a label of more than 63 characters");
    }
    Err(
        "has a host with characters outside ASCII that only the feature `idna` can tell the valid \
         ones of; switch it on, or write the host in Punycode (xn--…)",
    )
}

/// The name, if all of its letters are common ones.
fn common(host: &str) -> Option<String> {
    let mut name = String::with_capacity(host.len() + 8);
    for (i, label) in host.split('.').enumerate() {
        if i > 0 {
            name.push('.');
        }
        if label.starts_with("xn--") {
            return None;
        }
        if label.is_ascii() {
            name.push_str(label);
            continue;
        }
        // No longer label has a form of 63 characters, and the time is quadratic.
        let letters: Vec<char> = label.chars().take(64).map(lower).collect::<Option<_>>()?;
        if letters.len() > 63 {
            return None;
        }
        name.push_str("xn--");
        punycode(&letters, &mut name)?;
    }
    Some(name)
}

/// The letter in lower case, if it is a common one: neither mapped to others, nor combining, nor
/// written from the right, nor of those that are valid in some places only.
fn lower(letter: char) -> Option<char> {
    match letter {
        'a'..='z' | '0'..='9' | '-' | '_' => Some(letter),
        // Ligatures and what is no letter.
        '×' | '÷' | 'İ' | 'Ĳ' | 'ĳ' | 'Ŀ' | 'ŀ' | 'ŉ' | 'ſ' | '·' => None,
        'À'..='ž'
        | 'Ά'..='ώ'
        | 'Ѐ'..='џ'
        | 'Ґ'
        | 'ґ'
        | 'Ạ'..='ỹ'
        | 'ぁ'..='ゖ'
        | 'ァ'..='ヺ'
        | 'ー'
        | '一'..='鿿'
        | '가'..='힣' => {
            let mut lower = letter.to_lowercase();
            lower
                .next()
                .filter(|c| lower.len() == 0 && c.is_alphabetic())
        }
        _ => None,
    }
}

/// RFC 3492, 6.3, with the parameters of its section 5.
fn punycode(letters: &[char], out: &mut String) -> Option<()> {
    let ascii = letters.iter().filter(|c| c.is_ascii());
    let basic = u32::try_from(ascii.clone().count()).ok()?;
    out.extend(ascii);
    if basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut done) = (0x80, 0_u32, 72, basic);
    while done < u32::try_from(letters.len()).ok()? {
        let codes = letters.iter().map(|&c| u32::from(c));
        let least = codes.clone().filter(|&code| code >= next).min()?;
        delta = delta.checked_add((least - next).checked_mul(done + 1)?)?;
        next = least;
        for code in codes {
            if code < next {
                delta = delta.checked_add(1)?;
            }
            if code == next {
                write_integer(delta, bias, out);
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.checked_add(1)?;
        next += 1;
    }
    Some(())
}

/// An integer of variable length, its digits a to z and 0 to 9.
fn write_integer(mut integer: u32, bias: u32, out: &mut String) {
    for k in (36..).step_by(36) {
        let threshold = k.clamp(bias + 1, bias + 26) - bias;
        let last = integer < threshold;
        let digit = if last {
            integer
        } else {
            threshold + (integer - threshold) % (36 - threshold)
        };
        out.extend(char::from_digit((digit + 10) % 36, 36));
        if last {
            return;
        }
        integer = (integer - threshold) / (36 - threshold);
    }
}

/// RFC 3492, 6.1.
fn adapt(delta: u32, done: u32, first: bool) -> u32 {
    let mut delta = delta / if first { 700 } else { 2 };
    delta += delta / done;
    let mut k = 0;
    while delta > 35 * 26 / 2 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use proptest::prelude::*;

    fn letters() -> impl Iterator<Item = char> {
        ('\u{80}'..=char::MAX).filter(|&c| lower(c).is_some())
    }

    #[test]
    fn common_names() {
        for (host, expected) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", ""),
            ("straße.example", "xn--strae-oqa.example"),
            ("пример.рф.", "xn--e1afmkfd.xn--p1ai."),
            ("παράδειγμα.ελ", "xn--hxajbheg2az3al.xn--qxam"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("도메인.한국", "xn--hq1bm8jm9l.xn--3e0b707e"),
        ] {
            assert_eq!(common(host).unwrap_or_default(), expected, "{host}");
        }
        for host in [
            "a\u{301}.example",
            "ﬁ.example",
            "אב.example",
            "a。b",
            "xn--a",
            "\u{200d}a",
        ] {
            assert_eq!(common(host), None, "{host}");
        }
        assert_eq!(common(&"ü".repeat(64)), None);
    }

    /// Each letter by itself, between others and twice: the crate `idna` has the same to say.
    #[test]
    fn every_letter_is_as_in_idna() {
        assert!(letters().count() > 30_000);
        for letter in letters() {
            let host = format!("{letter}.a{letter}-{letter}");
            let expected = idna::domain_to_ascii(&host).ok();
            assert_eq!(
                common(&host),
                expected,
                "{letter} U+{:04X}",
                u32::from(letter)
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn names_are_as_in_idna(
            picks in proptest::collection::vec((any::<prop::sample::Index>(), "[a-z0-9-]{0,4}"), 1..12)
        ) {
            static ALL: LazyLock<Vec<char>> = LazyLock::new(|| letters().collect());
            let words = picks.iter().flat_map(|(i, ascii)| std::iter::once(*i.get(&ALL)).chain(ascii.chars()));
            let host: String = words.collect();
            prop_assert_eq!(common(&host), idna::domain_to_ascii(&host).ok());
        }
    }
}
