//! Dates as cookies have them (RFC 6265, 5.1.1).

use std::time::{Duration, SystemTime};

/// Reads a date, in any of the forms that servers write it; none if it is no date. A year of two
/// digits lies between 1970 and 2069.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.as_bytes().split(|byte| is_delimiter(*byte)) {
        if token.is_empty() {
            continue;
        }
        // Of each part, the first token that has its form.
        if time.is_none()
            && let Some(found) = hms(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_number(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2, 4)
        {
            year = Some(found);
        }
    }
    let (hour, minute, second) = time?;
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let (day, month) = (day?, month?);
    if !(1..=days_of_month(month, year)).contains(&day)
        || year < 1601
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let days = days_since_1970(i64::from(year), i64::from(month), i64::from(day));
    at(days * 86_400 + i64::from(hour * 3600 + minute * 60 + second))
}

/// The form that the specification of Netscape asks for: `Wdy, DD-Mon-YYYY HH:MM:SS GMT`, the year
/// of two or four digits.
pub(crate) fn is_netscape(text: &str) -> bool {
    let Some((weekday, rest)) = text.split_once(", ") else {
        return false;
    };
    let parts: Vec<&str> = rest.split(' ').collect();
    let [date, time, "GMT"] = parts.as_slice() else {
        return false;
    };
    let date: Vec<&str> = date.split('-').collect();
    let [day, month, year] = date.as_slice() else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    weekday.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (1..=2).contains(&day.len())
        && digits(day)
        && month.len() == 3
        && matches!(year.len(), 2 | 4)
        && digits(year)
        && time.len() == 8
}

/// RFC 6265, 5.1.1: `%x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E`.
fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2f | 0x3b..=0x40 | 0x5b..=0x60 | 0x7b..=0x7e)
}

/// `HH:MM:SS`, and then anything but a digit.
fn hms(token: &[u8]) -> Option<(u32, u32, u32)> {
    let mut fields = token.splitn(3, |byte| *byte == b':');
    let (hour, minute, second) = (fields.next()?, fields.next()?, fields.next()?);
    let whole = |field: &[u8]| {
        number(field, 1, 2).filter(|_| field.len() <= 2 && digits(field) == field.len())
    };
    Some((whole(hour)?, whole(minute)?, number(second, 1, 2)?))
}

fn digits(token: &[u8]) -> usize {
    token
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// A number of `min` to `max` digits, and then anything but a digit.
fn number(token: &[u8], min: usize, max: usize) -> Option<u32> {
    let count = digits(token);
    if !(min..=max).contains(&count) {
        return None;
    }
    let value = |sum, digit: &u8| sum * 10 + u32::from(digit - b'0');
    Some(token.iter().take(count).fold(0, value))
}

fn month_number(token: &[u8]) -> Option<u32> {
    const MONTHS: [&[u8; 3]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    let start = token.get(..3)?;
    let named = |month: &&[u8; 3]| start.eq_ignore_ascii_case(*month);
    MONTHS
        .iter()
        .zip(1..)
        .find(|(month, _)| named(month))
        .map(|(_, number)| number)
}

fn days_of_month(month: u32, year: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// In the Gregorian calendar, counted in eras of 400 years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn at(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<i64> {
        let time = parse(text)?;
        Some(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap(),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap(),
        })
    }

    #[test]
    fn dates_in_all_forms() {
        fn check(text: &str, expected: Option<i64>) {
            assert_eq!(seconds(text), expected, "{text}");
        }
        check("Thu, 01 Jan 1970 00:00:01 GMT", Some(1));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777));
        check("Sun Nov  6 08:49:37 1994", Some(784_111_777));
        check("1994 nOvember 6th 8:49:37pm", Some(784_111_777));
        check("Tue, 29 Feb 2028 00:00:00 GMT", Some(1_835_395_200));
        check("31 Dec 1969 23:59:59", Some(-1));
        check("01 Jan 1601 00:00:00", Some(-11_644_473_600));
        check("31 Dec 9999 23:59:59", Some(253_402_300_799));
        check("1 Jan 69 0:0:0", Some(3_124_224_000));
        check("1 Jan 70 0:0:0", Some(0));
        for wrong in [
            "",
            "0",
            "1 Jan 1600 00:00:00",
            "32 Jan 2020 00:00:00",
            "30 Feb 2020 00:00:00",
            "29 Feb 2100 00:00:00",
            "0 Jan 2020 00:00:00",
            "1 Jan 2020 24:00:00",
            "1 Jan 2020 00:60:00",
            "1 Jan 2020 00:00:60",
            "1 Jan 2020 000:00:00",
            "1 Jan 2020 00:00",
            "1 Jan 20201 00:00:00",
            "1 Foo 2020 00:00:00",
            "Jan 2020 00:00:00",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn the_form_of_netscape() {
        assert!(is_netscape("Wed, 09-Jun-2100 10:18:14 GMT"));
        assert!(is_netscape("Wednesday, 09-Jun-99 10:18:14 GMT"));
        for other in [
            "Wed, 09 Jun 2100 10:18:14 GMT",
            "Wed, 09-Jun-2100 10:18:14",
            "09-Jun-2100",
            "",
        ] {
            assert!(!is_netscape(other), "{other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "[0-9A-Za-z:, \\-\u{e9}]{0,60}") {
            let _ = (parse(&text), is_netscape(&text));
        }
    }
}
