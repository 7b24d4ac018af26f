//! One call: its clock, its deadline, and how it is cancelled.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use sync_wrapper::SyncWrapper;

use crate::BoxFuture;
use crate::cookies::CookieStore;
use crate::error::{Error, ErrorKind, Phase, Result, Timeout};
use crate::rt::{DriverId, Runtime};

/// What goes with a call through every stage, hop and try, and into the body of its response.
///
/// All that waits at the bottom (for a connection, bytes, a sleep) waits through it, so that
/// cancelling and deadlines reach everywhere and no stage has to race anything against a timer.
pub struct Call {
    rt: Arc<dyn Runtime>,
    started: Instant,
    deadline: Option<Deadline>,
    canceller: Option<Canceller>,
    cookies: Option<Arc<dyn CookieStore>>,
    resent: AtomicBool,
    alone: AtomicBool,
    /// Of a try with a deadline of its own: the call, whose `resent` is that of all.
    whole: Option<Arc<Call>>,
}

#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    limit: Duration,
    /// Which limit it is.
    hit: fn(Phase) -> Timeout,
}

impl Call {
    /// A call that begins now, without deadline.
    #[must_use]
    pub fn new(rt: Arc<dyn Runtime>) -> Self {
        let started = rt.now();
        Call {
            rt,
            started,
            deadline: None,
            canceller: None,
            cookies: None,
            resent: AtomicBool::new(false),
            alone: AtomicBool::new(false),
            whole: None,
        }
    }

    /// Lets `canceller` cancel it.
    #[must_use]
    pub fn cancelled_by(mut self, canceller: Canceller) -> Self {
        self.canceller = Some(canceller);
        self
    }

    /// Says that the call is all that its thread does until it has a response, as a blocking call
    /// is: what waits for it may hold up the thread, where that is cheaper than to be polled again.
    #[must_use]
    pub fn alone(self) -> Self {
        self.alone.store(true, Ordering::Relaxed);
        self
    }

    /// Whether to wait may hold up the thread: see [`alone`](Call::alone). Whoever asks takes it,
    /// and is to wait for one thing only. A middleware that handles a request may do several
    /// things at once, so below one nothing is alone; nor is a call that can be cancelled.
    pub fn take_alone(&self) -> bool {
        self.alone.load(Ordering::Relaxed)
            && self.alone.swap(false, Ordering::Relaxed)
            && self.canceller.is_none()
    }

    /// Remembers cookies in `store`, over all of its exchanges.
    #[must_use]
    pub fn with_cookie_store(mut self, store: Arc<dyn CookieStore>) -> Self {
        self.cookies = Some(store);
        self
    }

    /// Where its cookies are remembered: by the request's store (`:cookie-store`), or else the
    /// memory of the client, or of the call alone.
    #[must_use]
    pub fn cookie_store(&self) -> Option<&Arc<dyn CookieStore>> {
        self.cookies.as_ref()
    }

    /// Whether a transport may send a request again by itself, on a new connection because one
    /// that rested was closed: once a call, all of its hops and tries together. Asking takes it.
    pub fn take_resend(&self) -> bool {
        !self.resent().swap(true, Ordering::Relaxed)
    }

    /// Whether [`take_resend`](Call::take_resend) would still say yes.
    #[must_use]
    pub fn has_resend(&self) -> bool {
        !self.resent().load(Ordering::Relaxed)
    }

    fn resent(&self) -> &AtomicBool {
        self.whole
            .as_ref()
            .map_or(&self.resent, |whole| whole.resent())
    }

