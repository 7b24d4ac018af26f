//! Responses.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

use bytes::Bytes;
use courser_coerce::Value;
use courser_coerce::middleware::{self, Coerced, MediaType, charset_of};
use courser_coerce::stream::Events;
#[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
use courser_coerce::stream::Framing;
use courser_coerce::text::Charset;
use courser_cookies::Cookie;
use courser_cookies::middleware::ResponseCookies;
use courser_core::{Error, Result};
use courser_middleware::links::Links;
use courser_middleware::redirect::{Followed, History};

#[cfg(feature = "multipart")]
use crate::parts::Parts;
use crate::reader::{BodyReader, TextReader};
use crate::stream::EventStream;
#[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
use crate::stream::{Items, Read};
use crate::upgraded::Upgraded;

/// A response, as plain data: the fields of [`courser_core::Response`], with the body to be read
/// as what it is.
///
/// The body is there when `send` or `call` returns, unless it was to be
/// [a stream](crate::RequestBuilder::as_stream); reading it does not use it up.
#[derive(Clone, Debug)]
pub struct Response(courser_core::Response);

impl Response {
    /// The bytes of the body.
    ///
    /// # Errors
    /// When the body is a stream; read it by [`reader`](Response::reader) or piece by piece from
    /// `body`.
    pub fn body_bytes(&self) -> Result<&Bytes> {
        self.0.body_bytes()
    }

