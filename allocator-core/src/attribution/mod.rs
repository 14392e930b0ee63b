//! Who earned what: profit split into effects that add up to it, to the last unit of money (P7).
//!
//! Over one period, with capital Kᵢ of strategy i, E = `ΣKᵢ`, wᵢ = Kᵢ/E, policy weights Wᵢ, gross return rᵢ, benchmark return Rᵢ and R = `ΣWᵢRᵢ`:
//!
//! | effect | money | asks |
//! |---|---|---|
//! | benchmark | E·(WᵢRᵢ + (wᵢ − Wᵢ)·R) | what the policy would have earned |
//! | allocation | E·(wᵢ − Wᵢ)·(Rᵢ − R) | was the capital with the right strategies |
//! | selection | E·Wᵢ·(rᵢ − Rᵢ) | did the strategy beat its benchmark |
//! | interaction | E·(wᵢ − Wᵢ)·(rᵢ − Rᵢ) | was more with those that did |
//! | costs, netting, overlay | as booked | what trading cost, what netting saved, what the overlay changed |
//!
//! Gross profit is net profit plus costs, less what netting saved and what the overlay changed. The four effects of returns add up to gross
//! profit for every strategy; interaction is taken as what remains, so rounding is nowhere lost. Money adds over periods, so no linking of
//! returns is needed. With R left out of benchmark and allocation it is Brinson, Hood and Beebower's; with it, Brinson and Fachler's: more of
//! what falls less than the whole is then a gain.
//!
//! Sources: Brinson, Hood and Beebower (1986), table I; Brinson and Fachler (1985); Bacon (2008), ch. 5.
//!
//! **Conventions.** A strategy without capital has no return: what it earned is interaction. Without a benchmark of its own a
//! strategy is its own benchmark, selection is zero and allocation tells what moving capital earned.

use crate::config::attribution::AllocationEffect;
use crate::money::Money;
use std::ops::AddAssign;

/// One strategy over one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Capital at the start.
    pub capital: Money,
    /// Profit after everything.
    pub profit: Money,
    /// What trading cost, from 0; it is taken off `profit` already.
    pub costs: Money,
    /// What netting saved; it is in `profit` already.
    pub netting: Money,
    /// What the overlay changed; it is in `profit` already.
    pub overlay: Money,
    /// Share of the capital by policy.
    pub policy: f64,
    /// Return of its benchmark; `None` makes it its own.
    pub benchmark: Option<f64>,
}

impl Segment {
    /// Profit before costs, netting and overlay.
    pub fn gross(&self) -> Money {
        self.profit + self.costs - self.netting - self.overlay
    }
}

/// Profit by effect; the sum of all is the profit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// What the policy would have earned.
    pub benchmark: Money,
    /// What other shares than the policy's earned.
    pub allocation: Money,
    /// What beating the benchmark earned.
    pub selection: Money,
    /// What both together earned, and what rounding left.
    pub interaction: Money,
    /// What trading cost: zero or negative.
    pub costs: Money,
    /// What netting saved.
    pub netting: Money,
    /// What the overlay changed.
    pub overlay: Money,
}

impl Effects {
    /// The profit that the effects are the parts of.
    pub fn profit(&self) -> Money {
        self.benchmark + self.allocation + self.selection + self.interaction + self.costs + self.netting + self.overlay
    }
}

impl AddAssign for Effects {
    fn add_assign(&mut self, other: Self) {
        self.benchmark += other.benchmark;
        self.allocation += other.allocation;
        self.selection += other.selection;
        self.interaction += other.interaction;
        self.costs += other.costs;
        self.netting += other.netting;
        self.overlay += other.overlay;
    }
}

/// An amount computed in binary, to the last place; zero where it is beyond the largest, so that the remainder takes all of it.
fn money(value: f64) -> Money {
    Money::from_f64(value).unwrap_or(Money::ZERO)
}

