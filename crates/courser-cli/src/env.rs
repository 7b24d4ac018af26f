//! What lives as long as the program: connection managers and cookie stores by name, clients by
//! number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use courser::coerce::value::Map;
use courser::cookies::{CookieStore, Jar};
use courser::data::{self, Env};
use courser::native::Native;
use courser::pool::{ConnectionManager, Connector, PerRequest, Reusable};
use courser::reqwest::Reqwest;
use courser::{Client, Error, Request, Result, Value};

use crate::args::Transport;

/// The things that requests name.
pub(crate) struct Things {
    client: Client,
    env: Env,
    clients: Arc<Mutex<Vec<Client>>>,
}

type Stores = Mutex<HashMap<String, Arc<Jar>>>;
type Managers = Mutex<HashMap<String, Arc<dyn ConnectionManager>>>;

impl Things {
    pub(crate) fn new(transport: Transport) -> Self {
        let transport: Arc<dyn Connector> = match transport {
            Transport::Native => Arc::new(Native::new()),
            Transport::Reqwest => Arc::new(Reqwest::new()),
        };
        // One connection for each request, as always in the data form without a manager.
        let once = PerRequest::new(transport.clone());
        let client = Client::per_request().with_connection_manager(Arc::new(once));
        let clients: Arc<Mutex<Vec<Client>>> = Arc::default();
        let managers = Managers::default();
        let stores = Stores::default();
        let known = clients.clone();
        let env = Env::new()
            .with_files()
            .with("conn-manager", move |name| {
                manager(&managers, &transport, name)
            })
            .with("cookie-store", move |name| store(&stores, name))
            .with("http-client", move |number| by_number(&known, number));
        Things {
            client,
            env,
            clients,
        }
    }

    /// Sends the request that a map describes; its response is a map.
    pub(crate) fn call(&self, request: &Value) -> Result<Value> {
        data::call(&self.client, Request::from_value(request, &self.env)?)
    }

    /// The same, and the client of the request gets a number, which stands in the response.
    pub(crate) fn call_numbered(&mut self, request: &Value) -> Result<Value> {
        let request = Request::from_value(request, &self.env)?;
        let sending = request.extensions.get::<data::Sending>();
        let client = sending.and_then(|sending| sending.client.clone());
        // A client of its own has a memory of its own, for those who name its number later.
        let own = || self.client.with_cookie_store(Arc::new(Jar::new()));
        let mut client = client.unwrap_or_else(own);
        if let Some(manager) = &request.connection_manager {
            client = client.with_connection_manager(manager.clone());
        }
        let number = {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            clients.push(client.clone());
            clients.len() - 1
        };
        Ok(match data::call(&client, request)? {
            Value::Map(map) => {
                let entry = (Value::keyword("http-client"), Value::from(number));
                map.into_iter().chain([entry]).collect::<Map>().into()
            }
            other => other,
        })
    }
}

/// Made when it is first named: 4 connections, 2 to a host, kept for 5 s.
fn manager(
    managers: &Managers,
    transport: &Arc<dyn Connector>,
    name: &Value,
) -> Result<Arc<dyn ConnectionManager>> {
    let name = named("a connection manager", name)?;
    let mut managers = managers.lock().unwrap_or_else(PoisonError::into_inner);
    let made = managers
        .entry(name.to_owned())
        .or_insert_with(|| Arc::new(Reusable::new(transport.clone())));
    Ok(made.clone())
}

/// Made when it is first named.
fn store(stores: &Stores, name: &Value) -> Result<Arc<dyn CookieStore>> {
    let name = named("a cookie store", name)?;
    let mut stores = stores.lock().unwrap_or_else(PoisonError::into_inner);
    let made = stores.entry(name.to_owned()).or_default();
    Ok(made.clone())
}

fn named<'a>(what: &str, name: &'a Value) -> Result<&'a str> {
    name.as_name().ok_or_else(|| {
        Error::invalid(format!(
            "the name of {what} is a string or a keyword, not {}",
            name.kind()
        ))
    })
}

fn by_number(clients: &Mutex<Vec<Client>>, number: &Value) -> Result<Client> {
    let clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
    let found = number
        .as_u64()
        .and_then(|n| clients.get(usize::try_from(n).ok()?));
    found.cloned().ok_or_else(|| {
        Error::invalid(":http-client takes the number of an earlier response")
            .help(format!("so far there are {}", clients.len()))
    })
}
