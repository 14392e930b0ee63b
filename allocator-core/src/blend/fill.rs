//! Filling the target under every cap at once: progressive water-filling.
//!
//! All rows grow together, in the proportions of their base, from nothing: row value = base × t. When a cap becomes tight its rows
//! stop and the others grow on, until the target is placed or nothing can grow. With caps on strategies alone this is the familiar
//! "clip to the cap, hand the excess to the uncapped in proportion, repeat". A cap therefore holds by construction, freed weight only ever
//! enters headroom, and nothing is renormalised afterwards. Source: Bertsekas and Gallager (1992), section 6.5.2 (max-min
//! fairness), weighted.

use crate::math;

/// The caps of one fill. `f64::INFINITY` is no cap.
pub(super) struct Caps {
    /// Gross cap of every strategy.
    pub(super) strategy: Vec<f64>,
    /// Cap on the absolute net weight of one symbol.
    pub(super) symbol: f64,
    /// Group of every symbol (`u32::MAX`: none); empty where no group is capped.
    pub(super) group_of: Vec<u32>,
    /// Gross cap of every group.
    pub(super) group: Vec<f64>,
    /// Gross weight to place.
    pub(super) target: f64,
    /// Whether rows may grow beyond their base, into weight that a cap freed.
    pub(super) redistribute: bool,
}

/// One thing that stopped rows from growing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    Strategy(u32),
    Symbol(u32),
    Group(u32),
}

/// Rows as the fill sees them: `offsets[s]..offsets[s + 1]` are those of strategy `s`.
pub(super) struct Rows<'a> {
    pub(super) offsets: &'a [usize],
    pub(super) symbol: &'a [u32],
    pub(super) symbols: usize,
    pub(super) base: &'a [f64],
}

pub(super) struct Filled {
    /// Signed value of every row.
    pub(super) value: Vec<f64>,
    /// What became tight, in order.
    pub(super) stops: Vec<Stop>,
}

/// A running sum with what rounding took kept beside it (Knuth's two-sum). Rows of 1e-10 may be all that is still growing when the
/// large ones have stopped; a plain sum would know their slope to six digits only.
#[derive(Clone, Copy, Default)]
struct Running {
    sum: f64,
    rest: f64,
}

impl Running {
    fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        let part = sum - self.sum;
        self.rest += (self.sum - (sum - part)) + (term - part);
        self.sum = sum;
    }
    fn get(self) -> f64 {
        self.sum + self.rest
    }
}

/// A sum that grows linearly with t: `fixed + slope × t`, with `open` rows still growing.
#[derive(Clone, Copy, Default)]
struct Line {
    fixed: Running,
    slope: Running,
    open: u32,
}

impl Line {
    fn grow(&mut self, slope: f64) {
        self.slope.add(slope);
        self.open += 1;
    }
    fn freeze(&mut self, slope: f64, value: f64) {
        self.fixed.add(value);
        self.open -= 1;
        self.slope.add(-slope);
    }
    /// When the absolute value reaches `cap`; infinite where it never does.
    fn reaches(&self, cap: f64) -> f64 {
        let slope = self.slope.get();
        // Once the last one has stopped nothing is left to grow, whatever rounding left behind.
        if self.open == 0 || cap.is_infinite() || slope == 0.0 {
            return f64::INFINITY;
        }
        let bound = if slope > 0.0 { cap } else { -cap };
        ((bound - self.fixed.get()) / slope).max(0.0)
    }
}

/// Fills `rows` under `caps`.
pub(super) fn fill(rows: &Rows<'_>, caps: &Caps) -> Filled {
    if caps.symbol.is_infinite() && caps.group.is_empty() { fill_strategies(rows, caps) } else { fill_rows(rows, caps) }
}

/// Growth to exactly the base where nothing stopped before it: what rounding adds is not weight that was handed on.
fn settled(now: f64, stops: &[Stop]) -> f64 {
    if stops.is_empty() && (now - 1.0).abs() < 1e-12 { 1.0 } else { now }
}

