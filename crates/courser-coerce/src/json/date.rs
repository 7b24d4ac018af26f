//! Dates in a format of Java's `SimpleDateFormat`, for `:date-format`.

use std::fmt::Write;
use std::str::FromStr;

use crate::value::Inst;

/// A pattern such as `yyyy-MM-dd'T'HH:mm:ss'Z'`, as Java's `SimpleDateFormat` has it, in UTC.
///
/// Known letters are `y M d H h m s S E a Z X z`; months and days have their English names.
///
/// ```
/// use courser_coerce::json::DateFormat;
///
/// let format: DateFormat = "EEE, d MMM yyyy HH:mm".parse()?;
/// assert_eq!(format.format("2020-01-02T03:04:05Z".parse().unwrap()), "Thu, 2 Jan 2020 03:04");
/// assert_eq!(
///     "yyyy-ww".parse::<DateFormat>().unwrap_err().to_string(),
///     "'w' in a date format is not supported; known are y M d H h m s S E a Z X z and 'text'"
/// );
/// # Ok::<(), courser_coerce::json::DateFormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat(Vec<Piece>);

/// A date format that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DateFormatError {
    /// A letter that is not supported.
    #[error(
        "{0:?} in a date format is not supported; known are y M d H h m s S E a Z X z and 'text'"
    )]
    Letter(char),
    /// A quote that is not closed.
    #[error("a date format with a quote that is not closed")]
    Quote,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A letter and how often it stands there.
    Field(char, usize),
}

impl Default for DateFormat {
    /// Cheshire's: `yyyy-MM-dd'T'HH:mm:ss'Z'`.
    fn default() -> Self {
        let field = |letter, count| Piece::Field(letter, count);
        let text = |text: &str| Piece::Text(text.to_owned());
        Self(vec![
            field('y', 4),
            text("-"),
            field('M', 2),
            text("-"),
            field('d', 2),
            text("T"),
            field('H', 2),
            text(":"),
            field('m', 2),
            text(":"),
            field('s', 2),
            text("Z"),
        ])
    }
}

impl FromStr for DateFormat {
    type Err = DateFormatError;

    fn from_str(pattern: &str) -> Result<Self, DateFormatError> {
        let mut pieces: Vec<Piece> = Vec::new();
        let add_text = |pieces: &mut Vec<Piece>, c: char| match pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => pieces.push(Piece::Text(c.to_string())),
        };
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\'' {
                if chars.next_if_eq(&'\'').is_some() {
                    add_text(&mut pieces, '\'');
                    continue;
                }
                loop {
                    match chars.next().ok_or(DateFormatError::Quote)? {
                        '\'' if chars.next_if_eq(&'\'').is_some() => add_text(&mut pieces, '\''),
                        '\'' => break,
                        quoted => add_text(&mut pieces, quoted),
                    }
                }
            } else if c.is_ascii_alphabetic() {
                if !"yMdHhmsSEaZXz".contains(c) {
                    return Err(DateFormatError::Letter(c));
                }
                let mut count = 1;
                while chars.next_if_eq(&c).is_some() {
                    count += 1;
                }
                // No field needs more; padding to what a pattern asks for could be endless.
                pieces.push(Piece::Field(c, count.min(9)));
            } else {
                add_text(&mut pieces, c);
            }
        }
        Ok(Self(pieces))
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

impl DateFormat {
    /// The moment in this format.
    pub fn format(&self, inst: Inst) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field(letter, count) => field(&mut out, *letter, *count, inst),
            }
        }
        out
    }
}

fn field(out: &mut String, letter: char, count: usize, inst: Inst) {
    let t = inst.date_time();
    // Writing to a `String` cannot fail.
    let mut number = |n: i64| {
        let _ = write!(out, "{n:0count$}");
    };
    let name = |names: &[&'static str], at: u32| {
        let name = names.get(at as usize).copied().unwrap_or_default();
        if count > 3 {
            name
        } else {
            name.get(..3).unwrap_or(name)
        }
    };
    match letter {
        'y' if count == 2 => number(t.year % 100),
        'y' => number(t.year),
        'M' if count > 2 => out.push_str(name(&MONTHS, t.month.saturating_sub(1))),
        'M' => number(t.month.into()),
        'd' => number(t.day.into()),
        'H' => number(t.hour.into()),
        'h' => number(i64::from((t.hour + 11) % 12 + 1)),
        'm' => number(t.minute.into()),
        's' => number(t.second.into()),
        'S' => number(i64::from(t.nanos / 1_000_000)),
        'E' => out.push_str(name(&DAYS, t.weekday)),
        'a' => out.push_str(if t.hour < 12 { "AM" } else { "PM" }),
        'Z' => out.push_str("+0000"),
        'X' => out.push('Z'),
        _ => out.push_str("UTC"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expected: &str) {
        let inst = "2020-01-02T13:04:05.678Z".parse().unwrap();
        let formatted = match pattern.parse::<DateFormat>() {
            Ok(format) => format.format(inst),
            Err(error) => error.to_string(),
        };
        assert_eq!(formatted, expected, "{pattern}");
    }

    #[test]
    fn patterns() {
        check("yyyy-MM-dd", "2020-01-02");
        check("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2020-01-02T13:04:05.678Z");
        check("EEEE d MMMM yy, h:mm a", "Thursday 2 January 20, 1:04 PM");
        check("EEE MMM dd HH:mm:ss z yyyy", "Thu Jan 02 13:04:05 UTC 2020");
        check("'it''s' '' Z", "it's ' +0000");
        check("'open", "a date format with a quote that is not closed");
        assert_eq!(
            "yyyy-MM-dd'T'HH:mm:ss'Z'".parse(),
            Ok(DateFormat::default())
        );
        assert!("Q".parse::<DateFormat>().is_err());
    }
}
