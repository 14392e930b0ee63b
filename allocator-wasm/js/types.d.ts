/** One thing that is wrong, or worth a warning. */
export interface Fault {
  /** Stable code, for example `not_finite`. */
  code: string;
  /** JSON pointer, or `file:line:column`, of the offending value. */
  path: string;
  /** What is wrong, with the value. */
  message: string;
  /** How to mend it. */
  hint: string;
}

/** What is thrown where a request is refused: RFC 9457 problem details. `code`, `path`, `message` and `hint` repeat the first fault. */
export interface Problem extends Fault {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Every fault found, at most 50. */
  problems: Fault[];
  /** How many more were found and are not listed. */
  omitted: number;
}

/** Columns of equal length; typed arrays may be given for the numbers. */
export interface SignalColumns {
  symbol: string[];
  score: ArrayLike<number>;
  weight: ArrayLike<number>;
}

/** The rows of one strategy, in any of three forms. */
export type SignalTable =
  | SignalColumns
  | { symbol: string; score: number; weight: number }[]
  | [symbol: string, score: number, weight: number][];

/** A history: ISO 8601 dates and values of equal length. */
export interface SeriesColumns {
  date: string[];
  value: ArrayLike<number>;
}

/** Statistics of a strategy that the caller knows better. */
export interface StrategyStats {
  /** Annualised volatility. */
  vol?: number | null;
  sharpe?: number | null;
  /** Information coefficient. */
  ic?: number | null;
}

export type BlendMethod = "rank_aggregation" | "equal_weight" | "inverse_vol" | "fixed" | "sharpe" | "ic" | "score";

/** Settings of a blend. Fractions are fractions: 0.4 is 40 %. */
export interface BlendConfig {
  enabled?: boolean;
  primary_strategy?: string | null;
  method?: BlendMethod;
  rows?: "method" | "ranks" | "weights";
  rank_by?: "conviction" | "score" | "abs";
  ties?: "dense" | "average";
  rank_transform?: "reciprocal" | "borda" | "normal_scores" | "fraction" | "zero_one" | "rank_sum";
  missing?: "zero" | "mean";
  min_score?: number | null;
  per_strategy_max?: number;
  strategy_max?: Record<string, number>;
  allow_short_positions?: boolean;
  redistribute?: "always" | "long_only" | "never";
  on_infeasible_cap?: "cash" | "relax" | "error";
  single_strategy?: "bypass" | "bypass_except_inverse_vol" | "cap";
  target_total?: number;
  cash_reserve?: number;
  symbol_max?: number | null;
  gross_max?: number | null;
  net_min?: number | null;
  net_max?: number | null;
  positions_max?: number | null;
  position_min?: number | null;
  groups?: Record<string, string>;
  group_max?: Record<string, number>;
  lots?: {
    capital?: number;
    prices?: Record<string, number>;
    lot_size?: number;
    lot_sizes?: Record<string, number>;
  } | null;
  strategy_weights?: Record<string, number>;
  vol_override?: Record<string, number>;
  lookback?: number;
  min_observations?: number;
  periods_per_year?: number;
  unknown_weight?: "zero" | "minimum";
  no_edge?: "cash" | "equal";
  ic_lookback?: number;
  ic_min_observations?: number;
  ic_shrinkage?: number;
  correlation?: CorrelationConfig;
  correlation_action?: "none" | "scale_down" | "drop";
}

/** Settings of correlation monitoring. */
export interface CorrelationConfig {
  absolute?: boolean;
  confidence?: number;
  half_life?: number;
  hysteresis?: number;
  method?: "pearson" | "spearman" | "ewma";
  min_observations?: number;
  threshold?: number;
  window?: number | null;
}

