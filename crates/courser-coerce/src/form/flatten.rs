//! Nested maps as parameters: `{a {b 5}}` is `a[b]=5`.

use std::fmt::{self, Write};

use crate::Value;
use crate::value::Map;

/// Deeper nesting than this is refused: the names would grow with every level.
const MAX_DEPTH: usize = 512;

/// What cannot be a parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlattenError {
    /// Only [`ParamStyle::Indexed`](super::ParamStyle::Indexed) can write a map in a sequence.
    #[error(
        "parameter {key:?} has a map inside a sequence, which only the :indexed style of \
         :multi-param-style can write"
    )]
    MapInSequence {
        /// The name of the parameter so far.
        key: String,
    },
    /// The names would grow with every level.
    #[error("parameter {key:?} is nested deeper than {MAX_DEPTH} levels")]
    TooDeep {
        /// The beginning of the name.
        key: String,
    },
    /// A name must be a keyword, string, symbol or another plain value.
    #[error("the name of a parameter cannot be {kind}{}", within(.parent))]
    BadName {
        /// The parameter within which it stands; empty at the top.
        parent: String,
        /// What it is.
        kind: &'static str,
    },
    /// Parameters are a map or a sequence of pairs.
    #[error("parameters must be a map or a sequence of pairs, not {kind}")]
    NotParams {
        /// What was given.
        kind: &'static str,
    },
}

fn within(parent: &str) -> String {
    if parent.is_empty() {
        String::new()
    } else {
        format!(", within {parent:?}")
    }
}

/// A step from the outermost map to a value.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    /// The name of what all of it is within; only the first.
    Within(&'a str),
    Key(&'a Value),
    Index(usize),
}

/// The name that a path spells: `a[b][0]`.
pub(super) struct Path<'p>(pub(super) &'p [Step<'p>]);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, step) in self.0.iter().enumerate() {
            match step {
                Step::Within(name) => f.write_str(name)?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if level == 0 => write_name(f, key)?,
                Step::Key(key) => {
                    f.write_char('[')?;
                    write_name(f, key)?;
                    f.write_char(']')?;
                }
            }
        }
        Ok(())
    }
}

/// A key as a name: keywords without their colon, with their namespace.
pub(super) fn write_name(out: &mut impl Write, key: &Value) -> fmt::Result {
    match key.as_name() {
        Some(name) => out.write_str(name),
        None => super::write::write_text(out, key),
    }
}

pub(super) fn can_be_name(key: &Value) -> bool {
    !matches!(
        key,
        Value::Nil
            | Value::List(_)
            | Value::Vector(_)
            | Value::Map(_)
            | Value::Set(_)
            | Value::Tagged(_)
    )
}

