//! Clients in turn, round after round, so that what else the machine does meets all of them.

use std::time::{Duration, Instant};

use anyhow::Result;
use courser_testkit::thread_cpu_time;

/// One stretch of requests.
pub(crate) struct Stretch {
    pub(crate) requests: u64,
    /// Of the calling thread, on which the client and its runtime run.
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

impl Stretch {
    /// Microseconds of CPU a request.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.requests as f64
    }

    /// Requests a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.wall.as_secs_f64()
    }
}

/// Sends requests for that long, at least one.
pub(crate) fn stretch(time: Duration, mut request: impl FnMut() -> Result<()>) -> Result<Stretch> {
    let (start, cpu) = (Instant::now(), thread_cpu_time());
    let mut requests = 0;
    while requests == 0 || start.elapsed() < time {
        // The clock is asked once for ten requests: it is not what is measured.
        for _ in 0..10 {
            request()?;
        }
        requests += 10;
    }
    Ok(Stretch {
        requests,
        cpu: thread_cpu_time().saturating_sub(cpu),
        wall: start.elapsed(),
    })
}

/// The value at quantile `q`, by nearest rank.
pub(crate) fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[allow(clippy::cast_sign_loss)] // both factors are positive
    let rank = ((sorted.len().saturating_sub(1)) as f64 * q).round() as usize;
    sorted.get(rank).copied().unwrap_or(f64::NAN)
}
