//! JSON Schemas of every request and response, generated from the types themselves (C3).

mod typescript;

use crate::op::{Answer, Request, Visitor, visit};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};

pub use typescript::typescript;

/// Every schema by file stem, sorted: `blend.request`, `blend.response`, …, `problem`.
pub fn all() -> Vec<(String, serde_json::Value)> {
    let mut all = Operations(Vec::new());
    visit(&mut all);
    let mut all = all.0;
    #[cfg(feature = "codec")]
    all.push((String::from("inspect.response"), schema::<crate::op::inspect::Inspection>(false)));
    all.push((String::from("problem"), schema::<crate::Problem>(false)));
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// The schemas of requests and answers, as they are visited.
struct Operations(Vec<(String, serde_json::Value)>);

impl Visitor for Operations {
    fn operation<R: Request + JsonSchema>(&mut self)
    where
        R::Result: JsonSchema,
    {
        self.0.push((format!("{}.request", R::OPERATION), schema::<R>(true)));
        self.0.push((format!("{}.response", R::OPERATION), schema::<Answer<R::Result>>(false)));
    }
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
