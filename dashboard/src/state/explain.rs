//! Why a figure is what it is: the lines of a sum that ends in it.

use super::blend::Blend;
use super::number::{hundredths, percent};
use super::parts::Contribution;
use super::tag::Tag;

/// What the right column explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The final weight of a symbol.
    Symbol(String),
    /// What a strategy holds.
    Strategy(String),
    /// What is not invested.
    Cash,
    /// How two strategies move together, in alphabetical order.
    Pair(String, String),
}

impl Subject {
    /// A pair in its canonical order.
    pub fn pair(a: &str, b: &str) -> Self {
        if a <= b { Subject::Pair(a.to_owned(), b.to_owned()) } else { Subject::Pair(b.to_owned(), a.to_owned()) }
    }

    /// Whether an answer has it.
    pub fn is_in(&self, blend: &Blend) -> bool {
        let strategy = |id: &str| blend.strategies.iter().any(|strategy| strategy.tag.strategy == id);
        match self {
            Subject::Symbol(symbol) => blend.weight(symbol).is_some(),
            Subject::Strategy(id) => strategy(id),
            Subject::Cash => true,
            Subject::Pair(a, b) => strategy(a) && strategy(b),
        }
    }
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Head {
    /// A strategy's part in a symbol.
    Strategy(Tag),
    /// A symbol's part in a strategy.
    Symbol(String),
}

/// One line: what came in, and the steps from the share before caps to what is held. The last is the sum of the four before.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Whose.
    pub head: Head,
    /// What came in, in units of its own.
    pub given: f64,
    /// Before caps.
    pub before: f64,
    /// What caps took.
    pub capped: f64,
    /// What freed weight added.
    pub refilled: f64,
    /// What limits on the whole took.
    pub limited: f64,
    /// What is held.
    pub held: f64,
}

impl Line {
    fn of(head: Head, part: &Contribution) -> Self {
        Line {
            head,
            given: part.raw,
            before: part.normalised,
            capped: part.capped,
            refilled: part.redistributed,
            limited: part.scaled,
            held: part.value,
        }
    }
}

/// A sum that foots.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Breakdown {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Lines that are not listed.
    pub omitted: usize,
    /// Sums of the columns from `before` on, of all lines.
    pub sums: [f64; 5],
}

/// Lines listed; a strategy may hold thousands of symbols.
pub const LINES_MAX: usize = 60;

impl Breakdown {
    fn of(lines: Vec<Line>) -> Self {
        let sum = |read: fn(&Line) -> f64| lines.iter().map(read).sum::<f64>();
        let sums = [
            sum(|line| line.before),
            sum(|line| line.capped),
            sum(|line| line.refilled),
            sum(|line| line.limited),
            sum(|line| line.held),
        ];
        let omitted = lines.len().saturating_sub(LINES_MAX);
        let mut lines = lines;
        lines.truncate(LINES_MAX);
        Breakdown { lines, omitted, sums }
    }

    /// Why a symbol weighs what it weighs.
    pub fn of_symbol(blend: &Blend, symbol: &str) -> Option<Self> {
        let row = blend.weight(symbol)?;
        let head = |part: &Contribution| blend.strategies.get(part.strategy).map(|strategy| Head::Strategy(strategy.tag.clone()));
        Some(Breakdown::of(row.parts.iter().filter_map(|part| Some(Line::of(head(&part)?, &part))).collect()))
    }

    /// What a strategy holds, largest first.
    pub fn of_strategy(blend: &Blend, id: &str) -> Option<Self> {
        let place = blend.strategies.iter().position(|strategy| strategy.tag.strategy == id)?;
        let mut lines: Vec<Line> = blend
            .weights
            .iter()
            .flat_map(|row| row.parts.iter().map(move |part| (row, part)))
            .filter(|(_, part)| part.strategy == place)
            .map(|(row, part)| Line::of(Head::Symbol(row.symbol.clone()), &part))
            .collect();
        lines.sort_by(|a, b| b.held.abs().total_cmp(&a.held.abs()));
        Some(Breakdown::of(lines))
    }

    /// Whether the figures of a column, as they are printed, sum to the total as it is printed; where not, the total gets "≈".
    pub fn foots(&self, read: fn(&Line) -> f64, total: f64) -> bool {
        self.omitted == 0 && foots(self.lines.iter().map(read), total)
    }
}

/// Whether figures rounded to hundredths of a per cent sum to the rounded total.
pub fn foots(parts: impl Iterator<Item = f64>, total: f64) -> bool {
    parts.map(hundredths).sum::<Option<i64>>().is_some_and(|sum| Some(sum) == hundredths(total))
}

