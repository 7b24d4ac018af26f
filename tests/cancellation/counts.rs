//! What is counted.

use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use courser::Client;
use courser_testkit::PATIENCE;
use tokio::runtime::Runtime;

static ALONE: Mutex<()> = Mutex::new(());

/// One test at a time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells, also when the test passes; its name and what it counted.
pub(crate) fn tell(line: &str) {
    // Not by `println!`, which a passing test keeps to itself.
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// What the process has open. Only Linux tells; elsewhere it is always the same.
pub(crate) fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// Waits until the process has no more descriptors than before: the other side of a connection is
/// closed by a thread of its server's, when it sees to it.
#[track_caller]
pub(crate) fn closed_down_to(before: usize, what: &str) {
    let end = Instant::now() + PATIENCE;
    while descriptors() > before {
        let open = descriptors();
        assert!(Instant::now() < end, "{what}: {open} open, {before} before");
        std::thread::park_timeout(Duration::from_micros(200));
    }
}

/// The same among tasks, which may be what has to end.
pub(crate) async fn closed_down_to_soon(before: usize, what: &str) {
    let end = Instant::now() + PATIENCE;
    while descriptors() > before {
        let open = descriptors();
        assert!(Instant::now() < end, "{what}: {open} open, {before} before");
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

/// No place of the pool is taken, and nobody waits for one.
#[track_caller]
pub(crate) fn nothing_leased(client: &Client, what: &str) {
    let statistics = client.connection_manager().statistics();
    let taken = (statistics.leased, statistics.pending);
    assert_eq!(taken, (0, 0), "{what}: {statistics:?}");
}
