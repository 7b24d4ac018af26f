//! A request that waits for its connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use courser_core::{BoxFuture, Connect, Limits, Request, Response, Result};

use crate::manager::{Leased, Leasing};
use crate::reusable::Reusable;

/// The future of an exchange. Thousands may wait: then all that there is of one is here, and all
/// that comes later is made when it comes.
pub(crate) struct Exchange {
    manager: Arc<Reusable>,
    step: Step,
}

#[allow(clippy::large_enum_variant)] // it is in a box already
enum Step {
    Waits(Request, Leasing),
    /// It connects, or is sent.
    Runs(BoxFuture<'static, Result<Response>>),
    Over,
}

impl Exchange {
    pub(crate) fn new(manager: Arc<Reusable>, to: Connect, req: Request) -> Self {
        let limit = Limits::of(&req.options).pool;
        let leasing = manager.0.leasing(to, limit, &req.call);
        Exchange {
            manager,
            step: Step::Waits(req, leasing),
        }
    }
}

impl Future for Exchange {
    type Output = Result<Response>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Exchange { manager, step } = self.get_mut();
        if let Step::Waits(req, leasing) = step {
            if leasing.has_waited() {
                req.warm_up();
            }
            let to = || Connect::of(req);
            let leased = ready!(manager.0.poll_lease(cx, leasing, &req.call, to));
            let Step::Waits(req, _) = std::mem::replace(step, Step::Over) else {
                return Poll::Pending; // it waits, as was just seen
            };
            *step = Step::Runs(match leased {
                Ok(Leased::Conn(conn, lease)) => conn.send(lease, req),
                Ok(Leased::Room(room, waited)) => {
                    let manager = manager.clone();
                    Box::pin(async move {
                        let to = Connect::of(&req);
                        let connecting = manager.0.connect(to, room, &req.call, waited);
                        let (conn, lease) = connecting
                            .await
                            .map_err(|error| error.during(&req.method, &req.url))?;
                        conn.send(lease, req).await
                    })
                }
                Err(error) => return Poll::Ready(Err(error.during(&req.method, &req.url))),
            });
        }
        match step {
            Step::Runs(running) => running.as_mut().poll(cx),
            Step::Waits(..) | Step::Over => Poll::Pending, // it was ready before
        }
    }
}
