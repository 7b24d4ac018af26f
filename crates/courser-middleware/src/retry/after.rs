//! `Retry-After` (RFC 9110, 10.2.3).

use std::time::{Duration, SystemTime};

use courser_core::Headers;

/// How long the server asks to wait: said in seconds, or as a date, which is reckoned from the
/// server's own `Date` if it tells one, so that no clock has to be right.
pub(super) fn asked(headers: &Headers, now: SystemTime) -> Option<Duration> {
    let text = headers.get_str("retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What is too large for a number is too long for anybody.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = date(text)?;
    let told = headers
        .get_str("date")
        .and_then(|text| date(text.trim()))
        .or_else(|| {
            let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            i64::try_from(now.as_secs()).ok()
        })?;
    let seconds = until.saturating_sub(told);
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// A date in one of the three forms of RFC 9110, 5.6.7, as seconds since 1970.
fn date(text: &str) -> Option<i64> {
    let words: Vec<&str> = text
        .split([' ', ',', '-'])
        .filter(|word| !word.is_empty())
        .take(7)
        .collect();
    // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT; Sun Nov  6 08:49:37 1994
    let ([_, day, month, year, time, "GMT"] | [_, month, day, time, year]) = words.as_slice()
    else {
        return None;
    };
    let number = |text: &str, most: i64| -> Option<i64> {
        let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
        let number: i64 = if plain {
            text.parse().ok()?
        } else {
            return None;
        };
        (number <= most).then_some(number)
    };
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (month, _) = (1..).zip(months).find(|(_, name)| name == month)?;
    let day = number(day, 31).filter(|day| *day > 0)?;
    let year = match number(year, 9999)? {
        // Two digits mean no year that is more than 50 years ahead (RFC 9110, 5.6.7).
        short if year.len() == 2 => short + if short < 70 { 2000 } else { 1900 },
        year => year,
    };
    let mut parts = time.split(':');
    let hour = number(parts.next()?, 23)?;
    let minute = number(parts.next()?, 59)?;
    // A leap second may be told.
    let second = number(parts.next()?, 60)?;
    if parts.next().is_some() {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days from 1970-01-01: years begin in March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_in_three_forms() {
        fn check(text: &str, expected: Option<i64>) {
            assert_eq!(date(text), expected, "{text}");
        }
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777));
        check("Friday, 31-Dec-32 00:00:00 GMT", Some(1_988_064_000));
        check("Sun Nov  6 08:49:37 1994", Some(784_111_777));
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Tue, 29 Feb 2000 23:59:60 GMT", Some(951_868_800));
        check("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799));
        check("Mon, 01 Jan 0000 00:00:00 GMT", Some(-62_167_219_200));
        for wrong in [
            "",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, 06 Nov +994 08:49:37 GMT",
            "Sun, 06 Nov 19940 08:49:37 GMT",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let check = |fields: &[(&str, &str)], expected: Option<u64>| {
            let mut headers = Headers::new();
            for (name, value) in fields {
                headers.append(*name, *value).unwrap();
            }
            let expected = expected.map(Duration::from_secs);
            assert_eq!(asked(&headers, now), expected, "{fields:?}");
        };
        check(&[], None);
        check(&[("Retry-After", "120")], Some(120));
        check(&[("Retry-After", " 0 ")], Some(0));
        check(
            &[("Retry-After", "99999999999999999999999")],
            Some(u64::MAX),
        );
        for wrong in ["-1", "1.5", "1s", "", "soon"] {
            check(&[("Retry-After", wrong)], None);
        }
        let later = ("Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT");
        check(&[later], Some(30));
        check(&[later, ("Date", "Sun, 06 Nov 1994 08:50:00 GMT")], Some(7));
        // It is past already.
        check(&[later, ("Date", "Sun, 06 Nov 1994 08:51:00 GMT")], Some(0));
        check(&[later, ("Date", "nonsense")], Some(30));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}", other in "[0-9A-Za-z:, -]{0,40}") {
            let _ = (date(&text), date(&other));
        }
    }
}