/// What the caps on strategies did, in a sentence or two; `None` where no strategy is held back.
pub fn caps_did(blend: &Blend) -> Option<String> {
    let held: Vec<usize> = (0..blend.strategies.len()).filter(|place| blend.strategies[*place].at_cap).collect();
    let moved = |place: usize| blend.strategies[place].weight - blend.asked(place).unwrap_or(0.0);
    let gained: Vec<usize> = (0..blend.strategies.len()).filter(|place| !held.contains(place) && moved(*place) > 5e-5).collect();
    let freed: f64 = held.iter().map(|place| -moved(*place)).sum();
    let [first, ..] = held.as_slice() else { return None };
    let strategy = &blend.strategies[*first];
    let asks = if held.len() == 1 {
        format!(
            "{} asked for {} % and may hold {} %.",
            strategy.tag.name(),
            percent(blend.asked(*first).unwrap_or(0.0)),
            percent(strategy.cap.unwrap_or(strategy.weight)),
        )
    } else {
        format!("{} strategies are held at their caps.", held.len())
    };
    let refilled: f64 = gained.iter().map(|place| moved(*place)).sum();
    let rest = freed - refilled;
    let goes = match gained.len() {
        0 if freed < 5e-5 => String::new(),
        0 => format!(" The {} points given up stay in cash: no strategy has room.", percent(freed)),
        1 => format!(
            " {} of the {} points given up went to {}",
            percent(refilled),
            percent(freed),
            blend.strategies[gained[0]].tag.name()
        ),
        many => format!(" {} of the {} points given up went to {many} others", percent(refilled), percent(freed)),
    };
    let ends = match gained.len() {
        0 => "",
        _ if rest > 5e-5 => "; the rest is in cash.",
        _ => ".",
    };
    Some(format!("{asks}{goes}{ends}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"strategy_weights":{"low_vol":0.4,"mom":0.5},"strategies":[
        {"strategy":"low_vol","share":0.6,"cap":0.4,"capped":true,"active":true,"gross":0.4,"net":0.4},
        {"strategy":"mom","share":0.4,"cap":0.5,"capped":false,"active":true,"gross":0.5,"net":0.5}],
        "weights":[{"symbol":"A","final_weight":0.7,"contributions":[
            {"strategy":"low_vol","raw":1,"normalised":0.6,"capped":-0.2,"redistributed":0,"scaled":0,"value":0.4},
            {"strategy":"mom","raw":2,"normalised":0.2,"capped":0,"redistributed":0.1,"scaled":0,"value":0.3}]},
          {"symbol":"B","final_weight":0.2,"contributions":[
            {"strategy":"mom","raw":2,"normalised":0.2,"capped":0,"redistributed":0,"scaled":0,"value":0.2}]}],
        "totals":{"gross":0.9,"net":0.9,"cash":0.1,"target":1}}"#;

    #[test]
    fn a_symbol_and_a_strategy_are_sums_that_foot() {
        let blend = Blend::from_text(ANSWER).unwrap();
        let symbol = Breakdown::of_symbol(&blend, "A").unwrap();
        assert_eq!(symbol.lines.len(), 2);
        // 0.6 + 0.2, −0.2, 0.1, 0, 0.4 + 0.3
        assert_eq!(symbol.sums.map(percent), ["80.00", "\u{2212}20.00", "10.00", "0.00", "70.00"]);
        assert!(symbol.foots(|line| line.held, blend.weight("A").unwrap().weight));
        let strategy = Breakdown::of_strategy(&blend, "mom").unwrap();
        assert_eq!(strategy.lines.iter().map(|line| line.held).collect::<Vec<_>>(), [0.3, 0.2]);
        assert_eq!(percent(strategy.sums[4]), "50.00");
        assert_eq!((Breakdown::of_symbol(&blend, "Z"), Breakdown::of_strategy(&blend, "Z")), (None, None));
    }

    #[test]
    fn rounded_parts_that_do_not_foot_are_seen() {
        // 33.33 three times is 99.99, the total says 100.00.
        let third = 1.0 / 3.0;
        assert!(!foots([third; 3].into_iter(), 1.0));
        assert!(foots([0.25, -0.05].into_iter(), 0.2));
        assert!(!foots([f64::NAN].into_iter(), 0.0) && !foots([0.1].into_iter(), f64::NAN), "the unknown foots with nothing");
    }

    #[test]
    fn sums_foot_in_every_country() {
        use crate::state::locale::Locale;
        use crate::state::number::use_locale;
        use_locale(Locale { decimal: ',', ..Locale::default() });
        let (even, odd) = (foots([0.25, -0.05].into_iter(), 0.2), foots([0.25, -0.05, 0.1].into_iter(), 0.3));
        use_locale(Locale::default());
        assert!(even && odd);
    }

    #[test]
    fn what_a_cap_freed_is_followed() {
        let blend = Blend::from_text(ANSWER).unwrap();
        assert_eq!(
            caps_did(&blend).unwrap(),
            "Low vol asked for 60.00 % and may hold 40.00 %. 10.00 of the 20.00 points given up went to Mom; the rest is in cash."
        );
    }

    #[test]
    fn a_subject_that_is_gone_is_known_to_be() {
        let blend = Blend::from_text(ANSWER).unwrap();
        assert!(Subject::Symbol("A".into()).is_in(&blend) && !Subject::Symbol("Z".into()).is_in(&blend));
        assert_eq!(Subject::pair("mom", "low_vol"), Subject::Pair("low_vol".into(), "mom".into()));
    }
}
