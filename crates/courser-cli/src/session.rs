//! `courser session`: one request after another.

use std::io::{BufRead, Write};

use courser::coerce::edn;
use courser::{Error, Result, Value};

use crate::args::{Args, Format};
use crate::env::Things;
use crate::io::{Printed, parse};

/// Answers each map of the input by one line of output, as soon as it is complete: in EDN a map
/// may go over several lines, in JSON it is one line. What fails is answered too, and the session
/// goes on.
pub(crate) fn run(
    args: &Args,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> std::io::Result<()> {
    let mut things = Things::new(args.transport);
    let mut pending = String::new();
    loop {
        let ended = input.read_line(&mut pending)? == 0;
        for request in complete(args.input, &mut pending, ended) {
            let result = request.and_then(|request| things.call_numbered(&request));
            Printed::of(result).write(args.output, output)?;
        }
        if ended {
            return Ok(());
        }
    }
}

/// Takes the requests that are complete out of the text that was read.
fn complete(format: Format, pending: &mut String, ended: bool) -> Vec<Result<Value>> {
    let mut requests = Vec::new();
    let mut done = 0;
    match format {
        Format::Json => {
            if !pending.trim().is_empty() {
                requests.push(parse(format, pending));
            }
            done = pending.len();
        }
        Format::Edn => {
            let options = edn::Options::default();
            let mut forms = edn::forms(pending, &options);
            while let Some(form) = forms.next() {
                match form {
                    Ok(value) => {
                        requests.push(Ok(value));
                        done = forms.offset();
                    }
                    Err(error) if error.is_incomplete() && !ended => break,
                    Err(error) => {
                        requests.push(Err(Error::invalid("the request is not EDN").because(error)));
                        done = pending.len();
                    }
                }
            }
        }
    }
    pending.drain(..done);
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_when_they_are_complete() {
        let mut pending = String::new();
        let mut read = |text: &str, ended| {
            pending.push_str(text);
            let requests = complete(Format::Edn, &mut pending, ended);
            let shown = requests.into_iter().map(|request| match request {
                Ok(value) => value.to_string(),
                Err(_) => "error".to_owned(),
            });
            shown.collect::<Vec<_>>()
        };
        assert_eq!(read("; a comment\n", false), [""; 0]);
        assert_eq!(read("{:a 1} {:b\n", false), ["{:a 1}"]);
        assert_eq!(read(" 2}\n", false), ["{:b 2}"]);
        assert_eq!(read("}\n", false), ["error"]);
        assert_eq!(read("{:c 3}\n{", false), ["{:c 3}"]);
        assert_eq!(read("", true), ["error"]);
    }
}
