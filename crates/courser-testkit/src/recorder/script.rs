//! What a recorder answers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One scripted answer: exact bytes, and how the connection is treated around them.
///
/// In the bytes `PORT` and `PORT2` (as words) stand for the recorder's ports, `{{now}}` and `{{now+600}}` for dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The exact bytes.
    pub raw: Vec<u8>,
    /// How long the answer is held back.
    pub delay: Duration,
    /// Hang up after it.
    pub close: bool,
    /// Hang up without answering.
    pub drop: bool,
    /// Also the answer to all later requests.
    pub repeat: bool,
}

impl Answer {
    /// These bytes, and the connection stays open.
    pub fn raw(raw: impl Into<Vec<u8>>) -> Self {
        Self {
            raw: raw.into(),
            ..Self::default()
        }
    }

    /// Hanging up instead of an answer.
    pub fn dropped() -> Self {
        Self {
            drop: true,
            ..Self::default()
        }
    }
}

/// Answers in turn, whatever the connection.
#[derive(Debug)]
pub(super) struct Script {
    answers: Vec<Answer>,
    next: usize,
}

impl Script {
    pub(super) fn new(answers: Vec<Answer>) -> Self {
        Self { answers, next: 0 }
    }

    /// The next answer. After the last there is none: the script foresaw no such request.
    pub(super) fn take(&mut self) -> Option<Answer> {
        let answer = self.answers.get(self.next)?.clone();
        if !answer.repeat {
            self.next += 1;
        }
        Some(answer)
    }
}

/// Puts ports in the place of the words `PORT` and `PORT2`.
///
/// ```
/// use courser_testkit::with_ports;
///
/// let text = with_ports(b"Location: http://127.0.0.1:PORT2/EXPORT", 80, 81);
/// assert_eq!(text, b"Location: http://127.0.0.1:81/EXPORT");
/// ```
pub fn with_ports(raw: &[u8], port: u16, port2: u16) -> Vec<u8> {
    let mut in_word = false;
    replace(raw, |rest| {
        let starts = !in_word;
        in_word = rest.first().is_some_and(u8::is_ascii_alphanumeric);
        let found = word(rest, b"PORT2").map(|tail| (port2, tail));
        let found = found.or_else(|| word(rest, b"PORT").map(|tail| (port, tail)));
        let (port, tail) = found.filter(|_| starts)?;
        Some((port.to_string(), tail))
    })
}

/// Puts dates in the place of `{{now}}` and `{{now+600}}`.
pub(super) fn with_dates(raw: &[u8]) -> Vec<u8> {
    replace(raw, |rest| {
        let (offset, tail) = now(rest)?;
        Some((http_date(SystemTime::now() + offset), tail))
    })
}

/// Asks at every byte for a text to put there, and for what is left after what it replaces.
fn replace<'a>(
    raw: &'a [u8],
    mut find: impl FnMut(&'a [u8]) -> Option<(String, &'a [u8])>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some((text, tail)) = find(rest) {
            out.extend(text.bytes());
            rest = tail;
        } else {
            out.push(byte);
            rest = after;
        }
    }
    out
}

/// What follows the word, if the text begins with it and not with a longer one.
fn word<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let rest = text.strip_prefix(word)?;
    (!rest.first().is_some_and(u8::is_ascii_alphanumeric)).then_some(rest)
}

/// The seconds of a `{{now+600}}` at the beginning of the text, and what follows.
fn now(text: &[u8]) -> Option<(Duration, &[u8])> {
    let rest = text.strip_prefix(b"{{now")?;
    let end = rest.windows(2).take(16).position(|pair| pair == b"}}")?;
    let (offset, rest) = (&rest[..end], &rest[end + 2..]);
    if offset.is_empty() {
        return Some((Duration::ZERO, rest));
    }
    let digits = std::str::from_utf8(offset.strip_prefix(b"+")?).ok()?;
    Some((Duration::from_secs(digits.parse().ok()?), rest))
}

/// A date as HTTP writes it: `Tue, 09 Oct 2012 18:02:41 GMT`.
pub fn http_date(time: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |past| past.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years begin in March here, so that the leap day is the last of its year (Hinnant's `civil_from_days`).
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + u64::from(month >= 10);
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        DAYS[(days % 7) as usize],
        MONTHS[((month + 2) % 12) as usize],
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_words() {
        let put = |text: &str| {
            String::from_utf8(with_ports(text.as_bytes(), 1, 2)).expect("text stays text")
        };
        assert_eq!(put("a:PORT/b:PORT2 PORT"), "a:1/b:2 1");
        assert_eq!(
            put("REPORT PORTO PORT22 SPORT2"),
            "REPORT PORTO PORT22 SPORT2"
        );
    }

    #[test]
    fn dates_are_put_in() {
        let text = String::from_utf8(with_dates(b"{{now}}|{{now+600}}|")).unwrap();
        let dates: Vec<&str> = text.split('|').collect();
        assert!(dates[0].ends_with(" GMT") && dates[1].ends_with(" GMT"));
        assert_ne!(dates[0], dates[1]);
        assert_eq!(
            with_dates(b"{{nowhere}} {{now+x}}"),
            b"{{nowhere}} {{now+x}}"
        );
    }

    #[test]
    fn dates_of_the_calendar() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_349_805_761, "Tue, 09 Oct 2012 18:02:41 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_116_219_494, "Wed, 09 Jun 2100 10:18:14 GMT"),
        ] {
            assert_eq!(http_date(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn answers_come_in_turn() {
        let mut script = Script::new(vec![
            Answer::raw("1"),
            Answer {
                repeat: true,
                ..Answer::raw("2")
            },
        ]);
        let taken: Vec<_> = (0..3).filter_map(|_| script.take()).collect();
        assert_eq!(taken[0].raw, b"1");
        assert!(taken[1..].iter().all(|answer| answer.raw == b"2"));
        let mut script = Script::new(vec![Answer::dropped()]);
        assert!(script.take().is_some_and(|answer| answer.drop));
        assert!(script.take().is_none());
    }
}
