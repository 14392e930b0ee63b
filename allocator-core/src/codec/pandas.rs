//! What pandas says of a frame in the metadata of Arrow and Parquet files.
//!
//! Its being there has one consequence more: a NaN in a column of floats is a missing value, because pandas knows no other.

use crate::wire::{Json, parse};

/// The metadata of a pandas frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pandas {
    index: Vec<String>,
}

/// Reads the metadata under the key `pandas`, if it is there; metadata that cannot be read are as good as an empty frame's.
pub(crate) fn index_columns(text: Option<&str>) -> Option<Pandas> {
    let text = text?;
    // Bounded: metadata longer than this are not what pandas writes.
    let json = if text.len() <= 4 << 20 { parse(text.as_bytes()).unwrap_or(Json::Null) } else { Json::Null };
    let index = json.get("index_columns").and_then(Json::as_array).unwrap_or_default();
    Some(Pandas { index: index.iter().filter_map(Json::as_str).map(str::to_owned).collect() })
}

impl Pandas {
    /// Whether a column is the row index of a frame that gave it no name of its own.
    pub(crate) fn is_unnamed_index(&self, name: &str) -> bool {
        is_index_level(name) && (self.index.is_empty() || self.index.iter().any(|index| index == name))
    }
}

/// The name pandas gives to an index that has none.
pub(crate) fn is_index_level(name: &str) -> bool {
    name.strip_prefix("__index_level_")
        .and_then(|rest| rest.strip_suffix("__"))
        .is_some_and(|level| level.bytes().all(|byte| byte.is_ascii_digit()))
}
