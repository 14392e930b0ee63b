//! Evaluates a typed formula for all symbols and bars: one pass over the columns for every operation.

use super::check::Node;
use super::function::Function;
use super::grid::Grid;
use super::{Formula, HELD_MAX, WORK_MAX};
use crate::error::{Code, Fault};
use crate::math;
use std::borrow::Cow;

/// A number for all, or one for each bar.
enum Value<'a> {
    Number(f64),
    Bars(Cow<'a, [f64]>),
}

/// Every bar's score, NaN where it is unknown.
pub(super) fn evaluate(formula: &Formula, grid: &Grid) -> Result<Vec<f64>, Fault> {
    for column in formula.columns() {
        if grid.column(column).is_none() {
            let message = format!("The formula reads {:?}, and there is no table of it.", column.name());
            return Err(Fault::new(Code::MissingColumn, "", message, format!("Give {:?}, or use close.", column.name())));
        }
    }
    let work = work(formula.node()) * grid.len() as f64;
    if work > WORK_MAX {
        let message = format!("The formula over these prices is {work:.0} steps of work, and {WORK_MAX:.0} are the most.");
        return Err(Fault::new(Code::LimitExceeded, "", message, "Use shorter windows, fewer operations or fewer prices."));
    }
    let held = held(formula.node()) * grid.len();
    if held > HELD_MAX {
        let message = format!("The formula over these prices holds {held} values at a time, and {HELD_MAX} are the most.");
        return Err(Fault::new(Code::LimitExceeded, "", message, "Nest less, or give fewer prices."));
    }
    Ok(match value(formula.node(), grid) {
        Value::Number(number) => vec![number; grid.len()],
        Value::Bars(bars) => bars.into_owned(),
    })
}

/// Steps for one bar.
fn work(node: &Node) -> f64 {
    let own = match node {
        Node::Window(Function::Delay | Function::Delta, ..) => 1.0,
        Node::Window(Function::Correlation | Function::Covariance, _, bars) => 4.0 * *bars as f64,
        Node::Window(_, _, bars) => 2.0 * *bars as f64,
        Node::Apply(Function::Rank, _) => 30.0,
        Node::Number(_) => 0.0,
        _ => 2.0,
    };
    own + node.children().into_iter().map(work).sum::<f64>()
}

/// How many columns are held at a time, at most.
fn held(node: &Node) -> usize {
    let below = node.children().into_iter().enumerate().map(|(before, child)| before + held(child)).max().unwrap_or(0);
    below.max(node.children().len() + 1)
}

/// What is not a finite number is unknown.
fn known(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

fn value<'a>(node: &Node, grid: &'a Grid) -> Value<'a> {
    match node {
        Node::Number(number) => Value::Number(*number),
        Node::Column(column) => Value::Bars(Cow::Borrowed(grid.column(*column).unwrap_or(&[]))),
        Node::Negative(inner) => map(value(inner, grid), |x| -x),
        Node::Not(inner) => map(value(inner, grid), |x| 1.0 - x),
        Node::Arithmetic(sign, pair) => {
            let (left, right) = (value(&pair.0, grid), value(&pair.1, grid));
            match sign {
                '+' => zip(left, right, |x, y| known(x + y)),
                '-' => zip(left, right, |x, y| known(x - y)),
                '*' => zip(left, right, |x, y| known(x * y)),
                '/' => zip(left, right, |x, y| known(x / y)),
                _ => zip(left, right, |x, y| if x.is_nan() || y.is_nan() { f64::NAN } else { known(math::pow(x, y)) }),
            }
        }
        Node::Compare(sign, pair) => {
            let (left, right) = (value(&pair.0, grid), value(&pair.1, grid));
            let compare: fn(&f64, &f64) -> bool = match *sign {
                "<" => f64::lt,
                "<=" => f64::le,
                ">" => f64::gt,
                ">=" => f64::ge,
                "==" => f64::eq,
                _ => f64::ne,
            };
            zip(left, right, |x, y| if x.is_nan() || y.is_nan() { f64::NAN } else { f64::from(u8::from(compare(&x, &y))) })
        }
        // One that is false makes both false, whatever the other is; so does one that is true make either true.
        Node::And(pair) => zip(value(&pair.0, grid), value(&pair.1, grid), |x, y| if x == 0.0 || y == 0.0 { 0.0 } else { x * y }),
        Node::Or(pair) => zip(value(&pair.0, grid), value(&pair.1, grid), |x, y| if x == 1.0 || y == 1.0 { 1.0 } else { x + y }),
        Node::If(all) => choose(value(&all.0, grid), value(&all.1, grid), value(&all.2, grid), grid.len()),
        Node::Apply(function, inner) => apply(*function, inner, grid),
        Node::Window(function, inner, bars) => {
            let x = spread(value(&inner[0], grid), grid.len());
            match inner.get(1) {
                Some(other) => {
                    let y = spread(value(other, grid), grid.len());
                    Value::Bars(Cow::Owned(pair_window(*function, &x, &y, *bars, grid)))
                }
                None => Value::Bars(Cow::Owned(window(*function, &x, *bars, grid))),
            }
        }
    }
}

