//! What is printed.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::compare::compare;
use crate::mutate::mutants;
use crate::verdict::{Judged, Verdict};

/// How many cases ended in each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    passed: usize,
    deviations: usize,
    limits: usize,
    /// Cases that failed.
    pub failed: usize,
}

impl Counts {
    /// Counts all of them.
    pub fn of<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Self {
        let mut counts = Self::default();
        for judged in judged {
            let count = match judged.verdict {
                Verdict::Passed => &mut counts.passed,
                Verdict::Deviation(_) => &mut counts.deviations,
                Verdict::Limit(_) => &mut counts.limits,
                Verdict::Failed(_) => &mut counts.failed,
            };
            *count += 1;
        }
        counts
    }
}

/// Everything: failures, then tables, then the line of numbers.
pub fn report(judged: &[Judged]) -> String {
    let mut out = String::new();
    failures(&mut out, judged);
    topics(&mut out, judged);
    let (mut numbers, mut limits) = (BTreeMap::new(), BTreeMap::new());
    for judged in judged {
        match judged.verdict {
            Verdict::Deviation(number) => *numbers.entry(format!("D{number}")).or_insert(0) += 1,
            Verdict::Limit(capability) => *limits.entry(capability.to_owned()).or_insert(0) += 1,
            _ => {}
        }
    }
    counted(&mut out, "deviations by number", numbers);
    counted(&mut out, "limits by capability", limits);
    let all = Counts::of(judged);
    let _ = writeln!(
        out,
        "oracle: {} passed, {} deviations, {} limits, {} failed",
        all.passed, all.deviations, all.limits, all.failed
    );
    out
}

fn failures(out: &mut String, judged: &[Judged]) {
    for judged in judged {
        let Verdict::Failed(found) = &judged.verdict else {
            continue;
        };
        let _ = writeln!(out, "{} ({})", judged.case.id, judged.case.topic);
        for difference in found {
            let step = match judged.case.steps.len() {
                1 => String::new(),
                _ => format!("step {} ", difference.step),
            };
            let _ = writeln!(
                out,
                "  {step}{}\n    expected {}\n    got      {}",
                difference.field, difference.expected, difference.got
            );
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
}

fn topics(out: &mut String, judged: &[Judged]) {
    let mut topics: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for judged in judged {
        topics.entry(&judged.case.topic).or_default().push(judged);
    }
    let _ = writeln!(out, "topic            passed  deviations  limits  failed");
    for (topic, judged) in topics {
        let counts = Counts::of(judged);
        let _ = writeln!(
            out,
            "{topic:<15} {:>7} {:>11} {:>7} {:>7}",
            counts.passed, counts.deviations, counts.limits, counts.failed
        );
    }
    out.push('\n');
}

fn counted(out: &mut String, title: &str, counts: BTreeMap<String, usize>) {
    if counts.is_empty() {
        return;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    // D2 before D10.
    counts.sort_by_key(|(name, _)| (name.len(), name.clone()));
    let counts: Vec<String> = counts
        .iter()
        .map(|(name, n)| format!("{name}: {n}"))
        .collect();
    let _ = writeln!(out, "{title}: {}\n", counts.join(", "));
}

/// Changes every expectation in every way, and says which changes the comparison did not notice. The second is whether
/// all were.
pub fn mutations(judged: &[Judged], strict: bool) -> (String, bool) {
    let mut out = String::new();
    let (mut caught, mut all, mut skipped) = (0, 0, 0);
    for judged in judged {
        if let Verdict::Failed(_) = judged.verdict {
            skipped += 1;
            continue;
        }
        // What a limit explains differs anyway: a mutant has to make another difference.
        let before = compare(&judged.case, &judged.seen, strict);
        for mutant in mutants(&judged.case) {
            all += 1;
            let after = compare(&mutant.case, &judged.seen, strict);
            if after.iter().any(|difference| !before.contains(difference)) {
                caught += 1;
            } else {
                let _ = writeln!(out, "{}: not noticed: {}", judged.case.id, mutant.what);
            }
        }
    }
    if skipped > 0 {
        let _ = writeln!(out, "{skipped} cases fail already and were not mutated");
    }
    let _ = writeln!(out, "mutations: {caught} caught of {all}");
    (out, caught == all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Difference, Field};
    use crate::testing;

    fn judged(verdict: Verdict) -> Judged {
        Judged {
            case: testing::case(),
            seen: testing::seen(),
            verdict,
        }
    }

    #[test]
    fn a_report() {
        let difference = Difference {
            step: 0,
            field: Field::Target(0),
            expected: "/a".to_owned(),
            got: "/b".to_owned(),
        };
        let text = report(&[
            judged(Verdict::Passed),
            judged(Verdict::Deviation(10)),
            judged(Verdict::Deviation(2)),
            judged(Verdict::Limit("exact_target")),
            judged(Verdict::Failed(vec![difference])),
        ]);
        assert_eq!(
            text,
            "a (t)\n  wire 0 target\n    expected /a\n    got      /b\n\n\
             topic            passed  deviations  limits  failed\n\
             t                     1           2       1       1\n\n\
             deviations by number: D2: 1, D10: 1\n\n\
             limits by capability: exact_target: 1\n\n\
             oracle: 1 passed, 2 deviations, 1 limits, 1 failed\n"
        );
    }

    #[test]
    fn mutations_are_counted() {
        let (text, all) = mutations(
            &[judged(Verdict::Passed), judged(Verdict::Failed(Vec::new()))],
            false,
        );
        assert!(all, "{text}");
        assert!(text.starts_with("1 cases fail already"), "{text}");
        assert!(text.contains("\nmutations: "), "{text}");
    }
}
