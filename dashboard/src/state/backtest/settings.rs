//! What a backtest is asked: strategies, their capital, when and at what cost they trade. Kept with the page, sent as a request, written
//! as a file of the command line.

use crate::figure::json::{flag, list, number, object, put, text, text_of, texts, whole};
use crate::state::code::yaml_field;
use allocator_core::alpha::{Alpha, WeightScheme};
use allocator_core::config::backtest::{BacktestConfig, Sides, StrategySpec};
use allocator_core::config::blend::BlendConfig;
use allocator_core::config::capital::{CapitalConfig, CapitalMethod};
use allocator_core::config::risk::{OverlayMode, RiskConfig};
use allocator_core::error::Faults;
use allocator_core::units::{UnixNanos, name_fault};
use allocator_core::wire::{At, Choice, Decode, Json, parse, to_canonical_string};
use std::collections::{BTreeMap, BTreeSet};

/// Fills that the page asks for: as many as a person turns pages of. The others are counted; the command line gives all.
pub const ROWS_MAX: u32 = 10_000;

/// Most formulas of one run.
pub const FORMULAS_MAX: usize = 12;

/// The first formula that stands in the editor.
const FIRST_FORMULA: &str = "rank(-delta(close, 5) / ts_std(close, 20))";

/// A formula of the analyst's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// The strategy's id.
    pub name: String,
    /// The formula as typed.
    pub text: String,
    /// Whether it is in the run.
    pub on: bool,
}

/// What the run is held against: a second run with the same costs and dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Baseline {
    /// All symbols, equal weights, at the same rebalances.
    #[default]
    Equal,
    /// One symbol, bought once.
    Symbol(String),
    /// Nothing.
    None,
}

/// How strategies share the capital.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Fixed shares.
    #[default]
    Shares,
    /// By a method of capital.
    Method,
    /// By the settings of the Blend view.
    Blend,
}

/// What the risk overlay does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlay {
    /// There is none.
    #[default]
    None,
    /// It tells regimes and changes no weight.
    Watch,
    /// It scales all targets.
    Scale,
}

/// A loaded file of target weights, which is a strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// The strategy's id.
    pub id: String,
    /// The file's number, by which the engine knows it.
    pub key: u32,
    /// The file's name.
    pub file: String,
}

/// What a run takes from elsewhere on the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Elsewhere {
    /// Files of target weights that are loaded.
    pub uploaded: Vec<Uploaded>,
    /// Settings of the Blend view.
    pub blend: BlendConfig,
    /// Settings of the overlay in the Risk view.
    pub risk: RiskConfig,
    /// Time of the newest price, from which years are counted back.
    pub newest: Option<UnixNanos>,
}

impl Elsewhere {
    /// Ids of the loaded strategies.
    pub fn ids(&self) -> Vec<String> {
        self.uploaded.iter().map(|own| own.id.clone()).collect()
    }
}

/// Settings of the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Built-in alphas in the run.
    pub alphas: BTreeSet<String>,
    /// Formulas, in the order they were written.
    pub formulas: Vec<Own>,
    /// Uploaded strategies of target weights that are left out; those that are loaded are in.
    pub left_out: BTreeSet<String>,
    /// Shares of capital by strategy, fractions; a strategy without one gets an equal part of what the others leave.
    pub shares: BTreeMap<String, f64>,
    /// Whether strategies are blended anew at every rebalance, by the settings of the Blend view, in place of shares.
    pub blended: bool,
    /// How ranked symbols become positions: `cap`, `scheme`, `sides` and `top`; nothing else of it is read.
    pub rule: StrategySpec,
    /// What the run is held against.
    pub baseline: Baseline,
    /// Years before the newest price; 0 is all.
    pub years: u32,
    /// What the risk overlay does; how it does it is set in the Risk view.
    pub overlay: Overlay,
    /// Everything else; a method of capital is in it.
    pub config: BacktestConfig,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            alphas: [Alpha::LowVolatility, Alpha::Momentum12x1].iter().map(|alpha| alpha.as_str().to_owned()).collect(),
            formulas: vec![Own { name: String::from("formula"), text: String::from(FIRST_FORMULA), on: true }],
            left_out: BTreeSet::new(),
            shares: BTreeMap::new(),
            blended: false,
            rule: StrategySpec { top: 0.3, ..StrategySpec::default() },
            baseline: Baseline::Equal,
            years: 0,
            overlay: Overlay::None,
            config: base(),
        }
    }
}

