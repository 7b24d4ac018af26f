//! What errors of layers become.

use std::error::Error as StdError;

use courser_core::{BoxError, Error, ErrorKind, Phase, Timeout};

/// An error that a layer answered with.
pub(super) fn of_layer(name: &str, error: BoxError) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(ours) => return *ours,
        Err(error) => error,
    };
    if is_elapsed(&*error) {
        let kind = ErrorKind::Timeout(Timeout::Total(Phase::Other));
        return Error::new(kind, format!("the layer \"{name}\" timed out")).because(error);
    }
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    let inside = causes.find_map(|cause| cause.downcast_ref::<Error>().cloned());
    let message = format!("the layer \"{name}\" failed");
    let Some(inside) = inside else {
        return Error::new(ErrorKind::User, message).because(error);
    };
    // What is known of the exchange is known of this error too.
    let mut made = Error::new(inside.kind(), message)
        .because(error)
        .transient(inside.is_transient());
    if inside.is_answered() {
        made = made.answered();
    }
    match inside.response() {
        Some(response) => made.with_response(response.clone()),
        None => made,
    }
}

/// Whether it is tower's or tokio's `Elapsed`. By how it is shown, which a test compares with the
/// true ones: to know the types would take the whole of tower.
fn is_elapsed(error: &(dyn StdError + 'static)) -> bool {
    format!("{error:?}") == "Elapsed(())"
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::{Response, Url};
    use std::fmt;

    /// An error of a layer, around another.
    #[derive(Debug)]
    struct Around(BoxError);

    impl fmt::Display for Around {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("around")
        }
    }

    impl StdError for Around {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&*self.0)
        }
    }

    #[test]
    fn kinds_and_causes() {
        fn check(error: impl Into<BoxError>, kind: ErrorKind, shown: &str) {
            let made = of_layer("l", error.into());
            assert_eq!((made.kind(), &*format!("{made:?}")), (kind, shown));
        }
        let timeout = ErrorKind::Timeout(Timeout::Total(Phase::Other));
        let ours = || Error::new(ErrorKind::Connect, "refused");
        check(ours(), ErrorKind::Connect, "refused");
        check(
            tower::timeout::error::Elapsed::new(),
            timeout,
            "the layer \"l\" timed out: request timed out",
        );
        check("full", ErrorKind::User, "the layer \"l\" failed: full");
        check(
            Around(Around(ours().into()).into()),
            ErrorKind::Connect,
            "the layer \"l\" failed: around: refused",
        );
        let response = Response::new(Url::parse("http://h/").unwrap());
        let inside = ours().transient(false).with_response(response);
        let made = of_layer("l", Around(inside.into()).into());
        assert!(made.response().is_some() && !made.is_transient() && made.is_answered());
    }
}
