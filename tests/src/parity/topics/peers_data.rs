//! The returns of one folder of peers, read when first needed: many cases stand on the same ones.

use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::rc::Rc;

/// Returns of one folder.
pub(super) struct Data {
    folder: String,
    /// Names of the columns, in the order of the file's figures.
    pub(super) columns: Vec<String>,
    /// One history for each column.
    pub(super) values: Vec<Vec<f64>>,
    dates: Value,
    periods_per_year: Value,
}

thread_local! {
    static LATEST: RefCell<Option<Rc<Data>>> = const { RefCell::new(None) };
}

impl Data {
    /// The data of a folder; `None` where its file cannot be read.
    pub(super) fn of(folder: &str) -> Option<Rc<Self>> {
        let kept = LATEST.with(|latest| latest.borrow().clone()).filter(|data| data.folder == folder);
        if kept.is_some() {
            return kept;
        }
        let file: Value = serde_json::from_slice(&fs::read(Path::new(folder).join("returns.json")).ok()?).ok()?;
        let columns: Vec<String> =
            file["columns"].as_array()?.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let rows = file["returns"].as_array()?;
        let values = (0..columns.len()).map(|i| rows.iter().filter_map(|row| row[i].as_f64()).collect()).collect();
        let data = Rc::new(Data {
            folder: folder.to_owned(),
            columns,
            values,
            dates: file["dates"].clone(),
            periods_per_year: file["periods_per_year"].clone(),
        });
        LATEST.with(|latest| *latest.borrow_mut() = Some(data.clone()));
        Some(data)
    }

    /// Periods in a year, as the file says.
    pub(super) fn periods_per_year(&self) -> Option<f64> {
        self.periods_per_year.as_f64()
    }

    /// How many dates there are.
    pub(super) fn count(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    /// Whether a history does not vary.
    pub(super) fn has_flat(&self) -> bool {
        self.values.iter().any(|values| super::metrics::is_flat(values))
    }

    /// A request to the operation `capital` on all of it; `config` is laid over what every such request says.
    pub(super) fn request(&self, config: &Value) -> Value {
        let returns: Map<String, Value> = self
            .columns
            .iter()
            .zip(&self.values)
            .map(|(name, values)| (name.clone(), json!({ "date": self.dates, "value": values })))
            .collect();
        let mut settings = json!({
            "periods_per_year": self.periods_per_year, "min_observations": 2, "lookback": self.count().max(2),
        });
        if let (Some(settings), Some(config)) = (settings.as_object_mut(), config.as_object()) {
            settings.extend(config.clone());
        }
        json!({ "version": 1, "returns": returns, "config": settings })
    }

    /// Where the operation's row of a column stands: rows are sorted by name.
    pub(super) fn place_of(&self, column: usize) -> usize {
        self.columns.iter().filter(|name| **name < self.columns[column]).count()
    }
}