/// The engine's defaults with fewer rows.
fn base() -> BacktestConfig {
    BacktestConfig { rows_max: ROWS_MAX, ..BacktestConfig::default() }
}

/// A value as a tree; settings hold finite numbers and words, which always serialise.
fn tree<T: serde::Serialize>(value: &T) -> Json {
    to_canonical_string(value).ok().and_then(|text| parse(text.as_bytes()).ok()).unwrap_or(Json::Null)
}

/// The fields of `own` that differ from those of `default`.
fn changed(own: &Json, default: &Json) -> Vec<(String, Json)> {
    let Json::Object(fields) = own else { return Vec::new() };
    fields.iter().filter(|(key, value)| default.get(key) != Some(value)).cloned().collect()
}

/// The settings of a run that differ from `default`, those of its parts from the parts' own defaults.
fn lean(config: &BacktestConfig, default: &BacktestConfig) -> Json {
    let mut fields = changed(&tree(config), &tree(default));
    for (key, value) in &mut fields {
        let part = match key.as_str() {
            "blend" => tree(&BlendConfig::default()),
            "capital" => tree(&CapitalConfig::default()),
            "risk" => tree(&RiskConfig::default()),
            _ => continue,
        };
        *value = Json::Object(changed(value, &part));
    }
    Json::Object(fields)
}

fn decoded<T: Decode>(json: Option<&Json>, base: T) -> Option<T> {
    let mut faults = Faults::new();
    match json {
        Some(json) => T::decode_over(json, &At::Root, &mut faults, base).filter(|_| faults.count() == 0),
        None => Some(base),
    }
}

impl Settings {
    /// Reads what [`Settings::text`] wrote; what is missing, damaged or of another version is the default.
    pub fn from_text(kept: &str) -> Self {
        let mut settings = Settings::default();
        let Ok(json) = parse(kept.as_bytes()) else { return settings };
        let words = |key: &str| -> Option<BTreeSet<String>> {
            Some(json.get(key)?.as_array()?.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect())
        };
        if let Some(alphas) = words("alphas") {
            settings.alphas = alphas.into_iter().filter(|word| Alpha::from_word(word).is_some()).collect();
        }
        if let Some(left_out) = words("left_out") {
            settings.left_out = left_out;
        }
        if let Some(formulas) = json.get("formulas").and_then(Json::as_array) {
            let own = |json: &Json| {
                Some(Own {
                    name: json.get("name")?.as_str()?.to_owned(),
                    text: json.get("text")?.as_str()?.to_owned(),
                    on: json.get("on") == Some(&Json::Bool(true)),
                })
            };
            settings.formulas = formulas.iter().filter_map(own).take(FORMULAS_MAX).collect();
        }
        if let Some(Json::Object(shares)) = json.get("shares") {
            let share = |(name, value): &(String, Json)| {
                Some((name.clone(), value.as_f64().filter(|share| (0.0..=1.0).contains(share))?))
            };
            settings.shares = shares.iter().filter_map(share).collect();
        }
        settings.blended = json.get("blended") == Some(&Json::Bool(true));
        settings.overlay = match json.get("overlay").and_then(Json::as_str) {
            Some("watch") => Overlay::Watch,
            Some("scale") => Overlay::Scale,
            _ => Overlay::None,
        };
        settings.baseline = match json.get("baseline").and_then(Json::as_str) {
            Some("none") => Baseline::None,
            Some(word) => word.strip_prefix("symbol:").map_or(Baseline::Equal, |symbol| Baseline::Symbol(symbol.to_owned())),
            None => Baseline::Equal,
        };
        settings.years =
            json.get("years").and_then(Json::as_f64).filter(|years| (0.0..=1e3).contains(years)).unwrap_or(0.0) as u32;
        settings.rule = decoded(json.get("rule"), settings.rule.clone()).unwrap_or(settings.rule);
        settings.config = decoded(json.get("config"), base()).unwrap_or_else(base);
        settings
    }

