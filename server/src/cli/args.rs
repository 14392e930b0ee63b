//! The words of the command line.

use super::operation;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Blends the signals of several strategies into one portfolio, watches their correlation, and serves both over HTTP.
#[derive(Debug, Parser)]
#[command(name = "allocator", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Exit code: 0 done, 2 the input was refused, 1 anything else failed.\n\
Settings: defaults, then --config FILE, then ALLOCATOR_<SECTION>_<FIELD>, then flags.")]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Who earned what: profit by strategy, effect and symbol.
    Attribution(Box<operation::attribution::AttributionArgs>),
    /// Audit a strategy in two passes: as it is, and with its exposure scaled by its own risk.
    Audit(Box<operation::audit::AuditArgs>),
    /// Scores, ranking and signals of alphas and formulas at one moment.
    Alpha(Box<operation::alpha::AlphaArgs>),
    /// Run strategies through past prices: who would have held, traded, paid and earned what.
    Backtest(Box<operation::backtest::BacktestArgs>),
    /// Blend the signals of several strategies into one portfolio.
    Blend(Box<operation::blend::BlendArgs>),
    /// Split capital across strategies under hard limits.
    Capital(Box<operation::capital::CapitalArgs>),
    /// Correlations of strategies, with alerts above the threshold.
    Correlation(Box<operation::correlation::CorrelationArgs>),
    /// Judge orders against risk limits by the state after the trade.
    Limits(Box<operation::limits::LimitsArgs>),
    /// Performance figures of return histories.
    Metrics(Box<operation::metrics::MetricsArgs>),
    /// Net the orders of several strategies, and share out what is filled.
    Net(Box<operation::net::NetArgs>),
    /// Carry out a script on a portfolio of strategies with isolated books.
    Portfolio(Box<operation::portfolio::PortfolioArgs>),
    /// Bring target weights within gross, net, asset and turnover limits.
    #[command(name = "position_limits", alias = "position-limits")]
    PositionLimits(operation::position_limits::PositionLimitsArgs),
    /// State, regimes, risk scalars and exposure of a portfolio.
    Risk(Box<operation::risk::RiskArgs>),
    /// Decide when to rebalance, with the reason of every decision.
    Schedule(Box<operation::schedule::ScheduleArgs>),
    /// Search regime thresholds that behave better, judged out of sample.
    Tune(Box<operation::tune::TuneArgs>),
    /// Try capital methods on the past without looking ahead, and say how much is luck.
    #[command(name = "walk_forward", alias = "walk-forward")]
    WalkForward(Box<operation::walk_forward::WalkForwardArgs>),
    /// The tear sheet of a backtest: one HTML file.
    #[command(name = "tear_sheet", alias = "tear-sheet")]
    TearSheet(Box<operation::backtest::TearSheetArgs>),
    /// Say what is in a data file and what is wrong with it.
    Inspect(InspectArgs),
    /// Serve the operations and the dashboard over HTTP.
    Serve(ServeArgs),
    /// Say whether store, Redis, clock and disk are fit for production, and what to mend.
    Doctor(DoctorArgs),
    /// Replay the journal, and with --verify compute every record again.
    Replay(ReplayArgs),
    /// Copy the journal into one file while a server runs.
    Backup(BackupArgs),
    /// Put a backup in place of a missing journal.
    Restore(RestoreArgs),
    /// Give out, list and take back tokens.
    Token(TokenArgs),
    /// Explain and check a configuration file.
    Config(ConfigArgs),
    /// Write the JSON Schemas of requests and responses, the OpenAPI description and the TypeScript types.
    Schema(SchemaArgs),
    /// Print the version.
    Version(FormatArgs),
}

/// How an answer and its problems are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// The whole answer; problems as JSON too.
    Json,
    /// The main table.
    Csv,
    /// The main table, Arrow IPC file.
    Arrow,
    /// The main table.
    Parquet,
}

/// Text for people or JSON for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// For people.
    Text,
    /// For programs; problems as JSON too.
    Json,
}

/// Options that every operation has.
#[derive(Args, Debug)]
pub(crate) struct OperationArgs {
    /// A whole request as JSON; - is standard input. Instead of data files and settings.
    #[arg(long = "in", value_name = "FILE", conflicts_with_all = ["config", "set", "compat", "emit_request"])]
    pub(crate) input: Option<PathBuf>,
    /// Where the answer goes; - is standard output. A file appears whole or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Form of the answer; with json, problems are JSON too.
    #[arg(long, value_enum)]
    pub(crate) format: Option<OutputFormat>,
    /// Settings as YAML, TOML or JSON, in sections or of this operation alone.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One setting, for example `--set cash_reserve=0.05` or `--set correlation.threshold=0.8`. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Settings of a recorded system where they differ from ours: 000, 001, 002, 003 or 004.
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) compat: Option<String>,
    /// Also write the canonical request: it has the same digest through --in, HTTP and JavaScript.
    #[arg(long, value_name = "FILE")]
    pub(crate) emit_request: Option<PathBuf>,
}

/// Prices and what else is known of each bar.
#[derive(Args, Debug)]
pub(crate) struct MarketArgs {
    /// Closing prices: a date column and one column for each symbol, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) prices: Vec<String>,
    /// Opening prices. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) open: Vec<String>,
    /// Highest prices. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) high: Vec<String>,
    /// Lowest prices. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) low: Vec<String>,
    /// Shares traded in each bar. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) volume: Vec<String>,
}

