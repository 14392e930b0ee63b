//! Operation `audit`: weights and asset returns in; baseline, scaled run, their comparison and its verdicts out (R8, R9, R12).

use super::risk::{check_cells, check_size, strangers, warnings_of};
use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::audit::{AuditConfig, DateWindow};
use crate::config::compat::Compat;
use crate::config::risk::OverlayMode;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{ReturnBook, WeightBook};
use crate::overlay::artefact::{About, Artefacts};
use crate::overlay::audit::{
    AuditEvent, AuditInputs, RegimeShare, RegimeSummary, Transition, TwoPasses, WindowReport, missing_returns, two_passes,
    window_reports,
};
use crate::overlay::convexity::{ConvexityReport, overlay};
use crate::overlay::exposure::{LagRules, WeightTable};
use crate::overlay::interval::{COMPARED, DeltaInterval, delta_intervals};
use crate::overlay::pass::{FigureRules, Pass, PassFigures, return_dates};
use crate::overlay::tables::{
    Coverage, Evidence, ExposureTable, RegimeTable, RunSummary, ScalarTable, SleeveTable, StateTable, WeightColumns,
};
use crate::overlay::verdict::{self, RuleVerdict, Verdict, judge, overall};
use crate::stats::drawdown::drawdown_curve;
use crate::units::{UnixNanos, name_fault};
use crate::wire::{At, Fields};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// De-risking events in the report.
pub const EVENTS_MAX: usize = 10;

/// Most resampled days, resamples times days.
pub const RESAMPLED_DAYS_MAX: usize = 100_000_000;

/// A request for a two-pass audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct AuditRequest {
    /// Returns of the assets.
    pub asset_returns: ReturnBook,
    /// What the baseline run is called.
    #[cfg_attr(feature = "schema", serde(default))]
    pub baseline_run: String,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: AuditConfig,
    /// Last date.
    #[cfg_attr(feature = "schema", serde(default))]
    pub end: Option<UnixNanos>,
    /// What the scaled run is called.
    #[cfg_attr(feature = "schema", serde(default))]
    pub scaled_run: String,
    /// Returns of sleeves, for their concentration and for sleeves with `own_state`.
    #[cfg_attr(feature = "schema", serde(default))]
    pub sleeve_returns: Option<ReturnBook>,
    /// First date that is judged; the history before it warms the state up.
    #[cfg_attr(feature = "schema", serde(default))]
    pub start: Option<UnixNanos>,
    /// A word of the user's about this audit.
    #[cfg_attr(feature = "schema", serde(default))]
    pub tag: Option<String>,
    /// Returns of trend units, for their breadth.
    #[cfg_attr(feature = "schema", serde(default))]
    pub trend_unit_returns: Option<ReturnBook>,
    /// 1.
    pub version: u32,
    /// Raw weights by decision date.
    pub weights: WeightBook,
}

/// One figure of both passes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Comparison {
    /// Of the baseline.
    pub baseline: Option<f64>,
    /// Scaled less baseline.
    pub delta: Option<f64>,
    /// The figure.
    pub figure: String,
    /// Bootstrap interval of the difference; null where there is none.
    pub interval: Option<DeltaInterval>,
    /// Of the scaled pass.
    pub scaled: Option<f64>,
}

/// Both passes through time: the start first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditCurves {
    /// Drawdown of the baseline.
    pub baseline_drawdown: Vec<f64>,
    /// Growth of 1 under the baseline.
    pub baseline_equity: Vec<f64>,
    /// Dates.
    pub date: Vec<UnixNanos>,
    /// Decision date of the weights that earned the return up to each date; null at the start.
    pub decided_at: Vec<Option<UnixNanos>>,
    /// Drawdown of the scaled pass.
    pub scaled_drawdown: Vec<f64>,
    /// Growth of 1, scaled.
    pub scaled_equity: Vec<f64>,
}