    /// The settings as the page keeps and shares them; only what differs from the defaults.
    pub fn text(&self) -> String {
        let default = Settings::default();
        let mut all = Json::Object(Vec::new());
        if self.alphas != default.alphas {
            put(&mut all, "alphas", texts(&self.alphas));
        }
        if self.formulas != default.formulas {
            let own =
                |own: &Own| object([("name", text(own.name.clone())), ("text", text(own.text.clone())), ("on", flag(own.on))]);
            put(&mut all, "formulas", list(self.formulas.iter().map(own)));
        }
        if !self.left_out.is_empty() {
            put(&mut all, "left_out", texts(&self.left_out));
        }
        if !self.shares.is_empty() {
            let shares = self.shares.iter().map(|(name, share)| (name.clone(), number(*share))).collect();
            put(&mut all, "shares", Json::Object(shares));
        }
        if self.blended {
            put(&mut all, "blended", flag(true));
        }
        match self.overlay {
            Overlay::None => {}
            Overlay::Watch => put(&mut all, "overlay", text("watch")),
            Overlay::Scale => put(&mut all, "overlay", text("scale")),
        }
        match &self.baseline {
            Baseline::Equal => {}
            Baseline::None => put(&mut all, "baseline", text("none")),
            Baseline::Symbol(symbol) => put(&mut all, "baseline", text(format!("symbol:{symbol}"))),
        }
        if self.years != 0 {
            put(&mut all, "years", whole(self.years as usize));
        }
        let rule = Json::Object(changed(&tree(&self.rule), &tree(&default.rule)));
        for (key, fields) in [("rule", rule), ("config", lean(&self.config, &default.config))] {
            if fields != Json::Object(Vec::new()) {
                put(&mut all, key, fields);
            }
        }
        text_of(&all)
    }

    /// How strategies share the capital.
    pub fn sharing(&self) -> Sharing {
        match (self.blended, &self.config.capital) {
            (true, _) => Sharing::Blend,
            (false, Some(_)) => Sharing::Method,
            (false, None) => Sharing::Shares,
        }
    }

    /// Chooses how strategies share the capital.
    pub fn share_by(&mut self, sharing: Sharing) {
        self.blended = sharing == Sharing::Blend;
        self.config.capital = (sharing == Sharing::Method).then(|| {
            self.config
                .capital
                .take()
                .unwrap_or_else(|| CapitalConfig { method: CapitalMethod::InverseVolatility, ..CapitalConfig::default() })
        });
    }

    /// Chooses a method of capital.
    pub fn capital(&mut self, change: impl FnOnce(&mut CapitalConfig)) {
        self.share_by(Sharing::Method);
        if let Some(capital) = &mut self.config.capital {
            change(capital);
        }
    }

    /// Ids of the strategies that are in the run, in the engine's order; `uploaded` are those of target weights that are loaded.
    pub fn ids(&self, uploaded: &[String]) -> Vec<String> {
        let mut ids: BTreeSet<String> = self.alphas.clone();
        ids.extend(self.formulas.iter().filter(|own| own.on).map(|own| own.name.clone()));
        ids.extend(uploaded.iter().filter(|name| !self.left_out.contains(*name)).cloned());
        ids.into_iter().collect()
    }

    /// Shares of the strategies in the run: as given, and equal parts of what is left for those without.
    pub fn shares_of(&self, ids: &[String]) -> BTreeMap<String, f64> {
        let given: f64 = ids.iter().filter_map(|id| self.shares.get(id)).sum();
        let open = ids.iter().filter(|id| !self.shares.contains_key(*id)).count();
        let part = if open > 0 { (1.0 - given).max(0.0) / open as f64 } else { 0.0 };
        ids.iter().map(|id| (id.clone(), self.shares.get(id).copied().unwrap_or(part))).collect()
    }

    /// What stops the run before the engine is asked: a sentence with the mend.
    pub fn fault(&self, uploaded: &[String]) -> Option<String> {
        let ids = self.ids(uploaded);
        if ids.is_empty() {
            return Some(String::from("No strategy is chosen. Tick an alpha, or write a formula."));
        }
        for own in self.formulas.iter().filter(|own| own.on) {
            if let Some(why) = self.name_fault(&own.name, uploaded) {
                return Some(why);
            }
            if !super::formula::faults(&own.text).is_empty() {
                return Some(format!("The formula {:?} cannot be read yet: see the mark under it.", own.name));
            }
        }
        let given: f64 = ids.iter().filter_map(|id| self.shares.get(id)).sum();
        if self.sharing() == Sharing::Shares && given > 1.0 + 1e-9 {
            return Some(format!(
                "The shares sum to {} %, more than the capital. Lower one.",
                crate::state::number::percent(given)
            ));
        }
        None
    }

