//! Numbers beyond `i64` and `f64`, and how Java prints doubles.

use std::fmt::{self, Write};

use num_bigint::{BigInt, Sign};

/// An exact decimal number: `unscaled × 10^-scale`, as Java's `BigDecimal`.
///
/// Two of them are equal (`==`) if both parts are: `1.0` and `1.00` differ.
/// [`clj_eq`](crate::Value::clj_eq) compares the number they stand for.
///
/// ```
/// use courser_coerce::value::Decimal;
///
/// let price = Decimal::new(110, 2);
/// assert_eq!(price.to_string(), "1.10");
/// assert_eq!(price.to_f64(), 1.1);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    unscaled: BigInt,
    scale: i32,
}

/// An exact fraction in lowest terms, its denominator above one.
///
/// ```
/// use courser_coerce::{Value, value::Ratio};
///
/// assert_eq!(Ratio::new(2.into(), 6.into()), Some(Value::ratio(1, 3)));
/// assert_eq!(Ratio::new(6.into(), 3.into()), Some(Value::Int(2)));
/// assert_eq!(Ratio::new(1.into(), 0.into()), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: BigInt,
    denominator: BigInt,
}

impl Decimal {
    /// The number `unscaled × 10^-scale`.
    pub fn new(unscaled: impl Into<BigInt>, scale: i32) -> Self {
        Self {
            unscaled: unscaled.into(),
            scale,
        }
    }

    /// The digits, without the point.
    pub fn unscaled(&self) -> &BigInt {
        &self.unscaled
    }

    /// How many of the digits stand behind the point; below zero, how many zeros follow them.
    pub fn scale(&self) -> i32 {
        self.scale
    }

    /// The nearest double; infinite beyond its range.
    pub fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The same number without trailing zeros, so that equal numbers have equal parts.
    pub(crate) fn normalized(&self) -> (BigInt, i64) {
        let scale = i64::from(self.scale);
        if self.unscaled.sign() == Sign::NoSign {
            return (BigInt::ZERO, 0);
        }
        if self.unscaled.bit(0) {
            return (self.unscaled.clone(), scale);
        }
        let digits = self.unscaled.to_string();
        let kept = digits.trim_end_matches('0');
        let zeros = digits.len() - kept.len();
        if zeros == 0 {
            return (self.unscaled.clone(), scale);
        }
        let power = BigInt::from(10).pow(u32::try_from(zeros).unwrap_or(u32::MAX));
        (&self.unscaled / power, scale - zeros.cast_signed() as i64)
    }
}

/// As `BigDecimal.toString`: plain for small exponents, else scientific with a signed exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.unscaled.magnitude().to_string();
        if self.unscaled.sign() == Sign::Minus {
            f.write_char('-')?;
        }
        let scale = i64::from(self.scale);
        let exponent = digits.len().cast_signed() as i64 - 1 - scale;
        if scale == 0 {
            return f.write_str(&digits);
        }
        if scale > 0 && exponent >= -6 {
            let padded = format!(
                "{digits:0>width$}",
                width = self.scale.unsigned_abs() as usize + 1
            );
            let (whole, fraction) = padded
                .split_at_checked(padded.len() - self.scale.unsigned_abs() as usize)
                .unwrap_or(("0", ""));
            return write!(f, "{whole}.{fraction}");
        }
        let (first, rest) = digits.split_at_checked(1).unwrap_or(("0", ""));
        let point = if rest.is_empty() { "" } else { "." };
        write!(f, "{first}{point}{rest}")?;
        if exponent == 0 {
            Ok(())
        } else {
            write!(f, "E{exponent:+}")
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}M")
    }
}