    /// Gives it a deadline `limit` from now (`:timeout`), unless it has an earlier one.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.deadline = self.bounded(limit, Timeout::Total);
        self
    }

    /// The same call with a deadline for one try of it (`:try-timeout`), unless it has an earlier
    /// one.
    #[must_use]
    pub fn trying_within(self: &Arc<Self>, limit: Duration) -> Self {
        Call {
            rt: self.rt.clone(),
            started: self.started,
            deadline: self.bounded(limit, Timeout::Try),
            canceller: self.canceller.clone(),
            cookies: self.cookies.clone(),
            resent: AtomicBool::new(false),
            alone: AtomicBool::new(false),
            whole: Some(self.clone()),
        }
    }

    /// The sooner of its deadline and another.
    fn bounded(&self, limit: Duration, hit: fn(Phase) -> Timeout) -> Option<Deadline> {
        let deadline = self
            .rt
            .now()
            .checked_add(limit)
            .map(|at| Deadline { at, limit, hit });
        match (self.deadline, deadline) {
            (Some(old), Some(new)) if old.at <= new.at => Some(old),
            (old, new) => new.or(old),
        }
    }

    /// Reads from each line of memory that it takes; see [`warm_up`](crate::Request::warm_up).
    pub(crate) fn warm_up(&self) -> usize {
        // First and last of what it has, and the runtime's word for itself.
        Arc::strong_count(&self.rt)
            ^ usize::from(self.deadline.is_some())
            ^ usize::from(self.cookies.is_some())
            ^ usize::from(self.resent.load(Ordering::Relaxed))
    }

    /// The runtime that drives it.
    #[must_use]
    pub fn rt(&self) -> &Arc<dyn Runtime> {
        &self.rt
    }

    /// When it began.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.started
    }

    /// How long it has been going on.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.rt.now().saturating_duration_since(self.started)
    }

    /// Until when it may go on.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline.map(|deadline| deadline.at)
    }

    /// Whether anything can end a wait from outside: a deadline or a canceller.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.deadline.is_some() || self.canceller.is_some()
    }

    /// Whether it can be cancelled from outside.
    #[must_use]
    pub fn has_canceller(&self) -> bool {
        self.canceller.is_some()
    }

    /// Waits for `op`: but no longer than `idle`, nor beyond the deadline, nor once cancelled.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled), or [`Timeout`](ErrorKind::Timeout) with the limit
    /// that was hit.
    pub async fn wait<T>(
        self: &Arc<Self>,
        phase: Phase,
        idle: Option<Duration>,
        op: impl Future<Output = T>,
    ) -> Result<T> {
        let mut op = std::pin::pin!(op);
        let mut wait = Wait::new(self.clone());
        std::future::poll_fn(|cx| wait.poll(cx, phase, idle, |cx| op.as_mut().poll(cx))).await
    }

    /// Sleeps, for middleware: ends early with the call's deadline or when it is cancelled.
    ///
    /// # Errors
    /// As [`wait`](Call::wait).
    pub async fn sleep(self: &Arc<Self>, time: Duration) -> Result<()> {
        let Some(until) = self.rt.now().checked_add(time) else {
            return self.wait(Phase::Retry, None, std::future::pending()).await;
        };
        self.wait(Phase::Retry, None, self.rt.sleep_until(until))
            .await
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("elapsed", &self.elapsed())
            .field("limit", &self.deadline.map(|deadline| deadline.limit))
            .finish_non_exhaustive()
    }
}

/// A place where a call waits, once or again and again, as for the pieces of a body.
///
/// Timers are armed only once the operation is pending, and one that is armed is kept for the
/// next wait: it then fires early, sees that there is time left, and is armed anew. A fast
/// exchange therefore costs one timer, however many times it waits.
pub struct Wait {
    call: Arc<Call>,
    /// When the present wait began, once it is pending.
    since: Option<Instant>,
    alarm: Alarm,
    registered: Option<u64>,
}

/// A timer that was armed for a [`Wait`], for another to go on with: a connection that is kept
/// keeps it too, and then even a call costs no timer of its own.
#[derive(Default)]
pub struct Alarm(Option<(Instant, SyncWrapper<BoxFuture<'static, ()>>)>);

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Alarm")
            .field(&self.0.as_ref().map(|(at, _)| at))
            .finish()
    }
}

impl Wait {
    /// A place that waits on behalf of `call`.
    #[must_use]
    pub fn new(call: Arc<Call>) -> Self {
        Wait::with(call, Alarm::default())
    }

    /// A place that waits on behalf of `call`, with a timer of an earlier one on the same
    /// driver.
    #[must_use]
    pub fn with(call: Arc<Call>, alarm: Alarm) -> Self {
        Wait {
            call,
            since: None,
            alarm,
            registered: None,
        }
    }

    /// The timer that is armed, for the next call; the blocking driver's stay with their thread.
    pub fn take_alarm(&mut self) -> Alarm {
        match self.call.rt.driver() {
            DriverId::BLOCKING => Alarm::default(),
            _ => std::mem::take(&mut self.alarm),
        }
    }

