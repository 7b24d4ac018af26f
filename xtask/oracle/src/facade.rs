//! The client under comparison: Courser's data form.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use courser_coerce::Value;
use courser_core::Capabilities;

use crate::client::{Ask, Client, Got, Session};

/// Courser, asked with request maps.
#[derive(Debug)]
pub struct Facade;

impl Facade {
    /// On the transport of that name, or the default.
    pub fn new(_transport: Option<&str>) -> Result<Self> {
        Ok(Self)
    }
}

impl Client for Facade {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn session<'a>(&'a self, _scratch: &'a Path) -> Box<dyn Session + 'a> {
        Box::new(Asked)
    }
}

struct Asked;

impl Session for Asked {
    fn run(&mut self, _ask: &Ask) -> Got {
        Got::Failure {
            kind: "not-run".to_owned(),
            message: "the data form is still to come".to_owned(),
            reply: None,
        }
    }

    fn cookie_stores(&self) -> BTreeMap<String, Value> {
        BTreeMap::new()
    }
}
