//! Requests from a seed: for every operation, healthy and hostile, and a copy of each in another order.
//!
//! A request is first a tree with tables as rows. Writing it to text decides everything that must not matter: the order of keys and
//! rows, whether a table stands as rows or as columns, how a number is spelled.

use crate::engine::Request;
use crate::random::Random;
use allocator_core::units::UnixNanos;
use serde_json::{Map, Value, json};

/// A request, and the same request written differently.
#[derive(Clone, Debug)]
pub struct Pair {
    /// As generated.
    pub request: Request,
    /// Another order, another form of tables, other spellings of numbers; the same meaning.
    pub permuted: Request,
}

/// The operations that requests are generated for.
pub const OPERATIONS: &[&str] = &["blend", "correlation", "metrics"];

/// Request number `case` of a run.
pub fn pair(seed: u64, case: u64) -> Pair {
    let random = &mut Random::for_case(seed, case);
    // Blend has the most settings and so the most to try.
    let operation = *random.pick(&["blend", "blend", "correlation", "metrics"]);
    let mut tree = match operation {
        "blend" => blend(random),
        "correlation" => correlation(random),
        _ => metrics(random),
    };
    let hostile = random.chance(15);
    if hostile {
        damage(&mut tree, random);
    }
    let mut text = Text::new(false).write(&tree, random);
    let permuted = Text::new(true).write(&permute(&tree, random), random);
    if hostile && random.chance(20) {
        cut(&mut text, random);
        return Pair { request: request(operation, text.clone()), permuted: request(operation, text) };
    }
    Pair { request: request(operation, text), permuted: request(operation, permuted) }
}

fn request(operation: &str, body: Vec<u8>) -> Request {
    Request { operation: operation.to_owned(), body }
}

/// A healthy blend: the weights of every strategy long, or long and short.
pub fn blend(random: &mut Random) -> Value {
    let shorts = random.chance(40);
    let method = *random.pick(&["rank_aggregation", "equal_weight", "inverse_vol", "fixed", "sharpe", "ic", "score"]);
    let strategies: Vec<String> = (0..random.between(1, 7)).map(|i| format!("s{i}")).collect();
    let symbols: Vec<String> = (0..random.between(1, 16)).map(|i| format!("SYM{i:02}")).collect();
    let mut signals = Map::new();
    for id in &strategies {
        let dense = random.between(20, 100);
        let named: Vec<&String> = symbols.iter().filter(|_| random.chance(dense)).collect();
        let rows: Vec<Value> = named.into_iter().map(|symbol| json!([symbol, score(random), weight(random, shorts)])).collect();
        signals.insert(id.clone(), if random.chance(4) { json!([]) } else { rows.into() });
    }
    let mut tree = json!({ "version": 1, "signals": signals, "config": { "method": method } });
    if shorts {
        tree["config"]["allow_short_positions"] = json!(true);
    }
    settings(&mut tree["config"], random, &strategies, &symbols);
    if random.chance(85) {
        let stats = strategies.iter().map(|id| {
            (
                id.clone(),
                json!({ "vol": random.range(0.02, 0.6), "sharpe": random.range(-1.0, 2.5), "ic": random.range(-0.1, 0.1) }),
            )
        });
        tree["stats"] = stats.collect::<Map<_, _>>().into();
    }
    if random.chance(40) {
        let length = random.between(5, 90);
        tree["returns"] = series(random, &strategies, length, Kind::Return);
    }
    if method == "ic" {
        let length = random.between(5, 60);
        tree["asset_returns"] = series(random, &symbols, length, Kind::Return);
        let history = strategies.iter().map(|id| (id.clone(), series(random, &symbols, length, Kind::Score)));
        tree["score_history"] = history.collect::<Map<_, _>>().into();
        if random.chance(50) {
            tree["config"]["ic_min_observations"] = json!(random.between(2, 10));
        }
    }
    tree
}

