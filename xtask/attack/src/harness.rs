//! Attacks and controls as data, and running them.

use std::cell::Cell;
use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Result, bail};
use courser::coerce::edn;
use courser::data::Env;
use courser::native::Native;
use courser::pool::{Connector, Reusable};
use courser::reqwest::Reqwest;
use courser::{Client, ClientBuilder, Error, ErrorKind, Request, Response, Value};

use crate::MEMORY;
use crate::report::{Came, Line};

/// How long an attack may keep us in all; one that takes longer hangs the client.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a call may take. It is no defence: what ends by it was not survived, unless a row says so.
pub(crate) const CALL: Duration = Duration::from_secs(40);

/// The most memory that a call may take, in bytes.
const MOST: usize = 32 << 20;

/// One row of the list of attacks.
pub(crate) struct Attack {
    pub(crate) row: u8,
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

/// Plays an attack. The text is what came of it without harm. A [`Harm`] is what harm it did; any other error, and
/// a panic, that it could not be played.
pub(crate) type Run = fn(&Context) -> Result<String>;

/// What an attack did that it must not.
#[derive(Debug)]
pub(crate) struct Harm(String);

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Harm {}

/// A [`Harm`], unless it is safe.
pub(crate) fn safe(is_safe: bool, harm: impl Into<String>) -> Result<()> {
    if is_safe {
        Ok(())
    } else {
        Err(Harm(harm.into()).into())
    }
}

/// The same attack, where it has to do harm.
pub(crate) struct Control {
    pub(crate) row: u8,
    /// What is weak.
    pub(crate) weakness: &'static str,
    pub(crate) how: How,
}

/// How a control is weak.
pub(crate) enum How {
    /// The attack of the row, with these options in each request.
    Options(&'static str),
    /// The attack of the row, on a client that this makes weak.
    Client(Weaken),
    /// This, in place of the attack.
    Other(Run),
}

pub(crate) type Weaken = fn(ClientBuilder) -> ClientBuilder;

/// Attacks of one kind, and what shows that they are attacks.
pub(crate) struct Class {
    pub(crate) attacks: &'static [Attack],
    pub(crate) controls: &'static [Control],
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Transport {
    #[default]
    Native,
    Reqwest,
}

impl Transport {
    pub(crate) fn named(name: &str) -> Result<Self> {
        match name {
            "native" => Ok(Self::Native),
            "reqwest" => Ok(Self::Reqwest),
            other => bail!("there is no transport {other}, only native and reqwest"),
        }
    }

    fn connector(self) -> Arc<dyn Connector> {
        match self {
            Self::Native => Arc::new(Native::new()),
            Self::Reqwest => Arc::new(Reqwest::new()),
        }
    }
}

/// What makes a control weak; nothing for an attack.
#[derive(Clone, Copy, Debug)]
struct Weakness {
    options: &'static str,
    client: Option<Weaken>,
}

impl Default for Weakness {
    fn default() -> Self {
        Weakness {
            options: "{}",
            client: None,
        }
    }
}

/// What an attack has at hand.
pub(crate) struct Context {
    transport: Transport,
    weakness: Weakness,
    peak: Cell<usize>,
}

impl Context {
    /// A client with the defaults of Courser, one that keeps its connections.
    pub(crate) fn client(&self) -> Result<Client> {
        self.client_with(|_| {})
    }

    /// The same with other defaults.
    pub(crate) fn client_with(&self, change: impl FnOnce(&mut Request)) -> Result<Client> {
        let manager = Arc::new(Reusable::unlimited(self.transport.connector()));
        let mut builder = Client::builder()
            .connection_manager(manager)
            .timeout(CALL)
            .defaults(change);
        if let Some(weaken) = self.weakness.client {
            builder = weaken(builder);
        }
        Ok(builder.build()?)
    }

    /// A request in its data form; what makes a control weak is said in it too.
    pub(crate) fn request(&self, url: &str, options: &str) -> Result<Request> {
        let mut all = edn::read_str(options)?;
        let weak = edn::read_str(self.weakness.options)?;
        if let (Some(all), Value::Map(weak)) = (all.as_map_mut(), weak) {
            all.extend(weak);
            all.insert(Value::keyword("url"), url);
        }
        Ok(Request::from_value(&all, &Env::new())?)
    }

