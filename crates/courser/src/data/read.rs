//! From data to a request.

use courser_coerce::Value;
use courser_core::{Error, ErrorKind, HttpVersion, Result, excerpt};

use super::env::Env;
use super::option::{Entry, State};
use super::parse::Unfit;
use super::table;
use crate::{Client, Request};

/// The user's own keys of a request's data, those with a namespace, in their order: for stages of
/// your own, in [`Request::extensions`] and then in `req.options`.
///
/// ```
/// use courser::data::{Env, UserKeys};
/// use courser::{Request, Value};
///
/// let data = Value::keyword_map([("url", "http://h/".into()), ("my.app/trace", 7.into())]);
/// let request = Request::from_value(&data, &Env::new())?;
/// let keys: &UserKeys = request.extensions.get().unwrap();
/// assert_eq!(keys.get("my.app/trace"), Some(&Value::from(7)));
/// # Ok::<(), courser::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserKeys(pub Vec<(Value, Value)>);

impl UserKeys {
    /// The value under that key, whether it is a keyword or a string.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(k, _)| k.as_name() == Some(key));
        found.map(|(_, value)| value)
    }
}

/// How a request wants to be sent; in [`Request::extensions`], for [`call`](super::call()) and
/// [`send`](super::send).
#[derive(Clone, Debug, Default)]
pub struct Sending {
    /// `:async`: on a runtime, rather than on the calling thread.
    pub asynchronous: bool,
    /// `:http-client`: by this client.
    pub client: Option<Client>,
    /// `:middleware`: through the stages of these names only.
    pub middleware: Option<Vec<String>>,
}

/// Which booleans were spelt with `?`: a request that is shown beside its response is shown as it
/// was said.
#[derive(Clone, Debug)]
pub(super) struct Questions(pub(super) Vec<&'static str>);

/// A request in the reading: what its fields do not hold, because it is made of several options
/// or gives way to others.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) request: Request,
    pub(super) parts: Parts,
    /// `:client-params`: they hold where no option says the same.
    pub(super) params: ClientParams,
    pub(super) sending: Sending,
}

/// A URL in the parts that Ring has.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) scheme: Option<&'static str>,
    pub(super) server_name: Option<String>,
    pub(super) server_port: Option<u16>,
    pub(super) uri: Option<String>,
    pub(super) user_info: Option<String>,
}

#[derive(Default)]
pub(super) struct ClientParams {
    pub(super) version: Option<HttpVersion>,
    pub(super) user_agent: Option<String>,
    pub(super) socket_timeout: Option<std::time::Duration>,
    pub(super) connection_timeout: Option<std::time::Duration>,
    pub(super) max_redirects: Option<usize>,
    pub(super) allow_circular_redirects: Option<bool>,
    pub(super) allow_relative_redirects: Option<bool>,
}

impl Request {
    /// The request that a map describes: see the [option table](super::options) for the keys.
    ///
    /// Keys may be keywords or strings. A key with a namespace is the user's own, and is kept
    /// among the [`extensions`](Request::extensions) as [`UserKeys`]. Nil is as if the key were
    /// not there. Booleans may be spelt with `?`; of both spellings, false wins.
    ///
    /// ```
    /// use courser::data::Env;
    /// use courser::{As, Request, Value};
    ///
    /// let data = Value::keyword_map([("url", "http://h/".into()), ("as", Value::keyword("json"))]);
    /// let request = Request::from_value(&data, &Env::new())?;
    /// assert_eq!((request.url.as_str(), request.as_), ("http://h/", Some(As::Json)));
    ///
    /// let data = Value::keyword_map([("throw-exeptions", false.into())]);
    /// let error = Request::from_value(&data, &Env::new()).unwrap_err();
    /// assert!(error.to_string().ends_with("did you mean :throw-exceptions?"));
    /// # Ok::<(), courser::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for an unknown key or a value of the wrong
    /// type, and [`Unsupported`](ErrorKind::Unsupported) for an option that this build or
    /// version lacks; it names the option and says what to do.
    pub fn from_value(data: &Value, env: &Env) -> Result<Request> {
        let Some(map) = data.as_map() else {
            return Err(
                Error::invalid(format!("a request is a map, not {}", data.kind()))
                    .help("such as {:method :get, :url \"http://localhost/\"}"),
            );
        };
        let mut said: Vec<Said<'_>> = Vec::with_capacity(map.len());
        let mut own = Vec::new();
        let mut questions = Vec::new();
        for (key, value) in map {
            let Some(name) = key.as_name() else {
                return Err(Error::invalid(format!(
                    "a key of a request is a keyword or a string, not {}",
                    key.kind()
                )));
            };
            if name.contains('/') {
                own.push((key.clone(), value.clone()));
                continue;
            }
            let entry = entry(name)?;
            if value.is_nil() {
                continue;
            }
            if name.ends_with('?') {
                questions.push(entry.name);
            }
            let primary = entry.is_called_first(name);
            match said.iter_mut().find(|said| said.entry.name == entry.name) {
                Some(earlier) => earlier.again(value, primary),
                None => said.push(Said {
                    entry,
                    value,
                    primary,
                }),
            }
        }
        let mut draft = Draft::default();
        for said in &said {
            said.read(&mut draft, env)?;
        }
        let mut request = draft.finish()?;
        if !own.is_empty() {
            request.extensions.set(UserKeys(own));
        }
        if request.save_request == Some(true) && !questions.is_empty() {
            request.extensions.set(Questions(questions));
        }
        Ok(request)
    }
}

