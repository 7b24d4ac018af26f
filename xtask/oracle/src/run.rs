//! Runs cases, each against a recorder of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use anyhow::{Context, Result};
use courser_testkit::Recorder;

use crate::case::{Case, Step};
use crate::client::{Ask, Client, Got};
use crate::compare::{Observation, Observed};
use crate::value::now;

/// The longest that a case may take. The slowest recorded one waits for a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs all of them on a few threads, and gives what was seen in the order of the cases.
pub fn run_all<C: Client + Send + 'static>(
    client: &Arc<C>,
    cases: &[Case],
) -> Result<Vec<Observation>> {
    let scratch = Scratch::new()?;
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get().min(8));
    let next = AtomicUsize::new(0);
    let seen: Vec<Mutex<Option<Observation>>> = cases.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        // Each turn takes a case, so there are as many turns as cases.
        while let Some((case, slot)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            cases.get(at).zip(seen.get(at))
        } {
            let folder = scratch.0.join(&case.id);
            let observation = run(client, case, folder);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(observation);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let seen = seen.into_iter().map(|slot| {
        let slot = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        slot.context("a case was not run")
    });
    seen.collect()
}

/// Runs one case. One that does not end is left behind, and its request fails as `hung`.
pub fn run<C: Client + Send + 'static>(
    client: &Arc<C>,
    case: &Case,
    scratch: PathBuf,
) -> Observation {
    let recorder = Arc::new(Recorder::start(case.script.clone()));
    let ports = [recorder.port(), recorder.port2()];
    let (tell, told) = mpsc::channel();
    {
        let (client, recorder) = (Arc::clone(client), Arc::clone(&recorder));
        let steps = case.steps.clone();
        std::thread::spawn(move || {
            let mut turns = Turns {
                ports,
                recorder,
                tell,
            };
            let ended = catch_unwind(AssertUnwindSafe(|| turns.run(&*client, &steps, &scratch)));
            if let Err(panic) = ended {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                turns.tell(
                    failure("panic", text.unwrap_or("no message")),
                    Stores::new(),
                );
            }
        });
    }
    // The thread lets go of its end when the session is over, so this ends with it, or with patience.
    let mut turns: Vec<Turn> = Vec::new();
    let mut hung = false;
    while let Some(turn) = match told.recv_timeout(PATIENCE) {
        Ok(turn) => Some(turn),
        Err(error) => {
            hung = error == mpsc::RecvTimeoutError::Timeout;
            None
        }
    } {
        turns.push(turn);
    }
    if hung {
        turns.push(Turn {
            got: failure("hung", "the request did not end"),
            exchanges: usize::MAX,
            cookie_stores: Stores::new(),
            at: now(),
        });
    }
    let recording = recorder.finish();
    let mut exchanges = recording.exchanges.into_iter();
    let mut before = 0;
    let last = turns.len();
    let steps = turns.into_iter().zip(1..).map(|(turn, number)| {
        // What is left belongs to the last: half a request may have been noted after its error was told.
        let count = if number == last {
            usize::MAX
        } else {
            turn.exchanges.saturating_sub(before)
        };
        before = turn.exchanges;
        Observed {
            got: turn.got,
            wire: exchanges.by_ref().take(count).collect(),
            cookie_stores: turn.cookie_stores,
            at: turn.at,
        }
    });
    let mut steps: Vec<Observed> = steps.collect();
    while steps.len() < case.steps.len() {
        steps.push(Observed {
            got: failure("not-run", "an earlier step did not end"),
            wire: Vec::new(),
            cookie_stores: Stores::new(),
            at: now(),
        });
    }
    Observation {
        steps,
        connections: recording.connections,
        ports,
    }
}

fn failure(kind: &str, message: &str) -> Got {
    Got::Failure {
        kind: kind.to_owned(),
        message: message.to_owned(),
        reply: None,
    }
}

type Stores = std::collections::BTreeMap<String, courser_coerce::Value>;

/// A step that is over.
struct Turn {
    got: Got,
    /// How many requests had come by then.
    exchanges: usize,
    cookie_stores: Stores,
    at: i64,
}

/// The steps of a case, on the thread that may hang.
struct Turns {
    ports: [u16; 2],
    recorder: Arc<Recorder>,
    tell: mpsc::Sender<Turn>,
}

impl Turns {
    fn run(&mut self, client: &dyn Client, steps: &[Step], scratch: &Path) {
        let mut session = client.session(scratch);
        for step in steps {
            match Ask::new(step, self.ports) {
                Ok(ask) => {
                    let got = session.run(&ask);
                    self.tell(got, session.cookie_stores());
                }
                Err(error) => self.tell(failure("unread", &format!("{error:#}")), Stores::new()),
            }
        }
    }

    fn tell(&self, got: Got, cookie_stores: Stores) {
        // Nobody listens any more if it took too long.
        let _ = self.tell.send(Turn {
            got,
            exchanges: self.recorder.exchanges().len(),
            cookie_stores,
            at: now(),
        });
    }
}

/// A folder for the files of requests, removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("courser-oracle-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Session;
    use courser_coerce::Value;
    use courser_core::Capabilities;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    /// Sends a bare GET, and panics when asked to.
    struct Bare;

    impl Client for Bare {
        fn capabilities(&self) -> Capabilities {
            Capabilities::default()
        }

        fn session<'a>(&'a self, _scratch: &'a Path) -> Box<dyn Session + 'a> {
            Box::new(Bare)
        }
    }

    impl Session for Bare {
        fn run(&mut self, ask: &Ask) -> Got {
            let port = ask.request["port"]
                .as_u64()
                .expect("the request has no port");
            let mut stream =
                TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap())).unwrap();
            stream
                .write_all(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
                .unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            Got::Reply {
                value: Value::from(text),
                header_map: true,
                lookups: Vec::new(),
            }
        }

        fn cookie_stores(&self) -> Stores {
            Stores::new()
        }
    }

    fn case(requests: &[&str]) -> Case {
        let mut case = crate::testing::case();
        let step = case.steps.remove(0);
        case.steps = requests
            .iter()
            .map(|request| Step {
                request: (*request).to_owned(),
                ..step.clone()
            })
            .collect();
        case.script = ["1", "2", "3"].map(courser_testkit::Answer::raw).to_vec();
        case
    }

    #[test]
    fn exchanges_go_with_their_steps() {
        let cases = [
            case(&["{:port PORT}", "{:port PORT2}"]),
            case(&["{:port PORT}"]),
        ];
        let seen = run_all(&Arc::new(Bare), &cases).unwrap();
        let steps = &seen[0].steps;
        assert_eq!(
            steps.iter().map(|step| step.wire.len()).collect::<Vec<_>>(),
            [1, 1]
        );
        assert_eq!(steps[1].wire[0].port, seen[0].ports[1]);
        assert!(matches!(&steps[1].got, Got::Reply { value, .. } if *value == "2"));
        assert_eq!((seen[0].connections, seen[1].connections), (2, 1));
    }

    #[test]
    fn panics_and_unreadable_requests_are_failures() {
        let cases = [case(&["{}", "{:port PORT}"]), case(&["{:port"])];
        let seen = run_all(&Arc::new(Bare), &cases).unwrap();
        let kind = |at: usize, step: usize| match &seen[at].steps[step].got {
            Got::Failure { kind, .. } => kind.clone(),
            Got::Reply { value, .. } => value.to_string(),
        };
        assert_eq!(
            (kind(0, 0), kind(0, 1)),
            ("panic".to_owned(), "not-run".to_owned())
        );
        assert_eq!(kind(1, 0), "unread");
    }
}
