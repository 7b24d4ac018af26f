//! Moments in time, as EDN's `#inst` and RFC 3339 have them.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment, to the nanosecond, between the years 0000 and 9999.
///
/// The offset it was written with is not kept: as in Clojure, an `#inst` is a moment.
///
/// ```
/// use courser_coerce::value::Inst;
///
/// let inst: Inst = "1985-04-12T23:20:50.52+01:00".parse()?;
/// assert_eq!(inst.to_rfc3339(), "1985-04-12T22:20:50.520Z");
/// assert_eq!(inst.unix_millis(), 482_192_450_520);
/// # Ok::<(), courser_coerce::value::InstError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inst {
    seconds: i64,
    nanos: u32,
}

/// The text is not a moment, or the moment lies outside the years 0000 to 9999.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a date: expected RFC 3339, such as 1985-04-12T23:20:50.52Z")]
pub struct InstError;

/// The parts of a moment in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// 0 to 9999.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 0 to 999,999,999.
    pub nanos: u32,
    /// Days since Sunday, 0 to 6.
    pub weekday: u32,
}

const DAY: i64 = 86_400;
/// 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z.
const RANGE: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;

impl Inst {
    /// The moment that many seconds and nanoseconds after 1970-01-01T00:00:00Z.
    ///
    /// `None` outside the years 0000 to 9999, or if `nanos` is a second or more.
    pub fn from_unix(seconds: i64, nanos: u32) -> Option<Self> {
        (RANGE.contains(&seconds) && nanos < 1_000_000_000).then_some(Self { seconds, nanos })
    }

    /// The moment that many milliseconds after 1970-01-01T00:00:00Z.
    pub fn from_unix_millis(millis: i64) -> Option<Self> {
        let nanos = u32::try_from(millis.rem_euclid(1000)).ok()? * 1_000_000;
        Self::from_unix(millis.div_euclid(1000), nanos)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn unix_millis(self) -> i64 {
        self.seconds * 1000 + i64::from(self.nanos / 1_000_000)
    }

    /// The nanoseconds within the second.
    pub fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// Year, month and so on, in UTC.
    pub fn date_time(self) -> DateTime {
        let days = self.seconds.div_euclid(DAY);
        let second = self.seconds.rem_euclid(DAY).unsigned_abs() as u32;
        let (year, month, day) = civil(days);
        DateTime {
            year,
            month,
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            nanos: self.nanos,
            weekday: (days + 4).rem_euclid(7).unsigned_abs() as u32,
        }
    }

    /// RFC 3339 in UTC with `Z`; a fraction only if there is one.
    pub fn to_rfc3339(self) -> String {
        let fraction = match self.nanos {
            0 => String::new(),
            n if n % 1_000_000 == 0 => format!(".{:03}", n / 1_000_000),
            n => format!(".{n:09}"),
        };
        format!("{}{fraction}Z", self.to_seconds())
    }

    fn to_seconds(self) -> String {
        let t = self.date_time();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            t.year, t.month, t.day, t.hour, t.minute, t.second
        )
    }
}

/// Days since 1970-01-01 to year, month, day in the Gregorian calendar, also before it was in use
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (
        year_of_era + era * 400 + i64::from(month <= 2),
        month.unsigned_abs() as u32,
        day.unsigned_abs() as u32,
    )
}

