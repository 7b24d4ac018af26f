//! The client under comparison: Courser's data form.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;
use courser::coerce::value::Map;
use courser::cookies::{CookieSpec, CookieStore, Jar};
use courser::data::{self, Env, Sending};
use courser::middleware::RequestInterceptor;
use courser::native::Native;
use courser::pool::{Capabilities, ConnectionManager, Connector, PerRequest, Reusable};
use courser::reqwest::Reqwest;
use courser::{Body, Error, ErrorKind, Request, Result, Value};

use crate::client::{Ask, Client, Got, Session};
use crate::value::{get, keyword};

/// Courser, asked with request maps.
#[derive(Debug)]
pub struct Facade {
    client: courser::Client,
    transport: Arc<dyn Connector>,
}

impl Facade {
    /// On the transport of that name, or the default.
    pub fn new(transport: Option<&str>) -> anyhow::Result<Self> {
        let transport: Arc<dyn Connector> = match transport {
            None | Some("native") => Arc::new(Native::new()),
            Some("reqwest") => Arc::new(Reqwest::new()),
            Some(other) => bail!("there is no transport {other}, only native and reqwest"),
        };
        let manager = PerRequest::new(transport.clone());
        Ok(Self {
            client: courser::Client::per_request().with_connection_manager(Arc::new(manager)),
            transport,
        })
    }
}

impl Client for Facade {
    fn capabilities(&self) -> Capabilities {
        self.client.connection_manager().capabilities()
    }

    fn session<'a>(&'a self, scratch: &'a Path) -> Box<dyn Session + 'a> {
        Box::new(Asked::new(self, scratch.to_owned()))
    }
}

/// What the steps of a case share.
struct Asked {
    client: courser::Client,
    env: Env,
    managers: Managers,
    stores: Stores,
    /// The client of each response so far.
    clients: Arc<Mutex<Vec<courser::Client>>>,
}

impl Asked {
    fn new(facade: &Facade, scratch: PathBuf) -> Self {
        let client = facade.client.clone();
        let managers = Managers {
            transport: facade.transport.clone(),
            made: Arc::default(),
        };
        let stores = Stores::default();
        let clients: Arc<Mutex<Vec<courser::Client>>> = Arc::default();
        let (made, known, kept) = (managers.clone(), clients.clone(), stores.clone());
        let env = Env::new()
            .with("file", move |value| file(&scratch, value))
            .with("conn-manager", move |name| made.named(name))
            .with("request-header-adder", header_adder)
            .with("cookie-store", move |name| {
                Ok(kept.named(name) as Arc<dyn CookieStore>)
            })
            .with("relaxed-cookie-spec", |_| {
                Ok(Arc::new(Relaxed) as Arc<dyn CookieSpec>)
            })
            .with("http-client", move |number| client_of(&known, number));
        Self {
            client,
            env,
            managers,
            stores,
            clients,
        }
    }

    fn try_run(&self, ask: &Ask) -> Result<Got> {
        let mut data = ask.request.clone();
        if let (Some(verb), Some(map)) = (&ask.call, data.as_map_mut()) {
            // The verb's own function beats whatever the map says.
            map.remove(&keyword("request-method"));
            map.insert(keyword("method"), keyword(verb));
        }
        let mut client = self.client.clone();
        if let Some(manager) = &ask.bind_conn_manager {
            client = client.with_connection_manager(self.managers.bound(manager)?);
        }
        if let Some(names) = &ask.middleware {
            client = client.with_stack(data::stack(names.iter().map(String::as_str))?);
        }
        // Each request has a client of its own, with a memory of its own, unless one is bound.
        client = client.with_cookie_store(match &ask.bind_cookie_store {
            Some(name) => self.stores.named(&keyword(name)),
            None => Arc::new(Jar::new()),
        });
        let request = Request::from_value(&data, &self.env)?;
        let sending = request
            .extensions
            .get::<Sending>()
            .cloned()
            .unwrap_or_default();
        let mut used = sending.client.clone().unwrap_or_else(|| client.clone());
        if let Some(manager) = &request.connection_manager {
            used = used.with_connection_manager(manager.clone());
        }
        self.clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(used);
        if !ask.lookup.is_empty() {
            return looked_up(&client, request, &ask.lookup);
        }
        let value = if sending.asynchronous {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime
                .map_err(|error| Error::new(ErrorKind::Io, "starting a runtime").because(error))?;
            runtime.block_on(data::send(&client, request))?
        } else {
            data::call(&client, request)?
        };
        Ok(Got::Reply {
            value,
            header_map: true,
            lookups: Vec::new(),
        })
    }
}

/// The headers of a [`courser::Response`] are what is looked up in, not those of its map.
fn looked_up(client: &courser::Client, request: Request, names: &[Value]) -> Result<Got> {
    let response = client.call(request)?;
    let lookups = names.iter().map(|name| {
        let name = name.as_name().unwrap_or_default();
        let values = response.headers.get_all(name);
        let mut values: Vec<Value> = values
            .map(|value| {
                String::from_utf8_lossy(value.as_bytes())
                    .into_owned()
                    .into()
            })
            .collect();
        match values.len() {
            0 => Value::Nil,
            1 => values.remove(0),
            _ => values.into(),
        }
    });
    Ok(Got::Reply {
        lookups: lookups.collect(),
        value: response.to_value()?,
        header_map: true,
    })
}

