//! The split of the method looked at as a command: the same settings, the same returns, the same digest.

use super::settings::{CapitalSettings, Weights};
use crate::state::code::{Input, quoted, yaml_field};
use allocator_core::config::capital::CapitalConfig;
use allocator_core::wire::{Json, parse, to_canonical_string};
use std::fmt::Write as _;

/// The file in a command where the page has none: the sample's returns.
const NO_FILE: &str = "returns.csv";

/// What is written.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Settings.
    pub settings: &'a CapitalSettings,
    /// What is held, where a limit counts from it.
    pub previous: Option<&'a Weights>,
    /// Files of returns, oldest first; none: the sample.
    pub inputs: &'a [Input],
    /// The digest that comes out.
    pub digest: &'a str,
}

/// A tree's fields that differ from another's.
fn changed(own: &CapitalConfig) -> Vec<(String, Json)> {
    let tree = |config: &CapitalConfig| to_canonical_string(config).ok().and_then(|text| parse(text.as_bytes()).ok());
    let (Some(own), Some(default)) = (tree(own), tree(&CapitalConfig::default())) else { return Vec::new() };
    fields(&own, &default)
}

fn fields(own: &Json, default: &Json) -> Vec<(String, Json)> {
    let Json::Object(all) = own else { return Vec::new() };
    let differs = |(key, value): &&(String, Json)| default.get(key) != Some(value);
    all.iter()
        .filter(differs)
        .map(|(key, value)| match (value, default.get(key)) {
            // A section keeps only what differs in it; names of strategies and groups have no default.
            (Json::Object(_), Some(section)) => (key.clone(), Json::Object(fields(value, section))),
            _ => (key.clone(), value.clone()),
        })
        .collect()
}

fn yaml(fields: &[(String, Json)]) -> String {
    let mut out = String::new();
    for (key, value) in fields {
        yaml_field(&mut out, 0, key, value);
    }
    out
}

impl Subject<'_> {
    /// The command line, with the files that it reads.
    pub fn shell(&self) -> String {
        let returns: Vec<&str> = self.inputs.iter().filter(|input| input.returns).map(|input| input.name.as_str()).collect();
        let mut out = match (returns.is_empty(), self.digest) {
            // Another history has another digest.
            (true, _) => format!("# The sample data are in the browser only: {NO_FILE} stands for returns of your own.\n"),
            (false, "") => String::new(),
            (false, digest) => format!("# digest: {digest}\n"),
        };
        let mut flags = format!("--method {}", self.settings.looked().as_str());
        // Writing into a string cannot fail.
        let mut file = |name: &str, flag: &str, text: String| {
            if !text.is_empty() {
                let _ = write!(out, "cat > {name} <<'END'\n{text}END\n");
                let _ = write!(flags, " {flag} {name}");
            }
        };
        let (limits, rest): (Vec<_>, Vec<_>) = changed(&self.settings.config)
            .into_iter()
            .filter(|(key, _)| key != "method")
            .partition(|(key, _)| key == "constraints");
        let limits = match limits.into_iter().next() {
            Some((_, Json::Object(fields))) => fields,
            _ => Vec::new(),
        };
        file("constraints.yaml", "--constraints", yaml(&limits));
        file("capital.yaml", "--config", yaml(&rest));
        if let Some(previous) = self.previous.filter(|_| self.settings.needs_previous()) {
            let held: Vec<(String, Json)> = previous.iter().map(|(name, weight)| (name.clone(), Json::Number(*weight))).collect();
            file("previous.yaml", "--previous", yaml(&held));
        }
        let _ = write!(out, "allocator capital {flags}");
        for name in if returns.is_empty() { vec![NO_FILE] } else { returns } {
            let _ = write!(out, " \\\n  --returns {}", quoted(name));
        }
        out.push('\n');
        out
    }
}

// Configuration files are read natively only.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use allocator_core::codec::{Limits, config_file};
    use allocator_core::config::capital::CapitalMethod;
    use allocator_core::error::Faults;
    use allocator_core::wire::{At, Decode};

    use crate::state::capital::settings::End;

    fn section<'a>(text: &'a str, name: &str) -> Option<&'a str> {
        let (_, rest) = text.split_once(&format!("cat > {name} <<'END'\n"))?;
        Some(rest.split_once("END\n")?.0)
    }

    fn read<T: Decode>(text: Option<&str>) -> Option<T> {
        let file = config_file::parse(text?.as_bytes(), "a.yaml", &Limits::default()).ok()?;
        let mut faults = Faults::new();
        let read = T::decode(&file.tree, &At::Root, &mut faults);
        faults.finish(read).ok()
    }

    #[test]
    fn its_files_are_read_as_the_same_settings() {
        let mut settings = CapitalSettings::default();
        settings.set_bound("low volatility", End::Max, Some(0.25));
        settings.config.constraints.turnover_max = Some(0.3);
        settings.config.estimators.ewma.half_life = 60.0;
        let inputs = [Input { name: "r.parquet".into(), returns: true }, Input { name: "s.csv".into(), returns: false }];
        let held = Weights::from([(String::from("low volatility"), 0.1 + 0.2)]);
        let subject = Subject { settings: &settings, previous: Some(&held), inputs: &inputs, digest: "d1" };
        let text = subject.shell();
        assert_eq!(read(section(&text, "constraints.yaml")), Some(settings.config.constraints.clone()), "{text}");
        let config = CapitalConfig {
            constraints: settings.config.constraints.clone(),
            method: CapitalMethod::MinVariance,
            ..read(section(&text, "capital.yaml")).unwrap()
        };
        assert_eq!(config, settings.config, "{text}");
        assert_eq!(read(section(&text, "previous.yaml")), Some(held.clone()));
        assert!(text.starts_with("# digest: d1\n"));
        assert!(text.ends_with(
            "allocator capital --method min_variance --constraints constraints.yaml --config capital.yaml --previous previous.yaml \\\n  --returns r.parquet\n"
        ), "{text}");
    }

    #[test]
    fn the_samples_command_names_a_file_of_ones_own_and_no_digest() {
        let settings = CapitalSettings::default();
        let text = Subject { settings: &settings, previous: None, inputs: &[], digest: "d1" }.shell();
        assert!(text.ends_with("--returns returns.csv\n") && !text.contains("d1"), "{text}");
    }
}