    /// The call.
    #[must_use]
    pub fn call(&self) -> &Arc<Call> {
        &self.call
    }

    /// Polls `op`. The idle limit begins anew after every answer of it.
    ///
    /// # Errors
    /// As [`Call::wait`].
    pub fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        phase: Phase,
        idle: Option<Duration>,
        op: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T>> {
        if let Some(canceller) = &self.call.canceller {
            // Registering first: a cancel between the look and the registration is not lost.
            canceller.0.register(&mut self.registered, cx.waker());
            if canceller.is_cancelled() {
                return Poll::Ready(Err(cancelled(phase)));
            }
        }
        // Where there is always more, nothing would ever be pending, and no timer looked at.
        if let (Some(total), Phase::Send | Phase::Body) = (self.call.deadline, phase)
            && self.call.rt.now() >= total.at
        {
            return Poll::Ready(Err(self.expired(phase, None, total.at)));
        }
        if let Poll::Ready(value) = op(cx) {
            self.since = None;
            return Poll::Ready(Ok(value));
        }
        self.poll_timer(cx, phase, idle).map(Err)
    }

    /// Lets `op` hold up the thread, for a call that is [`alone`](Call::alone): it gets the time
    /// until which it may. What it does not bring, [`poll`](Wait::poll) goes on waiting for, with
    /// limits that count from `now`.
    pub fn block<T>(
        &mut self,
        idle: Option<Duration>,
        now: Instant,
        op: impl FnOnce(Option<Instant>) -> Option<T>,
    ) -> Option<T> {
        let idle_end = idle.and_then(|idle| now.checked_add(idle));
        let value = op(idle_end.into_iter().chain(self.call.deadline()).min());
        self.since = value.is_none().then_some(now);
        value
    }

    fn poll_timer(
        &mut self,
        cx: &mut Context<'_>,
        phase: Phase,
        idle: Option<Duration>,
    ) -> Poll<Error> {
        if idle.is_none() && self.call.deadline.is_none() {
            return Poll::Pending;
        }
        let since = *self.since.get_or_insert_with(|| self.call.rt.now());
        let idle_end = idle.and_then(|idle| since.checked_add(idle));
        let total_end = self.call.deadline();
        let Some(end) = idle_end.into_iter().chain(total_end).min() else {
            return Poll::Pending;
        };
        loop {
            match &mut self.alarm.0 {
                Some((at, timer)) if *at <= end => ready!(timer.get_mut().as_mut().poll(cx)),
                alarm => {
                    let timer = self.call.rt.sleep_until(end);
                    *alarm = Some((end, SyncWrapper::new(timer)));
                    continue;
                }
            }
            self.alarm.0 = None;
            let now = self.call.rt.now();
            if now >= end {
                return Poll::Ready(self.expired(phase, idle, since));
            }
        }
    }

