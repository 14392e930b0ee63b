//! An exact solver for convex programmes: a primal active set over piecewise linear and quadratic pieces, inside a proximal loop.
//!
//! The weights move along straight lines. At any time each variable is *free* inside one of its pieces or *pinned* at a kink or bound,
//! and each row is within a piece or *held* at its limit. A step solves the optimality conditions of the free variables and the held
//! rows exactly (Cholesky), goes there unless a piece ends first, and where one ends pins what ended. After a full step the multipliers
//! are looked at: the one whose sign is most wrong is let go; when none is wrong the point is optimal, with the exact set of what binds.
//!
//! Around it a proximal loop, minimise f(x) + ½·(x − x̄)ᵀD(x − x̄) with x̄ the answer before and D ≈ 1e-9·diag P: a singular P is no
//! special case, and the loop is at the same time the iterative refinement of the answer.
//!
//! Bounds hold exactly: a pinned variable *is* its bound, a free one lies strictly inside. Sources: Nocedal and Wright (2006),
//! *Numerical Optimization*, algorithm 16.3 (active set) and section 17.2 (exact penalty); Bartels, Conn and Sinclair (1978), SIAM J.
//! Numer. Anal. 15 (rows as pieces of the objective); Rockafellar (1976), SIAM J. Control Optim. 14 (proximal point).
//!
//! **Conventions.** Ties of a blocking step go to variables before rows and to the lower index. No clock, no randomness: the steps, and
//! with them the bits, depend on the programme alone.

mod factor;
mod line;

use super::programme::{Programme, Row};
use crate::math::dot;
use factor::Factor;

/// Most proximal rounds of one programme; three or four are usual.
pub const ROUNDS_MAX: usize = 200;

/// How often something is let go without a step of some length.
const LET_GO_MAX: u8 = 5;

/// Where a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Pinned at a boundary: 0 is its least value, then its kinks, last its greatest value.
    At(usize),
    /// Free between boundary `k` and `k + 1`.
    In(usize),
}

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPlace {
    /// Below its lower limit, at its price.
    Below,
    /// Held at its lower limit, or at the one value of an equation.
    AtLow,
    /// Between its limits.
    Within,
    /// Held at its upper limit.
    AtHigh,
    /// Above its upper limit, at its price.
    Above,
}

impl RowPlace {
    fn is_held(self) -> bool {
        matches!(self, RowPlace::AtLow | RowPlace::AtHigh)
    }
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// No multiplier has the wrong sign.
    Optimal,
    /// The steps were used up; the point is feasible as far as the rows say, but not proven optimal.
    Stalled,
    /// P is not positive semi-definite.
    NotConvex,
}

/// The answer, with everything that proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The variables.
    pub x: Vec<f64>,
    /// The multiplier of each row: what the objective would gain by one unit of its limit; negative at a lower limit.
    pub prices: Vec<f64>,
    /// The derivative of the Lagrangian at each pinned variable, 0 at a free one: above 0 it wants to fall, below 0 to rise.
    pub slopes: Vec<f64>,
    /// Where each variable is.
    pub places: Vec<Place>,
    /// Where each row is.
    pub rows: Vec<RowPlace>,
    /// How it ended.
    pub ending: Ending,
    /// Steps taken.
    pub steps: usize,
    /// How much better any other point could be, at most: the wrong slopes times the room of their variables, and the wrong prices times the
    /// room of their rows. Rounding, where the ending is [`Ending::Optimal`]; infinite where a variable without a bound has a slope.
    pub gap: f64,
}

/// Solves a programme from `start`, which need not be feasible.
///
/// `start` is clipped into the bounds. Give the answer of a similar programme to begin where it ended.
pub fn solve(programme: &Programme, start: &[f64]) -> Outcome {
    solve_from(programme, start, &[])
}

