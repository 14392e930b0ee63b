//! Spans of time of one kind or another: regimes as colour, height and word.

use super::grid::{Cell, Column, Grid, date};

/// One span.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Begin, in seconds since 1970.
    pub from: f64,
    /// End, where the next one may begin.
    pub to: f64,
    /// What it is: `Crisis`.
    pub name: String,
    /// Colour token; empty is unknown: dashed, without fill.
    pub token: String,
    /// Height, 0 to 1: severity without colour.
    pub height: f64,
}

/// Spans in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ribbon {
    /// Spans, earliest first.
    pub spans: Vec<Span>,
}

/// A span on a sheet of 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Left edge.
    pub left: f64,
    /// Width.
    pub width: f64,
    /// Place of the span.
    pub span: usize,
}

impl Ribbon {
    /// From first begin to last end.
    pub fn extent(&self) -> Option<(f64, f64)> {
        let from = self.spans.iter().map(|span| span.from).reduce(f64::min)?;
        let to = self.spans.iter().map(|span| span.to).reduce(f64::max)?;
        (to > from).then_some((from, to))
    }

    /// Spans that are at least partly inside a range, cut to it.
    pub fn placed(&self, range: Option<(f64, f64)>) -> Vec<Placed> {
        let Some((from, to)) = range.or_else(|| self.extent()).filter(|(from, to)| to > from) else {
            return Vec::new();
        };
        let share = |time: f64| ((time - from) / (to - from)).clamp(0.0, 1.0);
        self.spans
            .iter()
            .enumerate()
            .map(|(index, span)| Placed { left: share(span.from), width: share(span.to) - share(span.from), span: index })
            .filter(|placed| placed.width > 0.0)
            .collect()
    }

    /// The span at a time; at an end the later one.
    pub fn at(&self, time: f64) -> Option<&Span> {
        self.spans.iter().rev().find(|span| span.from <= time && time <= span.to)
    }

    /// Runs of equal states as spans: one state for each time, each holding until the next time.
    pub fn of_states<T: PartialEq>(times: &[f64], states: &[T], look: impl Fn(&T) -> (String, String, f64)) -> Self {
        let n = times.len().min(states.len());
        let mut spans: Vec<Span> = Vec::new();
        let mut begin = 0;
        for at in 1..=n {
            if at == n || states[at] != states[begin] {
                let (name, token, height) = look(&states[begin]);
                spans.push(Span { from: times[begin], to: times[at.min(n - 1)], name, token, height });
                begin = at;
            }
        }
        Ribbon { spans }
    }

    /// The table twin.
    pub fn grid(&self) -> Grid {
        let mut grid = Grid::new(vec![Column::text("From"), Column::text("To"), Column::text("State")]);
        for span in &self.spans {
            grid.push(vec![Cell::Time(span.from), Cell::Time(span.to), Cell::Text(span.name.clone())]);
        }
        grid
    }

    /// One sentence for people who hear the page.
    pub fn sentence(&self) -> String {
        match (self.extent(), self.spans.last()) {
            (Some((from, to)), Some(last)) => {
                format!("{} spans from {} to {}; last: {}.", self.spans.len(), date(from), date(to), last.name)
            }
            _ => String::from("No spans."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ribbon() -> Ribbon {
        Ribbon::of_states(&[0.0, 10.0, 20.0, 30.0, 40.0], &[0, 0, 2, 2, 0], |state| {
            (format!("state {state}"), String::from("--r-normal"), f64::from(*state) / 3.0)
        })
    }

    #[test]
    fn runs_become_spans_without_holes() {
        let spans: Vec<(f64, f64, String)> = ribbon().spans.into_iter().map(|span| (span.from, span.to, span.name)).collect();
        assert_eq!(spans, [(0.0, 20.0, "state 0".into()), (20.0, 40.0, "state 2".into()), (40.0, 40.0, "state 0".into())]);
    }

    #[test]
    fn a_range_cuts_and_the_later_span_counts_at_an_end() {
        let placed = ribbon().placed(Some((10.0, 30.0)));
        assert_eq!(placed.iter().map(|placed| (placed.left, placed.width)).collect::<Vec<_>>(), [(0.0, 0.5), (0.5, 0.5)]);
        assert_eq!(ribbon().at(20.0).unwrap().name, "state 2");
        assert_eq!(ribbon().at(99.0), None);
        assert!(Ribbon::default().placed(None).is_empty());
    }
}