    /// The error of a limit that was hit without this place's help, as by a socket that blocks
    /// until a time of its own; `since` is when that wait began.
    #[must_use]
    pub fn expired(&self, phase: Phase, idle: Option<Duration>, since: Instant) -> Error {
        let end = idle.and_then(|idle| since.checked_add(idle));
        match self.call.deadline {
            Some(total) if end.is_none_or(|end| total.at <= end) => {
                // It began when there was as much time left as it allows.
                let begun = total.at.checked_sub(total.limit);
                let now = self.call.rt.now();
                let elapsed = begun.map_or(total.limit, |at| now.saturating_duration_since(at));
                Error::timeout((total.hit)(phase), total.limit, elapsed)
            }
            _ => Error::timeout(
                match phase {
                    Phase::Pool => Timeout::Pool,
                    Phase::Dns | Phase::Connect | Phase::Tls => Timeout::Connect,
                    phase => Timeout::Idle(phase),
                },
                idle.unwrap_or_default(),
                self.call.rt.now().saturating_duration_since(since),
            ),
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let (Some(canceller), Some(id)) = (&self.call.canceller, self.registered) {
            canceller.0.wakers().retain(|(other, _)| *other != id);
        }
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

fn cancelled(phase: Phase) -> Error {
    Error::new(
        ErrorKind::Cancelled,
        format!("cancelled while {}", phase.doing()),
    )
}

/// Cancels calls, from any thread: what a request is given as `cancel`, and clones of it.
///
/// ```
/// let canceller = courser_core::Canceller::new();
/// let other = canceller.clone();
/// other.cancel();
/// assert!(canceller.is_cancelled());
/// ```
#[derive(Clone, Default)]
pub struct Canceller(Arc<Cancel>);

#[derive(Default)]
struct Cancel {
    done: AtomicBool,
    wakers: Mutex<Vec<(u64, Waker)>>,
    next: std::sync::atomic::AtomicU64,
}

impl Cancel {
    fn wakers(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Waker)>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn register(&self, id: &mut Option<u64>, waker: &Waker) {
        let mut wakers = self.wakers();
        let id = *id.get_or_insert_with(|| self.next.fetch_add(1, Ordering::Relaxed));
        match wakers.iter_mut().find(|(other, _)| *other == id) {
            Some((_, old)) => old.clone_from(waker),
            None => wakers.push((id, waker.clone())),
        }
    }
}

impl Canceller {
    /// One that has not cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Canceller::default()
    }

    /// Cancels: calls that have it fail with [`Cancelled`](ErrorKind::Cancelled) wherever they
    /// wait, and their connections are closed. Once done it stays done.
    pub fn cancel(&self) {
        self.0.done.store(true, Ordering::SeqCst);
        let wakers = std::mem::take(&mut *self.0.wakers());
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    /// Whether it has cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.done.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canceller(cancelled: {})", self.is_cancelled())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt::Clock;
    use crate::testing::{FakeRt, now};
    use std::future::pending;

    const MS: Duration = Duration::from_millis(1);

    /// The error of a wait that never ends by itself, with the clock moved on at every sleep.
    fn fails(total: Option<Duration>, phase: Phase, idle: Option<Duration>) -> Error {
        let mut call = Call::new(FakeRt::runtime());
        if let Some(total) = total {
            call = call.within(total);
        }
        now(Arc::new(call).wait(phase, idle, pending::<()>())).unwrap_err()
    }

    #[test]
    fn the_earlier_limit_ends_the_wait_and_is_named() {
        fn check(error: &Error, kind: Timeout, says: &str) {
            assert_eq!(error.kind(), ErrorKind::Timeout(kind));
            assert!(error.to_string().contains(says), "{error}");
        }
        check(
            &fails(None, Phase::Head, Some(5 * MS)),
            Timeout::Idle(Phase::Head),
            "timed out while waiting for the response [limit: 5ms (:socket-timeout), elapsed: 5 ms]",
        );
        check(
            &fails(Some(9 * MS), Phase::Body, Some(5 * MS)),
            Timeout::Idle(Phase::Body),
            "5ms",
        );
        check(
            &fails(Some(3 * MS), Phase::Body, Some(5 * MS)),
            Timeout::Total(Phase::Body),
            "limit: 3ms (:timeout)",
        );
        check(
            &fails(Some(3 * MS), Phase::Head, None),
            Timeout::Total(Phase::Head),
            "while waiting for the response",
        );
        check(
            &fails(None, Phase::Pool, Some(MS)),
            Timeout::Pool,
            ":connection-request-timeout",
        );
        check(
            &fails(None, Phase::Tls, Some(MS)),
            Timeout::Connect,
            ":connection-timeout",
        );
    }

    #[test]
    fn a_deadline_only_becomes_earlier() {
        let check = |limit, expected| {
            let call = || Call::new(FakeRt::runtime()).within(5 * MS);
            for later in [call().within(limit), Arc::new(call()).trying_within(limit)] {
                assert_eq!(later.deadline().unwrap() - later.started(), expected);
            }
        };
        check(9 * MS, 5 * MS);
        check(2 * MS, 2 * MS);
        check(Duration::MAX, 5 * MS);
    }

    #[test]
    fn hops_and_tries_share_one_resend() {
        let call = Arc::new(Call::new(FakeRt::runtime()));
        let tries = [call.trying_within(MS), call.trying_within(2 * MS)];
        assert!(call.has_resend() && tries.iter().any(Call::take_resend));
        assert!(!call.has_resend() && !call.take_resend() && !tries.iter().any(Call::take_resend));
        assert!(Call::new(FakeRt::runtime()).take_resend());
    }

    #[test]
    fn alone_is_taken_once_and_not_where_it_can_be_cancelled() {
        let call = || Call::new(FakeRt::runtime());
        let alone = Arc::new(call().alone());
        assert!(!alone.trying_within(MS).take_alone());
        assert!(alone.take_alone() && !alone.take_alone());
        assert!(!call().take_alone());
        assert!(!call().alone().cancelled_by(Canceller::new()).take_alone());
    }

    #[test]
    fn what_may_hold_up_the_thread_is_told_until_when() {
        let rt = Arc::new(FakeRt::default());
        let start = rt.now();
        let check = |total: Option<Duration>, idle: Option<Duration>, until: Option<Duration>| {
            let call = Call::new(rt.clone());
            let call = total.into_iter().fold(call, Call::within);
            let mut wait = Wait::new(Arc::new(call));
            let told = wait.block(idle, start, Some);
            assert_eq!(told, Some(until.map(|until| start + until)));
        };
        check(None, None, None);
        check(None, Some(5 * MS), Some(5 * MS));
        check(Some(3 * MS), Some(5 * MS), Some(3 * MS));
        check(Some(7 * MS), None, Some(7 * MS));
        // Where it brings nothing, the limit goes on from there.
        let mut wait = Wait::new(Arc::new(Call::new(rt.clone())));
        assert_eq!(wait.block(Some(5 * MS), start, |_| None::<()>), None);
        rt.advance(5 * MS);
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(Err(error)) =
            wait.poll(&mut cx, Phase::Head, Some(5 * MS), |_| Poll::<()>::Pending)
        else {
            panic!("the limit began anew")
        };
        assert_eq!(error.kind(), ErrorKind::Timeout(Timeout::Idle(Phase::Head)));
    }

    #[test]
    fn the_operation_wins_over_a_deadline_that_has_passed() {
        let call = Arc::new(Call::new(FakeRt::runtime()).within(Duration::ZERO));
        assert_eq!(now(call.wait(Phase::Head, None, async { 7 })).unwrap(), 7);
    }

    #[test]
    fn not_over_one_that_streams() {
        let late = Arc::new(Call::new(FakeRt::runtime()).within(Duration::ZERO));
        for phase in [Phase::Send, Phase::Body] {
            let error = now(late.wait(phase, None, async { 7 })).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout(Timeout::Total(phase)));
        }
    }

    #[test]
    fn an_idle_limit_begins_anew_with_every_answer() {
        let rt = Arc::new(FakeRt::default());
        let call = Arc::new(Call::new(rt.clone()));
        let mut wait = Wait::new(call);
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..5 {
            // Pending at first, then 4 of the 5 ms go by, then the answer.
            assert!(rt.frozen(|| wait.poll(&mut cx, Phase::Body, Some(5 * MS), |_| Poll::<()>::Pending)).is_pending());
            rt.advance(4 * MS);
            assert!(
                wait.poll(&mut cx, Phase::Body, Some(5 * MS), |_| Poll::Ready(()))
                    .is_ready()
            );
        }
    }

    #[test]
    fn cancelling_comes_first_and_wakes() {
        let canceller = Canceller::new();
        let call = Arc::new(Call::new(FakeRt::runtime()).cancelled_by(canceller.clone()));
        let count = Arc::new(crate::testing::CountWaker::default());
        let waker = Waker::from(count.clone());
        let mut cx = Context::from_waker(&waker);
        {
            let mut wait = std::pin::pin!(call.wait(Phase::Head, None, pending::<()>()));
            assert!(wait.as_mut().poll(&mut cx).is_pending());
            assert!(wait.as_mut().poll(&mut cx).is_pending());
            assert_eq!(canceller.0.wakers().len(), 1);
            canceller.cancel();
            assert_eq!(count.get(), 1);
            let Poll::Ready(Err(error)) = wait.as_mut().poll(&mut cx) else {
                panic!("still waits")
            };
            assert_eq!(error.kind(), ErrorKind::Cancelled);
        }
        assert_eq!(
            canceller.0.wakers().len(),
            0,
            "a wait that is over leaves no waker"
        );
        let error = now(call.wait(Phase::Head, None, async {})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cancelled while waiting for the response"
        );
    }
}