/// The report of an audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditResult {
    /// The text of every artefact by file name; null unless asked for.
    pub artefacts: Option<BTreeMap<String, String>>,
    /// Figures of the baseline.
    pub baseline: PassFigures,
    /// The figures side by side.
    pub comparison: Vec<Comparison>,
    /// Cost and benefit of protection; null unless it is enabled.
    pub convexity: Option<ConvexityReport>,
    /// How much of the history has a known state.
    pub coverage: Coverage,
    /// Both passes through time.
    pub curves: AuditCurves,
    /// The deepest de-risking events, at most ten.
    pub events: Vec<AuditEvent>,
    /// What each rebalance applied.
    pub exposure: ExposureTable,
    /// Regimes entered and left again for where they came from within `flip_days`, a year.
    pub flips_per_year: Option<f64>,
    /// The worst of the verdicts.
    pub overall: Verdict,
    /// Days by regime.
    pub regime_distribution: Vec<RegimeShare>,
    /// Regimes by date, whole history.
    pub regimes: RegimeTable,
    /// Scalars by date, whole history.
    pub scalars: ScalarTable,
    /// Figures of the scaled pass.
    pub scaled: PassFigures,
    /// Sleeves, by name.
    pub sleeves: Vec<SleeveTable>,
    /// Features by date, whole history.
    pub state: StateTable,
    /// What the scalars did to the rebalances that earned judged returns.
    pub summary: RunSummary,
    /// Transitions by pair.
    pub transitions: Vec<Transition>,
    /// All transitions, a year.
    pub transitions_per_year: Option<f64>,
    /// Every rule and how it came out.
    pub verdicts: Vec<RuleVerdict>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
    /// Scaled weights by decision date.
    pub weights: WeightColumns,
    /// Stress and calm windows.
    pub windows: Vec<WindowReport>,
}

/// The answer with its digest.
pub type AuditResponse = super::Answer<AuditResult>;

/// Two-pass audit of a strategy's weights.
///
/// # Errors
/// Weights without returns, settings outside their range, a mode other than compute, a portfolio that loses everything, no judged return.
pub fn audit(request: &AuditRequest) -> Result<AuditResponse, Problem> {
    request.answer()
}

impl AuditRequest {
    /// An audit with default settings.
    pub fn new(asset_returns: ReturnBook, weights: WeightBook) -> Self {
        AuditRequest {
            asset_returns,
            baseline_run: String::from("baseline"),
            config: AuditConfig::default(),
            end: None,
            scaled_run: String::from("scaled"),
            sleeve_returns: None,
            start: None,
            tag: None,
            trend_unit_returns: None,
            version: VERSION,
            weights,
        }
    }

    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        if self.config.risk.mode != OverlayMode::Compute || !self.config.risk.enabled {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("config").key("risk").key("mode"),
                "An audit computes its scalars itself and compares them with none.",
                "Leave out mode and enabled.",
            ));
        }
        for (field, series) in [
            ("asset_returns", Some(self.asset_returns.series())),
            ("sleeve_returns", self.sleeve_returns.as_ref().map(ReturnBook::series)),
            ("trend_unit_returns", self.trend_unit_returns.as_ref().map(ReturnBook::series)),
            ("weights", Some(self.weights.series())),
        ] {
            if let Some(series) = series {
                check_size(&at.key(field), series, faults);
            }
        }
        check_cells(&at.key("weights"), &self.weights, faults);
        let days = return_dates(&self.asset_returns, self.end).len();
        let resamples = self.config.bootstrap.resamples as usize;
        if days.saturating_mul(resamples) > RESAMPLED_DAYS_MAX {
            faults.push(Fault::new(
                Code::LimitExceeded,
                at.key("config").key("bootstrap").key("resamples"),
                format!("{resamples} resamples of {days} days are more than {RESAMPLED_DAYS_MAX} days."),
                "Take fewer resamples.",
            ));
        }
        if self.weights.series().iter().all(|series| series.times.is_empty()) {
            faults.push(Fault::new(Code::Empty, at.key("weights"), "There are no weights.", "Give one rebalance or more."));
        }
        let weights = at.key("weights");
        for series in self.weights.series() {
            if self.asset_returns.get(&series.name).is_none() {
                faults.push(missing_returns(&series.name, weights.key(&series.name).to_string(), &self.asset_returns));
            }
        }
        for (field, name) in
            [("baseline_run", Some(&self.baseline_run)), ("scaled_run", Some(&self.scaled_run)), ("tag", self.tag.as_ref())]
        {
            if let Some(why) = name.and_then(|name| name_fault(name)) {
                let message = format!("The name {:?} {why}.", name.map_or("", String::as_str));
                faults.push(Fault::new(Code::InvalidName, at.key(field), message, "Give a plain name."));
            }
        }
        if self.baseline_run == self.scaled_run {
            let message = format!("Both runs are called {:?}.", self.baseline_run);
            faults.push(Fault::new(Code::Duplicate, at.key("scaled_run"), message, "Give each run a name of its own."));
        }
        if let (Some(start), Some(end)) = (self.start, self.end)
            && start > end
        {
            let message = format!("The audit would end ({end}) before it starts ({start}).");
            faults.push(Fault::new(Code::Conflict, at.key("end"), message, "Swap start and end."));
        }
        for (name, sleeve) in &self.config.risk.sleeves {
            if sleeve.own_state && self.sleeve_returns.as_ref().is_none_or(|book| book.get(name).is_none()) {
                faults.push(Fault::new(
                    Code::MissingStatistics,
                    at.key("config").key("risk").key("sleeves").key(name),
                    format!("The sleeve {name:?} has a state of its own and no returns."),
                    "Give its returns in `sleeve_returns`, or set own_state: false.",
                ));
            }
        }
    }

    fn figure_rules(&self) -> FigureRules {
        FigureRules { ddof: self.config.ddof, basis: self.config.cagr_basis, periods_per_year: self.config.risk.periods_per_year }
    }
}

