//! From a value to `MessagePack`, by a stack of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rmp::encode as rmp;

use super::{BYTES, EXT, Error, TIMESTAMP};
use crate::Value;
use crate::value::Inst;

/// The document of a value.
///
/// # Errors
/// [`Error`] for text and collections that are too long for `MessagePack` (4 GiB).
pub fn write(value: &Value) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    put(value, &mut out, &mut open)?;
    while let Some(last) = open.last_mut() {
        let next = match last {
            Open::Items(items) => items.next(),
            Open::Entries(entries, value) => match value.take() {
                Some(value) => Some(value),
                None => entries.next().map(|(key, of_key)| {
                    *value = Some(of_key);
                    key
                }),
            },
            Open::One(value) => value.take(),
        };
        match next {
            Some(value) => put(value, &mut out, &mut open)?,
            None => {
                open.pop();
            }
        }
    }
    Ok(out)
}

/// What is open, with what is still to come of it.
enum Open<'v> {
    Items(std::slice::Iter<'v, Value>),
    Entries(std::slice::Iter<'v, (Value, Value)>, Option<&'v Value>),
    One(Option<&'v Value>),
}

fn put<'v>(value: &'v Value, out: &mut Vec<u8>, open: &mut Vec<Open<'v>>) -> Result<(), Error> {
    match value {
        Value::Nil => written(rmp::write_nil(out)),
        Value::Bool(v) => written(rmp::write_bool(out, *v)),
        Value::Int(v) => written(rmp::write_sint(out, *v)),
        Value::BigInt(v) => match (i64::try_from(&**v), u64::try_from(&**v)) {
            (Ok(v), _) => written(rmp::write_sint(out, v)),
            (_, Ok(v)) => written(rmp::write_uint(out, v)),
            _ => text(&v.to_string(), out)?,
        },
        Value::Float(v) => written(rmp::write_f64(out, *v)),
        Value::Decimal(v) => text(&v.to_string(), out)?,
        Value::Ratio(v) => text(&v.to_string(), out)?,
        Value::Char(v) => text(v.encode_utf8(&mut [0; 4]), out)?,
        Value::String(v) => text(v, out)?,
        Value::Keyword(v) => text(v.as_str(), out)?,
        Value::Symbol(v) => text(v.as_str(), out)?,
        Value::Uuid(v) => text(&v.to_string(), out)?,
        Value::Inst(v) => ext(TIMESTAMP, &timestamp(*v), out)?,
        Value::List(items) | Value::Vector(items) => {
            written(rmp::write_array_len(out, fits(items.len())?));
            open.push(Open::Items(items.iter()));
        }
        Value::Set(set) => {
            written(rmp::write_array_len(out, fits(set.as_slice().len())?));
            open.push(Open::Items(set.as_slice().iter()));
        }
        Value::Map(map) => {
            written(rmp::write_map_len(out, fits(map.len())?));
            open.push(Open::Entries(map.as_slice().iter(), None));
        }
        Value::Tagged(tagged) => {
            if let Some(bytes) = bytes_of(value) {
                written(rmp::write_bin_len(out, fits(bytes.len())?));
                out.extend_from_slice(&bytes);
            } else if let Some((kind, bytes)) = ext_of(value) {
                ext(kind, &bytes, out)?;
            } else {
                written(rmp::write_map_len(out, 2));
                text("tag", out)?;
                text(tagged.tag().as_str(), out)?;
                text("value", out)?;
                open.push(Open::One(Some(tagged.value())));
            }
        }
    }
    Ok(())
}

/// Writing to a `Vec` cannot fail.
fn written<T, E>(result: Result<T, E>) {
    drop(result.ok());
}

fn fits(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::new("longer than MessagePack can tell", None))
}

fn text(text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
    written(rmp::write_str_len(out, fits(text.len())?));
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

fn ext(kind: i8, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    written(rmp::write_ext_meta(out, fits(bytes.len())?, kind));
    out.extend_from_slice(bytes);
    Ok(())
}

/// The bytes of `#bytes {:b64 "…"}`.
fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    let Value::Tagged(tagged) = value else {
        return None;
    };
    let map = tagged.value().as_map().filter(|map| map.len() == 1)?;
    let (key, text) = map.as_slice().first()?;
    let fits = tagged.tag().as_str() == BYTES && key.as_name() == Some("b64");
    text.as_str()
        .filter(|_| fits)
        .and_then(|text| BASE64.decode(text).ok())
}

fn ext_of(value: &Value) -> Option<(i8, Vec<u8>)> {
    let Value::Tagged(tagged) = value else {
        return None;
    };
    match tagged.value().as_slice()? {
        [kind, bytes] if tagged.tag().as_str() == EXT => {
            Some((i8::try_from(kind.as_i64()?).ok()?, bytes_of(bytes)?))
        }
        _ => None,
    }
}

/// In the shortest of its three lengths.
fn timestamp(inst: Inst) -> Vec<u8> {
    let (seconds, nanos) = (inst.unix_seconds(), inst.subsec_nanos());
    match (u32::try_from(seconds), u64::try_from(seconds)) {
        (Ok(seconds), _) if nanos == 0 => seconds.to_be_bytes().to_vec(),
        (_, Ok(seconds)) if seconds < 1 << 34 => {
            (u64::from(nanos) << 34 | seconds).to_be_bytes().to_vec()
        }
        _ => [&nanos.to_be_bytes()[..], &seconds.to_be_bytes()[..]].concat(),
    }
}