fn score(random: &mut Random) -> f64 {
    match random.below(10) {
        // Ties, also at zero.
        0..=2 => random.between(0, 6) as f64 / 2.0 - 1.0,
        3 => random.range(-1e-9, 1e-9),
        4 => random.range(-1e9, 1e9),
        _ => random.bell(),
    }
}

fn weight(random: &mut Random, shorts: bool) -> f64 {
    let size = match random.below(12) {
        0 => 0.0,
        1 => random.range(0.0, 1e6),
        2 => random.range(0.0, 1e-9),
        3 => 1.0,
        _ => random.unit(),
    };
    if shorts && random.chance(40) { -size } else { size }
}

/// A few settings, each with a value that it may have.
fn settings(config: &mut Value, random: &mut Random, strategies: &[String], symbols: &[String]) {
    let word = |random: &mut Random, words: &[&str]| json!(random.pick(words));
    let mut set = |name: &str, percent: usize, value: &dyn Fn(&mut Random) -> Value| {
        if random.chance(percent) {
            config[name] = value(random);
        }
    };
    set("per_strategy_max", 50, &|random| json!(random.unit()));
    set("rank_by", 30, &|random| word(random, &["conviction", "score", "abs"]));
    set("ties", 30, &|random| word(random, &["dense", "average"]));
    set("rank_transform", 30, &|random| {
        word(random, &["reciprocal", "borda", "normal_scores", "fraction", "zero_one", "rank_sum"])
    });
    set("missing", 20, &|random| word(random, &["zero", "mean"]));
    set("rows", 20, &|random| word(random, &["method", "ranks", "weights"]));
    set("min_score", 15, &|random| json!(random.bell()));
    set("redistribute", 15, &|random| word(random, &["always", "long_only", "never"]));
    set("on_infeasible_cap", 25, &|random| word(random, &["cash", "relax", "error"]));
    set("single_strategy", 20, &|random| word(random, &["bypass", "bypass_except_inverse_vol", "cap"]));
    set("target_total", 20, &|random| json!(random.range(0.1, 2.0)));
    set("cash_reserve", 20, &|random| json!(random.range(0.0, 0.5)));
    set("symbol_max", 25, &|random| json!(random.range(0.01, 0.6)));
    set("gross_max", 15, &|random| json!(random.range(0.1, 2.0)));
    set("net_min", 10, &|random| json!(random.range(-1.0, 0.2)));
    set("net_max", 10, &|random| json!(random.range(0.2, 1.0)));
    set("positions_max", 15, &|random| json!(random.between(1, 10)));
    set("position_min", 15, &|random| json!(random.range(0.0, 0.1)));
    set("lookback", 15, &|random| json!(random.between(30, 80)));
    set("min_observations", 20, &|random| json!(random.between(2, 30)));
    set("unknown_weight", 30, &|random| word(random, &["zero", "minimum"]));
    set("no_edge", 30, &|random| word(random, &["cash", "equal"]));
    set("correlation_action", 30, &|random| word(random, &["none", "scale_down", "drop"]));
    set(
        "correlation",
        20,
        &|random| json!({ "threshold": random.range(0.0, 0.9), "min_observations": random.between(2, 20), "method": word(random, &["pearson", "spearman", "ewma"]) }),
    );
    set("strategy_max", 15, &|random| {
        let id = random.pick(strategies).clone();
        json!({ id: random.unit() })
    });
    set("vol_override", 10, &|random| {
        let id = random.pick(strategies).clone();
        json!({ id: random.range(0.05, 0.4) })
    });
    if random.chance(20) {
        let groups: Map<String, Value> =
            symbols.iter().map(|symbol| (symbol.clone(), json!(random.pick(&["tech", "banks", "oil"])))).collect();
        if let Some(name) = groups.values().next().and_then(Value::as_str) {
            config["group_max"] = json!({ name: random.range(0.05, 0.8) });
        }
        config["groups"] = groups.into();
    }
    if random.chance(12) {
        let prices: Map<String, Value> = symbols.iter().map(|symbol| (symbol.clone(), json!(random.range(1.0, 900.0)))).collect();
        config["lots"] =
            json!({ "capital": random.range(1e4, 1e8), "prices": prices, "lot_size": random.pick(&[1.0, 10.0, 100.0]) });
    }
    if config["method"] == "fixed" {
        let shares: Vec<f64> = strategies.iter().map(|_| random.unit()).collect();
        let total: f64 = shares.iter().sum::<f64>() * random.range(1.0, 1.5);
        let weights =
            strategies.iter().zip(shares).map(|(id, share)| (id.clone(), json!(if total > 0.0 { share / total } else { 0.0 })));
        config["strategy_weights"] = weights.collect::<Map<_, _>>().into();
    }
}

