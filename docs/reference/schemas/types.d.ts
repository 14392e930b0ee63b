// Generated from the Rust types by `cargo xtask schemas`; do not edit.

/** Figures of an account whose values were given. */
export interface AccountMetrics {
  /** The last value. */
  last_value: number | null;
  /** Internal rate of return of the flows, a year of 365.25 days. */
  money_weighted_return: number | null;
  /** Money paid in less money taken out after the first date. */
  net_flow: number | null;
  /** The highest value. */
  peak_value: number | null;
}

/** A figure of a pair of strategies crossed its threshold. */
export interface Alert {
  /** Newest date that entered the figure. */
  at: Time;
  /** The same for the same crossing, wherever it is computed: 32 hexadecimal digits. */
  id: string;
  /** What was measured: `strategy_correlation`. */
  metric: string;
  /** Observations that entered. */
  n: number;
  /** The two strategies, in alphabetical order. */
  pair: [string, string];
  /** How urgent it is. */
  severity: Severity;
  /** The threshold that was crossed. */
  threshold: number;
  /** The figure. */
  value: number;
  /** Window asked for, in observations; null for all. */
  window: number | null;
}

/** Figures against the benchmark, over the dates that both have. */
export interface BenchmarkMetrics {
  /** Jensen's alpha, a year. */
  alpha: number | null;
  /** Slope on the benchmark. */
  beta: number | null;
  /** Pearson's correlation with the benchmark. */
  correlation: number | null;
  /** Share of the benchmark's falls that was taken part in. */
  down_capture: number | null;
  /** Mean difference to the benchmark per unit of tracking error, a year. */
  information_ratio: number | null;
  /** Common dates. */
  n: number;
  /** The benchmark. */
  name: string;
  /** Volatility of the difference to the benchmark, a year. */
  tracking_error: number | null;
  /** Share of the benchmark's rises that was taken part in. */
  up_capture: number | null;
}

/** A limit that holds something back. */
export interface Binding {
  /**
   * The setting: `per_strategy_max`, `strategy_max`, `symbol_max`, `group_max`, `gross_max`, `net_max`, `net_min`, `lots`,
   * `positions_max`, `position_min`.
   */
  limit: string;
  /** The strategy, symbol or group; empty for a limit on the whole. */
  name: string;
  /** The limit's value, where it is one number. */
  value: number | null;
}

/** Settings of a blend. Fractions are fractions: 0.40 is 40 %. */
export interface BlendConfig {
  /** Whether weights may be negative. Total then means gross. */
  allow_short_positions?: boolean;
  /** Share of capital that stays in cash whatever happens, 0 to 1. */
  cash_reserve?: number;
  /** Correlation monitoring of the strategies' returns, where returns are given. */
  correlation?: CorrelationConfig;
  /** What a correlation alert does to the blend. */
  correlation_action?: CorrelationAction;
  /** Whether the allocator is on for this portfolio; off, the primary strategy passes through. */
  enabled?: boolean;
  /** Hard cap on the gross weight held after opposite positions net. */
  gross_max?: number | null;
  /** Hard caps on the gross weight of groups, counted before opposite positions of two strategies net. */
  group_max?: Record<string, number>;
  /** Group (sector, say) of symbols; a symbol without an entry is in no group. */
  groups?: Record<string, string>;
  /** Newest cross-sections that enter an information coefficient. */
  ic_lookback?: number;
  /** Fewest cross-sections from which one is computed; below it is unknown. */
  ic_min_observations?: number;
  /** Cross-sections of prior belief in no skill: the mean coefficient is multiplied by n/(n + this). */
  ic_shrinkage?: number;
  /** Newest returns that enter a realised volatility or Sharpe ratio. */
  lookback?: number;
  /** Rounding to whole lots. */
  lots?: LotConfig | null;
  /** How strategies are weighed. */
  method?: BlendMethod;
  /** Fewest returns from which one is computed; below it is unknown. */
  min_observations?: number;
  /** A symbol needs a value above this, by `rank_by`, from at least one strategy. */
  min_score?: number | null;
  /** What a strategy says of a symbol that it does not name. */
  missing?: Missing;
  /** Highest net weight. */
  net_max?: number | null;
  /** Lowest net weight. */
  net_min?: number | null;
  /** What happens when no strategy has an edge. */
  no_edge?: NoEdge;
  /** What happens where caps cannot hold with the whole target placed. */
  on_infeasible_cap?: OnInfeasibleCap;
  /** Hard cap on the gross weight of one strategy, 0 to 1. */
  per_strategy_max?: number;
  /** Periods in a year, for annualising. */
  periods_per_year?: number;
  /** Smallest position worth holding, as an absolute weight; smaller ones are left out. */
  position_min?: number | null;
  /** Most positions held; the largest stay. */
  positions_max?: number | null;
  /** The strategy that passes through while the allocator is off; needed where several are declared. */
  primary_strategy?: string | null;
  /** What rows are ranked by. */
  rank_by?: RankBy;
  /** What a rank is worth. */
  rank_transform?: RankTransform;
  /** Whether weight freed by a cap goes to those with headroom. */
  redistribute?: Redistribute;
  /** What the share of a row inside its strategy comes from. */
  rows?: RowBasis;
  /** What happens when one strategy only is declared. */
  single_strategy?: SingleStrategy;
  /** Hard caps on the gross weight of single strategies, 0 to 1; they take the place of `per_strategy_max`. */
  strategy_max?: Record<string, number>;
  /** Weights for the method `fixed`; they sum to 1 at most, and what they leave stays in cash. */
  strategy_weights?: Record<string, number>;
  /** Hard cap on the absolute weight of one symbol. */
  symbol_max?: number | null;
  /** Gross weight to place, above 0 to 10. */
  target_total?: number;
  /** The rank of equal values. */
  ties?: Ties;
  /** The weight of a strategy whose statistic is unknown. */
  unknown_weight?: UnknownWeight;
  /** Annualised volatilities that take the place of every other source. */
  vol_override?: Record<string, number>;
}

