//! The functions of formulas: name, what they take, and what they are.

/// What a function takes at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Any number.
    Number,
    /// A comparison.
    Truth,
    /// A whole number of bars, written out, from the first to [`super::WINDOW_MAX`].
    Bars(usize),
}

/// Declares every function once: variant, name, aliases, what it takes, and what it means.
macro_rules! functions {
    ($($name:ident = $word:literal $(| $alias:literal)* ($($takes:expr),*), $doc:literal;)+) => {
        /// A function of formulas.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Function { $(#[doc = $doc] $name,)+ }

        impl Function {
            /// Every function.
            pub const ALL: &'static [Function] = &[$(Function::$name),+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Function::$name => $word),+ }
            }

            /// What it means, for help.
            pub const fn meaning(self) -> &'static str {
                match self { $(Function::$name => $doc),+ }
            }

            /// The function of a name or alias.
            pub(super) fn find(word: &str) -> Option<Self> {
                match word { $($word $(| $alias)* => Some(Function::$name),)+ _ => None }
            }

            /// What it takes.
            pub(super) const fn takes(self) -> &'static [Takes] {
                match self { $(Function::$name => { const TAKES: &[Takes] = &[$($takes),*]; TAKES })+ }
            }
        }
    };
}

use Takes::{Bars, Number, Truth};

functions! {
    Abs = "abs"(Number), "The size of x.";
    Correlation = "correlation" | "corr" | "ts_corr"(Number, Number, Bars(2)), "Pearson's correlation of x and y over the last d bars; unknown where one is flat.";
    Covariance = "covariance" | "cov" | "ts_cov"(Number, Number, Bars(2)), "Sample covariance (ddof 1) of x and y over the last d bars.";
    DecayLinear = "decay_linear"(Number, Bars(1)), "Mean of x over the last d bars with weights d, d - 1, … 1, the newest the most.";
    Delay = "delay" | "lag"(Number, Bars(0)), "x of d bars ago.";
    Delta = "delta"(Number, Bars(1)), "x less x of d bars ago.";
    Exp = "exp"(Number), "e to the power x.";
    If = "if" | "where"(Truth, Number, Number), "The second where the first holds, else the third.";
    Log = "log" | "ln"(Number), "Natural logarithm of x; unknown at zero and below.";
    Max = "max"(Number, Number), "The larger of x and y.";
    Min = "min"(Number, Number), "The smaller of x and y.";
    Rank = "rank"(Number), "Rank of x among the symbols of the bar over their number: 1/n for the lowest, 1 for the highest; equal values share the mean of their ranks.";
    Scale = "scale"(Number), "x over the sum of its sizes among the symbols of the bar, so that sizes sum to 1.";
    Sign = "sign"(Number), "-1, 0 or 1.";
    SignedPower = "signed_power" | "signedpower"(Number, Number), "sign(x) times the size of x to the power a.";
    Sqrt = "sqrt"(Number), "Square root of x; unknown below zero.";
    TsArgmax = "ts_argmax"(Number, Bars(1)), "Place of the highest x among the last d bars: 1 for the oldest, d for now; the oldest of equals.";
    TsArgmin = "ts_argmin"(Number, Bars(1)), "Place of the lowest x among the last d bars: 1 for the oldest, d for now; the oldest of equals.";
    TsMax = "ts_max"(Number, Bars(1)), "Highest x of the last d bars.";
    TsMean = "ts_mean" | "sma" | "mean"(Number, Bars(1)), "Mean of x over the last d bars.";
    TsMin = "ts_min"(Number, Bars(1)), "Lowest x of the last d bars.";
    TsRank = "ts_rank"(Number, Bars(1)), "Rank of x of now among its last d bars over d; equal values share the mean of their ranks.";
    TsStd = "ts_std" | "stddev" | "ts_stddev"(Number, Bars(2)), "Sample standard deviation (ddof 1) of x over the last d bars.";
    TsSum = "ts_sum" | "sum"(Number, Bars(1)), "Sum of x over the last d bars.";
    Zscore = "zscore"(Number), "x less its mean among the symbols of the bar, over their sample standard deviation (ddof 1); unknown where they do not vary.";
}

impl Function {
    /// How it is called, for messages: `delta(x, d)`.
    pub fn usage(self) -> String {
        let mut letters = ["x", "y", "z"].into_iter();
        let takes: Vec<&str> = self
            .takes()
            .iter()
            .map(|takes| match takes {
                Takes::Number => letters.next().unwrap_or("x"),
                Takes::Truth => "condition",
                Takes::Bars(_) => "d",
            })
            .collect();
        format!("{}({})", self.name(), takes.join(", "))
    }
}
