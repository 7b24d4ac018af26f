//! Printing over several lines.

use std::fmt::Write;

use crate::Value;
use crate::value::{Children, write_leaf};

/// The value over several lines, each at most `width` characters if that can be: what fits on a
/// line stands on one, what does not has one item, or one key and value, a line.
///
/// ```
/// use courser_coerce::edn;
///
/// let value = edn::read_str("{:status 200, :headers {\"A\" \"b\"}, :body [1 2 3]}")?;
/// assert_eq!(
///     edn::to_string_pretty(&value, 30),
///     "{:status 200,\n :headers {\"A\" \"b\"},\n :body [1 2 3]}"
/// );
/// # Ok::<(), edn::Error>(())
/// ```
pub fn to_string_pretty(value: &Value, width: usize) -> String {
    let mut printer = Printer {
        out: String::new(),
        column: 0,
        widths: Widths::of(value),
    };
    printer.print(value, width);
    printer.out
}

/// How wide each collection is on one line, in the order in which they begin.
struct Widths {
    widths: std::vec::IntoIter<(usize, usize)>,
}

impl Widths {
    /// Of each collection its width, and how many collections it contains.
    fn of(value: &Value) -> Self {
        struct Open<'a> {
            children: Children<'a>,
            at: usize,
            width: usize,
            count: usize,
            is_map: bool,
        }
        let mut widths = Vec::new();
        let mut open: Vec<Open<'_>> = Vec::new();
        let mut next = Some(value);
        let mut leaf = String::new();
        loop {
            if let Some(value) = next.take() {
                if let Some(children) = Children::of(value) {
                    let (begin, end) = brackets(value);
                    let width = begin.chars().count() + end.len();
                    let is_map = matches!(value, Value::Map(_));
                    open.push(Open {
                        children,
                        at: widths.len(),
                        width,
                        count: 0,
                        is_map,
                    });
                    widths.push((0, 0));
                } else if let Some(outer) = open.last_mut() {
                    leaf.clear();
                    // Writing to a `String` cannot fail.
                    let _ = write_leaf(&mut leaf, value);
                    outer.width += leaf.chars().count();
                }
            }
            let Some(collection) = open.last_mut() else {
                break;
            };
            next = collection.children.next();
            if next.is_some() {
                let ends_entry = collection.is_map && collection.count.is_multiple_of(2);
                collection.width += match collection.count {
                    0 => 0,
                    _ if ends_entry => 2,
                    _ => 1,
                };
                collection.count += 1;
            } else if let Some(done) = open.pop() {
                let inner = widths.len() - done.at - 1;
                if let Some(slot) = widths.get_mut(done.at) {
                    *slot = (done.width, inner);
                }
                if let Some(outer) = open.last_mut() {
                    outer.width += done.width;
                }
            }
        }
        Self {
            widths: widths.into_iter(),
        }
    }

    /// The width of the next collection and how many it contains.
    fn next(&mut self) -> (usize, usize) {
        self.widths.next().unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        if let Some(last) = count.checked_sub(1) {
            self.widths.nth(last);
        }
    }
}

fn brackets(value: &Value) -> (std::borrow::Cow<'static, str>, &'static str) {
    match value {
        Value::List(_) => ("(".into(), ")"),
        Value::Vector(_) => ("[".into(), "]"),
        Value::Set(_) => ("#{".into(), "}"),
        Value::Map(_) => ("{".into(), "}"),
        Value::Tagged(tagged) => (format!("#{} ", tagged.tag()).into(), ""),
        _ => ("".into(), ""),
    }
}

struct Printer {
    out: String,
    column: usize,
    widths: Widths,
}

impl Printer {
    fn print(&mut self, value: &Value, width: usize) {
        struct Open<'a> {
            children: Children<'a>,
            close: &'static str,
            indent: usize,
            count: usize,
            is_map: bool,
        }
        let mut open: Vec<Open<'_>> = Vec::new();
        let mut next = Some(value);
        let mut leaf = String::new();
        loop {
            if let Some(value) = next.take() {
                match Children::of(value) {
                    None => {
                        leaf.clear();
                        // Writing to a `String` cannot fail.
                        let _ = write_leaf(&mut leaf, value);
                        self.write(&leaf);
                    }
                    Some(children) => {
                        let (needed, inner) = self.widths.next();
                        // What closes behind it has to fit too; one bracket is the common case.
                        let closing = usize::from(!open.is_empty());
                        if self.column + needed + closing <= width {
                            self.widths.skip(inner);
                            let _ = write!(self.out, "{value}");
                            self.column += needed;
                        } else {
                            let (begin, close) = brackets(value);
                            self.write(&begin);
                            let is_map = matches!(value, Value::Map(_));
                            // Deep nesting would make lines of nothing but spaces.
                            let indent = self.column.min(width / 2);
                            open.push(Open {
                                children,
                                close,
                                indent,
                                count: 0,
                                is_map,
                            });
                        }
                    }
                }
            }
            let Some(collection) = open.last_mut() else {
                return;
            };
            next = collection.children.next();
            if next.is_none() {
                self.out.push_str(collection.close);
                self.column += collection.close.len();
                open.pop();
                continue;
            }
            let ends_entry = collection.is_map && collection.count.is_multiple_of(2);
            let (count, indent) = (collection.count, collection.indent);
            collection.count += 1;
            if count > 0 && collection.is_map && !ends_entry {
                self.write(" ");
            } else if count > 0 {
                self.out.push_str(if ends_entry { ",\n" } else { "\n" });
                self.column = indent;
                self.out.extend(std::iter::repeat_n(' ', indent));
            }
        }
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edn;

    #[track_caller]
    fn check(text: &str, width: usize, expected: &str) {
        let value = edn::read_str(text).unwrap();
        let pretty = to_string_pretty(&value, width);
        assert_eq!(pretty, expected);
        assert_eq!(edn::read_str(&pretty).unwrap(), value);
    }

    #[test]
    fn what_fits_stands_on_a_line() {
        check("{:a 1, :b [1 2]}", 80, "{:a 1, :b [1 2]}");
        check("{:a 1, :b [1 2]}", 15, "{:a 1,\n :b [1 2]}");
        check("{:a 1, :b [1 2]}", 1, "{:a 1,\n:b [1\n2]}");
        check("[1 #{2 3} (4 5)]", 9, "[1\n #{2 3}\n (4 5)]");
        check("#t {:a 1 :b 2}", 8, "#t {:a 1,\n    :b 2}");
        check("[]", 0, "[]");
        check("1", 0, "1");
    }

    #[test]
    fn wide_and_deep_take_linear_time() {
        let mut deep = Value::Nil;
        for _ in 0..100_000 {
            deep = Value::vector([deep, Value::Int(1)]);
        }
        assert!(to_string_pretty(&deep, 80).len() < 100_000 * 50);
    }
}
