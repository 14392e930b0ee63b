//! What a configuration comes to: every effective value, where it comes from, and what would be refused.

use super::layers::{leaves_of, overlay, pointer};
use super::{SECTIONS, ServerConfig, Settings, section_defaults};
use allocator_core::config::compat::Compat;
use allocator_core::op;
use allocator_core::wire::{At, Decode, Json, parse, to_canonical_bytes, to_canonical_string};
use allocator_core::{Fault, Faults, Problem};
use serde::Serialize;
use std::fmt;

/// One effective value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// `default`, `file:line`, a variable or a flag.
    pub origin: String,
    /// Section and field, with dots.
    pub path: String,
    /// The value.
    pub value: Json,
}

/// The effective configuration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What would be refused, at the place where it was written.
    pub problems: Vec<Fault>,
    /// Whether nothing would be refused.
    pub valid: bool,
    /// Every value, by section and field.
    pub values: Vec<Line>,
}

/// Checks all sections; `faults` are those that reading found already.
///
/// # Errors
/// `internal` only: what is wrong with the configuration is in the report.
pub fn check(settings: &Settings, mut faults: Faults) -> Result<Report, Problem> {
    let mut values = Vec::new();
    for section in SECTIONS {
        let (effective, found) = check_section(settings, section)?;
        faults.extend(found);
        let mut leaves = Vec::new();
        leaves_of(&effective, &mut Vec::new(), &mut leaves);
        for leaf in leaves {
            let value = leaf.iter().try_fold(&effective, |at, key| at.get(key)).cloned().unwrap_or(Json::Null);
            let mut origin = settings.origin(&pointer(section, &leaf)).to_string();
            if !is_set(&settings.explicit(section), &leaf) {
                // Something around it was set, but not this.
                "default".clone_into(&mut origin);
                if let Some(Json::String(system)) = settings.explicit(section).get("compat")
                    && default_of(section, &leaf)?.as_ref() != Some(&value)
                {
                    origin = format!("compat {system}");
                }
            }
            let value = if *section == "server" && leaf.join(".") == "redis" { without_password(value) } else { value };
            values.push(Line { origin, path: format!("{section}.{}", leaf.join(".")), value });
        }
    }
    Ok(Report { valid: faults.is_empty(), problems: faults.as_slice().to_vec(), values })
}

/// The effective settings of one section, and what is wrong with them, where it was written.
///
/// # Errors
/// `internal`.
pub fn check_section(settings: &Settings, section: &str) -> Result<(Json, Faults), Problem> {
    let mut faults = Faults::new();
    let effective = effective(section, settings.explicit(section), &mut faults)?;
    if !faults.is_empty() {
        faults = Faults::from(settings.locate(Problem::from(faults), &format!("/{section}"), section));
    }
    Ok((effective, faults))
}

/// A password is nobody's business who only looks at settings.
fn without_password(url: Json) -> Json {
    match url {
        Json::String(text) => Json::String(crate::redis_link::masked(&text)),
        other => other,
    }
}

fn is_set(explicit: &Json, leaf: &[String]) -> bool {
    leaf.iter().try_fold(explicit, |at, key| at.get(key)).is_some()
}

fn default_of(section: &str, leaf: &[String]) -> Result<Option<Json>, Problem> {
    let defaults = section_defaults(section)?;
    Ok(leaf.iter().try_fold(&defaults, |at, key| at.get(key)).cloned())
}

/// Defaults or preset with what was set on top, and every fault of the result.
fn effective(section: &str, explicit: Json, faults: &mut Faults) -> Result<Json, Problem> {
    let at = At::Root;
    let at = at.key(section);
    let mut config = explicit.clone();
    let mut compat = None;
    if section != "server"
        && let Json::Object(fields) = &mut config
    {
        fields.retain(|(key, _)| key != "compat");
        if let Some(word) = explicit.get("compat").filter(|word| **word != Json::Null) {
            compat = Compat::decode(word, &at.key("compat"), faults);
        }
    }
    let base = if section == "server" {
        if let Some(config) = ServerConfig::decode(&config, &at, faults) {
            config.validate(&at, faults);
        }
        to_canonical_bytes(&ServerConfig::default())
    } else {
        op::check_config(section, &config, compat, &at, faults)?;
        op::default_config(section, compat)
    }?;
    let mut tree = parse(&base)?;
    if explicit.get("portfolios").is_some()
        && let Json::Object(fields) = &mut tree
    {
        // Who names portfolios names all of them.
        fields.retain(|(key, _)| key != "portfolios");
    }
    overlay(&mut tree, explicit);
    if let Json::Object(fields) = &mut tree {
        fields.sort_by(|a, b| a.0.cmp(&b.0));
    }
    Ok(tree)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<(String, &str)> = self
            .values
            .iter()
            .map(|value| {
                let text = to_canonical_string(&value.value).unwrap_or_default();
                (format!("{} = {text}", value.path), value.origin.as_str())
            })
            .collect();
        let width = lines.iter().map(|(text, _)| text.chars().count()).max().unwrap_or(0).min(60);
        for (text, origin) in lines {
            writeln!(f, "{text:width$}  # {origin}")?;
        }
        if self.problems.is_empty() {
            writeln!(f, "\nNothing would be refused.")?;
        } else {
            writeln!(f, "\nWould be refused:")?;
            for fault in &self.problems {
                writeln!(f, "  {fault}")?;
            }
        }
        Ok(())
    }
}