/**
 * How the strategies are weighed against each other.
 *
 *
 * - `rank_aggregation`: Reciprocal ranks inside each strategy, strategies equal (B1).
 * - `equal_weight`: Each strategy's own weights, strategies equal (B3).
 * - `inverse_vol`: Each strategy's own weights, strategies by one over volatility (B2).
 * - `fixed`: Each strategy's own weights, strategies by `strategy_weights` (B4).
 * - `sharpe`: Each strategy's own weights, strategies by Sharpe ratio floored at zero (B4).
 * - `ic`: Each strategy's own weights, strategies by shrunk information coefficient floored at zero (B4).
 * - `score`: Each strategy's own weights, strategies by the conviction of what they hold (B4).
 */
export type BlendMethod = "rank_aggregation" | "equal_weight" | "inverse_vol" | "fixed" | "sharpe" | "ic" | "score";

/** A request to blend. */
export interface BlendRequest {
  /** Return history by symbol; the method `ic` needs it. */
  asset_returns?: Returns | null;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: BlendConfig;
  /** Return history by strategy, for realised volatility, correlations and alerts. */
  returns?: Returns | null;
  /** Past scores by strategy and symbol; the method `ic` needs them. */
  score_history?: Record<string, Scores> | null;
  /** The signals of every declared strategy. */
  signals: Signals;
  /** Statistics by strategy. */
  stats?: Record<string, StrategyStats>;
  /** 1. */
  version: number;
}

/** The result of a blend. */
export interface BlendResponse {
  /** Correlation alerts, where returns were given. */
  alerts: Alert[];
  /** Limits that hold something back. */
  bindings: Binding[];
  /** Whether a single strategy passed through uncapped. */
  bypassed: boolean;
  /** Correlations of the strategies; null where no returns were given. */
  correlations: PairCorrelation[] | null;
  digest: Digest;
  /** How diversified the blend is. */
  diversification: Diversification;
  /** Symbols left out. */
  dropped: Dropped[];
  /** How it ended. */
  status: BlendStatus;
  /** One line for each declared strategy, sorted by id. */
  strategies: StrategyLine[];
  /** Gross weight of each declared strategy in the portfolio. */
  strategy_weights: Record<string, number>;
  /** The whole. */
  totals: Totals;
  /** Warnings. */
  warnings: Fault[];
  /** Final weights, largest absolute weight first, then by symbol. */
  weights: SymbolWeight[];
}

/** How a blend ended. */
export type BlendStatus = "placed" | "infeasible_capped" | "empty" | "nothing_deployed";

/**
 * What a year is for the compound annual growth rate.
 *
 *
 * - `periods`: So many periods, `periods_per_year`.
 * - `calendar`: 365.25 days between the dates.
 */
export type CagrBasis = "periods" | "calendar";

/** A part of the cash and why it is there. */
export interface CashReason {
  /** Weight; the amounts of all reasons sum to the cash. Negative for borrowed money. */
  amount: number;
  /** `reserve`, `target`, `plan`, `no_signals`, `no_edge`, `unknown`, `caps`, `netting`, or a limit's name. */
  reason: string;
  /** The reason in words. */
  text: string;
}

