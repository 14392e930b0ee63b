//! What strategies add to symbols: the numbers of all of an answer in one piece, as they came, and each symbol's run of them.

use std::sync::Arc;

/// Numbers of one contribution: the strategy's place, normalised, raw, capped, redistributed, scaled, value.
pub const TERMS: usize = 7;

/// What one strategy adds to one symbol, step by step: `value = normalised + capped + redistributed + scaled`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Contribution {
    /// Strategy, by place in the answer's list.
    pub strategy: usize,
    /// The weight that came in.
    pub raw: f64,
    /// Share of the whole before caps.
    pub normalised: f64,
    /// What caps took.
    pub capped: f64,
    /// What freed weight added.
    pub redistributed: f64,
    /// What limits on the whole portfolio took.
    pub scaled: f64,
    /// What it adds to the final weight.
    pub value: f64,
}

impl Contribution {
    fn of([strategy, normalised, raw, capped, redistributed, scaled, value]: [f64; TERMS]) -> Self {
        // A place in a list, which the engine wrote as a number among numbers.
        Contribution { strategy: strategy as usize, raw, normalised, capped, redistributed, scaled, value }
    }

    fn terms(&self) -> [f64; TERMS] {
        [self.strategy as f64, self.normalised, self.raw, self.capped, self.redistributed, self.scaled, self.value]
    }
}

/// The contributions to one symbol, in the order of the strategies. An answer may have a million: none of them is copied.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    all: Arc<Vec<f64>>,
    /// The first one, and the one after the last.
    run: (usize, usize),
}

impl Parts {
    /// The runs of an answer's contributions, as long as `counts` says. `None` where the numbers are not as many as they should be.
    pub fn runs(all: Vec<f64>, counts: &[u32]) -> Option<Vec<Parts>> {
        let all = Arc::new(all);
        let mut end = 0;
        let runs = counts.iter().map(|&count| {
            let begin = end;
            end += count as usize;
            Parts { all: Arc::clone(&all), run: (begin, end) }
        });
        let runs = runs.collect();
        (all.len() == end * TERMS).then_some(runs)
    }

    /// One after the other.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Contribution> + ExactSizeIterator {
        self.terms().iter().map(|terms| Contribution::of(*terms))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.run.1 - self.run.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn terms(&self) -> &[[f64; TERMS]] {
        let (all, _) = self.all.as_chunks();
        all.get(self.run.0..self.run.1).unwrap_or_default()
    }
}

impl FromIterator<Contribution> for Parts {
    fn from_iter<I: IntoIterator<Item = Contribution>>(parts: I) -> Self {
        let all: Vec<f64> = parts.into_iter().flat_map(|part| part.terms()).collect();
        let end = all.len() / TERMS;
        Parts { all: Arc::new(all), run: (0, end) }
    }
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.terms() == other.terms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_has_its_run() {
        let runs = Parts::runs((1..=21).map(f64::from).collect(), &[2, 0, 1]).unwrap();
        assert_eq!(runs.iter().map(Parts::len).collect::<Vec<_>>(), [2, 0, 1]);
        assert!(runs[1].is_empty() && runs[1].iter().next().is_none());
        let Contribution { strategy, normalised, raw, capped, redistributed, scaled, value } =
            runs[0].iter().next_back().unwrap();
        assert_eq!((strategy, normalised, raw, capped, redistributed, scaled, value), (8, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0));
        // The same made one by one.
        assert_eq!(runs[2].iter().collect::<Parts>(), runs[2]);
        assert_ne!(runs[2], runs[1]);
    }

    #[test]
    fn numbers_that_are_too_few_or_too_many_are_no_runs() {
        for (numbers, counts) in [(14, [1, 0]), (14, [1, 2]), (13, [1, 1]), (0, [0, 1])] {
            assert_eq!(Parts::runs(vec![0.0; numbers], &counts), None, "{numbers} {counts:?}");
        }
    }
}