/// The effects of one period, strategy by strategy.
pub fn attribute(segments: &[Segment], effect: AllocationEffect) -> Vec<Effects> {
    let total: Money = segments.iter().map(|segment| segment.capital).sum();
    let gross_return = |segment: &Segment| segment.gross().fraction_of(segment.capital);
    let benchmark_return = |segment: &Segment| segment.benchmark.or(gross_return(segment)).unwrap_or(0.0);
    let whole = match effect {
        AllocationEffect::BrinsonFachler => {
            crate::math::sum(segments.iter().map(|segment| segment.policy * benchmark_return(segment)))
        }
        AllocationEffect::BrinsonHoodBeebower => 0.0,
    };
    let all = total.to_f64();
    segments
        .iter()
        .map(|segment| {
            let held = segment.capital.fraction_of(total).unwrap_or(0.0);
            let (policy, its) = (segment.policy, benchmark_return(segment));
            let benchmark = money(all * (policy * its + (held - policy) * whole));
            let allocation = money(all * (held - policy) * (its - whole));
            let selection = money(all * policy * (gross_return(segment).unwrap_or(its) - its));
            let interaction = segment.gross() - benchmark - allocation - selection;
            let effects = Effects {
                benchmark,
                allocation,
                selection,
                interaction,
                costs: -segment.costs,
                netting: segment.netting,
                overlay: segment.overlay,
            };
            assert!(effects.profit() == segment.profit, "effects that do not add up: {effects:?} of {segment:?}");
            effects
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(capital: i64, profit: i64, policy: f64, benchmark: Option<f64>) -> Segment {
        let zero = Money::ZERO;
        Segment {
            capital: Money::whole(capital),
            profit: Money::whole(profit),
            costs: zero,
            netting: zero,
            overlay: zero,
            policy,
            benchmark,
        }
    }
    fn whole(effects: &[Effects]) -> Effects {
        let mut sum = Effects::default();
        for each in effects {
            sum += *each;
        }
        sum
    }

    #[test]
    fn the_textbook_example() {
        // 600 with a earned 60 (10 %, benchmark 5 %), 400 with b earned 8 (2 %, benchmark 4 %); policy half and half.
        let segments = [segment(600, 60, 0.5, Some(0.05)), segment(400, 8, 0.5, Some(0.04))];
        let sum = whole(&attribute(&segments, AllocationEffect::BrinsonHoodBeebower));
        // Benchmark 1000·(0.025 + 0.020) = 45. Allocation 1000·(0.1·0.05 − 0.1·0.04) = 1.
        // Selection 1000·(0.5·0.05 − 0.5·0.02) = 15. Interaction 1000·(0.1·0.05 + 0.1·0.02) = 7. Together 68.
        assert_eq!(
            (sum.benchmark, sum.allocation, sum.selection, sum.interaction),
            (Money::whole(45), Money::whole(1), Money::whole(15), Money::whole(7))
        );
        assert_eq!(sum.profit(), Money::whole(68));
        // The whole of Brinson and Fachler's is the same; each strategy's is not: 1000·0.1·(0.05 − 0.045) = 0.5 for each.
        let fachler = attribute(&segments, AllocationEffect::BrinsonFachler);
        assert_eq!(whole(&fachler).allocation, Money::whole(1));
        assert_eq!(fachler[0].allocation, Money::parse("0.5").unwrap());
        assert_eq!(fachler[1].allocation, Money::parse("0.5").unwrap());
    }

    #[test]
    fn costs_netting_and_overlay_are_taken_off_before_returns_are_compared() {
        // 100 gross on 1,000; 5 of costs, 2 saved, 40 lost to the overlay: 57 are left.
        let segment = Segment {
            costs: Money::whole(5),
            netting: Money::whole(2),
            overlay: Money::whole(-40),
            ..segment(1_000, 57, 1.0, Some(0.08))
        };
        let effects = attribute(&[segment], AllocationEffect::BrinsonFachler)[0];
        assert_eq!(segment.gross(), Money::whole(100));
        assert_eq!((effects.benchmark, effects.selection), (Money::whole(80), Money::whole(20)));
        assert_eq!((effects.costs, effects.netting, effects.overlay), (Money::whole(-5), Money::whole(2), Money::whole(-40)));
        assert_eq!(effects.profit(), Money::whole(57));
    }

    #[test]
    fn without_a_benchmark_only_the_shares_are_judged() {
        // Policy half and half; 80 % stood with the one that earned 10 %: 1000·0.3·0.10 more there, none lost elsewhere.
        let segments = [segment(800, 80, 0.5, None), segment(200, 0, 0.5, None)];
        let sum = whole(&attribute(&segments, AllocationEffect::BrinsonHoodBeebower));
        assert_eq!((sum.benchmark, sum.allocation, sum.selection), (Money::whole(50), Money::whole(30), Money::ZERO));
        // Profit without capital belongs to no return.
        let odd = attribute(&[segment(0, 7, 0.0, None)], AllocationEffect::BrinsonFachler)[0];
        assert_eq!(odd.interaction, Money::whole(7));
    }
}