/** Stable code of a fault or warning. */
export type Code = "invalid_json" | "invalid_config_file" | "unknown_field" | "missing_field" | "wrong_type" | "unknown_choice" | "out_of_range" | "not_finite" | "unsupported_version" | "duplicate" | "invalid_name" | "invalid_date" | "empty" | "short_not_allowed" | "invalid_volatility" | "missing_statistics" | "conflict" | "infeasible_caps" | "limit_exceeded" | "unknown_format" | "corrupt_file" | "unsupported_feature" | "missing_column" | "ambiguous_column" | "broken_row" | "invalid_cell" | "mixed_frequency" | "frequency_mismatch" | "impossible_value" | "insufficient_history" | "empty_strategy" | "unknown_statistic" | "cap_binds" | "cap_relaxed" | "symbols_dropped" | "limit_binds" | "single_strategy" | "allocator_disabled" | "converted" | "cancelled" | "not_found" | "method_not_allowed" | "unsupported_media_type" | "request_timeout" | "overloaded" | "host_not_allowed" | "unsafe_address" | "invalid_usage" | "file_not_found" | "io" | "internal";

/** One column. */
export interface ColumnInfo {
  /** Largest value (of text: the last in order); null if there is none. */
  max: unknown;
  /** Smallest value (of text: the first in order); null if there is none. */
  min: unknown;
  /** Its name. */
  name: string;
  /** NaN among its values. */
  nans: number;
  /** Cells without a value. */
  nulls: number;
  /** What it would be taken for. */
  taken_as: Role;
  /** Its type in the file. */
  type: string;
}

/** One strategy's part in a symbol's weight. `value = (normalised + capped + redistributed) + scaled`, to the last bit. */
export interface Contribution {
  /** What caps took; against the sign of `normalised`, or 0. */
  capped: number;
  /** Share of the whole before caps. */
  normalised: number;
  /** The weight that the strategy gave, as it came in. */
  raw: number;
  /** What freed weight added; with the sign of `normalised`, or 0. */
  redistributed: number;
  /** What limits on the whole portfolio took. */
  scaled: number;
  /** The strategy. */
  strategy: string;
  /** The part that it holds; the values of a symbol sum to its final weight. */
  value: number;
}

/**
 * What a correlation alert does to the blend.
 *
 *
 * - `none`: Nothing but the alert.
 * - `scale_down`: The weaker strategy of the pair is scaled by one minus how far the pair lies above the threshold.
 * - `drop`: The weaker strategy of the pair is left out.
 */
export type CorrelationAction = "none" | "scale_down" | "drop";

/** Settings of correlation monitoring (B9). */
export interface CorrelationConfig {
  /** Whether strongly negative correlation alerts too: |ρ| is compared with the threshold. */
  absolute?: boolean;
  /** Probability that the interval covers, above 0 and below 1. */
  confidence?: number;
  /** Half-life of the method `ewma`, in observations. */
  half_life?: number;
  /** How far below the threshold a pair must fall before it can alert again, 0 to 1. */
  hysteresis?: number;
  /** How correlation is measured. */
  method?: CorrelationMethod;
  /** Fewest common dates from which a correlation is computed; below it is unknown. At least 2. */
  min_observations?: number;
  /** A correlation above this alerts, 0 to 1; equal does not. */
  threshold?: number;
  /** Newest common dates that enter; null for all. */
  window?: number | null;
}

/**
 * How correlation is measured.
 *
 *
 * - `pearson`: Of the values (linear).
 * - `spearman`: Of the ranks (monotone).
 * - `ewma`: Of the values, recent ones weighing more.
 */
export type CorrelationMethod = "pearson" | "spearman" | "ewma";

/** A request for correlations. */
export interface CorrelationRequest {
  /** Pairs already in alert state, as the last answer gave them. */
  active?: [string, string][];
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: CorrelationConfig;
  /** Return history by strategy. */
  returns: Returns;
  /** One pair through time, if wanted. */
  rolling?: RollingRequest | null;
  /** 1. */
  version: number;
}

