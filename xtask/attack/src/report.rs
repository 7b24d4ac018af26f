//! The table of what came of the attacks.

use std::fmt;

/// What came of an attack.
#[derive(Debug)]
pub(crate) enum Came {
    Harmless(String),
    Harm(String),
    /// It could not be played.
    Broken(String),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) row: u8,
    /// The attack, or the weakness of a control.
    pub(crate) text: &'static str,
    pub(crate) is_control: bool,
    pub(crate) came: Came,
    /// The most memory of a call, in bytes.
    pub(crate) peak: usize,
}

impl Line {
    /// Whether it came as it should: attacks do no harm, controls do.
    fn is_fine(&self) -> bool {
        match self.came {
            Came::Harmless(_) => !self.is_control,
            Came::Harm(_) => self.is_control,
            Came::Broken(_) => false,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (result, came) = match (&self.came, self.is_control) {
            (Came::Harmless(came), false) => ("survived", came),
            (Came::Harm(came), false) => ("FAILED", came),
            (Came::Harmless(came), true) => ("NOT HIT", came),
            (Came::Harm(came), true) => ("hit", came),
            (Came::Broken(came), _) => ("BROKEN", came),
        };
        let peak = self.peak as f64 / f64::from(1 << 20);
        let (row, text) = (self.row, self.text);
        write!(f, "{row:>3}  {result:<8} {peak:>5.1} MiB  {text}: {came}")
    }
}

/// The head of the lines.
pub(crate) const HEAD: &str =
    "row  result        peak  attack, or weakness of a control, which has to be hit";

/// How many came as they should, and how many not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    attacks: (usize, usize),
    controls: (usize, usize),
}

impl Sums {
    pub(crate) fn add(&mut self, line: &Line) {
        let (good, bad) = if line.is_control {
            (&mut self.controls.0, &mut self.controls.1)
        } else {
            (&mut self.attacks.0, &mut self.attacks.1)
        };
        *if line.is_fine() { good } else { bad } += 1;
    }

    /// Whether no attack did harm, and each control was hit.
    pub(crate) fn are_fine(self) -> bool {
        self.attacks.1 == 0 && self.controls.1 == 0
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((survived, failed), (hit, not)) = (self.attacks, self.controls);
        writeln!(f, "controls: {hit} hit, {not} not")?;
        write!(f, "attacks: {survived} survived, {failed} failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_have_to_be_hit() {
        let line = |is_control, came: fn(String) -> Came| Line {
            row: 1,
            text: "name",
            is_control,
            came: came("text".into()),
            peak: 0,
        };
        let check = |lines: &[Line], fine: bool, text: &str| {
            let mut sums = Sums::default();
            for line in lines {
                sums.add(line);
            }
            assert_eq!((sums.are_fine(), sums.to_string().as_str()), (fine, text));
        };
        let (harmless, harm, broken) = (Came::Harmless, Came::Harm, Came::Broken);
        check(
            &[line(false, harmless), line(true, harm)],
            true,
            "controls: 1 hit, 0 not\nattacks: 1 survived, 0 failed",
        );
        check(
            &[line(false, harmless), line(true, harmless)],
            false,
            "controls: 0 hit, 1 not\nattacks: 1 survived, 0 failed",
        );
        check(
            &[line(false, harm), line(true, harm)],
            false,
            "controls: 1 hit, 0 not\nattacks: 0 survived, 1 failed",
        );
        check(
            &[line(false, broken), line(true, broken)],
            false,
            "controls: 0 hit, 1 not\nattacks: 0 survived, 1 failed",
        );
    }
}
