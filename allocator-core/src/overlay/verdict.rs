//! The rules that judge an audit, each PASS, CAUTION or FAIL with its figure (R9).
//!
//! A rule whose figure is unknown, or whose window the data do not reach, has no verdict and says why; it is never a PASS. The whole
//! is the worst of its rules.

use super::interval::DeltaInterval;
use crate::config::audit::VerdictRules;
use crate::wire::choice;
use serde::Serialize;

choice! {
    /// How a rule came out, from best to worst.
    pub enum Verdict {
        /// As it should be.
        Pass = "PASS",
        /// Look at it.
        Caution = "CAUTION",
        /// Do not run it like this.
        Fail = "FAIL",
    }
}

/// One rule and how it came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RuleVerdict {
    /// The figure that was judged; null where it is unknown.
    pub figure: Option<f64>,
    /// How it came out, in words; where a difference may be luck, it says so.
    pub note: String,
    /// The rule.
    pub rule: String,
    /// The rule in words, with its limits.
    pub statement: String,
    /// The verdict; null where the figure is unknown or does not apply.
    pub verdict: Option<Verdict>,
}

/// What the rules look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Differences, scaled less baseline: CAGR, volatility, Sharpe ratio, maximum drawdown, worst month, worst quarter.
    pub deltas: [Option<f64>; 6],
    /// Their intervals.
    pub intervals: [Option<DeltaInterval>; 6],
    /// Mean applied scalar.
    pub scalar_mean: Option<f64>,
    /// Highest applied scalar.
    pub scalar_max: Option<f64>,
    /// Share of days in NORMAL.
    pub normal_share: Option<f64>,
    /// Transitions a year.
    pub transitions: Option<f64>,
    /// Flips a year: a regime entered and left again, back to where it came from, within `flip_days`.
    pub flips: Option<f64>,
    /// Stress windows that the data reach, and how many of them were flagged.
    pub stress: (usize, usize),
    /// Calm windows that the data reach, and how many of them were de-risked.
    pub calm: (usize, usize),
    /// Weights that are larger after scaling.
    pub raised: usize,
}

/// A scalar from here up counts as 1: smoothing only approaches its target.
const FULL: f64 = 0.999;