fn curves(passes: &TwoPasses) -> AuditCurves {
    let (baseline, scaled) = (passes.baseline.curve(), passes.scaled.curve());
    AuditCurves {
        baseline_drawdown: drawdown_curve(&baseline),
        baseline_equity: baseline,
        date: std::iter::once(passes.start).chain(passes.baseline.dates.iter().copied()).collect(),
        decided_at: std::iter::once(None).chain(passes.baseline.decided_at.iter().copied().map(Some)).collect(),
        scaled_drawdown: drawdown_curve(&scaled),
        scaled_equity: scaled,
    }
}

/// The six compared figures in the order of [`COMPARED`].
fn compared(figures: &PassFigures) -> [Option<f64>; 6] {
    [figures.cagr, figures.volatility, figures.sharpe, figures.max_drawdown, figures.worst_month, figures.worst_quarter]
}

fn comparisons(baseline: &PassFigures, scaled: &PassFigures, intervals: &[Option<DeltaInterval>; 6]) -> Vec<Comparison> {
    let (base, with) = (compared(baseline), compared(scaled));
    COMPARED
        .iter()
        .enumerate()
        .map(|(i, (figure, _))| Comparison {
            baseline: base[i],
            delta: with[i].zip(base[i]).map(|(with, base)| with - base),
            figure: (*figure).to_owned(),
            interval: intervals[i],
            scaled: with[i],
        })
        .collect()
}

fn verdict_findings(
    comparison: &[Comparison],
    summary: &RunSummary,
    regimes: &RegimeSummary,
    windows: &[WindowReport],
    raised: usize,
) -> verdict::Findings {
    let mut found = verdict::Findings {
        scalar_mean: summary.scalar_mean,
        scalar_max: summary.scalar_max,
        normal_share: regimes.normal_share,
        transitions: regimes.transitions_per_year,
        flips: regimes.flips_per_year,
        raised,
        ..verdict::Findings::default()
    };
    for (i, row) in comparison.iter().enumerate().take(6) {
        found.deltas[i] = row.delta;
        found.intervals[i] = row.interval;
    }
    for window in windows {
        let Some(flagged) = window.flagged else { continue };
        let counts = if window.kind == "stress" { &mut found.stress } else { &mut found.calm };
        counts.0 += 1;
        counts.1 += usize::from(flagged);
    }
    found
}

/// The comparison as the recorded system writes it: `two_pass_comparison.json`.
#[derive(Serialize)]
struct ComparisonFile<'a> {
    baseline: &'a PassFigures,
    baseline_run_id: &'a str,
    comparison: &'a [Comparison],
    convexity: Option<&'a ConvexityReport>,
    delta: BTreeMap<String, Option<f64>>,
    events: &'a [AuditEvent],
    overall: Verdict,
    regime_distribution: &'a [RegimeShare],
    scalars: &'a RunSummary,
    scaled: &'a PassFigures,
    scaled_run_id: &'a str,
    tag: Option<&'a str>,
    transitions: &'a [Transition],
    transitions_per_year: Option<f64>,
    verdicts: &'a [RuleVerdict],
    windows: &'a [WindowReport],
}

