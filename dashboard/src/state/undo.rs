//! Undo and redo of one value, step by step.
//!
//! A slider gives sixty values a second, and nobody wants to undo sixty times: changes of the same thing in a row are one step until
//! the hand is lifted ([`History::settle`]) or something else changes.

/// Most steps kept; the oldest is forgotten first.
pub const STEPS_MAX: usize = 200;

/// One step back or forth: the value there, and what the change between was.
#[derive(Clone, Debug, PartialEq)]
struct Step<T> {
    value: T,
    what: String,
}

/// A value with its past and what was undone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History<T> {
    now: T,
    /// Oldest first; `what` is the change that left the value.
    past: Vec<Step<T>>,
    /// The next to be redone is last; `what` is the change that leads to the value.
    future: Vec<Step<T>>,
    /// Whether the last step still takes changes of its kind in.
    open: bool,
}

impl<T: Clone + PartialEq> History<T> {
    /// A value without a past.
    pub fn new(now: T) -> Self {
        History { now, past: Vec::new(), future: Vec::new(), open: false }
    }

    /// The value.
    pub fn now(&self) -> &T {
        &self.now
    }

    /// A change; `what` names it for people: `Strategy cap`. No change is no step.
    pub fn change(&mut self, what: &str, value: T) {
        if value == self.now {
            return;
        }
        let former = std::mem::replace(&mut self.now, value);
        self.future.clear();
        if self.open && self.past.last().is_some_and(|step| step.what == what) {
            // Back where the gesture began: it has changed nothing.
            if self.past.last().is_some_and(|step| step.value == self.now) {
                self.past.pop();
                self.open = false;
            }
            return;
        }
        self.past.push(Step { value: former, what: what.to_owned() });
        if self.past.len() > STEPS_MAX {
            self.past.remove(0);
        }
        self.open = true;
    }

    /// The hand was lifted: the next change is a step of its own.
    pub fn settle(&mut self) {
        self.open = false;
    }

    /// Takes the last change back and tells what it was; `None` if there is none.
    pub fn undo(&mut self) -> Option<String> {
        let step = self.past.pop()?;
        let value = std::mem::replace(&mut self.now, step.value);
        self.future.push(Step { value, what: step.what.clone() });
        self.open = false;
        Some(step.what)
    }

    /// Does again what was undone last and tells what it was.
    pub fn redo(&mut self) -> Option<String> {
        let step = self.future.pop()?;
        let value = std::mem::replace(&mut self.now, step.value);
        self.past.push(Step { value, what: step.what.clone() });
        self.open = false;
        Some(step.what)
    }

    /// What [`History::undo`] would take back.
    pub fn undoable(&self) -> Option<&str> {
        self.past.last().map(|step| step.what.as_str())
    }

    /// What [`History::redo`] would do again.
    pub fn redoable(&self) -> Option<&str> {
        self.future.last().map(|step| step.what.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gesture_is_one_step_and_another_thing_is_another() {
        let mut history = History::new(0);
        for value in 1..=60 {
            history.change("cap", value);
        }
        history.change("reserve", 61);
        assert_eq!(history.undo().as_deref(), Some("reserve"));
        assert_eq!(*history.now(), 60);
        assert_eq!(history.undo().as_deref(), Some("cap"));
        assert_eq!(*history.now(), 0);
        assert_eq!(history.undo(), None);
        assert_eq!((history.redo(), history.redo(), history.redo()), (Some("cap".into()), Some("reserve".into()), None));
        assert_eq!(*history.now(), 61);
    }

    #[test]
    fn a_lifted_hand_ends_a_step() {
        let mut history = History::new(0);
        history.change("cap", 1);
        history.settle();
        history.change("cap", 2);
        history.undo();
        assert_eq!(*history.now(), 1);
    }

    #[test]
    fn back_where_it_began_is_no_step() {
        let mut history = History::new(5);
        history.change("cap", 6);
        history.change("cap", 5);
        assert_eq!(history.undoable(), None);
        history.change("cap", 5);
        assert_eq!(history.undoable(), None);
    }

    #[test]
    fn a_change_after_undo_forgets_what_was_undone() {
        let mut history = History::new(0);
        history.change("a", 1);
        history.undo();
        assert_eq!(history.redoable(), Some("a"));
        history.change("b", 2);
        assert_eq!((history.redoable(), history.undoable()), (None, Some("b")));
    }

    #[test]
    fn the_past_is_bounded() {
        let mut history = History::new(0);
        for value in 1..1000 {
            history.change(&value.to_string(), value);
        }
        assert_eq!((0..10 * STEPS_MAX).take_while(|_| history.undo().is_some()).count(), STEPS_MAX);
        assert_eq!(*history.now(), 999 - STEPS_MAX);
    }

    mod properties {
        use super::*;

        /// Any walk of changes, undos and redos agrees with a plain list of values and a place in it.
        #[test]
        fn agrees_with_a_list_and_a_place() {
            let mut seed = 7_u64;
            let mut history = History::new(0_u64);
            let (mut list, mut place) = (vec![0_u64], 0);
            for step in 1..5_000_u64 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match seed >> 62 {
                    0 | 1 => {
                        history.settle();
                        history.change("x", step);
                        list.truncate(place + 1);
                        list.push(step);
                        place += 1;
                        if list.len() > STEPS_MAX + 1 {
                            list.remove(0);
                            place -= 1;
                        }
                    }
                    2 => {
                        assert_eq!(history.undo().is_some(), place > 0);
                        place = place.saturating_sub(1);
                    }
                    _ => {
                        assert_eq!(history.redo().is_some(), place + 1 < list.len());
                        place = (place + 1).min(list.len() - 1);
                    }
                }
                assert_eq!(*history.now(), list[place]);
            }
        }
    }
}