/// Judges every rule.
pub fn judge(found: &Findings, rules: &VerdictRules) -> Vec<RuleVerdict> {
    let percent = |value: f64| format!("{:.2} %", 100.0 * value);
    let luck = |i: usize| match found.intervals[i] {
        Some(interval) if interval.distinct => format!("; more than luck, {}", shown(interval)),
        Some(interval) => format!("; not told from luck, {}", shown(interval)),
        None => String::from("; no interval"),
    };
    let delta = |i: usize, rule: &str, statement: String, verdict: &dyn Fn(f64) -> Verdict| {
        let figure = found.deltas[i];
        let note = figure.map_or_else(|| String::from("unknown"), |value| format!("{value:+.4}{}", luck(i)));
        RuleVerdict { figure, note, rule: rule.to_owned(), statement, verdict: figure.map(verdict) }
    };
    let plain = |figure: Option<f64>, rule: &str, statement: String, verdict: &dyn Fn(f64) -> Verdict| RuleVerdict {
        figure,
        note: figure.map_or_else(|| String::from("unknown"), |value| format!("{value:.4}")),
        rule: rule.to_owned(),
        statement,
        verdict: figure.map(verdict),
    };
    let worst_period = |value: f64| match value {
        value if value >= 0.0 => Verdict::Pass,
        value if value >= -rules.worst_period_fail => Verdict::Caution,
        _ => Verdict::Fail,
    };
    let mut all = vec![
        delta(
            3,
            "max_drawdown",
            format!("maximum drawdown better by at least {}; worse fails", percent(rules.drawdown_gain)),
            &|value| match value {
                value if value >= rules.drawdown_gain => Verdict::Pass,
                value if value >= 0.0 => Verdict::Caution,
                _ => Verdict::Fail,
            },
        ),
        delta(
            4,
            "worst_month",
            format!("worst month not worse; worse by more than {} fails", percent(rules.worst_period_fail)),
            &worst_period,
        ),
        delta(
            5,
            "worst_quarter",
            format!("worst quarter not worse; worse by more than {} fails", percent(rules.worst_period_fail)),
            &worst_period,
        ),
        delta(
            2,
            "sharpe",
            format!("Sharpe ratio kept or better; a fall of more than {} fails", rules.sharpe_drop_fail),
            &|value| match value {
                value if value >= 0.0 => Verdict::Pass,
                value if value >= -rules.sharpe_drop_fail => Verdict::Caution,
                _ => Verdict::Fail,
            },
        ),
        delta(
            0,
            "cagr_cost",
            format!("CAGR given up below {}; above {} fails", percent(rules.cagr_cost_caution), percent(rules.cagr_cost_fail)),
            &|value| match -value {
                cost if cost < rules.cagr_cost_caution => Verdict::Pass,
                cost if cost <= rules.cagr_cost_fail => Verdict::Caution,
                _ => Verdict::Fail,
            },
        ),
        plain(
            found.scalar_mean,
            "mean_scalar",
            format!(
                "mean scalar {} to {}; below {} fails, above the upper end the overlay hardly acts",
                rules.mean_scalar_caution, rules.mean_scalar_idle, rules.mean_scalar_fail
            ),
            &|value| match value {
                value if value < rules.mean_scalar_fail => Verdict::Fail,
                value if value < rules.mean_scalar_caution || value > rules.mean_scalar_idle => Verdict::Caution,
                _ => Verdict::Pass,
            },
        ),
        plain(
            found.normal_share,
            "time_in_normal",
            format!("share of days in NORMAL {} to {}", rules.normal_share_min, rules.normal_share_max),
            &|value| {
                if (rules.normal_share_min..=rules.normal_share_max).contains(&value) { Verdict::Pass } else { Verdict::Caution }
            },
        ),
        plain(
            found.transitions,
            "transitions",
            format!("transitions a year below {}; above {} fails", rules.transitions_caution, rules.transitions_fail),
            &|value| match value {
                value if value < rules.transitions_caution => Verdict::Pass,
                value if value <= rules.transitions_fail => Verdict::Caution,
                _ => Verdict::Fail,
            },
        ),
        plain(
            found.flips,
            "flips",
            format!(
                "no regime entered and left again within {} days; more than {} a year fails",
                rules.flip_days, rules.flips_fail
            ),
            &|value| match value {
                value if value <= 0.0 => Verdict::Pass,
                value if value <= rules.flips_fail => Verdict::Caution,
                _ => Verdict::Fail,
            },
        ),
    ];
    all.push(windows(
        found.stress,
        "stress_windows",
        format!("every known stress window flagged by a scalar below {}; none of them fails", rules.stress_scalar),
        |flagged, windows| match flagged {
            flagged if flagged == windows => Verdict::Pass,
            0 => Verdict::Fail,
            _ => Verdict::Caution,
        },
    ));
    all.push(windows(
        found.calm,
        "calm_windows",
        format!("no scalar below {} in a calm window", rules.stress_scalar),
        |hit, _| if hit == 0 { Verdict::Pass } else { Verdict::Caution },
    ));
    all.push(plain(
        found.scalar_max,
        "full_exposure",
        format!("the scalar reaches {FULL} at some time; always less is a warning"),
        &|value| if value >= FULL { Verdict::Pass } else { Verdict::Caution },
    ));
    all.push(plain(Some(found.raised as f64), "exposure_raised", String::from("no weight is larger after scaling"), &|value| {
        if value > 0.0 { Verdict::Fail } else { Verdict::Pass }
    }));
    all
}

fn shown(interval: DeltaInterval) -> String {
    format!("{:+.4} to {:+.4}", interval.low, interval.high)
}

fn windows(
    (reached, hit): (usize, usize),
    rule: &str,
    statement: String,
    verdict: impl Fn(usize, usize) -> Verdict,
) -> RuleVerdict {
    let some = reached > 0;
    RuleVerdict {
        figure: some.then(|| hit as f64 / reached as f64),
        note: if some { format!("{hit} of {reached}") } else { String::from("the data reach into none of the windows") },
        rule: rule.to_owned(),
        statement,
        verdict: some.then(|| verdict(hit, reached)),
    }
}

