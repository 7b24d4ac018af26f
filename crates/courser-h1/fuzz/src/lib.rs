//! What the targets share: reading an answer that comes in pieces.

use courser_h1::{
    Error, Exchange, Fate, Fields, Options, Part, RequestBody, RequestWriter, Version,
};

/// A field's name and value.
pub type Line = (String, Vec<u8>);

/// The final head of an answer.
#[derive(Debug, Default, PartialEq)]
pub struct Head {
    pub status: u16,
    pub reason: String,
    pub fields: Vec<Line>,
}

/// What was read up to the end, or to an error.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    pub head: Head,
    pub body: Vec<u8>,
    pub trailers: Vec<Line>,
    /// Bytes up to the end of the response.
    pub length: usize,
}

/// An exchange whose request has no body.
pub fn asked(method: &str, options: &Options) -> Exchange {
    let mut out = Vec::new();
    let mut head = RequestWriter::new(&mut out, Version::Http11, method, "a:1").unwrap();
    head.field("Host", b"a").unwrap();
    head.finish(RequestBody::None, options).unwrap()
}

/// Reads an answer that comes in pieces, after which the server hangs up.
pub fn read(mut exchange: Exchange, input: &[u8], piece: usize) -> Result<(Answer, Fate), Error> {
    let mut answer = Answer::default();
    let mut start = 0;
    let mut end = 0;
    let more = |exchange: &mut Exchange, end: &mut usize| -> Result<(), Error> {
        if *end == input.len() {
            return exchange.close();
        }
        *end = end.saturating_add(piece.max(1)).min(input.len());
        Ok(())
    };
    let head = loop {
        match exchange.read_head(&input[start..end]).map_err(comparable)? {
            None => more(&mut exchange, &mut end)?,
            Some((head, consumed)) => {
                start += consumed;
                assert!(start <= end);
                if !head.is_informational() {
                    break head;
                }
            }
        }
    };
    answer.head = Head {
        status: head.status(),
        reason: head.reason().into_owned(),
        fields: lines(head.fields()),
    };
    while exchange.fate(0) != Fate::Switched {
        match exchange.read_body(&input[start..end])? {
            Part::Data(range) => {
                assert!(!range.is_empty());
                answer
                    .body
                    .extend_from_slice(&input[start..][range.clone()]);
                start += range.end;
            }
            Part::More { consumed } => {
                start += consumed;
                more(&mut exchange, &mut end)?;
            }
            Part::End { consumed } => {
                start += consumed;
                break;
            }
        }
        assert!(start <= end);
    }
    assert_eq!(exchange.body_received(), answer.body.len() as u64);
    answer.trailers = exchange.trailers().map(lines).unwrap_or_default();
    answer.length = start;
    Ok((answer, exchange.fate(input.len() - start)))
}

/// How much of what is not HTTP an error shows depends on how much came at once.
fn comparable(error: Error) -> Error {
    match error {
        Error::NotHttp(_) => Error::NotHttp(Vec::new()),
        other => other,
    }
}

fn lines(fields: &Fields) -> Vec<Line> {
    let line = |(name, value): (&str, &[u8])| {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        assert!(!name.is_empty() && name.bytes().all(token), "{name:?}");
        assert!(
            value
                .iter()
                .all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..))
        );
        (name.to_owned(), value.to_vec())
    };
    fields.iter().map(line).collect()
}