    /// Sends the request, and looks at the memory that it takes.
    pub(crate) fn call(&self, client: &Client, request: Request) -> Result<Response, Error> {
        self.measured(|| client.call(request))
    }

    /// The same on tokio.
    pub(crate) fn send(&self, client: &Client, request: Request) -> Result<Response, Error> {
        let rt = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let rt = rt.map_err(|error| Error::new(ErrorKind::User, error.to_string()))?;
        self.measured(|| rt.block_on(client.send(request)))
    }

    /// Looks at the memory that something takes.
    pub(crate) fn measured<T>(&self, work: impl FnOnce() -> T) -> T {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let result = work();
        let peak = MEMORY.peak_usage().saturating_sub(before);
        self.peak.set(self.peak.get().max(peak));
        result
    }
}

/// Runs the classes, in so far as their rows are wanted, by the number of the row: attacks, then controls. Each line is
/// told as it comes.
pub(crate) fn run(
    classes: &'static [Class],
    transport: Transport,
    wanted: impl Fn(u8) -> bool,
    mut tell: impl FnMut(Line),
) {
    let mut attacks: Vec<&Attack> = classes.iter().flat_map(|class| class.attacks).collect();
    attacks.retain(|attack| wanted(attack.row));
    attacks.sort_by_key(|attack| attack.row);
    for attack in &attacks {
        let (came, peak) = play(attack.run, Weakness::default(), transport);
        tell(Line {
            row: attack.row,
            text: attack.name,
            is_control: false,
            came,
            peak,
        });
    }
    let mut controls: Vec<&Control> = classes.iter().flat_map(|class| class.controls).collect();
    controls.retain(|control| wanted(control.row));
    controls.sort_by_key(|control| control.row);
    for control in controls {
        let attack = attacks.iter().find(|attack| attack.row == control.row);
        let (other, weakness) = match control.how {
            How::Options(options) => (
                None,
                Weakness {
                    options,
                    ..Weakness::default()
                },
            ),
            How::Client(weaken) => {
                let client = Some(weaken);
                (
                    None,
                    Weakness {
                        client,
                        ..Weakness::default()
                    },
                )
            }
            How::Other(run) => (Some(run), Weakness::default()),
        };
        let (came, peak) = match other.or(attack.map(|attack| attack.run)) {
            Some(run) => play(run, weakness, transport),
            None => (Came::Broken("there is no such attack".into()), 0),
        };
        tell(Line {
            row: control.row,
            text: control.weakness,
            is_control: true,
            came,
            peak,
        });
    }
}

/// Plays it on a thread of its own, so that one that hangs the client does not hang us.
fn play(run: Run, weakness: Weakness, transport: Transport) -> (Came, usize) {
    let (send, receive) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let context = Context {
            transport,
            weakness,
            peak: Cell::new(0),
        };
        let came = run(&context);
        // Who waited may be gone.
        let _ = send.send((came, context.peak.get()));
    });
    match receive.recv_timeout(PATIENCE) {
        Ok((Ok(_), peak)) if peak > MOST => {
            (Came::Harm(format!("{} MiB of memory", peak >> 20)), peak)
        }
        Ok((Ok(text), peak)) => (Came::Harmless(text), peak),
        Ok((Err(error), peak)) if error.is::<Harm>() => (Came::Harm(error.to_string()), peak),
        Ok((Err(error), peak)) => (Came::Broken(format!("{error:#}")), peak),
        Err(mpsc::RecvTimeoutError::Timeout) => (Came::Harm("the client hangs".into()), 0),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let text = match thread.join() {
                Ok(()) => String::new(),
                Err(panic) => match panic.downcast::<String>() {
                    Ok(text) => *text,
                    Err(panic) => panic.downcast_ref::<&str>().copied().unwrap_or("?").into(),
                },
            };
            (Came::Broken(format!("a panic: {text}")), 0)
        }
    }
}