    /// Why a formula cannot have this name.
    pub fn name_fault(&self, name: &str, uploaded: &[String]) -> Option<String> {
        if let Some(why) = name_fault(name) {
            return Some(format!("The name {name:?} {why}. Give another."));
        }
        let twice = self.formulas.iter().filter(|own| own.name == name).count() > 1;
        let taken = Alpha::from_word(name).is_some() || uploaded.iter().any(|known| known == name);
        (twice || taken).then(|| format!("There is another strategy called {name:?}. Give this one a name of its own."))
    }

    /// A name that no formula has yet.
    pub fn free_name(&self) -> String {
        let taken = |name: &String| self.formulas.iter().any(|own| own.name == *name);
        let mut names = std::iter::once(String::from("formula")).chain((2..).map(|number| format!("formula_{number}")));
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    fn spec(&self, source: &str, value: Json) -> Json {
        let mut spec = Json::Object(changed(&tree(&self.rule), &tree(&StrategySpec::default())));
        put(&mut spec, source, value);
        spec
    }

    /// The strategies as the request has them. Uploaded weights are data: what stands for them comes from `weights`.
    fn strategies(&self, uploaded: &[Uploaded], weights: impl Fn(&Uploaded) -> Json) -> Json {
        let alphas = self.alphas.iter().map(|word| (word.clone(), self.spec("alpha", text(word.clone()))));
        let formulas = self.formulas.iter().filter(|own| own.on);
        let formulas = formulas.map(|own| (own.name.clone(), self.spec("formula", text(own.text.clone()))));
        let uploaded = uploaded.iter().filter(|own| !self.left_out.contains(&own.id));
        let uploaded = uploaded.map(|own| (own.id.clone(), object([("weights", weights(own))])));
        let mut all: Vec<(String, Json)> = alphas.chain(formulas).chain(uploaded).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Json::Object(all)
    }

    /// The settings as the request has them: what differs from the engine's defaults.
    fn engine_config(&self, elsewhere: &Elsewhere) -> BacktestConfig {
        let ids = self.ids(&elsewhere.ids());
        let mut config = self.config.clone();
        config.start = config.start.or_else(|| self.first_day(elsewhere.newest));
        config.shares = BTreeMap::new();
        config.blend = None;
        config.risk = match self.overlay {
            Overlay::None => None,
            Overlay::Watch => Some(OverlayMode::Off),
            Overlay::Scale => Some(OverlayMode::Compute),
        }
        // Sleeves of the Risk view name its assets, which are no strategies.
        .map(|mode| RiskConfig { mode, sleeves: BTreeMap::new(), ..elsewhere.risk.clone() });
        match self.sharing() {
            Sharing::Blend => (config.blend, config.capital) = (Some(elsewhere.blend.clone()), None),
            Sharing::Shares if ids.iter().any(|id| self.shares.contains_key(id)) => config.shares = self.shares_of(&ids),
            Sharing::Shares | Sharing::Method => {}
        }
        config
    }

    /// The first bar where only so many years count.
    fn first_day(&self, newest: Option<UnixNanos>) -> Option<UnixNanos> {
        let (year, month, day) = newest.filter(|_| self.years > 0)?.date();
        let first = year - i32::try_from(self.years).ok()?;
        // There is no 29 February in most years.
        UnixNanos::from_date(first, month, day).or_else(|| UnixNanos::from_date(first, month, day - 1))
    }

    /// The request without its prices; uploaded weights stand in it as the numbers of their files.
    pub fn request(&self, elsewhere: &Elsewhere) -> String {
        self.request_of(&self.engine_config(elsewhere), elsewhere)
    }

    /// The same run, asked only who earned what with which symbol from one bar to another, both inclusive.
    pub fn earned_request(&self, elsewhere: &Elsewhere, (first, last): (UnixNanos, UnixNanos)) -> String {
        let own = self.engine_config(elsewhere);
        let (attribution_start, attribution_end) = (Some(first), Some(last));
        self.request_of(
            &BacktestConfig { attribution_start, attribution_end, curves: false, ledgers: false, rows_max: 0, ..own },
            elsewhere,
        )
    }

    fn request_of(&self, config: &BacktestConfig, elsewhere: &Elsewhere) -> String {
        let strategies = self.strategies(&elsewhere.uploaded, |own| whole(own.key as usize));
        let config = lean(config, &BacktestConfig::default());
        text_of(&object([("config", config), ("strategies", strategies), ("version", whole(1))]))
    }

    /// The request of the baseline without its prices; `None` where there is none.
    pub fn baseline_request(&self, newest: Option<UnixNanos>) -> Option<String> {
        let mut config = self.config.clone();
        config.start = config.start.or_else(|| self.first_day(newest));
        config.rows_max = 0;
        config.ledgers = false;
        config.shares = BTreeMap::new();
        config.blend = None;
        config.capital = None;
        let spec = match &self.baseline {
            Baseline::None => return None,
            // Every symbol with a score is held: the alpha with the shortest history leaves the fewest out.
            Baseline::Equal => object([("alpha", text(Alpha::ShortTermReversal.as_str())), ("top", number(1.0))]),
            Baseline::Symbol(symbol) => {
                config.rebalance = Some(allocator_core::config::backtest::Rebalance::OnSignal);
                let decided = list([list([text("1700-01-01"), number(1.0)])]);
                object([("weights", Json::Object(vec![(symbol.clone(), decided)]))])
            }
        };
        let fields = lean(&config, &BacktestConfig::default());
        let strategies = Json::Object(vec![(String::from("baseline"), spec)]);
        Some(text_of(&object([("config", fields), ("strategies", strategies), ("version", whole(1))])))
    }

    /// What the baseline is called.
    pub fn baseline_name(&self) -> String {
        match &self.baseline {
            Baseline::Equal => String::from("All symbols equally"),
            Baseline::Symbol(symbol) => format!("{symbol}, bought once"),
            Baseline::None => String::from("No baseline"),
        }
    }

    /// The run as a file for `allocator backtest --config`; the digest is the page's. `prices` are files beside it, as are those of weights.
    pub fn yaml(&self, elsewhere: &Elsewhere, prices: &[String], digest: &str) -> String {
        let mut out = String::from("# allocator backtest --config run.yaml --out result\n");
        if !digest.is_empty() {
            out.extend(["# digest: ", digest, "\n"]);
        }
        let files = match prices {
            [one] => text(one.clone()),
            many => texts(many),
        };
        yaml_field(&mut out, 0, "prices", &files);
        yaml_field(&mut out, 0, "strategies", &self.strategies(&elsewhere.uploaded, |own| text(own.file.clone())));
        yaml_field(&mut out, 0, "backtest", &lean(&self.engine_config(elsewhere), &BacktestConfig::default()));
        out
    }
}

/// How ranked symbols share the capital, as the page calls it.
pub const SCHEMES: &[(WeightScheme, &str)] = &[
    (WeightScheme::Equal, "Equal parts"),
    (WeightScheme::InverseVolatility, "By inverse volatility"),
    (WeightScheme::Proportional, "By score"),
];

/// On which side positions are taken, as the page calls it.
pub const SIDES: &[(Sides, &str)] = &[(Sides::LongOnly, "Long the best"), (Sides::LongShort, "Long the best, short the worst")];

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::config::backtest::Rebalance;
    use allocator_core::op::Request as _;
    use allocator_core::op::backtest::BacktestRequest;