/// The row of a key.
fn entry(name: &str) -> Result<Entry> {
    let bare = name.strip_suffix('?').unwrap_or(name);
    let advice = match table::find(bare) {
        Some(row) if row.is_flag || bare == name => return Ok(row),
        Some(_) => format!(":{bare} is no boolean: leave the ? out"),
        None => table::advice(name),
    };
    let message = format!("there is no option :{}", excerpt(name, 60));
    Err(Error::invalid(message).help(advice))
}

impl Entry {
    fn is_called_first(&self, name: &str) -> bool {
        self.name == name
    }
}

/// An option that was given.
struct Said<'a> {
    entry: Entry,
    value: &'a Value,
    /// Whether under its first name.
    primary: bool,
}

impl<'a> Said<'a> {
    /// Given once more, in another spelling: false wins, then the first name.
    fn again(&mut self, value: &'a Value, primary: bool) {
        let wins = if self.entry.is_flag {
            *value == Value::Bool(false)
        } else {
            primary && !self.primary
        };
        if wins {
            self.value = value;
            self.primary = primary;
        }
    }

    fn read(&self, draft: &mut Draft, env: &Env) -> Result<()> {
        let Entry { name, takes, .. } = self.entry;
        match self.entry.state {
            State::Works => {}
            State::NoEffect(why) => {
                tracing::warn!(
                    option = name,
                    why,
                    "an option of this request has no effect"
                );
                return Ok(());
            }
            State::Unsupported(instead) => {
                // To switch off what is not there is fine.
                let off = self.entry.is_flag && *self.value == Value::Bool(false);
                if off && self.entry.default == "false" {
                    return Ok(());
                }
                let message = match self.entry.feature {
                    Some(feature) => format!(":{name} needs the feature `{feature}`"),
                    None => format!(":{name} is not supported"),
                };
                return Err(Error::new(ErrorKind::Unsupported, message).help(instead));
            }
        }
        (self.entry.read)(draft, self.value, env).map_err(|unfit| match unfit {
            Unfit::Type => Error::invalid(format!(":{name} takes {takes}, not {}", self.shown())),
            Unfit::Because(text) => {
                Error::invalid(format!(":{name} {text}")).help(format!("it takes {takes}"))
            }
            Unfit::Error(error) => error,
        })
    }

    /// The value as a message may show it: not secrets, nor what is long.
    fn shown(&self) -> String {
        let kind = match self.value {
            Value::Int(number) if *number < 0 => "a negative integer",
            other => other.kind(),
        };
        let plain = matches!(
            self.value,
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::String(_) | Value::Keyword(_)
        );
        if self.entry.is_secret || !plain {
            return kind.to_owned();
        }
        format!("{kind}: {}", excerpt(&self.value.to_string(), 60))
    }
}

impl Draft {
    fn finish(self) -> Result<Request> {
        let Draft {
            mut request,
            parts,
            params,
            sending,
        } = self;
        if request.url.is_empty() {
            request.url = parts.url()?;
        }
        let ClientParams {
            version,
            user_agent,
            socket_timeout,
            connection_timeout,
            max_redirects,
            allow_circular_redirects,
            allow_relative_redirects,
        } = params;
        request.protocol_version = request.protocol_version.or(version);
        request.user_agent = request.user_agent.or(user_agent);
        request.socket_timeout = request.socket_timeout.or(socket_timeout);
        request.connection_timeout = request.connection_timeout.or(connection_timeout);
        request.max_redirects = request.max_redirects.or(max_redirects);
        request.allow_circular_redirects = request
            .allow_circular_redirects
            .or(allow_circular_redirects);
        request.allow_relative_redirects = request
            .allow_relative_redirects
            .or(allow_relative_redirects);
        if sending.asynchronous || sending.client.is_some() {
            request.extensions.set(sending);
        }
        Ok(request)
    }
}

impl Parts {
    /// The URL that the parts make; empty without any.
    fn url(self) -> Result<String> {
        let Parts {
            scheme,
            server_name,
            server_port,
            uri,
            user_info,
        } = self;
        let Some(name) = server_name else {
            let some =
                scheme.is_some() || server_port.is_some() || uri.is_some() || user_info.is_some();
            if !some {
                return Ok(String::new());
            }
            let help = "a request without :url needs it, beside :scheme, :server-port and :uri";
            return Err(Error::invalid(":server-name is missing").help(help));
        };
        let mut url = format!("{}://", scheme.unwrap_or("http"));
        if let Some(user_info) = user_info {
            url.push_str(&user_info);
            url.push('@');
        }
        if name.contains(':') && !name.starts_with('[') {
            url.extend(["[", &name, "]"]);
        } else {
            url.push_str(&name);
        }
        if let Some(port) = server_port {
            url.push(':');
            url.push_str(&port.to_string());
        }
        let uri = uri.unwrap_or_default();
        if !uri.starts_with('/') {
            url.push('/');
        }
        url.push_str(&uri);
        Ok(url)
    }
}
