//! Requests in the background: callbacks, waiting with a limit, cancelling.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use courser::{Client, ErrorKind, Handle, StatusCode};
use courser_testkit::{Gate, RawPeer, Server, Step, dead_port};
use http::Response;

const LONG: Duration = Duration::from_secs(60);

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// Starts within the runtime, as one that holds its handle can from any thread.
fn started<T>(
    rt: &tokio::runtime::Runtime,
    start: impl FnOnce() -> courser::Result<Handle<T>>,
) -> Handle<T> {
    let _entered = rt.enter();
    start().unwrap()
}

#[test]
fn a_handle_is_awaited_or_waited_for() {
    let server = Server::start(|_| Response::new("hello"));
    let (rt, client) = (runtime(), Client::new());
    let awaited = rt.block_on(async { client.get(server.url("/")).start()?.await });
    assert_eq!(awaited.unwrap().text().unwrap(), "hello");

    let mut handle = started(&rt, || client.get(server.url("/")).start());
    let waited = handle.wait(LONG).expect("an answer").unwrap();
    assert_eq!(waited.text().unwrap(), "hello");

    let request = client.get(server.url("/")).build().unwrap();
    let mut handle = started(&rt, || client.start(request));
    assert_eq!(handle.wait(LONG).unwrap().unwrap().status, StatusCode::OK);
}

#[test]
fn waiting_ends_in_time_and_the_request_goes_on() {
    let gate = Gate::new();
    let server = Server::start_async({
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.opened().await;
                Response::new("late")
            }
        }
    });
    let (rt, client) = (runtime(), Client::new());
    let mut handle = started(&rt, || client.get(server.url("/")).start());
    assert!(handle.wait(Duration::from_millis(5)).is_none());
    gate.open();
    assert_eq!(handle.wait(LONG).unwrap().unwrap().text().unwrap(), "late");
}

#[test]
fn one_of_the_callbacks_runs_once() {
    let server = Server::start(|_| Response::new("hello"));
    let (rt, client) = (runtime(), Client::new());
    let check = |url: String, expected: &str| {
        let calls = Arc::new(AtomicUsize::new(0));
        let (responded, raised) = (calls.clone(), calls.clone());
        let mut handle = started(&rt, || {
            client.get(url).start_with(
                move |response| {
                    responded.fetch_add(1, Ordering::SeqCst);
                    response.text().unwrap().into_owned()
                },
                move |error| {
                    raised.fetch_add(10, Ordering::SeqCst);
                    error.kind().name().to_owned()
                },
            )
        });
        let result = handle.wait(LONG).expect("a result").unwrap();
        let calls = calls.load(Ordering::SeqCst);
        assert_eq!(result, expected);
        assert_eq!(calls, if expected == "hello" { 1 } else { 10 });
    };
    check(server.url("/"), "hello");
    check(dead_port().url("/"), "connect");
}

#[test]
fn cancelling_ends_the_exchange_and_tells() {
    let peer = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
    let (rt, client) = (runtime(), Client::new());
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let mut handle = started(&rt, || {
        let request = client.get(peer.url("/")).on_cancel(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        request.start_with(|_| unreachable!(), |_| unreachable!())
    });
    peer.wait_connections(1);
    handle.cancel();
    handle.cancel();
    let result: courser::Result<()> = handle.wait(LONG).expect("a result");
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(told.load(Ordering::SeqCst), 1);
    let statistics = client.connection_manager().statistics();
    assert_eq!((statistics.leased, statistics.idle), (0, 0));
}

#[test]
fn cancelling_too_late_does_nothing() {
    let server = Server::start(|_| Response::new("hello"));
    let (rt, client) = (runtime(), Client::new());
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let mut handle = started(&rt, || {
        let request = client.get(server.url("/")).on_cancel(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        request.start()
    });
    let response = handle.wait(LONG).unwrap().unwrap();
    handle.cancel();
    assert_eq!(response.text().unwrap(), "hello");
    assert_eq!(told.load(Ordering::SeqCst), 0);
}

#[test]
fn a_callback_that_panics_leaves_an_error() {
    let server = Server::start(|_| Response::new("hello"));
    let (rt, client) = (runtime(), Client::new());
    let mut handle: Handle<()> = started(&rt, || {
        client
            .get(server.url("/"))
            .start_with(|_| panic!("on purpose"), drop)
    });
    let error = handle.wait(LONG).expect("a result").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(error.to_string().contains("panicked"), "{error}");
}

#[test]
fn what_is_wrong_with_the_words_is_told_at_once() {
    let (rt, client) = (runtime(), Client::new());
    let entered = rt.enter();
    let error = client.get("no url").start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    drop(entered);
    let error = client.get("http://localhost/").start().unwrap_err();
    assert!(error.to_string().contains(".call()"), "{error}");
}

#[test]
fn nothing_of_the_user_runs_before_the_task_does() {
    use courser::middleware::{Hook, Request};

    struct Panics;

    impl Hook for Panics {
        fn name(&self) -> &'static str {
            "panics"
        }
        fn request(&self, _: &mut Request) -> courser::Result<()> {
            panic!("on purpose");
        }
    }

    let (rt, client) = (runtime(), Client::builder().hook(Panics).build().unwrap());
    let mut handle = started(&rt, || client.get("http://127.0.0.1:9/").start());
    let error = handle.wait(LONG).expect("an end").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(error.to_string().contains("without a result"), "{error}");
}