/// As [`solve`], beginning with the rows that a similar programme held at its end; `rows` may be fewer than those of the programme.
///
/// The answer is the same but for rounding; the steps that would find these rows again one by one are saved.
pub fn solve_from(programme: &Programme, start: &[f64], rows: &[RowPlace]) -> Outcome {
    let mut engine = Engine::new(programme, start);
    for (r, place) in rows.iter().enumerate().take(programme.rows.len()) {
        if place.is_held() {
            engine.hold(r, *place);
        }
    }
    let mut ending = Ending::Stalled;
    let (mut last, mut value) = (f64::INFINITY, engine.value());
    for _ in 0..ROUNDS_MAX {
        ending = engine.settle();
        if ending != Ending::Optimal {
            break;
        }
        let moved = engine.recentre();
        let now = engine.value();
        // Down to rounding; or neither coming closer nor lower, as where P is singular and rounding drifts along what costs nothing.
        let still = moved <= 1e-15 || (moved >= 0.5 * last && now.0 >= value.0 - 4.0 * f64::EPSILON * now.1);
        if still && engine.most_wrong().is_none() {
            break;
        }
        (last, value) = (moved, now);
    }
    engine.outcome(ending)
}

struct Engine<'a> {
    programme: &'a Programme,
    /// Interior boundaries of each variable, ascending.
    cuts: Vec<Vec<f64>>,
    x: Vec<f64>,
    centre: Vec<f64>,
    /// P·x + q + D·(x − centre).
    gradient: Vec<f64>,
    places: Vec<Place>,
    rows: Vec<RowPlace>,
    values: Vec<f64>,
    prices: Vec<f64>,
    /// Free variables in the order of the factor, and held rows likewise.
    free: Vec<usize>,
    held: Vec<usize>,
    factor: Factor,
    scale: f64,
    steps: usize,
    steps_max: usize,
    /// How often each was let go since the last step of some length: a few times, then no more, so that nothing goes in circles.
    let_go: Vec<u8>,
    convex: bool,
}

impl<'a> Engine<'a> {
    fn new(programme: &'a Programme, start: &[f64]) -> Self {
        let n = programme.len();
        let cuts: Vec<Vec<f64>> = (0..n).map(|i| cuts_of(programme, i)).collect();
        let x: Vec<f64> = (0..n).map(|i| start[i].max(programme.low[i]).min(programme.high[i])).collect();
        let mut engine = Engine {
            programme,
            x,
            centre: programme.centre.clone(),
            gradient: vec![0.0; n],
            places: vec![Place::At(0); n],
            rows: vec![RowPlace::Within; programme.rows.len()],
            values: vec![0.0; programme.rows.len()],
            prices: vec![0.0; programme.rows.len()],
            free: Vec::new(),
            held: Vec::new(),
            factor: Factor::default(),
            scale: programme.scale(),
            steps: 0,
            steps_max: 200 + 40 * (n + programme.rows.len()),
            let_go: vec![0; n + programme.rows.len()],
            convex: true,
            cuts,
        };
        engine.refresh();
        for i in 0..n {
            let boundaries = engine.cuts[i].len() + 2;
            match (0..boundaries).find(|k| engine.boundary(i, *k) >= engine.x[i]) {
                Some(k) if engine.boundary(i, k) == engine.x[i] => engine.places[i] = Place::At(k),
                k => engine.free_up(i, k.unwrap_or(boundaries).saturating_sub(1)),
            }
        }
        for r in 0..programme.rows.len() {
            let (row, value) = (&programme.rows[r], engine.values[r]);
            engine.rows[r] = match () {
                () if value < row.low => RowPlace::Below,
                () if value > row.high => RowPlace::Above,
                // An equation has no inside; where it holds already the first step holds it.
                () if row.low == row.high => RowPlace::Below,
                () => RowPlace::Within,
            };
        }
        engine
    }

    /// Boundary `k` of variable `i`.
    fn boundary(&self, i: usize, k: usize) -> f64 {
        match k {
            0 => self.programme.low[i],
            k if k <= self.cuts[i].len() => self.cuts[i][k - 1],
            _ => self.programme.high[i],
        }
    }

    /// Slope of the kinks of variable `i` between boundary `k` and the next.
    fn kink_slope(&self, i: usize, k: usize) -> f64 {
        let left = self.boundary(i, k);
        self.programme.kinks[i].iter().map(|kink| if kink.at <= left { kink.slope } else { -kink.slope }).sum()
    }

