//! JSON Schemas of every request and response, generated from the types themselves (C3).

mod typescript;

use crate::op::{Answer, blend, correlation, metrics};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};

pub use typescript::typescript;

/// Every schema by file stem, sorted: `blend.request`, `blend.response`, …, `problem`.
pub fn all() -> Vec<(String, serde_json::Value)> {
    let mut all = Vec::new();
    let mut add = |stem: &str, schema: serde_json::Value| all.push((stem.to_owned(), schema));
    add("blend.request", schema::<blend::BlendRequest>(true));
    add("blend.response", schema::<Answer<blend::BlendResult>>(false));
    add("correlation.request", schema::<correlation::CorrelationRequest>(true));
    add("correlation.response", schema::<Answer<correlation::CorrelationResult>>(false));
    add("metrics.request", schema::<metrics::MetricsRequest>(true));
    add("metrics.response", schema::<Answer<metrics::MetricsResult>>(false));
    #[cfg(feature = "codec")]
    add("inspect.response", schema::<crate::op::inspect::Inspection>(false));
    add("problem", schema::<crate::Problem>(false));
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// The schema of a type; of a request as it may be written, of an answer as it is written.
fn schema<T: JsonSchema>(request: bool) -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12();
    let settings = if request { settings.for_deserialize() } else { settings.for_serialize() };
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<T>().to_value();
    if request && let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
        // Read by every operation before its own fields, and resolved before the request is canonical.
        properties.insert(
            String::from("compat"),
            serde_json::json!({
                "description": "Preset of a recorded system for the settings that the request leaves out.",
                "enum": ["000", "001", "002", "003", "004", null],
                "default": null,
            }),
        );
    }
    schema
}

#[cfg(test)]
mod tests {
    #[test]
    fn schemas_name_what_is_required() {
        let all = super::all();
        let (_, blend) = all.iter().find(|(stem, _)| stem == "blend.request").unwrap();
        assert_eq!(blend["required"], serde_json::json!(["signals", "version"]));
        assert_eq!(blend["additionalProperties"], serde_json::json!(false));
        assert!(blend["properties"]["config"].is_object());
    }
}
