//! The sockets that an executor waits for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::Socket;

use super::fd::Fd;
use crate::signal::{Signal, park};

/// What a socket is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// The sockets of one thread's executors. A registration stays until its socket is ready, or it
/// is taken away; then it wakes its waker, so that futures which only poll children that were
/// woken see it too.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    entries: Vec<Entry>,
    /// Whether the thread is in `poll(2)`.
    polling: bool,
    /// The read that may block: see [`Registry::grant`].
    granted: Option<u64>,
}

#[derive(Debug)]
struct Entry {
    key: u64,
    /// Shared, so that it outlives the `poll(2)` that waits for it.
    socket: Arc<Fd<Socket>>,
    direction: Direction,
    /// Whether it may be granted to block.
    lone: bool,
    waker: Waker,
}

/// How it stands with a registration.
pub(crate) enum Standing {
    /// It still waits.
    Waits,
    /// The read may block: nothing else is waited for. It is told once.
    Granted,
    /// It has fired.
    Fired,
}

/// Used for what must end by itself: where there is no pipe to wake by, or no `poll(2)`.
const GLANCE: Duration = Duration::from_millis(10);
/// Some systems count in milliseconds, and not far.
const LONGEST: Duration = Duration::from_secs(3600);

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(
        &self,
        socket: &Arc<Fd<Socket>>,
        direction: Direction,
        lone: bool,
        waker: &Waker,
    ) -> u64 {
        let mut this = self.lock();
        let key = this.next;
        this.next += 1;
        this.entries.push(Entry {
            key,
            socket: socket.clone(),
            direction,
            lone,
            waker: waker.clone(),
        });
        key
    }

    /// Gives a registration another waker; `false` if it has fired already.
    pub(crate) fn renew(&self, key: u64, waker: &Waker) -> bool {
        let mut this = self.lock();
        let Some(entry) = this.entries.iter_mut().find(|entry| entry.key == key) else {
            return false;
        };
        if entry.waker.will_wake(waker) {
            return true;
        }
        let old = std::mem::replace(&mut entry.waker, waker.clone());
        drop(this);
        drop(old); // out of the lock: it may be the last hold on a task
        true
    }

    /// Takes a registration away, if it has not fired. Says whether the thread waits for it in
    /// this moment, and so has to be woken to let go of the socket.
    pub(crate) fn remove(&self, key: u64) -> bool {
        let mut this = self.lock();
        let at = this.entries.iter().position(|entry| entry.key == key);
        let entry = at.map(|at| this.entries.swap_remove(at));
        let polling = this.polling && entry.is_some();
        drop(this);
        drop(entry);
        polling
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().entries.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// If all that is waited for is one read that may block, and `alone` says so of its waker:
    /// lets it, when it is polled next. It is not woken; whoever asks polls it.
    pub(crate) fn grant(&self, alone: impl FnOnce(&Waker) -> bool) -> bool {
        let mut this = self.lock();
        match this.entries.as_slice() {
            [entry] if entry.lone && alone(&entry.waker) => {}
            _ => return false,
        }
        let entry = this.entries.pop();
        this.granted = entry.as_ref().map(|entry| entry.key);
        drop(this);
        drop(entry);
        true
    }

    /// How it stands with a registration, which is given another waker.
    pub(crate) fn ask(&self, key: u64, waker: &Waker) -> Standing {
        let mut this = self.lock();
        if this.granted == Some(key) {
            this.granted = None;
            let alone = this.entries.is_empty();
            return if alone {
                Standing::Granted
            } else {
                Standing::Fired
            };
        }
        drop(this);
        if self.renew(key, waker) {
            Standing::Waits
        } else {
            Standing::Fired
        }
    }

    /// Waits until a socket is ready, the thread is woken, or a time has come; fires what is
    /// ready.
    pub(crate) fn wait(&self, signal: &Signal, until: Option<Instant>) {
        let sockets: Vec<(u64, Arc<Fd<Socket>>, PollFlags)> = {
            let mut this = self.lock();
            this.polling = true;
            let flags = |direction| match direction {
                Direction::Read => PollFlags::IN,
                Direction::Write => PollFlags::OUT,
            };
            let entries = this.entries.iter();
            entries
                .map(|entry| (entry.key, entry.socket.clone(), flags(entry.direction)))
                .collect()
        };
        let mut fds: Vec<PollFd<'_>> = sockets
            .iter()
            .map(|(_, socket, flags)| PollFd::new(&socket.0, *flags))
            .collect();
        let pipe = signal.pipe.listen();
        fds.extend(pipe.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        // After `listen`: a wake that came before is seen here, and one that comes later rings.
        let timeout = if signal.is_set() {
            Duration::ZERO
        } else {
            let most = if pipe.is_some() { LONGEST } else { GLANCE };
            let left = until.map(|at| at.saturating_duration_since(Instant::now()));
            left.map_or(most, |left| left.min(most))
        };
        super::sys::note("poll");
        let polled = poll(&mut fds, Timespec::try_from(timeout).ok().as_ref());

        let failed = polled.is_err_and(|error| error != Errno::INTR);
        let heard = fds.get(sockets.len()).is_some_and(is_ready);
        signal.pipe.ignore(heard);
        let ready: Vec<u64> = sockets
            .iter()
            .zip(&fds)
            .filter(|(_, fd)| failed || (polled.is_ok() && is_ready(fd)))
            .map(|((key, ..), _)| *key)
            .collect();
        drop(fds);
        drop(sockets);
        if failed {
            // The system is short of something. All look for themselves, at a pace that leaves
            // others some air.
            park(Some(Instant::now() + GLANCE));
        }
        let mut this = self.lock();
        this.polling = false;
        let fired: Vec<Entry> = this
            .entries
            .extract_if(.., |entry| ready.contains(&entry.key))
            .collect();
        drop(this);
        for entry in fired {
            entry.waker.wake();
        }
    }

    /// Fires all, ready or not: their executor ends, and they have to find another.
    pub(crate) fn orphan(&self) {
        let all = {
            let mut this = self.lock();
            this.granted = None;
            if this.entries.is_empty() {
                return; // and its room stays
            }
            std::mem::take(&mut this.entries)
        };
        for entry in all {
            entry.waker.wake();
        }
    }
}

fn is_ready(fd: &PollFd<'_>) -> bool {
    !fd.revents().is_empty()
}
