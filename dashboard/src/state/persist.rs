//! What survives a reload: when to save, what to load, and what to say when the browser will not.
//!
//! ```text
//! page changes ──> Keeper::update ──> Act ──> browser::store (IndexedDB, Web Locks)
//!                        ^                            |
//!                        +───────── Event <───────────+
//! ```
//!
//! One tab saves: the one that holds the lock. The browser gives the lock back when a tab ends, however it ends, so that the next
//! one takes over by itself.

use super::file::FileKey;
use super::number;
use super::share::FileNote;
use std::collections::BTreeMap;

/// Most bytes of one file that are kept over a reload. A larger one is named and has to be added again.
pub const FILE_BYTES_MAX: u64 = 256 << 20;
/// How long after a change the state is written, in milliseconds: a drag is one write.
pub const DELAY_MS: u32 = 400;

/// What the browser could not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No more room.
    Full,
    /// Storage is switched off: a private window, a rule of the firm.
    Denied,
    /// What is stored is of a newer version of the page.
    Newer,
    /// Anything else.
    Broken,
}

impl Failure {
    /// The failure behind the name of a browser's exception.
    pub fn of_exception(name: &str) -> Self {
        match name {
            "QuotaExceededError" => Failure::Full,
            "SecurityError" | "InvalidStateError" | "NotAllowedError" | "NotSupportedError" => Failure::Denied,
            "VersionError" => Failure::Newer,
            _ => Failure::Broken,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page has opened; the browser was asked for the lock and for what is stored.
    Opened,
    /// What was stored: the state's text, if any, and the files.
    Loaded(Option<String>, Vec<StoredFile>),
    /// This tab saves from now on.
    Granted,
    /// Another tab saves.
    Elsewhere,
    /// Another tab took saving over.
    Taken,
    /// The user wants this tab to save.
    TakeOver,
    /// The state is another one: its text.
    Changed(String),
    /// A file is in use: its key, name and size.
    Added(FileKey, FileNote),
    /// A file is gone.
    Removed(FileKey),
    /// The delay is over.
    Due,
    /// The state is stored.
    Saved,
    /// Something is deleted.
    Deleted,
    /// A file is stored.
    FileSaved(FileKey),
    /// The browser refused a file.
    FileFailed(FileKey, Failure),
    /// The browser refused.
    Failed(Failure),
    /// The user wants everything stored to be forgotten.
    Erase,
}

/// A file from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its key in the page that stored it.
    pub key: FileKey,
    /// Name and size.
    pub note: FileNote,
}

/// What the browser is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Open the store, read it, ask for the lock.
    Open,
    /// Take the lock from whoever holds it.
    Steal,
    /// Come back after [`DELAY_MS`].
    Wait,
    /// Write the state's text.
    SaveState(String),
    /// Write a file's bytes.
    SaveFile(FileKey, String),
    /// Delete a file.
    DeleteFile(FileKey),
    /// Delete everything.
    Clear,
    /// Give the state to the page.
    Restore(String),
    /// Give the files to the page, in this order.
    RestoreFiles(Vec<StoredFile>),
}

/// Whether and where the page is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Not known yet.
    #[default]
    Opening,
    /// Everything is stored.
    Saved,
    /// A change waits to be written.
    Saving,
    /// Another tab saves.
    Elsewhere,
    /// The browser refused.
    Failed(Failure),
}

/// Keeps the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keeper {
    standing: Standing,
    owner: bool,
    waiting: bool,
    /// The newest state's text, and the last one written.
    newest: Option<String>,
    written: Option<String>,
    in_air: Option<String>,
    /// Files in use, and whether each has been handed to the store.
    files: BTreeMap<FileKey, (FileNote, bool)>,
    /// Files that the browser refused, and why: tried again whenever there may be room.
    refused: BTreeMap<FileKey, Failure>,
    /// Files that an earlier page stored, under its keys: each goes when it has been stored anew.
    stale: BTreeMap<FileKey, String>,
    /// Why the last write of the state failed, until one succeeds.
    lost: Option<Failure>,
    /// Names of files too large to be kept.
    left_out: BTreeMap<FileKey, String>,
}

