//! Numbers as Clojure's reader takes them.

use num_bigint::BigInt;

use super::error::ErrorKind;
use super::error::excerpt;
use crate::Value;
use crate::value::{Decimal, Ratio, parse_digits};

/// Most numbers: up to 18 decimal digits, without a leading zero.
#[inline]
pub(super) fn small_int(token: &[u8]) -> Option<i64> {
    let (negative, digits) = match token {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if !(1..=18).contains(&digits.len()) || digits.len() > 1 && digits.first() == Some(&b'0') {
        return None;
    }
    let mut number = 0;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(byte - b'0');
    }
    Some(if negative { -number } else { number })
}

/// The number that the token is. It begins with a digit, or a sign and a digit.
pub(super) fn read(token: &str, max_digits: usize) -> Result<Value, ErrorKind> {
    let bytes = token.as_bytes();
    let (negative, unsigned) = match bytes.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, bytes),
    };
    let digits = unsigned
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (head, tail) = unsigned.split_at_checked(digits).unwrap_or((unsigned, &[]));
    let limit = |count: usize| {
        if count > max_digits {
            Err(ErrorKind::TooManyDigits { limit: max_digits })
        } else {
            Ok(())
        }
    };
    let invalid = |expected| ErrorKind::Invalid {
        what: "number",
        found: excerpt(token),
        expected,
    };
    let signed = |n: BigInt| if negative { -n } else { n };
    let not_a_number = || invalid("expected digits, as in 42, 1.5e3, 1/3, 0x1F, 2r101, 1N or 1.5M");
    match tail {
        [] | [b'N'] => {
            let big = tail == b"N";
            let (radix, digits) = match head {
                [b'0', octal @ ..] if !octal.is_empty() => (8, octal),
                digits => (10, digits),
            };
            let wide = digits.len() > 18;
            if wide {
                limit(digits.len())?;
            }
            integer(digits, radix, wide)
                .map(|n| finish(signed(n), big))
                .ok_or_else(|| invalid("a number that begins with 0 is octal"))
        }
        [b'x' | b'X', hex @ ..] if head == b"0" => {
            let (hex, big) = suffix(hex);
            limit(hex.len())?;
            integer(hex, 16, true)
                .map(|n| finish(signed(n), big))
                .ok_or_else(|| invalid("expected hex digits"))
        }
        [b'r' | b'R', rest @ ..] if (1..=2).contains(&head.len()) => {
            let radix = std::str::from_utf8(head)
                .ok()
                .and_then(|radix| radix.parse().ok());
            let Some(radix @ 2..=36) = radix else {
                return Err(invalid("the radix must be between 2 and 36"));
            };
            // `N` is a digit only above 23, and Clojure takes it for the suffix even then.
            let (rest, big) = suffix(rest);
            limit(rest.len())?;
            integer(rest, radix, true)
                .map(|n| finish(signed(n), big))
                .ok_or_else(|| invalid("expected digits of that radix"))
        }
        [b'/', denominator @ ..] => {
            // Reducing takes the square of the digits, so these may have fewer.
            limit(head.len().max(denominator.len()) * 10)?;
            if denominator.is_empty() || !denominator.iter().all(u8::is_ascii_digit) {
                return Err(not_a_number());
            }
            let (Some(n), Some(d)) = (parse_digits(head), parse_digits(denominator)) else {
                return Err(not_a_number());
            };
            Ratio::new(signed(n), d).ok_or_else(|| invalid("division by zero"))
        }
        [b'.' | b'e' | b'E' | b'M', ..] => {
            let decimal = split_decimal(head, tail).ok_or_else(not_a_number)?;
            if !decimal.exact {
                return token.parse().map(Value::Float).map_err(|_| not_a_number());
            }
            limit(head.len() + decimal.fraction.len())?;
            let digits = [head, decimal.fraction].concat();
            let unscaled = parse_digits(&digits).ok_or_else(not_a_number)?;
            let scale = std::str::from_utf8(decimal.exponent)
                .ok()
                .and_then(|text| {
                    if text.is_empty() {
                        Some(0)
                    } else {
                        text.parse::<i64>().ok()
                    }
                })
                .and_then(|exponent| {
                    i32::try_from(decimal.fraction.len().cast_signed() as i64 - exponent).ok()
                })
                .ok_or_else(|| invalid("the exponent is out of range"))?;
            Ok(Value::Decimal(Box::new(Decimal::new(
                signed(unscaled),
                scale,
            ))))
        }
        _ => Err(not_a_number()),
    }
}

fn suffix(digits: &[u8]) -> (&[u8], bool) {
    digits
        .strip_suffix(b"N")
        .map_or((digits, false), |digits| (digits, true))
}