    /// Coefficient of variable `i` in row `r` between boundary `k` and the next.
    fn coefficient(&self, r: usize, i: usize, k: usize) -> f64 {
        let row = &self.programme.rows[r];
        match &row.distance {
            None => row.coefficients[i],
            Some((from, weight)) => row.coefficients[i] + if from[i] <= self.boundary(i, k) { weight[i] } else { -weight[i] },
        }
    }

    /// The piece of a free variable.
    fn piece(&self, i: usize) -> usize {
        match self.places[i] {
            Place::In(k) | Place::At(k) => k,
        }
    }

    fn curvature(&self, i: usize, j: usize) -> f64 {
        let entry = self.programme.quadratic[i * self.x.len() + j];
        if i == j { entry + self.programme.proximity[i] } else { entry }
    }

    /// Recomputes gradient and rows from the point, so that rounding does not add up.
    fn refresh(&mut self) {
        let curved = self.programme.curvature(&self.x);
        for i in 0..self.x.len() {
            let held = self.programme.proximity[i] * (self.x[i] - self.centre[i]);
            self.gradient[i] = curved[i] + self.programme.linear[i] + held;
        }
        for (value, row) in self.values.iter_mut().zip(&self.programme.rows) {
            *value = row.value(&self.x);
        }
    }

    fn free_up(&mut self, i: usize, piece: usize) {
        self.places[i] = Place::In(piece);
        let column: Vec<f64> = self.free.iter().map(|j| self.curvature(i, *j)).collect();
        let held: Vec<f64> = self.held.iter().map(|r| self.coefficient(*r, i, piece)).collect();
        let pivot = self.factor.push(column, self.curvature(i, i), 0.5 * self.programme.proximity[i], &held);
        self.convex &= pivot >= -1e-7;
        self.free.push(i);
    }

    fn pin(&mut self, i: usize, boundary: usize) {
        self.x[i] = self.boundary(i, boundary);
        self.places[i] = Place::At(boundary);
        if let Some(position) = self.free.iter().position(|j| *j == i) {
            self.free.remove(position);
            self.factor.remove(position);
        }
    }

    fn hold(&mut self, r: usize, place: RowPlace) {
        self.rows[r] = place;
        let coefficients = self.free.iter().map(|i| self.coefficient(r, *i, self.piece(*i))).collect();
        self.factor.hold(coefficients);
        self.held.push(r);
    }

    fn let_row_go(&mut self, r: usize, place: RowPlace) {
        self.rows[r] = place;
        if let Some(position) = self.held.iter().position(|held| *held == r) {
            self.held.remove(position);
            self.factor.let_go(position);
        }
    }

    /// The price of row `r` as it stands: its multiplier where it is held, its price beyond its limits.
    fn price(&self, r: usize) -> f64 {
        match self.rows[r] {
            RowPlace::Below => -self.programme.rows[r].price,
            RowPlace::Above => self.programme.rows[r].price,
            RowPlace::Within => 0.0,
            RowPlace::AtLow | RowPlace::AtHigh => self.prices[r],
        }
    }

    /// Steps until no multiplier has the wrong sign.
    fn settle(&mut self) -> Ending {
        let mut lapses = 0;
        while self.steps < self.steps_max {
            if !self.convex {
                return Ending::NotConvex;
            }
            self.steps += 1;
            if self.step() {
                continue;
            }
            match self.most_wrong() {
                None if lapses == 0 => {
                    // Once more with gradient and rows computed afresh.
                    lapses = 1;
                    self.refresh();
                }
                None => return Ending::Optimal,
                Some(release) => {
                    lapses = 0;
                    self.release(&release);
                }
            }
        }
        Ending::Stalled
    }

