//! How a request that failed is sent again, as data.

use std::time::Duration;

/// How a request that failed is sent again (`:retry`), as data; an options group. Without it hold
/// the rules of Apache's client: up to three times, at once, and only when the connection of an
/// idempotent request broke.
///
/// With it, a request is sent again after a passing failure (the connection broke, could not be
/// made, or a limit of time was hit) and after one of the [`statuses`](Retry::statuses), with
/// growing pauses between. Only where that does no harm: when its method is idempotent (RFC 9110,
/// 9.2.2), when it has an `Idempotency-Key`, when it [is said to be](Retry::idempotent), or when it
/// never got out because there was no connection. And only if its body can be sent again: bytes, a
/// file, a [factory](crate::Body::factory), but not a stream. What came of an answer's body is
/// never taken back.
///
/// With a [`RetryHandler`](crate::RetryHandler) beside it, that one decides after which failures;
/// pauses, statuses, the budget and the most retries are still those said here.
///
/// ```
/// use std::time::Duration;
/// use courser_core::Retry;
///
/// let patient = Retry::new()
///     .max(5)
///     .backoff(Duration::from_millis(200), Duration::from_secs(20))
///     .statuses([429, 503]);
/// assert_eq!(patient.pause(1, 1.0), Duration::from_millis(200));
/// assert_eq!(patient.pause(9, 1.0), Duration::from_secs(20));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Retry {
    /// How often it is sent again at most (`:max`). *Default:* 3.
    pub max: u32,
    /// The longest pause before the first retry (`:backoff {:base …}`); it doubles with each.
    /// *Default:* 100 ms.
    pub base: Duration,
    /// The longest pause before any (`:backoff {:cap …}`). *Default:* 10 s.
    pub cap: Duration,
    /// Whether pauses are drawn evenly from nothing to their longest ("full jitter"), so that
    /// clients which failed together do not come back together (`:backoff {:jitter …}`).
    /// *Default:* true.
    pub jitter: bool,
    /// The statuses after which it is sent again (`:statuses`). *Default:* 408, 425, 429, 502, 503
    /// and 504.
    pub statuses: Vec<u16>,
    /// The longest pause that a server may ask for by `Retry-After` (`:retry-after`), in place of
    /// one of our own; when it asks for more, its answer is the response. `None` heeds none.
    /// *Default:* 60 s.
    pub retry_after: Option<Duration>,
    /// What the retries of all requests of a client share (`:budget`); a client made from another has
    /// its own. *Default:* 0.2 and 10.
    pub budget: Option<RetryBudget>,
    /// How long one try may take, the body of its answer included (`:try-timeout`). *Default:* no
    /// limit of its own.
    pub try_timeout: Option<Duration>,
    /// That sending it twice has the effect of sending it once, whatever its method
    /// (`:idempotent`). *Default:* false.
    pub idempotent: bool,
}

/// How many retries a client may make, all of its requests together: so many for each request,
/// saved up to `burst`. When it is used up, failures are final until more requests were made: a
/// server that is down is asked `1 + ratio` times as often as usual, not `1 + max` times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryBudget {
    /// Retries for each request, from 0 to 1000 (`:ratio`).
    pub ratio: f64,
    /// How many are there at first, and at most (`:burst`).
    pub burst: u32,
}

impl Default for RetryBudget {
    fn default() -> Self {
        RetryBudget {
            ratio: 0.2,
            burst: 10,
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Retry {
            max: 3,
            base: Duration::from_millis(100),
            cap: Duration::from_secs(10),
            jitter: true,
            statuses: vec![408, 425, 429, 502, 503, 504],
            retry_after: Some(Duration::from_secs(60)),
            budget: Some(RetryBudget::default()),
            try_timeout: None,
            idempotent: false,
        }
    }
}

impl Retry {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Retry::default()
    }

    /// Sends it again so often at most; 0 is never.
    pub fn max(mut self, max: u32) -> Self {
        self.max = max;
        self
    }

    /// The longest pause before the first retry, and before any.
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        (self.base, self.cap) = (base, cap);
        self
    }

    /// Whether pauses are drawn by lot.
    pub fn jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// The statuses after which it is sent again.
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.statuses = statuses.into_iter().collect();
        self
    }

    /// The longest pause that a server may ask for; `None` heeds none.
    pub fn retry_after(mut self, longest: impl Into<Option<Duration>>) -> Self {
        self.retry_after = longest.into();
        self
    }

    /// What the retries of all requests of a client share; `None` for no such limit.
    pub fn budget(mut self, budget: impl Into<Option<RetryBudget>>) -> Self {
        self.budget = budget.into();
        self
    }

    /// How long one try may take.
    pub fn try_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.try_timeout = limit.into();
        self
    }

    /// Says that sending it twice does no harm, whatever its method.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// The pause before the `retry`th retry (from 1), where `lot`, from 0 to 1, is what was drawn.
    #[must_use]
    pub fn pause(&self, retry: u32, lot: f64) -> Duration {
        let doubled = 1_u32.checked_shl(retry.saturating_sub(1));
        let longest = doubled.map_or(self.cap, |by| self.base.saturating_mul(by).min(self.cap));
        if self.jitter && (0.0..1.0).contains(&lot) {
            longest.mul_f64(lot)
        } else {
            longest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap() {
        fn check(retry: u32, lot: f64, expected: u64) {
            let plan = Retry::new().backoff(Duration::from_millis(100), Duration::from_secs(1));
            assert_eq!(plan.pause(retry, lot), Duration::from_millis(expected));
        }
        check(1, 1.0, 100);
        check(2, 1.0, 200);
        check(4, 1.0, 800);
        check(5, 1.0, 1000);
        check(32, 1.0, 1000);
        check(33, 1.0, 1000);
        check(u32::MAX, 1.0, 1000);
        check(2, 0.5, 100);
        check(2, 0.0, 0);
        // No lot at all.
        check(2, f64::NAN, 200);
        check(2, -1.0, 200);
        let sharp = Retry::new().jitter(false);
        assert_eq!(sharp.pause(1, 0.5), Duration::from_millis(100));
        let long = Retry::new().backoff(Duration::MAX, Duration::MAX);
        assert_eq!(long.pause(40, 2.0), Duration::MAX);
        assert!(long.pause(40, 0.999) < Duration::MAX);
    }
}