    /// The body as text: in the charset that the `Content-Type` tells, or a byte order mark, else
    /// in UTF-8. What is malformed becomes U+FFFD.
    ///
    /// # Errors
    /// When the body is a stream, or its charset is not known.
    pub fn text(&self) -> Result<Cow<'_, str>> {
        self.0.text()
    }

    /// The body as JSON of that type.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode), which says where in the body, shows what stands
    /// there, and tells the `Content-Type`.
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        self.0.json()
    }

    /// The body as EDN of that type.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode), which says where in the body, and tells the
    /// `Content-Type`.
    #[cfg(feature = "edn")]
    pub fn edn<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        middleware::read_edn(&self.0)
    }

    /// The body as Transit of that type: `MessagePack` if the content type says so, else JSON.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode), which says where in the body.
    #[cfg(feature = "transit")]
    pub fn transit<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        middleware::read_transit(&self.0)
    }

    /// The body as XML of that type, as [`coerce::xml::from_slice`](crate::coerce::xml::from_slice)
    /// reads it.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode), which says where in the body, and tells the
    /// `Content-Type`.
    #[cfg(feature = "xml-serde")]
    pub fn xml<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        middleware::read_xml(&self.0)
    }

    /// The body as plain `MessagePack` of that type.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode), which says where in the body.
    #[cfg(feature = "msgpack")]
    pub fn msgpack<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        middleware::read_msgpack(&self.0)
    }

    /// The body as a form of that type.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode), which tells the `Content-Type`.
    #[cfg(feature = "form")]
    pub fn form<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        middleware::read_form(&self.0)
    }

    /// The media type and its parameters, if the `Content-Type` has one
    /// (`:content-type` and `:content-type-params`).
    #[must_use]
    pub fn content_type(&self) -> Option<MediaType> {
        middleware::content_type(&self.0)
    }

    /// The body as data, if `:as` asked for some: nil for an empty body.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        self.0.value()
    }

    /// The redirects that led to it, in their order.
    ///
    /// ```no_run
    /// let response = courser::get("http://localhost/old").call()?;
    /// for hop in response.redirects() {
    ///     println!("{} {} led to {}", hop.url, hop.status, hop.next_url);
    /// }
    /// # Ok::<(), courser::Error>(())
    /// ```
    #[must_use]
    pub fn redirects(&self) -> &[Followed] {
        self.0.redirects()
    }

    /// The cookies that the response sets, in their order, also those that it ends. None with
    /// [`decode_cookies(false)`](crate::RequestBuilder::decode_cookies).
    #[must_use]
    pub fn cookies(&self) -> &[Cookie] {
        self.0.cookies()
    }

    /// The links that the `Link` fields tell of (RFC 8288), by their relation.
    ///
    /// ```no_run
    /// let mut url = "https://api.example/gists".to_owned();
    /// loop {
    ///     let page = courser::get(&url).call()?;
    ///     println!("{}", page.text()?);
    ///     match page.links().href("next") {
    ///         Some(next) => url = next.to_owned(),
    ///         None => break,
    ///     }
    /// }
    /// # Ok::<(), courser::Error>(())
    /// ```
    #[must_use]
    pub fn links(&self) -> &Links {
        self.0.links()
    }

    /// The connection, if the server switched protocols on it: status 101, to a request with the
    /// fields `Upgrade` and `Connection: Upgrade`. That is an exceptional status.
    ///
    /// ```no_run
    /// use std::io::Write;
    ///
    /// let response = courser::get("http://localhost/chat")
    ///     .header("Connection", "Upgrade")
    ///     .header("Upgrade", "chat/1")
    ///     .throw_exceptions(false)
    ///     .call()?;
    /// let mut connection = response.upgrade()?;
    /// connection.write_all(b"hello")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Protocol`](crate::ErrorKind::Protocol) if the server did not switch,
    /// [`Closed`](crate::ErrorKind::Closed) if the connection was taken before, and
    /// [`Unsupported`](crate::ErrorKind::Unsupported) over reqwest, which hides it.
    pub fn upgrade(&self) -> Result<Upgraded> {
        self.0.upgrade().map(Upgraded::from)
    }

    /// The body of a streamed response as a reader, on the calling thread.
    ///
    /// For responses of `call()`. One of `send()` is read piece by piece, by
    /// `response.body.next().await`.
    /// For text there is [`text_reader`](Response::text_reader).
    pub fn reader(self) -> BodyReader {
        BodyReader::new(self.0.body)
    }

    /// The parts of a multipart response, one after another, as they come or as they were
    /// collected.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) when the content type tells no boundary.
    #[cfg(feature = "multipart")]
    pub fn parts(self) -> Result<Parts> {
        Parts::new(self.0)
    }

    /// The items of the JSON array that the body is, each read as a type of your own as it
    /// comes: in memory for one item, of any number. An empty body has none.
    ///
    /// ```no_run
    /// # async fn f() -> courser::Result<()> {
    /// # #[derive(serde::Deserialize)] struct Order { id: u64 }
    /// let response = courser::get("http://localhost/orders").as_stream().send().await?;
    /// let mut orders = response.items::<Order>()?;
    /// while let Some(order) = orders.next().await {
    ///     println!("{}", order?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the charset of the body is not known.
    #[cfg(feature = "json")]
    pub fn items<T: serde::de::DeserializeOwned>(self) -> Result<Items<T>> {
        self.framed(Framing::JsonArray, "JSON", |bytes| {
            courser_coerce::json::from_slice(bytes).map_err(Into::into)
        })
    }

    /// As [`items`](Response::items), of a body that has one JSON value a line (NDJSON). Blank
    /// lines are left out.
    ///
    /// # Errors
    /// When the charset of the body is not known.
    #[cfg(feature = "json")]
    pub fn json_lines<T: serde::de::DeserializeOwned>(self) -> Result<Items<T>> {
        self.framed(Framing::JsonLines, "JSON", |bytes| {
            courser_coerce::json::from_slice(bytes).map_err(Into::into)
        })
    }

    /// As [`items`](Response::items), of a body of EDN values that follow each other. As
    /// [`Value`] each comes as it is.
    ///
    /// # Errors
    /// When the charset of the body is not known.
    #[cfg(feature = "edn")]
    pub fn edn_items<T: serde::de::DeserializeOwned>(self) -> Result<Items<T>> {
        self.framed(Framing::Edn, "EDN", |bytes| {
            courser_coerce::edn::from_slice(bytes).map_err(Into::into)
        })
    }

    /// As [`items`](Response::items), of a body of Transit values that follow each other, each
    /// with cache codes of its own, as Transit's writers have it: `MessagePack` if the content
    /// type says so, else JSON. As [`Value`] each comes as it is.
    ///
    /// # Errors
    /// When the charset of the body is not known.
    #[cfg(feature = "transit")]
    pub fn transit_items<T: serde::de::DeserializeOwned>(self) -> Result<Items<T>> {
        use courser_coerce::transit::{Format, from_slice};
        let packed = self.content_type();
        if packed.is_some_and(|it| it.is("application/transit+msgpack")) {
            let read: Read<T> = |bytes| from_slice(bytes, Format::MessagePack).map_err(Into::into);
            return Ok(Items::new(
                self.0,
                None,
                Framing::MessagePack,
                "Transit",
                read,
            ));
        }
        self.framed(Framing::Json, "Transit", |bytes| {
            from_slice(bytes, Format::Json).map_err(Into::into)
        })
    }

    #[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
    fn framed<T>(self, framing: Framing, format: &'static str, read: Read<T>) -> Result<Items<T>> {
        let charset = charset(&self.0)?;
        Ok(Items::new(self.0, Some(charset), framing, format, read))
    }

    /// The server-sent events of the body, as they come. The stream ends with the response; to
    /// connect again then, use [`event_source`](crate::RequestBuilder::event_source).
    ///
    /// ```no_run
    /// # async fn f() -> courser::Result<()> {
    /// let response = courser::post("http://localhost/chat").body("hello").as_stream().send().await?;
    /// let mut events = response.events();
    /// while let Some(event) = events.next().await {
    ///     print!("{}", event?.data);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(self) -> EventStream {
        EventStream::new(self.0.body, Events::default())
    }

    /// The body of a streamed response as text, decoded as it comes: by its byte order mark, or
    /// the charset that the `Content-Type` tells, else as UTF-8.
    ///
    /// # Errors
    /// When that charset is not known.
    pub fn text_reader(self) -> Result<TextReader> {
        let charset = charset(&self.0)?;
        Ok(TextReader::new(self.0.body, charset))
    }
}