/** Correlations of all pairs, alerts, and the alert state to carry on. */
export interface CorrelationResponse {
  /** Pairs in alert state now. */
  active: [string, string][];
  /** Crossings since the state that was given. */
  alerts: Alert[];
  /** Mean of the known correlations; null if none is known. */
  average: number | null;
  digest: Digest;
  /** Every pair, in alphabetical order. */
  pairs: PairCorrelation[];
  /** One pair through time, if asked for. */
  rolling: RollingCorrelation | null;
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/** A series through time: point after point, the start first where it has a date. */
export interface Curves {
  /** Dates. */
  date: Time[];
  /** Drawdown at each date. */
  drawdown: number[];
  /** Return of the period that ends at each date; null at the start. */
  returns: (number | null)[];
  /** Value at each date: growth of 1, or the account's value (with flows: growth of the first value). */
  value: number[];
}

/**
 * Which returns the historical conditional value at risk is the mean of.
 *
 *
 * - `at_most_var`: All that are at most the value at risk.
 * - `lowest_count`: The ⌊(n - 1)(1 - level)⌋ + 1 lowest.
 * - `rockafellar_uryasev`: The lowest n(1 - level), the last of them in part: the minimum of Rockafellar and Uryasev (2000), eq. 4.
 */
export type CvarRule = "at_most_var" | "lowest_count" | "rockafellar_uryasev";

/** SHA-256 over request and result. */
export type Digest = string;

/** Figures of diversification; a figure that cannot be computed is null, with its reason in `unknown`. */
export interface Diversification {
  /** Mean correlation of all pairs that are known. */
  average_correlation: number | null;
  /** Σwσ / √(w'Σw). */
  diversification_ratio: number | null;
  /** 1/Σw². */
  effective_strategies: number | null;
  /** exp of the entropy of the weights. */
  effective_strategies_entropy: number | null;
  /** Overlap of every pair of strategies that take positions, for at most 50 strategies. */
  overlap: Overlap[];
  /** Why a figure is null. */
  unknown: NotKnown[];
}

/** A symbol that a limit left out. */
export interface Dropped {
  /** `min_score`, `positions_max` or `position_min`. */
  limit: string;
  /** The symbol. */
  symbol: string;
}

/** One thing that is wrong, or worth a warning: where, what, and how to mend it. */
export interface Fault {
  /** Stable code. */
  code: Code;
  /** How to mend it. */
  hint: string;
  /** What is wrong, with the value. */
  message: string;
  /** JSON pointer, or `file:line:column`, of the offending value. */
  path: string;
}

/**
 * When in its period a flow reaches the account.
 *
 *
 * - `end`: At the end: it earns nothing in its period.
 * - `start`: At the start: it takes part in its period.
 */
export type FlowTiming = "end" | "start";

/** Money paid into (positive) or taken out of (negative) every series, by date. Columns {date, value} are the canonical form; rows [date, value] are read too. */
export type Flows = Record<string, {
  date: string[];
  value: number[];
} | [string, number][]>;

/** What a file holds. */
export interface InspectResponse {
  /** The columns, in the order of the file. */
  columns: ColumnInfo[];
  /** `csv`, `json`, `arrow`, `arrow_stream` or `parquet`; null if the file could not be read. */
  format: string | null;
  /** The first rows, at most 10 of at most 50 columns: numbers, text and dates as JSON has them. */
  head: unknown[][];
  /** The file's name. */
  name: string;
  /** What keeps the file from being used as what it seems to be; empty if nothing does. At most 50. */
  problems: Fault[];
  /** Problems beyond those listed. */
  problems_omitted: number;
  /** Rows. */
  rows: number;
  /** What the table seems to be. */
  shape: Shape;
  /** What is no fault but worth knowing. */
  warnings: Fault[];
}

/**
 * Which figures `lookback` shortens the history of.
 *
 *
 * - `all`: All of them.
 * - `moments`: Mean, volatility and Sharpe ratio; the others see the whole history, as in the recorded system 002.
 */
export type LookbackScope = "all" | "moments";

/** Whole lots: positions are rounded toward zero to what can be traded. */
export interface LotConfig {
  /** Money behind a weight of 1.0, in the currency of the prices. */
  capital?: number;
  /** Shares in one lot, for symbols without an entry in `lot_sizes`. */
  lot_size?: number;
  /** Shares in one lot, by symbol. */
  lot_sizes?: Record<string, number>;
  /** Price of one share or contract; every symbol of the blend needs one. */
  prices?: Record<string, number>;
}

/** Settings of performance metrics (K11). Rates are a year, as fractions: 0.02 is 2 %. */
export interface MetricsConfig {
  /** What a year is for CAGR and Calmar ratio. */
  cagr_basis?: CagrBasis;
  /** Whether the answer holds curves: returns, value and drawdown by date. */
  curves?: boolean;
  /** Which returns the historical conditional value at risk is the mean of. */
  cvar_rule?: CvarRule;
  /** Degrees of freedom taken off in variances: 1 for a sample, 0 for a population. */
  ddof?: number;
  /** When in its period a flow reaches the account. */
  flow_timing?: FlowTiming;
  /** Newest returns that enter; null for all. */
  lookback?: number | null;
  /** Which figures `lookback` is for. */
  lookback_scope?: LookbackScope;
  /** Return a year below which a period counts as a shortfall (Sortino, downside volatility, Omega). */
  minimum_acceptable_return?: number;
  /** Periods in a year. */
  periods_per_year?: number;
  /** Risk-free rate a year (Sharpe ratio, alpha). */
  risk_free?: number;
  /** Observations in a rolling window; null for no rolling figures. */
  rolling_window?: number | null;
  /** Confidence of value at risk, above 0.5 and below 1. */
  var_level?: number;
  /** Which order statistic the historical value at risk is. */
  var_rule?: VarRule;
  /** Which periods the win rate counts. */
  win_rate_basis?: WinRateBasis;
}

/** A request for performance metrics: either `returns` or `values`. */
export interface MetricsRequest {
  /** Returns of one benchmark, for beta, alpha and capture. */
  benchmark?: Returns | null;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: MetricsConfig;
  /** Money paid into (positive) or taken out of (negative) the accounts of `values`, on dates that have a value. */
  flows?: Flows | null;
  /** Returns per period, by strategy. */
  returns?: Returns | null;
  /** Account values (equity curves), by strategy; with `flows` their returns are time-weighted. */
  values?: Prices | null;
  /** 1. */
  version: number;
}

/** Figures of every series. */
export interface MetricsResponse {
  digest: Digest;
  /** One entry a series, by name. */
  series: SeriesMetrics[];
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/**
 * What a strategy says of a symbol that it does not name.
 *
 *
 * - `zero`: Zero: the average runs over all strategies.
 * - `mean`: Nothing: the average runs over the strategies that name it.
 */
export type Missing = "zero" | "mean";

/**
 * What happens when no strategy has a positive Sharpe ratio, information coefficient or conviction.
 *
 *
 * - `cash`: Nothing is deployed.
 * - `equal`: Strategies are weighed equally.
 */
export type NoEdge = "cash" | "equal";

/** A figure that is not known, and why. */
export interface NotKnown {
  /** The field that is null. */
  figure: string;
  /** Why. */
  reason: string;
}

/**
 * What happens where caps cannot hold with the whole target placed.
 *
 *
 * - `cash`: Place what fits; the rest is cash.
 * - `relax`: Raise the per-strategy caps evenly until the target fits, with a warning.
 * - `error`: Refuse.
 */
export type OnInfeasibleCap = "cash" | "relax" | "error";

/** Overlap of the holdings of two strategies, before caps. */
export interface Overlap {
  /** The strategy earlier in the alphabet. */
  a: string;
  /** The other one. */
  b: string;
  /** Symbols that both hold on the same side, over symbols that either holds; 0 to 1. */
  jaccard: number;
  /** Weight that both hold on the same side; 0 to 1. */
  weight: number;
}

/** The correlation of one pair. */
export interface PairCorrelation {
  /** The first strategy in alphabetical order. */
  a: string;
  /** Whether ρ lies above the threshold. */
  alert: boolean;
  /** The second. */
  b: string;
  /** Upper end of the confidence interval. */
  high: number | null;
  /** Lower end of the confidence interval. */
  low: number | null;
  /** Common dates that entered. */
  n: number;
  /** What they are worth after weighting; equal to `n` unless the method is `ewma`. */
  n_effective: number | null;
  /** Two-sided p-value of ρ under no correlation. */
  p_value: number | null;
  /** Why a figure of the pair is null. */
  unknown: UnknownFigure[];
  /** ρ, from -1 to 1. */
  value: number | null;
}

/** Prices of every symbol. Columns {date, value} are the canonical form; rows [date, value] are read too. */
export type Prices = Record<string, {
  date: string[];
  value: number[];
} | [string, number][]>;

/**
 * Why an operation was refused: RFC 9457 problem details with the faults found.
 *
 * `code`, `path`, `message` and `hint` repeat the first fault, so that a caller who wants one line has it.
 */
export interface Problem {
  /** The first fault's code. */
  code: Code;
  /** The first fault's sentence (RFC 9457's name for it). */
  detail: string;
  /** The first fault's mend. */
  hint: string;
  /** The first fault's sentence. */
  message: string;
  /** How many more were found and are not listed. */
  omitted: number;
  /** The first fault's place. */
  path: string;
  /** Every fault found, at most 50. */
  problems: Fault[];
  /** HTTP status. */
  status: number;
  /** Short summary for a person. */
  title: string;
  /** URI reference of the problem type, made of the code. */
  type: string;
}

/**
 * What rows are ranked by; the best has rank 1.
 *
 *
 * - `conviction`: Score times the sign of the weight: how strongly the strategy believes in the position it takes.
 * - `score`: The score as it is.
 * - `abs`: The absolute score, as the recorded system 000 does; it puts a long with a very bad score first.
 */
export type RankBy = "conviction" | "score" | "abs";

/**
 * What a rank r of n rows is worth.
 *
 *
 * - `reciprocal`: 1/r.
 * - `borda`: (n - r + 1)/n (Borda 1781, divided by n).
 * - `normal_scores`: The normal quantile of (n - r + 1/2)/n (Blom-type scores); negative below the middle, which is counted as zero long-only.
 * - `fraction`: a/n with a the ascending rank; not normalised inside the strategy.
 * - `zero_one`: (a - 1)/(n - 1) with a the ascending rank; not normalised inside the strategy.
 * - `rank_sum`: a/sum(a) with a the ascending rank.
 */
export type RankTransform = "reciprocal" | "borda" | "normal_scores" | "fraction" | "zero_one" | "rank_sum";

/**
 * Whether weight freed by a cap goes to those with headroom.
 *
 *
 * - `always`: Always.
 * - `long_only`: Only while short positions are not allowed, as the recorded system 000 does.
 * - `never`: Never; it stays in cash.
 */
export type Redistribute = "always" | "long_only" | "never";

/** Returns per period of every strategy or symbol: simple returns, fractions. Columns {date, value} are the canonical form; rows [date, value] are read too. */
export type Returns = Record<string, {
  date: string[];
  value: number[];
} | [string, number][]>;

/**
 * What a column is taken for.
 *
 *
 * - `ignore`: Nothing: the column is left out.
 * - `symbol`: The instrument.
 * - `score`: How strongly a strategy believes in an instrument.
 * - `weight`: The position a strategy proposes.
 * - `strategy`: The strategy a row belongs to.
 * - `time`: A date or time.
 * - `return`: The return of a period.
 * - `price`: A price.
 * - `quantity`: A number of shares.
 * - `series`: One strategy or symbol of a wide table, named by the column.
 */
export type Role = "ignore" | "symbol" | "score" | "weight" | "strategy" | "time" | "return" | "price" | "quantity" | "series";

/** Rolling figures, by the last date of each window. */
export interface Rolling {
  /** Last date of each window. */
  date: Time[];
  /** Sharpe ratio, a year; null where the window is flat. */
  sharpe: (number | null)[];
  /** Volatility, a year; null where the window is flat. */
  volatility: (number | null)[];
  /** Observations in a window. */
  window: number;
}

/** One pair through time. */
export interface RollingCorrelation {
  /** Newest date of each window. */
  date: Time[];
  /** The two strategies, in alphabetical order. */
  pair: [string, string];
  /** Why the figures are null where they are: a flat window, or too few common dates for one. */
  unknown: UnknownFigure[];
  /** ρ of each window; null where it is unknown. */
  value: (number | null)[];
  /** Common dates in one window. */
  window: number;
}

/** A correlation over every window of one pair. */
export interface RollingRequest {
  /** The two strategies, in any order. */
  pair: [string, string];
  /** Common dates in one window, at least 2. */
  window: number;
}

/**
 * What the share of a row inside its strategy comes from.
 *
 *
 * - `method`: Ranks for `rank_aggregation`, weights for every other method.
 * - `ranks`: The rank of the row.
 * - `weights`: The weight of the row.
 */
export type RowBasis = "method" | "ranks" | "weights";

/** Scores of every symbol through time. Columns {date, value} are the canonical form; rows [date, value] are read too. */
export type Scores = Record<string, {
  date: string[];
  value: number[];
} | [string, number][]>;

/** The figures of one series. Returns and rates are fractions; value at risk is a return per period, so a loss is negative. */
export interface SeriesMetrics {
  /** Figures of the account; null where returns were given. */
  account: AccountMetrics | null;
  /** Figures against the benchmark; null where none was given. */
  benchmark: BenchmarkMetrics | null;
  /** Highest return of a period. */
  best_return: number | null;
  /** Its date. */
  best_return_date: Time | null;
  /** Compound annual growth rate. */
  cagr: number | null;
  /** CAGR per unit of maximum drawdown. */
  calmar: number | null;
  /** Drawdown at the last date, zero or negative. */
  current_drawdown: number | null;
  /** Periods since the peak before it. */
  current_drawdown_length: number;
  /** Date of that peak; null where it is the start and the start has no date. */
  current_drawdown_start: Time | null;
  /** The series through time, if asked for. */
  curves: Curves | null;
  /** Mean return in the tail, by the Cornish-Fisher expansion. */
  cvar_cornish_fisher: number | null;
  /** Mean return in the tail, if returns were normal. */
  cvar_gaussian: number | null;
  /** Mean return in the tail, as recorded. */
  cvar_historical: number | null;
  /** Annualised volatility of shortfalls below the minimum acceptable return. */
  downside_volatility: number | null;
  /** Date of the first return. */
  first_date: Time | null;
  /** Sum of the positive returns. */
  gross_gain: number;
  /** Sum of the negative returns, as a positive number. */
  gross_loss: number;
  /** Excess kurtosis of the population. */
  kurtosis: number | null;
  /** Date of the last return. */
  last_date: Time | null;
  /** Periods below zero. */
  losing_periods: number;
  /** Deepest drawdown, zero or negative. */
  max_drawdown: number | null;
  /** Periods from its peak to its trough. */
  max_drawdown_decline: number;
  /** Date at which the peak was reached again; null where it was not. */
  max_drawdown_end: Time | null;
  /** Periods from its peak to its end, or to the last date. */
  max_drawdown_length: number;
  /** Date of its peak; null where it is the start and the start has no date. */
  max_drawdown_start: Time | null;
  /** Date of its trough. */
  max_drawdown_trough: Time | null;
  /** Mean return of a period. */
  mean: number | null;
  /** Mean return times periods per year, not compounded. */
  mean_annualized: number | null;
  /** Returns that entered. */
  n: number;
  /** The series. */
  name: string;
  /** Gains above the minimum acceptable return per unit of shortfall below it. */
  omega: number | null;
  /** Gains per unit of losses. */
  profit_factor: number | null;
  /** Rolling figures, if asked for. */
  rolling: Rolling | null;
  /** Annualised Sharpe ratio. */
  sharpe: number | null;
  /** Skewness of the population. */
  skewness: number | null;
  /** Annualised Sortino ratio. */
  sortino: number | null;
  /** Size of the 95 % quantile per size of the 5 % quantile. */
  tail_ratio: number | null;
  /** Compounded return. */
  total_return: number | null;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
  /** Value at risk by the Cornish-Fisher expansion. */
  var_cornish_fisher: number | null;
  /** Value at risk if returns were normal. */
  var_gaussian: number | null;
  /** Value at risk as recorded. */
  var_historical: number | null;
  /** Annualised volatility. */
  volatility: number | null;
  /** Share of periods that won. */
  win_rate: number | null;
  /** Periods above zero. */
  winning_periods: number;
  /** Lowest compounded return of a calendar month. */
  worst_month: number | null;
  /** Last day of that month. */
  worst_month_end: Time | null;
  /** Lowest compounded return of a calendar quarter. */
  worst_quarter: number | null;
  /** Last day of that quarter. */
  worst_quarter_end: Time | null;
  /** Lowest return of a period. */
  worst_return: number | null;
  /** Its date. */
  worst_return_date: Time | null;
  /** Years on the basis of CAGR. */
  years: number | null;
}

/** How urgent an alert is. */
export type Severity = "WARNING";

/**
 * The shape of a table.
 *
 *
 * - `unknown`: None that is known: the columns do not make signals, returns, prices or positions.
 * - `signals_long`: One row for each symbol (and strategy), with score and weight.
 * - `signals_wide`: One row for each symbol, one column for each strategy.
 * - `returns_long`: One row for each date and strategy.
 * - `returns_wide`: One row for each date, one column for each strategy.
 * - `prices_long`: One row for each date and symbol.
 * - `prices_wide`: One row for each date, one column for each symbol.
 * - `positions`: One row for each symbol, with a number of shares.
 */
export type Shape = "unknown" | "signals_long" | "signals_wide" | "returns_long" | "returns_wide" | "prices_long" | "prices_wide" | "positions";

/** Rows of every strategy, as columns (the canonical form), as objects or as [symbol, score, weight]. */
export type Signals = Record<string, {
  score: number[];
  symbol: string[];
  weight: number[];
} | ({
  score: number;
  symbol: string;
  weight: number;
} | [string, number, number])[]>;

/**
 * What happens when one strategy only is declared.
 *
 *
 * - `bypass`: Its own normalised weights, uncapped, flagged.
 * - `bypass_except_inverse_vol`: As `bypass`, but `inverse_vol` keeps the cap, as the recorded system 000 does.
 * - `cap`: Blended and capped like any other.
 */
export type SingleStrategy = "bypass" | "bypass_except_inverse_vol" | "cap";

/** The figure behind a strategy's weight. */
export interface Statistic {
  /** Observations that it was computed from; null for a figure that was given. */
  n: number | null;
  /** `volatility` (annualised), `sharpe` (annualised), `information_coefficient` (mean, before shrinking) or `conviction`. */
  name: string;
  /** Mean over standard error, where the figure is a mean of several. */
  t_statistic: number | null;
  /** The figure. */
  value: number;
}

/** What became of one strategy. */
export interface StrategyLine {
  /** Whether it takes a position. */
  active: boolean;
  /** Its cap; null where none holds (a single strategy passing through). */
  cap: number | null;
  /** Whether the cap holds it back. */
  capped: boolean;
  /** Gross weight in the portfolio. */
  gross: number;
  /** Net weight in the portfolio. */
  net: number;
  /** Share of the target before caps. */
  share: number;
  /** The figure behind its share; null where the method has none, or it is unknown. */
  statistic: Statistic | null;
  /** Its id. */
  strategy: string;
  /** Why its statistic is unknown; null if it is known or not needed. */
  unknown: string | null;
}

/** Statistics of a strategy that its owner vouches for. */
export interface StrategyStats {
  /** Mean information coefficient, -1 to 1. */
  ic?: number | null;
  /** Annualised Sharpe ratio. */
  sharpe?: number | null;
  /** Annualised volatility, above 0. */
  vol?: number | null;
}

/** The weight of one symbol. */
export interface SymbolWeight {
  /** The strategies that take a position in it, sorted. */
  contributing_strategies: string[];
  /** Their parts, in the same order. */
  contributions: Contribution[];
  /** Weight in the portfolio, a fraction of capital; negative is short. */
  final_weight: number;
  /** The symbol. */
  symbol: string;
}

/**
 * The rank of equal values.
 *
 *
 * - `dense`: They share a rank and the next rank is not skipped: 1, 1, 2.
 * - `average`: They share the mean of their places: 1.5, 1.5, 3.
 */
export type Ties = "dense" | "average";

/** ISO 8601 date (2024-01-31) or time in UTC (2024-01-31T09:30:00Z). */
export type Time = string;

/** The whole. */
export interface Totals {
  /** 1 minus gross: what is not placed. Negative where more than the capital is placed. */
  cash: number;
  /** Where the cash comes from; sums to it. */
  cash_reasons: CashReason[];
  /** Sum of absolute final weights. */
  gross: number;
  /** Sum of positive final weights. */
  long: number;
  /** Sum of final weights. */
  net: number;
  /** Sum of negative final weights. */
  short: number;
  /** Gross weight asked for. */
  target: number;
}

/** Why a figure is undefined. */
export type Unknown = "insufficient_history" | "flat_series" | "flat_benchmark" | "no_losses" | "no_up_periods" | "no_down_periods" | "no_trades" | "no_drawdown" | "before_first_date" | "not_recovered" | "no_time_span" | "no_benchmark" | "no_flows" | "no_solution" | "no_common_dates" | "stale" | "mixed_frequency" | "not_representable";

/** The reason that stands beside a `null`. */
export interface UnknownFigure {
  /** Stable code of the reason. */
  code: Unknown;
  /** The field that is `null`. */
  figure: string;
  /** The reason in one sentence. */
  reason: string;
}

/**
 * The weight of a strategy whose statistic is unknown.
 *
 *
 * - `zero`: None.
 * - `minimum`: That of the least-weighted strategy whose statistic is known.
 */
export type UnknownWeight = "zero" | "minimum";

/**
 * Which order statistic the historical value at risk is.
 *
 *
 * - `linear`: Linear between neighbours, at (n - 1)(1 - level).
 * - `floor_index`: The return at index ⌊(1 - level)·n⌋ of the sorted ones, as the recorded system 002 does.
 */
export type VarRule = "linear" | "floor_index";

/**
 * Which periods the win rate counts.
 *
 *
 * - `nonzero`: Those that won or lost; zero returns are left out.
 * - `all`: All of them; a zero return did not win.
 */
export type WinRateBasis = "nonzero" | "all";
