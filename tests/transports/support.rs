//! The ways to send, a scripted peer, and a lease that counts.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use courser_core::rt::Runtime;
use courser_core::{
    Call, Conn, Connect, ConnectSettings, Connector, Error, Lease, Limits, Place, Reading, Request,
    Response, Result, Url,
};
use courser_testkit::{RawPeer, Wire};

/// Far longer than anything takes, so that a test that hangs ends.
pub(super) const LONG: Duration = Duration::from_secs(20);
/// Long enough to be seen as a limit, and waited for in full by the tests of limits only.
pub(super) const SHORT: Duration = Duration::from_millis(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Driver {
    Tokio,
    Blocking,
}

pub(super) const DRIVERS: [Driver; 2] = [Driver::Tokio, Driver::Blocking];

impl Driver {
    /// Runs a future that is made for a runtime of this driver.
    pub(super) fn run<F: Future>(self, make: impl FnOnce(Arc<dyn Runtime>) -> F) -> F::Output {
        match self {
            Driver::Blocking => courser_rt::block_on(make(courser_rt::Blocking::runtime())),
            Driver::Tokio => {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                let rt = Arc::new(courser_rt::Tokio::on(runtime.handle().clone()));
                runtime.block_on(make(rt))
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Native,
    Reqwest,
}

/// A transport under a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) transport: Transport,
    pub(super) driver: Driver,
}

const fn way(transport: Transport, driver: Driver) -> Way {
    Way { transport, driver }
}

pub(super) const WAYS: [Way; 4] = [
    way(Transport::Native, Driver::Tokio),
    way(Transport::Native, Driver::Blocking),
    way(Transport::Reqwest, Driver::Tokio),
    way(Transport::Reqwest, Driver::Blocking),
];

impl Way {
    /// A new transport.
    pub(super) fn connector(self) -> Arc<dyn Connector> {
        match self.transport {
            Transport::Native => Arc::new(courser::native::Native::new()),
            Transport::Reqwest => Arc::new(courser::reqwest::Reqwest::new()),
        }
    }

    pub(super) fn is_native(self) -> bool {
        self.transport == Transport::Native
    }

    /// Runs a future with a new transport, and a runtime of the driver.
    pub(super) fn run<F: Future>(
        self,
        make: impl FnOnce(Arc<dyn Connector>, Arc<dyn Runtime>) -> F,
    ) -> F::Output {
        let connector = self.connector();
        self.driver.run(|rt| make(connector, rt))
    }
}

/// What the peer does once it has written an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Reads the next request.
    Keep,
    /// Hangs up.
    Close,
    /// Says nothing more until the client hangs up.
    Hold,
}

pub(super) type Script = Vec<(Vec<u8>, Then)>;

/// One answer, after which the connection is kept.
pub(super) fn answer(text: impl AsRef<[u8]>) -> (Vec<u8>, Then) {
    (text.as_ref().to_vec(), Then::Keep)
}

pub(super) fn ok(body: &str) -> (Vec<u8>, Then) {
    let length = body.len();
    answer(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

/// A peer that answers requests in turn, over whatever connections they come, and keeps them.
pub(super) struct Scripted {
    pub(super) peer: RawPeer,
    requests: Arc<Mutex<Vec<Received>>>,
}

/// A request's head and its body.
pub(super) type Received = (String, Vec<u8>);

pub(super) fn scripted(script: Script) -> Scripted {
    let script = Mutex::new(VecDeque::from(script));
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = requests.clone();
    let peer = RawPeer::serve(move |wire| {
        while !wire.at_end()? {
            let request = wire.read_request()?;
            seen.lock().unwrap().push(split(&request));
            let Some((bytes, then)) = script.lock().unwrap().pop_front() else {
                break;
            };
            wire.send(&bytes)?;
            match then {
                Then::Keep => {}
                Then::Close => break,
                Then::Hold => return until_hung_up(wire),
            }
        }
        Ok(())
    });
    Scripted { peer, requests }
}

impl Scripted {
    pub(super) fn url(&self, path: &str) -> String {
        self.peer.url(path)
    }

    pub(super) fn connections(&self) -> usize {
        self.peer.connections()
    }

    pub(super) fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads and forgets, until the client hangs up, in whatever way.
pub(super) fn until_hung_up(wire: &mut Wire) -> io::Result<()> {
    wire.read_to_end(1 << 30).map(drop)
}

/// The head of a request, and its body without the chunks around it.
fn split(request: &[u8]) -> Received {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = request.split_at(end.unwrap() + 4);
    let head = String::from_utf8(head.to_vec()).unwrap();
    if field(&head, "transfer-encoding").is_none() {
        return (head, body.to_vec());
    }
    let (mut rest, mut whole) = (body, Vec::new());
    loop {
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap();
        let size = std::str::from_utf8(&rest[..end]).unwrap().trim();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (head, whole);
        }
        whole.extend_from_slice(&rest[end + 1..][..size]);
        rest = &rest[end + 1 + size + 2..];
    }
}

pub(super) fn field(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines.find(|(n, _)| n.eq_ignore_ascii_case(name))?;
    Some(value.to_owned())
}

/// Connections are kept.
pub(super) fn kept() -> ConnectSettings {
    let mut settings = ConnectSettings::default();
    settings.keep_idle = Some(LONG);
    settings
}

/// Connections are kept, and this is so too.
pub(super) fn settings(change: impl FnOnce(&mut ConnectSettings)) -> Arc<ConnectSettings> {
    let mut settings = kept();
    change(&mut settings);
    Arc::new(settings)
}

pub(super) fn request(url: &str, rt: Arc<dyn Runtime>) -> Request {
    let call = Call::new(rt).within(LONG);
    let mut req = Request::new(Url::parse(url).unwrap(), Arc::new(call));
    req.options.set(kept());
    req
}

/// With these settings of the connection.
pub(super) fn with(mut req: Request, settings: &Arc<ConnectSettings>) -> Request {
    req.options.set_arc(settings.clone());
    req
}

/// With that limit of idleness instead of the default.
pub(super) fn idle(mut req: Request, limit: Duration) -> Request {
    req.options.set(Limits {
        idle: Some(limit),
        ..Limits::default()
    });
    req
}

/// With its body as pieces, as they come.
pub(super) fn streamed(mut req: Request) -> Request {
    req.options.set(Reading {
        stream: true,
        ..Reading::default()
    });
    req
}

pub(super) async fn send(transport: &dyn Connector, req: Request) -> Result<Response> {
    send_leased(transport, req, Lease::none()).await
}

pub(super) async fn send_leased(
    transport: &dyn Connector,
    req: Request,
    lease: Lease,
) -> Result<Response> {
    let to = Connect::of(&req);
    let call = req.call.clone();
    transport.connect(&to, &call).await?.send(lease, req).await
}

pub(super) async fn text(mut res: Response) -> Result<String> {
    res.body.collect(1 << 20).await?;
    Ok(String::from_utf8(res.body.as_bytes().unwrap().to_vec()).unwrap())
}

/// Sends it, and reads the body.
pub(super) async fn ask(transport: &dyn Connector, req: Request) -> String {
    text(send(transport, req).await.unwrap()).await.unwrap()
}

/// The error of an exchange, at its head or in its body.
pub(super) async fn failure(transport: &dyn Connector, req: Request) -> Error {
    match send(transport, req).await {
        Err(error) => error,
        Ok(res) => text(res).await.unwrap_err(),
    }
}

/// What became of a lease.
#[derive(Clone, Default)]
pub(super) struct Leases {
    given_back: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
    /// The connection that was given back last.
    pub(super) resting: Arc<Mutex<Option<Box<dyn Conn>>>>,
}

impl Leases {
    pub(super) fn lease(&self) -> Lease {
        Lease::new(Box::new(Counted(self.clone(), false)))
    }

    /// Given back, dropped.
    pub(super) fn counts(&self) -> (usize, usize) {
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