impl Keeper {
    /// How saving stands.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What an event does, and what is to be done about it.
    pub fn update(&mut self, event: Event) -> Vec<Act> {
        match event {
            Event::Opened => vec![Act::Open],
            Event::Loaded(state, files) => {
                let mut acts = Vec::new();
                self.written.clone_from(&state);
                self.newest.clone_from(&state);
                acts.extend(state.map(Act::Restore));
                self.stale = files.iter().map(|file| (file.key, file.note.name.clone())).collect();
                if !files.is_empty() {
                    acts.push(Act::RestoreFiles(files));
                }
                acts
            }
            Event::Granted => {
                self.owner = true;
                self.standing = Standing::Saved;
                let mut acts = self.due();
                let unsaved: Vec<FileKey> = self.files.iter().filter(|(_, (_, saved))| !saved).map(|(key, _)| *key).collect();
                acts.extend(unsaved.into_iter().flat_map(|key| self.save_file(key)));
                acts
            }
            Event::Elsewhere => {
                // Whoever saves gives those keys to files of its own.
                self.stale.clear();
                self.owner = false;
                self.standing = Standing::Elsewhere;
                Vec::new()
            }
            Event::Taken => {
                self.owner = false;
                self.standing = Standing::Elsewhere;
                // Whoever saves now writes its own files; ours are not in its store.
                for (_, saved) in self.files.values_mut() {
                    *saved = false;
                }
                // Nor is the state: when the lock comes back, all of it is written.
                self.written = None;
                Vec::new()
            }
            Event::TakeOver => {
                // What the other tab stored is its own: this one stores everything anew.
                self.written = None;
                self.stale.clear();
                vec![Act::Steal, Act::Clear]
            }
            Event::Changed(text) => {
                if self.newest.as_ref() == Some(&text) {
                    return Vec::new();
                }
                self.newest = Some(text);
                self.soon()
            }
            Event::Added(key, note) => {
                if note.bytes > FILE_BYTES_MAX {
                    self.left_out.insert(key, note.name);
                    return Vec::new();
                }
                self.files.insert(key, (note, false));
                self.save_file(key)
            }
            Event::Removed(key) => {
                let known = self.files.remove(&key);
                self.refused.remove(&key);
                self.left_out.remove(&key);
                if self.owner && known.is_some() {
                    // Its room may be what another one needs.
                    let mut acts = vec![Act::DeleteFile(key)];
                    acts.extend(self.try_again());
                    acts
                } else {
                    Vec::new()
                }
            }
            Event::Due => {
                self.waiting = false;
                self.due()
            }
            Event::Saved => {
                if let Some(text) = self.in_air.take() {
                    self.written = Some(text);
                    self.lost = None;
                }
                self.stand();
                Vec::new()
            }
            Event::Deleted => {
                self.stand();
                Vec::new()
            }
            Event::FileSaved(key) => {
                self.refused.remove(&key);
                self.stand();
                self.forget_older(key)
            }
            Event::FileFailed(key, failure) => {
                if let Some((_, saved)) = self.files.get_mut(&key) {
                    *saved = false;
                    self.refused.insert(key, failure);
                    self.standing = Standing::Failed(failure);
                }
                Vec::new()
            }
            Event::Failed(failure) => {
                self.in_air = None;
                self.lost = Some(failure);
                self.standing = Standing::Failed(failure);
                Vec::new()
            }
            Event::Erase => {
                self.written = None;
                self.files.clear();
                self.refused.clear();
                self.left_out.clear();
                vec![Act::Clear]
            }
        }
    }

    fn soon(&mut self) -> Vec<Act> {
        if !self.owner || self.waiting {
            return Vec::new();
        }
        self.waiting = true;
        // A failure stays said until what failed succeeds.
        if !matches!(self.standing, Standing::Failed(_)) {
            self.standing = Standing::Saving;
        }
        vec![Act::Wait]
    }

    fn due(&mut self) -> Vec<Act> {
        if !self.owner || self.newest == self.written {
            // What was changed is as it was before: there is nothing to write, and nothing that is not written.
            self.stand();
            return Vec::new();
        }
        match self.newest.clone() {
            None => Vec::new(),
            Some(text) => {
                self.in_air = Some(text.clone());
                let mut acts = vec![Act::SaveState(text)];
                acts.extend(self.try_again());
                acts
            }
        }
    }

    /// After a write: what it leaves to be done.
    fn stand(&mut self) {
        if !self.owner {
            return;
        }
        self.standing = match self.refused.values().next().or(self.lost.as_ref()) {
            Some(failure) => Standing::Failed(*failure),
            None if self.written == self.newest || self.newest.is_none() => Standing::Saved,
            None => Standing::Saving,
        };
    }

    /// Stores what was refused before.
    fn try_again(&mut self) -> Vec<Act> {
        let refused: Vec<FileKey> = self.refused.keys().copied().collect();
        refused.into_iter().flat_map(|key| self.save_file(key)).collect()
    }

