//! Requests in the background and on other threads, cancelled wherever they wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use courser::pool::{Connector, Reusable};
use courser::{Canceller, Client, ErrorKind, RequestBuilder};
use courser_testkit::{Gate, PATIENCE, RawPeer, Server, Step};
use http::Response;

use crate::counts::{
    alone, closed_down_to, closed_down_to_soon, descriptors, nothing_leased, runtime, tell,
};

/// So many turns of the runtime, and a request is over.
const MOST: usize = 100_000;

#[test]
fn cancelled_after_every_turn() {
    let _alone = alone();
    let at_first = descriptors();
    let server = Server::start(|_| Response::new("hello"));
    let (client, rt) = (Client::new(), runtime());
    let mut cancelled = 0;
    rt.block_on(async {
        client.get(server.url("/")).send().await.unwrap();
        let before = descriptors();
        // Few turns at first, since most happens there.
        let turns = (0..30).chain((5..17).map(|power| 1 << power));
        for turns in turns.chain([MOST]) {
            // Responded, raised, told of the cancel.
            let ran: [Arc<AtomicUsize>; 3] = Default::default();
            let count = |at: usize| {
                let ran = ran[at].clone();
                move || {
                    ran.fetch_add(1, Ordering::SeqCst);
                }
            };
            let (respond, raise) = (count(0), count(1));
            let request = client.get(server.url("/")).on_cancel(count(2));
            let handle = request
                .start_with(move |_| respond(), move |_| raise())
                .unwrap();
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            handle.cancel();
            let result = handle.await;
            let ran = ran.map(|count| count.load(Ordering::SeqCst));
            let what = format!("cancelled after {turns} turns");
            match result {
                Ok(()) => assert_eq!(ran, [1, 0, 0], "{what}"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Cancelled, "{what}: {error}");
                    assert_eq!(ran, [0, 0, 1], "{what}");
                    cancelled += 1;
                }
            }
            nothing_leased(&client, &what);
            client.get(server.url("/")).send().await.unwrap();
            closed_down_to_soon(before, &what).await;
        }
    });
    drop((client, rt, server));
    closed_down_to(at_first, "after the last client");
    assert!(cancelled > 0);
    tell(&format!(
        "cancellation: {cancelled} requests with callbacks cancelled, 0 leases and 0 descriptors left"
    ));
}

/// Cancels from another thread once the gate is open.
fn cancel_at(gate: &Gate, request: RequestBuilder) {
    let canceller = Canceller::new();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            gate.wait();
            canceller.cancel();
        });
        request.cancel(canceller.clone()).call().unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
}

#[test]
fn calls_cancelled_from_another_thread() {
    let _alone = alone();
    let before = descriptors();
    // On a thread of their own, since a thread keeps what others wake it by.
    let cancelled = std::thread::spawn(cancel_calls).join().unwrap();
    closed_down_to(before, "after the last client");
    tell(&format!(
        "cancellation: {cancelled} calls cancelled by other threads, 0 leases and 0 descriptors left"
    ));
}

/// How many.
fn cancel_calls() -> usize {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    let gate = Gate::new;
    let mut cancelled = 0;
    let mut check = |steps: &dyn Fn(Gate) -> Vec<Step>, body: usize| {
        let came = gate();
        let peer = RawPeer::script(steps(came.clone()));
        let client = Client::new();
        let url = peer.url("/");
        cancel_at(&came, client.post(&url).body(vec![b'x'; body]));
        nothing_leased(&client, "a call that was cancelled");
        cancelled += 1;
    };
    let read_on = |came| vec![Step::ReadHead, Step::Open(came), Step::ReadToEnd];
    // While the head is waited for, within the body, and while more is sent than anybody reads.
    check(&read_on, 0);
    check(
        &|came| {
            vec![
                Step::ReadHead,
                Step::send(half),
                Step::Open(came),
                Step::ReadToEnd,
            ]
        },
        0,
    );
    check(
        &|came| vec![Step::ReadHead, Step::Open(came), Step::Hang],
        64 << 20,
    );

    // While a place is waited for; the next in the queue gets it.
    let server = Server::start(|_| Response::new("x".repeat(1 << 20)));
    let transport: Arc<dyn Connector> = Arc::new(courser::native::Native::new());
    let one = Reusable::builder(transport).max_total(Some(1)).build();
    let client = Client::new().with_connection_manager(Arc::new(one.unwrap()));
    let held = client.get(server.url("/")).as_stream().call().unwrap();
    let waiting = Gate::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let pending = || client.connection_manager().statistics().pending;
            let end = Instant::now() + PATIENCE;
            while pending() == 0 && Instant::now() < end {
                std::thread::yield_now();
            }
            waiting.open();
        });
        cancel_at(&waiting, client.get(server.url("/")));
    });
    assert_eq!(client.connection_manager().statistics().pending, 0);
    drop(held);
    assert_eq!(
        client
            .get(server.url("/"))
            .call()
            .unwrap()
            .body_bytes()
            .unwrap()
            .len(),
        1 << 20
    );
    nothing_leased(&client, "after a cancelled wait");
    cancelled + 1
}
