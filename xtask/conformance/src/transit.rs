//! `transit/`: a value a stem, as EDN and in each encoding.

use std::path::Path;

use anyhow::{Context, Result};
use courser_coerce::transit::{Format, read_slice, write};
use courser_coerce::{Value, edn};

use crate::files;
use crate::report::{Tally, short};

const ENCODINGS: [(&str, Format); 3] = [
    ("json", Format::Json),
    ("verbose.json", Format::JsonVerbose),
    ("mp", Format::MessagePack),
];

pub(crate) fn run(folder: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    for (path, edn) in files(folder, "edn")? {
        let mut first = None;
        for (extension, format) in ENCODINGS {
            let path = path.with_extension(extension);
            let document =
                std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            tally.add(short(&path), check(&document, format, &edn, &mut first));
        }
    }
    Ok(tally)
}

/// The value is that of the EDN, and comes back in the same bytes.
fn check(
    document: &[u8],
    format: Format,
    edn: &[u8],
    first: &mut Option<Value>,
) -> Result<(), String> {
    let value = read_slice(document, format).map_err(|error| error.to_string())?;
    let is_object = edn.windows(8).any(|window| window == b"#object[");
    let expected = if is_object {
        // A Java object as it was printed: at least the encodings agree.
        first.get_or_insert_with(|| value.clone()).clone()
    } else {
        edn::read_slice(edn).map_err(|error| format!("its EDN: {error}"))?
    };
    if !value.clj_eq(&expected) {
        return Err(format!("is read as {value}, and should be {expected}"));
    }
    let written = write(&value, format).map_err(|error| error.to_string())?;
    if written == document {
        return Ok(());
    }
    let at = written
        .iter()
        .zip(document)
        .take_while(|(a, b)| a == b)
        .count();
    let shown = |bytes: &[u8]| {
        let rest = bytes.get(at..).unwrap_or_default();
        rest.get(..30).unwrap_or(rest).escape_ascii().to_string()
    };
    Err(format!(
        "is written otherwise from byte {at}: {} in place of {}",
        shown(&written),
        shown(document)
    ))
}