/// With caps on strategies alone all rows of a strategy stop together, so each strategy is one line and one factor.
fn fill_strategies(rows: &Rows<'_>, caps: &Caps) -> Filled {
    let strategies = rows.offsets.len() - 1;
    let mut lines = vec![Line::default(); strategies];
    let mut total = Line::default();
    for (s, line) in lines.iter_mut().enumerate() {
        let gross: f64 = rows.base[rows.offsets[s]..rows.offsets[s + 1]].iter().map(|base| base.abs()).sum();
        if gross > 0.0 {
            line.grow(gross);
            total.grow(gross);
        }
    }
    let mut factor = vec![0.0; strategies];
    let mut stops = Vec::new();
    let mut now = 0.0_f64;
    while total.open > 0 {
        let mut next = (total.reaches(caps.target).min(if caps.redistribute { f64::INFINITY } else { 1.0 }), None);
        for (s, line) in lines.iter().enumerate() {
            let at = line.reaches(caps.strategy[s]);
            if at < next.0 {
                next = (at, Some(s));
            }
        }
        now = now.max(if next.1.is_none() { settled(next.0, &stops) } else { next.0 });
        let stopping = next.1.map_or(0..strategies, |s| s..s + 1);
        for s in stopping.filter(|&s| lines[s].open > 0).collect::<Vec<_>>() {
            let gross = lines[s].slope.get();
            factor[s] = now;
            lines[s].freeze(gross, gross * now);
            total.freeze(gross, gross * now);
        }
        if let Some(s) = next.1 {
            stops.push(Stop::Strategy(s as u32));
        }
    }
    let mut value = Vec::with_capacity(rows.base.len());
    for (s, factor) in factor.iter().enumerate() {
        value.extend(rows.base[rows.offsets[s]..rows.offsets[s + 1]].iter().map(|base| base * factor));
    }
    Filled { value, stops }
}

/// The general case: every row is its own line.
fn fill_rows(rows: &Rows<'_>, caps: &Caps) -> Filled {
    let n = rows.base.len();
    let strategies = rows.offsets.len() - 1;
    let mut strategy = vec![Line::default(); strategies];
    let mut symbol = vec![Line::default(); rows.symbols];
    let mut group = vec![Line::default(); caps.group.len()];
    let mut total = Line::default();
    let group_of = |j: u32| caps.group_of.get(j as usize).copied().filter(|&g| g != u32::MAX);
    for (s, strategy) in strategy.iter_mut().enumerate() {
        for i in rows.offsets[s]..rows.offsets[s + 1] {
            let base = rows.base[i];
            if base == 0.0 {
                continue;
            }
            strategy.grow(base.abs());
            total.grow(base.abs());
            symbol[rows.symbol[i] as usize].grow(base);
            if let Some(g) = group_of(rows.symbol[i]) {
                group[g as usize].grow(base.abs());
            }
        }
    }
    let by_symbol = rows_by_symbol(rows);
    let owner = owners(rows);
    let mut value = vec![0.0; n];
    let mut open: Vec<bool> = rows.base.iter().map(|&base| base != 0.0).collect();
    let mut stops = Vec::new();
    let mut now = 0.0_f64;
    while total.open > 0 {
        let end = total.reaches(caps.target).min(if caps.redistribute { f64::INFINITY } else { 1.0 });
        let mut next = (end, None);
        let mut offer = |at: f64, stop: Stop| {
            if at < next.0 {
                next = (at, Some(stop));
            }
        };
        for (s, line) in strategy.iter().enumerate() {
            offer(line.reaches(caps.strategy[s]), Stop::Strategy(s as u32));
        }
        for (j, line) in symbol.iter().enumerate() {
            offer(line.reaches(caps.symbol), Stop::Symbol(j as u32));
        }
        for (g, line) in group.iter().enumerate() {
            offer(line.reaches(caps.group[g]), Stop::Group(g as u32));
        }
        now = now.max(if next.1.is_none() { settled(next.0, &stops) } else { next.0 });
        let mut freeze = |i: usize, s: usize| {
            if !open[i] {
                return;
            }
            open[i] = false;
            let base = rows.base[i];
            value[i] = base * now;
            strategy[s].freeze(base.abs(), value[i].abs());
            total.freeze(base.abs(), value[i].abs());
            let j = rows.symbol[i];
            symbol[j as usize].freeze(base, value[i]);
            if let Some(g) = group_of(j) {
                group[g as usize].freeze(base.abs(), value[i].abs());
            }
        };
        let Some(stop) = next.1 else {
            // The target is placed, or growth ends at the base.
            for s in 0..strategies {
                for i in rows.offsets[s]..rows.offsets[s + 1] {
                    freeze(i, s);
                }
            }
            break;
        };
        stops.push(stop);
        match stop {
            Stop::Strategy(s) => {
                let s = s as usize;
                for i in rows.offsets[s]..rows.offsets[s + 1] {
                    freeze(i, s);
                }
            }
            Stop::Symbol(j) => {
                for &i in &by_symbol[j as usize] {
                    freeze(i as usize, owner[i as usize] as usize);
                }
            }
            Stop::Group(g) => {
                for j in (0..rows.symbols as u32).filter(|&j| group_of(j) == Some(g)) {
                    for &i in &by_symbol[j as usize] {
                        freeze(i as usize, owner[i as usize] as usize);
                    }
                }
            }
        }
    }
    Filled { value, stops }
}

