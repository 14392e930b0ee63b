//! Files: given, told about, read, removed; and the sample that stands in for them.

use super::losses::not_used;
use super::{Command, Model, Purpose, Sample, Severity};
use crate::state::file::{FileEntry, FileKey, Progress, Report, Use};
use crate::state::mend::Said;
use crate::state::problem::Problem;
use crate::state::stream::NAME as STREAM;

impl Model {
    /// Whether a file of this name is here, or was before the page was loaded again and is on its way.
    pub fn knows(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name) || self.said_before.contains_key(name)
    }

    /// The key that the next file will have.
    pub fn next_key(&self) -> FileKey {
        self.last_key + 1
    }

    /// Whether any of the user's files is in use.
    pub fn has_own_data(&self) -> bool {
        self.files.iter().any(FileEntry::is_used)
    }

    /// Whether data of a kind are in use, the user's or the sample's.
    pub fn has(&self, what: Use) -> bool {
        let own = self.files.iter().any(|file| file.is_used() && file.report().is_some_and(|report| report.used_as == what));
        own || (!self.has_own_data()
            && matches!(self.sample, Sample::On(_))
            && matches!(what, Use::Signals | Use::Returns | Use::Prices))
    }

    /// Files that are not in use because of a problem.
    pub fn refused_files(&self) -> impl Iterator<Item = (&FileEntry, &Problem)> {
        self.files.iter().filter_map(|file| Some((file, file.problem()?)))
    }

    pub(super) fn read_sample(&mut self, commands: &mut Vec<Command>) {
        self.sample = Sample::Reading;
        commands.push(Command::Sample(self.message(Purpose::Sample)));
    }

    pub(super) fn drop_sample(&mut self, commands: &mut Vec<Command>) {
        if self.sample != Sample::Off {
            self.sample = Sample::Off;
            commands.push(Command::NoSample(self.message(Purpose::Housekeeping)));
        }
    }

    pub(super) fn reading(&self) -> impl Iterator<Item = FileKey> {
        self.files.iter().filter(|file| file.progress == Progress::Reading).map(|file| file.key)
    }

    pub(super) fn set_progress(&mut self, key: FileKey, progress: Progress) {
        self.meters.remove(&key);
        if let Some(file) = self.files.iter_mut().find(|file| file.key == key) {
            file.progress = progress;
        }
    }

    pub(super) fn given(&mut self, files: Vec<(String, u64)>) -> Vec<Command> {
        let mut commands = Vec::new();
        for (name, bytes) in files {
            // The same name again is the newer version of the file.
            let former: Vec<FileKey> = self.files.iter().filter(|file| file.name == name).map(|file| file.key).collect();
            // The next batch of a stream is read as the one before, and draws no eye away from what is looked at.
            let streams = name == STREAM;
            let said_of_stream = self.files.iter().find(|file| streams && file.name == name).map(|file| file.said.clone());
            let was_looked_at = self.looked_at.is_some_and(|key| former.contains(&key));
            if !former.is_empty() && !streams {
                let detail = format!("A file {name} was here. What it gave is replaced by the one that came now.");
                self.notice(Severity::Note, "A file of the same name", detail);
            }
            for key in former {
                self.forget(key, &mut commands);
            }
            self.last_key += 1;
            let key = self.last_key;
            let said = said_of_stream.or_else(|| self.said_before.remove(&name)).unwrap_or_default();
            self.files.push(FileEntry { key, name, bytes, progress: Progress::Reading, said });
            commands.push(self.add(key));
            if !streams || was_looked_at || self.looked_at.is_none() {
                self.looked_at = Some(key);
            }
        }
        commands
    }

    /// Has a file read, as the user says.
    pub(super) fn add(&mut self, key: FileKey) -> Command {
        let said = self.files.iter().find(|file| file.key == key).map(|file| file.said.text()).unwrap_or_default();
        Command::Add(self.message(Purpose::Add(key)), key, said)
    }

    /// The user says something about a file. Until it is read anew, its former report stays.
    pub(super) fn told(&mut self, key: FileKey, said: Said) -> Vec<Command> {
        match self.files.iter_mut().find(|file| file.key == key) {
            Some(file) if file.said != said => file.said = said,
            _ => return Vec::new(),
        }
        vec![self.add(key)]
    }

    pub(super) fn forget(&mut self, key: FileKey, commands: &mut Vec<Command>) {
        self.files.retain(|file| file.key != key);
        commands.push(Command::Remove(self.message(Purpose::Housekeeping), key));
        commands.push(Command::Forget(key));
    }

    pub(super) fn removed(&mut self, key: FileKey) -> Vec<Command> {
        let Some(at) = self.files.iter().position(|file| file.key == key) else {
            return Vec::new();
        };
        let mut commands = vec![Command::Remove(self.message(Purpose::Housekeeping), key)];
        let file = self.files.remove(at);
        let was_used = file.is_used();
        self.announcement = format!("{} is removed.", file.name);
        if let Some(former) = self.removed.replace(file) {
            commands.push(Command::Forget(former.key));
        }
        if self.looked_at == Some(key) {
            self.looked_at = self.files.last().map(|file| file.key);
        }
        if was_used && !self.has_own_data() {
            self.read_sample(&mut commands);
        } else if was_used {
            commands.extend(self.changed_data());
        }
        commands
    }

    /// Reads the file that was taken away last once more, as it was said to be read; a newer one of its name stays.
    pub(super) fn wanted_back(&mut self) -> Vec<Command> {
        let Some(file) = self.removed.take() else {
            return Vec::new();
        };
        let key = file.key;
        if self.files.iter().any(|known| known.name == file.name) {
            return vec![Command::Forget(key)];
        }
        self.files.push(FileEntry { progress: Progress::Reading, ..file });
        self.looked_at = Some(key);
        vec![self.add(key)]
    }

    pub(super) fn sample_wanted(&mut self, wanted: bool) -> Vec<Command> {
        let mut commands = Vec::new();
        if wanted {
            let keys: Vec<FileKey> = self.files.iter().map(|file| file.key).collect();
            for key in keys {
                self.forget(key, &mut commands);
            }
            self.looked_at = None;
            self.read_sample(&mut commands);
        } else {
            self.drop_sample(&mut commands);
        }
        commands
    }

    /// A file has been read.
    pub(super) fn read(&mut self, key: FileKey, report: Report) -> Vec<Command> {
        self.lost_in_a_row = 0;
        let Some(name) = self.files.iter().find(|file| file.key == key).map(|file| file.name.clone()) else {
            return Vec::new();
        };
        if let Some(problem) = &report.problem {
            self.announcement = not_used(&name, problem);
        }
        let was_used = self.files.iter().any(|file| file.key == key && file.is_used());
        self.set_progress(key, Progress::Read(report));
        let used = self.files.iter().any(|file| file.key == key && file.is_used());
        if !used {
            // Read anew and no longer of use: what it gave is gone.
            let mut commands = Vec::new();
            if was_used && self.has_own_data() {
                commands = self.changed_data();
            } else if was_used {
                self.read_sample(&mut commands);
            }
            return commands;
        }
        let mut commands = Vec::new();
        self.drop_sample(&mut commands);
        commands.extend(self.changed_data());
        commands
    }

    /// Other data are in use.
    pub(super) fn changed_data(&mut self) -> Vec<Command> {
        self.data += 1;
        self.is_changing = false;
        self.keep_before();
        self.ask()
    }
}
