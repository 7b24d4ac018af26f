//! Small help with values.

use std::time::{SystemTime, UNIX_EPOCH};

use courser_coerce::Value;
use courser_coerce::value::{Inst, Map};

/// `:name`. Unlike text that is read, any name will do.
pub(crate) fn keyword(name: &str) -> Value {
    Value::keyword(name)
}

/// The value under a keyword.
pub(crate) fn get<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_map()?.get(&keyword(name))
}

/// A value on one line that is not too long to read.
pub(crate) fn short(text: &str) -> String {
    const LONGEST: usize = 240;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{head}… ({} characters)", text.chars().count())
}

/// How far a date may be off that was counted from now, in seconds.
const LATITUDE: i64 = 10;

/// Whether two moments, in seconds, are near enough.
pub(crate) fn near(a: i64, b: i64) -> bool {
    (a - b).abs() <= LATITUDE
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |past| past.as_secs().cast_signed())
}

/// The seconds of `now` and `now+600`.
pub(crate) fn from_now(word: &str) -> Option<i64> {
    let offset = word.strip_prefix("now")?;
    if offset.is_empty() {
        Some(0)
    } else {
        offset.strip_prefix('+')?.parse().ok()
    }
}

/// Seconds since 1970 of `Tue, 09 Oct 2012 18:02:41 GMT`.
pub(crate) fn http_date(text: &str) -> Option<i64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let words: Vec<&str> = text.split(' ').collect();
    let [_, day, month, year, time, "GMT"] = words.as_slice() else {
        return None;
    };
    let month = MONTHS.find(month).filter(|at| at % 3 == 0)? / 3 + 1;
    let moment: Inst = format!("{year}-{month:02}-{day}T{time}Z").parse().ok()?;
    Some(moment.unix_millis() / 1000)
}

/// Text with the ports in the place of `PORT` and `PORT2`.
pub(crate) fn with_ports(text: &str, ports: [u16; 2]) -> String {
    let bytes = courser_testkit::with_ports(text.as_bytes(), ports[0], ports[1]);
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The value with the ports in its strings, and for its symbols `PORT` and `PORT2`.
// It calls itself: what it is given was read from a file of ours, not from a peer.
pub(crate) fn value_with_ports(value: &Value, ports: [u16; 2]) -> Value {
    let put = |value: &Value| value_with_ports(value, ports);
    match value {
        Value::String(text) => with_ports(text, ports).into(),
        Value::Symbol(symbol) if symbol.as_str() == "PORT" => i64::from(ports[0]).into(),
        Value::Symbol(symbol) if symbol.as_str() == "PORT2" => i64::from(ports[1]).into(),
        Value::Vector(items) => Value::vector(items.iter().map(put)),
        Value::List(items) => Value::list(items.iter().map(put)),
        Value::Set(items) => Value::set(items.iter().map(put)),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| (put(key), put(value)))
            .collect::<Map>()
            .into(),
        Value::Tagged(tagged) => Value::tagged(tagged.tag().clone(), put(tagged.value())),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_coerce::edn;

    #[test]
    fn ports_are_put_in() {
        let value =
            edn::read_str(r#"{:a [PORT "h:PORT2" #t ("PORT")] :b #{PORT2} "PORT" "{{now}}"}"#);
        let got = value_with_ports(&value.unwrap(), [1, 2]);
        let expected = edn::read_str(r#"{:a [1 "h:2" #t ("1")] :b #{2} "1" "{{now}}"}"#);
        assert_eq!(got, expected.unwrap());
    }

    #[test]
    fn dates_of_http() {
        assert_eq!(
            http_date("Tue, 09 Oct 2012 18:02:41 GMT"),
            Some(1_349_805_761)
        );
        for text in [
            "",
            "Tue, 09 ct 2012 18:02:41 GMT",
            "Tue, 09 Oct 2012 18:02:41 UTC",
        ] {
            assert_eq!(http_date(text), None);
        }
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(short("é"), "é");
        assert!(short(&"é".repeat(1000)).ends_with("é… (1000 characters)"));
    }
}