fn rows_by_symbol(rows: &Rows<'_>) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new(); rows.symbols];
    for (i, &j) in rows.symbol.iter().enumerate() {
        all[j as usize].push(i as u32);
    }
    all
}

fn owners(rows: &Rows<'_>) -> Vec<u32> {
    let mut owner = vec![0; rows.base.len()];
    for s in 0..rows.offsets.len() - 1 {
        owner[rows.offsets[s]..rows.offsets[s + 1]].fill(s as u32);
    }
    owner
}

/// The lowest common strategy cap, at least that of every strategy, under which the target fits; found by bisection.
///
/// Where no cap on strategies makes it fit because symbols or groups are in the way, the lowest cap that places as much as can be.
pub(super) fn relaxed(rows: &Rows<'_>, caps: &mut Caps) -> (Filled, f64) {
    let original = caps.strategy.clone();
    let place = |caps: &mut Caps, common: f64| {
        for (cap, &own) in caps.strategy.iter_mut().zip(&original) {
            *cap = own.max(common);
        }
        let filled = fill(rows, caps);
        let placed = math::sum(filled.value.iter().map(|value| value.abs()));
        (filled, placed)
    };
    let (_, most) = place(caps, caps.target);
    let enough = |placed: f64| placed >= most * (1.0 - 4.0 * f64::EPSILON);
    let (mut low, mut high) = (0.0, caps.target);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if enough(place(caps, middle).1) {
            high = middle;
        } else {
            low = middle;
        }
    }
    let (filled, _) = place(caps, high);
    (filled, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(strategy: &[f64], target: f64) -> Caps {
        Caps {
            strategy: strategy.to_vec(),
            symbol: f64::INFINITY,
            group_of: Vec::new(),
            group: Vec::new(),
            target,
            redistribute: true,
        }
    }

    /// Each row its own strategy and symbol.
    fn diagonal(base: &[f64], caps: &Caps) -> Filled {
        let offsets: Vec<usize> = (0..=base.len()).collect();
        let symbol: Vec<u32> = (0..base.len() as u32).collect();
        fill(&Rows { offsets: &offsets, symbol: &symbol, symbols: base.len(), base }, caps)
    }

    fn close(a: &[f64], b: &[f64]) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-15), "{a:?} {b:?}");
    }

    #[test]
    fn freed_weight_is_handed_on_in_proportion() {
        // 0.6 is cut to 0.4; the freed 0.2 goes to 0.3 and 0.1 three to one: 0.45 and 0.15; then 0.45 is cut, 0.2 is left for 0.1.
        let filled = diagonal(&[0.6, 0.3, 0.1], &caps(&[0.4; 3], 1.0));
        close(&filled.value, &[0.4, 0.4, 0.2]);
        assert_eq!(filled.stops, [Stop::Strategy(0), Stop::Strategy(1)]);
    }

    #[test]
    fn what_is_left_for_the_smallest_is_placed_to_the_last_digits() {
        // Everything but a row of 1e-10 stops at its cap: the rest of the target goes to that row, and no more.
        let base = [0.55, 0.45 - 1e-10, 1e-10];
        let mut caps = caps(&[0.4, 0.3, 0.6], 1.0);
        close(&diagonal(&base, &caps).value, &[0.4, 0.3, 0.3]);
        caps.symbol = 0.9;
        close(&diagonal(&base, &caps).value, &[0.4, 0.3, 0.3]);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        close(&diagonal(&[0.5, 0.5], &caps(&[0.4; 2], 1.0)).value, &[0.4, 0.4]);
    }

    #[test]
    fn without_redistribution_caps_only_cut() {
        let mut caps = caps(&[0.4; 3], 1.0);
        caps.redistribute = false;
        close(&diagonal(&[0.6, 0.3, 0.1], &caps).value, &[0.4, 0.3, 0.1]);
    }

    #[test]
    fn the_short_way_and_the_general_way_agree() {
        let base = [0.3, 0.1, 0.2, 0.25, 0.15];
        let rows = Rows { offsets: &[0, 2, 3, 5], symbol: &[0, 1, 0, 1, 2], symbols: 3, base: &base };
        for target in [0.5, 0.9, 1.0] {
            let caps = caps(&[0.3, 0.35, 0.3], target);
            let (short, general) = (fill_strategies(&rows, &caps), fill_rows(&rows, &caps));
            assert!(short.value.iter().zip(&general.value).all(|(a, b)| (a - b).abs() < 1e-15));
            assert_eq!(short.stops, general.stops);
        }
    }

    #[test]
    fn symbol_and_strategy_caps_hold_together() {
        // Two strategies of 0.5; both put 0.25 in symbol 0. Its cap 0.3 stops both rows at 0.15; each then fills its other row.
        let base = [0.25, 0.25, 0.25, 0.25];
        let mut caps = caps(&[0.45, 1.0], 1.0);
        caps.symbol = 0.3;
        let filled = fill(&Rows { offsets: &[0, 2, 4], symbol: &[0, 1, 0, 2], symbols: 3, base: &base }, &caps);
        close(&filled.value, &[0.15, 0.3, 0.15, 0.3]);
    }

    #[test]
    fn a_symbol_cap_judges_the_net_of_opposite_rows() {
        // +0.5 and -0.25 in one symbol net to +0.25, below the cap of 0.3: nothing stops.
        let mut caps = caps(&[1.0; 2], 0.75);
        caps.symbol = 0.3;
        let filled = fill(&Rows { offsets: &[0, 1, 2], symbol: &[0, 0], symbols: 1, base: &[0.5, -0.25] }, &caps);
        close(&filled.value, &[0.5, -0.25]);
    }

    #[test]
    fn relaxing_raises_caps_evenly() {
        let offsets = [0, 1, 2];
        let rows = Rows { offsets: &offsets, symbol: &[0, 1], symbols: 2, base: &[0.7, 0.3] };
        let (filled, cap) = relaxed(&rows, &mut caps(&[0.4; 2], 1.0));
        close(&filled.value, &[0.5, 0.5]);
        assert!((cap - 0.5).abs() < 1e-12);
    }
}
