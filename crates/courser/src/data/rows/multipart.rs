//! The parts of a multipart body.

use courser_coerce::Value;
use courser_core::Body;

use super::super::env::Env;
use super::super::parse::{
    Outcome, Unfit, charset, count, items, media_type, one_of, text, unknown_word, word,
};
use crate::{MultipartMode, Part};

/// The modes by name.
pub(in crate::data) const MODES: [(&str, MultipartMode); 3] = [
    ("strict", MultipartMode::Strict),
    ("browser-compatible", MultipartMode::BrowserCompatible),
    ("rfc6532", MultipartMode::Rfc6532),
];

const KEYS: [&str; 8] = [
    "name",
    "part-name",
    "file-name",
    "content",
    "mime-type",
    "encoding",
    "length",
    "headers",
];

/// A word, or `#multipart-mode :strict`.
pub(super) fn mode(value: &Value) -> Outcome<MultipartMode> {
    match value {
        Value::Tagged(tagged) if tagged.tag().as_str() == "multipart-mode" => {
            one_of(tagged.value(), &MODES)
        }
        _ => one_of(value, &MODES),
    }
}

/// The parts, each a map or a pair of name and content.
pub(super) fn parts(value: &Value, env: &Env) -> Outcome<Vec<Part>> {
    let items = items(value)?.iter().enumerate();
    let parts = items.map(|(i, item)| match part(item, env) {
        Err(Unfit::Type) => because(i, "is a map of :name and :content, or a pair of them"),
        Err(Unfit::Because(why)) => because(i, &why),
        other => other,
    });
    parts.collect()
}

fn because<T>(i: usize, why: &str) -> Outcome<T> {
    Err(Unfit::Because(format!("is wrong: part {} {why}", i + 1)))
}

fn part(item: &Value, env: &Env) -> Outcome<Part> {
    if let Some([name, content]) = item.as_slice() {
        return Ok(Part::new(text(name)?, self::content(content, env)?));
    }
    let map = item.as_map().ok_or(Unfit::Type)?;
    let (mut name, mut part_name, mut length) = (None, None, None);
    let mut part = Part::new("", Body::empty());
    let mut has_content = false;
    for (key, value) in map {
        let key = word(key)?;
        if value.is_nil() && KEYS.contains(&key) {
            continue;
        }
        match key {
            "name" => name = Some(text(value)?),
            "part-name" => part_name = Some(text(value)?),
            "file-name" => part.file_name = Some(text(value)?),
            "content" => {
                part.content = content(value, env)?;
                has_content = true;
            }
            "mime-type" => part.mime_type = Some(media_type(value)?),
            "encoding" => part.encoding = Some(charset(value)?),
            "length" => length = Some(count(value)?),
            "headers" => part.headers = headers(value)?,
            other => return Err(unknown_word(other, KEYS)),
        }
    }
    if !has_content {
        return Err(Unfit::Because("has no :content".into()));
    }
    if let Some(length) = length {
        part.content = part.content.with_size(length);
    }
    let is_file = part.content.path().is_some();
    if !is_file && !part.content.is_text() && name.is_none() && part.file_name.is_none() {
        let why = "is of bytes or a stream and has no :name, which is the name of its file";
        return Err(Unfit::Because(why.into()));
    }
    // Beside the name of the part, `:name` is that of the file.
    if part_name.is_some() && !part.content.is_text() && part.file_name.is_none() {
        part.file_name = name.take();
    }
    part.name = part_name
        .or(name)
        .ok_or_else(|| Unfit::Because("has no :name".into()))?;
    Ok(part)
}

fn content(value: &Value, env: &Env) -> Outcome<Body> {
    match value {
        Value::String(text) => Ok(Body::from(text.clone())),
        Value::Tagged(tagged) => env.tagged(tagged),
        other => {
            let kind = other.kind();
            let why = format!("has {kind} as :content: it is a string, or a tag such as #bytes");
            Err(Unfit::Because(why))
        }
    }
}

/// A map, or a sequence of pairs.
fn headers(value: &Value) -> Outcome<Vec<(String, String)>> {
    if let Some(map) = value.as_map() {
        let pairs = map.iter();
        return pairs
            .map(|(name, value)| Ok((word(name)?.to_owned(), text(value)?)))
            .collect();
    }
    let pairs = items(value)?.iter().map(|pair| match pair.as_slice() {
        Some([name, value]) => Ok((word(name)?.to_owned(), text(value)?)),
        _ => Err(Unfit::Type),
    });
    pairs.collect()
}
