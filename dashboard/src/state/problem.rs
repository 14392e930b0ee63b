//! A refusal of the engine as the page shows it.

use allocator_core::wire::{Json, parse};

/// One thing that is wrong or worth knowing: where, what, and the mend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// Stable code, `missing_value` and the like.
    pub code: String,
    /// Place: JSON pointer or `file:line:column`.
    pub path: String,
    /// What is wrong, with the value.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

impl Fault {
    /// Reads one from the engine's JSON.
    pub fn from_json(json: &Json) -> Self {
        let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        Fault { code: text("code"), path: text("path"), message: text("message"), hint: text("hint") }
    }

    /// Reads a list; anything else is no faults.
    pub fn list(json: Option<&Json>) -> Vec<Self> {
        json.and_then(Json::as_array).unwrap_or_default().iter().map(Fault::from_json).collect()
    }
}

/// Why something was refused: the faults found, and how many more there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// At most fifty.
    pub faults: Vec<Fault>,
    /// Found and not listed.
    pub omitted: u64,
}

impl Problem {
    /// Reads the engine's problem text; a text that is none becomes a problem itself, so that nothing is swallowed.
    pub fn from_text(text: &str) -> Self {
        parse(text.as_bytes()).map_or_else(|_| Problem::saying(text), |json| Problem::from_json(&json))
    }

    /// Reads the engine's problem.
    pub fn from_json(json: &Json) -> Self {
        let faults = Fault::list(json.get("problems"));
        let faults = if faults.is_empty() { vec![Fault::from_json(json)] } else { faults };
        let omitted = json.get("omitted").and_then(Json::as_f64).unwrap_or(0.0) as u64;
        Problem { faults, omitted }
    }

    /// A problem of the page itself.
    pub fn saying(message: impl Into<String>) -> Self {
        Problem { faults: vec![Fault { message: message.into(), ..Fault::default() }], omitted: 0 }
    }

    /// How many faults there are, listed or not.
    pub fn count(&self) -> u64 {
        self.faults.len() as u64 + self.omitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::{Code, Problem as CoreProblem};

    #[test]
    fn the_engines_problem_is_read_in_full() {
        let text = CoreProblem::new(Code::NotFinite, "book.csv:3:2", "The score is empty.", "Write a number.").to_json();
        let problem = Problem::from_text(&text);
        assert_eq!(problem.count(), 1);
        assert_eq!(problem.faults[0].path, "book.csv:3:2");
        assert_eq!(problem.faults[0].hint, "Write a number.");
    }

    #[test]
    fn what_is_no_problem_is_still_shown() {
        assert_eq!(Problem::from_text("unreachable executed").faults[0].message, "unreachable executed");
    }
}
