//! Walking nested values without recursion: nesting comes from outside and may be deeper than the
//! stack.

use std::slice;

use super::{Map, Set, Symbol, Value};

/// The values directly within a value, in order; a map's keys and values in turn.
#[derive(Clone)]
pub(crate) enum Children<'a> {
    Items(slice::Iter<'a, Value>),
    Entries(slice::Iter<'a, (Value, Value)>, Option<&'a Value>),
    One(Option<&'a Value>),
}

impl<'a> Children<'a> {
    /// `None` for a value that cannot contain others.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::List(items) | Value::Vector(items) => Self::Items(items.iter()),
            Value::Set(set) => Self::Items(set.as_slice().iter()),
            Value::Map(map) => Self::Entries(map.as_slice().iter(), None),
            Value::Tagged(tagged) => Self::One(Some(tagged.value())),
            _ => return None,
        })
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = &'a Value;

    fn next(&mut self) -> Option<&'a Value> {
        match self {
            Self::Items(items) => items.next(),
            Self::One(one) => one.take(),
            Self::Entries(entries, pending) => pending.take().or_else(|| {
                let (key, value) = entries.next()?;
                *pending = Some(value);
                Some(key)
            }),
        }
    }
}

/// Drops values with a stack of their own. What is taken apart here has nothing nested left in it
/// when its own `drop` runs.
pub(crate) fn dismantle(mut pending: Vec<Value>) {
    while let Some(value) = pending.pop() {
        let mut keep = |child: Value| {
            if child.is_nested() {
                pending.push(child);
            }
        };
        match value {
            Value::List(mut items) | Value::Vector(mut items) => {
                items.take().into_iter().for_each(keep);
            }
            Value::Set(mut set) => set.take_items().into_iter().for_each(keep),
            Value::Map(mut map) => {
                for (key, value) in map.take_entries() {
                    keep(key);
                    keep(value);
                }
            }
            Value::Tagged(mut tagged) => keep(tagged.take_value()),
            _ => {}
        }
    }
}

enum Shell<'a> {
    List,
    Vector,
    Set(&'a Set),
    Map(&'a Map),
    Tagged(&'a Symbol),
}

impl<'a> Shell<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::List(_) => Self::List,
            Value::Vector(_) => Self::Vector,
            Value::Set(set) => Self::Set(set),
            Value::Map(map) => Self::Map(map),
            Value::Tagged(tagged) => Self::Tagged(tagged.tag()),
            _ => return None,
        })
    }

    fn fill(self, mut copies: Vec<Value>) -> Value {
        match self {
            Self::List => Value::List(copies.into()),
            Self::Vector => Value::Vector(copies.into()),
            Self::Set(set) => Value::Set(set.with_items(copies)),
            Self::Map(map) => {
                let mut entries = Vec::with_capacity(copies.len() / 2);
                let mut copies = copies.into_iter();
                while let (Some(key), Some(value)) = (copies.next(), copies.next()) {
                    entries.push((key, value));
                }
                Value::Map(map.with_entries(entries))
            }
            Self::Tagged(tag) => Value::tagged(tag.clone(), copies.pop().unwrap_or(Value::Nil)),
        }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        match self {
            Self::Nil => return Self::Nil,
            Self::Bool(v) => return Self::Bool(*v),
            Self::Int(v) => return Self::Int(*v),
            Self::BigInt(v) => return Self::BigInt(v.clone()),
            Self::Float(v) => return Self::Float(*v),
            Self::Decimal(v) => return Self::Decimal(v.clone()),
            Self::Ratio(v) => return Self::Ratio(v.clone()),
            Self::Char(v) => return Self::Char(*v),
            Self::String(v) => return Self::String(v.clone()),
            Self::Keyword(v) => return Self::Keyword(v.clone()),
            Self::Symbol(v) => return Self::Symbol(v.clone()),
            Self::Inst(v) => return Self::Inst(*v),
            Self::Uuid(v) => return Self::Uuid(*v),
            Self::List(_) | Self::Vector(_) | Self::Map(_) | Self::Set(_) | Self::Tagged(_) => {}
        }
        let mut open: Vec<(Shell<'_>, Children<'_>, Vec<Self>)> = Vec::new();
        let mut next = Some(self);
        loop {
            let mut copy = match next.take() {
                Some(value) => match (Shell::of(value), Children::of(value)) {
                    (Some(shell), Some(children)) => {
                        open.push((shell, children, Vec::new()));
                        None
                    }
                    _ => Some(value.clone()),
                },
                None => None,
            };
            // Give the finished copy to whatever is open around it; close what is complete.
            loop {
                let Some((_, children, copies)) = open.last_mut() else {
                    return copy.unwrap_or(Self::Nil);
                };
                copies.extend(copy.take());
                // Leaves are copied on the spot.
                next = children.find(|child| {
                    if !child.is_nested() {
                        copies.push((*child).clone());
                    }
                    child.is_nested()
                });
                if next.is_some() {
                    break;
                }
                copy = open.pop().map(|(shell, _, copies)| shell.fill(copies));
            }
        }
    }
}
