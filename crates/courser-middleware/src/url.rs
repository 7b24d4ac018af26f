//! The stage `url`.

use courser_core::{Hook, Request, Result, Wants};

/// A query beside that of the URL (`:query-string`); an options group.
#[derive(Clone, Debug)]
pub struct QueryString(pub String);

/// Appends [`QueryString`] to the URL's query. That the URL itself is well-formed was seen when
/// the request was made: without that there is no request.
#[derive(Debug)]
pub struct UrlStage;

impl Hook for UrlStage {
    fn name(&self) -> &'static str {
        "url"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<QueryString>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        if let Some(QueryString(query)) = req.options.get() {
            req.url = req.url.append_query(query);
        }
        Ok(())
    }
}