    /// One step; whether a piece ended before its goal.
    fn step(&mut self) -> bool {
        let programme = self.programme;
        for r in &self.held {
            self.values[*r] = programme.rows[*r].value(&self.x);
        }
        // h: minus the slope of everything that is not held, at the free variables.
        let mut h: Vec<f64> = self.free.iter().map(|i| -self.gradient[*i] - self.kink_slope(*i, self.piece(*i))).collect();
        for r in 0..programme.rows.len() {
            let price = if self.rows[r].is_held() { 0.0 } else { self.price(r) };
            if price != 0.0 {
                for (h, i) in h.iter_mut().zip(&self.free) {
                    *h -= price * self.coefficient(r, *i, self.piece(*i));
                }
            }
        }
        self.factor.forward(&mut h);
        let curvature = self.factor.held_curvature();
        for (p, r) in self.held.iter().enumerate() {
            // A row without a free variable says nothing new about its price: the last one stands.
            if self.factor.held(p).iter().any(|w| *w != 0.0) {
                self.prices[*r] = 0.0;
            }
        }
        // Twice: the second time removes what the rounding of nearly dependent rows left over.
        for _ in 0..if self.held.is_empty() { 0 } else { 2 } {
            let left = (0..self.held.len()).map(|p| {
                let r = self.held[p];
                dot(self.factor.held(p), &h) - (self.limit(r) - self.values[r])
            });
            for (p, price) in curvature.solve(left.collect()).iter().enumerate() {
                self.prices[self.held[p]] += price;
                for (h, w) in h.iter_mut().zip(self.factor.held(p)) {
                    *h -= price * w;
                }
            }
        }
        let bend = dot(&h, &h);
        self.factor.backward(&mut h);
        self.walk(&h, bend)
    }

    /// The value at which a held row is held.
    fn limit(&self, r: usize) -> f64 {
        let row = &self.programme.rows[r];
        if self.rows[r] == RowPlace::AtHigh { row.high } else { row.low }
    }

    /// Goes along `d` (of the free variables) as far as it pays; whether a piece ended before the goal.
    fn walk(&mut self, d: &[f64], bend: f64) -> bool {
        let stop = self.search(d, bend);
        if stop.length > 0.0 {
            let n = self.x.len();
            let mut longest = 0.0_f64;
            for (i, d) in self.free.iter().zip(d) {
                let by = stop.length * d;
                longest = longest.max(by.abs());
                self.x[*i] += by;
                let row = &self.programme.quadratic[i * n..(i + 1) * n];
                for (g, p) in self.gradient.iter_mut().zip(row) {
                    *g += by * p;
                }
                self.gradient[*i] += by * self.programme.proximity[*i];
            }
            for (value, rate) in self.values.iter_mut().zip(&stop.rates) {
                *value += stop.length * rate;
            }
            if longest > 1e-14 {
                self.let_go.fill(0);
            }
        }
        // A free variable stays strictly inside its piece: rounding must not carry it over.
        for k in 0..self.free.len() {
            let i = self.free[k];
            let piece = self.piece(i);
            self.x[i] = self.x[i].max(self.boundary(i, piece)).min(self.boundary(i, piece + 1));
        }
        for (r, place) in &stop.passed {
            self.rows[*r] = *place;
        }
        match stop.end {
            line::End::Goal => false,
            line::End::Bend => true,
            line::End::Variable(i, boundary) => {
                let before = self.x[i];
                self.pin(i, boundary);
                let by = self.x[i] - before;
                if by != 0.0 {
                    let n = self.x.len();
                    for j in 0..n {
                        self.gradient[j] += by * self.curvature(j, i);
                    }
                }
                true
            }
            line::End::Row(r, place) => {
                self.hold(r, place);
                true
            }
        }
    }

