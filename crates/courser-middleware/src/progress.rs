//! The stage `progress`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use courser_core::{Body, Bytes, Hook, Reading, Request, Response, Result, Sent, Wants};
use futures_core::Stream;

/// How far a body has come.
///
/// Bytes are counted as they are in the message: of a compressed body those that are sent or
/// come, so that a `Content-Length` is their total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Which body it is.
    pub direction: Direction,
    /// The bytes so far: handed to the transport, or come from it.
    pub bytes: u64,
    /// How many it will be in the end, where that is known. It always is at the end.
    pub total: Option<u64>,
}

/// Which way a body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Out: the body of the request.
    Upload,
    /// In: the body of the response.
    Download,
}

/// A function that is told of [`Progress`] (`:progress`); an options group.
///
/// It is called where the body is read: it may not wait, and holds up the exchange while it runs.
#[derive(Clone)]
pub struct OnProgress(Arc<dyn Fn(Progress) + Send + Sync>);

impl OnProgress {
    /// That function.
    #[must_use]
    pub fn new(f: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        OnProgress(Arc::new(f))
    }

    /// Tells it.
    pub fn call(&self, progress: Progress) {
        (self.0)(progress);
    }
}

impl fmt::Debug for OnProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnProgress")
    }
}

/// Tells [`OnProgress`] of each piece of a body: up to 64 KiB of one that goes, as much as came at
/// once of one that comes, and at last of the end, if that was not known from the length.
///
/// Each try and each hop of a redirect begins at 0. Of the bodies of responses that are followed
/// or tried again nothing is told, nor of those without bytes. Stages below see the body of the
/// request as a stream.
#[derive(Debug)]
pub struct ProgressStage;

impl Hook for ProgressStage {
    fn name(&self) -> &'static str {
        "progress"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<OnProgress>()
    }

    fn wants_head(&self) -> Wants {
        Wants::option::<OnProgress>()
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        let Some(on) = req.options.get::<OnProgress>().cloned() else {
            return Ok(());
        };
        let mut reading = Reading::of(&req.options);
        reading.piecewise = true;
        req.options.set(reading);
        let size = req.body.size();
        if size == Some(0) {
            return Ok(());
        }
        let body = std::mem::take(&mut req.body)
            .through(move |body| Box::pin(Counted::new(body, Direction::Upload, size, on.clone())));
        req.body = match size {
            Some(size) => body.with_size(size),
            None => body,
        };
        Ok(())
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let size = res.body.size();
        if size == Some(0) {
            return Ok(());
        }
        if let Some(on) = sent.options.get::<OnProgress>().cloned() {
            res.body
                .wrap(move |body| Box::pin(Counted::new(body, Direction::Download, size, on)));
            if let Some(size) = size {
                res.body = std::mem::take(&mut res.body).with_size(size);
            }
        }
        Ok(())
    }
}

/// How much of a body that goes is counted at a time.
const STEP: usize = 64 * 1024;

struct Counted {
    body: Body,
    /// The rest of a piece that was larger than a step.
    rest: Bytes,
    progress: Progress,
    on: OnProgress,
}

impl Counted {
    fn new(body: Body, direction: Direction, total: Option<u64>, on: OnProgress) -> Self {
        Counted {
            body,
            rest: Bytes::new(),
            progress: Progress {
                direction,
                bytes: 0,
                total,
            },
            on,
        }
    }
}

impl Stream for Counted {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            match ready!(this.body.poll_piece(cx)) {
                Some(Ok(piece)) => this.rest = piece,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    if this.progress.total.is_none() {
                        this.progress.total = Some(this.progress.bytes);
                        this.on.call(this.progress);
                    }
                    return Poll::Ready(None);
                }
            }
        }
        let step = match this.progress.direction {
            Direction::Upload => this.rest.len().min(STEP),
            Direction::Download => this.rest.len(),
        };
        let piece = this.rest.split_to(step);
        this.progress.bytes += piece.len() as u64;
        this.on.call(this.progress);
        Poll::Ready(Some(Ok(piece)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::{FakeRt, now};
    use courser_core::{Call, Url};
    use std::sync::Mutex;

    /// What is told of a body that goes, or comes.
    fn told(body: Body, comes: bool) -> Vec<(u64, Option<u64>)> {
        let all = Arc::new(Mutex::new(Vec::new()));
        let seen = all.clone();
        let url = Url::parse("http://h/").unwrap();
        let mut req = Request::new(url.clone(), Arc::new(Call::new(FakeRt::runtime())));
        req.options.set(OnProgress::new(move |p| {
            assert_eq!(p.direction == Direction::Download, comes);
            seen.lock().unwrap().push((p.bytes, p.total));
        }));
        let mut body = if comes {
            let mut res = Response::new(url);
            res.body = body;
            let size = res.body.size();
            ProgressStage.head(&req.sent(), &mut res).unwrap();
            assert_eq!(res.body.size(), size);
            res.body
        } else {
            req.body = body;
            ProgressStage.request(&mut req).unwrap();
            assert!(Reading::of(&req.options).piecewise);
            req.body.start(&FakeRt::runtime()).unwrap()
        };
        now(body.collect(u64::MAX)).unwrap();
        std::mem::take(&mut all.lock().unwrap())
    }

    #[test]
    fn what_is_told() {
        #[track_caller]
        fn check(body: &Body, up: &[(u64, Option<u64>)], down: &[(u64, Option<u64>)]) {
            assert_eq!(told(body.clone(), false), up);
            assert_eq!(told(body.clone(), true), down);
        }
        let step = STEP as u64;
        check(&Body::empty(), &[], &[]);
        check(&"".into(), &[], &[]);
        check(&"abc".into(), &[(3, Some(3))], &[(3, Some(3))]);
        let total = Some(2 * step + 1);
        check(
            &vec![0; 2 * STEP + 1].into(),
            &[(step, total), (2 * step, total), (2 * step + 1, total)],
            &[(2 * step + 1, total)],
        );
        // Without a length the total is known at the end.
        let stream = || {
            Body::factory(|| {
                let pieces = ["a", "bc"].map(Ok::<_, std::io::Error>);
                Ok(Body::stream(futures_util::stream::iter(pieces)))
            })
        };
        let pieces = [(1, None), (3, None), (3, Some(3))];
        check(&stream(), &pieces, &pieces);
        let pieces = [(1, Some(3)), (3, Some(3))];
        check(&stream().with_size(3), &pieces, &pieces);
        let nothing = Body::factory(|| Ok(Body::reader(std::io::empty())));
        check(&nothing, &[(0, Some(0))], &[(0, Some(0))]);
    }
}