impl AuditResult {
    fn files(
        &self,
        request: &AuditRequest,
        passes: &TwoPasses,
        table: &WeightTable,
    ) -> Result<BTreeMap<String, String>, Problem> {
        let about = About { run_id: &request.baseline_run, universe: &table.symbols, description: "" };
        let mut files = Artefacts::default();
        files.state(&passes.governed.states, &about)?;
        files.regimes(&passes.governed.regimes, &about)?;
        files.scalars(&passes.governed.scalars, &about)?;
        files.applied(&passes.applied, &about)?;
        files.used(&passes.source, &passes.used);
        files.weights("weights_raw.csv", table);
        files.weights("weights_scaled.csv", &passes.scaled_weights);
        files.at_rebalances(&self.exposure);
        files.sleeves(&self.sleeves);
        files.precomputed(&self.summary, &request.baseline_run, &request.config.risk.precomputed_scalar_filename)?;
        files.json(
            "two_pass_comparison.json",
            &ComparisonFile {
                baseline: &self.baseline,
                baseline_run_id: &request.baseline_run,
                comparison: &self.comparison,
                convexity: self.convexity.as_ref(),
                delta: self.comparison.iter().map(|row| (format!("{}_delta", row.figure), row.delta)).collect(),
                events: &self.events,
                overall: self.overall,
                regime_distribution: &self.regime_distribution,
                scalars: &self.summary,
                scaled: &self.scaled,
                scaled_run_id: &request.scaled_run,
                tag: request.tag.as_deref(),
                transitions: &self.transitions,
                transitions_per_year: self.transitions_per_year,
                verdicts: &self.verdicts,
                windows: &self.windows,
            },
        )?;
        files.text("two_pass_comparison.md", self.markdown(request));
        Ok(files.files())
    }

    /// The report as Markdown.
    fn markdown(&self, request: &AuditRequest) -> String {
        let mut text = String::new();
        let tag = request.tag.as_deref().map_or_else(String::new, |tag| format!(" ({tag})"));
        let _ = writeln!(text, "# Two-pass audit{tag}\n");
        let _ = writeln!(text, "Baseline `{}`, scaled `{}`.", request.baseline_run, request.scaled_run);
        if let (Some(start), Some(end)) = (self.baseline.start, self.baseline.end) {
            let _ = writeln!(text, "{} days after {start}, up to {end}.", self.baseline.days);
        }
        let _ = writeln!(text, "\n**{}**\n", self.overall.as_str());
        let _ =
            writeln!(text, "| figure | baseline | scaled | difference | interval | better in |\n|---|---:|---:|---:|---|---:|");
        for row in &self.comparison {
            let (interval, better) = row.interval.map_or_else(
                || (String::from("unknown"), String::new()),
                |i| (format!("{:+.4} to {:+.4}", i.low, i.high), format!("{:.0} %", 100.0 * i.better_share)),
            );
            let cells = [shown(row.baseline), shown(row.scaled), shown(row.delta), interval, better];
            let _ = writeln!(text, "| {} | {} |", row.figure, cells.join(" | "));
        }
        let _ = writeln!(text, "\n## Verdicts\n\n| rule | verdict | figure | statement |\n|---|---|---|---|");
        for rule in &self.verdicts {
            let verdict = rule.verdict.map_or("none", Verdict::as_str);
            let _ = writeln!(text, "| {} | {verdict} | {} | {} |", rule.rule, rule.note, rule.statement);
        }
        let _ = writeln!(text, "\n## Scalars\n");
        let s = &self.summary;
        let _ = writeln!(
            text,
            "{} rebalances, {} scaled; mean {}, lowest {}, highest {}; 5 %, 50 %, 95 %: {}, {}, {}.",
            s.rebalances,
            s.scaled,
            shown(s.scalar_mean),
            shown(s.scalar_min),
            shown(s.scalar_max),
            shown(s.scalar_p05),
            shown(s.scalar_p50),
            shown(s.scalar_p95)
        );
        let _ = writeln!(text, "\n## Regimes\n\n| regime | days | share |\n|---|---:|---:|");
        for row in &self.regime_distribution {
            let name = row.regime.map_or("unknown", |regime| regime.as_str());
            let _ = writeln!(text, "| {name} | {} | {:.1} % |", row.days, 100.0 * row.share);
        }
        let _ = writeln!(text, "\nTransitions a year: {}.", shown(self.transitions_per_year));
        for row in &self.transitions {
            let _ = writeln!(text, "- {} → {}: {}", row.from.as_str(), row.to.as_str(), row.count);
        }
        let _ = writeln!(
            text,
            "\n## De-risking events\n\n| date | scalar | regime | baseline | scaled | why |\n|---|---:|---|---:|---:|---|"
        );
        for one in &self.events {
            let regime = one.event.regime.map_or("unknown", |regime| regime.as_str());
            let returns = [shown(one.baseline_return), shown(one.scaled_return)].join(" | ");
            let _ =
                writeln!(text, "| {} | {:.4} | {regime} | {returns} | {} |", one.event.date, one.event.scalar, one.event.note);
        }
        self.markdown_of_sleeves(&mut text);
        self.markdown_of_convexity(&mut text);
        text
    }

