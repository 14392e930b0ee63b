//! Commands about what is kept: `allocator replay`, `backup`, `restore` and `token`.

use super::args::{BackupArgs, ReplayArgs, RestoreArgs, TextFormat, TokenArgs, TokenCommand};
use super::output::Output;
use super::progress::Progress;
use super::{FAILED, REFUSED};
use crate::auth;
use crate::clock::SystemClock;
use crate::journal::{self, Options, Role, Store, Verified};
use allocator_core::wire::to_canonical_bytes;
use allocator_core::{Code, Problem};
use serde::Serialize;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// `allocator replay`: 0 if everything holds, 1 if a record comes out differently or the chain is broken.
pub(crate) fn replay(args: &ReplayArgs) -> Result<ExitCode, Problem> {
    let options = Options::new(&args.data);
    let mut progress = Progress::new("replay");
    let found = journal::verify(&options, args.verify, &mut |done, all| progress.show(done, all))?;
    progress.end();
    if let Some(head) = &args.head
        && found.head != *head
    {
        return Err(Problem::new(
            Code::JournalDamaged,
            "--head",
            format!("The journal ends in {}, not in {head}.", found.head),
            "Either entries were written since the head was noted, or the journal was changed.",
        ));
    }
    let answer = match args.format {
        TextFormat::Json => to_canonical_bytes(&found)?,
        TextFormat::Text => replay_text(&found, args.verify).into_bytes(),
    };
    print(&answer)?;
    Ok(if found.valid { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn replay_text(found: &Verified, verified: bool) -> String {
    use std::fmt::Write as _;
    let mut text = format!("journal {}\nentries {}\nhead {}\n", found.journal, found.seq, found.head);
    for (kind, count) in &found.entries {
        let _ = writeln!(text, "  {kind} {count}");
    }
    if verified {
        let same = found.rebuilt - found.mismatches_count;
        let _ = writeln!(text, "records computed again: {}, the same: {same}", found.rebuilt);
    }
    for wrong in &found.mismatches {
        let _ = writeln!(
            text,
            "entry {}: recorded {} by version {}, rebuilt {}",
            wrong.entry, wrong.recorded, wrong.program, wrong.rebuilt
        );
    }
    text
}

/// `allocator backup`.
pub(crate) fn backup(args: &BackupArgs) -> Result<ExitCode, Problem> {
    let copied = journal::backup(&Options::new(&args.data), &args.out)?;
    print(&to_canonical_bytes(&copied)?)?;
    Ok(ExitCode::SUCCESS)
}

/// `allocator restore`.
pub(crate) fn restore(args: &RestoreArgs) -> Result<ExitCode, Problem> {
    let copied = journal::restore(&args.from, &Options::new(&args.data))?;
    print(&to_canonical_bytes(&copied)?)?;
    Ok(ExitCode::SUCCESS)
}

/// What is printed of a new token.
#[derive(Serialize)]
struct Made<'a> {
    id: &'a str,
    name: &'a str,
    role: &'a str,
    token: &'a str,
}

/// `allocator token`. A running server of the same data directory hears of it within a second.
pub(crate) fn token(args: &TokenArgs) -> Result<ExitCode, Problem> {
    match &args.command {
        TokenCommand::Add { data, name, role, days } => {
            let role = Role::WORDS.iter().find(|(_, word)| word == role).map_or(Role::Viewer, |(role, _)| *role);
            std::fs::create_dir_all(data).map_err(|error| {
                Problem::new(Code::Io, data.display(), format!("The directory cannot be made: {error}."), "Name another.")
            })?;
            let store = open(data)?;
            let made = auth::make(name, role, *days, store.now_ms())?;
            let event = made.event.clone();
            store.commit_blocking(move |draft| Ok(draft.push(event)))?;
            print(&to_canonical_bytes(&Made { id: &made.id, name, role: role.as_str(), token: &made.secret })?)?;
            Ok(ExitCode::SUCCESS)
        }
        TokenCommand::List { data } => {
            let store = open(data)?;
            print(&to_canonical_bytes(&auth::list(&store.state()))?)?;
            Ok(ExitCode::SUCCESS)
        }
        TokenCommand::Revoke { data, id } => {
            let store = open(data)?;
            let wanted = id.clone();
            let found = store.commit_blocking(move |draft| {
                let known = draft.state.tokens.values().any(|token| token.id == wanted && !token.revoked);
                if known {
                    draft.push(crate::journal::Event::TokenRevoked { id: wanted, actor: "command line".to_owned() });
                }
                Ok(known)
            })?;
            if found {
                return Ok(ExitCode::SUCCESS);
            }
            let _ =
                writeln!(std::io::stderr().lock(), "There is no token {id} that still works; allocator token list shows them.");
            Ok(ExitCode::from(REFUSED))
        }
    }
}

fn open(data: &Path) -> Result<Arc<Store>, Problem> {
    Store::open(&Options::new(data), Arc::new(SystemClock))
}

/// One answer on standard output.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Problem> {
    let mut output = Output::new();
    output.add(None, bytes)?;
    output.commit()
}
