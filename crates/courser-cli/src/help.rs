//! What the program says about itself.

use std::fmt::Write as _;

use courser::data::{self, State};

pub(crate) const USAGE: &str = "\
Usage: courser VERB URL [MAP]     VERB: get head post put delete options copy move patch
       courser request MAP
       courser session
       courser --help | --version | options

MAP is a map of options in EDN, such as '{:as :json :query-params {:a [1 2]}}', or - to read it
from standard input. The response is printed as a map.";

const MORE: &str = "
  --in edn|json                how MAP is written           (default: edn)
  --out edn|json               how responses are printed    (default: edn)
  --transport native|reqwest   what moves the bytes         (default: native)

A request that fails prints {:error {:kind … :message …}} and exits 1; a wrong command line exits 2.

`courser session` reads one map after another from standard input, and answers each by one line.
They share a client. Things that live as long as the session have names:
  :connection-manager \"a\"   connections that are kept, rather than one for each request
  :cookie-store \"a\"         cookies that are kept, from one request of a session to the next
  :http-client n            the client of the response that has :http-client n

`#file \"path\"` as a :body sends a file, `#bytes {:b64 \"…\"}` bytes, `#stream {:text \"…\"}` chunks.
`courser options` prints the options as a document.

Options:
";

/// The whole help, with the option table.
pub(crate) fn whole() -> String {
    let mut out = format!("{USAGE}\n{MORE}");
    let mut section = "";
    for row in data::options() {
        if row.section != section {
            section = row.section;
            // Writing to a `String` cannot fail.
            let _ = write!(out, "\n  {section}\n");
        }
        let mut names = format!(":{}", row.name);
        for alias in row.aliases {
            let _ = write!(names, " :{alias}");
        }
        let _ = writeln!(out, "    {names}\n        {}", row.doc);
        match row.state {
            State::Unsupported(instead) => {
                let _ = writeln!(out, "        not supported: {instead}");
            }
            State::NoEffect(_) => {
                let _ = writeln!(out, "        accepted without effect");
            }
            _ if row.default.is_empty() => {
                let _ = writeln!(out, "        takes {}", row.takes);
            }
            _ => {
                let _ = writeln!(out, "        takes {}; default: {}", row.takes, row.default);
            }
        }
    }
    out
}
