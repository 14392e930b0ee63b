//! A figure is a number or the reason why there is none. Unknown is neither zero nor calm.

use serde::Serialize;
use serde::ser::Serializer;

/// A statistic: a finite number, or why it is undefined.
pub type Figure = Result<f64, Unknown>;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $reason:literal;)+) => {
        /// Why a figure is undefined.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Unknown { $($(#[doc = $doc])+ $name,)+ }

        impl Unknown {
            /// Every reason.
            pub const ALL: &'static [Unknown] = &[$(Unknown::$name),+];

            /// The stable code, as it stands in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Unknown::$name => $code),+ }
            }

            /// The reason in one sentence.
            pub const fn reason(self) -> &'static str {
                match self { $(Unknown::$name => $reason),+ }
            }
        }
    };
}

reasons! {
    /// Fewer observations than the figure needs.
    InsufficientHistory = "insufficient_history", "There are fewer observations than the figure needs.";
    /// The values do not vary, so that nothing can be divided by their spread.
    FlatSeries = "flat_series", "The values do not vary; a spread of zero says nothing about risk.";
    /// The benchmark does not vary.
    FlatBenchmark = "flat_benchmark", "The benchmark does not vary.";
    /// There is no period without, or below, the target: nothing to divide by.
    NoLosses = "no_losses", "No period lost anything, so there is nothing to divide by.";
    /// The benchmark has no rising period.
    NoUpPeriods = "no_up_periods", "The benchmark has no rising period.";
    /// The benchmark has no falling period.
    NoDownPeriods = "no_down_periods", "The benchmark has no falling period.";
    /// Every return is zero: nothing was won or lost.
    NoTrades = "no_trades", "Every return is zero: nothing was won or lost.";
    /// The value never fell below its peak.
    NoDrawdown = "no_drawdown", "The value never fell below its peak, so there is nothing to divide by.";
    /// The drawdown begins with the first return, whose start has no date.
    BeforeFirstDate = "before_first_date", "The peak is the start, before the first date.";
    /// The drawdown is not over.
    NotRecovered = "not_recovered", "The value has not come back to its peak.";
    /// All observations lie on one day, so that no time passes.
    NoTimeSpan = "no_time_span", "No time passes between the first and the last date.";
    /// Profit and loss cannot be told from a benchmark that was not given.
    NoBenchmark = "no_benchmark", "No benchmark was given.";
    /// The figure needs money flows, and none were given.
    NoFlows = "no_flows", "No account values with flows were given.";
    /// No rate of return makes the flows worth nothing.
    NoSolution = "no_solution", "No rate of return balances the flows.";
    /// The two series have no date in common.
    NoCommonDates = "no_common_dates", "The two series have no date in common.";
    /// The newest observation is too old to say anything about now.
    Stale = "stale", "The newest observation is too old.";
    /// The formula divides by zero, or takes a figure of flat or missing values.
    Undefined = "undefined", "The formula is undefined here: it divides by zero, or a window is flat or has a gap.";
    /// The two series are of different frequency (daily and weekly, say), so that their common dates compare unlike periods.
    MixedFrequency = "mixed_frequency", "The two series are of different frequency; resample one of them.";
    /// No price of a symbol is known.
    NoPrice = "no_price", "The price of a symbol is not known.";
    /// The spread between bid and ask was not given.
    NoSpread = "no_spread", "The spread was not given.";
    /// There is no capital to divide by.
    NoCapital = "no_capital", "There is no capital to divide by.";
    /// The portfolio holds nothing.
    NothingDeployed = "nothing_deployed", "Nothing is deployed, so there is nothing to measure.";
    /// Some portfolio of the strategies shows no risk at all.
    NoRisk = "no_risk", "Some portfolio of these strategies shows no risk at all, so shares of risk mean nothing.";
    /// The date has no observation.
    MissingObservation = "missing_observation", "There is no observation on this date.";
    /// Fewer than two series vary.
    TooFewSeries = "too_few_series", "Fewer than two series vary, and a correlation needs two.";
    /// Fewer than two candidates were tried.
    TooFewCandidates = "too_few_candidates", "Fewer than two candidates with different returns were tried, and this figure compares them.";
    /// The number is too large to be held.
    NotRepresentable = "not_representable", "The number is too large to be held.";
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Unknown {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Unknown".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let all: Vec<&str> = Unknown::ALL.iter().map(|reason| reason.as_str()).collect();
        schemars::json_schema!({ "type": "string", "enum": all, "description": "Why a figure is undefined." })
    }
}

/// The reason that stands beside a `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnknownFigure {
    /// Stable code of the reason.
    pub code: Unknown,
    /// The field that is `null`.
    pub figure: String,
    /// The reason in one sentence.
    pub reason: String,
}

/// Collects the reasons while figures are taken into fields.
#[derive(Debug, Default)]
pub struct Reasons(Vec<UnknownFigure>);

impl Reasons {
    /// The number, or `None` with the reason noted under `figure`.
    pub fn take(&mut self, figure: &str, value: Figure) -> Option<f64> {
        self.take_any(figure, value)
    }

    /// As [`Reasons::take`], for figures that are not numbers (dates, say).
    pub fn take_any<T>(&mut self, figure: &str, value: Result<T, Unknown>) -> Option<T> {
        value.map_err(|unknown| self.note(figure, unknown)).ok()
    }

    /// Notes that `figure` is unknown.
    pub fn note(&mut self, figure: &str, unknown: Unknown) {
        self.0.push(UnknownFigure { code: unknown, figure: figure.to_owned(), reason: unknown.reason().to_owned() });
    }

    /// The reasons, by figure.
    pub fn finish(mut self) -> Vec<UnknownFigure> {
        self.0.sort_by(|a, b| a.figure.cmp(&b.figure));
        self.0
    }
}

/// A number as a figure: infinities and NaN have no place in an answer.
pub(crate) fn finite(value: f64) -> Figure {
    // Minus zero prints as zero; adding zero makes it one everywhere.
    if value.is_finite() { Ok(value + 0.0) } else { Err(Unknown::NotRepresentable) }
}

/// Divides, unless the divisor is zero.
pub(crate) fn ratio(above: f64, below: f64, otherwise: Unknown) -> Figure {
    if below == 0.0 { Err(otherwise) } else { finite(above / below) }
}
