//! Where JSON values end. Whether they are well-formed is for the codec to say.

use super::MAX_DEPTH;
use super::frames::Step;

pub(super) const TOO_DEEP: &str = "nested deeper than 1024 levels";
pub(super) const WITHIN: &str = "the stream ends within an item";

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// A value in the middle of which we are.
#[derive(Debug, Default)]
struct Inside {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

/// What a byte of a value is.
enum Part {
    More,
    Last,
    /// It ends a number or word that stands before it.
    Behind,
}

impl Inside {
    fn begin(&mut self, byte: u8) {
        self.depth = usize::from(matches!(byte, b'[' | b'{'));
        self.in_string = byte == b'"';
        self.escaped = false;
    }

    fn step(&mut self, byte: u8) -> Result<Part, &'static str> {
        if self.in_string {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == b'"' {
                self.in_string = false;
                return Ok(if self.depth == 0 {
                    Part::Last
                } else {
                    Part::More
                });
            }
            return Ok(Part::More);
        }
        if self.depth == 0 {
            // A number or word.
            let ends = is_space(byte) || matches!(byte, b',' | b']' | b'}' | b'[' | b'{' | b'"');
            return Ok(if ends { Part::Behind } else { Part::More });
        }
        match byte {
            b'"' => self.in_string = true,
            b'[' | b'{' => {
                if self.depth >= MAX_DEPTH {
                    return Err(TOO_DEEP);
                }
                self.depth += 1;
            }
            b']' | b'}' => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Ok(Part::Last);
                }
            }
            _ => {}
        }
        Ok(Part::More)
    }

    /// Whether a number or word may end where the stream ends.
    fn may_end(&self) -> bool {
        self.depth == 0 && !self.in_string
    }
}

/// The items of one array.
#[derive(Debug, Default)]
pub(super) struct Array {
    state: State,
    inside: Inside,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Start,
    ItemOrEnd,
    Item,
    Inside,
    CommaOrEnd,
    Ended,
}

impl Array {
    pub(super) fn step(&mut self, byte: u8) -> Result<Step, &'static str> {
        if let State::Inside = self.state {
            return Ok(match self.inside.step(byte)? {
                Part::More => Step::More,
                Part::Last => {
                    self.state = State::CommaOrEnd;
                    Step::Through
                }
                Part::Behind => {
                    self.state = State::CommaOrEnd;
                    Step::Before
                }
            });
        }
        if is_space(byte) {
            return Ok(Step::Skip);
        }
        self.state = match (self.state, byte) {
            (State::Start, b'[') => State::ItemOrEnd,
            (State::ItemOrEnd | State::CommaOrEnd, b']') => State::Ended,
            (State::CommaOrEnd, b',') => State::Item,
            (State::ItemOrEnd | State::Item, _) if !matches!(byte, b',' | b']' | b'}') => {
                self.inside.begin(byte);
                self.state = State::Inside;
                return Ok(Step::Begin);
            }
            (State::Start, _) => return Err("expected `[`"),
            (State::Item | State::Inside, _) => return Err("expected a value"),
            (State::ItemOrEnd, _) => return Err("expected a value or `]`"),
            (State::CommaOrEnd, _) => return Err("expected `,` or `]`"),
            (State::Ended, _) => return Err("expected the end of the stream"),
        };
        Ok(Step::Skip)
    }

    pub(super) fn end(&mut self) -> Result<bool, &'static str> {
        match self.state {
            State::Start | State::Ended => Ok(false),
            State::ItemOrEnd => Err("the stream ends too early: expected a value or `]`"),
            State::Item => Err("the stream ends too early: expected a value"),
            State::Inside => Err(WITHIN),
            State::CommaOrEnd => Err("the stream ends too early: expected `,` or `]`"),
        }
    }
}

/// A value a line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    inside: bool,
}

impl Lines {
    pub(super) fn step(&mut self, byte: u8) -> Step {
        match (self.inside, byte) {
            (true, b'\n') => {
                self.inside = false;
                Step::Before
            }
            (true, _) => Step::More,
            (false, byte) if is_space(byte) => Step::Skip,
            (false, _) => {
                self.inside = true;
                Step::Begin
            }
        }
    }

    pub(super) fn end(&mut self) -> bool {
        std::mem::take(&mut self.inside)
    }
}

/// Values behind each other.
#[derive(Debug, Default)]
pub(super) struct Values {
    is_inside: bool,
    inside: Inside,
}

impl Values {
    pub(super) fn step(&mut self, byte: u8) -> Result<Step, &'static str> {
        if !self.is_inside {
            return match byte {
                byte if is_space(byte) => Ok(Step::Skip),
                b',' | b']' | b'}' => Err("expected a value"),
                byte => {
                    self.is_inside = true;
                    self.inside.begin(byte);
                    Ok(Step::Begin)
                }
            };
        }
        let part = self.inside.step(byte)?;
        self.is_inside = matches!(part, Part::More);
        Ok(match part {
            Part::More => Step::More,
            Part::Last => Step::Through,
            Part::Behind => Step::Before,
        })
    }

    pub(super) fn end(&mut self) -> Result<bool, &'static str> {
        match std::mem::take(&mut self.is_inside) {
            false => Ok(false),
            true if self.inside.may_end() => Ok(true),
            true => Err(WITHIN),
        }
    }
}
