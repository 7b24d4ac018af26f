//! What bytes may stand where: RFC 9110, 5.5 and 5.6.2.

/// What a token is made of, for an error.
pub(crate) const TOKEN: &str = "letters, digits and !#$%&'*+-.^_`|~ are accepted (RFC 9110, 5.6.2)";

/// Whether it is a token, as methods and the names of fields are.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && all_classes(text) & NO_TCHAR == NONE
}

/// How many bytes at its beginning could be a token's.
pub(crate) fn token_length(text: &[u8]) -> usize {
    let ends = |byte: &u8| class(*byte) & NO_TCHAR != NONE;
    text.iter().position(ends).unwrap_or(text.len())
}

/// Whether a token or value, checked before, is that word, which is given in lower case, in any
/// case. Cases differ by one bit, and only control characters become anything else by it.
pub(crate) fn is_word<const N: usize>(text: &[u8], word: &[u8; N]) -> bool {
    <&[u8; N]>::try_from(text).is_ok_and(|text| {
        let pairs = text.iter().zip(word);
        // All of them, without a branch.
        pairs.fold(0, |differs, (a, b)| differs | ((a | 0x20) ^ b)) == 0
    })
}

/// Whether it can be the value of a field: it has no control character but tabs. Looked at in
/// blocks, of which the last overlaps the one before, since a block is a few instructions.
#[inline(never)]
pub(crate) fn is_value(text: &[u8]) -> bool {
    match text.last_chunk() {
        Some(last) => !text.as_chunks().0.iter().chain([last]).any(has_control),
        None => all_classes(text) & CONTROL == NONE,
    }
}

fn has_control(block: &[u8; 16]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    // All of them, without a branch.
    block.iter().fold(false, |any, byte| any | is_control(byte))
}

/// Without the blanks at its end.
pub(crate) fn trimmed_end(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = line {
        line = rest;
    }
    line
}

/// Without the blanks at its beginning.
pub(crate) fn trimmed_start(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = line {
        line = rest;
    }
    line
}

/// No token can have it.
const NO_TCHAR: u8 = 1;
/// A field value cannot have it: a control character but a tab.
const CONTROL: u8 = 2;
const NONE: u8 = 0;

/// What a byte is not good for.
fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(NONE)
}

/// What any of them is not good for, found without a branch.
#[inline(never)]
fn all_classes(text: &[u8]) -> u8 {
    text.iter().fold(NONE, |all, byte| all | class(*byte))
}

const CLASSES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut byte = 0;
    while byte < 256 {
        let punctuation = matches!(
            byte as u8,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        );
        #[allow(clippy::indexing_slicing)] // a constant
        {
            if !((byte as u8).is_ascii_alphanumeric() || punctuation) {
                table[byte] |= NO_TCHAR;
            }
            if (byte as u8).is_ascii_control() && byte as u8 != b'\t' {
                table[byte] |= CONTROL;
            }
        }
        byte += 1;
    }
    table
};