    const PRICES: &str = r#""prices":{"A":[["2024-01-01",10],["2024-01-02",11]],"B":[["2024-01-01",5],["2024-01-02",4]]},"#;

    fn read(request: &str) -> BacktestRequest {
        BacktestRequest::from_json(format!("{{{PRICES}{}", &request[1..]).as_bytes()).unwrap()
    }

    fn varied() -> Settings {
        let mut settings = Settings {
            formulas: vec![Own { name: "mine \"x\"".into(), text: "rank(close)\n+ 1".into(), on: true }],
            baseline: Baseline::Symbol("A".into()),
            years: 3,
            ..Settings::default()
        };
        settings.alphas.insert("macd".into());
        settings.shares.insert("macd".into(), 0.4);
        settings.rule.sides = Sides::LongShort;
        settings.config.cost_rate = 0.0005;
        settings
    }

    /// A method of capital, and an overlay.
    fn governed() -> Settings {
        let mut settings = Settings { overlay: Overlay::Scale, ..Settings::default() };
        settings.capital(|capital| (capital.method, capital.constraints.max) = (CapitalMethod::EqualRiskContribution, 0.5));
        settings.config.capital_schedule = Some(Rebalance::Quarterly);
        settings
    }

    #[test]
    fn what_is_kept_is_read_back_and_defaults_take_no_room() {
        assert_eq!(Settings::default().text(), "{}");
        for settings in [varied(), governed(), Settings { overlay: Overlay::Watch, blended: true, ..varied() }] {
            assert_eq!(Settings::from_text(&settings.text()), settings);
        }
        for damaged in ["", "[]", "{\"config\":{\"cost_rate\":\"x\"},\"alphas\":[\"no such\"],\"years\":-1}"] {
            let read = Settings::from_text(damaged);
            assert_eq!((read.config, read.years), (base(), 0), "{damaged}");
        }
    }

