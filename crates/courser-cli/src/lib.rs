//! The program `courser`: requests in, responses out, as EDN or JSON.
//!
//! ```text
//! $ courser get https://example.org '{:as :json :query-params {:a [1 2]}}'
//! {:status 200, :reason-phrase "OK", …}
//! ```
//!
//! [`run`] is the whole program, with its streams as arguments, so that tests can call it.

mod args;
mod env;
mod help;
mod io;
mod session;

use std::io::{BufRead, Write};

use courser::Value;
use courser::data;

use args::{Args, Command};
use env::Things;
use io::Printed;

/// All went well.
const OK: u8 = 0;
/// The request failed; what was printed says why.
const FAILED: u8 = 1;
/// The program was called in a way that it does not know.
const USAGE: u8 = 2;

/// Runs the program: arguments without its name, its three streams, its exit code.
///
/// A closed output ends it without a word, as is the custom in pipes.
pub fn run(
    args: &[String],
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    errors: &mut dyn Write,
) -> u8 {
    let args = match args::parse(args) {
        Ok(args) => args,
        Err(wrong) => {
            // If that cannot be said either, there is nobody to tell.
            let _ = writeln!(errors, "courser: {wrong}\n\n{}", help::USAGE);
            return USAGE;
        }
    };
    match answer(&args, input, output) {
        Ok(code) => code,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => OK,
        Err(error) => {
            let _ = writeln!(errors, "courser: {error}");
            FAILED
        }
    }
}

fn answer(args: &Args, input: &mut dyn BufRead, output: &mut dyn Write) -> std::io::Result<u8> {
    match &args.command {
        Command::Help => write!(output, "{}", help::whole()).map(|()| OK),
        Command::Version => writeln!(output, "courser {}", env!("CARGO_PKG_VERSION")).map(|()| OK),
        Command::Options => write!(output, "{}", data::markdown()).map(|()| OK),
        Command::Request { given, more } => {
            let result = io::read_request(args.input, more.as_deref(), input)?
                .map(|request| io::with(request, given))
                .and_then(|request| Things::new(args.transport).call(&request));
            let printed = Printed::of(result);
            printed.write(args.output, output)?;
            Ok(if printed.failed { FAILED } else { OK })
        }
        Command::Session => session::run(args, input, output).map(|()| OK),
    }
}

/// The keys that the command line itself says.
type Given = Vec<(&'static str, Value)>;
