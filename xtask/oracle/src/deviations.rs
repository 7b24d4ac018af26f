//! The reviewed list of cases in which Courser is meant to do something else than clj-http.
//!
//! An entry names a number of the deviations' document and changes what is expected of the case: the very fields, and
//! to what. So all the rest is still compared, and so is what Courser does instead.

mod patch;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use courser_coerce::{Value, edn};

use crate::case::Case;
use crate::value::get;

/// The list: what is changed, by case.
#[derive(Debug, Default)]
pub struct Deviations(BTreeMap<String, Deviation>);

/// An entry of the list.
#[derive(Debug)]
pub struct Deviation {
    /// The number of the decision.
    pub number: u32,
    patch: Value,
}

/// The file's place in the repository.
pub fn load() -> Result<Deviations> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deviations.edn");
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    Deviations::parse(&text).with_context(|| format!("reading {}", file.display()))
}

impl Deviations {
    /// Reads a map from the cases' names to their changes.
    pub fn parse(text: &str) -> Result<Self> {
        let value = edn::read_str(text)?;
        let entries = value.as_map().context("a map is wanted")?.iter();
        let entries = entries.map(|(id, patch)| {
            let id = id.as_str().context("a case's name is wanted")?;
            let number = get(patch, "no")
                .and_then(Value::as_u64)
                .and_then(|number| u32::try_from(number).ok())
                .with_context(|| format!("{id}: a number is wanted (:no)"))?;
            let patch = patch.clone();
            anyhow::Ok((id.to_owned(), Deviation { number, patch }))
        });
        Ok(Self(entries.collect::<Result<_>>()?))
    }

    /// The case as Courser is meant to do it, and the number that says so.
    pub fn apply(&self, case: &Case) -> Result<Option<(Case, u32)>> {
        let Some(deviation) = self.0.get(&case.id) else {
            return Ok(None);
        };
        let mut changed = case.clone();
        patch::apply(&mut changed, &deviation.patch)
            .with_context(|| format!("the deviation of {}", case.id))?;
        // What excuses nothing has no place on the list.
        let same = format!("{changed:?}") == format!("{case:?}");
        ensure!(!same, "the deviation of {} changes nothing", case.id);
        Ok(Some((changed, deviation.number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_well_formed() {
        let list = load().unwrap();
        assert!(
            list.0
                .values()
                .all(|deviation| (1..=39).contains(&deviation.number))
        );
    }

    #[test]
    fn entries_that_change_nothing_are_errors() {
        let case = crate::testing::case();
        let apply = |text: &str| Deviations::parse(text).unwrap().apply(&case);
        assert!(apply("{\"a\" {:no 1, :connections 1}}").is_err());
        assert!(apply("{\"a\" {:no 1, :connections 2}}").unwrap().is_some());
        assert!(apply("{\"b\" {:no 1}}").unwrap().is_none());
    }

    #[test]
    fn entries_need_a_number() {
        assert!(Deviations::parse("{\"a\" {:connections 1}}").is_err());
        assert!(Deviations::parse("[]").is_err());
        assert!(Deviations::parse("{:a {:no 1}}").is_err());
    }
}