/// A healthy request for correlations.
pub fn correlation(random: &mut Random) -> Value {
    let names: Vec<String> = (0..random.between(1, 6)).map(|i| format!("s{i}")).collect();
    let length = random.between(2, 120);
    let mut tree = json!({ "version": 1, "returns": series(random, &names, length, Kind::Return), "config": {} });
    let config = &mut tree["config"];
    for (name, percent, value) in [
        ("method", 60, json!(random.pick(&["pearson", "spearman", "ewma"]))),
        ("threshold", 50, json!(random.unit())),
        ("hysteresis", 20, json!(random.range(0.0, 0.3))),
        ("half_life", 30, json!(random.range(1.0, 80.0))),
        ("confidence", 30, json!(random.range(0.5, 0.999))),
        ("absolute", 30, json!(random.chance(50))),
        ("min_observations", 60, json!(random.between(2, 20))),
        ("window", 30, json!(random.between(20, 60))),
    ] {
        if random.chance(percent) {
            config[name] = value;
        }
    }
    let mut two = || json!([random.pick(&names), random.pick(&names)]);
    let (active, rolling) = (two(), two());
    if random.chance(20) && active[0] != active[1] {
        tree["active"] = json!([active]);
    }
    if random.chance(20) && rolling[0] != rolling[1] {
        tree["rolling"] = json!({ "pair": rolling, "window": random.between(2, 30) });
    }
    tree
}

