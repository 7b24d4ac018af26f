//! The command line.

use courser::Value;

use crate::Given;

/// What was asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Args {
    pub(crate) command: Command,
    pub(crate) input: Format,
    pub(crate) output: Format,
    pub(crate) transport: Transport,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    /// One request: what the command line says of it, and the map.
    Request {
        given: Given,
        more: Option<String>,
    },
    /// One after another, from the input.
    Session,
    Help,
    Version,
    Options,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Format {
    #[default]
    Edn,
    Json,
}

/// What moves the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Transport {
    #[default]
    Native,
    Reqwest,
}

const VERBS: [&str; 9] = [
    "get", "head", "post", "put", "delete", "options", "copy", "move", "patch",
];

/// Reads the command line.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub(crate) fn parse(args: &[String]) -> Result<Args, String> {
    let (mut input, mut output) = (Format::Edn, Format::Edn);
    let mut moved_by = Transport::default();
    let mut words: Vec<&str> = Vec::new();
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        if !arg.starts_with('-') || arg == "-" {
            words.push(arg);
            continue;
        }
        let (name, mut value) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (arg, None),
        };
        let mut needed = |what: &str| {
            let value = value.take().or_else(|| args.next());
            value.ok_or_else(|| format!("{name} needs a value: {what}"))
        };
        match name {
            "--in" => input = format(name, needed("edn or json")?)?,
            "--out" => output = format(name, needed("edn or json")?)?,
            "--transport" => moved_by = transport(needed("native or reqwest")?)?,
            "--help" | "-h" => return Ok(alone(Command::Help)),
            "--version" | "-V" => return Ok(alone(Command::Version)),
            _ => return Err(format!("there is no option {name}")),
        }
    }
    Ok(Args {
        command: command(&words)?,
        input,
        output,
        transport: moved_by,
    })
}

fn alone(command: Command) -> Args {
    Args {
        command,
        input: Format::Edn,
        output: Format::Edn,
        transport: Transport::default(),
    }
}

fn format(name: &str, value: &str) -> Result<Format, String> {
    match value {
        "edn" => Ok(Format::Edn),
        "json" => Ok(Format::Json),
        _ => Err(format!("{name} takes edn or json, not \"{value}\"")),
    }
}

fn transport(name: &str) -> Result<Transport, String> {
    match name {
        "native" => Ok(Transport::Native),
        "reqwest" => Ok(Transport::Reqwest),
        _ => Err(format!(
            "--transport takes native or reqwest, not \"{name}\""
        )),
    }
}

fn command(words: &[&str]) -> Result<Command, String> {
    match words {
        [] | ["help"] => Ok(Command::Help),
        ["request", map] => Ok(Command::Request {
            given: Vec::new(),
            more: Some((*map).to_owned()),
        }),
        ["request", ..] => Err("`courser request` takes one map, or - for standard input".into()),
        ["session"] => Ok(Command::Session),
        // `courser options` lists them; `courser options URL` is the verb.
        ["options"] => Ok(Command::Options),
        [verb, rest @ ..] if VERBS.contains(verb) => match rest {
            [url] => Ok(verb_of(verb, url, None)),
            [url, map] => Ok(verb_of(verb, url, Some(map))),
            _ => Err(format!(
                "`courser {verb}` takes a URL and, if need be, a map of options"
            )),
        },
        [other, ..] => Err(format!("there is no command `{other}`")),
    }
}

fn verb_of(verb: &str, url: &str, map: Option<&str>) -> Command {
    Command::Request {
        given: vec![("method", Value::keyword(verb)), ("url", url.into())],
        more: map.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Args, String> {
        parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn lines() {
        let args = parsed("--out json get http://h/ {:as :json} --in=json").unwrap_err();
        assert!(args.contains("takes a URL"), "{args}");
        let args = parsed("--out json get http://h/ {} --in=json").unwrap();
        assert_eq!((args.input, args.output), (Format::Json, Format::Json));
        let Command::Request { given, more } = args.command else {
            panic!()
        };
        assert_eq!(
            given,
            [
                ("method", Value::keyword("get")),
                ("url", "http://h/".into())
            ]
        );
        assert_eq!(more.as_deref(), Some("{}"));
        assert_eq!(args.transport, Transport::Native);
        let args = parsed("get http://h/ --transport reqwest").unwrap();
        assert_eq!(args.transport, Transport::Reqwest);
        assert_eq!(parsed("session").unwrap().command, Command::Session);
        assert_eq!(parsed("options").unwrap().command, Command::Options);
        assert_eq!(parsed("get x --help").unwrap().command, Command::Help);
    }

    #[test]
    fn wrong_lines() {
        fn check(line: &str, says: &str) {
            let wrong = parsed(line).unwrap_err();
            assert!(wrong.contains(says), "{wrong}");
        }
        check("fetch http://h/", "no command `fetch`");
        check("get", "takes a URL");
        check("request", "takes one map");
        check("get http://h/ --out xml", "not \"xml\"");
        check("get http://h/ --out", "needs a value");
        check("get http://h/ --verbose", "no option --verbose");
        check("get http://h/ --transport nativ", "native or reqwest");
    }
}