    /// The multiplier whose sign is most wrong, measured by what letting go of it promises.
    fn most_wrong(&self) -> Option<Release> {
        let n = self.x.len();
        // What was let go least often, and of those the most promising.
        let mut best: Option<(u8, f64, Release)> = None;
        let mut offer = |times: u8, score: f64, release: Release| {
            if best.as_ref().is_none_or(|(least, most, _)| times < *least || (times == *least && score > *most)) {
                best = Some((times, score, release));
            }
        };
        let priced: Vec<(usize, f64)> =
            (0..self.rows.len()).map(|r| (r, self.price(r))).filter(|(_, price)| *price != 0.0).collect();
        for i in 0..n {
            let Place::At(k) = self.places[i] else { continue };
            if self.let_go[i] >= LET_GO_MAX || self.programme.low[i] == self.programme.high[i] {
                continue;
            }
            let root = self.curvature(i, i).sqrt();
            let pieces = self.cuts[i].len() + 1;
            for piece in [k.checked_sub(1), (k < pieces).then_some(k)].into_iter().flatten() {
                let (slope, size) = self.slope(i, piece, &priced);
                // To the right it pays where the slope is negative, to the left where it is positive.
                let wrong = if piece == k { -slope } else { slope };
                if wrong > 1e-13 * self.scale + 8.0 * f64::EPSILON * size {
                    offer(self.let_go[i], wrong / root, Release::Variable(i, piece));
                }
            }
        }
        for (p, r) in self.held.iter().enumerate() {
            if self.let_go[n + r] >= LET_GO_MAX {
                continue;
            }
            let row = &self.programme.rows[*r];
            let price = self.prices[*r];
            let (least, most) = match self.rows[*r] {
                _ if row.low == row.high => (-row.price, row.price),
                RowPlace::AtLow => (-row.price, 0.0),
                _ => (0.0, row.price),
            };
            let tolerance = 1e-13 * self.scale;
            let w = self.factor.held(p);
            let length = dot(w, w).sqrt();
            if price < least - tolerance {
                // Below an equation's or a lower limit lies the priced side, below an upper limit the inside.
                let to = if self.rows[*r] == RowPlace::AtHigh { RowPlace::Within } else { RowPlace::Below };
                offer(self.let_go[n + r], (least - price) * length, Release::Row(*r, to));
            } else if price > most + tolerance {
                let inside = self.rows[*r] == RowPlace::AtLow && row.low < row.high;
                let to = if inside { RowPlace::Within } else { RowPlace::Above };
                offer(self.let_go[n + r], (price - most) * length, Release::Row(*r, to));
            }
        }
        best.map(|(.., release)| release)
    }

    /// Slope of the Lagrangian along variable `i` in `piece`, and the size of its terms.
    fn slope(&self, i: usize, piece: usize, priced: &[(usize, f64)]) -> (f64, f64) {
        let kinks = self.kink_slope(i, piece);
        let (mut slope, mut size) = (self.gradient[i] + kinks, self.gradient[i].abs() + kinks.abs());
        for (r, price) in priced {
            let term = price * self.coefficient(*r, i, piece);
            slope += term;
            size += term.abs();
        }
        (slope, size)
    }

    fn release(&mut self, release: &Release) {
        match *release {
            Release::Variable(i, piece) => {
                self.let_go[i] += 1;
                self.free_up(i, piece);
            }
            Release::Row(r, place) => {
                self.let_go[self.x.len() + r] += 1;
                self.let_row_go(r, place);
            }
        }
    }

    /// The objective with the prices of the rows, and the size of its terms.
    fn value(&self) -> (f64, f64) {
        let programme = self.programme;
        let bend = self.x.iter().zip(&self.gradient).zip(&programme.linear).map(|((x, g), q)| 0.5 * x * (g + q));
        let rows = programme.rows.iter().zip(&self.values);
        let rows = rows.map(|(row, value)| row.price * (row.low - value).max(value - row.high).max(0.0));
        let (mut total, mut size) = (programme.kink_costs(&self.x), 0.0);
        for term in bend.chain(rows) {
            total += term;
            size += term.abs();
        }
        (total, size + total.abs())
    }

    /// Moves the centre to the point; how far it moved.
    fn recentre(&mut self) -> f64 {
        let moved = self.x.iter().zip(&self.centre).map(|(x, centre)| (x - centre).abs()).fold(0.0, f64::max);
        self.centre.copy_from_slice(&self.x);
        self.let_go.fill(0);
        self.refresh();
        moved
    }

    /// The shortest way onto the held rows, in the plain metric: where P is nearly singular its own metric leaves rounding behind.
    fn meet_held_rows(&mut self) {
        let rows: Vec<Vec<f64>> =
            (self.held.iter()).map(|r| self.free.iter().map(|i| self.coefficient(*r, *i, self.piece(*i))).collect()).collect();
        let plain = factor::HeldCurvature::of(&rows);
        for _ in 0..2 {
            let left = self.held.iter().map(|r| self.limit(*r) - self.programme.rows[*r].value(&self.x));
            let prices = plain.solve(left.collect());
            for (k, i) in self.free.iter().enumerate() {
                let by: f64 = rows.iter().zip(&prices).map(|(row, price)| row[k] * price).sum();
                let piece = self.piece(*i);
                self.x[*i] = (self.x[*i] + by).max(self.boundary(*i, piece)).min(self.boundary(*i, piece + 1));
            }
        }
    }

