//! Futures of `send()`, dropped after every number of polls.

use std::future::poll_fn;
use std::task::Poll;

use crate::cases::{self, Case, Run};
use crate::counts::{
    alone, closed_down_to, closed_down_to_soon, descriptors, nothing_leased, runtime, tell,
};

/// No request of ours is polled as often.
const MOST: usize = 5_000;

/// After so many polls one by one, larger steps do: what follows is more of the same body.
const EACH: usize = 80;

#[test]
fn dropped_at_every_poll() {
    let _alone = alone();
    let (mut kinds, mut dropped) = (0, 0);
    for make in [cases::native, cases::reqwest] {
        let before = descriptors();
        let all = make();
        kinds += all.len();
        // Their servers are up from here on, each with what it needs.
        let rt = runtime();
        for case in &all {
            rt.block_on(case.run()).unwrap();
        }
        drop(rt);
        for case in &all {
            dropped += give_up_everywhere(case);
        }
        drop(all);
        closed_down_to(before, "after the last client");
    }
    tell(&format!(
        "cancellation: {kinds} kinds of request, {dropped} futures dropped, 0 leases and 0 descriptors left"
    ));
}

/// Drops the request after no poll, after one, and so on until it ends before; how often.
fn give_up_everywhere(case: &Case) -> usize {
    let (rt, name) = (runtime(), case.name);
    rt.block_on(async {
        case.run()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        nothing_leased(&case.client, name);
        let before = descriptors();
        let (mut polls, mut dropped) = (0, 0);
        while polls < MOST {
            let what = format!("{name}, dropped after {polls} polls");
            if let Some(result) = polled(case.run(), polls).await {
                result.unwrap_or_else(|error| panic!("{what}: {error}"));
                return dropped;
            }
            dropped += 1;
            nothing_leased(&case.client, &what);
            let next = case.run().await;
            next.unwrap_or_else(|error| panic!("the next request after {what}: {error}"));
            nothing_leased(&case.client, &what);
            if case.exact {
                closed_down_to_soon(before, &what).await;
            }
            polls += if polls < EACH { 1 } else { EACH };
        }
        panic!("{name} is not at its end after {MOST} polls");
    })
}

/// Polls it so many times at most; what it came to, if it did.
async fn polled(mut future: Run, most: usize) -> Option<courser::Result<()>> {
    let mut left = most;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
