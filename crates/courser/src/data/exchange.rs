//! The whole way: data in, data out.

use courser_coerce::Value;
use courser_core::{Reading, Result};

use super::env::Env;
use super::read::Sending;
use crate::{Client, Request, Response, driver};

/// Sends the request that a map describes, and waits on the calling thread for the map of its
/// response; nil for an unknown host with `:ignore-unknown-host`.
///
/// It is sent by `client`, unless `:http-client` names another. A body that was asked for as a
/// stream is collected all the same, since data is what is given back.
///
/// ```no_run
/// use courser::data::{self, Env};
/// use courser::{Client, Value};
///
/// let request = Value::keyword_map([("url", "http://localhost/".into()), ("as", Value::keyword("json"))]);
/// match data::call(&Client::per_request(), &request, &Env::new()) {
///     Ok(response) => println!("{response}"),
///     Err(error) => println!("{}", data::error_value(&error)),
/// }
/// ```
///
/// # Errors
/// Those of [`Request::from_value`] and [`Client::call`].
pub fn call(client: &Client, request: &Value, env: &Env) -> Result<Value> {
    let request = Request::from_value(request, env)?;
    let response = call_request(client, request)?;
    response.map_or(Ok(Value::Nil), |response| response.to_value())
}

/// The same as [`call`], awaited on tokio.
///
/// # Errors
/// Those of [`Request::from_value`] and [`Client::send`].
pub async fn send(client: &Client, request: &Value, env: &Env) -> Result<Value> {
    let (client, request, limit) = prepare(client, Request::from_value(request, env)?);
    let response = if request.ignore_unknown_host == Some(true) {
        client.send_opt(request).await?
    } else {
        Some(client.send(request).await?)
    };
    let Some(mut response) = response else {
        return Ok(Value::Nil);
    };
    response.body.collect(limit).await?;
    response.to_value()
}

/// Sends a request that was read from data, and collects its body.
fn call_request(client: &Client, request: Request) -> Result<Option<Response>> {
    let (client, request, limit) = prepare(client, request);
    let response = if request.ignore_unknown_host == Some(true) {
        client.call_opt(request)?
    } else {
        Some(client.call(request)?)
    };
    let Some(mut response) = response else {
        return Ok(None);
    };
    if response.body.as_bytes().is_none() {
        driver::block_on(response.body.collect(limit))?;
    }
    Ok(Some(response))
}

/// By which client it is sent, and how much of a streamed body is collected.
fn prepare(client: &Client, mut request: Request) -> (Client, Request, u64) {
    let sending = request.extensions.remove::<Sending>();
    let other = sending.and_then(|sending| sending.client.clone());
    let limit = request.max_body_size.unwrap_or(Reading::default().max_body);
    (other.unwrap_or_else(|| client.clone()), request, limit)
}
