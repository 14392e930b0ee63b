//! A request on standard input, its answer on standard output: the whole contract in ten lines.
//!
//! ```sh
//! cargo run --example answer -- blend < docs/samples/request.json
//! ```

use std::io::{Read, Write};
use std::process::ExitCode;

fn main() -> std::io::Result<ExitCode> {
    let operation = std::env::args().nth(1).unwrap_or_else(|| String::from("blend"));
    let mut request = Vec::new();
    std::io::stdin().read_to_end(&mut request)?;
    match allocator_core::op::run(&operation, &request) {
        Ok(answer) => std::io::stdout().write_all(&answer).map(|()| ExitCode::SUCCESS),
        Err(problem) => {
            for fault in &problem.problems {
                eprintln!("{fault}");
            }
            Ok(ExitCode::from(2))
        }
    }
}
