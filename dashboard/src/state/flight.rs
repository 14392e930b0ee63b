//! Which question is in the air, and which answers come too late.
//!
//! A slider gives sixty questions a second. At most one is with the worker; of those that wait only the newest counts,
//! and an answer to anything but the newest question sent is dropped.

/// The state of one kind of question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flight {
    newest: u64,
    in_air: Option<u64>,
    waiting: bool,
}

/// What to do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// Show it.
    Show,
    /// Show it, and ask again: the inputs changed meanwhile.
    ShowAndAsk,
    /// It belongs to a question that was given up.
    Drop,
}

impl Flight {
    /// The inputs changed. Answers the number of the question to send now, if one may be sent.
    pub fn ask(&mut self) -> Option<u64> {
        if self.in_air.is_some() {
            self.waiting = true;
            return None;
        }
        self.newest += 1;
        self.waiting = false;
        self.in_air = Some(self.newest);
        self.in_air
    }

    /// An answer, or a refusal, came.
    pub fn land(&mut self, number: u64) -> Landing {
        if self.in_air != Some(number) {
            return Landing::Drop;
        }
        self.in_air = None;
        if self.waiting { Landing::ShowAndAsk } else { Landing::Show }
    }

    /// The worker died or was stopped: nothing in the air will land.
    pub fn lose(&mut self) {
        self.in_air = None;
        self.waiting = false;
    }

    /// Whether an answer is awaited.
    pub fn is_busy(&self) -> bool {
        self.in_air.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_while_one_is_in_the_air_become_one_question() {
        let mut flight = Flight::default();
        assert_eq!(flight.ask(), Some(1));
        assert_eq!((flight.ask(), flight.ask()), (None, None));
        assert_eq!(flight.land(1), Landing::ShowAndAsk);
        assert_eq!(flight.ask(), Some(2));
        assert_eq!(flight.land(2), Landing::Show);
        assert!(!flight.is_busy());
    }

    #[test]
    fn an_answer_of_a_dead_worker_is_dropped() {
        let mut flight = Flight::default();
        flight.ask();
        flight.lose();
        assert_eq!(flight.land(1), Landing::Drop);
        assert_eq!(flight.ask(), Some(2));
        assert_eq!(flight.land(1), Landing::Drop);
        assert_eq!(flight.land(2), Landing::Show);
    }
}