fn map(x: Value<'_>, f: impl Fn(f64) -> f64) -> Value<'_> {
    match x {
        Value::Number(x) => Value::Number(f(x)),
        Value::Bars(bars) => {
            let mut bars = bars.into_owned();
            for x in &mut bars {
                *x = f(*x);
            }
            Value::Bars(Cow::Owned(bars))
        }
    }
}

fn zip<'a>(x: Value<'a>, y: Value<'a>, f: impl Fn(f64, f64) -> f64) -> Value<'a> {
    match (x, y) {
        (Value::Number(x), y) => map(y, |y| f(x, y)),
        (x, Value::Number(y)) => map(x, |x| f(x, y)),
        (Value::Bars(x), Value::Bars(y)) => {
            let mut x = x.into_owned();
            x.iter_mut().zip(y.iter()).for_each(|(x, y)| *x = f(*x, *y));
            Value::Bars(Cow::Owned(x))
        }
    }
}

fn spread(x: Value<'_>, len: usize) -> Cow<'_, [f64]> {
    match x {
        Value::Number(x) => Cow::Owned(vec![x; len]),
        Value::Bars(bars) => bars,
    }
}

/// Unknown conditions choose nothing; what is not chosen may be unknown.
fn choose<'a>(condition: Value<'a>, this: Value<'a>, that: Value<'a>, len: usize) -> Value<'a> {
    let pick = |condition: f64, this: f64, that: f64| match condition {
        1.0 => this,
        0.0 => that,
        _ => f64::NAN,
    };
    let (condition, this, that) = (spread(condition, len), spread(this, len), spread(that, len));
    Value::Bars(condition.iter().zip(this.iter()).zip(that.iter()).map(|((c, x), y)| pick(*c, *x, *y)).collect())
}

fn apply<'a>(function: Function, inner: &[Node], grid: &'a Grid) -> Value<'a> {
    let x = value(&inner[0], grid);
    if let Some(other) = inner.get(1) {
        let y = value(other, grid);
        return match function {
            Function::Max => zip(x, y, |x, y| if x.is_nan() || y.is_nan() { f64::NAN } else { x.max(y) }),
            Function::Min => zip(x, y, |x, y| if x.is_nan() || y.is_nan() { f64::NAN } else { x.min(y) }),
            _ => zip(x, y, |x, y| if x.is_nan() || y.is_nan() { f64::NAN } else { known(sign(x) * math::pow(x.abs(), y)) }),
        };
    }
    match function {
        Function::Abs => map(x, f64::abs),
        Function::Exp => map(x, |x| known(math::exp(x))),
        Function::Log => map(x, |x| known(math::ln(x))),
        Function::Sign => map(x, sign),
        Function::Sqrt => map(x, |x| known(x.sqrt())),
        _ => Value::Bars(Cow::Owned(across(function, &spread(x, grid.len()), grid))),
    }
}

fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        // Zero, or unknown.
        x + 0.0
    }
}

/// Functions of the symbols of one bar; unknown ones take no part.
fn across(function: Function, x: &[f64], grid: &Grid) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    let (mut members, mut values) = (Vec::new(), Vec::new());
    for group in grid.offsets.windows(2) {
        members.clear();
        members.extend(grid.peers[group[0]..group[1]].iter().map(|bar| *bar as usize).filter(|bar| !x[*bar].is_nan()));
        values.clear();
        values.extend(members.iter().map(|bar| x[*bar]));
        match function {
            Function::Rank => rank(&values, &members, &mut out),
            Function::Scale => {
                let sizes: f64 = math::sum(values.iter().map(|x| x.abs()));
                for bar in &members {
                    out[*bar] = known(x[*bar] / sizes);
                }
            }
            _ => {
                let n = values.len() as f64;
                let mean = math::sum(values.iter().copied()) / n;
                let squares = math::sum(values.iter().map(|x| (x - mean) * (x - mean)));
                let deviation = (squares / (n - 1.0)).sqrt();
                if !math::negligible(deviation, mean) {
                    for bar in &members {
                        out[*bar] = known((x[*bar] - mean) / deviation);
                    }
                }
            }
        }
    }
    out
}

/// Average ranks over their number.
fn rank(values: &[f64], members: &[usize], out: &mut [f64]) {
    let n = values.len() as f64;
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]).then(a.cmp(&b)));
    let mut from = 0;
    while from < order.len() {
        let mut to = from + 1;
        // Zero and minus zero are the same value.
        while to < order.len() && values[order[to] as usize] == values[order[from] as usize] {
            to += 1;
        }
        let rank = (from + 1 + to) as f64 / 2.0;
        for &i in &order[from..to] {
            out[members[i as usize]] = rank / n;
        }
        from = to;
    }
}

