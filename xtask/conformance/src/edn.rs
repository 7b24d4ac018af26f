//! `edn/`: one document a file, in `valid` and `invalid`.

use std::path::Path;

use anyhow::{Result, ensure};
use courser_coerce::Value;
use courser_coerce::edn;

use crate::files;
use crate::report::{Tally, short};

pub(crate) fn run(folder: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    for (name, check) in [("valid", valid as fn(&[u8]) -> _), ("invalid", invalid)] {
        let folder = folder.join(name);
        let documents = files(&folder, "edn")?;
        ensure!(
            !documents.is_empty(),
            "no documents in {}",
            folder.display()
        );
        for (path, bytes) in documents {
            tally.add(short(&path), check(&bytes));
        }
    }
    Ok(tally)
}

/// It is read, and comes back from each of the ways to print it.
fn valid(bytes: &[u8]) -> Result<(), String> {
    let value = edn::read_slice(bytes).map_err(|error| error.to_string())?;
    let readable = edn::to_readable_string(&value).map_err(|error| error.to_string())?;
    comes_back(&value, &readable)?;
    comes_back(&value, &edn::to_string_pretty(&value, 20))
}

fn comes_back(value: &Value, text: &str) -> Result<(), String> {
    match edn::read_str(text) {
        Ok(again) if again == *value => Ok(()),
        Ok(again) => Err(format!("prints as {text}, which is read as {again}")),
        Err(error) => Err(format!("prints as {text}, which is not read: {error}")),
    }
}

/// It is an error, with a place within the document.
fn invalid(bytes: &[u8]) -> Result<(), String> {
    match edn::read_slice(bytes) {
        Ok(value) => Err(format!("is read as {value}, and should be an error")),
        Err(error) if error.place().offset <= bytes.len() => Ok(()),
        Err(error) => Err(format!("has an error outside of the document: {error}")),
    }
}