/// The inverse of `civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What is left to read of the text of a moment.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn eat(&mut self, wanted: u8) -> bool {
        match self.0.split_first() {
            Some((&first, rest)) if first == wanted => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// `-01:00` after a year or a month is no further part of the date.
    fn is_offset(&self) -> bool {
        self.0.len() == 6 && self.0.get(3) == Some(&b':')
    }

    fn number(&mut self, digits: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        let mut number = 0;
        for byte in head {
            number = number * 10 + i64::from(char::from(*byte).to_digit(10)?);
        }
        self.0 = rest;
        range.contains(&number).then_some(number)
    }

    fn nanos(&mut self) -> Option<u32> {
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (head, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        let mut nanos = 0;
        for at in 0..9 {
            nanos = nanos * 10 + u32::from(head.get(at).map_or(0, |digit| digit - b'0'));
        }
        (digits > 0).then_some(nanos)
    }
}

/// Clojure's `#inst` reader: RFC 3339, and its parts may be left out from the right.
fn parse(text: &str) -> Option<Inst> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.number(4, 0..=9999)?;
    let (mut month, mut day, mut hour, mut minute, mut second, mut nanos) = (1, 1, 0, 0, 0, 0);
    'parts: {
        if rest.is_offset() || !rest.eat(b'-') {
            break 'parts;
        }
        month = rest.number(2, 1..=12)?;
        if rest.is_offset() || !rest.eat(b'-') {
            break 'parts;
        }
        day = rest.number(2, 1..=days_in_month(year, month))?;
        if !rest.eat(b'T') && !rest.eat(b't') && !rest.eat(b' ') {
            break 'parts;
        }
        hour = rest.number(2, 0..=23)?;
        if !rest.eat(b':') {
            break 'parts;
        }
        minute = rest.number(2, 0..=59)?;
        if !rest.eat(b':') {
            break 'parts;
        }
        // A leap second counts as the second that follows it.
        second = rest.number(2, 0..=if minute == 59 { 60 } else { 59 })?;
        if rest.eat(b'.') {
            nanos = rest.nanos()?;
        }
    }
    let offset = match rest.0.split_first() {
        None | Some((b'Z' | b'z', [])) => 0,
        Some((sign @ (b'+' | b'-'), tail)) => {
            rest.0 = tail;
            let hours = rest.number(2, 0..=23)?;
            if !rest.eat(b':') {
                return None;
            }
            let minutes = rest.number(2, 0..=59)?;
            if !rest.0.is_empty() {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        Some(_) => return None,
    };
    let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    Inst::from_unix(seconds, nanos)
}

impl FromStr for Inst {
    type Err = InstError;

    fn from_str(text: &str) -> Result<Self, InstError> {
        parse(text).ok_or(InstError)
    }
}

/// As Clojure prints it inside `#inst "…"`: three digits of a second, nine if they are needed, and
/// `-00:00`.
impl fmt::Display for Inst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (millis, rest) = (self.nanos / 1_000_000, self.nanos % 1_000_000);
        if rest == 0 {
            write!(f, "{}.{millis:03}-00:00", self.to_seconds())
        } else {
            write!(f, "{}.{:09}-00:00", self.to_seconds(), self.nanos)
        }
    }
}

impl fmt::Debug for Inst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inst({self})")
    }
}

impl TryFrom<SystemTime> for Inst {
    type Error = InstError;

    fn try_from(time: SystemTime) -> Result<Self, InstError> {
        let (seconds, nanos) = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => (i64::try_from(after.as_secs()).ok(), after.subsec_nanos()),
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).ok().map(|s| -s);
                match before.subsec_nanos() {
                    0 => (seconds, 0),
                    nanos => (seconds.map(|s| s - 1), 1_000_000_000 - nanos),
                }
            }
        };
        seconds
            .and_then(|seconds| Self::from_unix(seconds, nanos))
            .ok_or(InstError)
    }
}

impl From<Inst> for SystemTime {
    fn from(inst: Inst) -> Self {
        let seconds = Duration::from_secs(inst.seconds.unsigned_abs());
        let start = if inst.seconds < 0 {
            UNIX_EPOCH - seconds
        } else {
            UNIX_EPOCH + seconds
        };
        start + Duration::from_nanos(u64::from(inst.nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let inst: Inst = text.parse().unwrap_or_else(|_| panic!("{text}"));
        assert_eq!(inst.to_string(), expected, "{text}");
        assert_eq!(expected.parse(), Ok(inst), "{text} again");
        assert_eq!(inst.to_rfc3339().parse(), Ok(inst), "{text} as RFC 3339");
        assert_eq!(
            Inst::try_from(SystemTime::from(inst)),
            Ok(inst),
            "{text} as SystemTime"
        );
    }

    #[test]
    fn reads_what_clojure_reads() {
        check("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520-00:00");
        check("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57.000-00:00");
        check("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000-00:00");
        check("2020", "2020-01-01T00:00:00.000-00:00");
        check("2020-02", "2020-02-01T00:00:00.000-00:00");
        check("2020-02-29", "2020-02-29T00:00:00.000-00:00");
        check("2020-02-29T12", "2020-02-29T12:00:00.000-00:00");
        check("2020-02-29T12:30", "2020-02-29T12:30:00.000-00:00");
        check("2020+01:00", "2019-12-31T23:00:00.000-00:00");
        check("2020-01:00", "2020-01-01T01:00:00.000-00:00");
        check("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999-00:00");
        check("0000-01-01", "0000-01-01T00:00:00.000-00:00");
        check(
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59.999999999-00:00",
        );
        check(
            "2000-01-01T00:00:00.1234567891Z",
            "2000-01-01T00:00:00.123456789-00:00",
        );
    }

    #[test]
    fn refuses_other_text() {
        for text in [
            "",
            "20",
            "2021-02-29",
            "2020-13-01",
            "2020-00-01",
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:00:60Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00+1:00",
            "2020-01-01T00:00:00Z ",
            "2020-01-01T00:00:00Zjunk",
            "0000-01-01T00:00:00+00:01",
            "é020-01-01",
        ] {
            assert_eq!(text.parse::<Inst>(), Err(InstError), "{text}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        for day in -146_097..146_097 {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, i64::from(month), i64::from(date)), day);
        }
        assert_eq!(Inst::from_unix(0, 0).unwrap().date_time().weekday, 4);
    }
}
