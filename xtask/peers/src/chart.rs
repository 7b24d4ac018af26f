//! The chart of the README.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use crate::clients::{REFERENCE, clients};
use crate::report::Report;
use crate::workload::Workload;

/// The workloads that it shows.
const SHOWN: [Workload; 4] = [
    Workload::Small,
    Workload::Tls,
    Workload::JsonTyped,
    Workload::Large,
];

const LEFT: f64 = 160.0;
const WIDTH: f64 = 760.0;
const BAR: f64 = 16.0;

/// Writes it: requests a second, beside reqwest's.
pub(crate) fn write(report: &Report, file: &str) -> Result<()> {
    let mut rows = String::new();
    let mut y = 48.0;
    for workload in SHOWN {
        let bars: Vec<(&str, f64, f64)> = clients()
            .filter_map(|name| {
                let (rate, ratio) = report.rate(workload.name(), name, REFERENCE)?;
                Some((name, rate, ratio))
            })
            .collect();
        if bars.is_empty() {
            continue;
        }
        let most = bars
            .iter()
            .fold(1.0_f64, |most, (_, _, ratio)| most.max(*ratio));
        let _ = writeln!(
            rows,
            r#"<text class="h" x="12" y="{y:.0}">{}</text>"#,
            workload.name()
        );
        y += 8.0;
        for (name, rate, ratio) in bars {
            let width = (WIDTH - LEFT - 130.0) * ratio / most;
            let class = if name.starts_with("courser") {
                "c"
            } else {
                "p"
            };
            let text = y + BAR - 4.0;
            let _ = writeln!(
                rows,
                r#"<text x="{:.0}" y="{text:.0}" text-anchor="end">{name}</text><rect class="{class}" x="{LEFT}" y="{y:.0}" width="{width:.1}" height="{:.0}"/><text x="{:.1}" y="{text:.0}">{rate:.0}/s, {ratio:.2}</text>"#,
                LEFT - 8.0,
                BAR - 3.0,
                LEFT + width + 6.0,
            );
            y += BAR;
        }
        y += 26.0;
    }
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0}" width="{WIDTH}" height="{y:.0}">
<style>rect.bg{{fill:#fff}}text{{font:12px sans-serif;fill:#333}}.h{{font-weight:bold}}.c{{fill:#2f6fab}}.p{{fill:#b9c2cc}}</style>
<rect class="bg" width="100%" height="100%"/>
<text x="12" y="22">Requests a second, one after the other, client and server on one core; and the ratio to reqwest</text>
{rows}</svg>
"##
    );
    std::fs::write(file, svg).with_context(|| format!("writing {file}"))
}