    fn markdown_of_sleeves(&self, text: &mut String) {
        if self.sleeves.is_empty() {
            return;
        }
        let _ = writeln!(text, "\n## Sleeves\n\n| sleeve | rebalances scaled | mean scalar | lowest |\n|---|---:|---:|---:|");
        for sleeve in &self.sleeves {
            let scalars = sleeve.applied.as_ref().map_or(&[][..], |applied| applied.scalar.as_slice());
            let scaled = scalars.iter().filter(|scalar| **scalar < 1.0).count();
            let some = |value: f64| (!scalars.is_empty()).then_some(value);
            let mean = some(crate::math::sum(scalars.iter().copied()) / scalars.len().max(1) as f64);
            let least = some(scalars.iter().copied().fold(f64::INFINITY, f64::min));
            let _ = writeln!(text, "| {} | {scaled} of {} | {} | {} |", sleeve.name, scalars.len(), shown(mean), shown(least));
        }
    }

    fn markdown_of_convexity(&self, text: &mut String) {
        let Some(report) = &self.convexity else { return };
        let word = if report.adopted { "adopted: every tail figure improves" } else { report.note.as_str() };
        let _ = writeln!(text, "\n## Protection\n\n{word}.\n");
        let _ = writeln!(
            text,
            "{} pieces; premium {:.4} and payoff {:.4} of equity a year.\n",
            report.pieces.len(),
            report.premium,
            report.payoff
        );
        let _ = writeln!(text, "| figure | without | with |\n|---|---:|---:|");
        for (name, [without, with]) in
            [("cvar", report.cvar), ("max_drawdown", report.max_drawdown), ("worst_month", report.worst_month)]
        {
            let _ = writeln!(text, "| {name} | {} | {} |", shown(without), shown(with));
        }
    }
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| String::from("unknown"), |value| format!("{value:.4}"))
}

impl AuditRequest {
    /// Carries the audit out once, for the answer and for every artefact by file name.
    ///
    /// # Errors
    /// As [`audit`].
    pub fn answer_and_artefacts(&self) -> Result<(AuditResponse, BTreeMap<String, String>), Problem> {
        let (passes, table) = self.passes()?;
        let mut result = self.report(&passes, &table);
        let files = result.files(self, &passes, &table)?;
        if self.config.artefacts {
            result.artefacts = Some(files.clone());
        }
        let digest = crate::wire::digest_of(Self::OPERATION, self, &result)?;
        Ok((super::Answer { result, digest }, files))
    }