    #[test]
    fn the_request_is_one_that_the_engine_reads() {
        let newest = UnixNanos::parse("2024-02-29");
        let request = read(&varied().request(&Elsewhere { newest, ..Elsewhere::default() }));
        assert_eq!(request.strategies.keys().collect::<Vec<_>>(), ["low_volatility", "macd", "mine \"x\"", "momentum_12_1"]);
        assert_eq!(request.config.start, UnixNanos::parse("2021-02-28"));
        assert_eq!(request.config.cost_rate, 0.0005);
        // 0.4 as given, the rest in three equal parts.
        let shares: Vec<f64> = request.config.shares.values().copied().collect();
        assert!(shares.iter().zip([0.2, 0.4, 0.2, 0.2]).all(|(got, wanted)| (got - wanted).abs() < 1e-12), "{shares:?}");
        assert_eq!(request.strategies["macd"].top, 0.3);
        assert_eq!(request.strategies["macd"].sides, Sides::LongShort);
        let blended = Settings { blended: true, ..Settings::default() };
        let config = BlendConfig { per_strategy_max: 0.5, ..BlendConfig::default() };
        let blend = read(&blended.request(&Elsewhere { blend: config.clone(), ..Elsewhere::default() })).config.blend;
        assert_eq!(blend, Some(config));
    }

    #[test]
    fn one_of_three_ways_shares_the_capital() {
        let mut settings = governed();
        settings.shares.insert("low_volatility".into(), 0.9);
        settings.shares.insert("momentum_12_1".into(), 0.9);
        assert_eq!((settings.sharing(), settings.fault(&[])), (Sharing::Method, None));
        let config = read(&settings.request(&Elsewhere::default())).config;
        assert_eq!(
            config.capital.map(|capital| (capital.method, capital.constraints.max)),
            Some((CapitalMethod::EqualRiskContribution, 0.5))
        );
        assert_eq!((config.capital_schedule, config.shares.len()), (Some(Rebalance::Quarterly), 0));
        settings.share_by(Sharing::Blend);
        let config = read(&settings.request(&Elsewhere::default())).config;
        assert!(config.capital.is_none() && config.blend.is_some());
        settings.share_by(Sharing::Shares);
        assert_eq!(settings.config.capital, None);
        assert!(settings.fault(&[]).unwrap().contains("180.00 %"));
    }

    #[test]
    fn the_overlay_is_that_of_the_risk_view_without_its_sleeves() {
        use allocator_core::config::risk::{Profile, SleeveConfig};
        let sleeves = BTreeMap::from([(String::from("fast"), SleeveConfig::default())]);
        let elsewhere =
            Elsewhere { risk: RiskConfig { profile: Profile::M, sleeves, ..RiskConfig::default() }, ..Elsewhere::default() };
        for (overlay, mode) in
            [(Overlay::None, None), (Overlay::Watch, Some(OverlayMode::Off)), (Overlay::Scale, Some(OverlayMode::Compute))]
        {
            let risk = read(&Settings { overlay, ..Settings::default() }.request(&elsewhere)).config.risk;
            assert_eq!(
                risk.as_ref().map(|risk| (risk.mode, risk.profile, risk.sleeves.len())),
                mode.map(|mode| (mode, Profile::M, 0))
            );
        }
        // The baseline stays what it is: nothing governs it.
        let baseline = read(&governed().baseline_request(None).unwrap()).config;
        assert_eq!((baseline.risk, baseline.capital), (None, None));
    }