/// A healthy request for metrics.
pub fn metrics(random: &mut Random) -> Value {
    let names: Vec<String> = (0..random.between(1, 3)).map(|i| format!("s{i}")).collect();
    let length = random.between(1, 150);
    let mut tree = json!({ "version": 1, "config": {} });
    if random.chance(60) {
        tree["returns"] = series(random, &names, length, Kind::Return);
    } else {
        tree["values"] = series(random, &names, length, Kind::Value);
        // A flow on a date that has a value, but not on the first.
        if let Some(date) = tree["values"]["s0"].as_array().and_then(|rows| rows.get(1)).map(|row| row[0].clone())
            && random.chance(40)
        {
            tree["flows"] = json!({ "s0": [[date, random.range(-50.0, 200.0)]] });
        }
    }
    if random.chance(40) {
        tree["benchmark"] = series(random, &[String::from("market")], length, Kind::Return);
    }
    for (name, percent, value) in [
        ("cagr_basis", 30, json!(random.pick(&["periods", "calendar"]))),
        ("curves", 20, json!(true)),
        ("cvar_rule", 50, json!(random.pick(&["at_most_var", "lowest_count", "rockafellar_uryasev"]))),
        ("ddof", 30, json!(random.below(2))),
        ("flow_timing", 20, json!(random.pick(&["start", "end"]))),
        ("lookback", 20, json!(random.between(2, 60))),
        ("lookback_scope", 20, json!(random.pick(&["all", "moments"]))),
        ("minimum_acceptable_return", 20, json!(random.range(-0.1, 0.1))),
        ("risk_free", 30, json!(random.range(0.0, 0.05))),
        ("rolling_window", 20, json!(random.between(2, 40))),
        ("var_level", 40, json!(random.range(0.8, 0.995))),
        ("var_rule", 40, json!(random.pick(&["linear", "floor_index"]))),
        ("win_rate_basis", 30, json!(random.pick(&["nonzero", "all"]))),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    tree
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Return,
    Score,
    Value,
}

/// Histories that share most of their dates; some flat, some proportional to the first, some short.
fn series(random: &mut Random, names: &[String], length: usize, kind: Kind) -> Value {
    let first = UnixNanos::from_date(2021, 1, 4).map_or(0, UnixNanos::days);
    let step = *random.pick(&[1, 1, 1, 7]);
    let mut common: Vec<f64> = Vec::new();
    let mut book = Map::new();
    for name in names {
        let (size, tie, gaps) = (random.range(0.001, 0.03), random.range(-1.0, 1.0), random.chance(30));
        let flat = random.chance(5);
        let length = if random.chance(10) { random.between(0, length) } else { length };
        let mut value = 100.0;
        let mut rows = Vec::new();
        for i in 0..length {
            if common.len() <= i {
                common.push(random.bell());
            }
            let shock = if flat { 0.0 } else { (size * (tie * common[i] + (1.0 - tie.abs()) * random.bell())).max(-0.9) };
            value *= 1.0 + shock;
            let gone = gaps && random.chance(10);
            if let Some(date) = UnixNanos::from_days(first + step * i as i64).filter(|_| !gone) {
                let cell = match kind {
                    Kind::Return => shock,
                    Kind::Score => shock * 100.0,
                    Kind::Value => value,
                };
                rows.push(json!([date.to_string(), cell]));
            }
        }
        book.insert(name.clone(), rows.into());
    }
    book.into()
}

/// Damages a request in one of the ways that a boundary must refuse, or at least survive.
fn damage(tree: &mut Value, random: &mut Random) {
    let strange = [
        json!("NaN"),
        json!("Infinity"),
        json!(null),
        json!(-1.0),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!("0.5"),
        json!([]),
        json!({}),
        json!(true),
        json!("…\u{0}\u{7}\""),
        json!(40),
    ];
    match random.below(5) {
        0 => tree["version"] = random.pick(&[json!(2), json!("1"), json!(null), json!(1.5)]).clone(),
        1 => tree["config"]["per_stratgy_max"] = json!(0.4),
        2 => {
            // Some setting gets a value that it cannot have.
            let names =
                ["per_strategy_max", "threshold", "method", "lookback", "confidence", "var_level", "groups", "lots", "ddof"];
            let name = *random.pick(&names);
            tree["config"][name] = random.pick(&strange).clone();
        }
        3 => {
            let value = random.pick(&strange).clone();
            if let Some(cell) = some_leaf(tree, random) {
                *cell = value;
            }
        }
        _ => {
            // A row twice.
            for table in ["signals", "returns", "values"] {
                let book = tree.get_mut(table).and_then(Value::as_object_mut);
                if let Some(rows) = book.and_then(|book| book.values_mut().next()).and_then(Value::as_array_mut)
                    && let Some(row) = rows.first().cloned()
                {
                    rows.push(row);
                }
            }
        }
    }
    if tree["config"].is_null() {
        tree["config"] = json!({});
    }
}

/// Some value that holds no others.
fn some_leaf<'a>(tree: &'a mut Value, random: &mut Random) -> Option<&'a mut Value> {
    let leaf = match tree {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    if leaf {
        return Some(tree);
    }
    let children: Vec<&'a mut Value> = match tree {
        Value::Object(fields) => fields.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    let chosen = random.below(children.len());
    children.into_iter().nth(chosen).and_then(|child| some_leaf(child, random))
}

/// Cuts the text short, or puts a byte into it that does not belong there.
fn cut(text: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(text.len());
    if random.chance(50) {
        text.truncate(at);
    } else {
        text[at] = random.bits() as u8;
    }
}