    fn passes(&self) -> Result<(TwoPasses, WeightTable), Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let table = WeightTable::of(&self.weights);
        let table = match self.end {
            Some(end) => table.until(end),
            None => table,
        };
        let passes = two_passes(&AuditInputs {
            weights: &table,
            assets: &self.asset_returns,
            sleeves: self.sleeve_returns.as_ref(),
            trend_units: self.trend_unit_returns.as_ref(),
            start: self.start,
            end: self.end,
            config: &self.config,
            lag: LagRules::of(&self.config.risk, true),
        })?;
        Ok((passes, table))
    }

    fn report(&self, passes: &TwoPasses, table: &WeightTable) -> AuditResult {
        let (config, rules) = (&self.config, self.figure_rules());
        let (baseline, scaled) = (passes.baseline.figures(passes.start, &rules), passes.scaled.figures(passes.start, &rules));
        let intervals = delta_intervals(&passes.baseline, &passes.scaled, passes.start, &rules, &config.bootstrap);
        let comparison = comparisons(&baseline, &scaled, &intervals);
        let governed = &passes.governed;
        let evidence = Evidence { states: &governed.states, regimes: &governed.regimes, thresholds: &config.risk.thresholds };
        let source = format!("{}/{}", self.baseline_run, config.risk.precomputed_scalar_filename);
        let summary = RunSummary::of(passes.judged_applied(), &evidence, OverlayMode::Precomputed, &source);
        let regimes = RegimeSummary::of(passes.judged_regimes(), config.rules.flip_days);
        let in_windows = |windows: &[DateWindow], kind: &str| {
            window_reports(passes.judged_regimes(), passes.judged_scalars(), windows, kind, config.rules.stress_scalar)
        };
        let mut windows = in_windows(&config.stress_windows, "stress");
        windows.extend(in_windows(&config.calm_windows, "calm"));
        let found = verdict_findings(&comparison, &summary, &regimes, &windows, passes.raised(table));
        let verdicts = judge(&found, &config.rules);
        let mut warnings = warnings_of(governed, &passes.applied, Some(table));
        warnings.extend(strangers(&config.risk, "/config/risk", table));
        warnings.extend(unpriced_warning(&passes.baseline));
        AuditResult {
            artefacts: None,
            convexity: config
                .convexity
                .enabled
                .then(|| overlay(&passes.scaled, &governed.states, &governed.regimes, &config.convexity)),
            coverage: Coverage::of(&governed.regimes),
            curves: curves(passes),
            events: passes.audit_events(&evidence, EVENTS_MAX),
            exposure: ExposureTable::of(&passes.applied, &governed.regimes),
            flips_per_year: regimes.flips_per_year,
            overall: overall(&verdicts),
            regime_distribution: regimes.distribution,
            regimes: RegimeTable::of(&governed.regimes),
            scalars: ScalarTable::of(&governed.scalars),
            sleeves: passes.sleeves.iter().map(|(path, applied)| SleeveTable::of(path, Some(applied))).collect(),
            state: StateTable::of(&governed.states, true, self.sleeve_returns.as_ref().is_some_and(|book| !book.is_empty())),
            transitions: regimes.transitions,
            transitions_per_year: regimes.transitions_per_year,
            weights: WeightColumns::of(&passes.scaled_weights),
            baseline,
            comparison,
            scaled,
            summary,
            verdicts,
            warnings,
            windows,
        }
    }
}

/// A warning for holdings without a return.
fn unpriced_warning(pass: &Pass) -> Option<Fault> {
    (pass.unpriced > 0).then(|| {
        Fault::new(
            Code::MissingStatistics,
            "/asset_returns",
            format!("Holdings have no return on {} (asset, day) pairs, and earned nothing on them.", pass.unpriced),
            "Give every return, or see that the assets did not trade on those days.",
        )
    })
}

impl Request for AuditRequest {
    const OPERATION: &'static str = "audit";
    type Config = AuditConfig;
    type Result = AuditResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = decode_config(fields, compat, faults);
        let asset_returns = fields.required("asset_returns", &at, faults);
        let baseline_run = fields.optional("baseline_run", String::from("baseline"), &at, faults);
        let end = fields.optional("end", None, &at, faults);
        let scaled_run = fields.optional("scaled_run", String::from("scaled"), &at, faults);
        let sleeve_returns = fields.optional("sleeve_returns", None, &at, faults);
        let start = fields.optional("start", None, &at, faults);
        let tag = fields.optional("tag", None, &at, faults);
        let trend_unit_returns = fields.optional("trend_unit_returns", None, &at, faults);
        let weights = fields.required("weights", &at, faults);
        let request = AuditRequest {
            asset_returns: asset_returns?,
            baseline_run: baseline_run?,
            config: config?,
            end: end?,
            scaled_run: scaled_run?,
            sleeve_returns: sleeve_returns?,
            start: start?,
            tag: tag?,
            trend_unit_returns: trend_unit_returns?,
            version: VERSION,
            weights: weights?,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<AuditResult, Problem> {
        let (passes, table) = self.passes()?;
        let mut result = self.report(&passes, &table);
        if self.config.artefacts {
            result.artefacts = Some(result.files(self, &passes, &table)?);
        }
        Ok(result)
    }
}
