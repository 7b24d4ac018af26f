//! The stage `query`.

use courser_core::{Error, Hook, Request, Result, Wants};

use crate::Value;
use crate::form::{self, WriteOptions};

/// Parameters for the URL's query (`:query-params` and how they are written); an options group.
#[derive(Clone, Debug)]
pub struct QueryParams {
    /// A map, or a sequence of pairs.
    pub params: Value,
    /// How they are written.
    pub write: WriteOptions,
}

/// Appends [`QueryParams`] to the URL's query.
#[derive(Debug)]
pub struct QueryStage;

impl Hook for QueryStage {
    fn name(&self) -> &'static str {
        "query"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<QueryParams>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        if let Some(query) = req.options.get::<QueryParams>() {
            let text = form::write(&query.params, &query.write)
                .map_err(|why| Error::invalid(":query-params cannot be written").because(why))?;
            req.url = req.url.append_query(&text);
        }
        Ok(())
    }
}
