//! Scopes: a client that is different for a while.

use courser_core::{Result, Stage};

use crate::{Client, data};

impl Client {
    /// Runs `scope` with a client that has only the stages that are named, as clj-http names them
    /// (its `with-middleware`), with the same defaults and connections. The stages run in the
    /// order of [`default_stack`](crate::default_stack).
    ///
    /// ```no_run
    /// let bare = ["wrap-method", "wrap-url"];
    /// let response = courser::Client::new()
    ///     .with_middleware(bare, |client| client.get("http://localhost/").call())??;
    /// # Ok::<(), courser::Error>(())
    /// ```
    ///
    /// # Errors
    /// A name that is not known; the error names the nearest.
    pub fn with_middleware<'a, R>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        scope: impl FnOnce(&Client) -> R,
    ) -> Result<R> {
        Ok(scope(&self.with_stack(data::stack(names)?)))
    }

    /// Runs `scope` with a client that has more stages, around its own (clj-http's
    /// `with-additional-middleware`): the first that is given is outermost.
    ///
    /// ```no_run
    /// use courser::middleware::{Next, Request, Stage, from_fn};
    ///
    /// let logged = from_fn("logged", |req: Request, next: Next| {
    ///     println!("{} {}", req.method, req.url);
    ///     next.run(req)
    /// });
    /// let client = courser::Client::new();
    /// let response = client.with_additional_middleware([Stage::middleware(logged)], |client| {
    ///     client.get("http://localhost/").call()
    /// })?;
    /// # Ok::<(), courser::Error>(())
    /// ```
    pub fn with_additional_middleware<R>(
        &self,
        stages: impl IntoIterator<Item = Stage, IntoIter: DoubleEndedIterator>,
        scope: impl FnOnce(&Client) -> R,
    ) -> R {
        let mut stack = self.stack().clone();
        for stage in stages.into_iter().rev() {
            stack.push_outermost(stage);
        }
        scope(&self.with_stack(stack))
    }
}
