//! What the blocking driver alone has to keep.

use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;

use courser_core::{Call, Canceller, ErrorKind as Kind, Phase, Timeout, oneshot};
use courser_testkit::{Gate, Step};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::*;
use crate::net::sys;

/// What the calls to the system were since this was last asked.
fn calls() -> Vec<&'static str> {
    sys::CALLS.take()
}

#[test]
fn an_exchange_is_a_write_and_a_read() {
    if !sys::LONE_READS {
        return;
    }
    let peer = ping();
    let rt = Blocking::runtime();
    let mut io = block_on(dial(&rt, peer.addr())).unwrap();
    let mut exchanges = |call: Call| {
        let call = Arc::new(call);
        calls();
        for _ in 0..20 {
            block_on(async {
                let waited = call.wait(Phase::Head, Some(MINUTE), pong(&mut io)).await;
                waited.unwrap();
            });
        }
        calls()
    };
    let plain = exchanges(Call::new(rt.clone()));
    assert_eq!(plain[..3], ["write", "timeout", "lone read"]);
    assert_eq!(plain[3..], ["write", "lone read"].repeat(19));
    // Once more with a canceller, who must be heard while it waits.
    let cancellable = exchanges(Call::new(rt.clone()).cancelled_by(Canceller::new()));
    assert_eq!(cancellable, ["write", "poll", "read"].repeat(20));
}

#[test]
fn a_read_holds_up_the_thread_unless_something_else_could_wake_it() {
    if !sys::LONE_READS {
        return;
    }
    let peer = ping();
    let rt = Blocking::runtime();
    let mut io = block_on(dial(&rt, peer.addr())).unwrap();
    let mut buf = [0; 8];
    let mut read = |io: &mut Box<dyn Io>, within: Duration| {
        let now = rt.now();
        calls();
        let read = io.read_waiting(&mut buf, now, Some(now + within));
        (read.map(Result::unwrap), calls())
    };
    block_on(async {
        write_all(&mut io, b"ping").await;
        assert_eq!(
            read(&mut io, MINUTE),
            (Some(4), vec!["timeout", "lone read"])
        );
        write_all(&mut io, b"ping").await;
        assert_eq!(read(&mut io, MINUTE), (Some(4), vec!["lone read"]));
        // Nothing comes: no longer than it may.
        assert_eq!(read(&mut io, 30 * MS), (None, vec!["timeout", "lone read"]));
        let nothing = (None, vec![]);
        assert_eq!(read(&mut io, Duration::ZERO), nothing);
        // Somebody has a waker of this thread.
        let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        assert_eq!(read(&mut io, MINUTE), nothing);
        drop(waker);
        // Another timer is due before: it is not made to wait.
        let mut sooner = rt.sleep_until(rt.now() + MS);
        poll_fn(|cx| Poll::Ready(sooner.as_mut().poll(cx).is_ready())).await;
        assert_eq!(read(&mut io, MINUTE), nothing);
        sooner.await;
    });
    assert_eq!(
        read(&mut io, MINUTE),
        (None, vec![]),
        "there is no executor"
    );
}

#[test]
fn the_timeout_of_lone_reads_is_set_again_only_when_it_is_off() {
    let peer = ping();
    let rt = Blocking::runtime();
    let mut io = block_on(dial(&rt, peer.addr())).unwrap();
    let mut within = |limit: Duration, exchange: bool| {
        calls();
        let call = Arc::new(Call::new(rt.clone()).within(limit));
        let done = block_on(call.wait(Phase::Head, None, async {
            if exchange {
                pong(&mut io).await;
            } else {
                read(&mut io, &mut [0; 4]).await.unwrap();
            }
        }));
        let set = calls().iter().filter(|call| **call == "timeout").count();
        (done.map_err(|error| error.kind()), set)
    };
    let timed_out = Err(Kind::Timeout(Timeout::Total(Phase::Head)));
    let first = usize::from(sys::LONE_READS);
    assert_eq!(within(30 * MS, false).0, timed_out);
    // Longer by far: reads must not end again and again. (After a read that was given up there
    // may be something already, so that nobody waits.)
    let (one, two) = (within(MINUTE, true), within(MINUTE, true));
    assert_eq!((one.0, two.0, one.1 + two.1), (Ok(()), Ok(()), first));
    // Longer a little, or the same: they may.
    assert_eq!(within(MINUTE + MINUTE / 2, true), (Ok(()), 0));
    assert_eq!(within(MINUTE, true), (Ok(()), 0));
    // Shorter: it must be kept.
    assert_eq!(within(MINUTE / 2, true), (Ok(()), first));
    assert_eq!(within(20 * MS, false).0, timed_out);
}