impl Session for Asked {
    fn run(&mut self, ask: &Ask) -> Got {
        self.try_run(ask).unwrap_or_else(|error| {
            let data = data::error_value(&error);
            let response = get(&data, "error").and_then(|error| get(error, "response"));
            Got::Failure {
                kind: error.kind().name().to_owned(),
                message: error.message().to_owned(),
                reply: response.map(|response| (response.clone(), true)),
            }
        })
    }

    fn cookie_stores(&self) -> BTreeMap<String, Value> {
        let stores = self.stores.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stores = stores.iter();
        let contents =
            stores.map(|(name, jar)| (name.clone(), data::cookies_value(&jar.get_cookies())));
        contents.collect()
    }
}

/// Cookie stores by name, made when they are first mentioned.
#[derive(Clone, Default)]
struct Stores(Arc<Mutex<HashMap<String, Arc<Jar>>>>);

impl Stores {
    fn named(&self, name: &Value) -> Arc<Jar> {
        let name = name
            .as_name()
            .map_or_else(|| name.to_string(), str::to_owned);
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stores.entry(name).or_default().clone()
    }
}

/// RFC 6265, relaxed: what a spec does that changes nothing.
#[derive(Debug)]
struct Relaxed;

impl CookieSpec for Relaxed {}

/// Connection managers by name, made when they are first mentioned.
#[derive(Clone)]
struct Managers {
    transport: Arc<dyn Connector>,
    made: Arc<Mutex<HashMap<String, Arc<dyn ConnectionManager>>>>,
}

impl Managers {
    fn named(&self, name: &Value) -> Result<Arc<dyn ConnectionManager>> {
        self.get_or(name, || Ok(Reusable::new(self.transport.clone())))
    }

    /// One that is named, or `{:id name, :timeout seconds, :threads n, :default-per-route n}`.
    fn bound(&self, given: &Value) -> Result<Arc<dyn ConnectionManager>> {
        if given.as_map().is_none() {
            return self.named(given);
        }
        let number = |key| get(given, key).and_then(Value::as_u64);
        let count = |key| number(key).and_then(|n| usize::try_from(n).ok());
        let name = get(given, "id").cloned().unwrap_or_default();
        self.get_or(&name, || {
            let mut manager = Reusable::builder(self.transport.clone());
            if let Some(seconds) = number("timeout") {
                manager = manager.idle_timeout(Duration::from_secs(seconds));
            }
            if let Some(threads) = count("threads") {
                manager = manager.max_total(Some(threads));
            }
            if let Some(each) = count("default-per-route") {
                manager = manager.max_per_route(Some(each));
            }
            manager.build()
        })
    }

    fn get_or(
        &self,
        name: &Value,
        make: impl FnOnce() -> Result<Reusable>,
    ) -> Result<Arc<dyn ConnectionManager>> {
        let mut managers = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manager) = managers.get(&name.to_string()) {
            return Ok(manager.clone());
        }
        let manager: Arc<dyn ConnectionManager> = Arc::new(make()?);
        managers.insert(name.to_string(), manager.clone());
        Ok(manager)
    }
}

/// A request interceptor that adds a header: `[name value]`.
fn header_adder(value: &Value) -> Result<RequestInterceptor> {
    let Some([Value::String(name), Value::String(text)]) = value.as_slice() else {
        return Err(Error::invalid("#request-header-adder wants [name value]"));
    };
    let (name, text) = (name.clone(), text.clone());
    Ok(RequestInterceptor::new(move |req| {
        req.headers.append(&*name, &*text)
    }))
}

fn client_of(clients: &Mutex<Vec<courser::Client>>, number: &Value) -> Result<courser::Client> {
    let clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
    let number = number.as_u64().and_then(|n| usize::try_from(n).ok());
    let client = number.and_then(|number| clients.get(number));
    client
        .cloned()
        .ok_or_else(|| Error::invalid("there is no such response yet"))
}

/// A file of the case's own, or the path of one that is not there.
fn file(scratch: &Path, value: &Value) -> Result<Body> {
    let name = get(value, "name").and_then(Value::as_str);
    let name = name.ok_or_else(|| Error::invalid("#file wants a :name"))?;
    let path = scratch.join(name);
    let missing = get(value, "missing").and_then(Value::as_bool) == Some(true);
    if !missing {
        let content = data::bytes(&without(value, "name"))?;
        let written =
            std::fs::create_dir_all(scratch).and_then(|()| std::fs::write(&path, content));
        written.map_err(|error| {
            Error::new(ErrorKind::Io, "writing a file of the case").because(error)
        })?;
    }
    Ok(Body::file(path))
}

fn without(value: &Value, key: &str) -> Value {
    let mut map: Map = value.as_map().cloned().unwrap_or_default();
    map.remove(&keyword(key));
    map.into()
}
