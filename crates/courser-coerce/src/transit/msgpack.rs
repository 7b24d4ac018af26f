//! Transit as `MessagePack`.

use super::build::Builder;
use super::error::Error;
use super::options::ReadOptions;
use super::scalar;
use crate::Value;
use crate::msgpack_tokens::{Token, Tokens};

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Value, Error> {
    if bytes.is_empty() {
        return Ok(Value::Nil);
    }
    let mut tokens = Tokens(bytes);
    let mut reader = Reader {
        build: Builder::new(options, bytes.len()),
        left: Vec::new(),
    };
    loop {
        let at = bytes.len() - tokens.0.len();
        let token = tokens.next().map_err(Error::new);
        token
            .and_then(|token| reader.token(token))
            .map_err(|error| error.at(at))?;
        if reader.build.is_whole() {
            break;
        }
    }
    if tokens.0.is_empty() {
        return Ok(reader.build.finish());
    }
    Err(Error::new("expected the end of the document").at(bytes.len() - tokens.0.len()))
}

struct Reader<'a> {
    build: Builder<'a>,
    /// How many values each open array or map still lacks, the innermost last.
    left: Vec<u64>,
}

impl Reader<'_> {
    /// Takes a token, and ends the arrays and maps that are complete with it.
    fn token(&mut self, token: Token<'_>) -> Result<(), Error> {
        match token {
            Token::Plain(value) => self.build.value(value),
            Token::Text(text) => self.build.string(text)?,
            Token::Bytes(bytes) => self.build.value(scalar::bytes(bytes)),
            Token::Array(count) => return self.begin(count, false),
            Token::Map(count) => return self.begin(2 * count, true),
            Token::Ext(..) => {
                let message = "a type of MessagePack that Transit does not have";
                return Err(Error::new(message));
            }
        }
        if let Some(left) = self.left.last_mut() {
            *left -= 1;
        }
        self.ended()
    }

    /// An array or map of so many values, keys among them.
    fn begin(&mut self, count: u64, is_map: bool) -> Result<(), Error> {
        self.build.begin(is_map)?;
        self.left.push(count);
        self.ended()
    }

    /// Ends what lacks nothing, which may complete what is around it.
    fn ended(&mut self) -> Result<(), Error> {
        while self.left.last() == Some(&0) {
            self.left.pop();
            self.build.end()?;
            if let Some(left) = self.left.last_mut() {
                *left -= 1;
            }
        }
        Ok(())
    }
}