/// Functions of the last bars of one symbol.
fn window(function: Function, x: &[f64], bars: usize, grid: &Grid) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    for j in 0..grid.symbols() {
        let range = grid.bars_of(j);
        let (x, out) = (&x[range.clone()], &mut out[range]);
        match function {
            Function::Delay => {
                let kept = x.len().saturating_sub(bars);
                out[x.len() - kept..].copy_from_slice(&x[..kept]);
            }
            Function::Delta => {
                for t in bars..x.len() {
                    out[t] = known(x[t] - x[t - bars]);
                }
            }
            _ => {
                // Unknown ones among the last bars make the window unknown: the newest of them says until when.
                let mut unknown_until = 0;
                for t in 0..x.len() {
                    if x[t].is_nan() {
                        unknown_until = t + bars;
                    }
                    if t + 1 >= bars && t >= unknown_until {
                        out[t] = known(of_window(function, &x[t + 1 - bars..=t]));
                    }
                }
            }
        }
    }
    out
}

/// The figure of one full window of known values, oldest first.
fn of_window(function: Function, x: &[f64]) -> f64 {
    let n = x.len() as f64;
    match function {
        Function::TsMean => plain_sum(x) / n,
        Function::TsSum => plain_sum(x),
        Function::TsMin => x.iter().copied().fold(f64::INFINITY, f64::min),
        Function::TsMax => x.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Function::TsArgmax => (first_of(x, |x, best| x > best) + 1) as f64,
        Function::TsArgmin => (first_of(x, |x, best| x < best) + 1) as f64,
        Function::TsRank => {
            let now = x[x.len() - 1];
            let below = x.iter().filter(|x| **x < now).count();
            let equal = x.iter().filter(|x| **x == now).count();
            (below as f64 + f64::midpoint(equal as f64, 1.0)) / n
        }
        Function::DecayLinear => {
            let total: f64 = x.iter().enumerate().map(|(i, x)| x * (i + 1) as f64).sum();
            total / (n * (n + 1.0) / 2.0)
        }
        _ => {
            let mean = plain_sum(x) / n;
            let deviation = (squares(x, x, mean, mean) / (n - 1.0)).sqrt();
            if math::negligible(deviation, mean) { 0.0 } else { deviation }
        }
    }
}

fn first_of(x: &[f64], better: fn(f64, f64) -> bool) -> usize {
    let mut best = 0;
    for (i, value) in x.iter().enumerate() {
        if better(*value, x[best]) {
            best = i;
        }
    }
    best
}

/// Sum in four accumulators joined in a fixed order, as [`math::dot`].
fn plain_sum(x: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 4];
    let mut chunks = x.chunks_exact(4);
    for chunk in chunks.by_ref() {
        for lane in 0..4 {
            lanes[lane] += chunk[lane];
        }
    }
    for (lane, x) in chunks.remainder().iter().enumerate() {
        lanes[lane] += x;
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// Sum of products of deviations, in the order of [`math::dot`].
fn squares(x: &[f64], y: &[f64], mean_x: f64, mean_y: f64) -> f64 {
    let mut lanes = [0.0_f64; 4];
    for (i, (x, y)) in x.iter().zip(y).enumerate() {
        lanes[i & 3] += (x - mean_x) * (y - mean_y);
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// Functions of the last bars of two columns of one symbol.
fn pair_window(function: Function, x: &[f64], y: &[f64], bars: usize, grid: &Grid) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    let n = bars as f64;
    for j in 0..grid.symbols() {
        let range = grid.bars_of(j);
        let (x, y, out) = (&x[range.clone()], &y[range.clone()], &mut out[range]);
        let mut unknown_until = 0;
        for t in 0..x.len() {
            if x[t].is_nan() || y[t].is_nan() {
                unknown_until = t + bars;
            }
            if t + 1 < bars || t < unknown_until {
                continue;
            }
            let (a, b) = (&x[t + 1 - bars..=t], &y[t + 1 - bars..=t]);
            let (mean_a, mean_b) = (plain_sum(a) / n, plain_sum(b) / n);
            let covariance = squares(a, b, mean_a, mean_b) / (n - 1.0);
            out[t] = if function == Function::Covariance {
                known(covariance)
            } else {
                let (sd_a, sd_b) =
                    ((squares(a, a, mean_a, mean_a) / (n - 1.0)).sqrt(), (squares(b, b, mean_b, mean_b) / (n - 1.0)).sqrt());
                if math::negligible(sd_a, mean_a) || math::negligible(sd_b, mean_b) {
                    f64::NAN
                } else {
                    known((covariance / sd_a / sd_b).clamp(-1.0, 1.0))
                }
            };
        }
    }
    out
}
