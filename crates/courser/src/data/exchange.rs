//! A request that was read from data, to a response that is data.

use courser_coerce::Value;
use courser_core::{Reading, Result};

use super::middleware::stack;
use super::read::Sending;
use crate::{Client, Request, driver};

/// Sends a request, and waits on the calling thread for its response as a map; nil for an unknown
/// host with `:ignore-unknown-host`.
///
/// It is sent by `client`, unless `:http-client` named another. A body that was asked for as a
/// stream is collected all the same, since data is what is given back.
///
/// ```no_run
/// # #[cfg(feature = "edn")] {
/// use courser::{Client, Request, data};
///
/// let request = Request::from_edn(r#"{:url "http://localhost/", :as :json}"#)?;
/// match data::call(&Client::per_request(), request) {
///     Ok(response) => println!("{response}"),
///     Err(error) => println!("{}", data::error_value(&error)),
/// }
/// # }
/// # Ok::<(), courser::Error>(())
/// ```
///
/// # Errors
/// Those of [`Client::call`].
pub fn call(client: &Client, request: Request) -> Result<Value> {
    let (client, request, limit) = prepare(client, request)?;
    let response = if request.ignore_unknown_host == Some(true) {
        client.call_opt(request)?
    } else {
        Some(client.call(request)?)
    };
    let Some(mut response) = response else {
        return Ok(Value::Nil);
    };
    if response.body.as_bytes().is_none() {
        driver::block_on(response.body.collect(limit))?;
    }
    response.to_value()
}

/// The same as [`call`], awaited on tokio.
///
/// # Errors
/// Those of [`Client::send`].
pub async fn send(client: &Client, request: Request) -> Result<Value> {
    let (client, request, limit) = prepare(client, request)?;
    let response = if request.ignore_unknown_host == Some(true) {
        client.send_opt(request).await?
    } else {
        Some(client.send(request).await?)
    };
    let Some(mut response) = response else {
        return Ok(Value::Nil);
    };
    if response.body.as_bytes().is_none() {
        response.body.collect(limit).await?;
    }
    response.to_value()
}

/// By which client it is sent, and how much of a streamed body is collected.
fn prepare(client: &Client, mut request: Request) -> Result<(Client, Request, u64)> {
    let sending = request.extensions.remove::<Sending>();
    let sending = sending.as_deref().cloned().unwrap_or_default();
    let mut client = sending.client.unwrap_or_else(|| client.clone());
    if let Some(names) = sending.middleware {
        client = client.with_stack(stack(names.iter().map(String::as_str))?);
    }
    let limit = request.max_body_size.unwrap_or(Reading::default().max_body);
    Ok((client, request, limit))
}