impl Ratio {
    /// The value of the fraction: a ratio in lowest terms, or an integer if it comes out even.
    ///
    /// `None` if the denominator is zero.
    // The value, not `Self`: `4/2` is no ratio.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(numerator: BigInt, denominator: BigInt) -> Option<crate::Value> {
        if denominator.sign() == Sign::NoSign {
            return None;
        }
        let (mut a, mut b) = (numerator.clone(), denominator.clone());
        while b.sign() != Sign::NoSign {
            (a, b) = (b.clone(), a % b);
        }
        // The divisor takes the denominator's sign, so that the denominator ends up positive.
        if (a.sign() == Sign::Minus) != (denominator.sign() == Sign::Minus) {
            a = -a;
        }
        let (numerator, denominator) = (numerator / &a, denominator / a);
        if denominator == BigInt::from(1) {
            return Some(crate::Value::from(numerator).normalized_int());
        }
        Some(crate::Value::Ratio(Box::new(Self {
            numerator,
            denominator,
        })))
    }

    /// Above the line.
    pub fn numerator(&self) -> &BigInt {
        &self.numerator
    }

    /// Below the line; above one.
    pub fn denominator(&self) -> &BigInt {
        &self.denominator
    }

    /// The nearest double, or one of its neighbours.
    pub fn to_f64(&self) -> f64 {
        let exact = |n: &BigInt| i64::try_from(n).ok().filter(|n| n.unsigned_abs() < 1 << 53);
        if let (Some(n), Some(d)) = (exact(&self.numerator), exact(&self.denominator)) {
            return n as f64 / d as f64;
        }
        // 25 digits of the quotient, then the exact conversion from text.
        let digits = |n: &BigInt| n.bits().cast_signed() * 1233 / 4096;
        let scale = 25 + digits(&self.denominator) - digits(&self.numerator);
        let power = BigInt::from(10).pow(u32::try_from(scale.unsigned_abs()).unwrap_or(u32::MAX));
        let quotient = if scale >= 0 {
            &self.numerator * power / &self.denominator
        } else {
            &self.numerator / (&self.denominator * power)
        };
        format!("{quotient}e{}", -scale).parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// As Java's `Double.toString` since JDK 19: the shortest digits that read back equal; between 10⁻³
/// and 10⁷ plain, else scientific; always with a digit behind the point.
pub(crate) fn write_double(out: &mut impl Write, number: f64) -> fmt::Result {
    if number.is_nan() {
        return out.write_str("NaN");
    }
    if number.is_infinite() {
        return out.write_str(if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        });
    }
    let size = number.abs();
    if number == 0.0 || (1e-3..1e7).contains(&size) {
        // Rust's `{:?}` is plain in this range and keeps the `.0`.
        return write!(out, "{number:?}");
    }
    let mut text = format!("{number:e}");
    if !text.contains('.') {
        // Java wants two digits, and the nearest two: 4.9E-324 rather than 5.0E-324.
        text = format!("{number:.1e}");
    }
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    write!(out, "{digits}E{exponent}")
}

/// The integer that the decimal digits spell; `None` if there is anything else among them.
///
/// In halves, so that the time is that of the multiplication, not quadratic.
#[cfg(any(test, feature = "edn", feature = "json", feature = "transit"))]
pub(crate) fn parse_digits(digits: &[u8]) -> Option<BigInt> {
    if digits.len() <= 2000 {
        return BigInt::parse_bytes(digits, 10);
    }
    let low = digits.len() / 2;
    let (head, tail) = digits.split_at_checked(digits.len() - low)?;
    let power = BigInt::from(10).pow(u32::try_from(low).ok()?);
    Some(parse_digits(head)? * power + parse_digits(tail)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn doubles_print_as_in_java() {
        for (number, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1.5, "1.5"),
            (-7.25, "-7.25"),
            (1e10, "1.0E10"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (0.001, "0.001"),
            (0.000_999, "9.99E-4"),
            (1.5e-7, "1.5E-7"),
            (f64::MAX, "1.7976931348623157E308"),
            (5e-324, "4.9E-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (1000.0, "1000.0"),
            (0.123_456_789_012_345_68, "0.12345678901234568"),
        ] {
            let mut text = String::new();
            write_double(&mut text, number).unwrap();
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn decimals_print_as_in_java() {
        for (unscaled, scale, expected) in [
            (110, 2, "1.10"),
            (-110, 2, "-1.10"),
            (0, 0, "0"),
            (0, 3, "0.000"),
            (5, 1, "0.5"),
            (5, 6, "0.000005"),
            (5, 7, "5E-7"),
            (454, -42, "4.54E+44"),
            (1, -1, "1E+1"),
            (123, 0, "123"),
            (12, 8, "1.2E-7"),
        ] {
            assert_eq!(Decimal::new(unscaled, scale).to_string(), expected);
        }
        assert_eq!(Decimal::new(1, i32::MAX).to_string(), "1E-2147483647");
        assert_eq!(Decimal::new(1, i32::MIN).to_string(), "1E+2147483648");
    }

    #[test]
    fn ratios_are_in_lowest_terms() {
        for (n, d, expected) in [
            (1, 3, "1/3"),
            (2, 6, "1/3"),
            (-2, 6, "-1/3"),
            (2, -6, "-1/3"),
            (-2, -6, "1/3"),
        ] {
            match Ratio::new(n.into(), d.into()) {
                Some(Value::Ratio(ratio)) => assert_eq!(ratio.to_string(), expected),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(Ratio::new(0.into(), 5.into()), Some(Value::Int(0)));
    }

    #[test]
    fn huge_ratios_have_a_double() {
        let huge = BigInt::from(10).pow(400);
        let Some(Value::Ratio(ratio)) = Ratio::new(&huge + 1, &huge * 4) else {
            panic!()
        };
        assert!((ratio.to_f64() - 0.25).abs() < 1e-15);
        let Some(Value::Ratio(ratio)) = Ratio::new(huge + 1, 3.into()) else {
            panic!()
        };
        assert!(ratio.to_f64().is_infinite());
    }

    #[test]
    fn digits_in_halves_are_right() {
        let text = "1234567890".repeat(1000);
        assert_eq!(parse_digits(text.as_bytes()).unwrap().to_string(), text);
        assert_eq!(parse_digits(b"12a"), None);
    }
}