    /// Stores a file.
    fn save_file(&mut self, key: FileKey) -> Vec<Act> {
        let Some((note, saved)) = self.files.get_mut(&key).filter(|_| self.owner) else {
            return Vec::new();
        };
        *saved = true;
        vec![Act::SaveFile(key, note.name.clone())]
    }

    /// Forgets what an earlier page stored under the name of a file, now that the file is stored: never before.
    fn forget_older(&mut self, key: FileKey) -> Vec<Act> {
        let Some(name) = self.files.get(&key).map(|(note, _)| note.name.clone()) else {
            return Vec::new();
        };
        let mut acts = Vec::new();
        self.stale.remove(&key);
        let old: Vec<FileKey> = self.stale.iter().filter(|(_, known)| **known == name).map(|(key, _)| *key).collect();
        for old in old {
            self.stale.remove(&old);
            if !self.files.contains_key(&old) {
                acts.push(Act::DeleteFile(old));
            }
        }
        acts
    }

    /// A word for the foot of the page.
    pub fn word(&self) -> &'static str {
        match self.standing {
            Standing::Opening => "Not saved yet",
            Standing::Saved => "Saved in this browser",
            Standing::Saving => "Saving …",
            Standing::Elsewhere => "Saved by another tab",
            Standing::Failed(_) => "Not saved",
        }
    }

    /// What to tell the user, title and detail; `None` while all is well.
    pub fn notice(&self) -> Option<(&'static str, String)> {
        const FILE: &str = "Save the state to a file to keep it.";
        Some(match self.standing {
            Standing::Elsewhere => (
                "This page is open in another tab",
                format!(
                    "That tab saves; changes made here are lost on reload. Save here instead, or close the other tab. {FILE}"
                ),
            ),
            Standing::Failed(Failure::Full) => {
                ("Storage is full", format!("The browser has no room for this page's data. Remove a file, or free space. {FILE}"))
            }
            Standing::Failed(Failure::Denied) => (
                "This browser does not store anything",
                format!("A private window or a rule of the browser forbids it. Everything works, and is gone on reload. {FILE}"),
            ),
            Standing::Failed(Failure::Newer) => (
                "Another version of this page has saved here",
                format!(
                    "A newer version wrote what is stored; this one leaves it untouched. Reload to get the newer one. {FILE}"
                ),
            ),
            Standing::Failed(Failure::Broken) => {
                ("The state could not be saved", format!("The browser's storage failed. The page goes on. {FILE}"))
            }
            Standing::Opening | Standing::Saved | Standing::Saving if !self.left_out.is_empty() => (
                "A file is too large to be kept",
                format!(
                    "{} will not survive a reload: at most {} MB of one file are stored. Add it again then.",
                    self.left_out.values().cloned().collect::<Vec<_>>().join(", "),
                    number::count(FILE_BYTES_MAX >> 20),
                ),
            ),
            Standing::Opening | Standing::Saved | Standing::Saving => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(name: &str) -> FileNote {
        FileNote { name: name.into(), bytes: 10 }
    }

    fn owner() -> Keeper {
        let mut keeper = Keeper::default();
        assert_eq!(keeper.update(Event::Opened), [Act::Open]);
        assert_eq!(keeper.update(Event::Loaded(None, Vec::new())), []);
        assert_eq!(keeper.update(Event::Granted), []);
        keeper
    }

    fn changed(text: &str) -> Event {
        Event::Changed(text.into())
    }

    #[test]
    fn a_drag_is_one_write_of_the_newest() {
        let mut keeper = owner();
        assert_eq!(keeper.update(changed("a")), [Act::Wait]);
        assert_eq!(keeper.update(changed("b")), []);
        assert_eq!(keeper.update(changed("b")), []);
        assert_eq!(keeper.standing(), Standing::Saving);
        assert_eq!(keeper.update(Event::Due), [Act::SaveState("b".into())]);
        assert_eq!(keeper.update(Event::Saved), []);
        assert_eq!(keeper.standing(), Standing::Saved);
        assert_eq!(keeper.update(Event::Due), [], "nothing new to write");
    }

    #[test]
    fn a_change_while_a_write_is_under_way_is_written_after_it() {
        let mut keeper = owner();
        keeper.update(changed("a"));
        keeper.update(Event::Due);
        assert_eq!(keeper.update(changed("b")), [Act::Wait]);
        keeper.update(Event::Saved);
        assert_eq!(keeper.standing(), Standing::Saving);
        assert_eq!(keeper.update(Event::Due), [Act::SaveState("b".into())]);
    }

    #[test]
    fn a_change_that_is_taken_back_before_it_was_written_is_saved() {
        let mut keeper = owner();
        keeper.update(Event::Changed("a".into()));
        keeper.update(Event::Due);
        keeper.update(Event::Saved);
        assert_eq!(keeper.update(Event::Changed("b".into())), [Act::Wait]);
        assert_eq!((keeper.update(Event::Changed("a".into())), keeper.standing()), (vec![], Standing::Saving));
        assert_eq!((keeper.update(Event::Due), keeper.standing()), (vec![], Standing::Saved));
    }

    #[test]
    fn what_was_stored_comes_back_and_is_not_written_again() {
        let mut keeper = Keeper::default();
        let files = vec![StoredFile { key: 3, note: note("signals.csv") }];
        assert_eq!(
            keeper.update(Event::Loaded(Some("s".into()), files.clone())),
            [Act::Restore("s".into()), Act::RestoreFiles(files)]
        );
        keeper.update(changed("s"));
        assert_eq!(keeper.update(Event::Granted), []);
    }

    #[test]
    fn files_of_the_page_before_are_stored_anew_and_never_twice() {
        let mut keeper = Keeper::default();
        let stored = |key, name: &str| StoredFile { key, note: note(name) };
        keeper.update(Event::Loaded(None, vec![stored(2, "b.csv"), stored(3, "c.csv"), stored(4, "refused.csv")]));
        keeper.update(Event::Granted);
        assert_eq!(keeper.update(Event::Added(1, note("b.csv"))), [Act::SaveFile(1, "b.csv".into())]);
        assert_eq!(keeper.update(Event::FileSaved(1)), [Act::DeleteFile(2)]);
        assert_eq!(keeper.update(Event::Added(2, note("c.csv"))), [Act::SaveFile(2, "c.csv".into())]);
        assert_eq!(keeper.update(Event::FileSaved(2)), [Act::DeleteFile(3)]);
        assert_eq!(keeper.stale.len(), 1, "what was not read again stays stored");
        // In the other order, the key of one is taken by the other before it is free.
        let mut keeper = Keeper::default();
        keeper.update(Event::Loaded(None, vec![stored(2, "b.csv"), stored(3, "c.csv")]));
        keeper.update(Event::Granted);
        assert_eq!(keeper.update(Event::Added(2, note("c.csv"))), [Act::SaveFile(2, "c.csv".into())]);
        assert_eq!(keeper.update(Event::FileSaved(2)), [Act::DeleteFile(3)]);
        assert_eq!(keeper.update(Event::Added(1, note("b.csv"))), [Act::SaveFile(1, "b.csv".into())]);
        assert_eq!(keeper.update(Event::FileSaved(1)), []);
    }

    #[test]
    fn a_file_without_room_stays_said_and_its_older_copy_stays_stored_until_it_has_some() {
        let mut keeper = Keeper::default();
        keeper.update(Event::Loaded(None, vec![StoredFile { key: 7, note: note("a.csv") }]));
        keeper.update(Event::Granted);
        assert_eq!(keeper.update(Event::Added(1, note("a.csv"))), [Act::SaveFile(1, "a.csv".into())]);
        assert_eq!(keeper.update(Event::FileFailed(1, Failure::Full)), []);
        assert_eq!(keeper.stale.len(), 1, "the only stored copy");
        keeper.update(changed("x"));
        // Another write works: the file is tried again with it, and all is not well before it is stored.
        assert_eq!(keeper.update(Event::Due), [Act::SaveState("x".into()), Act::SaveFile(1, "a.csv".into())]);
        keeper.update(Event::Saved);
        assert_eq!(keeper.notice().unwrap().0, "Storage is full");
        keeper.update(Event::FileFailed(1, Failure::Full));
        keeper.update(Event::Added(2, note("b.csv")));
        keeper.update(Event::FileSaved(2));
        assert_eq!(keeper.word(), "Not saved");
        // Room is made.
        assert_eq!(keeper.update(Event::Removed(2)), [Act::DeleteFile(2), Act::SaveFile(1, "a.csv".into())]);
        assert_eq!(keeper.update(Event::FileSaved(1)), [Act::DeleteFile(7)]);
        assert_eq!((keeper.word(), keeper.notice()), ("Saved in this browser", None));
    }

    #[test]
    fn the_second_tab_says_so_and_takes_over_when_the_first_is_closed() {
        let mut keeper = Keeper::default();
        keeper.update(Event::Elsewhere);
        assert_eq!(keeper.update(changed("a")), []);
        assert_eq!(keeper.update(Event::Added(1, note("a.csv"))), []);
        assert!(keeper.notice().unwrap().1.contains("lost on reload"));
        assert_eq!(keeper.update(Event::Granted), [Act::SaveState("a".into()), Act::SaveFile(1, "a.csv".into())]);
        assert_eq!(keeper.notice(), None);
    }

    #[test]
    fn a_tab_that_takes_over_stores_everything_also_what_never_changed() {
        let mut keeper = Keeper::default();
        keeper.update(Event::Loaded(Some("s".into()), vec![StoredFile { key: 1, note: note("a.csv") }]));
        keeper.update(Event::Elsewhere);
        keeper.update(Event::Added(1, note("a.csv")));
        assert_eq!(keeper.update(Event::TakeOver), [Act::Steal, Act::Clear]);
        assert_eq!(keeper.update(Event::Granted), [Act::SaveState("s".into()), Act::SaveFile(1, "a.csv".into())]);
    }

    #[test]
    fn a_tab_that_lost_the_lock_writes_nothing_more() {
        let mut keeper = owner();
        keeper.update(Event::Added(1, note("a.csv")));
        keeper.update(Event::Taken);
        assert_eq!(keeper.update(changed("x")), []);
        assert_eq!(keeper.update(Event::Removed(1)), []);
        assert_eq!(keeper.update(Event::TakeOver), [Act::Steal, Act::Clear]);
    }

    #[test]
    fn a_tab_that_gets_the_lock_back_stores_everything_again() {
        let mut keeper = owner();
        keeper.update(changed("a"));
        keeper.update(Event::Due);
        keeper.update(Event::Saved);
        keeper.update(Event::Added(1, note("a.csv")));
        keeper.update(Event::FileSaved(1));
        keeper.update(Event::Taken);
        // The other tab has put its own in the store meanwhile.
        assert_eq!(keeper.update(Event::Granted), [Act::SaveState("a".into()), Act::SaveFile(1, "a.csv".into())]);
    }

    #[test]
    fn full_storage_is_said_and_the_page_goes_on_until_there_is_room() {
        let mut keeper = owner();
        keeper.update(changed("a"));
        keeper.update(Event::Due);
        keeper.update(Event::Failed(Failure::Full));
        assert_eq!(keeper.notice().unwrap().0, "Storage is full");
        assert_eq!(keeper.update(changed("b")), [Act::Wait], "it is tried again with the next change");
        assert!(keeper.notice().is_some(), "and stays said until it works");
        assert_eq!(keeper.update(Event::Due), [Act::SaveState("b".into())]);
        keeper.update(Event::Saved);
        assert_eq!(keeper.notice(), None);
    }

    #[test]
    fn a_file_too_large_is_named() {
        let mut keeper = owner();
        let huge = FileNote { name: "huge.parquet".into(), bytes: FILE_BYTES_MAX + 1 };
        assert_eq!(keeper.update(Event::Added(1, huge)), []);
        assert!(keeper.notice().unwrap().1.contains("huge.parquet"));
        keeper.update(Event::Removed(1));
        assert_eq!(keeper.notice(), None, "it is gone");
    }

    #[test]
    fn a_state_that_was_not_written_stays_said_whatever_else_is_written() {
        let mut keeper = owner();
        keeper.update(changed("a"));
        keeper.update(Event::Due);
        keeper.update(Event::Added(1, note("a.csv")));
        // A deletion that ends meanwhile is no write of the state.
        keeper.update(Event::Deleted);
        assert_eq!(keeper.word(), "Saving …");
        keeper.update(Event::Failed(Failure::Full));
        keeper.update(Event::FileSaved(1));
        assert_eq!(keeper.notice().unwrap().0, "Storage is full");
        keeper.update(changed("b"));
        assert_eq!(keeper.update(Event::Due), [Act::SaveState("b".into())]);
        keeper.update(Event::Saved);
        assert_eq!((keeper.word(), keeper.notice()), ("Saved in this browser", None));
    }

    #[test]
    fn a_second_tab_deletes_no_file_of_the_first() {
        let mut keeper = Keeper::default();
        keeper.update(Event::Loaded(None, vec![StoredFile { key: 7, note: note("a.csv") }]));
        keeper.update(Event::Elsewhere);
        keeper.update(Event::Added(1, note("a.csv")));
        assert_eq!(keeper.update(Event::Granted), [Act::SaveFile(1, "a.csv".into())]);
        // The first tab may have stored another file under 7 by now.
        assert_eq!(keeper.update(Event::FileSaved(1)), []);
    }

    #[test]
    fn exceptions_have_their_meaning() {
        let names = ["QuotaExceededError", "SecurityError", "VersionError", "DataError"];
        let meanings = names.map(Failure::of_exception);
        assert_eq!(meanings, [Failure::Full, Failure::Denied, Failure::Newer, Failure::Broken]);
    }
}
