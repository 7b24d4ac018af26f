//! What is left of a budget of retries.

use std::sync::{Mutex, PoisonError};

use super::RetryBudget;

/// What is left of the [budget](super::Retry::budget) that the requests of a client share: a token
/// bucket that is filled by requests and emptied by retries, so that it needs no clock. It is full
/// at first.
///
/// ```
/// use courser_core::{RetryBucket, RetryBudget};
///
/// let (bucket, budget) = (RetryBucket::default(), RetryBudget { ratio: 0.5, burst: 1 });
/// assert!(bucket.take(budget) && !bucket.take(budget));
/// bucket.fill(budget);
/// assert!(!bucket.take(budget));
/// bucket.fill(budget);
/// assert!(bucket.take(budget));
/// ```
#[derive(Debug, Default)]
pub struct RetryBucket(Mutex<Option<f64>>);

impl RetryBucket {
    /// A request is made.
    pub fn fill(&self, budget: RetryBudget) {
        self.change(budget, |tokens| {
            let ratio = if budget.ratio.is_finite() {
                budget.ratio
            } else {
                0.0
            };
            *tokens = (*tokens + ratio.clamp(0.0, 1000.0)).min(budget.burst.into());
        });
    }

    /// A retry is wanted. Tells whether it may be made.
    pub fn take(&self, budget: RetryBudget) -> bool {
        self.change(budget, |tokens| {
            let enough = *tokens >= 1.0;
            if enough {
                *tokens -= 1.0;
            }
            enough
        })
    }

    fn change<T>(&self, budget: RetryBudget, change: impl FnOnce(&mut f64) -> T) -> T {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(tokens.get_or_insert(budget.burst.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_not_multiplied() {
        let budget = RetryBudget {
            ratio: 0.25,
            burst: 2,
        };
        let bucket = RetryBucket::default();
        let mut retries = 0;
        for _ in 0..100 {
            bucket.fill(budget);
            for _ in 0..3 {
                retries += u32::from(bucket.take(budget));
            }
        }
        // Those that were saved, and one for each four requests; it was full at first.
        assert_eq!(retries, 2 + 24);
        // It fills up to the burst, and no further.
        for _ in 0..100 {
            bucket.fill(budget);
        }
        let mut taken = 0;
        while bucket.take(budget) {
            taken += 1;
        }
        assert_eq!(taken, 2);
    }

    #[test]
    fn strange_budgets() {
        for ratio in [f64::NAN, f64::INFINITY, -1.0] {
            let budget = RetryBudget { ratio, burst: 1 };
            let bucket = RetryBucket::default();
            assert!(bucket.take(budget));
            bucket.fill(budget);
            assert!(!bucket.take(budget));
        }
        let none = RetryBudget {
            ratio: 5.0,
            burst: 0,
        };
        let bucket = RetryBucket::default();
        bucket.fill(none);
        assert!(!bucket.take(none));
    }
}
