//! The command line: words in, answer and exit code out.

mod args;
mod describe;
mod doctor;
mod emit;
mod keep;
mod operation;
mod output;
mod progress;
mod run_server;
mod source;

use allocator_core::{Code, Problem};
use args::{Cli, Command, ConfigCommand, OutputFormat, TextFormat};
use clap::Parser;
use clap::error::ErrorKind;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// The input was refused.
pub const REFUSED: u8 = 2;
/// Something else failed: a file, the network, or the program itself.
pub const FAILED: u8 = 1;

/// Runs the program and says how it went. Never panics: a panic inside is an `internal` problem.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &arguments),
    };
    let as_json = wants_json(&cli.command);
    // Reported below as a problem, with the place; the default hook would print it a second time.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        PANIC_PLACE.with(|slot| slot.replace(place));
    }));
    let done = catch_unwind(AssertUnwindSafe(|| dispatch(cli.command))).unwrap_or_else(|payload| {
        let message = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
        let place = PANIC_PLACE.with(std::cell::RefCell::take);
        Err(Problem::internal(format!("panic at {place}: {}", message.unwrap_or("no message"))))
    });
    match done {
        Ok(code) => code,
        Err(problem) => {
            output::complain(&problem, as_json);
            ExitCode::from(if problem.status >= 500 { FAILED } else { REFUSED })
        }
    }
}

thread_local! {
    /// Where the last panic of this thread happened.
    static PANIC_PLACE: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

fn dispatch(command: Command) -> Result<ExitCode, Problem> {
    match command {
        Command::Attribution(args) => operation::attribution::run(&args),
        Command::Audit(args) => operation::audit::run(&args),
        Command::Alpha(args) => operation::alpha::run(&args),
        Command::Backtest(args) => operation::backtest::run(&args),
        Command::Blend(args) => operation::blend::run(*args),
        Command::Capital(args) => operation::capital::run(*args),
        Command::Correlation(args) => operation::correlation::run(*args),
        Command::Limits(args) => operation::limits::run(&args),
        Command::Metrics(args) => operation::metrics::run(&args),
        Command::Net(args) => operation::net::run(&args),
        Command::Portfolio(args) => operation::portfolio::run(&args),
        Command::PositionLimits(args) => operation::position_limits::run(args),
        Command::Risk(args) => operation::risk::run(&args),
        Command::Schedule(args) => operation::schedule::run(&args),
        Command::Tune(args) => operation::tune::run(&args),
        Command::WalkForward(args) => operation::walk_forward::run(&args),
        Command::TearSheet(args) => operation::backtest::tear_sheet(&args),
        Command::Inspect(args) => describe::inspect(&args),
        Command::Serve(args) => run_server::serve(args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Replay(args) => keep::replay(&args),
        Command::Backup(args) => keep::backup(&args),
        Command::Restore(args) => keep::restore(&args),
        Command::Token(args) => keep::token(&args),
        Command::Config(args) => match args.command {
            ConfigCommand::Check(args) => describe::config_check(&args),
        },
        Command::Schema(args) => describe::schema(&args),
        Command::Version(args) => describe::version(&args),
    }
}

fn wants_json(command: &Command) -> bool {
    match command {
        Command::Attribution(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Limits(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Net(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Portfolio(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Audit(args) => args.format == Some(OutputFormat::Json),
        Command::Alpha(args) => args.operation.format == Some(OutputFormat::Json),
        Command::TearSheet(args) => args.format == Some(TextFormat::Json),
        Command::Backtest(args) => args.format == Some(OutputFormat::Json),
        Command::Blend(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Capital(args) => args.wants_json(),
        Command::Correlation(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Metrics(args) => args.operation.format == Some(OutputFormat::Json),
        Command::PositionLimits(args) => args.format == Some(OutputFormat::Json),
        Command::Risk(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Schedule(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Tune(args) => args.operation.format == Some(OutputFormat::Json),
        Command::WalkForward(args) => args.operation.format == Some(OutputFormat::Json),
        Command::Inspect(args) => args.format == Some(TextFormat::Json),
        Command::Serve(args) => args.format == Some(TextFormat::Json),
        Command::Doctor(args) => args.format == TextFormat::Json,
        Command::Replay(args) => args.format == TextFormat::Json,
        Command::Backup(args) => args.format == Some(TextFormat::Json),
        Command::Restore(args) => args.format == Some(TextFormat::Json),
        Command::Token(_) => false,
        Command::Config(args) => match &args.command {
            ConfigCommand::Check(args) => args.format == TextFormat::Json,
        },
        Command::Schema(args) => args.format == Some(TextFormat::Json),
        Command::Version(args) => args.format == TextFormat::Json,
    }
}

/// Help and version go to standard output; what cannot be understood is a problem like any other.
fn usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let format = arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
    if format || arguments.iter().any(|argument| argument == "--format=json") {
        let text = error.render().to_string();
        let text = text.trim().strip_prefix("error: ").unwrap_or(text.trim());
        let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
        let hint = rest.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        let message = message.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        output::complain(&Problem::new(Code::InvalidUsage, "", format!("{message}."), hint), true);
    } else {
        let _ = error.print();
    }
    ExitCode::from(REFUSED)
}
