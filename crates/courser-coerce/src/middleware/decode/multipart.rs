//! Bodies of parts as data.

#[cfg(feature = "multipart")]
use courser_core::{Error, ErrorKind};
use courser_core::{Headers, Options, Result};

use crate::Value;

/// The boundary that the content type tells.
#[cfg(feature = "multipart")]
pub(super) fn boundary(headers: &Headers) -> Result<String> {
    let media_type = headers.text("content-type");
    let media_type = media_type.and_then(|text| super::MediaType::parse(&text));
    let boundary = media_type.as_ref().and_then(|it| it.param("boundary"));
    boundary.map(str::to_owned).ok_or_else(|| {
        let message = "the body is not multipart: its Content-Type tells no boundary";
        Error::new(ErrorKind::Decode, message)
    })
}

#[cfg(feature = "multipart")]
pub(super) fn read(bytes: &[u8], headers: &Headers, options: &Options) -> Result<Value> {
    use crate::multipart::{ReadOptions, read};
    let options = options.get::<ReadOptions>().copied().unwrap_or_default();
    let parts = read(bytes, &boundary(headers)?, &options)
        .map_err(|why| Error::new(ErrorKind::Decode, "the body is not multipart").because(why))?;
    Ok(Value::vector(parts.into_iter().map(part)))
}

/// As `:multipart` takes it.
#[cfg(feature = "multipart")]
fn part(part: crate::multipart::Part) -> Value {
    use super::MediaType;
    use crate::text::Charset;
    let media_type = part.mime_type.as_deref().and_then(MediaType::parse);
    let essence = media_type.as_ref().map_or("", MediaType::essence);
    let is_text = essence
        .get(..5)
        .is_none_or(|kind| kind.eq_ignore_ascii_case("text/"));
    let content = if is_text && part.file_name.is_none() {
        let label = media_type.as_ref().and_then(|it| it.param("charset"));
        let charset = label.and_then(|label| Charset::for_label(label).ok());
        let text = charset.unwrap_or_default().decode(&part.content).text;
        Value::from(&*text)
    } else {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(&part.content);
        Value::tagged("bytes", Value::keyword_map([("b64", text.into())]))
    };
    let told = [
        "content-disposition",
        "content-type",
        "content-transfer-encoding",
    ];
    let headers = part.headers.into_iter();
    let headers = headers.filter(|(name, _)| !told.contains(&name.as_str()));
    let headers: Vec<_> = headers.map(|(name, value)| (name, value.into())).collect();
    let mut map: Vec<(&str, Value)> = Vec::new();
    let told = [
        ("name", part.name),
        ("file-name", part.file_name),
        ("mime-type", part.mime_type),
    ];
    map.extend(
        told.into_iter()
            .filter_map(|(name, text)| Some((name, text?.into()))),
    );
    if !headers.is_empty() {
        map.push(("headers", Value::map(headers)));
    }
    map.push(("content", content));
    Value::keyword_map(map)
}

#[cfg(not(feature = "multipart"))]
#[allow(clippy::unnecessary_wraps)] // it fails with the feature
pub(super) fn read(_: &[u8], _: &Headers, _: &Options) -> Result<Value> {
    Ok(Value::Nil) // `check` refused it
}
