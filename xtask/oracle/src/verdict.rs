//! What is made of the differences of a case.

use anyhow::Result;
use courser_core::Capabilities;

use crate::case::Case;
use crate::compare::{Difference, Observation, compare};
use crate::deviations::Deviations;
use crate::limits;

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As in clj-http.
    Passed,
    /// As the decision of this number says.
    Deviation(u32),
    /// As the transport can, for want of this capability.
    Limit(&'static str),
    /// In some other way.
    Failed(Vec<Difference>),
}

/// A case that was run: as it is meant to be, as it was, and what that means.
#[derive(Debug)]
pub struct Judged {
    /// The case, with its deviation if it has one.
    pub case: Case,
    /// What was seen.
    pub seen: Observation,
    /// How it ended.
    pub verdict: Verdict,
}

/// Compares what was seen with the case, or with what the list of deviations makes of it.
pub fn judge(
    case: &Case,
    seen: Observation,
    deviations: &Deviations,
    can: &Capabilities,
    strict: bool,
) -> Result<Judged> {
    let deviation = deviations.apply(case)?;
    let (case, number) = match deviation {
        Some((changed, number)) => (changed, Some(number)),
        None => (case.clone(), None),
    };
    let found = compare(&case, &seen, strict);
    let verdict = match (number, limits::explain(&found, can)) {
        (Some(number), _) if found.is_empty() => Verdict::Deviation(number),
        (None, _) if found.is_empty() => Verdict::Passed,
        (_, Some(capability)) => Verdict::Limit(capability),
        (_, None) => Verdict::Failed(found),
    };
    Ok(Judged {
        case,
        seen,
        verdict,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn verdict(deviations: &str, change: impl FnOnce(&mut Observation)) -> Verdict {
        let deviations = Deviations::parse(deviations).unwrap();
        let mut seen = testing::seen();
        change(&mut seen);
        let can = Capabilities::default();
        judge(&testing::case(), seen, &deviations, &can, false)
            .unwrap()
            .verdict
    }

    fn to(target: &str) -> impl FnOnce(&mut Observation) + '_ {
        |seen| target.clone_into(&mut seen.steps[0].wire[0].target)
    }

    #[test]
    fn four_ends() {
        let list = r#"{"a" {:no 4 :wire {0 {:target "/b"}}}}"#;
        assert_eq!(verdict("{}", |_| ()), Verdict::Passed);
        assert_eq!(verdict(list, to("/b")), Verdict::Deviation(4));
        assert_eq!(
            verdict("{}", |seen| seen.connections = 9),
            Verdict::Limit("connection_affinity")
        );
        assert!(matches!(verdict("{}", to("/b")), Verdict::Failed(_)));
    }

    #[test]
    fn a_deviation_excuses_nothing_else() {
        let list = r#"{"a" {:no 4 :wire {0 {:target "/b"}}}}"#;
        assert!(matches!(verdict(list, to("/c")), Verdict::Failed(_)));
        assert!(
            matches!(verdict(list, |_| ()), Verdict::Failed(_)),
            "as clj-http, against the decision"
        );
        let both = |seen: &mut Observation| {
            to("/b")(seen);
            "GET".clone_into(&mut seen.steps[0].wire[0].method);
        };
        assert!(matches!(verdict(list, both), Verdict::Failed(found) if found.len() == 1));
    }
}