/// The worst verdict; CAUTION at best where a rule has none for an unknown figure.
pub fn overall(rules: &[RuleVerdict]) -> Verdict {
    let optional = |rule: &RuleVerdict| matches!(rule.rule.as_str(), "stress_windows" | "calm_windows");
    let of = |rule: &RuleVerdict| match rule.verdict {
        Some(verdict) => verdict,
        None if optional(rule) => Verdict::Pass,
        None => Verdict::Caution,
    };
    rules.iter().map(of).max().unwrap_or(Verdict::Caution)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Findings {
        Findings {
            deltas: [Some(-0.005), Some(-0.02), Some(0.05), Some(0.03), Some(0.01), Some(0.0)],
            intervals: [None; 6],
            scalar_mean: Some(0.95),
            scalar_max: Some(1.0),
            normal_share: Some(0.75),
            transitions: Some(12.0),
            flips: Some(0.0),
            stress: (2, 2),
            calm: (1, 0),
            raised: 0,
        }
    }

    fn verdict_of(found: &Findings, rule: &str) -> Option<Verdict> {
        judge(found, &VerdictRules::default()).into_iter().find(|one| one.rule == rule).unwrap().verdict
    }

    #[test]
    fn a_good_audit_passes_every_rule() {
        let all = judge(&good(), &VerdictRules::default());
        assert_eq!(all.len(), 13);
        assert!(all.iter().all(|rule| rule.verdict == Some(Verdict::Pass)), "{all:?}");
        assert_eq!(overall(&all), Verdict::Pass);
    }

    #[test]
    fn every_rule_has_its_limits() {
        use Verdict::{Caution, Fail, Pass};
        let with = |set: &dyn Fn(&mut Findings)| {
            let mut found = good();
            set(&mut found);
            found
        };
        for (rule, i, value, wanted) in [
            ("max_drawdown", 3, 0.02, Pass),
            ("max_drawdown", 3, 0.019, Caution),
            ("max_drawdown", 3, -0.001, Fail),
            ("worst_month", 4, -0.005, Caution),
            ("worst_month", 4, -0.02, Fail),
            ("worst_quarter", 5, -0.02, Fail),
            ("sharpe", 2, -0.2, Caution),
            ("sharpe", 2, -0.21, Fail),
            ("cagr_cost", 0, -0.01, Caution),
            ("cagr_cost", 0, -0.021, Fail),
            ("cagr_cost", 0, 0.03, Pass),
        ] {
            assert_eq!(verdict_of(&with(&|found| found.deltas[i] = Some(value)), rule), Some(wanted), "{rule} {value}");
        }
        for (mean, wanted) in [(0.99, Caution), (0.98, Pass), (0.90, Pass), (0.89, Caution), (0.84, Fail)] {
            assert_eq!(verdict_of(&with(&|found| found.scalar_mean = Some(mean)), "mean_scalar"), Some(wanted), "{mean}");
        }
        for (share, wanted) in [(0.7, Pass), (0.8, Pass), (0.69, Caution), (0.9, Caution)] {
            assert_eq!(verdict_of(&with(&|found| found.normal_share = Some(share)), "time_in_normal"), Some(wanted));
        }
        for (count, wanted) in [(19.9, Pass), (20.0, Caution), (40.0, Caution), (51.0, Fail)] {
            assert_eq!(verdict_of(&with(&|found| found.transitions = Some(count)), "transitions"), Some(wanted));
        }
        assert_eq!(verdict_of(&with(&|found| found.flips = Some(0.5)), "flips"), Some(Caution));
        assert_eq!(verdict_of(&with(&|found| found.flips = Some(3.0)), "flips"), Some(Fail));
        assert_eq!(verdict_of(&with(&|found| found.stress = (2, 1)), "stress_windows"), Some(Caution));
        assert_eq!(verdict_of(&with(&|found| found.stress = (2, 0)), "stress_windows"), Some(Fail));
        assert_eq!(verdict_of(&with(&|found| found.calm = (1, 1)), "calm_windows"), Some(Caution));
        assert_eq!(verdict_of(&with(&|found| found.scalar_max = Some(0.98)), "full_exposure"), Some(Caution));
        assert_eq!(verdict_of(&with(&|found| found.raised = 1), "exposure_raised"), Some(Fail));
    }

    #[test]
    fn an_unknown_figure_is_never_a_pass() {
        let mut found = good();
        found.deltas[2] = None;
        let all = judge(&found, &VerdictRules::default());
        assert_eq!(overall(&all), Verdict::Caution);
        // A window that the data do not reach says nothing for or against.
        let mut found = good();
        found.stress = (0, 0);
        let all = judge(&found, &VerdictRules::default());
        assert_eq!((verdict_of(&found, "stress_windows"), overall(&all)), (None, Verdict::Pass));
    }
}
