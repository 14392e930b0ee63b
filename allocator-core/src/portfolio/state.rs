//! The life of a strategy.

use crate::wire::choice;

choice! {
    /// Where a strategy is in its life.
    pub enum State {
        /// It is there and has no capital yet.
        Initializing = "initializing",
        /// It sees bars and trades.
        Running = "running",
        /// It keeps its positions and does nothing.
        Paused = "paused",
        /// It gives its positions and capital back.
        Liquidating = "liquidating",
        /// It is over; what it did stays in the books.
        Stopped = "stopped",
    }
}

impl State {
    /// Whether one state may follow another. The same state again is no change and always may.
    pub fn may_become(self, next: State) -> bool {
        use State::{Initializing, Liquidating, Paused, Running, Stopped};
        self == next
            || matches!(
                (self, next),
                (Initializing, Running | Stopped)
                    | (Running, Paused | Liquidating)
                    | (Paused, Running | Liquidating)
                    | (Liquidating, Stopped)
                    // A strategy of the same name may be added again.
                    | (Stopped, Initializing)
            )
    }
}

#[cfg(test)]
mod tests {
    use super::State::{self, Initializing, Liquidating, Paused, Running, Stopped};

    #[test]
    fn legal_transitions_and_no_others() {
        let all = [Initializing, Running, Paused, Liquidating, Stopped];
        let legal: Vec<(State, State)> = all
            .iter()
            .flat_map(|from| all.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from != to && from.may_become(*to))
            .collect();
        assert_eq!(
            legal,
            [
                (Initializing, Running),
                (Initializing, Stopped),
                (Running, Paused),
                (Running, Liquidating),
                (Paused, Running),
                (Paused, Liquidating),
                (Liquidating, Stopped),
                (Stopped, Initializing),
            ]
        );
    }
}
