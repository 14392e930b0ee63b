//! What is refused and what is lost: answers that are none, workers that end.

use super::{Command, Engine, LOST_IN_A_ROW_MAX, MessageId, Model, Purpose, Sample, Severity};
use crate::state::file::{FileKey, Progress};
use crate::state::flight::Landing;
use crate::state::number;
use crate::state::problem::Problem;
use crate::state::question::Slot;

impl Model {
    pub(super) fn refused(&mut self, id: MessageId, problem: Problem) -> Vec<Command> {
        match self.pending.remove(&id) {
            Some(purpose) => self.refused_as(purpose, problem),
            None => Vec::new(),
        }
    }

    pub(super) fn refused_as(&mut self, purpose: Purpose, problem: Problem) -> Vec<Command> {
        match purpose {
            Purpose::Add(key) => {
                if let Some(file) = self.files.iter().find(|file| file.key == key) {
                    self.announcement = not_used(&file.name, &problem);
                }
                self.set_progress(key, Progress::Refused(problem));
                Vec::new()
            }
            Purpose::Sample => {
                self.sample = Sample::Failed(problem);
                Vec::new()
            }
            Purpose::Housekeeping => Vec::new(),
            Purpose::Ask(slot, number) => self.landed(slot, number, Err(problem), 0.0),
            // The allocation is what it was: only the file is missing.
            Purpose::File(_) | Purpose::HandIn => {
                let why = problem.faults.first().map(|fault| format!("{} {}", fault.message, fault.hint)).unwrap_or_default();
                let title =
                    if purpose == Purpose::HandIn { "The request could not be written" } else { "The file was not written" };
                self.notice(Severity::Warning, title, why);
                Vec::new()
            }
            Purpose::Blend(number) => {
                let landing = self.flight.land(number);
                if landing == Landing::Drop {
                    return Vec::new();
                }
                self.lost_in_a_row = 0;
                if let Some(fault) = problem.faults.first() {
                    self.announcement = format!("Not allocated: {} {}", fault.message, fault.hint);
                }
                self.refusal = Some(problem);
                if landing == Landing::ShowAndAsk { self.ask() } else { Vec::new() }
            }
        }
    }

    pub(super) fn lost(&mut self, id: Option<MessageId>, message: &str) -> Vec<Command> {
        self.lost_in_a_row += 1;
        let culprit = id.and_then(|id| self.pending.get(&id).copied());
        let mut again = true;
        match culprit {
            // Reading it once more would end the next worker too.
            Some(Purpose::Add(key)) => {
                let problem = Problem::saying(format!(
                    "Reading this file ended the engine ({message}). It is left out. This is a defect: please report it with the file."
                ));
                self.set_progress(key, Progress::Refused(problem));
            }
            Some(Purpose::Blend(_)) => {
                again = false;
                self.refusal = Some(Problem::saying(format!(
                    "Computing with these settings ended the engine ({message}). The former result stays. Change a setting to go on. \
                     This is a defect: please report it."
                )));
            }
            Some(Purpose::Ask(slot, number)) => {
                if let Some(known) = self.slots.get_mut(slot) {
                    let problem = Problem::saying(format!(
                        "This question ended the engine ({message}). This is a defect: please report it."
                    ));
                    // Nothing follows: the new worker must not be ended by the same question.
                    known.answered(number, Err(problem), 0.0);
                }
            }
            Some(Purpose::Sample | Purpose::File(_) | Purpose::HandIn | Purpose::Housekeeping) | None => {}
        }
        if self.lost_in_a_row > LOST_IN_A_ROW_MAX {
            self.engine = Engine::Gone;
            self.pending.clear();
            self.lose_flights();
            self.notice(
                Severity::Warning,
                "The engine cannot be started",
                format!("It ended {LOST_IN_A_ROW_MAX} times in a row ({message}). Reload the page; the result shown is the last good one."),
            );
            return Vec::new();
        }
        self.notice(
            Severity::Warning,
            "The engine was restarted",
            format!("It ended unexpectedly ({message}). A new one has taken over with the same data; nothing was lost."),
        );
        self.restart(again)
    }

    /// The helper is gone; the engine and its data are untouched. Its questions are asked again, but for the one that ended it.
    pub(super) fn helper_lost(&mut self, id: Option<MessageId>, message: &str, open: &[MessageId]) -> Vec<Command> {
        self.restarts += 1;
        let mut commands = Vec::new();
        // Without a culprit, one attempt more is made: the browser may have killed it for want of memory.
        for id in open.iter().filter(|open| Some(**open) != id) {
            if let Some(Purpose::Ask(slot, _)) = self.pending.remove(id)
                && let Some(known) = self.slots.get_mut(slot)
                && known.is_busy()
            {
                known.lose();
                let again = known.again();
                commands.extend(self.send(slot, again));
            }
        }
        if let Some(Purpose::Ask(slot, number)) = id.and_then(|id| self.pending.remove(&id))
            && let Some(known) = self.slots.get_mut(slot)
        {
            let problem =
                Problem::saying(format!("This question ended its worker ({message}). This is a defect: please report it."));
            known.answered(number, Err(problem), 0.0);
        }
        self.lost_in_a_row += 1;
        if self.lost_in_a_row > LOST_IN_A_ROW_MAX {
            commands.clear();
            for slot in self.slots.values_mut() {
                slot.lose();
            }
        }
        self.notice(
            Severity::Warning,
            "A worker was replaced",
            format!("It ended unexpectedly ({message}). The weights are untouched; what it was asked is asked again."),
        );
        commands
    }

    /// Starts a worker and gives it everything that the former one had.
    pub(super) fn restart(&mut self, ask: bool) -> Vec<Command> {
        self.restarts += 1;
        self.engine = Engine::Starting;
        self.pending.clear();
        self.meters.clear();
        let unanswered = self.lose_flights();
        let mut commands = vec![Command::Start];
        if self.sample != Sample::Off {
            self.read_sample(&mut commands);
        }
        let keys: Vec<FileKey> =
            self.files.iter().filter(|file| file.is_used() || file.progress == Progress::Reading).map(|file| file.key).collect();
        for key in keys {
            commands.push(self.add(key));
        }
        if ask && self.sample == Sample::Off && self.has_own_data() {
            commands.extend(self.ask());
        }
        for slot in unanswered {
            let number = self.slots.get_mut(slot).and_then(Slot::again);
            commands.extend(self.send(slot, number));
        }
        commands
    }

    /// Nothing in the air will land. Answers the slots whose questions are still open.
    pub(super) fn lose_flights(&mut self) -> Vec<&'static str> {
        self.flight.lose();
        self.held.clear();
        let open = self.slots.iter().filter(|(_, slot)| slot.is_busy()).map(|(name, _)| *name).collect();
        for slot in self.slots.values_mut() {
            slot.lose();
        }
        open
    }
}

pub(super) fn not_used(name: &str, problem: &Problem) -> String {
    let first = problem.faults.first().map_or_else(String::new, |fault| format!(" {} {}", fault.message, fault.hint));
    format!("{name} is not used: {}.{first}", number::counted(problem.count(), "problem", "problems"))
}