enum Open<'a> {
    Map(std::slice::Iter<'a, (Value, Value)>),
    Pairs(std::slice::Iter<'a, Value>),
    Items(std::iter::Enumerate<std::slice::Iter<'a, Value>>),
}

impl<'a> Open<'a> {
    fn next(&mut self) -> Result<Option<(Step<'a>, &'a Value)>, FlattenError> {
        Ok(match self {
            Self::Map(entries) => entries.next().map(|(key, value)| (Step::Key(key), value)),
            Self::Items(items) => items.next().map(|(at, item)| (Step::Index(at), item)),
            Self::Pairs(pairs) => match pairs.next() {
                None => None,
                Some(pair) => match pair.as_slice() {
                    Some([key, value]) => Some((Step::Key(key), value)),
                    _ => {
                        return Err(FlattenError::NotParams {
                            kind: "a sequence of other things",
                        });
                    }
                },
            },
        })
    }
}

/// How far to go into nested values.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Nesting {
    /// Not at all.
    Keep,
    /// Into maps.
    Maps,
    /// Into maps, and into sequences that contain maps.
    Indexed,
}

/// Shows each parameter, in order: its path and its value.
pub(super) fn each_param<'a, E: From<FlattenError>>(
    params: &'a Value,
    nesting: Nesting,
    show: impl FnMut(&[Step<'a>], &'a Value) -> Result<(), E>,
) -> Result<(), E> {
    let open = match params {
        Value::Nil => return Ok(()),
        Value::Map(map) => Open::Map(map.iter()),
        Value::List(items) | Value::Vector(items) => Open::Pairs(items.iter()),
        other => return Err(FlattenError::NotParams { kind: other.kind() }.into()),
    };
    walk(open, Vec::new(), nesting, show)
}

/// The same for the value of a parameter that has a name already.
pub(super) fn each_within<'a, E: From<FlattenError>>(
    name: &'a str,
    value: &'a Value,
    nesting: Nesting,
    mut show: impl FnMut(&[Step<'a>], &'a Value) -> Result<(), E>,
) -> Result<(), E> {
    let path = vec![Step::Within(name)];
    match opened(&path, value, nesting)? {
        Some(open) => walk(open, path, nesting, show),
        None => show(&path, value),
    }
}

/// What stands within the value at the end of the path, unless it is one parameter.
fn opened<'a>(
    path: &[Step<'a>],
    value: &'a Value,
    nesting: Nesting,
) -> Result<Option<Open<'a>>, FlattenError> {
    // An item of a sequence of values is no such sequence itself.
    let is_item = matches!(path.last(), Some(Step::Index(_)));
    Ok(match value {
        _ if nesting == Nesting::Keep => None,
        Value::Map(map) => Some(Open::Map(map.iter())),
        Value::List(items) | Value::Vector(items)
            if !is_item && items.iter().any(|item| matches!(item, Value::Map(_))) =>
        {
            if nesting == Nesting::Maps {
                let key = Path(path).to_string();
                return Err(FlattenError::MapInSequence { key });
            }
            Some(Open::Items(items.iter().enumerate()))
        }
        _ => None,
    })
}

fn walk<'a, E: From<FlattenError>>(
    outermost: Open<'a>,
    mut path: Vec<Step<'a>>,
    nesting: Nesting,
    mut show: impl FnMut(&[Step<'a>], &'a Value) -> Result<(), E>,
) -> Result<(), E> {
    let mut open = vec![outermost];
    while let Some(collection) = open.last_mut() {
        let Some((step, value)) = collection.next()? else {
            open.pop();
            path.pop();
            continue;
        };
        if let Step::Key(key) = step
            && !can_be_name(key)
        {
            let parent = Path(&path).to_string();
            return Err(FlattenError::BadName {
                parent,
                kind: key.kind(),
            }
            .into());
        }
        path.push(step);
        match opened(&path, value, nesting)? {
            Some(_) if open.len() >= MAX_DEPTH => {
                let key = Path(path.get(..8).unwrap_or(&path)).to_string();
                return Err(FlattenError::TooDeep { key }.into());
            }
            Some(inner) => open.push(inner),
            None => {
                show(&path, value)?;
                path.pop();
            }
        }
    }
    Ok(())
}

/// The parameters without nested maps: `{:a {:b 5}, :c 6}` becomes `{"a[b]" 5, :c 6}`, as
/// `:flatten-nested-form-params` makes them, also for JSON bodies. Empty maps vanish.
///
/// ```
/// use courser_coerce::{Value, form};
///
/// let params = Value::keyword_map([("a", Value::keyword_map([("b", 5.into())])), ("c", 6.into())]);
/// assert_eq!(form::flatten(&params)?.to_string(), r#"{"a[b]" 5, :c 6}"#);
/// # Ok::<(), form::FlattenError>(())
/// ```
///
/// # Errors
/// [`FlattenError`] if a map stands within a sequence, or for names and parameters of other kinds.
pub fn flatten(params: &Value) -> Result<Value, FlattenError> {
    let mut flat = Map::new();
    each_param(params, Nesting::Maps, |path, value| {
        let key = match path {
            [Step::Key(key)] => (*key).clone(),
            _ => Value::String(Path(path).to_string()),
        };
        flat.insert(key, value.clone());
        Ok::<_, FlattenError>(())
    })?;
    Ok(Value::Map(flat))
}