fn finish(number: BigInt, big: bool) -> Value {
    let value = Value::from(number);
    if big { value } else { value.normalized_int() }
}

fn integer(digits: &[u8], radix: u32, wide: bool) -> Option<BigInt> {
    // `parse_bytes` would take a sign and underscores.
    if digits.is_empty() || !digits.iter().all(|d| char::from(*d).is_digit(radix)) {
        return None;
    }
    if radix == 10 && wide {
        parse_digits(digits)
    } else {
        BigInt::parse_bytes(digits, radix)
    }
}

struct Parts<'a> {
    fraction: &'a [u8],
    /// With its sign.
    exponent: &'a [u8],
    /// Whether `M` follows.
    exact: bool,
}

/// `(\.[0-9]*)?([eE][-+]?[0-9]+)?M?`, what follows the first digits.
fn split_decimal<'a>(head: &[u8], tail: &'a [u8]) -> Option<Parts<'a>> {
    let take_digits = |bytes: &'a [u8]| {
        let count = bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        bytes.split_at_checked(count)
    };
    let (tail, exact) = tail
        .strip_suffix(b"M")
        .map_or((tail, false), |tail| (tail, true));
    let (fraction, tail) = match tail {
        [b'.', rest @ ..] => take_digits(rest)?,
        _ => (&[][..], tail),
    };
    let exponent = match tail {
        [] => tail,
        [b'e' | b'E', exponent @ ..] => {
            let digits = match exponent {
                [b'+' | b'-', digits @ ..] | digits => digits,
            };
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            exponent
        }
        _ => return None,
    };
    (!head.is_empty()).then_some(Parts {
        fraction,
        exponent,
        exact,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, expected: &str) {
        let printed = match read(token, 10_000) {
            Ok(value) => value.to_string(),
            Err(ErrorKind::Invalid { expected, .. }) => expected.to_owned(),
            Err(other) => other.to_string(),
        };
        assert_eq!(printed, expected, "{token}");
    }

    #[test]
    fn numbers_as_in_clojure() {
        for (token, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("+7", "7"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "9223372036854775808N"),
            ("432N", "432N"),
            ("0N", "0N"),
            ("017", "15"),
            ("-017N", "-15N"),
            ("0x1F", "31"),
            ("0Xff", "255"),
            ("-0xfffffffffffffffff", "-295147905179352825855N"),
            ("2r101", "5"),
            ("-36rZZ", "-1295"),
            ("36rZN", "35N"),
            ("1/3", "1/3"),
            ("-2/6", "-1/3"),
            ("4/2", "2"),
            ("1.", "1.0"),
            ("12.32", "12.32"),
            ("-0.0", "-0.0"),
            ("1e10", "1.0E10"),
            ("45e+43", "4.5E44"),
            ("1.5E-7", "1.5E-7"),
            ("1e400", "##Inf"),
            ("-1e400", "##-Inf"),
            ("01.5", "1.5"),
            ("1M", "1M"),
            ("223.230M", "223.230M"),
            ("45.4E+43M", "4.54E+44M"),
            ("1.M", "1M"),
            ("-1e-3M", "-0.001M"),
        ] {
            check(token, expected);
        }
    }

    #[test]
    fn what_is_no_number() {
        let general = "expected digits, as in 42, 1.5e3, 1/3, 0x1F, 2r101, 1N or 1.5M";
        for token in [
            "4cats", "-4cats", "1e", "1e+", "1.5N", "1/", "1/a", "1/-2", "1_0", "1.5.5",
        ] {
            check(token, general);
        }
        check("08", "a number that begins with 0 is octal");
        check("0x", "expected hex digits");
        check("0x_f", "expected hex digits");
        check("2r", "expected digits of that radix");
        check("2r2", "expected digits of that radix");
        check("37r1", "the radix must be between 2 and 36");
        check("1/0", "division by zero");
        check("1e99999999999999999999M", "the exponent is out of range");
    }

    #[test]
    fn digits_are_limited() {
        let million = "1".repeat(1_000_000);
        let error = Err(ErrorKind::TooManyDigits { limit: 10_000 });
        for token in [
            million.clone(),
            format!("{million}N"),
            format!("0x{million}"),
            format!("3r{million}"),
            format!("1/{million}"),
            format!("{million}/3"),
            format!("{million}M"),
            format!("0.{million}M"),
        ] {
            assert_eq!(read(&token, 10_000), error);
        }
        assert_eq!(
            read(&million, 1_000_000).unwrap().to_string().len(),
            1_000_001
        );
        assert!(matches!(
            read(&format!("{million}.0"), 10_000),
            Ok(Value::Float(_))
        ));
    }
}
