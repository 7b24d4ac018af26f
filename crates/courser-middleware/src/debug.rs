//! The stage `debug`.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use courser_core::{Body, Hook, Request, Result, Wants, is_secret, value_text};

/// That the request is shown before it goes out (`:debug`, `:debug-body`); an options group.
#[derive(Clone, Copy, Debug)]
pub struct ShowRequest {
    /// With its body.
    pub body: bool,
}

/// The body that was shown, of what lies in memory (`:debug-body`); an options group, for who
/// keeps the request.
#[derive(Clone, Debug)]
pub struct ShownBody(pub String);

/// Shows the request as the stages have made it, if [`ShowRequest`] says so: on standard error,
/// where it is in the way of no output, and as an event of `tracing` (`DEBUG`, from
/// `courser::debug`).
///
/// Values of the query and of fields that carry credentials are hidden. The body, which is shown
/// only if that is asked for, is shown as it is.
#[derive(Debug)]
pub struct DebugStage;

impl Hook for DebugStage {
    fn name(&self) -> &'static str {
        "debug"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<ShowRequest>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        if let Some(show) = req.options.get::<ShowRequest>().copied() {
            let text = shown(req, show);
            if let (true, Some(bytes)) = (show.body, req.body.as_bytes()) {
                let body = String::from_utf8_lossy(bytes).into_owned();
                req.options.set(ShownBody(body));
            }
            // In one piece; and nobody listening is no reason to fail.
            let _ = io::stderr().write_all(text.as_bytes());
            tracing::debug!(target: "courser::debug", "{}", text.trim_end());
        }
        Ok(())
    }
}

/// The most that is shown of a body.
const MAX_BODY: usize = 64 << 10;

/// The request, a line a field, as it may be shown.
fn shown(req: &Request, show: ShowRequest) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(text, ">> {} {}", req.method, req.url.redacted());
    for (name, value) in req.headers.iter() {
        if value.is_sensitive() || is_secret(name) {
            let _ = writeln!(text, ">> {name}: …");
        } else {
            let _ = writeln!(text, ">> {name}: {}", value_text(value));
        }
    }
    if !req.body.is_empty() {
        let _ = writeln!(text, ">>");
        for line in body(&req.body, show).lines() {
            let _ = writeln!(text, ">> {line}");
        }
    }
    text
}

fn body(body: &Body, show: ShowRequest) -> String {
    let bytes = match (body.as_bytes(), body.path()) {
        (Some(bytes), _) => bytes,
        (None, Some(path)) => return format!("(the file {})", path.display()),
        (None, None) => return "(a stream)".to_owned(),
    };
    let part = bytes.get(..MAX_BODY).unwrap_or(bytes);
    match std::str::from_utf8(part) {
        _ if !show.body => format!("({} bytes)", bytes.len()),
        Ok(text) if part.len() == bytes.len() => printable(text),
        // Cut within a character, or of another charset; both can be read all the same.
        _ => {
            let text = printable(&String::from_utf8_lossy(part));
            format!("{text}\n({} bytes)", bytes.len())
        }
    }
}

/// Lines as they are, without what a terminal would take for a command.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && !matches!(c, '\n' | '\t') {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::FakeRt;
    use courser_core::{Call, Method, Url};
    use std::sync::Arc;

    #[test]
    fn secrets_are_hidden_and_bodies_shown_if_asked_for() {
        #[track_caller]
        fn check(body: impl Into<Body>, show: bool, expected: &str) {
            let url = Url::parse("http://u:hunter2@h/p?token=hunter2").unwrap();
            let mut req = Request::new(url, Arc::new(Call::new(FakeRt::runtime())));
            req.method = Method::POST;
            req.headers.append("Accept", "text/html").unwrap();
            req.headers.append("X-Api-Key", "hunter2").unwrap();
            req.body = body.into();
            let head = ">> POST http://h/p?token=…\n>> Accept: text/html\n>> X-Api-Key: …\n";
            assert_eq!(
                shown(&req, ShowRequest { body: show }),
                format!("{head}{expected}")
            );
        }
        check(Body::empty(), true, "");
        check("text", false, ">>\n>> (4 bytes)\n");
        check(
            "two\nlines\x1b[2J",
            true,
            ">>\n>> two\n>> lines\\u{1b}[2J\n",
        );
        check(b"caf\xe9", true, ">>\n>> caf\u{fffd}\n>> (4 bytes)\n");
        check(Body::file("/no/such"), true, ">>\n>> (the file /no/such)\n");
        check(Body::reader(std::io::empty()), true, ">>\n>> (a stream)\n");
        let long = "é".repeat(MAX_BODY);
        let half = "é".repeat(MAX_BODY / 2);
        check(long, true, &format!(">>\n>> {half}\n>> (131072 bytes)\n"));
    }
}
