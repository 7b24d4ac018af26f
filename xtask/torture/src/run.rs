//! Running exchanges, harmed and whole.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use courser::pool::{Connector, PerRequest};
use courser::{Canceller, Client, RequestBuilder, Response};
use courser_testkit::{Direction, Fault, FaultProxy, RawPeer, Tls, Wire};
use tokio::runtime::Runtime;

use crate::exchanges::{self, Exchange, PROBE, REDIRECT};
use crate::judge::{Verdict, is_silent, judge};

/// How it is done.
pub(crate) struct Rack {
    pub(crate) every: usize,
    pub(crate) reqwest: bool,
}

impl Default for Rack {
    fn default() -> Self {
        Rack {
            every: 1,
            reqwest: false,
        }
    }
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Sums {
    cuts: u64,
    right: u64,
    wrong: u64,
    leaked: u64,
    hung: u64,
}

impl Sums {
    pub(crate) fn add(&mut self, other: &Sums) {
        self.cuts += other.cuts;
        self.right += other.right;
        self.wrong += other.wrong;
        self.leaked += other.leaked;
        self.hung += other.hung;
    }

    pub(crate) fn are_fine(&self) -> bool {
        self.cuts > 0 && self.wrong == 0 && self.leaked == 0 && self.hung == 0
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cuts, {} wrong, {} leaked, {} hung",
            self.cuts, self.wrong, self.leaked, self.hung
        )
    }
}

/// How an exchange is harmed.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// On a new connection, without retries.
    New,
    /// On one that has served before.
    Kept,
    /// On a new connection, and only the first try, with the usual retries.
    Once,
}

const MODES: [Mode; 3] = [Mode::New, Mode::Kept, Mode::Once];

const FAULTS: [Fault; 7] = [
    Fault::Cut,
    Fault::Reset,
    Fault::Truncate,
    Fault::Delay,
    Fault::Corrupt(0x01),
    Fault::Corrupt(0x80),
    Fault::Stall,
];

/// Long: what meets it hangs.
const ENOUGH: Duration = Duration::from_secs(4);

/// Short: what meets it waits for what cannot come.
const SILENCE: Duration = Duration::from_millis(40);

static PROGRESS: AtomicU64 = AtomicU64::new(0);

/// Ends the program when nothing moves any more: limits of time that do not hold are found too.
pub(crate) fn watch() {
    std::thread::spawn(|| {
        let mut last = 0;
        loop {
            std::thread::sleep(12 * ENOUGH);
            let now = PROGRESS.load(Ordering::Relaxed);
            if now == last {
                println!("torture: {now} cuts, and then nothing moved any more: 1 hung");
                std::process::exit(1);
            }
            last = now;
        }
    });
}

/// A client, how it sends, and the server that it is to reach.
struct Bench<'a> {
    exchange: &'a Exchange,
    client: Client,
    tokio: Option<Runtime>,
    proxy: FaultProxy,
    received: Arc<AtomicUsize>,
    /// Dropped after the proxy.
    _peer: RawPeer,
}

impl Rack {
    /// Harms one exchange in all ways, on both drivers.
    pub(crate) fn exchange(&self, exchange: &Exchange) -> Result<Sums> {
        // What a driver makes once for its thread is no leak: it is there after a first round, and
        // after a call that can be woken from elsewhere.
        self.bench(exchange, Mode::New, true)?.wait_woken();
        self.round(exchange, self.every.max(64), &mut Sums::default())?;
        let before = descriptors();
        let mut sums = Sums::default();
        self.round(exchange, self.every, &mut sums)?;
        let leaked = leaked(before);
        if leaked > 0 {
            println!(
                "{}: {leaked} file descriptors more than before",
                exchange.name
            );
            sums.leaked += 1;
        }
        println!("{:<17} {sums}; {} right", exchange.name, sums.right);
        Ok(sums)
    }

    /// In each mode on each driver, at every so many bytes.
    fn round(&self, exchange: &Exchange, every: usize, sums: &mut Sums) -> Result<()> {
        for blocking in [true, false] {
            for mode in MODES {
                let bench = self.bench(exchange, mode, blocking)?;
                bench.probe()?;
                bench.harm(mode, every, sums);
            }
        }
        Ok(())
    }

    fn bench<'a>(&self, exchange: &'a Exchange, mode: Mode, blocking: bool) -> Result<Bench<'a>> {
        let received = Arc::new(AtomicUsize::new(0));
        let mut peer = RawPeer::builder();
        if exchange.tls {
            peer = peer.tls_with(Tls::new());
        }
        let (answer, closes, count) = ((exchange.answer)(), exchange.closes, received.clone());
        let peer = peer.serve(move |wire: &mut Wire| {
            while !wire.at_end()? {
                let request = wire.read_request()?;
                let line = request
                    .split(|byte| *byte == b'\r')
                    .next()
                    .unwrap_or_default();
                let asks =
                    |for_: &str| line.windows(for_.len()).any(|part| part == for_.as_bytes());
                if asks(PROBE) {
                    wire.send(exchanges::probe())?;
                    continue;
                }
                count.fetch_add(1, Ordering::SeqCst);
                if asks("?to ") {
                    wire.send(REDIRECT)?;
                    continue;
                }
                wire.send(&answer)?;
                if closes {
                    return Ok(());
                }
            }
            Ok(())
        });
        let transport: Arc<dyn Connector> = if self.reqwest {
            Arc::new(courser::reqwest::Reqwest::new())
        } else {
            Arc::new(courser::native::Native::new())
        };
        let client = Client::builder().defaults(|request| request.insecure = Some(true));
        let client = match mode {
            Mode::Kept => client.transport(transport),
            _ => client.connection_manager(Arc::new(PerRequest::new(transport))),
        };
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("a runtime")?;
        Ok(Bench {
            exchange,
            client: client.build()?,
            tokio: (!blocking).then_some(tokio),
            proxy: FaultProxy::before(peer.addr()),
            received,
            _peer: peer,
        })
    }
}

