//! The stage `multipart`.

use courser_core::{Body, Error, Hook, Method, Request, Result, Wants};

use super::MediaType;
use crate::multipart::{Head, Mode, WriteError, boundary};
use crate::text::Charset;

/// A body in parts (`:multipart` and how it is written); an options group.
#[derive(Clone, Debug)]
pub struct Multipart {
    /// The parts, in their order.
    pub parts: Vec<(Head, Body)>,
    /// `:mime-subtype`; `form-data` without one.
    pub subtype: Option<String>,
    /// `:multipart-mode`
    pub mode: Mode,
    /// `:multipart-charset`, by its label.
    pub charset: Option<String>,
}

/// Makes the body of [`Multipart`], and its content type: of one that is said already, it keeps all
/// and appends the boundary.
///
/// The body is a chain of the parts' own: streams stay streams, the length is known if each is,
/// and it can be sent again if each can.
#[derive(Debug)]
pub struct MultipartStage;

impl Hook for MultipartStage {
    fn name(&self) -> &'static str {
        "multipart"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<Multipart>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        let Some(multipart) = req.options.get_arc::<Multipart>() else {
            return Ok(());
        };
        if [Method::GET, Method::HEAD].contains(&req.method) {
            let message = format!("{} has no multipart body", req.method);
            return Err(Error::invalid(message).help("POST and PUT have"));
        }
        let charset = match &multipart.charset {
            Some(label) => Charset::for_label(label)
                .map_err(|why| Error::invalid(":multipart-charset is no charset").because(why))?,
            None => Charset::UTF_8,
        };
        let known = multipart.parts.iter();
        let known = known.filter_map(|(_, content)| content.as_bytes().map(AsRef::as_ref));
        let known: Vec<&[u8]> = known.collect();
        let boundary = boundary(&known).map_err(wrong)?;
        let said = req.headers.text("Content-Type");
        let content_type = content_type(said.as_deref(), &multipart, &boundary)?;

        let mut bodies = Vec::with_capacity(2 * multipart.parts.len() + 1);
        let mut between = "";
        for (head, content) in &multipart.parts {
            let mut above = format!("{between}--{boundary}\r\n").into_bytes();
            head.write(multipart.mode, charset, &mut above)
                .map_err(wrong)?;
            bodies.push(Body::from(above));
            bodies.push(encoded(head, content)?);
            between = "\r\n";
        }
        bodies.push(Body::from(
            format!("{between}--{boundary}--\r\n").into_bytes(),
        ));
        req.body = Body::chain(bodies);
        req.headers.insert("Content-Type", content_type)?;
        Ok(())
    }
}

/// Text in its charset, other content as it is.
fn encoded(head: &Head, content: &Body) -> Result<Body> {
    let text = content.as_bytes().filter(|_| head.is_text);
    let Some(text) = text.and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
        return Ok(content.clone());
    };
    match head.encode(text).map_err(wrong)? {
        std::borrow::Cow::Borrowed(_) => Ok(content.clone()),
        std::borrow::Cow::Owned(bytes) => Ok(Body::from(bytes)),
    }
}

fn content_type(said: Option<&str>, multipart: &Multipart, boundary: &str) -> Result<String> {
    let mut text = if let Some(text) = said {
        let parsed = MediaType::parse(text);
        let fits = parsed.as_ref().is_some_and(|it| {
            let kind = it.essence().get(..10);
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/"))
        });
        if !fits {
            let message = "the content type of a :multipart body is not of parts";
            return Err(Error::invalid(message)
                .help("say multipart/… or leave it out; :mime-type is that of a part"));
        }
        if parsed.is_some_and(|it| it.param("boundary").is_some()) {
            let message = "the content type of a :multipart body says a boundary";
            return Err(Error::invalid(message).help("leave it out: it is drawn for each body"));
        }
        text.to_owned()
    } else {
        let subtype = multipart.subtype.as_deref().unwrap_or("form-data");
        let text = format!("multipart/{subtype}");
        let whole = |it: MediaType| it.essence() == text;
        if !MediaType::parse(&text).is_some_and(whole) {
            return Err(Error::invalid(":mime-subtype is no subtype")
                .help("a word such as form-data, mixed or related"));
        }
        text
    };
    text.push_str("; boundary=");
    text.push_str(boundary);
    if let Some(charset) = &multipart.charset {
        text.push_str("; charset=");
        text.push_str(charset);
    }
    Ok(text)
}

fn wrong(why: WriteError) -> Error {
    Error::invalid(":multipart cannot be sent").because(why)
}
