//! What the comparison needs of a client: the seam to whatever runs the requests.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use courser_coerce::{Value, edn};
use courser_core::Capabilities;

use crate::case::Step;
use crate::value::{get, value_with_ports};

/// A client that can be asked with request maps.
pub trait Client: Sync {
    /// What its transport can do; what it cannot is counted as a limit.
    fn capabilities(&self) -> Capabilities;

    /// Begins a case. What its steps share (cookie stores, connection managers, clients) lives as long as the
    /// session; files are put into `scratch`.
    fn session<'a>(&'a self, scratch: &'a Path) -> Box<dyn Session + 'a>;
}

/// The requests of one case.
pub trait Session {
    /// Runs a request to its end, also that of a streamed body.
    fn run(&mut self, ask: &Ask) -> Got;

    /// The cookies in each store that was mentioned so far, by the store's name and then the cookie's.
    fn cookie_stores(&self) -> BTreeMap<String, Value>;
}

/// A request, and around it what is not part of the map.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The request map, its tags unread: `#bytes {:text "x"}` is [`Value::Tagged`].
    pub request: Value,
    /// The verb's own function that is to be called instead of `request`.
    pub call: Option<String>,
    /// Names to look up in the response's headers, strings and keywords.
    pub lookup: Vec<Value>,
    /// Run with this stack: clj-http's names, outermost last, as in `with-middleware`.
    pub middleware: Option<Vec<String>>,
    /// Run with this cookie store as the default.
    pub bind_cookie_store: Option<String>,
    /// Run with this connection manager as the default: its name, or at first a map with `:id` and its settings.
    pub bind_conn_manager: Option<Value>,
}

/// What the caller gets.
#[derive(Clone, Debug)]
pub enum Got {
    /// A response.
    Reply {
        /// The response map as data. Bodies are `#bytes {:b64 …}`, `#stream {:b64 …}`, `#reader {:text …}`.
        value: Value,
        /// Whether its headers are looked up in any case.
        header_map: bool,
        /// What [`Ask::lookup`] found, in its order.
        lookups: Vec<Value>,
    },
    /// An error.
    Failure {
        /// [`ErrorKind::name`](courser_core::ErrorKind::name).
        kind: String,
        /// The message.
        message: String,
        /// The response that it holds, as data, and whether its headers are looked up in any case.
        reply: Option<(Value, bool)>,
    },
}

impl Ask {
    /// What the step asks, at these ports.
    pub fn new(step: &Step, ports: [u16; 2]) -> Result<Self> {
        let read = |text: &str, what: &'static str| {
            let value = edn::read_str(text).context(what)?;
            anyhow::Ok(value_with_ports(&value, ports))
        };
        let options = read(&step.options, "the options of a case")?;
        let name = |key| {
            get(&options, key)
                .and_then(Value::as_name)
                .map(str::to_owned)
        };
        let items = |key| get(&options, key).and_then(Value::as_slice);
        Ok(Self {
            request: read(&step.request, "a request map")?,
            call: name("call"),
            lookup: items("lookup").unwrap_or_default().to_vec(),
            middleware: items("middleware").map(|names| {
                let names = names.iter().filter_map(Value::as_name);
                names.map(str::to_owned).collect()
            }),
            bind_cookie_store: name("bind-cookie-store"),
            bind_conn_manager: get(&options, "bind-conn-manager").cloned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn options_are_read() {
        let mut step = testing::step();
        step.request = "{:url \"http://h:PORT/\", :body #bytes {:text \"x\"}}".to_owned();
        step.options =
            "{:call get, :lookup [:a \"b\"], :middleware [wrap-url], :bind-conn-manager {:id :cm}}"
                .to_owned();
        let ask = Ask::new(&step, [7, 8]).unwrap();
        assert_eq!(ask.request["url"], "http://h:7/");
        assert_eq!(ask.call.as_deref(), Some("get"));
        assert_eq!(ask.lookup.len(), 2);
        assert_eq!(ask.middleware, Some(vec!["wrap-url".to_owned()]));
        assert_eq!(ask.bind_cookie_store, None);
        assert_eq!(ask.bind_conn_manager.unwrap()["id"], Value::keyword("cm"));
    }
}