impl Bench<'_> {
    /// At every so many bytes in each way.
    fn harm(&self, mode: Mode, every: usize, sums: &mut Sums) {
        for direction in [Direction::Response, Direction::Request] {
            for fault in FAULTS {
                // Each of these takes its time, and what follows is the same at most bytes.
                let step = match fault {
                    Fault::Stall => every.max(12),
                    Fault::Corrupt(_) => every.max(3),
                    _ => every,
                };
                let step = if self.exchange.tls {
                    step.max(31)
                } else {
                    step
                };
                // Until there is no byte there any more; bounded, should there always be one.
                for at in (0..1 << 16).step_by(step) {
                    let (verdict, struck) = self.harmed(mode, direction, fault, at);
                    let place = || {
                        let driver = if self.tokio.is_some() { "send" } else { "call" };
                        let name = self.exchange.name;
                        format!("{name}, {driver}, {mode:?}, {direction:?} {at}, {fault:?}")
                    };
                    sums.cuts += u64::from(struck);
                    match verdict {
                        Verdict::Right => sums.right += 1,
                        Verdict::Failed => {}
                        Verdict::Wrong(what) => {
                            println!("wrong: {}: {what}", place());
                            sums.wrong += 1;
                        }
                        Verdict::Hung(what) => {
                            println!("hung: {}: {what}", place());
                            sums.hung += 1;
                        }
                    }
                    let used = self.client.connection_manager().statistics();
                    if used.leased > 0 || used.pending > 0 {
                        println!("leaked: {}: {used:?}", place());
                        sums.leaked += 1;
                    }
                    if let Err(error) = self.probe() {
                        println!("wrong: {}: and then {error:#}", place());
                        sums.wrong += 1;
                    }
                    if !struck {
                        break;
                    }
                }
            }
        }
    }

    fn url(&self, path: &str) -> String {
        let url = self.proxy.url(path);
        if self.exchange.tls {
            url.replacen("http:", "https:", 1)
        } else {
            url
        }
    }

    fn send(&self, request: RequestBuilder) -> courser::Result<Response> {
        match &self.tokio {
            None => request.call(),
            Some(tokio) => tokio.block_on(request.send()),
        }
    }

    /// Waits for what does not come, as a call that can be cancelled.
    fn wait_woken(&self) {
        self.proxy.arm(Direction::Response, 0, Fault::Stall, false);
        let request = self.client.get(self.url(PROBE));
        let request = request.socket_timeout(SILENCE).connection_timeout(SILENCE);
        // It has to fail.
        let _ = self.send(request.cancel(Canceller::new()));
    }

    /// That the client works, and is given what it asked for.
    fn probe(&self) -> Result<()> {
        let response = self.send(self.client.get(self.url(PROBE)).timeout(ENOUGH))?;
        let text = response.text()?;
        anyhow::ensure!(text == "alive", "an answer that is another's: {text:?}");
        Ok(())
    }

    /// One exchange that is harmed, and whether it was.
    fn harmed(&self, mode: Mode, direction: Direction, fault: Fault, at: usize) -> (Verdict, bool) {
        // On a slow machine time may run out before the byte is reached.
        if is_silent(fault) {
            let (verdict, struck) = self.harmed_within(mode, direction, fault, at, SILENCE);
            if struck || matches!(verdict, Verdict::Right) {
                return (verdict, struck);
            }
        }
        self.harmed_within(mode, direction, fault, at, ENOUGH)
    }

    fn harmed_within(
        &self,
        mode: Mode,
        direction: Direction,
        fault: Fault,
        at: usize,
        silence: Duration,
    ) -> (Verdict, bool) {
        PROGRESS.fetch_add(1, Ordering::Relaxed);
        let once = matches!(mode, Mode::Once);
        let received = self.received.load(Ordering::SeqCst);
        self.proxy.arm(direction, at, fault, once);
        let request = (self.exchange.request)(&self.client, &self.url("/there"))
            .timeout(2 * ENOUGH)
            .socket_timeout(silence)
            .connection_timeout(silence);
        let request = match mode {
            Mode::Once => request,
            _ if !self.exchange.idempotent => request,
            _ => request.retry_handler(|_, _, _| false),
        };
        let result = self.send(request);
        let struck = self.proxy.has_struck();
        self.proxy.disarm();
        let verdict = judge(self.exchange, direction, fault, &result);
        if !matches!(verdict, Verdict::Right) && (!struck || fault == Fault::Delay) {
            let what = format!("nothing was missing, and yet: {result:?}");
            return (Verdict::Wrong(what), struck);
        }
        let times = self.received.load(Ordering::SeqCst) - received;
        if !self.exchange.idempotent && times > 1 {
            let what = format!("it was received {times} times");
            return (Verdict::Wrong(what), struck);
        }
        (verdict, struck)
    }
}

/// How many file descriptors are there that were not before, and do not go away: those of peers
/// may take a moment.
fn leaked(before: Option<usize>) -> usize {
    let mut more = 0;
    for _ in 0..500 {
        let (Some(before), Some(after)) = (before, descriptors()) else {
            return 0;
        };
        more = after.saturating_sub(before);
        if more == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    more
}

/// How many file descriptors this process has, where the system tells.
fn descriptors() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}
