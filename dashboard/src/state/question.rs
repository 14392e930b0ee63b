//! What a view asks the engine beside the blend: any operation, with the loaded data filled in by the worker.
//!
//! Every view has a slot of its own. Of the questions in a slot only the newest counts; the former answer stays until a better one.

use super::flight::{Flight, Landing};
use super::problem::Problem;
use super::same::Same;
use allocator_core::wire::{Json, parse};

/// A request without its data, and which data it wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The operation's name.
    pub operation: &'static str,
    /// The request as a JSON object, without the fields named in `uses`.
    pub request: String,
    /// Fields that the worker fills with what is loaded: `signals`, `returns`.
    pub uses: &'static [&'static str],
}

/// What a question that was given up has for an answer.
const STOPPED: &str = "Stopped. Run it again, or change a setting.";

/// A slot: the newest question and the last answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slot {
    /// The question asked last.
    pub question: Question,
    /// The last answer; it stays while the next is awaited.
    pub answer: Option<Same<Json>>,
    /// Why the newest question has none.
    pub problem: Option<Problem>,
    /// How long the last answer took, in milliseconds.
    pub milliseconds: f64,
    flight: Flight,
}

impl Slot {
    /// Takes a question and gives the number under which it is sent, if it is to be sent now.
    pub fn ask(&mut self, question: Question) -> Option<u64> {
        self.question = question;
        self.flight.ask()
    }

    /// Asks the newest question again.
    pub fn again(&mut self) -> Option<u64> {
        self.flight.ask()
    }

    /// Takes an answer; true if the newest question must be sent after it.
    pub fn answered(&mut self, number: u64, answer: Result<&str, Problem>, milliseconds: f64) -> bool {
        let landing = self.flight.land(number);
        if landing == Landing::Drop {
            return false;
        }
        let parsed =
            answer.and_then(|text| parse(text.as_bytes()).map_err(|_| Problem::saying("The engine's answer could not be read.")));
        match parsed {
            Ok(json) => {
                self.answer = Some(Same::new(json));
                self.problem = None;
                self.milliseconds = milliseconds;
            }
            Err(problem) => self.problem = Some(problem),
        }
        landing == Landing::ShowAndAsk
    }

    /// The worker died: nothing in the air will land.
    pub fn lose(&mut self) {
        self.flight.lose();
    }

    /// The user does not want to wait: the question is given up, and says so in the place of an answer.
    pub fn give_up(&mut self) {
        if self.flight.is_busy() {
            self.flight.lose();
            self.problem = Some(Problem::saying(STOPPED));
        }
    }

    /// Whether the newest question was given up, and not yet asked again.
    pub fn is_given_up(&self) -> bool {
        let said = self.problem.as_ref().and_then(|problem| problem.faults.first());
        !self.flight.is_busy() && said.is_some_and(|fault| fault.message == STOPPED)
    }

    /// Whether an answer is awaited.
    pub fn is_busy(&self) -> bool {
        self.flight.is_busy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(request: &str) -> Question {
        Question { operation: "correlation", request: request.into(), uses: &["returns"] }
    }

    #[test]
    fn what_is_given_up_says_so_and_can_be_asked_again() {
        let mut slot = Slot::default();
        slot.give_up();
        assert!(!slot.is_given_up(), "nothing was asked");
        slot.ask(question("{}"));
        slot.give_up();
        assert!(slot.is_given_up() && !slot.is_busy());
        assert!(!slot.answered(1, Ok("{}"), 1.0), "the answer of the work that was stopped is dropped");
        assert_eq!(slot.again(), Some(2));
        assert!(!slot.is_given_up());
        slot.answered(2, Ok("{}"), 1.0);
        assert!(slot.problem.is_none());
    }

    #[test]
    fn the_newest_question_counts_and_the_former_answer_stays() {
        let mut slot = Slot::default();
        assert_eq!(slot.ask(question("{}")), Some(1));
        assert_eq!(slot.ask(question(r#"{"a":1}"#)), None, "one is in the air");
        assert!(slot.answered(1, Ok("{\"x\":1}"), 2.0), "the newest must follow");
        assert_eq!(slot.again(), Some(2));
        assert!(!slot.answered(2, Err(Problem::saying("no")), 1.0));
        assert!(slot.problem.is_some() && slot.answer.is_some());
        assert!(!slot.answered(2, Ok("{}"), 1.0), "an answer that comes twice is dropped");
    }
}