    #[test]
    fn a_loaded_file_of_weights_is_a_strategy_by_its_number_and_in_the_file_by_its_name() {
        let uploaded = vec![Uploaded { id: "mine".into(), key: 3, file: "my weights.csv".into() }];
        let elsewhere = Elsewhere { uploaded, ..Elsewhere::default() };
        let settings = Settings::default();
        assert!(settings.request(&elsewhere).contains(r#""mine":{"weights":3}"#), "{}", settings.request(&elsewhere));
        assert!(settings.yaml(&elsewhere, &[], "").contains("my weights.csv"), "{}", settings.yaml(&elsewhere, &[], ""));
        let without = Settings { left_out: BTreeSet::from([String::from("mine")]), ..Settings::default() };
        assert!(!without.request(&elsewhere).contains("mine"));
    }

    #[test]
    fn who_earned_what_in_a_part_is_asked_of_the_same_run() {
        let (first, last) = (UnixNanos::from_days(19_723).unwrap(), UnixNanos::from_days(19_724).unwrap());
        let settings = Settings { config: BacktestConfig { ledgers: true, ..base() }, ..governed() };
        let asked = read(&settings.earned_request(&Elsewhere::default(), (first, last))).config;
        let own = read(&settings.request(&Elsewhere::default())).config;
        assert_eq!((asked.attribution_start, asked.attribution_end, asked.curves), (Some(first), Some(last), false));
        let same = BacktestConfig {
            attribution_start: None,
            attribution_end: None,
            curves: true,
            ledgers: true,
            rows_max: ROWS_MAX,
            ..asked
        };
        assert_eq!(same, own);
    }

    #[test]
    fn the_baseline_is_a_run_too() {
        for (baseline, source) in [(Baseline::Equal, "alpha"), (Baseline::Symbol("A".into()), "weights")] {
            let settings = Settings { baseline, ..Settings::default() };
            assert_eq!(read(&settings.baseline_request(None).unwrap()).strategies["baseline"].source(), source);
        }
        assert_eq!(Settings { baseline: Baseline::None, ..Settings::default() }.baseline_request(None), None);
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn the_file_says_what_the_request_says() {
        use allocator_core::codec::{Limits, config_file};
        let watched = Settings { overlay: Overlay::Watch, ..Settings::default() };
        for settings in [Settings::default(), varied(), governed(), watched, Settings { blended: true, ..varied() }] {
            let blend = BlendConfig { per_strategy_max: 0.25, ..BlendConfig::default() };
            let elsewhere = Elsewhere { blend, ..Elsewhere::default() };
            let text = settings.yaml(&elsewhere, &[String::from("it's: prices.csv")], "d1");
            let file = config_file::parse(text.as_bytes(), "run.yaml", &Limits::default()).unwrap();
            let (strategies, config) = (file.tree.get("strategies").unwrap(), file.tree.get("backtest").unwrap());
            assert_eq!(file.tree.get("prices").unwrap().as_str(), Some("it's: prices.csv"));
            let again = text_of(&object([("config", config.clone()), ("strategies", strategies.clone()), ("version", whole(1))]));
            assert_eq!(read(&again), read(&settings.request(&elsewhere)));
            assert!(text.contains("# digest: d1"));
        }
    }

    #[test]
    fn what_stops_a_run_is_said_with_its_mend() {
        let uploaded = [String::from("mine")];
        assert_eq!(Settings::default().fault(&uploaded), None);
        let none = Settings { alphas: BTreeSet::new(), formulas: Vec::new(), ..Settings::default() };
        assert!(none.fault(&[]).unwrap().contains("Tick an alpha"));
        assert_eq!(none.fault(&uploaded), None);
        let own = |name: &str, text: &str| Settings {
            formulas: vec![Own { name: name.into(), text: text.into(), on: true }],
            ..Settings::default()
        };
        assert!(own("f", "rank(close").fault(&[]).unwrap().contains("cannot be read"));
        assert!(own("macd", "close").fault(&[]).unwrap().contains("another strategy"));
        assert!(own("mine", "close").fault(&uploaded).unwrap().contains("another strategy"));
        let mut much = Settings::default();
        much.shares.insert("low_volatility".into(), 0.8);
        much.shares.insert("momentum_12_1".into(), 0.4);
        assert!(much.fault(&[]).unwrap().contains("120.00 %"));
        assert_eq!(Settings::default().free_name(), "formula_2");
    }
}
