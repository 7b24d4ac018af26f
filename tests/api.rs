//! A user's program: public names only, a middleware with state, errors by kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use courser::middleware::{Next, Request, from_fn_with};
use courser::{Client, ErrorKind, ResponseExt, StatusCode};
use courser_testkit::Server;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: u32,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Problem {
    reason: String,
}

fn rename(
    client: &Client,
    base: &str,
    id: u32,
    name: &str,
) -> Result<User, Box<dyn std::error::Error + Send + Sync>> {
    let user = User {
        id,
        name: name.to_owned(),
    };
    let answer = client
        .put(format!("{base}/users/{id}"))
        .json(&user)
        .call()?;
    Ok(answer.json()?)
}

async fn look_up(client: &Client, base: &str, id: u32) -> anyhow::Result<Option<User>> {
    match client.get(format!("{base}/users/{id}")).send().await {
        Ok(answer) => Ok(Some(answer.json()?)),
        Err(error) if error.kind() == ErrorKind::Status(StatusCode::NOT_FOUND) => {
            let response = error.response().expect("a status error has its response");
            let problem: Problem = response.json()?;
            assert_eq!(problem.reason, "no such user");
            Ok(None)
        }
        Err(error) => Err(error)?,
    }
}

#[test]
fn a_users_program() -> anyhow::Result<()> {
    let server = Server::start(|req| match (req.method().as_str(), req.uri().path()) {
        ("PUT", "/users/7") => http::Response::new(req.into_body()),
        ("GET", "/users/7") => http::Response::new(r#"{"id": 7, "name": "Ada"}"#.into()),
        _ => http::Response::builder()
            .status(404)
            .body(r#"{"reason": "no such user"}"#.into())
            .unwrap(),
    });
    let count = Arc::new(AtomicUsize::new(0));
    let counter = from_fn_with(
        count.clone(),
        "counter",
        async |count: Arc<AtomicUsize>, mut req: Request, next: Next| {
            let number = count.fetch_add(1, Ordering::Relaxed);
            req.headers.insert("X-Number", number.to_string())?;
            next.run(req).await
        },
    );
    let client = Client::builder().middleware(counter).build()?;

    let grace = rename(&client, &server.url(""), 7, "Grace").map_err(anyhow::Error::from_boxed)?;
    assert_eq!(
        grace,
        User {
            id: 7,
            name: "Grace".into()
        }
    );
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let found = rt.block_on(look_up(&client, &server.url(""), 7))?;
    assert_eq!(found.map(|user| user.name).as_deref(), Some("Ada"));
    assert!(rt.block_on(look_up(&client, &server.url(""), 8))?.is_none());
    assert_eq!(count.load(Ordering::Relaxed), 3);
    Ok(())
}
