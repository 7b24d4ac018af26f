//! Scopes: a client that is different for a while.

use std::sync::Arc;

use courser_core::{ConnectionManager, Result, Stage};
use courser_pool::{Reusable, ReusableBuilder};

use crate::{Client, data, driver};

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

    /// Runs `scope` with a client that keeps its connections in a pool of their own (clj-http's
    /// `with-connection-pool`), over the same transport and with the same defaults and stages.
    /// The pool is shut down when the scope ends; bodies that are still being read may be read to
    /// their end.
    ///
    /// `limits` starts from clj-http's: 4 connections, 2 for a route, kept for 5 s.
    ///
    /// ```no_run
    /// let answers = courser::Client::per_request().with_connection_pool(
    ///     |pool| pool.max_total(Some(10)).max_per_route(Some(10)),
    ///     |client| {
    ///         let urls = ["http://localhost/a", "http://localhost/b"];
    ///         urls.map(|url| client.get(url).call())
    ///     },
    /// )?;
    /// # Ok::<(), courser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Limits that cannot be, such as none at all.
    pub fn with_connection_pool<R>(
        &self,
        limits: impl FnOnce(ReusableBuilder) -> ReusableBuilder,
        scope: impl FnOnce(&Client) -> R,
    ) -> Result<R> {
        let pooled = self.pooled(limits)?;
        Ok(scope(&pooled.0))
    }

    /// The same for async code (clj-http's `with-async-connection-pool`).
    ///
    /// ```no_run
    /// # async fn example() -> courser::Result<()> {
    /// let client = courser::Client::per_request();
    /// let text = client
    ///     .with_async_connection_pool(|pool| pool, async |client| {
    ///         client.get("http://localhost/a").send().await?;
    ///         client.get("http://localhost/b").send().await
    ///     })
    ///     .await??;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Limits that cannot be, such as none at all.
    pub async fn with_async_connection_pool<F: Future>(
        &self,
        limits: impl FnOnce(ReusableBuilder) -> ReusableBuilder,
        scope: impl FnOnce(Client) -> F,
    ) -> Result<F::Output> {
        let pooled = self.pooled(limits)?;
        Ok(scope(pooled.0.clone()).await)
    }

    fn pooled(&self, limits: impl FnOnce(ReusableBuilder) -> ReusableBuilder) -> Result<Pooled> {
        let connector = self.connection_manager().connector().cloned();
        let builder = Reusable::builder(connector.unwrap_or_else(driver::transport));
        let manager: Arc<dyn ConnectionManager> = Arc::new(limits(builder).build()?);
        Ok(Pooled(self.with_connection_manager(manager)))
    }
}

/// A client whose pool ends with its scope, also when that panics or is dropped.
struct Pooled(Client);

impl Drop for Pooled {
    fn drop(&mut self) {
        self.0.connection_manager().shutdown();
    }
}
