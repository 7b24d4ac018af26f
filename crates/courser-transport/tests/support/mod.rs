//! What the tests share: the two drivers in small, a scripted server, a lease that counts.
#![allow(
    dead_code, // each test program uses its part
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::missing_panics_doc
)]

use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use courser_core::rt::Runtime;
use courser_core::{
    Call, Conn, Connect, ConnectSettings, Connector, Error, Lease, Limits, Place, Reading, Request,
    Response, Result, Url,
};
use courser_rt::{Blocking, Tokio};
use courser_transport::Native;
use tokio::runtime::Builder;

/// Far longer than anything takes, so that a test that hangs ends.
pub const LONG: Duration = Duration::from_secs(20);
/// Long enough to be seen as a limit, and waited for in full by the tests of limits only.
pub const SHORT: Duration = Duration::from_millis(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    Tokio,
    Blocking,
}

pub const BOTH: [Driver; 2] = [Driver::Tokio, Driver::Blocking];

impl Driver {
    /// Runs a future that is made for a runtime of this driver.
    pub fn run<F: Future>(self, make: impl FnOnce(Arc<dyn Runtime>) -> F) -> F::Output {
        match self {
            Driver::Blocking => courser_rt::block_on(make(Blocking::runtime())),
            Driver::Tokio => {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                let rt = Arc::new(Tokio::on(runtime.handle().clone()));
                runtime.block_on(make(rt))
            }
        }
    }
}

/// What the server does once it has written an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Reads the next request.
    Keep,
    /// Hangs up.
    Close,
    /// Says nothing more until the client hangs up.
    Hold,
}

pub type Script = Vec<(Vec<u8>, Then)>;

/// One answer, after which the connection is kept.
pub fn answer(text: impl AsRef<[u8]>) -> (Vec<u8>, Then) {
    (text.as_ref().to_vec(), Then::Keep)
}

pub fn ok(body: &str) -> (Vec<u8>, Then) {
    answer(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// A request's head and its body.
pub type Received = (String, Vec<u8>);

/// A server on a free port of the loopback. Its threads end with their connections.
pub struct Server {
    pub addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Received>>>,
    /// Connections on which the client hung up.
    hung_up: Arc<(Mutex<usize>, std::sync::Condvar)>,
}

impl Server {
    /// Answers requests in turn, over whatever connections they come.
    pub fn scripted(script: Script) -> Self {
        let script = Arc::new(Mutex::new(std::collections::VecDeque::from(script)));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let mut server = Server::with(move |stream| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while let Some(request) = read_request(&mut reader) {
                seen.lock().unwrap().push(request);
                let Some((bytes, then)) = script.lock().unwrap().pop_front() else {
                    return;
                };
                if (&stream).write_all(&bytes).is_err() || then == Then::Close {
                    return;
                }
                if then == Then::Hold {
                    std::io::copy(&mut reader, &mut std::io::sink()).ok();
                    return;
                }
            }
        });
        server.requests = requests;
        server
    }

    /// Hands each connection to `serve`, on a thread of its own.
    pub fn with(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let hung_up = Arc::new((Mutex::new(0), std::sync::Condvar::new()));
        let (count, ended, serve) = (connections.clone(), hung_up.clone(), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                count.fetch_add(1, Ordering::SeqCst);
                stream.set_read_timeout(Some(LONG)).unwrap();
                let (serve, ended) = (serve.clone(), ended.clone());
                thread::spawn(move || {
                    serve(stream);
                    *ended.0.lock().unwrap() += 1;
                    ended.1.notify_all();
                });
            }
        });
        Server {
            addr,
            connections,
            requests: Arc::default(),
            hung_up,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests so far, each as head and body.
    pub fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until `n` connections have ended.
    pub fn wait_for_end(&self, n: usize) {
        let (count, condvar) = &*self.hung_up;
        let count = count.lock().unwrap();
        let (_count, timeout) = condvar
            .wait_timeout_while(count, LONG, |count| *count < n)
            .unwrap();
        assert!(!timeout.timed_out(), "the connection stays open");
    }
}

/// A request as it came: its head, and the body without chunks around it.
pub fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut body = Vec::new();
    if let Some(length) = field(&head, "content-length") {
        let mut rest = reader.take(length.parse().unwrap());
        rest.read_to_end(&mut body).ok()?;
    } else if field(&head, "transfer-encoding").as_deref() == Some("chunked") {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let size = u64::from_str_radix(line.trim(), 16).ok()?;
            reader.take(size).read_to_end(&mut body).ok()?;
            reader.read_line(&mut line).ok()?;
            if size == 0 {
                break;
            }
        }
    }
    Some((head, body))
}

pub fn field(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines.find(|(n, _)| n.eq_ignore_ascii_case(name))?;
    Some(value.to_owned())
}

/// Connections are kept.
pub fn kept() -> ConnectSettings {
    let mut settings = ConnectSettings::default();
    settings.keep_idle = Some(LONG);
    settings
}

pub fn request(url: &str, rt: Arc<dyn Runtime>) -> Request {
    let call = Call::new(rt).within(LONG);
    let mut req = Request::new(Url::parse(url).unwrap(), Arc::new(call));
    req.options.set(kept());
    req
}

/// With that limit of idleness instead of the default.
pub fn idle(mut req: Request, limit: Duration) -> Request {
    req.options.set(Limits {
        idle: Some(limit),
        ..Limits::default()
    });
    req
}

/// With its body as pieces, as they come.
pub fn streamed(mut req: Request) -> Request {
    req.options.set(Reading {
        stream: true,
        ..Reading::default()
    });
    req
}

pub async fn send(transport: &Native, req: Request) -> Result<Response> {
    send_leased(transport, req, Lease::none()).await
}

pub async fn send_leased(transport: &Native, req: Request, lease: Lease) -> Result<Response> {
    let to = Connect::of(&req);
    let call = req.call.clone();
    transport.connect(&to, &call).await?.send(lease, req).await
}

pub async fn text(mut res: Response) -> Result<String> {
    res.body.collect(1 << 20).await?;
    Ok(String::from_utf8(res.body.as_bytes().unwrap().to_vec()).unwrap())
}

/// The error of an exchange, at its head or in its body.
pub async fn failure(transport: &Native, req: Request) -> Error {
    match send(transport, req).await {
        Err(error) => error,
        Ok(res) => text(res).await.unwrap_err(),
    }
}

/// What became of a lease.
#[derive(Clone, Default)]
pub struct Leases {
    pub given_back: Arc<AtomicUsize>,
    pub dropped: Arc<AtomicUsize>,
    /// The connection that was given back last.
    pub resting: Arc<Mutex<Option<Box<dyn Conn>>>>,
}

impl Leases {
    pub fn lease(&self) -> Lease {
        Lease::new(Box::new(Counted(self.clone(), false)))
    }

    /// Given back, dropped.
    pub fn counts(&self) -> (usize, usize) {
        (
            self.given_back.load(Ordering::SeqCst),
            self.dropped.load(Ordering::SeqCst),
        )
    }
}

struct Counted(Leases, bool);

impl Place for Counted {
    fn give_back(mut self: Box<Self>, conn: Box<dyn Conn>) {
        self.1 = true;
        self.0.given_back.fetch_add(1, Ordering::SeqCst);
        *self.0.resting.lock().unwrap() = Some(conn);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if !self.1 {
            self.0.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}
