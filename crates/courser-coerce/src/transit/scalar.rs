//! What strings with a tag of one character stand for.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use num_bigint::BigInt;

use super::error::shown;
use super::options::ReadOptions;
use crate::Value;
use crate::value::{Decimal, Inst, Ratio, parse_digits};

/// Padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The tag of bytes among values, and the key of their text.
pub(super) const BYTES: &str = "bytes";
pub(super) const B64: &str = "b64";
/// The tag of URIs among values.
pub(super) const URI: &str = "uri";

/// Whether Transit itself gives a tag its meaning.
pub(super) fn is_own(tag: &str) -> bool {
    matches!(
        tag,
        "_" | "s"
            | "?"
            | "i"
            | "d"
            | "b"
            | ":"
            | "$"
            | "f"
            | "n"
            | "m"
            | "t"
            | "u"
            | "r"
            | "c"
            | "z"
            | "'"
            | "#"
            | "array"
            | "map"
            | "set"
            | "list"
            | "cmap"
            | "ratio"
    )
}

/// The value of text under a tag of one character.
pub(super) fn read(tag: char, text: &str, options: &ReadOptions) -> Result<Value, String> {
    let not = |what: &str| Err(format!("not {what}: {}", shown(text)));
    let said = |why: String| format!("{why}: {}", shown(text));
    Ok(match tag {
        '_' if text.is_empty() => Value::Nil,
        '?' => match text {
            "t" => Value::Bool(true),
            "f" => Value::Bool(false),
            _ => return not("a boolean, t or f"),
        },
        's' | '\'' => text.into(),
        'i' => Value::from(integer(text, options)?).normalized_int(),
        'n' => Value::BigInt(Box::new(integer(text, options)?)),
        'd' => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Float(number),
            _ => return not("a float"),
        },
        'z' => match text {
            "NaN" => Value::Float(f64::NAN),
            "INF" => Value::Float(f64::INFINITY),
            "-INF" => Value::Float(f64::NEG_INFINITY),
            _ => return not("a special number, NaN, INF or -INF"),
        },
        'f' => decimal(text, options)?,
        ':' => Value::keyword(text),
        '$' => Value::symbol(text),
        'c' => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => Value::Char(c),
                _ => return not("one character"),
            }
        }
        'm' => match text.parse() {
            Ok(millis) => moment(millis)?,
            Err(_) => return not("milliseconds since 1970"),
        },
        't' => Value::Inst(text.parse::<Inst>().map_err(|why| said(why.to_string()))?),
        'u' => Value::Uuid(
            text.parse()
                .map_err(|why: crate::value::UuidError| said(why.to_string()))?,
        ),
        'r' => Value::tagged(URI, text),
        'b' => match BASE64.decode(text) {
            Ok(_) => bytes_of(text.to_owned()),
            Err(_) => return not("Base64"),
        },
        _ => Value::tagged(tag.to_string().as_str(), text),
    })
}

/// A moment, by its milliseconds.
pub(super) fn moment(millis: i64) -> Result<Value, String> {
    Inst::from_unix_millis(millis)
        .map(Value::Inst)
        .ok_or_else(|| format!("{millis} ms lie outside the years 0000 to 9999"))
}

/// Bytes as a value.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    bytes_of(BASE64.encode(bytes))
}

fn bytes_of(base64: String) -> Value {
    Value::tagged(BYTES, Value::keyword_map([(B64, base64.into())]))
}

/// The Base64 of a value that is bytes.
pub(super) fn base64_of(value: &Value) -> Option<&str> {
    let text = value.get(B64)?.as_str()?;
    (value.as_map()?.len() == 1 && BASE64.decode(text).is_ok()).then_some(text)
}

/// The fraction of two integers.
pub(super) fn ratio(rep: &Value) -> Result<Value, String> {
    let big = |value: &Value| match value {
        Value::Int(n) => Some(BigInt::from(*n)),
        Value::BigInt(n) => Some((**n).clone()),
        _ => None,
    };
    let parts = match rep.as_slice() {
        Some([n, d]) => big(n).zip(big(d)),
        _ => None,
    };
    let (n, d) = parts.ok_or("a ratio has two integers")?;
    // Reducing takes the square of the digits.
    if n.bits().max(d.bits()) > 3330 {
        return Err("a ratio of more than 1,000 digits".to_owned());
    }
    Ratio::new(n, d).ok_or_else(|| "a ratio with the denominator 0".to_owned())
}

fn integer(text: &str, options: &ReadOptions) -> Result<BigInt, String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.len() > options.max_digits {
        return Err(format!(
            "a number of more than {} digits",
            options.max_digits
        ));
    }
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| parse_digits(digits.as_bytes())).flatten();
    let number = number.ok_or_else(|| format!("not an integer: {}", shown(text)))?;
    Ok(if negative { -number } else { number })
}

/// As `BigDecimal` reads it: digits, a point, an exponent.
fn decimal(text: &str, options: &ReadOptions) -> Result<Value, String> {
    let not = || format!("not a decimal: {}", shown(text));
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| not())?),
        None => (text, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not());
    }
    let unscaled = integer(&[whole, fraction].concat(), options)
        .map_err(|why| if why.starts_with("not") { not() } else { why })?;
    let scale = i64::try_from(fraction.len()).unwrap_or(i64::MAX) - i64::from(exponent);
    let scale = i32::try_from(scale).map_err(|_| not())?;
    Ok(Value::Decimal(Box::new(Decimal::new(unscaled, scale))))
}
