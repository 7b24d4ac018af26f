//! What is asked of each field of a request.

use courser_core::Result;

/// What few requests say. The code for it is out of the way of that for what all say, which is as
/// much as the cache of a processor holds: a check a field, and no more.
#[cold]
#[inline(never)]
pub(super) fn rare<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Takes what is in a field, if anything is, to do something with it.
pub(super) fn given<T>(field: &mut Option<T>, work: impl FnOnce(T) -> Result<()>) -> Result<()> {
    if field.is_none() {
        return Ok(());
    }
    rare(|| field.take().map_or(Ok(()), work))
}
