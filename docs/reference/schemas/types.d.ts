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

/**
 * What a step does.
 *
 *
 * - `add`: Adds `strategy` with a share `allocation` of the capital.
 * - `adjust`: Brings the books of `strategy` to a known state: `amount` is profit or loss, or `cash` is what is there.
 * - `bar`: One bar at `time`: `prices`, and what the running strategies do: `orders`, and `failed` with the reason.
 * - `contribute`: The owner pays `amount` in, or takes it out where it is negative.
 * - `correlation`: Asks for the correlations at this point.
 * - `dividend`: `amount` for each share of `symbol`.
 * - `halt`: Throws the kill switch: nothing that opens leaves until `release`.
 * - `pause`: `strategy` keeps its positions and does nothing.
 * - `rebalance`: Brings strategies to `allocations`.
 * - `release`: Releases the kill switch.
 * - `remove`: Removes `strategy`; its positions are sold, or go to the strategy `to`.
 * - `resume`: `strategy` goes on.
 * - `split`: Every `split_from` shares of `symbol` become `split_to`.
 */
export type Action = "add" | "adjust" | "bar" | "contribute" | "correlation" | "dividend" | "halt" | "pause" | "rebalance" | "release" | "remove" | "resume" | "split";

/**
 * What is done with the posterior.
 *
 *
 * - `max_sharpe`: Greatest Sharpe ratio.
 * - `mean_variance`: Greatest utility with the optimizer's risk aversion.
 * - `min_variance`: Least variance.
 */
export type AfterViews = "max_sharpe" | "mean_variance" | "min_variance";

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

/**
 * What an alert is about.
 *
 *
 * - `strategy_failed`: A strategy failed on a bar.
 * - `concentration`: A strategy is more of everything than the policy likes.
 * - `drawdown`: A strategy fell so far below its peak that it was paused.
 * - `removed`: A strategy was removed by policy.
 * - `limit`: A limit made an order smaller, or kept it from leaving.
 * - `halted`: The kill switch was thrown: nothing that opens leaves.
 */
export type AlertKind = "strategy_failed" | "concentration" | "drawdown" | "removed" | "limit" | "halted";

/** What one strategy gets. */
export interface Allocation {
  /** Change against what is held; null where nothing was said to be held. */
  change: number | null;
  /** Least weight that limits ask for. */
  lower: number;
  /** What is held; null where nothing was said to be held. */
  previous: number | null;
  /** Share by the rule alone, before limits; null where the strategy's statistic is unknown. */
  proportion: number | null;
  /** Share in the variance of the whole; null where that is unknown. */
  risk_contribution: number | null;
  /** The figure behind the weight. */
  statistic: ScoreFigure | null;
  /** The strategy. */
  strategy: string;
  /** Why its statistic is unknown; null where it is known. */
  unknown: Unknown | null;
  /** Most weight that limits allow. */
  upper: number;
  /** Fraction of the capital. */
  weight: number;
  /** Why it gets this, in a sentence. */
  why: string;
}

/**
 * What the allocation effect compares a strategy's benchmark with.
 *
 *
 * - `brinson_fachler`: The benchmark of the whole: more of what beats it is a gain (Brinson and Fachler 1985).
 * - `brinson_hood_beebower`: Zero: more of what rises is a gain (Brinson, Hood and Beebower 1986).
 */
export type AllocationEffect = "brinson_fachler" | "brinson_hood_beebower";

/**
 * A built-in alpha.
 *
 *
 * - `momentum_20d`: Return over 20 periods.
 * - `momentum_12_1`: Return over 252 periods, without the last 21.
 * - `mean_reversion`: Minus the z-score of the price against its 20-period mean.
 * - `short_term_reversal`: Minus the return over 5 periods.
 * - `low_volatility`: Minus the annualised volatility of 60 returns.
 * - `cross_sectional_momentum`: Rank of the 20-period return among the symbols, scaled to -1 … 1.
 * - `moving_average_crossover`: Mean of 50 prices over that of 200, less 1.
 * - `rsi_14`: (50 - RSI)/50 over 14 periods.
 * - `macd`: Gap of the exponential averages over 12 and 26 periods, less its own over 9, over the price.
 * - `breakout`: Where the price lies in the range of the 55 before it, -1 to 1 and beyond.
 */
export type Alpha = "momentum_20d" | "momentum_12_1" | "mean_reversion" | "short_term_reversal" | "low_volatility" | "cross_sectional_momentum" | "moving_average_crossover" | "rsi_14" | "macd" | "breakout";

/** Settings of a strategy of several alphas. */
export interface AlphaConfig {
  /** Whether SELL sells short; it goes out of the position otherwise. */
  allow_short?: boolean;
  /** Names of built-in alphas, of `formulas`, of scores that are given with the request, or `pairs`. */
  alphas?: string[];
  /** Formulas by name. */
  formulas?: Record<string, string>;
  /** Most symbols bought, and most sold. */
  max_positions?: number;
  /** What an alpha says of a symbol that it knows nothing of. */
  missing?: Missing;
  /** Pairs for the alpha `pairs`: a symbol and its partner. */
  pairs?: Record<string, string>;
  /** How often scores are computed anew. */
  refresh?: Refresh;
  /** The universe in its order: ties of scores keep it. Empty for all symbols in alphabetical order. */
  symbols?: string[];
  /** Scores from which on symbols are bought or sold. */
  thresholds?: Thresholds;
  /** How alphas are weighed; null for `fixed` where there are `weights` and else `equal`. */
  weight_model?: WeightModelKind | null;
  /** Weights by alpha, which sum to 1, for the model `fixed`. */
  weights?: Record<string, number>;
}

/** How an alpha did so far. */
export interface AlphaRecord {
  /** When the scores were known, oldest first. */
  date: Time[];
  /** Rank correlation of the scores with the returns of the 21 bars that followed. */
  ic: number[];
  /** Mean of the rank correlations; null without any. */
  ic_mean: number | null;
  /** Mean over standard error; null with fewer than two, or where they do not vary. */
  ic_t: number | null;
  /** Return of a portfolio in proportion to the scores, of gross weight 1 and net weight 0. */
  returns: number[];
}

/** A request for scores and signals. */
export interface AlphaRequest {
  /** The moment: prices after it are not looked at. Null for that of the newest price. */
  as_of?: Time | null;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: AlphaConfig;
  /** Highest prices; formulas read them. */
  high?: Prices | null;
  /** Whether every alpha is held against the returns that followed, even if the weight model does not ask for it. */
  judge?: boolean;
  /** Lowest prices; formulas read them. */
  low?: Prices | null;
  /** Opening prices; formulas read them. */
  open?: Prices | null;
  /** Closing prices. */
  prices?: Prices | null;
  /** Scores that somebody gives, by alpha and symbol; they take the place of a built-in alpha of that name. */
  scores?: Record<string, Record<string, number>>;
  /** Symbols that can be traded now, with their prices: the others get no signal. Null for all. */
  snapshot?: Record<string, number> | null;
  /** 1. */
  version: number;
  /** Shares traded in each bar; formulas read them. */
  volume?: Flows | null;
}

/** Scores, ranking and signals. */
export interface AlphaResponse {
  /** Every alpha, in the order of the settings. */
  alphas: AlphaScores[];
  /** The moment; null where there are no prices. */
  as_of: Time | null;
  digest: Digest;
  /** Symbols by combined score, the best first; those without one are left out. */
  ranking: RankedSymbol[];
  /** What to do, in the order of the universe. */
  signals: AlphaSignal[];
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
  /** Weights of the alphas. */
  weights: ModelWeights;
}

/** One alpha. */
export interface AlphaScores {
  /** Symbols with a score. */
  known: number;
  /** The alpha. */
  name: string;
  /** How it did so far; null where that was not asked for. */
  record: AlphaRecord | null;
  /** Scores in the order of the universe. */
  scores: SymbolScore[];
  /** Its weight. */
  weight: number;
}

/** What to do about one symbol. */
export interface AlphaSignal {
  /** BUY, SELL or HOLD. */
  action: string;
  /** The combined score; null where it is unknown. */
  strength: number | null;
  /** The symbol. */
  symbol: string;
  /** Weight to hold; null for HOLD, which keeps what there is. */
  target_weight: number | null;
  /** Why the strength is null. */
  unknown: Unknown | null;
}

/** Money or a number of shares: a decimal string, exact. */
export type Amount = string;

/** Settings of attribution (P7). */
export interface AttributionConfig {
  /** What the allocation effect compares with. */
  allocation_effect?: AllocationEffect;
  /** Degrees of freedom taken off in variances. */
  ddof?: number;
  /** When in its period a flow reaches the account. */
  flow_timing?: FlowTiming;
  /** Whether the answer holds the effects of every period. */
  periods?: boolean;
  /** Periods in a year. */
  periods_per_year?: number;
  /** Risk-free rate a year, for Sharpe ratios. */
  risk_free?: number;
}

/** How an account did: returns without capital in and out. */
export interface AttributionPerformance {
  /** Deepest drawdown: zero or negative; the start is a peak. */
  max_drawdown: number | null;
  /** Mean return of a period. */
  mean_return: number | null;
  /** Returns, period by period. */
  returns: number[];
  /** Annualised Sharpe ratio. */
  sharpe: number | null;
  /** Compounded return. */
  total_return: number | null;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
  /** Annualised volatility. */
  volatility: number | null;
}

/** A request for attribution. */
export interface AttributionRequest {
  /** Returns of the benchmark of every strategy; left out, a strategy is its own. */
  benchmark?: Returns | null;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: AttributionConfig;
  /** What trading cost, by strategy and date; the values have paid it already. */
  costs?: Flows;
  /** Capital given to (positive) or taken from a strategy, on dates that have a value. */
  flows?: Flows;
  /** What netting saved, by strategy and date; the values have it already. */
  netting?: Flows;
  /** What the overlay changed, by strategy and date; the values have it already. */
  overlay?: Flows;
  /** Shares of the capital by policy; left out, those of the first date. */
  policy?: Record<string, number> | null;
  /** Gross profit of each strategy by symbol and date. What they leave unexplained is told. */
  symbols?: Record<string, Flows>;
  /** Account values by strategy. A strategy may come later or leave earlier; in between every date has a value. */
  values: Prices;
  /** 1. */
  version: number;
}

