//! The same tests under both drivers.

use std::io::{ErrorKind, IoSlice};
use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;

use courser_core::{Call, Canceller, ErrorKind as Kind, Phase, Timeout, oneshot};
use courser_testkit::{BlackHole, DeadPort, Gate, Step, dead_port};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::*;

#[test]
fn bytes_come_in_pieces_and_the_end_is_told() {
    let peer = RawPeer::script(vec![
        Step::Read(4),
        Step::send_slowly("seven b"),
        Step::send("and more"),
    ]);
    on_both(async |rt| {
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        assert_eq!(io.peer_addr(), Some(peer.addr()));
        assert_eq!(io.local_addr().unwrap().ip(), peer.addr().ip());
        write_all(&mut io, b"ping").await;
        assert_eq!(read(&mut io, &mut []).await.unwrap(), 0);
        let mut all = Vec::new();
        let mut buf = [0; 3];
        loop {
            match read(&mut io, &mut buf).await.unwrap() {
                0 => break,
                n => all.extend_from_slice(&buf[..n]),
            }
        }
        assert_eq!(all, b"seven band more");
        assert_eq!(read(&mut io, &mut buf).await.unwrap(), 0, "it stays ended");
    });
}

#[test]
fn an_answer_is_read_while_an_upload_stalls() {
    const MUCH: usize = 64 << 20;
    let peer = RawPeer::serve(|wire| {
        wire.read_bytes(1000)?;
        wire.send("enough")?;
        wire.hang()
    });
    on_both(async |rt| {
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        let piece = vec![b'x'; 1 << 20];
        let (mut sent, mut buf) = (0, [0; 16]);
        let n = poll_fn(|cx| {
            while sent < MUCH {
                let bufs = [IoSlice::new(&piece[..10]), IoSlice::new(&piece)];
                match io.poll_write_vectored(cx, &bufs) {
                    Poll::Ready(n) => sent += n.unwrap(),
                    Poll::Pending => break,
                }
            }
            assert!(sent < MUCH, "nobody reads this");
            io.poll_read(cx, &mut buf)
        })
        .await
        .unwrap();
        assert!(b"enough".starts_with(&buf[..n]) && n > 0);
        assert!(sent > 1000);
    });
}

#[test]
fn shutting_down_ends_one_direction() {
    let peer = RawPeer::serve(|wire| {
        let all = wire.read_to_end(100)?;
        wire.send(all)
    });
    on_both(async |rt| {
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        write_all(&mut io, b"echo").await;
        poll_fn(|cx| io.poll_shutdown(cx)).await.unwrap();
        assert_eq!(read_exactly(&mut io, 4).await, b"echo");
        assert_eq!(read(&mut io, &mut [0; 8]).await.unwrap(), 0);
        let _ = poll_fn(|cx| io.poll_shutdown(cx)).await;
    });
}

#[test]
fn a_read_ends_with_its_limit() {
    let peer = RawPeer::script(vec![Step::Hang]);
    on_both(async |rt| {
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        let call = Arc::new(Call::new(rt.clone()).within(30 * MS));
        let mut limited = async |idle: Option<Duration>| {
            let waited = call
                .wait(Phase::Body, idle, read(&mut io, &mut [0; 8]))
                .await;
            waited.unwrap_err().kind()
        };
        let idle = Kind::Timeout(Timeout::Idle(Phase::Body));
        assert_eq!(limited(Some(5 * MS)).await, idle);
        assert_eq!(limited(Some(3 * MS)).await, idle);
        assert_eq!(
            limited(Some(MINUTE)).await,
            Kind::Timeout(Timeout::Total(Phase::Body))
        );
        assert!(call.elapsed() >= 30 * MS);
        // The time that was set for those does not hold for the next.
        let call = Arc::new(Call::new(rt.clone()));
        let later = pin!(async {
            call.wait(Phase::Body, None, read(&mut io, &mut [0; 8]))
                .await
                .is_ok()
        });
        let nap = pin!(async {
            call.sleep(40 * MS).await.unwrap();
            false
        });
        assert!(!either(later, nap).await);
    });
}

#[test]
fn cancelled_from_another_thread_while_it_reads() {
    let peer = RawPeer::script(vec![Step::Read(4), Step::Hang]);
    on_both(async |rt| {
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        write_all(&mut io, b"ping").await;
        let canceller = Canceller::new();
        let call = Call::new(rt.clone()).within(MINUTE);
        let call = Arc::new(call.cancelled_by(canceller.clone()));
        let (polled, go) = oneshot();
        let thread = thread::spawn(move || {
            block_on(go);
            canceller.cancel();
        });
        let mut polled = Some(polled);
        let mut buf = [0; 8];
        let reading = poll_fn(|cx| {
            let read = io.poll_read(cx, &mut buf);
            polled.take().map(|polled| polled.send(()));
            read
        });
        let error = call
            .wait(Phase::Head, Some(MINUTE), reading)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Cancelled);
        assert!(call.elapsed() < MINUTE);
        thread.join().unwrap();
    });
}