export interface BlendRequest {
  version: 1;
  signals: Record<string, SignalTable>;
  stats?: Record<string, StrategyStats>;
  /** Return history by strategy. */
  returns?: Record<string, SeriesColumns> | null;
  /** Past scores by strategy and symbol, for the method `ic`. */
  score_history?: Record<string, Record<string, SeriesColumns>> | null;
  /** Return history by symbol, for the method `ic`. */
  asset_returns?: Record<string, SeriesColumns> | null;
  config?: BlendConfig;
  /** A recorded system whose settings stand in for what `config` leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
}

/** One strategy's part in a symbol's weight: `value = normalised + capped + redistributed + scaled`. */
export interface Contribution {
  strategy: string;
  raw: number;
  normalised: number;
  capped: number;
  redistributed: number;
  scaled: number;
  value: number;
}

export interface SymbolWeight {
  symbol: string;
  final_weight: number;
  contributing_strategies: string[];
  contributions: Contribution[];
}

export interface StrategyLine {
  strategy: string;
  active: boolean;
  cap: number | null;
  capped: boolean;
  gross: number;
  net: number;
  share: number;
  unknown: string | null;
}

/** Why a figure is null. */
export interface UnknownFigure {
  code?: string;
  figure: string;
  reason: string;
}

export interface PairCorrelation {
  a: string;
  b: string;
  alert: boolean;
  value: number | null;
  low: number | null;
  high: number | null;
  n: number;
  n_effective: number | null;
  p_value: number | null;
  unknown: UnknownFigure[];
}

export interface Alert {
  metric: string;
  severity: string;
  pair: [string, string];
  value: number;
  threshold: number;
  n: number;
  window: number | null;
  at: string;
  id: string;
}

export interface BlendResponse {
  weights: SymbolWeight[];
  strategy_weights: Record<string, number>;
  strategies: StrategyLine[];
  totals: {
    gross: number;
    net: number;
    long: number;
    short: number;
    cash: number;
    target: number;
    cash_reasons: { amount: number; reason: string; text: string }[];
  };
  status: "placed" | "infeasible_capped" | "empty" | "nothing_deployed";
  bypassed: boolean;
  bindings: { limit: string; name: string; value: number | null }[];
  dropped: { limit: string; symbol: string }[];
  correlations: PairCorrelation[] | null;
  alerts: Alert[];
  warnings: Fault[];
  diversification: {
    average_correlation: number | null;
    diversification_ratio: number | null;
    effective_strategies: number | null;
    effective_strategies_entropy: number | null;
    overlap: { a: string; b: string; jaccard: number; weight: number }[];
    unknown: UnknownFigure[];
  };
  /** SHA-256 over operation, request and result. */
  digest: string;
}

export interface CorrelationRequest {
  version: 1;
  returns: Record<string, SeriesColumns>;
  config?: CorrelationConfig;
  /** Pairs in alert state, as the former answer gave them. */
  active?: [string, string][];
  rolling?: { pair: [string, string]; window: number } | null;
  compat?: "000" | "001" | "002" | "003" | "004" | null;
}

export interface CorrelationResponse {
  active: [string, string][];
  alerts: Alert[];
  average: number | null;
  pairs: PairCorrelation[];
  rolling: { pair: [string, string]; window: number; date: string[]; value: (number | null)[]; unknown: UnknownFigure[] } | null;
  warnings: Fault[];
  digest: string;
}

export interface MetricsRequest {
  version: 1;
  returns?: Record<string, SeriesColumns> | null;
  /** Account values instead of returns. */
  values?: Record<string, SeriesColumns> | null;
  /** Deposits and withdrawals that belong to `values`. */
  flows?: Record<string, SeriesColumns> | null;
  benchmark?: Record<string, SeriesColumns> | null;
  config?: Record<string, unknown>;
  compat?: "000" | "001" | "002" | "003" | "004" | null;
}

/** Figures by series; a figure that cannot be computed is null, with its reason under `unknown`. */
export interface MetricsResponse {
  warnings: Fault[];
  digest: string;
  [figures: string]: unknown;
}

/** How a file is read. */
export interface Inspection {
  name: string;
  format: string;
  shape: string;
  rows: number;
  columns: {
    name: string;
    type: string;
    taken_as: string;
    nulls: number;
    min: string | number | boolean | null;
    max: string | number | boolean | null;
  }[];
  head: (string | number | boolean | null)[][];
  problems: Fault[];
  warnings: Fault[];
}
