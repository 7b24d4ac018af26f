//! When two values are the same.

use courser_coerce::Value;

use crate::value::{from_now, http_date, near};

/// Clojure's equality, but a Java object is like anything, and dates that were counted from now need only be near.
// It calls itself: what was recorded comes from a file of ours, and its depth bounds the recursion.
pub(super) fn same(expected: &Value, got: &Value, at: i64) -> bool {
    match (expected, got) {
        (Value::Tagged(tagged), _) if tagged.tag().as_str() == "object" => true,
        (Value::Tagged(tagged), Value::Inst(moment)) if tagged.tag().as_str() == "from-now" => {
            tagged
                .value()
                .as_i64()
                .is_some_and(|seconds| near(moment.unix_millis() / 1000, at + seconds))
        }
        (Value::Tagged(a), Value::Tagged(b)) => {
            a.tag() == b.tag() && same(a.value(), b.value(), at)
        }
        (Value::String(a), Value::String(b)) if a.starts_with("{{now") => {
            let word = a.trim_matches(['{', '}']);
            let dates = from_now(word).zip(http_date(b));
            dates.is_some_and(|(offset, date)| near(at + offset, date))
        }
        (Value::Map(a), Value::Map(b)) => {
            let lacks =
                |value: &Value| matches!(value, Value::Tagged(t) if t.tag().as_str() == "object");
            let all = a.iter().all(|(key, value)| match b.get(key) {
                Some(other) => same(value, other, at),
                None => lacks(value),
            });
            all && b.keys().all(|key| a.contains_key(key))
        }
        (Value::Vector(a) | Value::List(a), Value::Vector(b) | Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b, at))
        }
        _ => expected.clj_eq(got),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_coerce::edn;

    const AT: i64 = 1_349_805_761;

    #[track_caller]
    fn check(expected: &str, got: &str, fits: bool) {
        let (a, b) = (
            edn::read_str(expected).unwrap(),
            edn::read_str(got).unwrap(),
        );
        assert_eq!(same(&a, &b, AT), fits, "{expected} and {got}");
    }

    #[test]
    fn equal_as_in_clojure() {
        check("{:a (1 2N)}", "{:a [1N 2]}", true);
        check("{:a 1}", "{:a 1.0}", false);
        check("{:a nil}", "{}", false);
        check("{}", "{:a nil}", false);
        check("[1]", "[1 2]", false);
        check("#{1 2}", "#{2 1}", true);
        check("#bytes {:b64 \"AA==\"}", "#bytes {:b64 \"AA==\"}", true);
        check("#bytes {:b64 \"AA==\"}", "#stream {:b64 \"AA==\"}", false);
        check("\"a\"", ":a", false);
    }

    #[test]
    fn objects_of_java_do_not_bind() {
        check("{:o #object \"x\"}", "{}", true);
        check("{:o #object \"x\"}", "{:o 5}", true);
        check("[#object \"x\"]", "[]", false);
    }

    #[test]
    fn dates_from_now_need_to_be_near() {
        check("#from-now 60", "#inst \"2012-10-09T18:03:40Z\"", true);
        check("#from-now 60", "#inst \"2012-10-09T18:03:00Z\"", false);
        check("#from-now 60", "60", false);
        check("\"{{now}}\"", "\"Tue, 09 Oct 2012 18:02:40 GMT\"", true);
        check("\"{{now+600}}\"", "\"Tue, 09 Oct 2012 18:12:41 GMT\"", true);
        check(
            "\"{{now+600}}\"",
            "\"Tue, 09 Oct 2012 18:02:41 GMT\"",
            false,
        );
        check("\"{{now}}\"", "\"now\"", false);
        check("\"{{now}}\"", "\"Tue, 09 an 2012 18:02:41 GMT\"", false);
    }
}
