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
    pub(crate) name: &'static str,
    /// The weakness that a control has, if it is one.
    pub(crate) control: Option<&'static str>,
    pub(crate) came: Came,
    /// The most memory of a call, in bytes.
    pub(crate) peak: usize,
}

impl Line {
    /// Whether it came as it should: attacks do no harm, controls do.
    fn is_fine(&self) -> bool {
        match self.came {
            Came::Harmless(_) => self.control.is_none(),
            Came::Harm(_) => self.control.is_some(),
            Came::Broken(_) => false,
        }
    }
}

/// The table, and the sums.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) lines: Vec<Line>,
}

impl Report {
    /// Whether no attack did harm, and each control was hit.
    pub(crate) fn is_fine(&self) -> bool {
        self.lines.iter().all(Line::is_fine)
    }

    fn count(&self, is_control: bool, is_fine: bool) -> usize {
        let lines = self.lines.iter();
        lines
            .filter(|line| line.control.is_some() == is_control && line.is_fine() == is_fine)
            .count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>3}  {:<8} {:>9}  attack: what came of it",
            "row", "result", "peak"
        )?;
        for line in self.lines.iter().filter(|line| line.control.is_none()) {
            let (result, text) = match &line.came {
                Came::Harmless(text) => ("survived", text),
                Came::Harm(text) => ("FAILED", text),
                Came::Broken(text) => ("BROKEN", text),
            };
            let peak = line.peak as f64 / f64::from(1 << 20);
            let (row, name) = (line.row, line.name);
            writeln!(f, "{row:>3}  {result:<8} {peak:>5.1} MiB  {name}: {text}")?;
        }
        writeln!(f, "\ncontrols, which have to be hit")?;
        for line in &self.lines {
            let Some(weakness) = line.control else {
                continue;
            };
            let (result, text) = match &line.came {
                Came::Harmless(text) => ("NOT HIT", text),
                Came::Harm(text) => ("hit", text),
                Came::Broken(text) => ("BROKEN", text),
            };
            let peak = line.peak as f64 / f64::from(1 << 20);
            let row = line.row;
            writeln!(
                f,
                "{row:>3}  {result:<8} {peak:>5.1} MiB  {weakness}: {text}"
            )?;
        }
        writeln!(
            f,
            "controls: {} hit, {} not",
            self.count(true, true),
            self.count(true, false)
        )?;
        writeln!(
            f,
            "attacks: {} survived, {} failed",
            self.count(false, true),
            self.count(false, false)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(control: Option<&'static str>, came: fn(String) -> Came) -> Line {
        Line {
            row: 1,
            name: "name",
            control,
            came: came("text".into()),
            peak: 0,
        }
    }

    #[test]
    fn controls_have_to_be_hit() {
        let check = |lines: Vec<Line>, fine: bool, last: &str| {
            let report = Report { lines };
            assert_eq!(report.is_fine(), fine, "{report}");
            assert!(report.to_string().ends_with(last), "{report}");
        };
        let good = || line(None, Came::Harmless);
        let hit = || line(Some("weak"), Came::Harm);
        check(vec![good(), hit()], true, "attacks: 1 survived, 0 failed\n");
        check(
            vec![good(), line(Some("weak"), Came::Harmless)],
            false,
            "controls: 0 hit, 1 not\nattacks: 1 survived, 0 failed\n",
        );
        check(
            vec![line(None, Came::Harm), hit()],
            false,
            "controls: 1 hit, 0 not\nattacks: 0 survived, 1 failed\n",
        );
        check(
            vec![line(None, Came::Broken), line(Some("weak"), Came::Broken)],
            false,
            "controls: 0 hit, 1 not\nattacks: 0 survived, 1 failed\n",
        );
    }
}
