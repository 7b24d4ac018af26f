//! One row of the option table.

use courser_coerce::Value;

use super::env::Env;
use super::parse::Outcome;
use super::read::Draft;

/// How an option is read into a request.
pub(super) type Parser = fn(&mut Draft, &Value, &Env) -> Outcome;

/// An option of the data form: a row of the [option table](super::options).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// The part of the reference that it belongs to, such as `Headers`.
    pub section: &'static str,
    /// The name, without the colon.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// Whether it is a boolean: then the name may end in `?`.
    pub is_flag: bool,
    /// What it takes, in words that fit after "takes".
    pub takes: &'static str,
    /// What holds without it.
    pub default: &'static str,
    /// What it does, in a line.
    pub doc: &'static str,
    /// The feature of this crate that it needs, if it needs one.
    pub feature: Option<&'static str>,
    /// Whether it works.
    pub state: State,
    /// Its value may hold a password or a token, and is never shown.
    pub(super) is_secret: bool,
    pub(super) read: Parser,
}

/// Whether an option works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It works.
    Works,
    /// It is accepted and has no effect here; why.
    NoEffect(&'static str),
    /// It is [`Unsupported`](crate::ErrorKind::Unsupported); what to do about it.
    Unsupported(&'static str),
}

/// What is said of options that are still to come.
const LATER: &str = "a later version will have it";

impl Entry {
    /// An option that works.
    pub(super) const fn new(
        name: &'static str,
        takes: &'static str,
        default: &'static str,
        doc: &'static str,
        read: Parser,
    ) -> Self {
        Entry {
            section: "",
            name,
            aliases: &[],
            is_flag: false,
            takes,
            default,
            doc,
            feature: None,
            state: State::Works,
            is_secret: false,
            read,
        }
    }

    /// A boolean that works.
    pub(super) const fn flag(
        name: &'static str,
        default: &'static str,
        doc: &'static str,
        read: Parser,
    ) -> Self {
        let entry = Entry::new(name, "true or false", default, doc, read);
        Entry {
            is_flag: true,
            ..entry
        }
    }

    /// An option of a later version.
    pub(super) const fn later(name: &'static str, takes: &'static str, doc: &'static str) -> Self {
        Entry::new(name, takes, "", doc, |_, _, _| Ok(())).unsupported(LATER)
    }

    /// A boolean of a later version.
    pub(super) const fn later_flag(
        name: &'static str,
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Entry::flag(name, default, doc, |_, _, _| Ok(())).unsupported(LATER)
    }

    pub(super) const fn unsupported(self, instead: &'static str) -> Self {
        Entry {
            state: State::Unsupported(instead),
            ..self
        }
    }

    pub(super) const fn no_effect(self, why: &'static str) -> Self {
        Entry {
            state: State::NoEffect(why),
            ..self
        }
    }

    pub(super) const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Entry { aliases, ..self }
    }

    /// `on` is whether the feature is compiled in.
    pub(super) const fn feature(self, feature: &'static str, on: bool) -> Self {
        Entry {
            feature: Some(feature),
            state: if on {
                self.state
            } else {
                State::Unsupported("switch that feature of `courser` on in Cargo.toml")
            },
            ..self
        }
    }

    pub(super) const fn secret(self) -> Self {
        Entry {
            is_secret: true,
            ..self
        }
    }

    pub(super) const fn in_section(self, section: &'static str) -> Self {
        Entry { section, ..self }
    }

    /// Whether it goes by that name, `?` and colon left out.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}