/// Options of reading data files.
#[derive(Args, Debug)]
pub(crate) struct ReadingArgs {
    /// What a column is, for example --column px=price. Roles: symbol, score, weight, strategy, time, value, ignore, … Repeatable.
    #[arg(long, value_name = "NAME=ROLE", conflicts_with = "input")]
    pub(crate) column: Vec<String>,
    /// Bring series of different frequency to the lowest one instead of refusing them.
    #[arg(long, conflicts_with = "input")]
    pub(crate) resample: bool,
}

/// Options of raising alerts for real.
#[derive(Args, Debug)]
pub(crate) struct EmitArgs {
    /// Raise the alerts: record them in the journal and send them to Redis. Without it nothing leaves this program.
    #[arg(long, requires = "redis")]
    pub(crate) emit: bool,
    /// Where alerts go, with --emit: redis://[user:password@]host[:port][/db].
    #[arg(long, value_name = "URL", requires = "emit")]
    pub(crate) redis: Option<String>,
    /// The data directory of the journal, with --emit; a server may be using it. [default: allocator-data]
    #[arg(long, value_name = "DIR", requires = "emit")]
    pub(crate) data: Option<PathBuf>,
}

/// `allocator inspect`.
#[derive(Args, Debug)]
pub(crate) struct InspectArgs {
    /// The file; - is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Form of the answer; text on a terminal and json elsewhere unless given.
    #[arg(long, value_enum)]
    pub(crate) format: Option<TextFormat>,
    /// Where the answer goes; - is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `allocator doctor`.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// The data directory. [default: allocator-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<String>,
    /// Redis, as for serve.
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// Settings as YAML, TOML or JSON; the section is `server`.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: TextFormat,
}

/// `allocator replay`.
#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// The data directory.
    #[arg(long, value_name = "DIR", default_value = "allocator-data")]
    pub(crate) data: PathBuf,
    /// Also check every kept text, compute every recorded answer again and compare the digests.
    #[arg(long)]
    pub(crate) verify: bool,
    /// The head that was noted; another one is a failure.
    #[arg(long, value_name = "HASH")]
    pub(crate) head: Option<String>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: TextFormat,
}

/// `allocator backup`.
#[derive(Args, Debug)]
pub(crate) struct BackupArgs {
    /// The data directory.
    #[arg(long, value_name = "DIR", default_value = "allocator-data")]
    pub(crate) data: PathBuf,
    /// The file to write; it must not exist.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Form of problems.
    #[arg(long, value_enum)]
    pub(crate) format: Option<TextFormat>,
}

/// `allocator restore`.
#[derive(Args, Debug)]
pub(crate) struct RestoreArgs {
    /// The backup.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// The data directory; it must not hold a journal.
    #[arg(long, value_name = "DIR", default_value = "allocator-data")]
    pub(crate) data: PathBuf,
    /// Form of problems.
    #[arg(long, value_enum)]
    pub(crate) format: Option<TextFormat>,
}

/// `allocator token`.
#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    /// What to do with tokens.
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make one and print it; it is shown this once.
    Add {
        /// The data directory.
        #[arg(long, value_name = "DIR", default_value = "allocator-data")]
        data: PathBuf,
        /// Whose it is.
        #[arg(long)]
        name: String,
        /// viewer, analyst, approver or operator; each may do what those before it may.
        #[arg(long, value_parser = ["viewer", "analyst", "approver", "operator"])]
        role: String,
        /// Days until it ends; for ever unless given.
        #[arg(long)]
        days: Option<u32>,
    },
    /// List them.
    List {
        /// The data directory.
        #[arg(long, value_name = "DIR", default_value = "allocator-data")]
        data: PathBuf,
    },
    /// Take one back.
    Revoke {
        /// The data directory.
        #[arg(long, value_name = "DIR", default_value = "allocator-data")]
        data: PathBuf,
        /// Its public id.
        id: String,
    },
}

/// `allocator serve`.
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// Address and port; others than loopback only with tokens. Port 0 takes a free one. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// Directory that holds what the server keeps; created if missing. [default: allocator-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<String>,
    /// Redis that alerts and submissions go to and signals come from: redis://[user:password@]host[:port][/db].
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// Directory of the built dashboard. [default: dist, here or beside the program]
    #[arg(long, value_name = "DIR")]
    pub(crate) assets: Option<String>,
    /// error, warn, info, debug or trace. [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
    /// text or json. [default: text]
    #[arg(long, value_name = "FORM")]
    pub(crate) log_format: Option<String>,
    /// Settings as YAML, TOML or JSON; the section is `server`.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One setting of the section `server`, for example `--set queue_max=128`. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Form of problems.
    #[arg(long, value_enum)]
    pub(crate) format: Option<TextFormat>,
}

/// `allocator config`.
#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    /// What to do with the configuration.
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every effective value and where it comes from, and what would be refused.
    Check(CheckArgs),
}

/// `allocator config check`.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// The file as YAML, TOML or JSON; without it, defaults and environment alone.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The section that a file without sections is.
    #[arg(long, default_value = "blend", value_parser = clap::builder::PossibleValuesParser::new(crate::config::SECTIONS))]
    pub(crate) section: String,
    /// A flag as it would be given, with its section: `--set blend.cash_reserve=0.05`. Repeatable.
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: TextFormat,
}

/// `allocator schema`.
#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// Directory for one file for each schema; without it, one JSON object on standard output.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Form of problems.
    #[arg(long, value_enum)]
    pub(crate) format: Option<TextFormat>,
}

/// A form and nothing else.
#[derive(Args, Debug)]
pub(crate) struct FormatArgs {
    /// Form of the answer.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: TextFormat,
}