/** Who earned what. */
export interface AttributionResponse {
  digest: Digest;
  /** How the whole did. */
  performance: AttributionPerformance;
  /** The whole, period by period, if asked for. */
  periods: PeriodAttribution[];
  /** Shares of the capital by policy. */
  policy: Record<string, number>;
  /** Every strategy. */
  strategies: StrategyAttribution[];
  /** Gross profit by symbol over all strategies. */
  symbols: SymbolProfit[];
  /** The whole: each effect is the sum of the strategies'. */
  total: EffectsRecord;
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/** Settings of the two-pass audit. */
export interface AuditConfig {
  /** Whether the answer holds the text of every artefact. */
  artefacts?: boolean;
  /** What happens to weights between rebalances. */
  between_rebalances?: BetweenRebalances;
  /** Intervals of the differences. */
  bootstrap?: BootstrapConfig;
  /** What a year is for CAGR. */
  cagr_basis?: CagrBasis;
  /** Windows in which there should be no large de-risking. */
  calm_windows?: DateWindow[];
  /** Protection bought in STRESS and CRISIS. */
  convexity?: ConvexityConfig;
  /** Cost of trading, in hundredths of a per cent of what is bought and sold. */
  cost_bps?: number;
  /** Degrees of freedom taken off in volatilities. */
  ddof?: number;
  /** The overlay. */
  risk?: RiskConfig;
  /** Limits of the rules. */
  rules?: VerdictRules;
  /** Windows that the overlay should have noticed. */
  stress_windows?: DateWindow[];
}

/** Both passes through time: the start first. */
export interface AuditCurves {
  /** Drawdown of the baseline. */
  baseline_drawdown: number[];
  /** Growth of 1 under the baseline. */
  baseline_equity: number[];
  /** Dates. */
  date: Time[];
  /** Decision date of the weights that earned the return up to each date; null at the start. */
  decided_at: (Time | null)[];
  /** Drawdown of the scaled pass. */
  scaled_drawdown: number[];
  /** Growth of 1, scaled. */
  scaled_equity: number[];
}

/** A de-risking event with what it cost or saved. */
export interface AuditEvent {
  /** Return of the baseline over the event. */
  baseline_return: number | null;
  /** The event. */
  event: DeRiskEvent;
  /** Return of the scaled pass less that of the baseline. */
  saved: number | null;
  /** Return of the scaled pass over the event. */
  scaled_return: number | null;
}

/** A request for a two-pass audit. */
export interface AuditRequest {
  /** Returns of the assets. */
  asset_returns: Returns;
  /** What the baseline run is called. */
  baseline_run?: string;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: AuditConfig;
  /** Last date. */
  end?: Time | null;
  /** What the scaled run is called. */
  scaled_run?: string;
  /** Returns of sleeves, for their concentration and for sleeves with `own_state`. */
  sleeve_returns?: Returns | null;
  /** First date that is judged; the history before it warms the state up. */
  start?: Time | null;
  /** A word of the user's about this audit. */
  tag?: string | null;
  /** Returns of trend units, for their breadth. */
  trend_unit_returns?: Returns | null;
  /** 1. */
  version: number;
  /** Raw weights by decision date. */
  weights: Weights;
}

/** The report of an audit. */
export interface AuditResponse {
  /** The text of every artefact by file name; null unless asked for. */
  artefacts: Record<string, string> | null;
  /** Figures of the baseline. */
  baseline: PassFigures;
  /** The figures side by side. */
  comparison: Comparison[];
  /** Cost and benefit of protection; null unless it is enabled. */
  convexity: ConvexityReport | null;
  /** How much of the history has a known state. */
  coverage: Coverage;
  /** Both passes through time. */
  curves: AuditCurves;
  digest: Digest;
  /** The deepest de-risking events, at most ten. */
  events: AuditEvent[];
  /** What each rebalance applied. */
  exposure: ExposureTable;
  /** Regimes entered and left again for where they came from within `flip_days`, a year. */
  flips_per_year: number | null;
  /** The worst of the verdicts. */
  overall: Verdict;
  /** Days by regime. */
  regime_distribution: RegimeShare[];
  /** Regimes by date, whole history. */
  regimes: RegimeTable;
  /** Scalars by date, whole history. */
  scalars: ScalarTable;
  /** Figures of the scaled pass. */
  scaled: PassFigures;
  /** Sleeves, by name. */
  sleeves: SleeveTable[];
  /** Features by date, whole history. */
  state: StateTable;
  /** What the scalars did to the rebalances that earned judged returns. */
  summary: RunSummary;
  /** Transitions by pair. */
  transitions: Transition[];
  /** All transitions, a year. */
  transitions_per_year: number | null;
  /** Every rule and how it came out. */
  verdicts: RuleVerdict[];
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
  /** Scaled weights by decision date. */
  weights: WeightColumns;
  /** Stress and calm windows. */
  windows: WindowReport[];
}

/** Settings of a strategy of several alphas. */
export interface BacktestAlphaConfig {
  /** Whether SELL sells short; it goes out of the position otherwise. */
  allow_short?: boolean;
  /** Names of built-in alphas, of `formulas`, of scores that are given with the request, or `pairs`. */
  alphas?: string[];
  /** Formulas by name. */
  formulas?: Record<string, string>;
  /** Most symbols bought, and most sold. */
  max_positions?: number;
  /** What an alpha says of a symbol that it knows nothing of. */
  missing?: BacktestMissing;
  /** Pairs for the alpha `pairs`: a symbol and its partner. */
  pairs?: Record<string, string>;
  /** How often scores are computed anew. */
  refresh?: Refresh;
  /** The universe in its order: ties of scores keep it. Empty for all symbols in alphabetical order. */
  symbols?: string[];
  /** Scores from which on symbols are bought or sold. */
  thresholds?: Thresholds;
  /** How alphas are weighed; null for `fixed` where there are `weights` and else `equal`. */
  weight_model?: WeightModelKind | null;
  /** Weights by alpha, which sum to 1, for the model `fixed`. */
  weights?: Record<string, number>;
}

/** Settings of a backtest. Rates are fractions: 0.001 is ten basis points. */
export interface BacktestConfig {
  /** Last bar whose close counts in the table `attribution`; null for the last there is. The run is the same. */
  attribution_end?: Time | null;
  /** First bar whose close the table `attribution` counts from: trades of that close are in it. Null for all from the beginning. */
  attribution_start?: Time | null;
  /** A rebalance is left out while no weight is further from its target than this. */
  band?: number;
  /** How the strategies are blended at every rebalance; null for shares of capital, each strategy's weights as they are. */
  blend?: BlendConfig | null;
  /** Interest a year on the value of short positions. */
  borrow_rate?: number;
  /** Which bars count. */
  calendar?: BarCalendar;
  /** How capital is split between the strategies, by what each earned alone up to the decision; null for fixed `shares`. */
  capital?: CapitalConfig | null;
  /** When capital is split anew, at the first rebalance of each period; null for every rebalance. */
  capital_schedule?: Rebalance | null;
  /** What strategies get while too little is known of all of them. */
  capital_warmup?: CapitalWarmup;
  /** Interest a year on cash. */
  cash_rate?: number;
  /** Least commission of one order, money. */
  cost_min?: number;
  /** Commission for one share, money. */
  cost_per_share?: number;
  /** Commission as a fraction of the value traded. */
  cost_rate?: number;
  /** Whether the answer has what is told bar by bar: curves of the portfolio, the strategies and the overlay. */
  curves?: boolean;
  /** Interest a year on borrowed cash. */
  debit_rate?: number;
  /** Bars without a price after which a symbol counts as delisted and what is held of it is paid out. */
  delist_after?: number;
  /** Share of the last price that is paid out then. */
  delisting_recovery?: number;
  /** Last bar; null for the last there is. */
  end?: Time | null;
  /** At which price of the bar after the decision orders are filled. */
  execution?: Execution;
  /** Where the money for costs comes from. */
  financing?: Financing;
  /**
   * Market impact: the fraction of the price that an order as large as the volume of a bar loses; it grows with the square root of
   * the order. Volumes must be given where it is above zero.
   */
  impact?: number;
  /** Money at the start. */
  initial_value?: number;
  /** Bars from decision to execution, from 1. */
  lag?: number;
  /** Whether the run is also carried out by orders on double-entry ledgers in fixed-point money, and held against this one. */
  ledgers?: boolean;
  /** Positions are rounded toward zero to multiples of this many shares; null for fractions of shares. */
  lot_size?: number | null;
  /** How the figures of performance are computed. */
  metrics?: MetricsConfig;
  /** What happens when a strategy fails in the middle of a run. */
  on_strategy_error?: OnStrategyError;
  /** When the portfolio is brought back to its targets; null for `on_signal` where every strategy is uploaded and else `monthly`. */
  rebalance?: Rebalance | null;
  /** The risk overlay: it scales all targets, one rebalance late; null for none. Sleeves name strategies. */
  risk?: RiskConfig | null;
  /** Most rows of each table of trades and weights in the answer; the others are counted. */
  rows_max?: number;
  /**
   * Share of capital of each strategy where `blend` is null, with `capital` until enough is known; equal shares where it is empty.
   * They sum to 1 at most.
   */
  shares?: Record<string, number>;
  /** Slippage as a fraction of the price: half the spread. */
  slippage_rate?: number;
  /** First bar; null for the first at which a position is taken. */
  start?: Time | null;
}

/** The portfolio through time, one entry for each bar; empty where `curves` is false. */
export interface BacktestCurve {
  /** Value of the initial money in the benchmark; null without one. */
  benchmark: (number | null)[] | null;
  /** Cash after the trades of the bar. */
  cash: number[];
  /** Bars. */
  date: Time[];
  /** How far the value lies below its highest so far, zero or negative. */
  drawdown: number[];
  /** Long and short positions over value, after the trades of the bar. */
  gross: number[];
  /** Long less short positions over value, after the trades of the bar. */
  net: number[];
  /** Value at the close, before the trades of that close. */
  value: number[];
}

/** Something that befell the portfolio. */
export interface BacktestEvent {
  /** Money or ratio, where there is one. */
  amount: number | null;
  /** The bar. */
  date: Time;
  /** `split`, `dividend`, `delisting`, `waiting`, `never_priced`, `strategy_paused`, `strategy_skipped` or `ruin`. */
  kind: string;
  /** The symbol or the strategy. */
  name: string;
  /** In words. */
  text: string;
}

/**
 * What a strategy says of a symbol that it does not name.
 *
 *
 * - `zero`: Zero: the average runs over all strategies.
 * - `mean`: Nothing: the average runs over the strategies that name it.
 */
export type BacktestMissing = "zero" | "mean";

/** A request for a backtest. */
export interface BacktestRequest {
  /** Prices of one benchmark. */
  benchmark?: Prices | null;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: BacktestConfig;
  /** Money paid out for one share on the day that a symbol ends; zero where nothing is left. */
  delistings?: Flows | null;
  /** Money paid on one share, on the day from which it is quoted without. */
  dividends?: Prices | null;
  /** Highest prices; formulas read them. */
  high?: Prices | null;
  /** Lowest prices; formulas read them. */
  low?: Prices | null;
  /** Opening prices. */
  open?: Prices | null;
  /** The scalars of an earlier run, for a risk overlay of mode `precomputed`. */
  precomputed?: Precomputed | null;
  /** Closing prices as quoted: not adjusted for `splits` and `dividends`, where those are given. */
  prices: Prices;
  /** New shares for one old share, on the day from which prices are quoted after the split. */
  splits?: Prices | null;
  /** The strategies. */
  strategies: Record<string, StrategySpec>;
  /** 1. */
  version: number;
  /** Shares traded in each bar, for market impact. */
  volume?: Flows | null;
}

/** The result of a backtest. */
export interface BacktestResponse {
  /**
   * Who earned what with which symbol, between `attribution_start` and `attribution_end`; over the whole run it sums to `summary.profit`
   * and `summary.cost`.
   */
  attribution: Earned[];
  /** Shares of capital through time; null where they are fixed. */
  capital: CapitalHistory | null;
  /** The portfolio through time. */
  curve: BacktestCurve;
  digest: Digest;
  /** What befell it, by date. */
  events: BacktestEvent[];
  /** Events beyond the most that are told. */
  events_omitted: number;
  /** Positions at the end, by symbol. */
  holdings: Holding[];
  /** The same run by orders on ledgers; null where it was not asked for. */
  ledgers: LedgerOutcome | null;
  /** Figures of the portfolio. */
  metrics: SeriesMetrics;
  /** What the risk overlay saw and did; null where there is none. */
  overlay: OverlayOutcome | null;
  /** Rebalances. */
  rebalances: Rebalances;
  /** How it ended. */
  status: BacktestStatus;
  /** Every strategy, by id. */
  strategies: StrategyOutcome[];
  /** The run in a few numbers. */
  summary: BacktestSummary;
  /** Fills. */
  trades: Trades;
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
  /** Target weights of every rebalance. */
  weights: TargetWeights;
}

/** How a run ended. */
export type BacktestStatus = "completed" | "idle" | "ruined";

/** The run in a few numbers. */
export interface BacktestSummary {
  /** Bars of the curve. */
  bars: number;
  /** Commission and slippage, money. */
  cost: number;
  /** Value at the end, after all costs. */
  final_value: number;
  /** Money at the start. */
  initial_value: number;
  /** Interest received less interest paid, money. */
  interest: number;
  /** Decisions that came too late to be executed. */
  late_decisions: number;
  /** Profit of prices and dividends before costs, money. Final value = initial value + profit − cost + interest. */
  profit: number;
  /** Rebalances. */
  rebalances: number;
  /** Costs that crossing the orders of strategies saved, money. */
  saved: number;
  /** Fills. */
  trades: number;
  /** Sum of the turnovers of all rebalances. */
  turnover: number;
  /** `turnover` a year of `periods_per_year` bars. */
  turnover_annual: number;
}

/**
 * Which bars count.
 *
 *
 * - `data`: Every time at which any symbol has a price.
 * - `weekdays`: As `data`, without Saturdays and Sundays.
 */
export type BarCalendar = "data" | "weekdays";

/** Behaviour of some thresholds over some days, and its loss. */
export interface Behaviour {
  /** The loss; smaller is better. */
  loss: number;
  /** Share of days in CRISIS. */
  share_crisis: number;
  /** Share of days in ELEVATED. */
  share_elevated: number;
  /** Share of days in NORMAL. */
  share_normal: number;
  /** Share of days in STRESS. */
  share_stress: number;
  /** Transitions a year. */
  transitions_per_year: number;
  /** Stress windows that were flagged. */
  windows_flagged: number;
  /** Stress windows that the days reach. */
  windows_reached: number;
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

/**
 * What happens to weights between two rebalances.
 *
 *
 * - `constant`: They are kept: exposure is put back to the weights every day at no cost, as for futures held at constant notional share.
 * - `drift`: They drift with the returns.
 */
export type BetweenRebalances = "constant" | "drift";

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

/** Settings of the method `black_litterman`. */
export interface BlackLittermanConfig {
  /** Weights of the market, by strategy; empty: the same for each. */
  market_weights?: Record<string, number>;
  /** Where the expected returns come from before views. */
  prior?: PriorSource;
  /** Risk aversion of the market, for the equilibrium. */
  risk_aversion?: number;
  /** Variance of the prior relative to the covariance of returns; null for 1/n, n the observations. */
  tau?: number | null;
  /** What is done with the posterior. */
  then?: AfterViews;
  /** Views, at most 1,000. */
  views?: ViewConfig[];
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
  missing?: BacktestMissing;
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

/** Resampling of a history for intervals, by the stationary bootstrap. */
export interface BootstrapConfig {
  /** Mean length of a block, in periods. */
  block?: number;
  /** Share of the resamples that the interval covers. */
  confidence?: number;
  /** How many resamples; 0 for none. */
  resamples?: number;
  /** Seed of the generator. */
  seed?: number;
}

/**
 * What a year is for the compound annual growth rate.
 *
 *
 * - `periods`: So many periods, `periods_per_year`.
 * - `calendar`: 365.25 days between the dates.
 */
export type CagrBasis = "periods" | "calendar";

/** The days on which the market is open. */
export interface CalendarConfig {
  /** Days on which it is closed, of whatever weekday. */
  holidays?: Time[];
  /** Weekdays on which it is open, from 1 for Monday to 7 for Sunday. */
  weekdays?: number[];
}

/**
 * Which dates have a state.
 *
 *
 * - `union`: Every date that the portfolio, its equity or an asset has, from the first return of the portfolio on. Where the portfolio has
 * - `union`: no return the state is unknown.
 * - `inner`: Dates that portfolio, equity (where given) and assets have in common, as in the recorded system 003.
 */
export type CalendarRule = "union" | "inner";

/** Some thresholds and how they behave over the whole history. */
export interface Candidate {
  /** Behaviour over the whole history. */
  behaviour: Behaviour;
  /** The thresholds. */
  thresholds: RegimeThresholds;
}

/** One split of one candidate. */
export interface CandidateFold {
  /** What stayed in cash. */
  cash: number;
  /** Cost of the trades, as a fraction of the capital. */
  cost: number;
  /** Sharpe ratio a year of these weights in sample; null where it is undefined. */
  in_sample_sharpe: number | null;
  /** Sharpe ratio a year out of sample; null where it is undefined. */
  out_of_sample_sharpe: number | null;
  /** How the split ended. */
  status: CapitalStatus;
  /** Σ|change| against what was held. */
  turnover: number;
  /** Weights that are not zero, by strategy. */
  weights: Record<string, number>;
}

/** One candidate. */
export interface CandidateReport {
  /** Combinatorial purged cross-validation, if asked for. */
  combinatorial: CombinatorialReport | null;
  /** Costs out of sample, added up. */
  costs: number;
  /** Probability that the Sharpe ratio is above what the best of so many trials reaches without skill. */
  deflated_sharpe: number | null;
  /** One for each fold, oldest first. */
  folds: CandidateFold[];
  /** Dates out of sample on which a strategy that was held had no return. */
  gaps: number;
  /** Means of the figures of all windows in sample. */
  in_sample: WindowFigures;
  /** The method. */
  method: CapitalMethod;
  /** The candidate. */
  name: string;
  /** Figures of the returns out of sample, after costs, one after the other. */
  out_of_sample: WindowFigures;
  /** Probability that the true Sharpe ratio is above zero. */
  probabilistic_sharpe: number | null;
  /** Interval of the Sharpe ratio a year out of sample. */
  sharpe_interval: SharpeInterval | null;
  /** Mean Σ|change| of a split. */
  turnover: number;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
}

/** A limit that binds. */
export interface CapitalBinding {
  /** The limit's name as in the settings: `max`, `groups.equity.max`, `turnover_max` … */
  limit: string;
  /** What the objective would gain from a unit more of it; null for rules that are no optimisers. */
  shadow_price: number | null;
  /** The strategy it binds; null for a limit of the whole or of a group. */
  strategy: string | null;
  /** Its value. */
  value: number;
}

/** A part of the cash, with its cause. */
export interface CapitalCashReason {
  /** Fraction of the capital. */
  amount: number;
  /** `reserve`, `plan`, `sizes`, `no_edge`, `unknown`, `caps`, `target_volatility` or `trading`. */
  reason: string;
  /** In a sentence. */
  text: string;
}

/** Settings of capital across strategies. */
export interface CapitalConfig {
  /** Settings of the method `black_litterman`. */
  black_litterman?: BlackLittermanConfig;
  /** Resampling of the history for intervals around the weights; null for none. `{}` draws 1,000 times. */
  bootstrap?: BootstrapConfig | null;
  /** Settings of the methods that cluster strategies: hrp, herc, nco. */
  clustering?: ClusteringConfig;
  /** Hard limits. */
  constraints?: ConstraintsConfig;
  /** Settings of the method `drawdown`. */
  drawdown?: DrawdownConfig;
  /** Settings of the method `dynamic`. */
  dynamic?: DynamicConfig;
  /** Whether the answer holds the estimated means, volatilities, correlations and covariance. */
  estimates?: boolean;
  /** How means and covariances are estimated. */
  estimators?: EstimatorConfig;
  /** Weights of the method `fixed`, by strategy; their sum is at most 1 and what is missing stays cash. */
  fixed?: Record<string, number>;
  /** Settings of the methods `kelly` and `kelly_multivariate`. */
  kelly?: KellyConfig;
  /** Settings of the online learners. */
  learning?: LearningConfig;
  /**
   * Newest returns that enter; null for the method's own: `dynamic` 60, `sharpe_proportional` 20, `inverse_volatility`,
   * `inverse_variance` and `kelly` 252, all others the whole history.
   */
  lookback?: number | null;
  /** How capital is split. */
  method?: CapitalMethod;
  /** Fewest returns from which a statistic is computed; below it is unknown. At least 2. */
  min_observations?: number;
  /** Volatility a year below which a strategy's risk is unknown rather than small, as of a dead feed. */
  min_volatility?: number;
  /** What happens when no strategy has an edge (Sharpe ratio or Kelly's fraction above zero). */
  no_edge?: NoEdge;
  /** Settings of the methods that solve a programme. */
  optimizer?: OptimizerConfig;
  /** Periods in a year. */
  periods_per_year?: number;
  /** Settings of the method `regime_adaptive`. */
  regime?: RegimeConfig;
  /** Shares of risk of the method `risk_budget`, by strategy, in any unit; all of them positive. Empty: 1 each. */
  risk_budgets?: Record<string, number>;
  /** Risk-free rate a year. */
  risk_free?: number;
  /** What too little history means. */
  short_history?: ShortHistory;
  /** What a strategy whose statistic is unknown gets: nothing, or its minimum. */
  unknown_weight?: UnknownAllocation;
  /** Confidence of value at risk in the figures, above 0.5 and below 1. */
  var_level?: number;
}

/** Figures of a split. */
export interface CapitalFigures {
  /**
   * What the trades cost once, by `optimizer.cost_linear` and `cost_impact`, as a fraction of the capital; from nothing held where it was
   * not said what is.
   */
  cost: number;
  /** Mean return in the tail, by the Cornish-Fisher expansion, per period. */
  cvar_cornish_fisher: number | null;
  /** Mean return in the tail, if returns were normal, per period. */
  cvar_gaussian: number | null;
  /** Mean return in the tail, as recorded, per period. */
  cvar_historical: number | null;
  /** Weighted volatility per volatility of the whole. */
  diversification_ratio: number | null;
  /** How many equal risk contributions would be as concentrated. */
  effective_bets: number | null;
  /** How many equal weights would be as concentrated. */
  effective_strategies: number | null;
  /** Expected return a year before costs, without what cash earns. */
  expected_return: number | null;
  /** The same less the costs, spread over `optimizer.horizon` periods. */
  expected_return_net: number | null;
  /** Expected volatility a year. */
  expected_volatility: number | null;
  /** Sum of the weights. */
  gross: number;
  /** Common dates that the figures of risk stand on. */
  n: number;
  /** Σ|change| against what is held; null where nothing was said to be held. */
  turnover: number | null;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
  /** Value at risk by the Cornish-Fisher expansion, per period. */
  var_cornish_fisher: number | null;
  /** Value at risk if returns were normal, per period. */
  var_gaussian: number | null;
  /** Value at risk as recorded, per period. */
  var_historical: number | null;
}

/** Shares of capital, one entry for each rebalance and strategy. */
export interface CapitalHistory {
  /** Where each share comes from. */
  basis: ShareBasis[];
  /** When the rebalance was executed. */
  date: Time[];
  /** Entries beyond `rows_max`. */
  omitted: number;
  /** Share of the capital; beside a blend the gross weight that it gave the strategy. */
  share: number[];
  /** How the method of capital ended; null beside a blend. */
  status: (CapitalStatus | null)[];
  /** Strategies. */
  strategy: string[];
}

/**
 * How capital is split across strategies (K1).
 *
 *
 * - `erc`: Equal risk contributions under the covariance.
 * - `equal_weight`: The same to each.
 * - `fixed`: Weights as given in `fixed`.
 * - `dynamic`: Recent winners get more: min-max score of the return over the lookback, with a floor.
 * - `sharpe_proportional`: In proportion to positive Sharpe ratios.
 * - `inverse_volatility`: In inverse proportion to volatility.
 * - `inverse_variance`: In inverse proportion to variance.
 * - `risk_budget`: Risk contributions in the proportions of `risk_budgets`.
 * - `kelly`: Kelly's fraction of each strategy by itself, mean over variance.
 * - `kelly_multivariate`: Kelly's fractions of all strategies together, by mean and covariance.
 * - `drawdown`: Less to strategies in drawdown.
 * - `hrp`: Hierarchical risk parity.
 * - `herc`: Hierarchical equal risk contribution.
 * - `nco`: Nested clustered optimisation of the variance.
 * - `exponentiated_gradient`: Online learner: exponentiated gradient of log wealth.
 * - `ftrl`: Online learner: follow the regularised leader.
 * - `hedge`: Online learner: Hedge, multiplicative weights on returns.
 * - `black_litterman`: An optimiser on the posterior of views.
 * - `kelly_log_growth`: Kelly's fractions by the mean of log returns over the history.
 * - `max_diversification`: Greatest ratio of the mean of volatilities to the volatility of the whole.
 * - `max_sharpe`: Greatest Sharpe ratio of the whole.
 * - `mean_variance`: Greatest expected return less risk aversion times variance.
 * - `min_cdar`: Least mean of the worst drawdowns.
 * - `min_cvar`: Least mean of the worst periods.
 * - `min_variance`: Least variance of the whole.
 * - `robust_mean_variance`: Greatest utility under the worst means that the history does not exclude.
 * - `target_return`: Least variance with an expected return that is asked for.
 * - `target_risk`: Greatest expected return with a volatility that is allowed.
 * - `regime_adaptive`: Another method for each market regime.
 */
export type CapitalMethod = "erc" | "equal_weight" | "fixed" | "dynamic" | "sharpe_proportional" | "inverse_volatility" | "inverse_variance" | "risk_budget" | "kelly" | "kelly_multivariate" | "drawdown" | "hrp" | "herc" | "nco" | "exponentiated_gradient" | "ftrl" | "hedge" | "black_litterman" | "kelly_log_growth" | "max_diversification" | "max_sharpe" | "mean_variance" | "min_cdar" | "min_cvar" | "min_variance" | "robust_mean_variance" | "target_return" | "target_risk" | "regime_adaptive";

/** A request to split capital across strategies. */
export interface CapitalRequest {
  /** Other methods to carry out beside that of the settings, on the same data under the same limits. */
  compare?: CapitalMethod[];
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: CapitalConfig;
  /** Expected returns a year, by strategy; each goes before the mean of the history. */
  forecasts?: Record<string, number>;
  /** Asks for the efficient frontier under the same limits; null for none. */
  frontier?: FrontierConfig | null;
  /** What is held, as fractions of the capital; a strategy that is not named holds nothing. Null: not said. */
  previous?: Record<string, number> | null;
  /** The regime as another system sees it, for `regime.detector: risk`. */
  regime?: MarketRegime | null;
  /** Return history by strategy; one without history is declared by an empty one. */
  returns?: Returns;
  /** Figures that the owner gives, by strategy. */
  statistics?: Record<string, GivenStatistics>;
  /** 1. */
  version: number;
}

/** The split, the same by other methods, and the estimates if asked for. */
export interface CapitalResponse {
  /** What each strategy gets, by name. */
  allocations: Allocation[];
  /** Which limits bind. */
  bindings: CapitalBinding[];
  /** What stays in cash; negative where more than the capital is placed. */
  cash: number;
  /** Why, in the order in which the money meets it; the amounts sum to the cash. */
  cash_reasons: CapitalCashReason[];
  /** The other methods asked for, in their order. */
  comparison: Outcome[];
  /** Limits that could not hold together. */
  conflicts: Conflict[];
  digest: Digest;
  /** Means, volatilities, correlations and covariance, if asked for and known. */
  estimates: Estimates | null;
  /** What was done and what came of it, in sentences. */
  explanation: string[];
  /** Figures of the whole. */
  figures: CapitalFigures;
  /** The efficient frontier, if asked for and known. */
  frontier: Frontier | null;
  /** How far the weights are luck of the history, if asked for and known. */
  intervals: WeightIntervals | null;
  /** Newest returns that the method looked at; null for all. */
  lookback: number | null;
  /** The method. */
  method: CapitalMethod;
  /** How it ended. */
  status: CapitalStatus;
  /** Why estimates and intervals that were asked for are null. */
  unknown: UnknownFigure[];
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/**
 * How an allocation ended.
 *
 *
 * - `optimal`: The rule's answer within all limits.
 * - `infeasible_capped`: The maximums leave no room for everything: each is at its maximum and the rest is cash.
 * - `limits_conflict`: Limits contradict each other; one gave way, and `conflicts` says which.
 * - `no_edge`: No strategy has an edge by the rule's measure; nothing is deployed beyond minimums.
 * - `insufficient_history`: Of no strategy enough is known; nothing is deployed beyond minimums.
 * - `empty`: There are no strategies.
 */
export type CapitalStatus = "optimal" | "infeasible_capped" | "limits_conflict" | "no_edge" | "insufficient_history" | "empty";

/**
 * What strategies get while too little is known of all of them for the method of capital.
 *
 *
 * - `shares`: Their `shares`, which are equal where none are given.
 * - `cash`: What the method itself gives then: the minimums of its limits, and the rest stays in cash.
 */
export type CapitalWarmup = "shares" | "cash";

/** A part of the cash and why it is there. */
export interface CashReason {
  /** Weight; the amounts of all reasons sum to the cash. Negative for borrowed money. */
  amount: number;
  /** `reserve`, `target`, `plan`, `no_signals`, `no_edge`, `unknown`, `caps`, `netting`, or a limit's name. */
  reason: string;
  /** The reason in words. */
  text: string;
}

/** Settings of the methods that cluster strategies. */
export interface ClusteringConfig {
  /** Number of clusters (herc, nco); null lets the dispersion within clusters decide. */
  clusters?: number | null;
  /** How far two clusters are from each other. */
  linkage?: Linkage;
  /** In which order the leaves of the tree stand (hrp). */
  ordering?: LeafOrdering;
}

/** Stable code of a fault or warning. */
export type Code = "invalid_json" | "invalid_config_file" | "invalid_formula" | "unknown_field" | "missing_field" | "wrong_type" | "unknown_choice" | "out_of_range" | "not_finite" | "unsupported_version" | "duplicate" | "invalid_name" | "invalid_date" | "empty" | "short_not_allowed" | "invalid_volatility" | "missing_statistics" | "conflict" | "infeasible_caps" | "limit_exceeded" | "unknown_format" | "corrupt_file" | "unsupported_feature" | "missing_column" | "ambiguous_column" | "broken_row" | "invalid_cell" | "mixed_frequency" | "frequency_mismatch" | "impossible_value" | "insufficient_history" | "empty_strategy" | "unknown_statistic" | "cap_binds" | "cap_relaxed" | "symbols_dropped" | "limit_binds" | "single_strategy" | "allocator_disabled" | "converted" | "insufficient_cash" | "order_dropped" | "order_scaled" | "over_allocated" | "illegal_transition" | "policy_forbids" | "target_missed" | "self_trade" | "unsorted" | "stale" | "scalar_file" | "fail_safe" | "cancelled" | "not_found" | "method_not_allowed" | "unsupported_media_type" | "request_timeout" | "overloaded" | "rate_limited" | "host_not_allowed" | "unsafe_address" | "unauthorized" | "forbidden" | "digest_mismatch" | "idempotency_mismatch" | "invalid_state" | "missing_signals" | "stale_signals" | "clock_skew" | "storage_full" | "journal_damaged" | "journal_in_use" | "redis_unavailable" | "redis_unsupported" | "invalid_usage" | "file_not_found" | "io" | "internal";

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

/** Combinatorial purged cross-validation: the history in groups, of which every choice of some is out of sample once. */
export interface CombinatorialConfig {
  /** Groups, from 3 to 16. */
  groups?: number;
  /** Groups that are out of sample together, fewer than the others. */
  test_groups?: number;
}

/** The Sharpe ratios of all paths. */
export interface CombinatorialReport {
  /** Choices of groups out of sample. */
  choices: number;
  /** Standard deviation of the ratios over the paths; null for a single one. */
  deviation: number | null;
  /** Share of the paths with a ratio below zero. */
  loss_share: number;
  /** Mean of the ratios. */
  mean: number;
  /** Sharpe ratio a year of every path; null where it is undefined. */
  sharpe: (number | null)[];
}

/** What one order costs: the largest of its minimum and per-share plus rate. */
export interface CommissionConfig {
  /** Money for one order at least. */
  minimum?: number;
  /** Money for one share. */
  per_share?: number;
  /** Basis points of the money traded. */
  rate_bps?: number;
}

/** One figure of both passes. */
export interface Comparison {
  /** Of the baseline. */
  baseline: number | null;
  /** Scaled less baseline. */
  delta: number | null;
  /** The figure. */
  figure: string;
  /** Bootstrap interval of the difference; null where there is none. */
  interval: DeltaInterval | null;
  /** Of the scaled pass. */
  scaled: number | null;
}

/**
 * How the returns of the lookback become one.
 *
 *
 * - `compounded`: Π(1 + r) − 1.
 * - `summed`: Σr.
 */
export type Compounding = "compounded" | "summed";

/** Two limits that cannot both hold, and what the second became. */
export interface Conflict {
  /** The limits' names as in the settings, the one that holds first. */
  limits: string[];
  /** What the limit that gave way was taken for: the nearest value with which all can hold. */
  relaxed_to: number;
  /** In a sentence. */
  text: string;
}

/**
 * How minimum and maximum are applied to the proportions of a rule.
 *
 *
 * - `waterfill`: Weights grow in proportion until all is placed; at its maximum a strategy stops, below its minimum it waits.
 * - `clamp_then_normalize`: Each weight is clamped and all are normalised, as in a recorded system; where that breaks a limit, `waterfill`.
 */
export type ConstraintOrder = "waterfill" | "clamp_then_normalize";

/** Hard limits, as fractions of the capital: 0.40 is 40 %. */
export interface ConstraintsConfig {
  /** What always stays in cash. */
  cash_reserve?: number;
  /** Most that the weight of one strategy may change in one rebalance; null for no limit. Needs `previous`. */
  change_max?: number | null;
  /** Limits of groups of strategies, by the group's name. */
  groups?: Record<string, GroupLimit>;
  /** Most that may be placed where `target_volatility` asks for more than the capital; 1 borrows nothing. */
  leverage_max?: number;
  /** Most of the capital for one strategy. */
  max?: number;
  /** Least of the capital for one strategy whose statistic is known. */
  min?: number;
  /** How minimum and maximum are applied to the proportions of a rule. */
  order?: ConstraintOrder;
  /** Limits of single strategies, by name. */
  strategies?: Record<string, StrategyLimit>;
  /** Volatility a year that the whole may not exceed; with `leverage_max` above 1 the exposure rises to it. Null for no limit. */
  target_volatility?: number | null;
  /** Changes of a weight smaller than this are not made. Needs `previous`. */
  trade_min?: number;
  /** Most that may be bought and sold together in one rebalance, Σ|change|; null for no limit. Needs `previous`. */
  turnover_max?: number | null;
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

/** Protection bought while the regime is STRESS or worse. */
export interface ConvexityConfig {
  /** Premium a year that may be spent, as a fraction of equity. */
  budget?: number;
  /** Confidence of the tail figures that decide whether it is worth it. */
  cvar_level?: number;
  /** Whether the overlay is computed at all. */
  enabled?: boolean;
  /** Days to expiry of each piece of protection. */
  horizon?: number;
  /** Share by which the implied volatility lies above the realised one. */
  loading?: number;
  /** How far below the current value the strike lies, as a fraction. */
  out_of_the_money?: number;
}

/** The overlay's cost and benefit. */
export interface ConvexityReport {
  /** Whether all three tail figures improve; otherwise it stays off. */
  adopted: boolean;
  /** Mean return of the worst days, without and with. */
  cvar: [number | null, number | null];
  /** Maximum drawdown, without and with. */
  max_drawdown: [number | null, number | null];
  /** Why it is not adopted; empty where it is. */
  note: string;
  /** Payoffs, a year. */
  payoff: number;
  /** Every piece. */
  pieces: Protection[];
  /** Premiums, a year. */
  premium: number;
  /** Returns on the dates of the scaled pass: with the overlay where it is adopted, else those of the pass, since it is off. */
  returns: number[];
  /** Worst month, without and with. */
  worst_month: [number | null, number | null];
}

/**
 * How the days since the last rebalance are counted for the cooldown.
 *
 *
 * - `calendar_days`: Dates apart, whatever the time of day.
 * - `whole_days`: Whole stretches of 24 hours, as a recorded system counts.
 */
export type CooldownRule = "calendar_days" | "whole_days";

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

/** Correlation of two strategies over the bars that both saw. */
export interface CorrelationRecord {
  /** Common returns. */
  n: number;
  /** The two, in alphabetical order. */
  pair: [string, string];
  /** Why the value is null. */
  unknown: UnknownFigure[];
  /** Pearson's correlation. */
  value: number | null;
}

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

/**
 * How the covariance is estimated.
 *
 *
 * - `sample`: The sample covariance.
 * - `ewma`: Exponentially weighted; `ewma.convention` says which of six.
 * - `ledoit_wolf`: Ledoit and Wolf (2004), toward equal variances and no correlation.
 * - `ledoit_wolf_single_factor`: Ledoit and Wolf (2003), toward one common factor.
 * - `ledoit_wolf_constant_correlation`: Ledoit and Wolf (2004), toward one correlation for all pairs.
 * - `oas`: Chen and others (2010), the oracle approximating shrinkage.
 * - `denoised`: Sample correlation without the eigenvalues that noise alone would give (Marchenko and Pastur).
 * - `semi`: Of shortfalls below the target only (Estrada).
 * - `pairwise`: Each pair over its own common dates, then the nearest matrix that is a covariance (Higham).
 */
export type CovarianceEstimator = "sample" | "ewma" | "ledoit_wolf" | "ledoit_wolf_single_factor" | "ledoit_wolf_constant_correlation" | "oas" | "denoised" | "semi" | "pairwise";

/** How much of the history has a known state. */
export interface Coverage {
  /** Dates. */
  dates: number;
  /** First date with a known state. */
  effective_start: Time | null;
  /** Dates on which the regime failed safe. */
  fail_safe: number;
  /** First date. */
  first: Time | null;
  /** Dates on which the last known regime was held. */
  held: number;
  /** Dates with a known state. */
  known: number;
  /** Their share. */
  known_share: number | null;
  /** Last date. */
  last: Time | null;
  /** Dates before the first known state. */
  warmup: number;
}

/** Two groups of orders that met inside. */
export interface CrossRecord {
  /** Money for one share; null where no price is known, and nothing was filled outside to learn it from. */
  price: Price | null;
  /** Shares that changed hands. */
  quantity: Quantity;
  /** What. */
  symbol: string;
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

/** A named stretch of dates, both ends among them. */
export interface DateWindow {
  /** Last date. */
  end: Time;
  /** What it is called. */
  name: string;
  /** First date. */
  start: Time;
}

/** A stretch of rebalances that ran at less than 95 % of the wanted exposure. */
export interface DeRiskEvent {
  /** The rebalance with the lowest scalar. */
  date: Time;
  /** First rebalance of the stretch. */
  first: Time;
  /** When its scalar was known. */
  known_at: Time | null;
  /** Last rebalance of the stretch. */
  last: Time;
  /** What was the matter at that time. */
  note: string;
  /** Rebalances in the stretch. */
  rebalances: number;
  /** The regime at that time. */
  regime: Regime | null;
  /** The lowest scalar. */
  scalar: number;
}

/**
 * Which of several findings is the verdict.
 *
 *
 * - `worst`: The most severe.
 * - `first`: The first that forbids, in the order leverage, concentration, drawdown, others; else the first warning.
 */
export type DecideBy = "worst" | "first";

/** A decision whether to rebalance. */
export interface Decision {
  /** Days since the last rebalance; null before the first. */
  days_since: number | null;
  /** Largest distance of a weight from its target; null without weights. */
  drift: number | null;
  /** The strategy that is farthest, the first by name of equals. */
  drift_strategy: string | null;
  /** The last rebalance before the check. */
  last_rebalance: Time | null;
  /** The reason in words. */
  reason: string;
  /** Whether to rebalance. */
  rebalance: boolean;
  /** When it was asked. */
  time: Time;
  /** What decided. */
  trigger: Trigger;
}

/** Interval of a difference. */
export interface DeltaInterval {
  /** Share of the resamples in which the scaled pass is better. */
  better_share: number;
  /** Whether the interval leaves out zero: the difference is more than luck. */
  distinct: boolean;
  /** Upper end. */
  high: number;
  /** Lower end. */
  low: number;
  /** Resamples it rests on. */
  resamples: number;
}

/**
 * Who says what regime the market is in.
 *
 *
 * - `market`: Trend, volatility and drawdown of the strategies' mean return (K6).
 * - `risk`: The request's `regime`, as the operation `risk` found it.
 */
export type Detector = "market" | "risk";

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

/**
 * How a regime is left downward, once its exit score and its shortest stay allow it.
 *
 *
 * - `hold_band`: To the higher of entry target and exit score, at least one level down: signals still inside their exit band keep their level.
 * - `jump`: Straight to the entry target, as in the recorded system 003.
 * - `stepwise`: One level at a time, never below the entry target.
 */
export type Downgrade = "hold_band" | "jump" | "stepwise";

/** Settings of the method `drawdown`. */
export interface DrawdownConfig {
  /** Drawdown, as a positive fraction, strictly beyond which a strategy is cut to its minimum; null for none. */
  max_drawdown_threshold?: number | null;
  /** Score added to a strategy that has come back from a drawdown. */
  recovery_bonus?: number;
  /** When it is added. */
  recovery_bonus_rule?: RecoveryBonus;
}

/** A symbol that a limit left out. */
export interface Dropped {
  /** `min_score`, `positions_max` or `position_min`. */
  limit: string;
  /** The symbol. */
  symbol: string;
}

/** Settings of the method `dynamic`. */
export interface DynamicConfig {
  /** How the returns of the lookback become one. */
  compounding?: Compounding;
  /** What `min_allocation` is. */
  floor_rule?: FloorRule;
  /** Floor of every strategy, 0 to 1. */
  min_allocation?: number;
}

/** What one strategy earned with one symbol. */
export interface Earned {
  /** Its part of the costs. */
  cost: number;
  /** Profit of prices and dividends before costs. */
  profit: number;
  /** The strategy. */
  strategy: string;
  /** The symbol. */
  symbol: string;
}

/** Profit by effect. The sum of all effects is `profit`, exactly. */
export interface EffectsRecord {
  /** What other shares than the policy's earned. */
  allocation: Money;
  /** What the policy would have earned. */
  benchmark: Money;
  /** What trading cost: zero or negative. */
  costs: Money;
  /** What both together earned. */
  interaction: Money;
  /** What netting saved. */
  netting: Money;
  /** What the overlay changed. */
  overlay: Money;
  /** The sum of all: what was earned after everything. */
  profit: Money;
  /** What beating the benchmark earned. */
  selection: Money;
}

/** Estimates that the split stands on, per period. */
export interface Estimates {
  /** Correlations, row by row; null beside a flat strategy. */
  correlation: ((number | null)[])[];
  /** Covariance, row by row. */
  covariance: number[][];
  /** Expected returns. */
  mean: number[];
  /** Share of the target in the means, where they were shrunk. */
  mean_shrinkage: number | null;
  /** Whether pairwise correlations contradicted each other and gave way. */
  mended: boolean;
  /** Common dates. */
  n: number;
  /** Share of the target in the covariance, where it was shrunk. */
  shrinkage: number | null;
  /** The strategies of rows and columns. */
  strategies: string[];
  /** Volatilities. */
  volatility: number[];
}

/** How means and covariances are estimated from returns. */
export interface EstimatorConfig {
  /** The covariance. */
  covariance?: CovarianceEstimator;
  /** Degrees of freedom taken off in variances: 1 for a sample, 0 for a population. */
  ddof?: number;
  /** Exponential weighting, where it is used. */
  ewma?: EwmaConfig;
  /** Whether flat series stay in the estimates that are shown; they never get a weight for their calm. */
  keep_flat?: boolean;
  /** The mean. */
  mean?: MeanEstimator;
  /** Share that is taken off means by `shrink_to_zero`, 0 to 1. */
  mean_shrinkage?: number;
  /** Return a year below which a period counts for the semi-covariance. */
  semi_target?: number;
}

/** Exponential weighting: how fast the past is forgotten, and which of six definitions of the covariance. */
export interface EwmaConfig {
  /** What exactly the covariance is. */
  convention?: EwmaConvention;
  /** Periods after which a weight has halved. */
  half_life?: number;
  /** λ itself, the weight of a day beside the next; goes before `span` and `half_life`. */
  lambda?: number | null;
  /** Span s, λ = 1 − 2/(s + 1); goes before `half_life`. */
  span?: number | null;
}

/**
 * What exactly the exponentially weighted covariance is.
 *
 *
 * - `uncentred`: Weights sum to one, returns are not centred.
 * - `previous_mean`: Weights sum to one, each return is centred on the weighted mean of the days before it.
 * - `riskmetrics`: The recursion Sₜ = λSₜ₋₁ + (1 − λ)rₜrₜᵀ from S₀ = r₀r₀ᵀ.
 * - `unbiased`: Weights sum to one, returns are centred on their weighted mean, and the bias of that is taken out.
 * - `unbiased_recursive`: The weights of the recursion, centred and without bias.
 * - `sample_mean`: Weights sum to one, returns are centred on their plain mean.
 */
export type EwmaConvention = "uncentred" | "previous_mean" | "riskmetrics" | "unbiased" | "unbiased_recursive" | "sample_mean";

/**
 * At which price of the bar after the decision an order is filled.
 *
 *
 * - `next_close`: The close of the next bar.
 * - `next_open`: The open of the next bar; open prices must be given.
 */
export type Execution = "next_close" | "next_open";

/** How much is held. */
export interface ExposureRecord {
  /** Share of the symbol with most money in it. */
  concentration: number | null;
  /** Money in positions by size. */
  gross: Money | null;
  /** The symbol with most money in it. */
  largest: string | null;
  /** `gross` as a multiple of the value. */
  leverage: number | null;
  /** Long less short. */
  net: Money | null;
}

/** The applied scalar by rebalance. */
export interface ExposureTable {
  /** Where each scalar comes from. */
  basis: ScalarBasis[];
  /** Rebalances. */
  date: Time[];
  /** When the scalar was known: before the rebalance. Null where nothing was known. */
  known_at: (Time | null)[];
  /** Regime at that time. */
  regime: (Regime | null)[];
  /** The scalar. */
  scalar: number[];
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
 * Where the money for costs comes from.
 *
 *
 * - `cash`: Cash: targets are shares of the value before costs, and cash falls by the costs, below zero where nothing is left of it.
 * - `shrink`: The trades: targets are shares of the value that is left after costs, so that cash is what the weights leave.
 */
export type Financing = "cash" | "shrink";

/** What one limit found. */
export interface FindingRecord {
  /** Which limit. */
  limit: LimitKind;
  /** In words. */
  message: string;
  /** Its number. */
  threshold: number | null;
  /** The figure after the trade; null where it is unknown, or where there is none. */
  value: number | null;
  /** What it asks for. */
  verdict: LimitsVerdict;
}

/**
 * What `min_allocation` of the method `dynamic` is.
 *
 *
 * - `waterfilled`: The least that each strategy gets.
 * - `added_to_score`: Added to each score before normalising, so that nobody gets nothing, and nobody that much either.
 */
export type FloorRule = "waterfilled" | "added_to_score";

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

/** The dates of one fold. */
export interface FoldDates {
  /** First date out of sample. */
  test_first: Time;
  /** Last date out of sample. */
  test_last: Time;
  /** First date in sample. */
  train_first: Time;
  /** Last date in sample. */
  train_last: Time;
}

/**
 * How often a rebalance is due.
 *
 *
 * - `monthly`: The first trading day on or after the first of each month.
 * - `daily`: Every trading day.
 * - `weekly`: The first trading day of each week.
 * - `quarterly`: The first trading day on or after the first of January, April, July and October.
 * - `custom`: The first trading day on or after each day that `pattern` matches.
 */
export type Frequency = "monthly" | "daily" | "weekly" | "quarterly" | "custom";

/**
 * When a period counts as begun.
 *
 *
 * - `catch_up`: From its first day on, until a rebalance: a missed day does not skip the period.
 * - `fixed_days`: On fixed days alone, as a recorded system does: Mondays at least seven days after the last; the first three days of a month of
 * - `fixed_days`: another number than that of the last.
 */
export type FrequencyRule = "catch_up" | "fixed_days";

/** The efficient frontier under the limits of the settings. */
export interface Frontier {
  /** Portfolios from the least variance to the greatest return. */
  points: FrontierPoint[];
  /** Whose weights. */
  strategies: string[];
}

/** How the efficient frontier is drawn. */
export interface FrontierConfig {
  /** Points at equal steps of return, both ends included: 2 to 200. */
  points?: number;
}

/** A portfolio on the frontier. */
export interface FrontierPoint {
  /** Expected return a year, without what cash earns. */
  expected_return: number;
  /** Expected volatility a year. */
  volatility: number;
  /** Fractions of the capital, in the order of `strategies`. */
  weights: number[];
}

/** Regimes that were told elsewhere. */
export interface GivenRegimes {
  /** Dates. */
  date: Time[];
  /** Regimes. */
  regime: Regime[];
}

/**
 * Daily scalars that were computed elsewhere, above 0 and at most 1. A null is unknown: the fail-safe target stands in for it (with
 * `warmup: omit`, `apply_missing_scalar_as`).
 */
export interface GivenScalars {
  /** Dates. */
  date: Time[];
  /** Scalars. */
  scalar: (number | null)[];
}

/** A state that was computed elsewhere: the features that regimes are told from. A date with a null has no known state. */
export interface GivenState {
  /** 20-day correlation less 60-day correlation. */
  corr_shock: (number | null)[];
  /** Dates. */
  date: Time[];
  /** Drawdown, zero or negative. */
  dd_level: (number | null)[];
  /** Change of drawdown in ten days. */
  dd_slope_10d: (number | null)[];
  /** 20-day volatility over 60-day volatility. */
  vol_accel: (number | null)[];
}

/** Figures of a strategy that its owner gives; each goes before the one from its history. */
export interface GivenStatistics {
  /** Return from the last peak, zero or negative: -0.12 is 12 % below it. */
  current_drawdown?: number | null;
  /** Deepest drawdown, zero or negative. */
  max_drawdown?: number | null;
  /** Sharpe ratio, a year. */
  sharpe?: number | null;
  /** Volatility, a year. */
  volatility?: number | null;
}

/** Limits of the sum of some strategies. */
export interface GroupLimit {
  /** Most of the capital. */
  max?: number;
  /** The strategies of the group. */
  members?: string[];
  /** Least of the capital. */
  min?: number;
}

/** A position at the end. */
export interface Holding {
  /** Last price. */
  price: number;
  /** Shares, negative where they are sold short. */
  shares: number;
  /** The symbol. */
  symbol: string;
  /** Shares times price. */
  value: number;
  /** Value over that of the portfolio. */
  weight: number;
}

/** One position. */
export interface HoldingInput {
  /** Its last price, for a symbol that `prices` does not have. */
  price?: PriceInput | null;
  /** Shares; negative if short. */
  quantity: QuantityInput;
}

/** The portfolio before the orders. */
export interface Holdings {
  /** Its value at the start of the day. */
  day_start_value?: MoneyInput | null;
  /** Its highest value, with capital in and out taken off; left out, its value. */
  peak?: MoneyInput | null;
  /** Strategies by name. */
  strategies?: Record<string, StrategyHoldings>;
  /** All capital, of which the strategies' capitals are parts; left out, their sum. */
  total_capital?: MoneyInput | null;
  /** Value of everything: cash and positions. */
  value: MoneyInput;
}

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

/** Settings of Kelly's methods. */
export interface KellyConfig {
  /** Share of Kelly's fraction that is deployed: ½ has three quarters of the growth and half the risk. */
  fraction?: number;
  /** Variance a year below which a strategy counts as of this variance (diagonal Kelly). */
  min_variance?: number;
  /** What becomes of fractions that are more than everything. */
  rule?: KellyRule;
}

/**
 * What becomes of Kelly fractions that are more than everything.
 *
 *
 * - `scale_down`: All are scaled down to the total; where they are less, the rest stays cash.
 * - `clamp_then_normalize`: Each is clamped to 0 … 1 and all are normalised to the total, as in a recorded system.
 */
export type KellyRule = "scale_down" | "clamp_then_normalize";

/**
 * What a transaction is about.
 *
 *
 * - `contribution`: Capital comes from the owner, or goes back.
 * - `allocation`: Capital moves between the pool and strategies.
 * - `fill`: A strategy bought or sold outside.
 * - `execution`: Strategies bought and sold, among themselves and outside, in one netted execution.
 * - `transfer`: A position moves from one strategy to another at a stated price.
 * - `dividend`: A dividend is paid, by those who are short.
 * - `split`: Shares are split or merged.
 * - `adjustment`: Profit or loss that no fill explains: interest, a correction after comparing with the broker.
 * - `charge`: A cost that belongs to no trade.
 * - `write_off`: A position that is worth nothing any more.
 */
export type Kind = "contribution" | "allocation" | "fill" | "execution" | "transfer" | "dividend" | "split" | "adjustment" | "charge" | "write_off";

/**
 * In which order the leaves of the tree stand (hrp).
 *
 *
 * - `tree`: As the tree was built.
 * - `optimal`: So that neighbours are as near as the tree allows (Bar-Joseph).
 * - `stepwise`: Each node turned by its own best ends, as scipy's `optimal_leaf_ordering` does.
 */
export type LeafOrdering = "tree" | "optimal" | "stepwise";

/** Settings of the online learners. */
export interface LearningConfig {
  /** Learning rate η; null for the rate that the regret bound is smallest with. */
  rate?: number | null;
}

/** The same run by orders on double-entry ledgers. */
export interface LedgerOutcome {
  /** Whether no value is further from that of the curve than rounding explains. */
  agrees: boolean;
  /** Whether every transaction balances and the journal, folded again, comes to the same books. */
  conserved: boolean;
  /** Largest distance of a value from that of the curve, money. */
  difference_max: number;
  /** Value at the end. */
  final_value: number;
  /** Postings of the journal. */
  postings: number;
  /** How far rounding can have moved the last value, money. */
  rounding: number;
  /** Every strategy, by id. */
  strategies: LedgerStrategy[];
}

/** What one strategy came to on the ledgers. */
export interface LedgerStrategy {
  /** Fees paid, money. */
  fees: number;
  /** Profit after fees, money. */
  profit: number;
  /** The strategy. */
  strategy: string;
}

/** One posting as it stands in an answer. */
export interface LegRecord {
  /** `owner`, `pool`, `strategy/<id>`, `fees/<id>`, `market`, `crossing` or `saved`. */
  account: string;
  /** How much it gets; negative where it gives. */
  amount: Amount;
  /** The symbol whose shares move; null for money. */
  symbol: string | null;
}

/**
 * A limit.
 *
 *
 * - `kill_switch`: The kill switch.
 * - `leverage`: Money in positions as a multiple of the value.
 * - `concentration`: Share of one symbol.
 * - `drawdown`: The portfolio below its own peak.
 * - `strategy_drawdown`: A strategy below its own peak.
 * - `daily_loss`: Loss since the start of the day.
 * - `gross`: Money in positions by size.
 * - `net`: Long less short.
 * - `position`: One position of one strategy.
 * - `value_at_risk`: Value at risk.
 * - `volatility`: Volatility.
 * - `beta`: Beta against the market.
 * - `value`: There is no value to take shares of.
 */
export type LimitKind = "kill_switch" | "leverage" | "concentration" | "drawdown" | "strategy_drawdown" | "daily_loss" | "gross" | "net" | "position" | "value_at_risk" | "volatility" | "beta" | "value";

/** One symbol. */
export interface LimitedWeight {
  /** Whether it is held and no target any more. */
  closing: boolean;
  /** The position held. */
  previous: number;
  /** The symbol. */
  symbol: string;
  /** The target. */
  target: number;
  /** The weight within the limits. */
  weight: number;
}

/** Limits on the state after a trade (P8). Shares are of the portfolio's value, as fractions; null turns a limit off. */
export interface LimitsConfig {
  /** Largest size of the beta against the market. */
  beta_max?: number | null;
  /** Largest share of one symbol, positions of all strategies by size. */
  concentration_max?: number | null;
  /** Share of one symbol above which a warning is given. */
  concentration_warning?: number | null;
  /** Largest loss since the start of the day. */
  daily_loss_max?: number | null;
  /** Degrees of freedom taken off in variances. */
  ddof?: number;
  /** Which of several findings is the verdict. */
  decide_by?: DecideBy;
  /** Drawdown of the portfolio from its own peak above which all trading halts. */
  drawdown_halt?: number | null;
  /** Drawdown above which orders are rejected. */
  drawdown_reject?: number | null;
  /** Drawdown above which a warning is given. */
  drawdown_warning?: number | null;
  /** Most money in positions by size. */
  gross_max?: number | null;
  /** Largest money in positions by size, as a multiple of the value. */
  leverage_max?: number | null;
  /** Multiple above which a warning is given. */
  leverage_warning?: number | null;
  /** Newest returns that risk is measured from. */
  lookback?: number;
  /** Largest size of long less short. */
  net_max?: number | null;
  /** What happens to an order that would break a limit on size. */
  on_exceed?: OnExceed;
  /** What a limit does whose figure is unknown. */
  on_unknown?: OnUnknown;
  /** Periods in a year. */
  periods_per_year?: number;
  /** Most money in one position of one strategy, by size. */
  position_max?: number | null;
  /** Drawdown of a strategy from its own peak above which its orders are rejected. */
  strategy_drawdown_halt?: number | null;
  /** The kill switch: nothing that opens leaves any more. */
  trading_halted?: boolean;
  /** Confidence of value at risk, above 0.5 and below 1. */
  var_level?: number;
  /** Largest value at risk of a period. */
  var_max?: number | null;
  /** Which order statistic value at risk is. */
  var_rule?: VarRule;
  /** Largest volatility a year. */
  volatility_max?: number | null;
  /** Most that volatility targeting multiplies exposure by: 1 only takes risk off. */
  volatility_scale_max?: number;
  /** Volatility a year that exposure is brought to. */
  volatility_target?: number | null;
}

/** A request to judge orders. */
export interface LimitsRequest {
  /** Shares of capital, to be scaled to the volatility target. */
  allocations?: Record<string, Share>;
  /** Returns of the market, for beta. */
  benchmark?: Returns | null;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: LimitsConfig;
  /** Orders, in any order; they are judged by strategy, symbol, id and quantity, each with those before it. */
  orders?: PlannedOrder[];
  /** The portfolio before the orders. */
  portfolio: Holdings;
  /** Known prices. */
  prices?: Record<string, PriceInput>;
  /** Returns of strategies. */
  returns?: Returns | null;
  /** 1. */
  version: number;
}

/** Verdicts and risk. */
export interface LimitsResponse {
  /** Positions with everything that may leave. */
  after: ExposureRecord;
  /** `allocations` of the request, scaled to the volatility target; unchanged where the volatility is unknown. */
  allocations: Record<string, number>;
  /** Positions as they are. */
  before: ExposureRecord;
  digest: Digest;
  /** Whether nothing that opens may leave any more. */
  halted: boolean;
  /** Every order. */
  orders: OrderVerdict[];
  /** The risk of the whole. */
  risk: RiskRecord;
  /** Why each null figure of `risk`, `before` and `after` is null. */
  unknown: UnknownFigure[];
  /** How often each limit forbade an order. */
  violations: Record<string, number>;
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/**
 * What may be done with an order, from the mildest.
 *
 *
 * - `allow`: It may leave.
 * - `warn`: It may leave, and somebody should look.
 * - `reduce`: A smaller one may leave.
 * - `reject`: It may not leave.
 * - `halt`: Nothing that opens may leave any more.
 */
export type LimitsVerdict = "allow" | "warn" | "reduce" | "reject" | "halt";

/**
 * How far two clusters are from each other, as in `scipy.cluster.hierarchy`.
 *
 *
 * - `single`: The nearest members.
 * - `complete`: The farthest members.
 * - `average`: The mean over all pairs (UPGMA).
 * - `weighted`: The mean of the two parts' distances (WPGMA).
 * - `ward`: The increase of the sum of squares.
 * - `centroid`: The centroids.
 * - `median`: The centroids, each merger's halfway between its parts.
 */
export type Linkage = "single" | "complete" | "average" | "weighted" | "ward" | "centroid" | "median";

/**
 * How the file of precomputed scalars is read.
 *
 *
 * - `strict`: Gaps, unsorted or duplicate dates and scalars outside 0 to 1 are refused, and the file must agree with its `_meta.json`.
 * - `forgiving`: Sorted, the last of equal dates kept, gaps filled forward, no `_meta.json` needed: the recorded system 003.
 */
export type Loader = "strict" | "forgiving";

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

/**
 * Which lot a closing trade closes.
 *
 *
 * - `fifo`: The oldest first.
 * - `lifo`: The newest first.
 * - `average`: There is one lot at the average cost.
 */
export type LotOrder = "fifo" | "lifo" | "average";

/**
 * State of the market.
 *
 *
 * - `sideways`: Neither trend nor unrest.
 * - `bull`: The trend is up.
 * - `bear`: The trend is down, or the drawdown deep.
 * - `high_volatility`: Volatility is near the top of its own history.
 */
export type MarketRegime = "sideways" | "bull" | "bear" | "high_volatility";

/**
 * How expected returns are estimated.
 *
 *
 * - `sample`: The arithmetic mean.
 * - `ewma`: Exponentially weighted, newest first.
 * - `james_stein`: Shrunk toward the mean of all strategies by as much as their noise warrants (James and Stein).
 * - `shrink_to_zero`: Shrunk toward zero by a fixed share.
 */
export type MeanEstimator = "sample" | "ewma" | "james_stein" | "shrink_to_zero";

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
 * What an alpha says of a symbol that it knows nothing of.
 *
 *
 * - `unknown`: It is not known, and so the combined score is not.
 * - `zero`: 0.
 */
export type Missing = "unknown" | "zero";

/** The weights of a model and what they rest on. */
export interface ModelWeights {
  /** The figure behind each weight, by alpha, where the model has one: mean IC, volatility, or mean return. */
  figures: Record<string, number>;
  /** The model. */
  model: string;
  /** Why the weights are equal although the model weighs by evidence; null if they are not. */
  note: string | null;
  /** Weight by alpha; they sum to 1. */
  weights: Record<string, number>;
}

/** An amount of money. A decimal string, exact. */
export type Money = string;

/** An amount of money. Read from a decimal string or a number. */
export type MoneyInput = string | number;

/** A request to net orders. */
export interface NetRequest {
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: NettingConfig;
  /** Fills of the orders that left, in the order in which they came. */
  fills?: OutsideFill[];
  /** Orders of all strategies, in any order. */
  orders: Order[];
  /** Fair price of every symbol: middle of bid and ask, or the price of decision. */
  prices?: Record<string, PriceInput>;
  /** 1. */
  version: number;
}

/** What netting made of the orders. */
export interface NetResponse {
  /** What it saves. */
  benefit: NettingBenefit;
  /** What met inside. */
  crosses: CrossRecord[];
  digest: Digest;
  /** Who got what, as it happened. Signed shares of a symbol add up to what was filled outside. */
  fills: VirtualFillRecord[];
  /** All orders, by symbol and strategy. */
  orders: OrderRecord[];
  /** What leaves. */
  outside: OutsideRecord[];
  /** Every symbol at a glance. */
  symbols: SymbolNet[];
  /** Why each null figure of `benefit` is null. */
  unknown: UnknownFigure[];
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/** What netting saves. Money is null where a price is not known. */
export interface NettingBenefit {
  /** Commission if every order left by itself. */
  commission_gross: Money | null;
  /** Commission of what leaves. */
  commission_net: Money | null;
  /** The difference, never below zero. */
  commission_saved: Money | null;
  /** Money that would be traded if every order left by itself. */
  notional_gross: Money | null;
  /** Money that is traded outside. */
  notional_net: Money | null;
  /** The difference. */
  notional_saved: Money | null;
  /** `notional_saved` as a fraction of `notional_gross`. */
  share_saved: number | null;
  /** Half of the spread on the money that is not traded. */
  spread_saved: Money | null;
}

/** Settings of netting (P6). */
export interface NettingConfig {
  /** What one order costs. */
  commission?: CommissionConfig;
  /** Whether orders of different type or limit price are crossed with each other where both accept the fair price. */
  cross_groups?: boolean;
  /** Half of the spread between bid and ask, in basis points; null where it is unknown. */
  half_spread_bps?: number | null;
  /** Whether opposite orders are crossed. If not, everything is sent, and what could meet is sent one after the other. */
  netting_enabled?: boolean;
  /** In which units a fill is shared out. */
  shares?: ShareRounding;
}

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
 * What happens to an order that would break a limit on size.
 *
 *
 * - `reject`: It is rejected.
 * - `reduce`: It is reduced to what fits.
 */
export type OnExceed = "reject" | "reduce";

/**
 * What happens where caps cannot hold with the whole target placed.
 *
 *
 * - `cash`: Place what fits; the rest is cash.
 * - `relax`: Raise the per-strategy caps evenly until the target fits, with a warning.
 * - `error`: Refuse.
 */
export type OnInfeasibleCap = "cash" | "relax" | "error";

/**
 * What happens when a strategy fails in the middle of a run.
 *
 *
 * - `pause`: It is paused for the rest of the run, its positions are closed at the next rebalance, and the others run on.
 * - `continue`: It sits this rebalance out and is asked again at the next.
 * - `stop`: The run is refused.
 */
export type OnStrategyError = "pause" | "continue" | "stop";

/**
 * What a limit does whose figure is unknown.
 *
 *
 * - `warn`: It warns.
 * - `reject`: It rejects what opens.
 */
export type OnUnknown = "warn" | "reject";

/** Settings of the methods that solve a programme. */
export interface OptimizerConfig {
  /** Coefficient k of the square-root impact k·|change|^1.5 of each trade, as a fraction of the capital. */
  cost_impact?: number;
  /** Commission and half the spread, as a fraction of what is traded: 0.001 is ten basis points. */
  cost_linear?: number;
  /**
   * Whether everything is invested as far as limits allow; null for the method's own: no for `kelly_log_growth`,
   * `robust_mean_variance` and `target_risk`, yes for the others.
   */
  fully_invested?: boolean | null;
  /** Periods that the weights will be held; costs are spread over them. */
  horizon?: number;
  /** Risk aversion λ of return − λ·variance per period. */
  risk_aversion?: number;
  /** Radius of the uncertainty of the means in standard errors (`robust_mean_variance`). */
  robust_radius?: number;
  /** Share of the worst periods or drawdowns (`min_cvar`, `min_cdar`): 0.05 for the 95 % `CVaR`. */
  tail?: number;
  /** Expected return a year that is asked for (`target_return`). */
  target_return?: number;
  /** Volatility a year that is allowed (`target_risk`). */
  target_risk?: number;
}

/** An order of a strategy: a market order, or with a limit price a limit order. */
export interface Order {
  /** The strategy's own name for it, to find it again. */
  id?: string | null;
  /** The worst price that it accepts; null for a market order. */
  limit_price?: PriceInput | null;
  /** Shares to buy; negative to sell. */
  quantity: QuantityInput;
  /** Whose. */
  strategy: string;
  /** What. */
  symbol: string;
}

/** One order and how far it came. */
export interface OrderRecord {
  /** What it would cost by itself. */
  commission_alone: Money | null;
  /** Shares met inside, signed. */
  crossed: Quantity;
  /** Shares filled outside, signed. */
  filled: Quantity;
  /** The strategy's own name for it. */
  id: string | null;
  /** The worst price that it accepts. */
  limit_price: Price | null;
  /** Shares still wanted, signed. */
  open: Quantity;
  /** Shares ordered, signed. */
  quantity: Quantity;
  /** Whose. */
  strategy: string;
  /** What. */
  symbol: string;
}

/** The verdict on one order. */
export interface OrderVerdict {
  /** Shares that may leave, signed as the order. */
  allowed: Quantity;
  /** Everything that was found. */
  findings: FindingRecord[];
  /** The strategy's own name for it. */
  id: string | null;
  /** Shares ordered. */
  quantity: Quantity;
  /** Whose. */
  strategy: string;
  /** What. */
  symbol: string;
  /** What may be done with it. */
  verdict: LimitsVerdict;
}

/** The answer of one method. */
export interface Outcome {
  /** What each strategy gets, by name. */
  allocations: Allocation[];
  /** Which limits bind. */
  bindings: CapitalBinding[];
  /** What stays in cash; negative where more than the capital is placed. */
  cash: number;
  /** Why, in the order in which the money meets it; the amounts sum to the cash. */
  cash_reasons: CapitalCashReason[];
  /** Limits that could not hold together. */
  conflicts: Conflict[];
  /** What was done and what came of it, in sentences. */
  explanation: string[];
  /** Figures of the whole. */
  figures: CapitalFigures;
  /** Newest returns that the method looked at; null for all. */
  lookback: number | null;
  /** The method. */
  method: CapitalMethod;
  /** How it ended. */
  status: CapitalStatus;
}

/** What became of an order that left: a fill, whole or partial. */
export interface OutsideFill {
  /** Place of the order in `outside` of the answer, from 0: the same orders and settings always give the same places. */
  order: number;
  /** Money for one share. */
  price: PriceInput;
  /** Shares, by size or signed as the order. */
  quantity: QuantityInput;
}

/** An order that leaves the house. */
export interface OutsideRecord {
  /** What it costs. */
  commission: Money | null;
  /** Shares filled so far, signed. */
  filled: Quantity;
  /** The worst price that it accepts. */
  limit_price: Price | null;
  /** Places in `orders` of the orders behind it. */
  orders: number[];
  /** Shares to buy; negative to sell. */
  quantity: Quantity;
  /** What. */
  symbol: string;
  /** It leaves when all orders of a lower wave and the same symbol are filled or cancelled. */
  wave: number;
}

/** What overfitting there is in the choice of the best candidate. */
export interface Overfitting {
  /** Blocks. */
  blocks: number;
  /** Choices of half of the blocks. */
  choices: number;
  /**
   * Slope of the ratio out of sample on that in sample, of the best in sample over the choices; null where the latter does not vary.
   * Below zero, what looks better is worse.
   */
  degradation_slope: number | null;
  /** Share of the choices in which the best in sample loses money out of sample. */
  loss_probability: number;
  /** Mean of the logits; above zero the choice is better than the middle. */
  mean_logit: number;
  /** Returns that enter. */
  n: number;
  /** Share of the choices in which the best in sample is at or below the middle out of sample. */
  probability: number;
}

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

/**
 * What the scalars do to the weights.
 *
 *
 * - `compute`: Scalars are computed from the returns of the request and applied.
 * - `off`: Everything is computed and reported, and the weights stay as they are.
 * - `precomputed`: Scalars come from the file of an earlier run and are applied.
 */
export type OverlayMode = "compute" | "off" | "precomputed";

/** What the risk overlay saw and did. */
export interface OverlayOutcome {
  /** How much of the history has a known state. */
  coverage: Coverage;
  /** What each rebalance applied (mode `off`: would have applied), by the time of its decision. */
  exposure: ExposureTable;
  /** What the scalars did. */
  mode: OverlayMode;
  /** Figures of the portfolio without the overlay. */
  raw_metrics: SeriesMetrics;
  /** Value without the overlay at each bar of the curve; the overlay judges this portfolio. */
  raw_value: number[];
  /** Regimes by bar. */
  regimes: RegimeTable;
  /** Scalars by bar. */
  scalars: ScalarTable;
  /** Sleeves, by name. */
  sleeves: SleeveTable[];
  /** Features by bar. */
  state: StateTable;
  /** The scalars of all rebalances in a few numbers. */
  summary: RunSummary;
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

/** The figures of a pass. */
export interface PassFigures {
  /** Compound annual growth rate. */
  cagr: number | null;
  /** Days. */
  days: number;
  /** Last date. */
  end: Time | null;
  /** Deepest drawdown, zero or negative. */
  max_drawdown: number | null;
  /** Sharpe ratio, a year. */
  sharpe: number | null;
  /** Date before the first return: the first decision, or `start`. */
  start: Time | null;
  /** Compounded return. */
  total_return: number | null;
  /** What was bought and sold, a year, as a fraction of equity. */
  turnover: number | null;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
  /** Volatility, a year. */
  volatility: number | null;
  /** Lowest return of a calendar month. */
  worst_month: number | null;
  /** Its last day. */
  worst_month_end: Time | null;
  /** Lowest return of a calendar quarter. */
  worst_quarter: number | null;
  /** Its last day. */
  worst_quarter_end: Time | null;
}

/** How an account did, bar by bar. */
export interface PerformanceRecord {
  /** Below the highest growth: zero or negative. */
  current_drawdown: number;
  /** The bar of each return. */
  date: Time[];
  /** Deepest drawdown: zero or negative. */
  max_drawdown: number;
  /** Bars observed. */
  observations: number;
  /** Returns, without capital in and out. */
  returns: number[];
  /** Annualised Sharpe ratio. */
  sharpe: number | null;
  /** Strategy; null for the whole portfolio. */
  strategy: string | null;
  /** Return since the start, without capital in and out. */
  total_return: number | null;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
  /** Annualised volatility. */
  volatility: number | null;
}

/** The whole over one period. */
export interface PeriodAttribution {
  /** Its end. */
  date: Time;
  /** Profit by effect. */
  effects: EffectsRecord;
}

/** An order, with the price that it is expected to be filled at. */
export interface PlannedOrder {
  /** The strategy's own name for it. */
  id?: string | null;
  /** Expected price, for a symbol that `prices` does not have. */
  price?: PriceInput | null;
  /** Shares to buy; negative to sell. */
  quantity: QuantityInput;
  /** Whose. */
  strategy: string;
  /** What. */
  symbol: string;
}

/** Policies of the life of a strategy (P11); each is off until it is set. */
export interface PolicyConfig {
  /** Share of everything that stays in the pool at least: what would go below is refused. 0.10 to 0.20 are usual. */
  cash_buffer?: number | null;
  /** Share of everything in one strategy above which an alert is raised. 0.50 is usual. */
  concentration_warning?: number | null;
  /** Largest first allocation of a strategy. 0.05 to 0.10 are usual. */
  onboarding_max?: number | null;
  /** Drawdown of a strategy, flow-adjusted, above which it is paused. 0.20 is usual. */
  pause_at_drawdown?: number | null;
  /** Months after which a strategy is removed whose return over them is below zero and below the portfolio's. 6 is usual. */
  remove_after_months?: number | null;
}

/** Something that the desk is told. */
export interface PortfolioAlert {
  /** When. */
  at: Time;
  /** What it is about. */
  kind: AlertKind;
  /** In words. */
  message: string;
  /** Which strategy; empty where it is the whole. */
  strategy: string;
  /** The threshold that was crossed. */
  threshold: number | null;
  /** The figure. */
  value: number | null;
}

/** Settings of a portfolio (P2 to P5). */
export interface PortfolioConfig {
  /** An order that opens more than the strategy's equity and this share of it is scaled down. */
  buffer?: number;
  /** Degrees of freedom taken off in variances. */
  ddof?: number;
  /** Risk limits that every order of a bar is judged by before it leaves; null for none. */
  limits?: LimitsConfig | null;
  /** Which lot a closing trade closes. */
  lots?: LotOrder;
  /** Netting of the orders of a bar, and what trading costs. */
  netting?: NettingConfig;
  /** What happens to a strategy that fails on a bar. */
  on_strategy_error?: PortfolioOnStrategyError;
  /** Periods in a year. */
  periods_per_year?: number;
  /** Policies of the life of a strategy. */
  policies?: PolicyConfig;
  /** How a strategy gives capital back that stands in positions. */
  reduce_by?: ReduceBy;
  /** Risk-free rate a year, for Sharpe ratios. */
  risk_free?: number;
  /** What the shares of a rebalance are shares of. */
  shares_of?: ShareBase;
  /** Basis points by which a fill outside is worse than the bar's price. */
  slippage_bps?: number;
  /** How many states the answer holds. */
  states?: States;
}

/**
 * What happens to a strategy that fails on a bar.
 *
 *
 * - `pause`: It is paused, until it is resumed.
 * - `continue`: It misses the bar and goes on with the next.
 */
export type PortfolioOnStrategyError = "pause" | "continue";

/** A request to carry out a script. */
export interface PortfolioRequest {
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: PortfolioConfig;
  /** Steps, in the order in which they happen. */
  script: Step[];
  /** What the owner pays in at the start. */
  total_capital: MoneyInput;
  /** 1. */
  version: number;
}

/** What the script came to. */
export interface PortfolioResponse {
  /** What the desk is told. */
  alerts: PortfolioAlert[];
  /** Whether all money adds up: it always does, and anybody can check it on the journal. */
  conserved: boolean;
  /** Correlation of every pair at the end. */
  correlations: CorrelationRecord[];
  digest: Digest;
  /** Every balanced transaction, in order. */
  journal: TransactionRecord[];
  /** How the whole and every strategy did. */
  performance: PerformanceRecord[];
  /** The portfolio at the end. */
  state: PortfolioState;
  /** What each step came to. */
  steps: StepRecord[];
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/** Everything at one time. */
export interface PortfolioState {
  /** Strategies that run. */
  active_strategies: number;
  /** Capital that strategies were given. */
  allocated: Money;
  /** What the owner paid in, less what went back. */
  contributed: Money;
  /** Bars carried out. */
  executions: number;
  /** Whether nothing that opens may leave. */
  halted: boolean;
  /** Value less what was paid in, as a fraction of it; null where nothing is left in. */
  portfolio_return: number | null;
  /** Commission that netting saved; it is in `unallocated`. */
  saved: Money;
  /** Strategies, those that are stopped last and by name. */
  strategies: StrategyState[];
  /** Strategies that are not stopped. */
  strategies_count: number;
  /** When. */
  time: Time;
  /** Cash of all strategies and the pool. */
  total_cash: Money;
  /** Value of everything. */
  total_value: Money;
  /** Cash of the pool. */
  unallocated: Money;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
  /** Sharpe ratios weighted by capital, of the strategies that have one. */
  weighted_average_sharpe: number | null;
}

/** Limits on the positions of one portfolio. Fractions of equity. */
export interface PositionLimitsConfig {
  /** Largest sum of absolute weights; null for none. */
  gross_max?: number | null;
  /** Where target weights come from. */
  method?: TargetMethod;
  /** Largest absolute sum of weights; null for none. */
  net_max?: number | null;
  /** Largest sum of absolute changes, positions that are closed among them; null for none. */
  turnover_max?: number | null;
  /** Highest weight of an asset, from 0. */
  weight_max?: number;
  /** Lowest weight of an asset, up to 0. */
  weight_min?: number;
}

/** A request for weights within limits. */
export interface PositionLimitsRequest {
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Limits. */
  config?: PositionLimitsConfig;
  /** Positions held, by symbol. */
  previous?: Record<string, number>;
  /** Target weights, by symbol. */
  target: Record<string, number>;
  /** 1. */
  version: number;
}

/** Weights within their limits. */
export interface PositionLimitsResponse {
  digest: Digest;
  /** Sum of absolute weights. */
  gross: number;
  /** Sum of weights. */
  net: number;
  /** What each stage did, in their order. */
  stages: StageReport[];
  /** Sum of absolute changes. */
  turnover: number;
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
  /** Every symbol that is a target or held, by name. */
  weights: LimitedWeight[];
}

/** One position. */
export interface PositionRecord {
  /** What the open shares cost, without fees; negative for a short. */
  cost: Money;
  /** The last known price. */
  price: Price;
  /** Shares; negative if short. */
  quantity: Quantity;
  /** Profit of what was closed, before fees. */
  realized: Money;
  /** What. */
  symbol: string;
  /** What the open shares are worth. */
  value: Money;
}

/** The scalars of an earlier run: the texts of its files. */
export interface Precomputed {
  /** Text of `allocator_risk_v1_applied_meta.json`. */
  meta?: string | null;
  /** Text of `allocator_risk_v1_applied.csv`. */
  scalars: string;
}

/** Money for one share. A decimal string, exact. */
export type Price = string;

/** Money for one share. Read from a decimal string or a number. */
export type PriceInput = string | number;

/** Prices of every symbol. Columns {date, value} are the canonical form; rows [date, value] are read too. */
export type Prices = Record<string, {
  date: string[];
  value: number[];
} | [string, number][]>;

/**
 * Where the expected returns come from before views.
 *
 *
 * - `equilibrium`: The returns that make `market_weights` optimal: risk aversion × covariance × weights.
 * - `estimate`: The estimated means.
 */
export type PriorSource = "equilibrium" | "estimate";

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
 * How much risk each regime allows, how fast the scalar moves, and where it ends.
 *
 *
 * - `L`: Low: 1, 0.85, 0.55, 0.30; smoothing 0.25, floor 0.25.
 * - `M`: Medium: 1, 0.90, 0.70, 0.45; smoothing 0.20, floor 0.35.
 * - `H`: High: 1, 0.98, 0.85, 0.60; smoothing 0.15, floor 0.50.
 */
export type Profile = "L" | "M" | "H";

/** One piece of protection. */
export interface Protection {
  /** When it was bought. */
  bought: Time;
  /** When it ended. */
  expired: Time;
  /** Share of equity it is on. */
  notional: number;
  /** What it was worth when it ended, as a fraction of equity. */
  payoff: number;
  /** What it cost, as a fraction of equity. */
  premium: number;
  /** Volatility it was priced at, a year. */
  volatility: number;
}

/** A number of shares; short is negative. A decimal string, exact. */
export type Quantity = string;

/** A number of shares; short is negative. Read from a decimal string or a number. */
export type QuantityInput = string | number;

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

/** One place of the ranking. */
export interface RankedSymbol {
  /** Place from 1, the highest score first. */
  rank: number;
  /** The symbol. */
  symbol: string;
  /** The combined score. */
  value: number;
}

/**
 * When the portfolio is brought back to its targets. The decision falls on the first bar of the period.
 *
 *
 * - `monthly`: Every month.
 * - `every_bar`: Every bar.
 * - `weekly`: Every week, beginning on Monday.
 * - `quarterly`: Every quarter, beginning in January, April, July or October.
 * - `yearly`: Every year.
 * - `never`: Once, on the first bar.
 * - `on_signal`: Whenever an uploaded strategy gives new weights, and every bar for one that is computed.
 */
export type Rebalance = "monthly" | "every_bar" | "weekly" | "quarterly" | "yearly" | "never" | "on_signal";

/** Rebalances, one entry each. */
export interface Rebalances {
  /** Cash after it. */
  cash: number[];
  /** Commission and slippage, money. */
  cost: number[];
  /** The time whose knowledge it was decided with. */
  decided: Time[];
  /** The bar at which it was executed. */
  executed: Time[];
  /** Sum of the absolute values traded over the value before; zero where every weight was within the band. */
  turnover: number[];
  /** Value before it. */
  value: number[];
}

/**
 * When the method `drawdown` adds its bonus.
 *
 *
 * - `scaled`: In full at the peak after a drawdown, in part on the way back.
 * - `at_peak`: At the peak after any drawdown only.
 */
export type RecoveryBonus = "scaled" | "at_peak";

/**
 * Whether weight freed by a cap goes to those with headroom.
 *
 *
 * - `always`: Always.
 * - `long_only`: Only while short positions are not allowed, as the recorded system 000 does.
 * - `never`: Never; it stays in cash.
 */
export type Redistribute = "always" | "long_only" | "never";

/**
 * How a strategy gives capital back that stands in positions.
 *
 *
 * - `in_kind`: To a strategy that gets capital and holds the same position, in kind; the rest is sold.
 * - `sell`: Every position is sold in proportion.
 * - `refuse`: Not at all: the rebalance is refused.
 */
export type ReduceBy = "in_kind" | "sell" | "refuse";

/**
 * How often scores are computed anew.
 *
 *
 * - `daily`: Every day.
 * - `hourly`: Every hour.
 * - `intraday`: With every bar.
 */
export type Refresh = "daily" | "hourly" | "intraday";

/**
 * Regime of the market as the portfolio feels it, from calm to worst.
 *
 *
 * - `NORMAL`: No signal is on.
 * - `ELEVATED`: One signal is on.
 * - `STRESS`: Two signals, or a drawdown past the stress level.
 * - `CRISIS`: Three signals, or a drawdown past the crisis level.
 */
export type Regime = "NORMAL" | "ELEVATED" | "STRESS" | "CRISIS";

/**
 * Where the regime of a date comes from.
 *
 *
 * - `state`: The state of the date.
 * - `held`: The state is unknown; the last known regime is held.
 * - `fail_safe`: The state was unknown for too long.
 * - `warmup`: The state was never known yet; there is no regime.
 */
export type RegimeBasis = "state" | "held" | "fail_safe" | "warmup";

/** Settings of the method `regime_adaptive` and its detector. */
export interface RegimeConfig {
  /** The method in a falling market. */
  bear?: CapitalMethod;
  /** The method in a rising market. */
  bull?: CapitalMethod;
  /** Days in a row that a new regime must be seen before it counts. */
  confirm?: number;
  /** Who says what regime it is. */
  detector?: Detector;
  /** Drawdown, as a positive fraction, at or beyond which the market is a bear's. */
  drawdown?: number;
  /** The method in unrest. */
  high_volatility?: CapitalMethod;
  /** The method otherwise. */
  sideways?: CapitalMethod;
  /** Days over which a new regime's weights are blended in after the old one's; 0 switches at once. */
  transition?: number;
  /** Compounded return over the window at or beyond which there is a trend, up or down. */
  trend?: number;
  /** Share of past volatilities below today's at or above which there is unrest, 0 to 1. */
  volatility_percentile?: number;
  /** Days of trend and of volatility. */
  window?: number;
}

/** Days in a regime. */
export interface RegimeShare {
  /** Days. */
  days: number;
  /** The regime; null for days before any was known. */
  regime: Regime | null;
  /** Share of all days. */
  share: number;
}

/** Share of days that each regime should have. */
export interface RegimeShares {
  /** CRISIS. */
  crisis?: number;
  /** ELEVATED. */
  elevated?: number;
  /** NORMAL. */
  normal?: number;
  /** STRESS. */
  stress?: number;
}

/** The regimes by date. */
export interface RegimeTable {
  /** Where each regime comes from. */
  basis: RegimeBasis[];
  /** Dates. */
  date: Time[];
  /** Days with a known state in the regime, that of entry among them. */
  days_in_regime: number[];
  /** Signals past their entry thresholds. */
  entry_score: number[];
  /** Signals not yet past their exit thresholds. */
  exit_score: number[];
  /** Regimes; null during warm-up. */
  regime: (Regime | null)[];
  /** Which signals are past their entry thresholds: `vol_accel` 1, `corr_shock` 2, `dd_level` 4, `dd_slope_10d` 8, added up. */
  signals: number[];
}

/** Targets by regime that replace those of the profile; null keeps the profile's. */
export interface RegimeTargets {
  /** In CRISIS. */
  crisis?: number | null;
  /** In ELEVATED. */
  elevated?: number | null;
  /** In NORMAL. */
  normal?: number | null;
  /** In STRESS. */
  stress?: number | null;
}

/** When a signal is on and off. Entry and exit are inclusive; the gap between them is the hysteresis. */
export interface RegimeThresholds {
  /** 20-day correlation less 60-day correlation at which the signal goes on. */
  corr_shock_enter: number;
  /** And below which it is off again. */
  corr_shock_exit: number;
  /** Drawdown that is CRISIS by itself. */
  dd_crisis_enter: number;
  /** Drawdown at which the signal goes on. */
  dd_enter: number;
  /** And above which it is off again. */
  dd_exit: number;
  /** Change of drawdown in ten days at which the signal goes on. */
  dd_slope_enter: number;
  /** And above which it is off again. */
  dd_slope_exit: number;
  /** Drawdown that is STRESS by itself. */
  dd_stress_enter: number;
  /** Days with a known state, that of entry among them, before a regime can be left downward. */
  min_days_in_regime: number;
  /** 20-day volatility over 60-day volatility at which the signal goes on. */
  vol_accel_enter: number;
  /** And below which it is off again. */
  vol_accel_exit: number;
}

/** When a signal is on and off. Entry and exit are inclusive; the gap between them is the hysteresis. */
export interface RegimeThresholdsInput {
  /** 20-day correlation less 60-day correlation at which the signal goes on. */
  corr_shock_enter?: number;
  /** And below which it is off again. */
  corr_shock_exit?: number;
  /** Drawdown that is CRISIS by itself. */
  dd_crisis_enter?: number;
  /** Drawdown at which the signal goes on. */
  dd_enter?: number;
  /** And above which it is off again. */
  dd_exit?: number;
  /** Change of drawdown in ten days at which the signal goes on. */
  dd_slope_enter?: number;
  /** And above which it is off again. */
  dd_slope_exit?: number;
  /** Drawdown that is STRESS by itself. */
  dd_stress_enter?: number;
  /** Days with a known state, that of entry among them, before a regime can be left downward. */
  min_days_in_regime?: number;
  /** 20-day volatility over 60-day volatility at which the signal goes on. */
  vol_accel_enter?: number;
  /** And below which it is off again. */
  vol_accel_exit?: number;
}

/** Returns per period of every strategy or symbol: simple returns, fractions. Columns {date, value} are the canonical form; rows [date, value] are read too. */
export type Returns = Record<string, {
  date: string[];
  value: number[];
} | [string, number][]>;

/** Settings of the risk overlay. */
export interface RiskConfig {
  /**
   * Scalar at rebalances before a series of scalars that was given begins, and at the first one. Computed scalars have the warm-up
   * scalar there, unless `warmup` is `omit`.
   */
  apply_missing_scalar_as?: number;
  /** Whether a lower target is reached at once and only a higher one is smoothed. */
  asymmetric?: boolean;
  /** Which dates have a state. */
  calendar?: CalendarRule;
  /** How a regime is left downward. */
  downgrade?: Downgrade;
  /** Off is the same as mode `off`. */
  enabled?: boolean;
  /** Regime when the state was unknown for longer than `max_stale_days`, unless the one held is worse. */
  fail_safe_regime?: Regime;
  /** How a file of scalars is read. */
  loader?: Loader;
  /** Calendar days for which the last known regime is held while the state is unknown. */
  max_stale_days?: number;
  /** What the scalars do to the weights. */
  mode?: OverlayMode;
  /** A regime set by hand, for every date. */
  override_regime?: Regime | null;
  /** Periods in a year. */
  periods_per_year?: number;
  /** The run whose scalars are used in mode `precomputed`; a folder below the runs on the command line. */
  precomputed_run_id?: string | null;
  /** Their file in that run. */
  precomputed_scalar_filename?: string;
  /** Targets, smoothing and floor. */
  profile?: Profile;
  /** Highest scalar, at most 1: the overlay never raises exposure. */
  risk_max?: number;
  /** Lowest scalar; null for the profile's. */
  risk_min?: number | null;
  /** Groups with a scalar of their own, by name. */
  sleeves?: Record<string, SleeveConfig>;
  /** Share of a new target that enters the scalar each day, above 0 to 1; null for the profile's. */
  smoothing_alpha?: number | null;
  /** Days in which half of a new target has entered, instead of `smoothing_alpha`. */
  smoothing_half_life?: number | null;
  /** Oldest scalar, in calendar days, that a rebalance may use; null for any age. */
  stale_days_max?: number | null;
  /** Targets by regime in place of the profile's. */
  targets?: RegimeTargets;
  /** When signals are on and off. */
  thresholds?: RegimeThresholdsInput;
  /** What stands in place of a scalar before the state is known. */
  warmup?: Warmup;
  /** That scalar; null for the target of `fail_safe_regime`. */
  warmup_scalar?: number | null;
}

/** The risk of the whole. */
export interface RiskRecord {
  /** Slope on the market. */
  beta: number | null;
  /** Value below the portfolio's own peak: zero or negative. */
  drawdown: number | null;
  /** Common returns that entered. */
  n: number;
  /** Loss of a period at `var_level`, in money; 0 where even that quantile is a gain. */
  value_at_risk: number | null;
  /** Volatility a year. */
  volatility: number | null;
}

/**
 * A request to the risk overlay. One of `portfolio_returns`, `state`, `regimes` and `scalars` says where the chain begins; in
 * mode `precomputed` none is needed.
 */
export interface RiskRequest {
  /** Returns of the assets, for correlations. */
  asset_returns?: Returns | null;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: RiskConfig;
  /** Equity curve of the portfolio, one series; without it, its returns are compounded. */
  equity?: Prices | null;
  /** Returns of the portfolio, one series. */
  portfolio_returns?: Returns | null;
  /** The scalars of an earlier run, for mode `precomputed`. */
  precomputed?: Precomputed | null;
  /** Rebalances, where there are no weights to take them from. */
  rebalances?: Time[];
  /** Regimes instead of returns. */
  regimes?: GivenRegimes | null;
  /** Daily scalars instead of returns. */
  scalars?: GivenScalars | null;
  /** Returns of sleeves, for their concentration and for sleeves with `own_state`. */
  sleeve_returns?: Returns | null;
  /** A state instead of returns. */
  state?: GivenState | null;
  /** Returns of trend units, for their breadth; without them the assets are taken. */
  trend_unit_returns?: Returns | null;
  /** 1. */
  version: number;
  /** Weights by decision date, to be scaled. */
  weights?: Weights | null;
}

/** What the overlay found and did. */
export interface RiskResponse {
  /** How much of the history has a known state. */
  coverage: Coverage;
  digest: Digest;
  /** What each rebalance applies (mode `off`: would apply); null without rebalances. */
  exposure: ExposureTable | null;
  /** What the scalars did. */
  mode: OverlayMode;
  /** Regimes by date. */
  regimes: RegimeTable;
  /** Scalars by date. */
  scalars: ScalarTable;
  /** Sleeves, by name. */
  sleeves: SleeveTable[];
  /** Features by date; null where no returns were given. */
  state: StateTable | null;
  /** Summary of the run; null without rebalances. */
  summary: RunSummary | null;
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
  /** Scaled weights (mode `off`: the raw ones); null where none were given. */
  weights: WeightColumns | null;
}

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

/** One rule and how it came out. */
export interface RuleVerdict {
  /** The figure that was judged; null where it is unknown. */
  figure: number | null;
  /** How it came out, in words; where a difference may be luck, it says so. */
  note: string;
  /** The rule. */
  rule: string;
  /** The rule in words, with its limits. */
  statement: string;
  /** The verdict; null where the figure is unknown or does not apply. */
  verdict: Verdict | null;
}

/** Summary of a run (R7). */
export interface RunSummary {
  /** The deepest stretches of de-risking, at most five. */
  events: DeRiskEvent[];
  /** What the scalars did. */
  mode: OverlayMode;
  /** Rebalances. */
  rebalances: number;
  /** Highest scalar. */
  scalar_max: number | null;
  /** Mean scalar. */
  scalar_mean: number | null;
  /** Lowest scalar. */
  scalar_min: number | null;
  /** 5 % quantile of the scalars. */
  scalar_p05: number | null;
  /** Median. */
  scalar_p50: number | null;
  /** 95 % quantile. */
  scalar_p95: number | null;
  /** Rebalances with a scalar below 1. */
  scaled: number;
  /** Their share. */
  scaled_share: number | null;
  /** Where the scalars come from. */
  source: string;
}

/**
 * Where an applied scalar comes from.
 *
 *
 * - `scalar`: The series of scalars.
 * - `first`: There is no rebalance before this one.
 * - `missing`: The rebalance before this one lies before the series begins.
 * - `stale`: The scalar was too old; the fail-safe target bounds it.
 * - `precomputed`: The file of an earlier run.
 */
export type ScalarBasis = "scalar" | "first" | "missing" | "stale" | "precomputed";

/** The scalars by date. */
export interface ScalarTable {
  /** Dates. */
  date: Time[];
  /** Smoothed and clipped. */
  scalar: number[];
  /** What the regime asks for. */
  target: number[];
}

/**
 * What a step does.
 *
 *
 * - `check`: Asks whether to rebalance, with the weights `current` held and their `target`, if there are any.
 * - `rebalanced`: Says that a rebalance was carried out.
 */
export type ScheduleAction = "check" | "rebalanced";

/** Settings of the rebalancing scheduler. */
export interface ScheduleConfig {
  /** Whether a decision to rebalance counts as carried out for the checks after it; no where `rebalanced` steps say what was done. */
  assume_done?: boolean;
  /** The days on which the market is open. */
  calendar?: CalendarConfig;
  /** Days after a rebalance during which there is no other, whatever the reason. */
  cooldown_days?: number;
  /** How these days are counted. */
  cooldown_rule?: CooldownRule;
  /** Distance of a weight from its target, as a fraction of the capital, strictly beyond which a rebalance is due; null for none. */
  drift_threshold?: Share | null;
  /** How often a rebalance is due. */
  frequency?: Frequency;
  /** When a period counts as begun. */
  frequency_rule?: FrequencyRule;
  /** Days of the frequency `custom` as cron writes them, day of the month, month and day of the week: `1,15 * *`, `* * mon`. */
  pattern?: string | null;
  /** Whether nothing is due on a day on which the market is closed. */
  trading_days_only?: boolean;
}

/** A request for decisions: a history of `steps`, or a plan for every trading day `from` a date `to` another. */
export interface ScheduleRequest {
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: ScheduleConfig;
  /** First day of the plan. */
  from?: Time | null;
  /** The last rebalance before everything else; null where there was none. */
  last_rebalance?: Time | null;
  /** Plan: returns by strategy, by which weights drift away from `target` between rebalances. */
  returns?: Returns;
  /** The history, in the order in which it happened. */
  steps?: ScheduleStep[];
  /** Plan: the weights to which every rebalance brings the strategies. */
  target?: Record<string, Share>;
  /** Last day of the plan. */
  to?: Time | null;
  /** 1. */
  version: number;
}

/** Decisions. */
export interface ScheduleResponse {
  /** One for each check, in their order. */
  decisions: Decision[];
  digest: Digest;
  /** The last rebalance at the end. */
  last_rebalance: Time | null;
  /** When the frequency asks next, unless a drift does before; null before the first rebalance. */
  next: Time | null;
  /** How many decisions were to rebalance. */
  rebalances: number;
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/** One step of a history. */
export interface ScheduleStep {
  /** `check`: the weights held. */
  current?: Record<string, Share> | null;
  /** What the step does. */
  do: ScheduleAction;
  /** `check`: the target weights. */
  target?: Record<string, Share> | null;
  /** When. */
  time: Time;
}

/** The figure behind a strategy's weight. */
export interface ScoreFigure {
  /** Observations that it was computed from; null for a figure that was given. */
  n: number | null;
  /** `volatility`, `sharpe`, `return`, `kelly_fraction`, `current_drawdown`, `risk_budget` or `planned_weight`. */
  name: string;
  /** The figure; rates and volatilities are a year. */
  value: number;
}

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

/** A fraction of capital: 0.4 is 40 %. Read from a decimal string or a number. */
export type Share = string | number;

/**
 * What the shares of an allocation are shares of.
 *
 *
 * - `equity`: What everything is worth now.
 * - `initial_capital`: What the owner paid in.
 */
export type ShareBase = "equity" | "initial_capital";

/**
 * Where the share of a strategy comes from.
 *
 *
 * - `blend`: The blend: the gross weight that it gave the strategy.
 * - `method`: The method of capital, at this rebalance.
 * - `kept`: The method of capital, at an earlier rebalance: the schedule did not ask it again.
 * - `warmup`: Too little was known of every strategy.
 */
export type ShareBasis = "blend" | "method" | "kept" | "warmup";

/**
 * In which units a fill is shared out among the orders behind it.
 *
 *
 * - `as_ordered`: The finest that the orders and fills of the symbol use: whole shares stay whole.
 * - `finest`: The last of twelve decimals.
 */
export type ShareRounding = "as_ordered" | "finest";

/** The interval of a Sharpe ratio. */
export interface SharpeInterval {
  /** Share of the resamples that it covers. */
  confidence: number;
  /** Upper end. */
  high: number;
  /** Lower end. */
  low: number;
  /** Resamples it rests on. */
  resamples: number;
}

/**
 * What a strategy with too little history for its statistic gets.
 *
 *
 * - `unknown`: Its statistic is unknown, and `unknown_weight` says what it gets.
 * - `stand_in`: A stand-in: Sharpe ratio 0, volatility 1, return 0, as in recorded systems.
 */
export type ShortHistory = "unknown" | "stand_in";

/**
 * On which side a strategy that ranks symbols takes positions.
 *
 *
 * - `long_only`: Long the best.
 * - `long_short`: Long the best and short as many of the worst, half of the capital each.
 */
export type Sides = "long_only" | "long_short";

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

/** A group of strategies or assets with a scalar of its own. */
export interface SleeveConfig {
  /** Assets (columns of the weights) that the scalar applies to. */
  assets?: string[];
  /** Whether volatility and drawdown are those of the sleeve's own returns instead of the portfolio's. */
  own_state?: boolean;
  /** How strongly the sleeve follows: 1 as the portfolio, 0 not at all, 2 twice as far below 1. */
  sensitivity?: number;
  /** Thresholds of its own, over the defaults; null for those of the portfolio. */
  thresholds?: RegimeThresholdsInput | null;
}

/** Regimes and scalars of a sleeve, and what its assets get at each rebalance. */
export interface SleeveTable {
  /** What is applied, by rebalance; null where there are no rebalances. */
  applied: ExposureTable | null;
  /** The sleeve. */
  name: string;
  /** Its regimes. */
  regimes: RegimeTable;
  /** Its scalars. */
  scalars: ScalarTable;
}

/**
 * A stage of the limits.
 *
 *
 * - `gross`: Sum of absolute weights.
 * - `net`: Sum of weights.
 * - `bounds`: Weight of each asset.
 * - `turnover`: Sum of absolute changes.
 * - `recheck`: Bounds, gross and net once more, toward zero.
 */
export type Stage = "gross" | "net" | "bounds" | "turnover" | "recheck";

/** What a stage did. */
export interface StageReport {
  /** Whether it changed anything. */
  binds: boolean;
  /** Σ|w| after it. */
  gross: number;
  /** Σw after it. */
  net: number;
  /** The stage. */
  stage: Stage;
  /** Σ|w − p| after it. */
  turnover: number;
}

/**
 * Where a strategy is in its life.
 *
 *
 * - `initializing`: It is there and has no capital yet.
 * - `running`: It sees bars and trades.
 * - `paused`: It keeps its positions and does nothing.
 * - `liquidating`: It gives its positions and capital back.
 * - `stopped`: It is over; what it did stays in the books.
 */
export type State = "initializing" | "running" | "paused" | "liquidating" | "stopped";

/** The features by date; null where unknown, with the reason in `unknown`. */
export interface StateTable {
  /** Mean pairwise correlation of the assets, 20 dates. */
  corr_20d: (number | null)[];
  /** Mean pairwise correlation of the assets, 60 dates. */
  corr_60d: (number | null)[];
  /** `corr_20d` − `corr_60d`. */
  corr_shock: (number | null)[];
  /** Dates. */
  date: Time[];
  /** Drawdown, zero or negative. */
  dd_level: (number | null)[];
  /** Change of drawdown in ten observations. */
  dd_slope_10d: (number | null)[];
  /** Volatility of 20 returns, a year. */
  port_rvol_20d: (number | null)[];
  /** Volatility of 60 returns, a year. */
  port_rvol_60d: (number | null)[];
  /** Herfindahl index of the sleeves; null where no sleeves were given. */
  sleeve_concentration_60d: (number | null)[] | null;
  /** Share of trend units (or assets) that rose over 20 dates; null where neither was given. */
  trend_breadth_20d: (number | null)[] | null;
  /** Why cells are null, stretch by stretch. */
  unknown: UnknownSpan[];
  /** `port_rvol_20d`/`port_rvol_60d`. */
  vol_accel: (number | null)[];
}

/**
 * How many states of a script the answer holds.
 *
 *
 * - `every`: One after every step.
 * - `last`: The last.
 */
export type States = "every" | "last";

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

/** One step of a script. Which fields it has depends on what it does. */
export interface Step {
  /** `add`: the share of the capital. */
  allocation?: Share | null;
  /** `rebalance`: the share of every strategy that is to change. */
  allocations?: Record<string, Share> | null;
  /** `adjust`, `contribute`: the money; `dividend`: money for each share. */
  amount?: MoneyInput | null;
  /** `adjust`: the cash that is there, instead of `amount`. */
  cash?: MoneyInput | null;
  /** What the step does. */
  do: Action;
  /** `bar`: strategies that failed, and why. */
  failed?: Record<string, string> | null;
  /** `rebalance`: what the shares are shares of, instead of the setting. */
  of?: ShareBase | null;
  /** `bar`: orders of the running strategies. */
  orders?: Order[] | null;
  /** `bar`: known prices. */
  prices?: Record<string, PriceInput> | null;
  /** Why, for the journal. */
  reason?: string | null;
  /** `split`: so many shares become `split_to`. */
  split_from?: number | null;
  /** `split`: what `split_from` shares become. */
  split_to?: number | null;
  /** Whose. */
  strategy?: string | null;
  /** `dividend`, `split`: what. */
  symbol?: string | null;
  /** When; without it the time does not move on. A bar needs one. */
  time?: Time | null;
  /** `remove`: who takes over the positions. */
  to?: string | null;
}

/** What one step came to. */
export interface StepRecord {
  /** Correlations, where they were asked for. */
  correlations: CorrelationRecord[] | null;
  /** Why the step was refused; it changed nothing then. */
  problem: Fault | null;
  /** Cash that came back from a removed strategy, or the dividends paid. */
  returned: Money | null;
  /** The portfolio after the step; null where only the last is asked for. */
  state: PortfolioState | null;
  /** What limits said of each order of a bar; null where none was in force. */
  verdicts: OrderVerdict[] | null;
}

/** One strategy. */
export interface StrategyAttribution {
  /** Its part of the whole profit; null where the whole earned nothing. */
  contribution: number | null;
  /** Profit by effect. */
  effects: EffectsRecord;
  /** Profit before costs, netting and overlay. */
  gross_profit: Money;
  /** How it did. */
  performance: AttributionPerformance;
  /** Whose. */
  strategy: string;
  /** Gross profit by symbol; the sum is `gross_profit`. Empty where no symbols were given. */
  symbols: SymbolProfit[];
}

/** One strategy. */
export interface StrategyHoldings {
  /** Capital that it has, the weight of its returns in those of the whole. */
  capital?: MoneyInput | null;
  /** Its highest value, with capital in and out taken off. */
  peak?: MoneyInput | null;
  /** Positions by symbol. */
  positions?: Record<string, HoldingInput>;
  /** Its value. */
  value?: MoneyInput | null;
}

/** Limits of one strategy. */
export interface StrategyLimit {
  /** Most of the capital; null for the general `max`. */
  max?: number | null;
  /** Least of the capital; null for the general `min`. */
  min?: number | null;
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

/** What became of one strategy. */
export interface StrategyOutcome {
  /** Profit less cost over the initial money of the portfolio; sums with `interest` to the portfolio's return. */
  contribution: number;
  /** Its part of the costs, money. */
  cost: number;
  /** Profit before costs up to each bar of the curve, money. */
  curve: number[];
  /** Figures of the strategy alone, with the whole capital and the same costs. */
  metrics: SeriesMetrics;
  /** When it was paused after a failure; null if it was not. */
  paused: Time | null;
  /** Why. */
  paused_because: string | null;
  /** Profit of prices and dividends before costs, money. */
  profit: number;
  /** Costs that it did not pay because its orders crossed with those of others, money. */
  saved: number;
  /** Where its positions come from: `alpha`, `alphas`, `formula`, `pairs` or `weights`. */
  source: string;
  /** Its id. */
  strategy: string;
  /** Value of the strategy alone at each bar of the curve. */
  value: number[];
}

/** One strategy: exactly one of `alpha`, `alphas`, `formula`, `pairs` and `weights` says where its positions come from. */
export interface StrategySpec {
  /** A built-in alpha, computed from prices. */
  alpha?: Alpha | null;
  /** Several alphas, combined: what scores above the thresholds is bought. */
  alphas?: BacktestAlphaConfig | null;
  /** Largest weight of one symbol, above 0 to 1, for strategies that rank symbols. */
  cap?: number;
  /** A formula over `close`, `open`, `high`, `low`, `volume` and `returns`; higher scores are better. */
  formula?: string | null;
  /** Pairs to trade apart and together again: a symbol and its partner. */
  pairs?: Record<string, string>;
  /** How the symbols that are held share the capital, for strategies that rank symbols. */
  scheme?: WeightScheme;
  /** On which side positions are taken, for strategies that rank symbols. */
  sides?: Sides;
  /** Share of the symbols that is held on each side, above 0 to 1, for strategies that rank symbols. */
  top?: number;
  /**
   * Target weights by symbol and date, fractions of the strategy's capital. A date that has any weight is a decision: symbols
   * without one are not held from then on. The decision is known at that time and executed at the first bar after it.
   */
  weights?: Scores | null;
}

/** One strategy. */
export interface StrategyState {
  /** Capital it was given, less what it gave back. */
  capital: Money;
  /** Cash; below zero it is borrowed. */
  cash: Money;
  /** What it paid for trading. */
  fees: Money;
  /** Bars observed. */
  observations: number;
  /** Open positions, and closed ones with their profit, by symbol. */
  positions: PositionRecord[];
  /** Value less capital. */
  profit: Money;
  /** `profit` as a fraction of `capital`; null without capital. */
  profit_share: number | null;
  /** Where it is in its life. */
  state: State;
  /** Whose. */
  strategy: string;
  /** Cash and positions. */
  value: Money;
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

/** One symbol at a glance. */
export interface SymbolNet {
  /** Shares to buy, over all orders. */
  buy: Quantity;
  /** Shares met inside. */
  crossed: Quantity;
  /** Shares to buy less shares to sell. */
  net: Quantity;
  /** The fair price. */
  price: Price | null;
  /** Shares to sell, over all orders. */
  sell: Quantity;
  /** What. */
  symbol: string;
}

/** Gross profit of one symbol. */
export interface SymbolProfit {
  /** Gross profit. */
  profit: Money;
  /** The symbol; null for what no symbol explains. */
  symbol: string | null;
}

/** One score, or why there is none. */
export interface SymbolScore {
  /** The symbol. */
  symbol: string;
  /** Why the score is null. */
  unknown: Unknown | null;
  /** The score; higher is better. */
  value: number | null;
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
 * Where target weights come from.
 *
 *
 * - `signal_beta`: The signals are the target weights.
 */
export type TargetMethod = "signal_beta";

/** Target weights of the portfolio, one entry for each rebalance and symbol that is held. */
export interface TargetWeights {
  /** When they were executed. */
  date: Time[];
  /** Entries beyond `rows_max`. */
  omitted: number;
  /** Weights before the risk overlay; the same as `weight` where there is none. */
  raw: number[];
  /** Symbols. */
  symbol: string[];
  /** Weights, fractions of the value. */
  weight: number[];
}

/** A request for a tear sheet: that of the backtest. */
export type TearSheetRequest = BacktestRequest;

/** A tear sheet. */
export interface TearSheetResponse {
  /** The digest of the backtest that it shows. */
  backtest: string;
  digest: Digest;
  /** One HTML file that needs nothing else. */
  html: string;
}

/** Scores from which on symbols are bought or sold, inclusive. */
export interface Thresholds {
  /** Lowest combined score that is bought. */
  long?: number;
  /** Highest combined score that is sold; below `long`. */
  short?: number;
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

/** Fills, one entry each. */
export interface Trades {
  /** Commission, money. */
  commission: number[];
  /** Bars. */
  date: Time[];
  /** Entries beyond `rows_max`. */
  omitted: number;
  /** Price before slippage. */
  price: number[];
  /** Bought (positive) or sold. */
  shares: number[];
  /** Slippage, money. */
  slippage: number[];
  /** Symbols. */
  symbol: string[];
}

/**
 * Which periods before a test window are in sample.
 *
 *
 * - `expanding`: All of them.
 * - `rolling`: The newest `train`.
 */
export type TrainingWindow = "expanding" | "rolling";

/** One transaction as it stands in an answer. */
export interface TransactionRecord {
  /** What it is about. */
  kind: Kind;
  /** Its postings; money and the shares of every symbol add up to zero. */
  legs: LegRecord[];
  /** Why. */
  reason: string | null;
  /** Number in the journal, from 0. */
  seq: number;
  /** When. */
  time: Time;
}

/** How often one regime followed another. */
export interface Transition {
  /** How often. */
  count: number;
  /** The regime before. */
  from: Regime;
  /** The regime after. */
  to: Regime;
}

/**
 * What decided.
 *
 *
 * - `none`: Nothing asks for a rebalance.
 * - `cooldown`: The last rebalance is too recent.
 * - `closed`: The market is closed.
 * - `initial`: There was no rebalance before.
 * - `frequency`: A period has begun.
 * - `drift`: A weight is too far from its target.
 */
export type Trigger = "none" | "cooldown" | "closed" | "initial" | "frequency" | "drift";

/** Settings of threshold tuning: what is tried, and what good behaviour is. */
export interface TuneConfig {
  /** Entry thresholds of `corr_shock` that are tried. */
  corr_shock_enter?: number[];
  /** Entry thresholds of `dd_level`; the stress and crisis levels keep their distance. */
  dd_enter?: number[];
  /** Entry thresholds of `dd_slope_10d`. */
  dd_slope_enter?: number[];
  /** Folds of the walk-forward: each is chosen on what lies before it. */
  folds?: number;
  /** The overlay; its thresholds are those that are compared with. */
  risk?: RiskConfig;
  /** Share of days that each regime should have. */
  shares?: RegimeShares;
  /** Scalar below which a stress window counts as flagged. */
  stress_scalar?: number;
  /** Windows that should be flagged. */
  stress_windows?: DateWindow[];
  /** Transitions a year that are too many. */
  transitions_max?: number;
  /** Entry thresholds of `vol_accel` that are tried. */
  vol_accel_enter?: number[];
}

/** One fold of the walk-forward. */
export interface TuneFold {
  /** Thresholds with the least loss before the fold. */
  chosen: RegimeThresholds;
  /** Their behaviour before the fold. */
  chosen_before: Behaviour;
  /** Their behaviour in the fold. */
  chosen_in: Behaviour;
  /** First date of the fold. */
  first: Time;
  /** Last date of the fold. */
  last: Time;
  /** Behaviour of the present thresholds in the fold. */
  present_in: Behaviour;
}

/** A request for threshold tuning. */
export interface TuneRequest {
  /** Returns of the assets, for correlations. */
  asset_returns?: Returns | null;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings. */
  config?: TuneConfig;
  /** Equity curve of the portfolio, one series; without it, its returns are compounded. */
  equity?: Prices | null;
  /** Returns of the portfolio, one series. */
  portfolio_returns: Returns;
  /** 1. */
  version: number;
}

/** The report of a tuning. */
export interface TuneResponse {
  /** Whether the best thresholds are advised: thresholds chosen like them had the lower mean loss out of sample. */
  advised: boolean;
  /** The candidates, least loss first. */
  candidates: Candidate[];
  /** How many were tried. */
  candidates_tried: number;
  digest: Digest;
  /** The folds of the walk-forward, oldest first. */
  folds: TuneFold[];
  /** Mean loss in the folds of the thresholds chosen before them. */
  loss_chosen: number;
  /** Mean loss in the folds of the present thresholds. */
  loss_present: number;
  /** The decision in words. */
  note: string;
  /** The present thresholds over the whole history. */
  present: Behaviour;
  /** The thresholds that are advised: the best ones, or the present ones. */
  thresholds: RegimeThresholds;
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/** Why a figure is undefined. */
export type Unknown = "insufficient_history" | "flat_series" | "flat_benchmark" | "no_losses" | "no_up_periods" | "no_down_periods" | "no_trades" | "no_drawdown" | "before_first_date" | "not_recovered" | "no_time_span" | "no_benchmark" | "no_flows" | "no_solution" | "no_common_dates" | "stale" | "undefined" | "mixed_frequency" | "no_price" | "no_spread" | "no_capital" | "nothing_deployed" | "no_risk" | "missing_observation" | "too_few_series" | "too_few_candidates" | "not_representable";

/**
 * What a strategy whose statistic is unknown gets.
 *
 *
 * - `zero`: Nothing.
 * - `minimum`: Its minimum: `min`, or its own.
 */
export type UnknownAllocation = "zero" | "minimum";

/** The reason that stands beside a `null`. */
export interface UnknownFigure {
  /** Stable code of the reason. */
  code: Unknown;
  /** The field that is `null`. */
  figure: string;
  /** The reason in one sentence. */
  reason: string;
}

/** A stretch of dates on which a feature is unknown for one reason. */
export interface UnknownSpan {
  /** Stable code of the reason. */
  code: Unknown;
  /** Dates in it. */
  dates: number;
  /** The feature. */
  figure: string;
  /** Its first date. */
  first: Time;
  /** Its last date. */
  last: Time;
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
 * How a rule came out, from best to worst.
 *
 *
 * - `PASS`: As it should be.
 * - `CAUTION`: Look at it.
 * - `FAIL`: Do not run it like this.
 */
export type Verdict = "PASS" | "CAUTION" | "FAIL";

/** Limits of the rules that judge an audit. Fractions; counts are a year. */
export interface VerdictRules {
  /** Cost in CAGR from which the rule is CAUTION. */
  cagr_cost_caution?: number;
  /** And above which it fails. */
  cagr_cost_fail?: number;
  /** Improvement of the maximum drawdown that passes. */
  drawdown_gain?: number;
  /** Days within which entering and leaving a regime counts as a flip. */
  flip_days?: number;
  /** Flips a year above which the rule fails. */
  flips_fail?: number;
  /** Mean scalar below which the rule is CAUTION. */
  mean_scalar_caution?: number;
  /** And below which it fails. */
  mean_scalar_fail?: number;
  /** Mean scalar above which the overlay hardly acts: CAUTION. */
  mean_scalar_idle?: number;
  /** Highest share of days in NORMAL that passes. */
  normal_share_max?: number;
  /** Lowest share of days in NORMAL that passes. */
  normal_share_min?: number;
  /** Fall of the Sharpe ratio above which the rule fails. */
  sharpe_drop_fail?: number;
  /** Scalar below which a stress window counts as flagged, and a calm one as wrongly de-risked. */
  stress_scalar?: number;
  /** Transitions a year from which the rule is CAUTION. */
  transitions_caution?: number;
  /** And above which it fails. */
  transitions_fail?: number;
  /** How much worse a worst month or quarter may get before the rule fails. */
  worst_period_fail?: number;
}

/** A view on expected returns. */
export interface ViewConfig {
  /** Confidence from 0 (says nothing) to 1 (holds exactly); null for the variance that the prior has in this direction. */
  confidence?: number | null;
  /** Return a year that the exposure is expected to earn. */
  expected?: number;
  /** Coefficient by strategy: one for a view on itself, plus one and minus one for a view on a difference. */
  exposure?: Record<string, number>;
}

/** A part of an order that was executed, inside or outside. */
export interface VirtualFillRecord {
  /** Whether it met another order of ours. */
  inside: boolean;
  /** Place of the order in `orders`, from 0. */
  order: number;
  /** Money for one share. */
  price: Price | null;
  /** Shares, signed as the order. */
  quantity: Quantity;
  /** Whose. */
  strategy: string;
  /** What. */
  symbol: string;
}

/** Settings of the walk-forward test. */
export interface WalkForwardConfig {
  /** Resampling for the interval of the Sharpe ratio out of sample; null for none. */
  bootstrap?: BootstrapConfig | null;
  /** Combinatorial purged cross-validation; null for none. */
  combinatorial?: CombinatorialConfig | null;
  /** What a trade costs, as a fraction of what is traded: 0.001 is ten basis points. */
  cost_linear?: number;
  /** Degrees of freedom taken off in deviations. */
  ddof?: number;
  /** Periods after a test window that are not in sample, because they still feel it. */
  embargo?: number;
  /** Blocks for the probability of overfitting: even, from 2 to 16. */
  overfitting_blocks?: number;
  /** Periods in a year. */
  periods_per_year?: number;
  /** Periods before a test window that are not in sample, because what is estimated from them reaches into it. */
  purge?: number;
  /** Risk-free rate a year. */
  risk_free?: number;
  /** Whether the answer holds the returns out of sample. */
  series?: boolean;
  /** Periods out of sample between two splits. */
  test?: number;
  /** Periods in sample before the first split; with a rolling window before every one. */
  train?: number;
  /** How many candidates were tried in all, those that are not in the request too; null for those that are. */
  trials?: number | null;
  /** Which periods before a test window are in sample. */
  window?: TrainingWindow;
}

/** A request to try methods on the past. */
export interface WalkForwardRequest {
  /** Settings of `capital` to be tried, by a name for each: methods, or one method with different parameters. */
  candidates: Record<string, CapitalConfig>;
  /** Preset of a recorded system for the settings that the request leaves out. */
  compat?: "000" | "001" | "002" | "003" | "004" | null;
  /** Settings of the test. */
  config?: WalkForwardConfig;
  /** Return history by strategy. */
  returns: Returns;
  /** 1. */
  version: number;
}

/** What became of the candidates. */
export interface WalkForwardResponse {
  /** The candidate with the greatest Sharpe ratio out of sample, the first by name of equals; null where none has one. */
  best: string | null;
  /** The candidates, by name. */
  candidates: CandidateReport[];
  digest: Digest;
  /** The Sharpe ratio a year that the best of so many trials is expected to reach without skill. */
  expected_largest_sharpe: number | null;
  /** What was done and what came of it, in sentences. */
  explanation: string[];
  /** The folds, oldest first. */
  folds: FoldDates[];
  /** How often the best in sample is none out of sample; null with fewer than two candidates. */
  overfitting: Overfitting | null;
  /** Returns out of sample by candidate, if asked for. */
  returns: Returns;
  /** How many candidates were tried in all. */
  trials: number;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
  /** What is worth knowing and refuses nothing. */
  warnings: Fault[];
}

/**
 * What stands in place of a scalar before the state is known for the first time.
 *
 *
 * - `scalar`: `warmup_scalar`, or the target of `fail_safe_regime`.
 * - `omit`: Nothing: the series of scalars begins later, and `apply_missing_scalar_as` is applied until then (the recorded system 003).
 */
export type Warmup = "scalar" | "omit";

/** Weights by rebalance, scaled. */
export interface WeightColumns {
  /** Rebalances: the decision time of each row. */
  date: Time[];
  /** Weights by symbol. */
  weights: Record<string, number[]>;
}

/** The interval of one weight. */
export interface WeightInterval {
  /** Share of the resamples in which the strategy gets anything. */
  held_share: number;
  /** Upper end. */
  high: number;
  /** Lower end. */
  low: number;
  /** Mean of the resamples. */
  mean: number;
  /** The strategy; `cash` is beside this list. */
  strategy: string;
}

/** Intervals of all weights. */
export interface WeightIntervals {
  /** Lower and upper end of the cash. */
  cash: [number, number];
  /** Share of the resamples that an interval covers. */
  confidence: number;
  /** Mean of Σ|resampled weight − weight|: what the luck of the history moves about. */
  dispersion: number;
  /** How many resamples. */
  resamples: number;
  /** The strategies, by name. */
  strategies: WeightInterval[];
}

/**
 * How alphas are weighed when they are combined.
 *
 *
 * - `equal`: The same for each.
 * - `fixed`: As given in `weights`.
 * - `ic`: In proportion to their mean information coefficient, floored at zero.
 * - `inverse_volatility`: In proportion to one over the volatility of the returns of a portfolio by scores.
 * - `optimised`: The long-only portfolio of alphas with the highest Sharpe ratio.
 */
export type WeightModelKind = "equal" | "fixed" | "ic" | "inverse_volatility" | "optimised";

/**
 * How the held symbols share the capital.
 *
 *
 * - `equal`: The same for each.
 * - `proportional`: In proportion to the score; a score of zero or below holds nothing.
 * - `inverse_volatility`: In proportion to one over volatility; an unknown volatility holds nothing.
 */
export type WeightScheme = "equal" | "proportional" | "inverse_volatility";

/** Target weights of every symbol by decision date: fractions of equity, short ones negative. A symbol without a weight on a date that others have is not held from then on. Columns {date, value} are the canonical form; rows [date, value] are read too. */
export type Weights = Record<string, {
  date: string[];
  value: number[];
} | [string, number][]>;

/**
 * Which periods the win rate counts.
 *
 *
 * - `nonzero`: Those that won or lost; zero returns are left out.
 * - `all`: All of them; a zero return did not win.
 */
export type WinRateBasis = "nonzero" | "all";

/** Figures of returns in one kind of windows. Rates and ratios are a year. */
export interface WindowFigures {
  /** Deepest drawdown, zero or negative; out of sample alone, for windows in sample overlap. */
  max_drawdown: number | null;
  /** Mean return a year, not compounded. */
  mean_return: number | null;
  /** Periods; in sample the mean of the windows. */
  n: number;
  /** Sharpe ratio. */
  sharpe: number | null;
  /** Compounded return of the whole time; out of sample alone. */
  total_return: number | null;
  /** Why each null figure is null. */
  unknown: UnknownFigure[];
  /** Volatility. */
  volatility: number | null;
}

/** What the scalars did in a window. */
export interface WindowReport {
  /** Judged days with a known state in it. */
  days: number;
  /** Whether a scalar fell below the limit; null where fewer than twenty such days lie in the window. */
  flagged: boolean | null;
  /** `stress` or `calm`. */
  kind: string;
  /** Mean daily scalar in it. */
  scalar_mean: number | null;
  /** Lowest daily scalar in it. */
  scalar_min: number | null;
  /** The window. */
  window: DateWindow;
}
