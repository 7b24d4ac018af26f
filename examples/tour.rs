//! A walk through Courser, against a server of its own: `cargo run --example tour`.
//!
//! Every stop prints what it asks and what comes back.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use courser::middleware::{Next, Request as Outgoing, from_fn, from_fn_with};
use courser::{
    As, Body, Client, ErrorKind, Method, ParamStyle, Redirects, Request, ResponseExt as _, Value,
};
use courser_testkit::{Gate, Server, dead_port};
use serde::Deserialize;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result {
    let gate = Gate::new();
    let server = serve(gate.clone());
    let base = server.url("");
    println!("A server listens at {base}; everything below is sent to it.");

    one_request(&base)?;
    requests_are_data(&base)?;
    what_goes_out(&base)?;
    what_comes_back(&base)?;
    redirects(&base)?;
    what_goes_wrong(&base)?;
    middleware(&base)?;
    connections(&base, &gate, &server)?;

    // The same with async, on tokio: one client, the same stages, `.send().await` for `.call()`.
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    rt.block_on(asynchronously(&base))?;
    println!("\nThat was the tour. Next: examples/README.md.");
    Ok(())
}

fn one_request(base: &str) -> Result {
    stop("One request");
    code("courser::get(url).call()?");
    let res = courser::get(format!("{base}/hello")).call()?;
    show(&res);
    Ok(())
}

fn requests_are_data(base: &str) -> Result {
    stop("A request is plain data");
    let request = Request {
        method: Method::POST,
        url: "/echo".into(),
        query_params: Some([("page", 2)].into()),
        body: "some text".into(),
        ..Default::default()
    };
    println!(
        "   {} {} {:?} {:?}",
        request.method, request.url, request.query_params, request.body
    );
    println!("   A client has defaults, which are a request as well, laid under each.");
    let client = Client::builder()
        .base_url(base)
        .header("X-Api-Version", "1")
        .build()?;
    for _ in 0..2 {
        show(&client.call(request.clone())?);
    }
    Ok(())
}