#[test]
fn woken_from_another_thread_while_it_waits_for_a_socket() {
    let peer = RawPeer::script(vec![Step::Hang]);
    on_both(async |rt| {
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        for turn in 0..100 {
            let (tx, sent) = oneshot();
            let (polled, go) = oneshot();
            let thread = thread::spawn(move || {
                block_on(go);
                tx.send(turn).unwrap();
            });
            let mut polled = Some(polled);
            // Both before the other is polled, and after.
            let first = turn % 2 == 0;
            let mut sent = pin!(sent);
            let got = poll_fn(|cx| {
                let early = if first {
                    sent.as_mut().poll(cx)
                } else {
                    Poll::Pending
                };
                assert!(io.poll_read(cx, &mut [0; 8]).is_pending());
                polled.take().map(|polled| polled.send(()));
                if early.is_ready() {
                    early
                } else {
                    sent.as_mut().poll(cx)
                }
            })
            .await;
            assert_eq!(got, Some(turn));
            thread.join().unwrap();
        }
    });
}

#[test]
fn connects_race_and_a_dead_one_does_not_hold_the_other_up() {
    let Some(hole) = BlackHole::open() else {
        return; // this system answers for a full queue
    };
    let peer = ping();
    on_both(async |rt| {
        let mut io = {
            let dead = pin!(dial(&rt, hole.addr()));
            let live = pin!(async {
                rt.sleep_until(rt.now() + 5 * MS).await;
                dial(&rt, peer.addr()).await
            });
            either(dead, live).await.unwrap()
        };
        assert_eq!(io.peer_addr(), Some(peer.addr()));
        pong(&mut io).await;
        // And it ends with a limit.
        let call = Arc::new(Call::new(rt.clone()));
        let waited = call.wait(Phase::Connect, Some(5 * MS), dial(&rt, hole.addr()));
        let error = waited.await.map(drop).unwrap_err();
        assert_eq!(error.kind(), Kind::Timeout(Timeout::Connect));
        assert_eq!(registered(), 0);
    });
}

#[test]
fn a_refused_connection_is_told_so() {
    let dead: DeadPort = dead_port();
    on_both(async |rt| {
        let error = dial(&rt, dead.addr()).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(registered(), 0);
    });
}

#[test]
fn from_a_local_address() {
    let peer = ping();
    on_both(async |rt| {
        let mut options = SocketOptions::default();
        // On Linux all of 127/8 is local; elsewhere only this.
        let from: IpAddr = [127, 0, 0, if cfg!(target_os = "linux") { 7 } else { 1 }].into();
        options.local_address = Some(from);
        let dial = rt.dial().unwrap();
        let mut io = dial.dial(peer.addr(), &options).await.unwrap();
        assert_eq!(io.local_addr().unwrap().ip(), from);
        pong(&mut io).await;
        let v6 = "[::1]:1".parse().unwrap();
        assert!(dial.dial(v6, &options).await.is_err());
    });
}

#[test]
fn a_connection_that_rests_tells_whether_it_can_be_used() {
    on_both(async |rt| {
        let goes_on = Gate::new();
        let peer = RawPeer::script(vec![
            Step::Read(4),
            Step::send("ab"),
            Step::Wait(goes_on.clone()),
        ]);
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        assert!(io.is_open());
        write_all(&mut io, b"ping").await;
        read_exactly(&mut io, 1).await;
        assert!(!io.is_open(), "something came unasked");
        read_exactly(&mut io, 1).await;
        assert!(io.is_open());
        goes_on.open();
        assert_eq!(read(&mut io, &mut [0; 8]).await.unwrap(), 0);
        assert!(!io.is_open(), "the peer has closed it");
    });
}

#[test]
fn many_at_once_on_one_thread() {
    let peer = ping();
    on_both(async |rt| {
        let mut all: FuturesUnordered<_> = (0..30)
            .map(|_| async {
                let mut io = dial(&rt, peer.addr()).await.unwrap();
                for _ in 0..10 {
                    pong(&mut io).await;
                }
            })
            .collect();
        let mut done = 0;
        while all.next().await.is_some() {
            done += 1;
        }
        assert_eq!((done, registered()), (30, 0));
    });
}

#[test]
fn names_are_looked_up() {
    on_both(async |rt| {
        let dial = rt.dial().unwrap();
        let v6: IpAddr = "::1".parse().unwrap();
        assert_eq!(dial.lookup("::1").await.unwrap(), [v6]);
        // Ready at once: nobody was asked.
        let mut literal = dial.lookup("192.0.2.1");
        let mut cx = Context::from_waker(Waker::noop());
        assert!(literal.as_mut().poll(&mut cx).is_ready());
        let local = dial.lookup("localhost").await.unwrap();
        assert!(
            !local.is_empty() && local.iter().all(IpAddr::is_loopback),
            "{local:?}"
        );
        assert!(dial.lookup("not a\0name").await.is_err());
    });
}

#[test]
fn closed_from_another_thread_while_it_reads() {
    let peer = RawPeer::script(vec![Step::Read(4), Step::Hang]);
    on_both(async |rt| {
        let mut io = dial(&rt, peer.addr()).await.unwrap();
        let connection = peer.connections().max(1) - 1;
        let closer = io.closer().unwrap();
        let thread = {
            let (peer, closer) = (&peer, closer.clone());
            write_all(&mut io, b"ping").await;
            peer.wait_received(connection, "ping");
            thread::spawn(move || closer.upgrade().unwrap().close())
        };
        // Nothing holds a waker: on the calling thread it blocks.
        assert!(matches!(read(&mut io, &mut [0; 8]).await, Ok(0) | Err(_)));
        thread.join().unwrap();
        assert!(!io.is_open());
        drop(io);
        assert!(closer.upgrade().is_none(), "it does not outlive the stream");
    });
}
