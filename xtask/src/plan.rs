//! A command as a list of named steps: each says what it does, how it went and how long it took.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::count::Tally;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// How a step went.
pub(crate) enum Report {
    /// It did its work.
    Done,
    /// It ran tests; the second part is set when the runner failed.
    Counted(Tally, Outcome),
    /// It could not be done here, for a reason worth reading, and this is no failure.
    Skipped(String),
}

type Action<'a> = Box<dyn FnOnce(&Workspace) -> Outcome<Report> + 'a>;

struct Step<'a> {
    title: String,
    /// Nothing after it makes sense when it fails.
    needed: bool,
    action: Action<'a>,
}

/// Steps in the order they run.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    steps: Vec<Step<'a>>,
}

/// What is known after all steps have run.
pub(crate) struct Summary {
    pub(crate) tally: Tally,
    pub(crate) failed: bool,
}

struct Line {
    title: String,
    verdict: String,
    took: Duration,
}

impl<'a> Plan<'a> {
    /// A step without which the rest cannot go on.
    pub(crate) fn needed(&mut self, title: impl Into<String>, action: impl FnOnce(&Workspace) -> Outcome<Report> + 'a) {
        self.push(title.into(), true, Box::new(action));
    }

    /// A step that may fail and let the others run: one run then shows every fault.
    pub(crate) fn check(&mut self, title: impl Into<String>, action: impl FnOnce(&Workspace) -> Outcome<Report> + 'a) {
        self.push(title.into(), false, Box::new(action));
    }

    /// A step asked for twice runs once, where it was asked for first: two parts may need the same tool.
    fn push(&mut self, title: String, needed: bool, action: Action<'a>) {
        if self.steps.iter().all(|step| step.title != title) {
            self.steps.push(Step { title, needed, action });
        }
    }

    /// Runs the steps, says each, and ends with a table.
    pub(crate) fn run(self, workspace: &Workspace) -> Summary {
        let (total, start) = (self.steps.len(), Instant::now());
        let mut summary = Summary { tally: Tally::default(), failed: false };
        let mut lines: Vec<Line> = Vec::new();
        for (index, step) in self.steps.into_iter().enumerate() {
            println!("\n[{}/{total}] {}", index + 1, step.title);
            flush();
            let begun = Instant::now();
            let result = (step.action)(workspace);
            let took = begun.elapsed();
            let (verdict, failure) = judge(result, &mut summary.tally);
            println!("    {verdict} ({})", human(took));
            if let Some(failure) = &failure {
                flush();
                eprintln!("    {}", failure.to_string().replace('\n', "\n    "));
                summary.failed = true;
            }
            lines.push(Line { title: step.title, verdict, took });
            if failure.is_some() && step.needed {
                println!("\nStopped here: the steps that follow need this one.");
                break;
            }
        }
        if total > 1 {
            print_table(&lines, start.elapsed(), workspace.dry_run);
        }
        summary
    }

    /// Runs the steps and turns the result into an exit code.
    pub(crate) fn finish(self, workspace: &Workspace) -> ExitCode {
        exit_code(&self.run(workspace))
    }

    /// Runs the steps and closes with the plain line that every reader of test output understands.
    pub(crate) fn finish_counted(self, workspace: &Workspace) -> ExitCode {
        let summary = self.run(workspace);
        if !workspace.dry_run {
            println!("\n{}", summary.tally);
            flush();
        }
        exit_code(&summary)
    }
}

fn exit_code(summary: &Summary) -> ExitCode {
    if summary.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Adds a step's counts to the total; a step that failed without counting anything as failed counts as one.
fn judge(result: Outcome<Report>, total: &mut Tally) -> (String, Option<Failure>) {
    match result {
        Ok(Report::Done) => ("done".to_owned(), None),
        Ok(Report::Skipped(reason)) => {
            total.skipped += 1;
            (format!("skipped: {reason}"), None)
        }
        Ok(Report::Counted(mut tally, outcome)) => {
            let failure = match outcome {
                Err(failure) => Some(failure),
                // A runner that reports failures and exits with success is not believed.
                Ok(()) if tally.failed > 0 => Some(Failure::new(format!("{} tests failed", tally.failed))),
                Ok(()) => None,
            };
            if failure.is_some() && tally.failed == 0 {
                tally.failed = 1;
            }
            *total += tally;
            let verdict = if tally.is_empty() { "no tests".to_owned() } else { tally.to_string() };
            (verdict, failure)
        }
        Err(failure) => {
            total.failed += 1;
            ("FAILED".to_owned(), Some(failure))
        }
    }
}

fn print_table(lines: &[Line], took: Duration, dry_run: bool) {
    let width = lines.iter().map(|line| line.title.chars().count()).max().unwrap_or(0);
    println!("\n{}", if dry_run { "Would have run (nothing was done):" } else { "Summary" });
    for line in lines {
        println!("  {:<width$}  {:>8}  {}", line.title, human(line.took), if dry_run { "" } else { &line.verdict });
    }
    println!("  {:<width$}  {:>8}", "all together", human(took));
}

/// Standard output and standard error go to one log; keep them in order.
fn flush() {
    // A closed pipe is the reader's choice, not our failure.
    let _ = std::io::stdout().flush();
}

/// `0.4 s`, `12.3 s`, `3 min 05 s`.
pub(crate) fn human(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds >= 60 { format!("{} min {:02} s", seconds / 60, seconds % 60) } else { format!("{:.1} s", took.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        Workspace { root: ".".into(), dry_run: false }
    }

    #[test]
    fn a_failed_check_lets_the_others_run_and_is_counted_once() {
        let mut plan = Plan::default();
        plan.check("format", |_| Err(Failure::new("not formatted")));
        plan.check("tests", |_| {
            let tally = Tally { passed: 4, ..Tally::default() };
            Ok(Report::Counted(tally, Ok(())))
        });
        let summary = plan.run(&workspace());
        assert!(summary.failed);
        assert_eq!(summary.tally.to_string(), "4 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn a_step_asked_for_twice_runs_once() {
        let mut plan = Plan::default();
        plan.needed("tool", |_| Ok(Report::Done));
        plan.needed("tool", |_| panic!("must not run"));
        assert!(!plan.run(&workspace()).failed);
    }

    #[test]
    fn a_failed_need_stops_the_plan() {
        let mut plan = Plan::default();
        plan.needed("install", |_| Err(Failure::new("no network")));
        plan.check("tests", |_| panic!("must not run"));
        assert!(plan.run(&workspace()).failed);
    }

    #[test]
    fn a_runner_that_fails_without_counting_is_one_failure_and_one_that_lies_is_not_believed() {
        let mut total = Tally::default();
        let (_, failure) = judge(Ok(Report::Counted(Tally::default(), Err(Failure::new("x")))), &mut total);
        assert!(failure.is_some());
        let lying = Tally { failed: 2, ..Tally::default() };
        let (_, failure) = judge(Ok(Report::Counted(lying, Ok(()))), &mut total);
        assert!(failure.is_some());
        assert_eq!(total.failed, 3);
    }

    #[test]
    fn durations_read_like_durations() {
        assert_eq!(human(Duration::from_millis(420)), "0.4 s");
        assert_eq!(human(Duration::from_secs(185)), "3 min 05 s");
    }
}