fn what_goes_out(base: &str) -> Result {
    stop("Query parameters: nested, and in four styles");
    let url = format!("{base}/echo");
    let tags = Value::keyword_map([("tag", Value::vector(["a", "b c"]))]);
    for style in [
        ParamStyle::Repeat,
        ParamStyle::Array,
        ParamStyle::Indexed,
        ParamStyle::CommaSeparated,
    ] {
        code(&format!("{style:?}"));
        show(
            &courser::get(&url)
                .query_params(tags.clone())
                .multi_param_style(style)
                .call()?,
        );
    }
    let nested = Value::keyword_map([("user", Value::keyword_map([("name", "Ada".into())]))]);
    code("nested maps");
    show(&courser::get(&url).query_params(nested).call()?);

    stop("Bodies: text in any charset, JSON, forms, streams");
    code(r#".body("café").body_encoding("ISO-8859-1")"#);
    show(
        &courser::post(&url)
            .body("café")
            .body_encoding("ISO-8859-1")
            .call()?,
    );
    code(".json([1, 2, 3])");
    show(&courser::post(&url).json([1, 2, 3]).call()?);
    code(r#".form_params([("name", "Ada"), ("city", "London, W1")])"#);
    show(
        &courser::post(&url)
            .form_params([("name", "Ada"), ("city", "London, W1")])
            .call()?,
    );
    code("a reader, sent in chunks as it is read");
    show(
        &courser::post(&url)
            .body(Body::reader(std::io::repeat(b'z').take(20)))
            .call()?,
    );

    stop("Credentials");
    code(r#".basic_auth("Aladdin", "open sesame")"#);
    show(
        &courser::get(&url)
            .basic_auth("Aladdin", "open sesame")
            .call()?,
    );
    code(r#".bearer("mF_9.B5f-4.1JqM")"#);
    show(&courser::get(&url).bearer("mF_9.B5f-4.1JqM").call()?);
    Ok(())
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)] // printed
struct User {
    id: u32,
    name: String,
    tags: Vec<String>,
}

fn what_comes_back(base: &str) -> Result {
    stop("A response is plain data, and is read as what it is");
    let res = courser::get(format!("{base}/user")).call()?;
    println!(
        "   {} {} {:?}, {:?} from {:?}",
        res.status,
        res.reason(),
        res.version,
        res.length,
        res.remote_addr.map(|a| a.ip())
    );
    for (name, value) in res.headers.iter() {
        println!("   {name}: {}", courser::header_text(value));
    }
    println!("   .json::<User>()  {:?}", res.json::<User>()?);
    let res = courser::get(format!("{base}/user")).as_(As::Json).call()?;
    println!("   :as :json        {}", res.value().unwrap_or(&Value::Nil));

    stop("Text in the charset it came in; gzip undone on the way");
    println!(
        "   Shift_JIS:       {}",
        courser::get(format!("{base}/sjis")).call()?.text()?
    );
    let res = courser::get(format!("{base}/sjis")).as_(As::Auto).call()?;
    println!("   :as :auto        {:?}", res.text()?);
    let res = courser::get(format!("{base}/linked")).call()?;
    for link in res.links() {
        println!("   a link:          {:?} to {}", link.rels, link.href);
    }
    let res = courser::get(format!("{base}/gzip")).call()?;
    println!(
        "   gzip:            {} characters of {:?} bytes",
        res.text()?.len(),
        res.length
    );

    stop("A stream, a piece at a time");
    let mut reader = courser::get(format!("{base}/long"))
        .as_stream()
        .call()?
        .reader();
    let mut piece = [0; 24];
    reader.read_exact(&mut piece)?;
    println!(
        "   the first 24 of many bytes: {}",
        String::from_utf8_lossy(&piece)
    );
    Ok(())
}

fn what_goes_wrong(base: &str) -> Result {
    stop("Errors say what, where, and what to do");
    let secret = format!(
        "{}?token=s3cret",
        base.replace("http://", "http://ada:hunter2@")
    );
    let errors = [
        courser::get(base.trim_start_matches("http://")).call(),
        courser::get(&secret)
            .header("X-Note", "two\r\nlines")
            .call(),
        courser::post(base)
            .body("5 €")
            .body_encoding("latin1")
            .call(),
        courser::get(dead_port().url("/?token=s3cret")).call(),
        courser::get("http://no-such-host.invalid/").call(),
        courser::get(format!("{base}/silent?token=s3cret"))
            .timeout(Duration::from_millis(50))
            .call(),
        courser::get(format!("{base}/cut")).call(),
    ];
    for error in errors.into_iter().filter_map(std::result::Result::err) {
        println!("   {:<16} {error:?}", error.kind().name());
    }
    let wrong = courser::get(format!("{base}/sign-in"))
        .call()?
        .json::<User>();
    println!("   {:<16} {:?}", "decode", wrong.err());

    stop("An exceptional status is an error that has the whole response");
    match courser::get(format!("{base}/missing")).call() {
        Err(error) if matches!(error.kind(), ErrorKind::Status(_)) => {
            println!("   {error}");
            if let Some(res) = error.response() {
                println!("   its body: {}", res.text()?);
            }
        }
        other => println!("   unexpected: {other:?}"),
    }
    code(".throw_exceptions(false)");
    show(
        &courser::get(format!("{base}/missing"))
            .throw_exceptions(false)
            .call()?,
    );
    Ok(())
}

fn redirects(base: &str) -> Result {
    stop("Redirects: followed, told of, and held to limits");
    let client = Client::builder().base_url(base).build()?;
    let res = client.get("/old").call()?;
    show(&res);
    for hop in res.redirects() {
        println!(
            "   {} {} led to {}",
            hop.url.path(),
            hop.status,
            hop.next_url.path()
        );
    }
    code("what goes round is an error, with the trail");
    if let Err(error) = client.get("/round").call() {
        println!("   {error}");
    }
    code(".redirect_strategy(Redirects::None)");
    show(
        &client
            .get("/old")
            .redirect_strategy(Redirects::None)
            .call()?,
    );
    Ok(())
}

fn middleware(base: &str) -> Result {
    stop("A client is a function wrapped in middleware");
    let names: Vec<&str> = courser::default_stack().names().collect();
    println!("   the stages, outermost first: {}", names.join(" · "));

    // One that keeps state, one that runs the rest again.
    let count = Arc::new(AtomicUsize::new(0));
    let numbered = from_fn_with(
        count.clone(),
        "numbered",
        async |count: Arc<AtomicUsize>, mut req: Outgoing, next: Next| {
            req.headers.insert(
                "X-Number",
                count.fetch_add(1, Ordering::Relaxed).to_string(),
            )?;
            next.run(req).await
        },
    );
    let patient = from_fn("patient", |req: Outgoing, next: Next| async move {
        let (url, call) = (req.url.clone(), req.call.clone());
        match next.clone().run(req).await {
            Err(error) if error.is_transient() => {
                println!("   patient: {error}; once more");
                next.call().sleep(Duration::from_millis(1)).await?;
                next.run(Outgoing::new(url, call)).await
            }
            result => result,
        }
    });
    let client = Client::builder()
        .base_url(base)
        .middleware(numbered)
        .middleware(patient)
        .build()?;
    show(&client.get("/echo").call()?);
    show(&client.get("/busy-once").call()?);
    println!("   numbered has counted {}", count.load(Ordering::Relaxed));

    code("leaving a stage out: .stack(|stack| stack.remove(\"status\").map(drop))");
    let client = Client::builder()
        .base_url(base)
        .stack(|stack| stack.remove("status").map(drop))
        .build()?;
    show(&client.get("/missing").call()?);
    Ok(())
}

fn connections(base: &str, gate: &Gate, server: &Server) -> Result {
    stop("Connections: kept, limited, counted");
    let before = server.stats().accepted;
    for _ in 0..3 {
        courser::get(format!("{base}/hello")).call()?;
    }
    println!(
        "   three free calls made {} connections",
        server.stats().accepted - before
    );
    let client = Client::new();
    for _ in 0..3 {
        client.get(format!("{base}/hello")).call()?;
    }
    let statistics = client.connection_manager().statistics();
    println!(
        "   three calls of a client: created {}, reused {}",
        statistics.created, statistics.reused
    );

    let transport = Arc::new(courser::native::Native::new());
    let manager = courser::pool::Reusable::builder(transport)
        .max_total(Some(1))
        .build()?;
    let client = Client::builder()
        .connection_manager(Arc::new(manager))
        .build()?;
    std::thread::scope(|scope| {
        let before = server.stats().requests;
        let slow = scope.spawn(|| client.get(format!("{base}/gate")).call());
        server.wait_until("the slow request is there", |stats| stats.requests > before);
        let impatient = client
            .get(format!("{base}/hello"))
            .with(|r| r.connection_request_timeout = Some(Duration::from_millis(20)));
        if let Err(error) = impatient.call() {
            println!("   one connection for two: {error}");
        }
        gate.open();
        let slow = slow.join().map(|res| res.map(|res| res.status));
        println!("   and the first is done: {slow:?}");
    });
    client.connection_manager().shutdown();
    if let Err(error) = client.get(base).call() {
        println!("   after shutdown(): {error}");
    }
    Ok(())
}

async fn asynchronously(base: &str) -> Result {
    stop("The same with async");
    let client = Client::builder().base_url(base).build()?;
    code("client.get(\"/user\").send().await?.json::<User>()?");
    println!("   {:?}", client.get("/user").send().await?.json::<User>()?);
    let all = ["/hello", "/user", "/gzip"].map(|path| tokio::spawn(client.get(path).send()));
    for task in all {
        show(&task.await??);
    }
    let mut res = client.get("/long").as_stream().send().await?;
    let mut bytes = 0;
    while let Some(piece) = res.body.next().await {
        bytes += piece?.len();
    }
    println!("   a stream of {bytes} bytes");
    code("client.get(\"/hello\").call()?, inside of the runtime");
    show(&client.get("/hello").call()?);
    Ok(())
}

fn stop(title: &str) {
    println!("\n── {title}");
}

fn code(text: &str) {
    println!("   {text}");
}

fn show(res: &courser::Response) {
    let text = res.text().unwrap_or_default();
    let short: String = text.chars().take(150).collect();
    println!(
        "   → {} {}  {}",
        res.status.as_u16(),
        res.reason(),
        short.replace('\n', "\n     ")
    );
}

/// The server: answers of every kind, and an echo of what it was asked.
fn serve(gate: Gate) -> Server {
    use http::Response;
    let busy = AtomicUsize::new(0);
    Server::start_async(move |req| {
        let gate = gate.clone();
        let busy = busy.fetch_add(
            usize::from(req.uri().path() == "/busy-once"),
            Ordering::Relaxed,
        ) == 0;
        async move {
            let answer = |status: u16, content_type: &str, body: Vec<u8>| {
                let builder = Response::builder()
                    .status(status)
                    .header("Content-Type", content_type);
                let fallback = || Response::new(courser_testkit::Body::empty());
                builder
                    .body(courser_testkit::Body::from(body))
                    .unwrap_or_else(|_| fallback())
            };
            let json = "application/json";
            match req.uri().path() {
                "/old" | "/older" | "/round" => {
                    let to = match req.uri().path() {
                        "/old" => "/older",
                        "/older" => "/hello",
                        _ => "/round",
                    };
                    let mut res = answer(302, "text/plain", b"look there".to_vec());
                    res.headers_mut()
                        .insert("Location", http::HeaderValue::from_static(to));
                    res
                }
                "/hello" => answer(200, "text/plain", b"hello".to_vec()),
                "/user" => answer(
                    200,
                    json,
                    br#"{"id": 7, "name": "Ada", "tags": ["first", "programmer"]}"#.to_vec(),
                ),
                "/sjis" => answer(
                    200,
                    "text/plain; charset=Shift_JIS",
                    b"\x93\xfa\x96{\x8c\xea".to_vec(),
                ),
                "/linked" => {
                    let mut res = answer(200, "text/plain", b"page 2".to_vec());
                    let links = "</page/1>; rel=prev, </page/3>; rel=next; title=\"the last\"";
                    res.headers_mut()
                        .insert("Link", http::HeaderValue::from_static(links));
                    res
                }
                "/long" => answer(200, "text/plain", b"all work and no play... ".repeat(5000)),
                "/sign-in" => answer(200, "text/html", b"<html><title>Sign in</title>".to_vec()),
                "/missing" => answer(404, json, br#"{"reason": "no such thing"}"#.to_vec()),
                "/busy-once" if busy => answer(503, "text/plain", b"busy".to_vec()),
                "/gzip" => {
                    let mut zipped =
                        flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                    let _ = std::io::Write::write_all(&mut zipped, &b"again and ".repeat(500));
                    let mut res = answer(200, "text/plain", zipped.finish().unwrap_or_default());
                    res.headers_mut()
                        .insert("Content-Encoding", http::HeaderValue::from_static("gzip"));
                    res
                }
                "/cut" => Response::new(courser_testkit::Body::broken(["half of it"])),
                "/silent" => std::future::pending().await,
                "/gate" => {
                    gate.opened().await;
                    answer(200, "text/plain", b"done".to_vec())
                }
                _ => {
                    let mut lines = vec![format!("{} {}", req.method(), req.uri())];
                    for name in [
                        "authorization",
                        "content-type",
                        "content-length",
                        "transfer-encoding",
                        "x-api-version",
                        "x-number",
                    ] {
                        if let Some(value) = req
                            .headers()
                            .get(name)
                            .and_then(|value| value.to_str().ok())
                        {
                            lines.push(format!("{name}: {value}"));
                        }
                    }
                    if !req.body().is_empty() {
                        lines.push(format!("body: {}", req.body().escape_ascii()));
                    }
                    answer(200, "text/plain", lines.join("\n").into_bytes())
                }
            }
        }
    })
}
