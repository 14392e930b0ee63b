//! The recorded cases of the project pass, and the program that runs them says so as others read it.

use std::process::{Command, Output};
use tests::engine::Native;
use tests::parity::{Bench, run, vectors};
use tests::place;

#[test]
fn the_recorded_cases_of_the_project_pass() {
    let cases = vectors::load(&[place::root().join("tests/vectors")]);
    assert!(vectors::parity_count(&cases) > 700, "the recordings are there");
    let mut lines = Vec::new();
    let sum = run(&cases, &mut Bench::new(Box::new(Native)), |line| lines.push(line));
    assert_eq!(sum.failed, 0, "{}", lines.join("\n"));
    assert!(sum.passed >= 200, "{sum}");
}

#[test]
fn a_case_that_two_folders_hold_counts_once() {
    let folder = place::root().join("tests/vectors");
    assert_eq!(vectors::load(&[folder.clone(), folder.clone()]).len(), vectors::load(&[folder]).len());
}

fn program(words: &[&str], vectors: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_parity");
    Command::new(program).args(words).env("ALLOCATOR_VECTORS", place::root().join(vectors)).output().expect("it runs")
}

fn closing(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_program_closes_with_its_sum_and_tells_by_its_exit_code() {
    let some = program(&["--topic", "s000_correlation/random"], "tests/vectors");
    assert_eq!((some.status.code(), closing(&some).ends_with(" passed, 0 failed, 0 skipped")), (Some(0), true), "{some:?}");
    let none = program(&["--topic=no_such_topic"], "tests/vectors");
    assert_eq!((none.status.code(), closing(&none)), (Some(2), "0 passed, 0 failed, 0 skipped".to_owned()));
    assert_eq!(program(&[], "tests/golden").status.code(), Some(2));
}

#[test]
fn a_wrong_figure_fails_with_its_place_and_the_tolerance() {
    let file = place::root().join("tests/vectors/seed-systems/s000_correlation.json");
    let text = std::fs::read_to_string(file).expect("it is there").replace("0.9933992677987828", "0.9933992678007828");
    let folder = place::target().join("parity-wrong");
    std::fs::create_dir_all(folder.join("seed-systems")).expect("the target folder can be written");
    std::fs::write(folder.join("seed-systems/s000_correlation.json"), text).expect("the target folder can be written");
    let output = program(&[], &folder.to_string_lossy());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let line = "failed s000_correlation/three: value of alpha_baseline|mean_reversion: expected 0.9933992678007828, got 0.993399267798782";
    assert!(said.contains(line) && said.contains("tolerance 1e-12 absolute (and 1 more)"), "{said}");
}