/// The tables of a request, by the path to the object that holds them; `*` is any key.
const TABLES: &[(&[&str], &[&str])] = &[
    (&["signals"], &["symbol", "score", "weight"]),
    (&["returns"], &["date", "value"]),
    (&["asset_returns"], &["date", "value"]),
    (&["benchmark"], &["date", "value"]),
    (&["values"], &["date", "value"]),
    (&["flows"], &["date", "value"]),
    (&["score_history", "*"], &["date", "value"]),
];

/// The same request with rows in another order and tables in another form.
fn permute(tree: &Value, random: &mut Random) -> Value {
    let mut tree = tree.clone();
    for (path, columns) in TABLES {
        books(&mut tree, path, &mut |book| {
            for table in book.values_mut() {
                if let Value::Array(rows) = table {
                    random.shuffle(rows);
                    reshape(table, columns, random);
                }
            }
        });
    }
    if let Some(pairs) = tree.get_mut("active").and_then(Value::as_array_mut) {
        random.shuffle(pairs);
    }
    tree
}

fn books(tree: &mut Value, path: &[&str], each: &mut impl FnMut(&mut Map<String, Value>)) {
    match (path, tree) {
        ([], Value::Object(book)) => each(book),
        (["*", rest @ ..], Value::Object(fields)) => fields.values_mut().for_each(|field| books(field, rest, each)),
        ([name, rest @ ..], Value::Object(fields)) => {
            if let Some(field) = fields.get_mut(*name) {
                books(field, rest, each);
            }
        }
        _ => {}
    }
}

/// Rows as arrays become columns or, for signals, objects; or stay.
fn reshape(table: &mut Value, columns: &[&str], random: &mut Random) {
    let Value::Array(rows) = &*table else { return };
    if !rows.iter().all(|row| row.as_array().is_some_and(|row| row.len() == columns.len())) {
        return;
    }
    match random.below(3) {
        0 => {
            let column = |i: usize| rows.iter().map(|row| row[i].clone()).collect::<Vec<_>>();
            *table =
                columns.iter().enumerate().map(|(i, name)| ((*name).to_owned(), json!(column(i)))).collect::<Map<_, _>>().into();
        }
        1 if columns.len() == 3 => {
            let object = |row: &Value| {
                columns.iter().enumerate().map(|(i, name)| ((*name).to_owned(), row[i].clone())).collect::<Map<_, _>>()
            };
            *table = rows.iter().map(object).map(Value::Object).collect();
        }
        _ => {}
    }
}

/// Writes JSON; `varied` with keys in any order and numbers in any spelling.
struct Text {
    out: Vec<u8>,
    varied: bool,
}

impl Text {
    fn new(varied: bool) -> Self {
        Text { out: Vec::new(), varied }
    }

    fn write(mut self, value: &Value, random: &mut Random) -> Vec<u8> {
        self.value(value, random);
        self.out
    }

    fn value(&mut self, value: &Value, random: &mut Random) {
        match value {
            Value::Array(items) => {
                self.out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.out.push(b',');
                    }
                    self.value(item, random);
                }
                self.out.push(b']');
            }
            Value::Object(fields) => {
                let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
                if self.varied {
                    random.shuffle(&mut fields);
                }
                self.out.push(b'{');
                for (i, (name, field)) in fields.into_iter().enumerate() {
                    if i > 0 {
                        self.out.push(b',');
                    }
                    self.out.extend(json!(name).to_string().bytes());
                    self.out.push(b':');
                    self.value(field, random);
                }
                self.out.push(b'}');
            }
            Value::Number(number) if self.varied && random.chance(20) => {
                let number = number.as_f64().unwrap_or_default();
                let text = if random.chance(50) { format!("{number:e}") } else { format!(" {number:?}\n") };
                self.out.extend(text.bytes());
            }
            other => self.out.extend(other.to_string().bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_requests() {
        for case in 0..50 {
            assert_eq!(pair(7, case).request, pair(7, case).request);
        }
    }

    #[test]
    fn every_operation_has_a_generator() {
        assert_eq!(OPERATIONS, allocator_core::op::NAMES, "write a generator for the new operation, in tests/src/generate.rs");
    }
}
