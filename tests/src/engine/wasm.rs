//! The shipped WebAssembly module inside Node.js, one long-lived process.
//!
//! `ALLOCATOR_WASM` names the folder with the module's bindings for Node.js; `cargo xtask` builds it and sets the variable. Without
//! it the module is built here, with the tools that are there.

use super::{Broken, Engine, Reply, Request};
use crate::place;
use std::env;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

/// What `cargo xtask` calls the same profile, target and package.
const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-engine";

/// The module in a running Node.js.
#[derive(Debug)]
pub struct Wasm {
    node: Child,
    input: Option<BufWriter<ChildStdin>>,
    output: BufReader<ChildStdout>,
}

impl Wasm {
    /// Starts Node.js with the module, building it first where `ALLOCATOR_WASM` names none.
    ///
    /// # Errors
    /// What is missing, in words that say how to mend it.
    pub fn start() -> Result<Self, String> {
        let folder = match env::var_os("ALLOCATOR_WASM") {
            Some(folder) => PathBuf::from(folder),
            None => build()?,
        };
        if !folder.join("allocator_wasm.js").is_file() {
            return Err(format!("{} holds no allocator_wasm.js; {MEND}", folder.display()));
        }
        Self::start_with(&folder)
    }

    fn start_with(folder: &Path) -> Result<Self, String> {
        let mut node = Command::new("node")
            .arg(place::root().join("tests/src/engine/host.cjs"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("Node.js does not start ({error}); install it"))?;
        let (Some(input), Some(output)) = (node.stdin.take(), node.stdout.take()) else {
            return Err("Node.js started without pipes".to_owned());
        };
        Ok(Wasm { node, input: Some(BufWriter::new(input)), output: BufReader::new(output) })
    }

    /// Carries out many requests at once: they are written while answers are read, so that neither side waits for the other.
    /// `each` gets every reply in the order of the requests.
    pub fn stream(&mut self, requests: &[Request], mut each: impl FnMut(usize, Result<Reply, Broken>)) {
        let Some(mut input) = self.input.take() else {
            return each(0, Err(Broken("the host is gone".to_owned())));
        };
        let output = &mut self.output;
        let input = thread::scope(|scope| {
            let writer = scope.spawn(move || {
                for request in requests {
                    // A host that is gone shows on the reading side.
                    if write(&mut input, request).is_err() {
                        break;
                    }
                }
                let _ = input.flush();
                input
            });
            for i in 0..requests.len() {
                let reply = read(output);
                let gone = matches!(&reply, Err(Broken(why)) if why.starts_with("the host"));
                each(i, reply);
                if gone {
                    break;
                }
            }
            writer.join()
        });
        self.input = input.ok();
    }
}

impl Engine for Wasm {
    fn name(&self) -> &'static str {
        "wasm"
    }

    fn run(&mut self, request: &Request) -> Result<Reply, Broken> {
        let input = self.input.as_mut().ok_or_else(|| Broken("the host is gone".to_owned()))?;
        write(input, request).and_then(|()| input.flush()).map_err(|error| Broken(format!("the host is gone: {error}")))?;
        read(&mut self.output)
    }
}

impl Drop for Wasm {
    fn drop(&mut self) {
        // End of input ends the host.
        self.input = None;
        let _ = self.node.wait();
    }
}

fn write(input: &mut BufWriter<ChildStdin>, request: &Request) -> std::io::Result<()> {
    writeln!(input, "{} {}", request.operation, request.body.len())?;
    input.write_all(&request.body)
}

fn read(output: &mut BufReader<ChildStdout>) -> Result<Reply, Broken> {
    let gone = |error: std::io::Error| Broken(format!("the host is gone: {error}"));
    let mut line = String::new();
    output.read_line(&mut line).map_err(gone)?;
    let Some((kind, length)) = line.trim_end().split_once(' ').and_then(|(kind, length)| Some((kind, length.parse().ok()?)))
    else {
        return Err(Broken(format!("the host said {line:?} instead of an answer")));
    };
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).map_err(gone)?;
    match kind {
        "answer" => Ok(Reply { bytes, refused: false }),
        "problem" => Ok(Reply { bytes, refused: true }),
        _ => Err(Broken(format!("trapped: {}", String::from_utf8_lossy(&bytes)))),
    }
}

const MEND: &str = "`cargo xtask test` installs the tools and builds it";

/// Builds the module and its bindings, as `cargo xtask parity --target wasm` does.
fn build() -> Result<PathBuf, String> {
    let version = place::locked_version("wasm-bindgen").ok_or("Cargo.lock names no wasm-bindgen")?;
    let folder = place::target().join("wasm-node");
    let built = place::cargo()
        .args(["build", "--quiet", "--package", "allocator-wasm", "--lib", "--target", TARGET, "--profile", PROFILE])
        .status();
    if !built.is_ok_and(|status| status.success()) {
        return Err(format!("allocator-wasm could not be built for {TARGET}; {MEND}"));
    }
    let program = place::tool("wasm-bindgen-cli", &version, "wasm-bindgen");
    let bound = Command::new(program)
        .args(["--target", "nodejs", "--out-dir"])
        .arg(&folder)
        .arg(place::target().join(TARGET).join(PROFILE).join("allocator_wasm.wasm"))
        .status();
    if !bound.is_ok_and(|status| status.success()) {
        return Err(format!("wasm-bindgen {version} is not there or failed; {MEND}"));
    }
    Ok(folder)
}