#[test]
fn a_read_does_not_block_while_a_sibling_waits() {
    // A hedge: the first try never answers, and the second begins when it is due.
    let silent = RawPeer::script(vec![Step::Hang]);
    let peer = ping();
    let rt = Blocking::runtime();
    block_on(async {
        let mut first = dial(&rt, silent.addr()).await.unwrap();
        let hedge = pin!(async {
            rt.sleep_until(rt.now() + 5 * MS).await;
            let mut second = dial(&rt, peer.addr()).await.unwrap();
            pong(&mut second).await;
            2
        });
        let waits = pin!(async {
            let _ = read(&mut first, &mut [0; 8]).await;
            1
        });
        assert_eq!(either(waits, hedge).await, 2);
    });
}

#[test]
fn outside_of_an_executor_it_is_an_error() {
    fn check(done: Poll<io::Result<usize>>) {
        let Poll::Ready(Err(error)) = done else {
            panic!("{done:?}")
        };
        assert!(
            error.to_string().contains("outside of its executor"),
            "{error}"
        );
    }
    let peer = ping();
    let rt = Blocking::runtime();
    let mut io = block_on(dial(&rt, peer.addr())).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    check(io.poll_read(&mut cx, &mut [0; 8]));
    check(io.poll_write(&mut cx, b"ping"));
    check(io.poll_shutdown(&mut cx).map_ok(|()| 0));
    let mut connect = rt
        .dial()
        .unwrap()
        .dial(peer.addr(), &SocketOptions::default());
    check(connect.as_mut().poll(&mut cx).map_ok(|_| 0));
    assert!(io.is_open());
    // It was not harmed.
    block_on(pong(&mut io));
}

#[test]
fn what_was_begun_under_one_executor_goes_on_under_another() {
    let gates = [Gate::new(), Gate::new(), Gate::new()];
    let wait = gates.clone();
    let peer = RawPeer::serve(move |wire| {
        for gate in &wait {
            wire.wait(gate)?;
            wire.send("more")?;
        }
        wire.hang()
    });
    let rt = Blocking::runtime();
    let mut io = block_on(async {
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        poll_fn(|cx| {
            assert!(io.poll_read(cx, &mut [0; 4]).is_pending());
            Poll::Ready(())
        })
        .await;
        assert_eq!(registered(), 1);
        // Deeper.
        gates[0].open();
        assert_eq!(block_on(read_exactly(&mut io, 4)), b"more");
        assert_eq!(registered(), 0);
        poll_fn(|cx| {
            assert!(io.poll_read(cx, &mut [0; 4]).is_pending());
            Poll::Ready(())
        })
        .await;
        io
    });
    // On the next call.
    gates[1].open();
    assert_eq!(block_on(read_exactly(&mut io, 4)), b"more");
    // On another thread, within a combinator that polls only what was woken.
    let mut reading: FuturesUnordered<_> = [async move { read_exactly(&mut io, 4).await }]
        .into_iter()
        .collect();
    block_on(poll_fn(|cx| {
        assert!(reading.poll_next_unpin(cx).is_pending());
        Poll::Ready(())
    }));
    gates[2].open();
    let thread = thread::spawn(move || block_on(reading.next()));
    assert_eq!(thread.join().unwrap().unwrap(), b"more");
}

#[test]
fn a_nested_executor_serves_the_sockets_of_the_one_around_it() {
    let peer = ping();
    let rt = Blocking::runtime();
    block_on(async {
        let mut outer = dial(&rt, peer.addr()).await.unwrap();
        write_all(&mut outer, b"ping").await;
        let mut buf = [0; 4];
        let mut nested = 0;
        let n = poll_fn(|cx| {
            let polled = outer.poll_read(cx, &mut buf);
            if nested < 3 {
                nested += 1;
                block_on(async {
                    let mut inner = dial(&rt, peer.addr()).await.unwrap();
                    pong(&mut inner).await;
                    block_on(pong(&mut inner));
                });
            }
            polled
        })
        .await;
        assert_eq!((n.unwrap(), registered()), (4, 0));
    });
}

#[test]
fn a_dropped_socket_leaves_nothing_behind() {
    let peer = RawPeer::script(vec![Step::ReadToEnd]);
    let rt = Blocking::runtime();
    block_on(async {
        let mut ios = Vec::new();
        for _ in 0..3 {
            ios.push(dial(&rt, peer.addr()).await.unwrap());
        }
        poll_fn(|cx| {
            for io in &mut ios {
                assert!(io.poll_read(cx, &mut [0; 4]).is_pending());
            }
            Poll::Ready(())
        })
        .await;
        assert_eq!(registered(), 3);
        ios.truncate(1);
        assert_eq!(registered(), 1);
        // From another thread, while this one waits for it: the peer sees the end at once, and
        // not only when this thread has something else to do.
        let (end, ended) = oneshot();
        let (polled, go) = oneshot();
        let thread = thread::spawn(move || {
            block_on(go);
            drop(ios);
            for connection in 0..3 {
                peer.wait_ended(connection).unwrap();
            }
            end.send(()).unwrap();
        });
        polled.send(()).unwrap();
        assert_eq!(ended.await, Some(()));
        thread.join().unwrap();
        assert_eq!(registered(), 0);
    });
}
