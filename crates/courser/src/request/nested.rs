//! What is said of nested maps in parameters.

use courser_core::{Error, Result};

use super::Params;

/// Which nested maps are written as `a[b]=1`.
pub(super) struct Nested {
    pub(super) query: bool,
    pub(super) form: bool,
}

impl Nested {
    pub(super) fn of(
        ignore_query: Option<bool>,
        form: Option<bool>,
        keys: Option<Vec<Params>>,
    ) -> Result<Self> {
        match keys {
            None => Ok(Nested {
                query: ignore_query != Some(true),
                form: form == Some(true),
            }),
            Some(_) if ignore_query.is_some() || form.is_some() => Err(Error::invalid(
                ":flatten-nested-keys says the same as :ignore-nested-query-string and \
                 :flatten-nested-form-params",
            )
            .help("give one form or the other")),
            Some(keys) => Ok(Nested {
                query: keys.contains(&Params::Query),
                form: keys.contains(&Params::Form),
            }),
        }
    }
}
