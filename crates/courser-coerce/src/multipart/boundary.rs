//! What stands between parts.

use super::head::WriteError;

/// A boundary that nobody can guess, of 32 characters: 128 bits from the system's random numbers
/// (CVE-2025-22150 is what becomes of others). It is drawn again while it occurs in what is given.
///
/// # Errors
/// [`WriteError::Random`] when the system has no random numbers.
pub fn boundary(known: &[&[u8]]) -> Result<String, WriteError> {
    loop {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(WriteError::Random)?;
        let boundary = format!("{:032x}", u128::from_ne_bytes(bits));
        if !occurs(&boundary, known) {
            return Ok(boundary);
        }
    }
}

fn occurs(boundary: &str, known: &[&[u8]]) -> bool {
    let finder = memchr::memmem::Finder::new(boundary);
    known.iter().any(|bytes| finder.find(bytes).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_counts() {
        let known = [&b"abc"[..], b"", b"xx0123yy"];
        assert!(occurs("0123", &known));
        assert!(!occurs("01234", &known));
    }

    #[test]
    fn no_two_are_alike() {
        let drawn: std::collections::HashSet<String> =
            (0..100).map(|_| boundary(&[]).unwrap()).collect();
        assert_eq!(drawn.len(), 100);
        // RFC 2046, 5.1.1: up to 70 characters, of which these need no quotes.
        let fits = |it: &String| it.len() == 32 && it.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(drawn.iter().all(fits));
    }
}
