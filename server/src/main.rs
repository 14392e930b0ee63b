//! `allocator`: the command-line tool and server. See the crate's library for everything.

fn main() -> std::process::ExitCode {
    server::cli::main(std::env::args_os())
}