/// How the body of a response is read; for the responses that middleware and errors have.
///
/// ```no_run
/// use courser::ResponseExt;
///
/// if let Err(error) = courser::get("http://localhost/missing").call() {
///     if let Some(response) = error.response() {
///         println!("{} {}", response.status, response.text()?);
///     }
/// }
/// # Ok::<(), courser::Error>(())
/// ```
pub trait ResponseExt {
    /// See [`Response::body_bytes`].
    fn body_bytes(&self) -> Result<&Bytes>;
    /// See [`Response::text`].
    fn text(&self) -> Result<Cow<'_, str>>;
    /// See [`Response::json`].
    #[cfg(feature = "json")]
    fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T>;
    /// See [`Response::value`].
    fn value(&self) -> Option<&Value>;
    /// See [`Response::redirects`].
    fn redirects(&self) -> &[Followed];
    /// See [`Response::cookies`].
    fn cookies(&self) -> &[Cookie];
    /// See [`Response::links`].
    fn links(&self) -> &Links;
}

/// The charset that was asked for, or that the response tells.
fn charset(res: &courser_core::Response) -> Result<Charset> {
    match res.info.get::<Charset>() {
        Some(charset) => Ok(*charset),
        None => charset_of(&res.headers).map(Option::unwrap_or_default),
    }
}

impl ResponseExt for courser_core::Response {
    fn body_bytes(&self) -> Result<&Bytes> {
        self.body.as_bytes().ok_or_else(|| {
            Error::invalid("the body of this response is a stream")
                .help("read it with body.next().await, or reader() after call()")
        })
    }

    fn text(&self) -> Result<Cow<'_, str>> {
        let bytes = self.body_bytes()?;
        Ok(charset(self)?.decode(bytes).text)
    }

    #[cfg(feature = "json")]
    fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        middleware::read_json(self)
    }

    fn value(&self) -> Option<&Value> {
        self.info.get::<Coerced>().map(|coerced| &coerced.0)
    }

    fn redirects(&self) -> &[Followed] {
        match self.info.get::<History>() {
            Some(History(followed)) => followed,
            None => &[],
        }
    }

    fn cookies(&self) -> &[Cookie] {
        let told = self.info.get::<ResponseCookies>();
        told.map_or(&[], |told| &told.cookies)
    }

    fn links(&self) -> &Links {
        static NONE: LazyLock<Links> = LazyLock::new(Links::default);
        self.info.get().unwrap_or(&NONE)
    }
}

impl Deref for Response {
    type Target = courser_core::Response;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Response {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl From<courser_core::Response> for Response {
    fn from(response: courser_core::Response) -> Self {
        Response(response)
    }
}

impl From<Response> for courser_core::Response {
    fn from(response: Response) -> Self {
        response.0
    }
}
