//! Where EDN values end. Whether they are well-formed is for the codec to say.

use super::MAX_DEPTH;
use super::frames::Step;
use super::json::{TOO_DEEP, WITHIN};

#[derive(Debug, Default)]
pub(super) struct Edn {
    mode: Mode,
    /// How many brackets are open.
    depth: usize,
    /// How many values the item still lacks, outside of brackets; none between items.
    lacks: usize,
    /// Whether the item is one that is discarded.
    discard: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Mode {
    #[default]
    Ground,
    Comment,
    Text,
    TextEscape,
    /// Behind a backslash.
    Character,
    /// In a number, name or character; a tag is none of the values that are waited for.
    Token {
        is_value: bool,
    },
    /// Behind a `#`; `first` if the item began with it.
    Hash {
        first: bool,
    },
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b',' | b'\t'..=b'\r' | 0x1c..=0x1f)
}

fn is_delimiter(byte: u8) -> bool {
    is_space(byte)
        || matches!(
            byte,
            b'"' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b';' | b'^' | b'\\'
        )
}

impl Edn {
    pub(super) fn step(&mut self, byte: u8) -> Result<Step, &'static str> {
        match self.mode {
            Mode::Ground => self.ground(byte),
            Mode::Comment => {
                if matches!(byte, b'\n' | b'\r') {
                    self.mode = Mode::Ground;
                }
                Ok(self.between_or_more())
            }
            Mode::Text => {
                match byte {
                    b'"' => return Ok(self.value()),
                    b'\\' => self.mode = Mode::TextEscape,
                    _ => {}
                }
                Ok(Step::More)
            }
            Mode::TextEscape => {
                self.mode = Mode::Text;
                Ok(Step::More)
            }
            Mode::Character => {
                self.mode = Mode::Token { is_value: true };
                Ok(Step::More)
            }
            Mode::Token { .. } if !is_delimiter(byte) => Ok(Step::More),
            Mode::Token { is_value } => {
                self.mode = Mode::Ground;
                if is_value && self.value() == Step::Through {
                    return Ok(Step::Before);
                }
                self.ground(byte)
            }
            Mode::Hash { first } => self.hash(byte, first),
        }
    }

    fn between_or_more(&self) -> Step {
        if self.lacks == 0 {
            Step::Skip
        } else {
            Step::More
        }
    }

    /// Begins an item, unless we are in one.
    fn begin(&mut self) -> Step {
        if self.lacks > 0 {
            return Step::More;
        }
        self.lacks = 1;
        Step::Begin
    }

    /// A value is whole, which may make the item whole.
    fn value(&mut self) -> Step {
        self.mode = Mode::Ground;
        if self.depth > 0 {
            return Step::More;
        }
        self.lacks = self.lacks.saturating_sub(1);
        if self.lacks > 0 {
            return Step::More;
        }
        if std::mem::take(&mut self.discard) {
            return Step::Skip;
        }
        Step::Through
    }

    /// One more value has to come before the item is whole.
    fn lack_another(&mut self) {
        if self.depth == 0 {
            self.lacks += 1;
        }
    }

    fn open(&mut self) -> Result<(), &'static str> {
        if self.depth >= MAX_DEPTH {
            return Err(TOO_DEEP);
        }
        self.depth += 1;
        Ok(())
    }

    fn ground(&mut self, byte: u8) -> Result<Step, &'static str> {
        if is_space(byte) {
            return Ok(self.between_or_more());
        }
        if byte == b';' {
            self.mode = Mode::Comment;
            return Ok(self.between_or_more());
        }
        if matches!(byte, b')' | b']' | b'}') {
            self.depth = self
                .depth
                .checked_sub(1)
                .ok_or("a bracket that closes nothing")?;
            return Ok(self.value());
        }
        let first = self.lacks == 0;
        let step = self.begin();
        match byte {
            b'"' => self.mode = Mode::Text,
            b'\\' => self.mode = Mode::Character,
            b'(' | b'[' | b'{' => self.open()?,
            b'^' => self.lack_another(),
            b'#' => self.mode = Mode::Hash { first },
            _ => self.mode = Mode::Token { is_value: true },
        }
        Ok(step)
    }

    fn hash(&mut self, byte: u8, first: bool) -> Result<Step, &'static str> {
        self.mode = Mode::Ground;
        match byte {
            b'!' => {
                self.mode = Mode::Comment;
                if first {
                    self.lacks = 0;
                }
                return Ok(self.between_or_more());
            }
            // What is discarded between items is an item that nobody sees.
            b'_' if first => self.discard = true,
            b'_' | b'^' => self.lack_another(),
            b'#' => self.mode = Mode::Token { is_value: true },
            byte if is_delimiter(byte) => return self.ground(byte),
            _ => self.mode = Mode::Token { is_value: false },
        }
        Ok(Step::More)
    }

    pub(super) fn end(&mut self) -> Result<bool, &'static str> {
        let in_token = matches!(self.mode, Mode::Token { is_value: true });
        if in_token && self.depth == 0 && self.value() == Step::Through {
            return Ok(true);
        }
        match self.mode {
            // A character that is a delimiter, `\(`, cannot end here before its first byte.
            Mode::Text | Mode::TextEscape | Mode::Character | Mode::Hash { .. } => {
                return Err(WITHIN);
            }
            _ => {}
        }
        if self.depth > 0 || self.lacks > 0 {
            return Err(WITHIN);
        }
        Ok(false)
    }
}