    /// By how much a held row can hide a better point: its price is from 0 to that of a violation, and where it is not, the Lagrangian is no
    /// lower bound by as much times the room of the row.
    fn wrong_price(&self, r: usize) -> f64 {
        let (row, price) = (&self.programme.rows[r], self.price(r));
        let (mut least, mut most) = (0.0, 0.0);
        for (i, coefficient) in row.coefficients.iter().enumerate() {
            let (low, high) = (self.programme.low[i], self.programme.high[i]);
            // Nothing times a variable without bound is nothing.
            if *coefficient != 0.0 {
                least += (coefficient * low).min(coefficient * high);
                most += (coefficient * low).max(coefficient * high);
            }
            if let Some((from, weight)) = row.distance.as_ref().filter(|(_, weight)| weight[i] != 0.0) {
                most += weight[i] * (low - from[i]).abs().max((high - from[i]).abs());
            }
        }
        let times = |off: f64, room: f64| if off > 0.0 && room > 0.0 { off * room } else { 0.0 };
        let beyond = (price.abs() - row.price).max(0.0);
        match self.rows[r] {
            RowPlace::AtHigh if row.low < row.high => {
                times(-price, row.high - least.max(row.low)) + times(beyond, most - row.high)
            }
            RowPlace::AtLow if row.low < row.high => times(price, most.min(row.high) - row.low) + times(beyond, row.low - least),
            RowPlace::AtHigh | RowPlace::AtLow => times(beyond, (most - row.high).max(row.low - least)),
            _ => 0.0,
        }
    }

    fn outcome(mut self, ending: Ending) -> Outcome {
        self.meet_held_rows();
        // Without the proximal term: the slopes are those of the programme itself.
        self.recentre();
        let priced: Vec<(usize, f64)> =
            (0..self.rows.len()).map(|r| (r, self.price(r))).filter(|(_, price)| *price != 0.0).collect();
        let (mut slopes, mut gap) = (vec![0.0; self.x.len()], 0.0);
        for i in 0..self.x.len() {
            let room = self.programme.high[i] - self.programme.low[i];
            let last = self.cuts[i].len();
            let wrong = match self.places[i] {
                Place::In(piece) => self.slope(i, piece, &priced).0.abs(),
                Place::At(k) => {
                    let right = (k <= last).then(|| self.slope(i, k, &priced).0);
                    let left = k.checked_sub(1).map(|piece| self.slope(i, piece, &priced).0);
                    // A bound has one side; at a kink the slope that is nearer to nothing says how firmly it holds.
                    slopes[i] = match (left, right) {
                        (Some(left), Some(right)) if left.abs() < right.abs() => left,
                        (_, Some(right)) => right,
                        (left, None) => left.unwrap_or_default(),
                    };
                    right.map_or(0.0, |right| -right).max(left.unwrap_or_default()).max(0.0)
                }
            };
            if wrong > 0.0 && room > 0.0 {
                gap += wrong * room;
            }
        }
        gap += self.held.iter().map(|r| self.wrong_price(*r)).sum::<f64>();
        let prices = (0..self.rows.len()).map(|r| self.price(r)).collect();
        Outcome { x: self.x, prices, slopes, places: self.places, rows: self.rows, ending, steps: self.steps, gap }
    }
}

enum Release {
    Variable(usize, usize),
    Row(usize, RowPlace),
}

/// The kinks strictly inside the bounds of variable `i`, ascending, once each.
fn cuts_of(programme: &Programme, i: usize) -> Vec<f64> {
    let kinks = programme.kinks[i].iter().filter(|kink| kink.slope > 0.0).map(|kink| kink.at);
    let far = |row: &Row| row.distance.as_ref().and_then(|(from, weight)| (weight[i] > 0.0).then_some(from[i]));
    let rows = programme.rows.iter().filter_map(far);
    let inside = |at: &f64| *at > programme.low[i] && *at < programme.high[i];
    let mut cuts: Vec<f64> = kinks.chain(rows).filter(inside).collect();
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    cuts
}

#[cfg(test)]
mod tests;
