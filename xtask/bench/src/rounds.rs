//! Clients in turn, round after round, so that what else the machine does meets all of them.

use std::time::{Duration, Instant};

use anyhow::Result;
use courser_testkit::{process_cpu_time, thread_cpu_time};

/// One stretch of requests.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// How many they were.
    pub requests: u64,
    /// The processor time they took: of the calling thread, or of the process.
    pub cpu: Duration,
    /// The time they took.
    pub wall: Duration,
}

impl Stretch {
    /// Microseconds of CPU a request.
    pub fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.requests as f64
    }

    /// Requests a second.
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.wall.as_secs_f64()
    }
}

/// Sends requests for that long, at least one; counts the processor time of the calling thread.
///
/// # Errors
/// That of the first request that failed.
pub fn stretch(time: Duration, mut request: impl FnMut() -> Result<()>) -> Result<Stretch> {
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

/// One request after the other.
///
/// # Errors
/// That of the first request that failed.
pub fn timed(time: Duration, mut request: impl FnMut() -> Result<()>) -> Result<Stretch> {
    let (start, cpu) = (Instant::now(), process_cpu_time());
    let mut requests = 0;
    while requests == 0 || start.elapsed() < time {
        request()?;
        requests += 1;
    }
    Ok(Stretch {
        requests,
        cpu: process_cpu_time().saturating_sub(cpu),
        wall: start.elapsed(),
    })
}

/// So many tasks, each one request after the other.
///
/// # Errors
/// That of a request that failed.
pub fn tasks<F>(
    rt: &tokio::runtime::Runtime,
    time: Duration,
    count: usize,
    request: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> Result<Stretch>
where
    F: Future<Output = Result<()>> + Send,
{
    let (start, cpu) = (Instant::now(), process_cpu_time());
    let requests = rt.block_on(async {
        let all: Vec<_> = (0..count)
            .map(|_| {
                let request = request.clone();
                tokio::spawn(async move {
                    let mut done = 0;
                    while done == 0 || start.elapsed() < time {
                        request().await?;
                        done += 1;
                    }
                    Ok::<u64, anyhow::Error>(done)
                })
            })
            .collect();
        let mut requests = 0;
        // From the last: each that is waited for wakes this thread as it ends.
        for task in all.into_iter().rev() {
            requests += task.await??;
        }
        Ok::<u64, anyhow::Error>(requests)
    })?;
    Ok(Stretch {
        requests,
        cpu: process_cpu_time().saturating_sub(cpu),
        wall: start.elapsed(),
    })
}

/// So many threads, each one request after the other.
///
/// # Errors
/// That of a request that failed.
pub fn threads(
    time: Duration,
    count: usize,
    request: impl Fn() -> Result<()> + Sync,
) -> Result<Stretch> {
    let (start, cpu) = (Instant::now(), process_cpu_time());
    let requests = std::thread::scope(|scope| {
        let work = || {
            let mut done = 0;
            while done == 0 || start.elapsed() < time {
                request()?;
                done += 1;
            }
            Ok::<u64, anyhow::Error>(done)
        };
        let all: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
        let mut requests = 0;
        for thread in all {
            requests += thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))??;
        }
        Ok::<u64, anyhow::Error>(requests)
    })?;
    Ok(Stretch {
        requests,
        cpu: process_cpu_time().saturating_sub(cpu),
        wall: start.elapsed(),
    })
}

/// The value at quantile `q`, by nearest rank.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[allow(clippy::cast_sign_loss)] // both factors are positive
    let rank = ((sorted.len().saturating_sub(1)) as f64 * q).round() as usize;
    sorted.get(rank).copied().unwrap_or(f64::NAN)
}
