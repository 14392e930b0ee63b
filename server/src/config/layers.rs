//! The layers themselves, and where every value came from.

use super::{SECTIONS, ServerConfig};
use allocator_core::codec::Limits;
use allocator_core::codec::config_file::{self, ConfigFile};
use allocator_core::op;
use allocator_core::wire::{At, Json, nearest, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem};
use std::collections::BTreeMap;
use std::fmt;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A configuration file: its name with line and column.
    File(String),
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(name) | Origin::Environment(name) | Origin::Flag(name) => f.write_str(name),
        }
    }
}

/// What was set, by whom; defaults are not in it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Section, then its fields.
    explicit: BTreeMap<String, Json>,
    /// JSON pointer (`/blend/per_strategy_max`) to who set it last.
    origins: BTreeMap<String, Origin>,
}

impl Settings {
    /// Nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over a configuration file. A file without any section is one of the section `flat` alone.
    ///
    /// # Errors
    /// What the text is not, and unknown sections.
    pub fn read_file(&mut self, bytes: &[u8], name: &str, flat: &str) -> Result<(), Problem> {
        let mut file = config_file::parse(bytes, name, &Limits::default())?;
        let fields = match std::mem::replace(&mut file.tree, Json::Null) {
            Json::Object(fields) => fields,
            other => {
                return Err(Problem::new(
                    Code::WrongType,
                    name,
                    format!("Expected sections of settings, found {}.", other.brief()),
                    format!("Begin with one of the sections {}.", SECTIONS.join(", ")),
                ));
            }
        };
        let mut faults = Faults::new();
        let sectioned = fields.iter().any(|(key, _)| SECTIONS.contains(&key.as_str()));
        let mut own = Vec::new();
        for (key, value) in fields {
            let place = || place_of(&file, &At::Root.key(&key).to_string());
            if key == "version" {
                if value != Json::Number(1.0) {
                    let message = format!("The file is of version {}.", value.brief());
                    faults.push(Fault::new(Code::UnsupportedVersion, place(), message, "This program knows version 1."));
                }
            } else if !sectioned {
                own.push((key, value));
            } else if SECTIONS.contains(&key.as_str()) {
                self.take(&file, &key, &format!("/{key}"), value);
            } else {
                let hint = match nearest(&key, SECTIONS.iter().copied()) {
                    Some(near) => format!("Did you mean {near:?}?"),
                    None => format!("Known sections: {}.", SECTIONS.join(", ")),
                };
                faults.push(Fault::new(Code::UnknownField, place(), format!("There is no section {key:?}."), hint));
            }
        }
        if !sectioned {
            self.take(&file, flat, "", Json::Object(own));
        }
        faults.finish(Some(()))
    }

    /// Takes over one section of a file, which stands there at `root`, each leaf with its place.
    fn take(&mut self, file: &ConfigFile, section: &str, root: &str, value: Json) {
        if value == Json::Null {
            return;
        }
        let mut leaves = Vec::new();
        leaves_of(&value, &mut Vec::new(), &mut leaves);
        for leaf in leaves.iter().map(Vec::as_slice).chain([&[][..]]) {
            let below = pointer("", leaf);
            let place = place_of(file, &format!("{root}{}", below.strip_prefix('/').unwrap_or_default()));
            self.origins.insert(pointer(section, leaf), Origin::File(place));
        }
        overlay(self.explicit.entry(section.to_owned()).or_insert(Json::Object(Vec::new())), value);
    }

    /// Takes over the variables `ALLOCATOR_<SECTION>_<FIELD>`; a field inside a field follows after two underscores.
    ///
    /// # Errors
    /// Variables that name a section but none of its fields.
    pub fn read_environment(&mut self, variables: impl Iterator<Item = (String, String)>) -> Result<(), Problem> {
        let mut variables: Vec<(String, String)> = variables.filter(|(name, _)| name.starts_with("ALLOCATOR_")).collect();
        variables.sort_unstable();
        let mut faults = Faults::new();
        for (name, text) in variables {
            let lower = name.to_ascii_lowercase();
            let rest = lower.strip_prefix("allocator_").unwrap_or_default();
            let Some((section, field)) =
                SECTIONS.iter().find_map(|section| Some((*section, rest.strip_prefix(section)?.strip_prefix('_')?)))
            else {
                // Other programs of the project have variables of their own.
                continue;
            };
            let defaults = section_defaults(section)?;
            let path: Vec<&str> = field.split("__").collect();
            if let Json::Object(known) = &defaults
                && !known.iter().any(|(key, _)| key == path[0])
            {
                let hint = match nearest(path[0], known.iter().map(|(key, _)| key.as_str())) {
                    Some(near) => {
                        format!("Did you mean ALLOCATOR_{}_{}?", section.to_ascii_uppercase(), near.to_ascii_uppercase())
                    }
                    None => format!("The section {section} has no such field."),
                };
                faults.push(Fault::new(
                    Code::UnknownField,
                    &name,
                    format!("The section {section} has no field {:?}.", path[0]),
                    hint,
                ));
                continue;
            }
            let value = value_of_text(&text, at_path(&defaults, &path));
            self.set(section, &path, value, Origin::Environment(name));
        }
        faults.finish(Some(()))
    }

    /// Sets one value.
    pub fn set(&mut self, section: &str, path: &[&str], value: Json, origin: Origin) {
        let nested = path.iter().rev().fold(value, |inner, key| Json::Object(vec![((*key).to_owned(), inner)]));
        let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        self.origins.insert(pointer(section, &path), origin);
        overlay(self.explicit.entry(section.to_owned()).or_insert(Json::Object(Vec::new())), nested);
    }

    /// Sets what `--set key=value` says; the key may have dots.
    ///
    /// # Errors
    /// `invalid_usage` where there is no `=`.
    pub fn set_text(&mut self, section: &str, assignment: &str) -> Result<(), Problem> {
        let (key, text) = assignment.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
            Problem::new(
                Code::InvalidUsage,
                "--set",
                format!("{assignment:?} is not key=value."),
                "Write --set per_strategy_max=0.3, for example.",
            )
        })?;
        let path: Vec<&str> = key.trim().split('.').collect();
        let value = value_of_text(text.trim(), at_path(&section_defaults(section)?, &path));
        self.set(section, &path, value, Origin::Flag(format!("--set {}", key.trim())));
        Ok(())
    }

    /// What was set in a section, without defaults.
    pub fn explicit(&self, section: &str) -> Json {
        self.explicit.get(section).cloned().unwrap_or(Json::Object(Vec::new()))
    }

    /// Who set the value at a pointer such as `/blend/per_strategy_max`, or anything around it.
    pub fn origin(&self, pointer: &str) -> &Origin {
        let mut at = pointer;
        loop {
            if let Some(origin) = self.origins.get(at) {
                return origin;
            }
            match at.rfind('/') {
                Some(cut) if cut > 0 => at = &at[..cut],
                _ => return &Origin::Default,
            }
        }
    }

    /// Puts, for faults in settings, the place where the user wrote them: `blend.yaml:3` rather than `/config/cash_reserve`.
    #[must_use]
    pub fn locate(&self, problem: Problem, prefix: &str, section: &str) -> Problem {
        let mut faults = Faults::from(problem);
        faults.relocate(|path| {
            let rest = path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'));
            match rest.map(|rest| self.origin(&format!("/{section}{rest}"))) {
                None | Some(Origin::Default) => path.to_owned(),
                Some(known) => known.to_string(),
            }
        });
        Problem::from(faults)
    }
}

/// The defaults of a section as a tree.
///
/// # Errors
/// `internal`, if a default could not be written.
pub fn section_defaults(section: &str) -> Result<Json, Problem> {
    let bytes = match section {
        "server" => to_canonical_bytes(&ServerConfig::default()),
        operation => op::default_config(operation, None),
    }?;
    let mut defaults = parse(&bytes)?;
    if section != "server"
        && let Json::Object(fields) = &mut defaults
    {
        // A preset is part of the request, beside its settings. Its names are text though they look like numbers.
        fields.push(("compat".to_owned(), Json::String(String::new())));
    }
    Ok(defaults)
}

/// A text of the environment or of `--set` as the type that the default has.
pub fn value_of_text(text: &str, default: Option<&Json>) -> Json {
    let json = parse(text.as_bytes()).ok();
    match (default, json) {
        (Some(Json::String(_)), Some(quoted @ Json::String(_))) => quoted,
        (Some(Json::Array(_)), Some(array @ Json::Array(_))) => array,
        (Some(Json::Array(_)), _) => Json::Array(
            text.split(',')
                .map(|item| Json::String(item.trim().to_owned()))
                .filter(|item| *item != Json::String(String::new()))
                .collect(),
        ),
        (Some(Json::String(_)), _) | (_, None) => Json::String(text.to_owned()),
        (_, Some(json)) => json,
    }
}

fn at_path<'a>(tree: &'a Json, path: &[&str]) -> Option<&'a Json> {
    path.iter().try_fold(tree, |at, key| at.get(key))
}

/// `base` with everything that `over` says.
pub(crate) fn overlay(base: &mut Json, over: Json) {
    match (base, over) {
        (Json::Object(fields), Json::Object(over)) => {
            for (key, value) in over {
                match fields.iter_mut().find(|(name, _)| *name == key) {
                    Some((_, old)) => overlay(old, value),
                    None => fields.push((key, value)),
                }
            }
        }
        (base, over) => *base = over,
    }
}

/// The paths of all values that hold no further names.
pub(super) fn leaves_of(tree: &Json, path: &mut Vec<String>, leaves: &mut Vec<Vec<String>>) {
    match tree {
        Json::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                path.push(key.clone());
                leaves_of(value, path, leaves);
                path.pop();
            }
        }
        _ => leaves.push(path.clone()),
    }
}

/// The JSON pointer of a path in a section.
pub(super) fn pointer(section: &str, path: &[String]) -> String {
    let mut text = format!("/{section}");
    for key in path {
        text.push('/');
        text.push_str(&key.replace('~', "~0").replace('/', "~1"));
    }
    text
}

/// Where a value stands in a file; a JSON file keeps no lines, so there it is the pointer.
fn place_of(file: &ConfigFile, pointer: &str) -> String {
    if file.places.is_empty() { format!("{}#{pointer}", file.name) } else { file.place(pointer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_beat_environment_beats_file_and_each_is_remembered() {
        let mut settings = Settings::new();
        settings
            .read_file(b"blend:\n  method: equal_weight\n  cash_reserve: 0.1\n  target_total: 0.9\n", "d.yaml", "blend")
            .unwrap();
        let environment =
            [("ALLOCATOR_BLEND_CASH_RESERVE", "0.2"), ("ALLOCATOR_BLEND_TARGET_TOTAL", "0.8"), ("ALLOCATOR_VECTORS", "x")];
        settings.read_environment(environment.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned()))).unwrap();
        settings.set_text("blend", "target_total=0.7").unwrap();
        let at = |key: &str| settings.explicit("blend").get(key).unwrap().brief();
        assert_eq!([at("method"), at("cash_reserve"), at("target_total")], ["\"equal_weight\"", "0.2", "0.7"]);
        let who = |key: &str| settings.origin(&format!("/blend/{key}")).to_string();
        assert_eq!(
            [who("method"), who("cash_reserve"), who("target_total")],
            ["d.yaml:2:11", "ALLOCATOR_BLEND_CASH_RESERVE", "--set target_total"]
        );
        assert_eq!(settings.origin("/metrics/x"), &Origin::Default);
    }

    #[test]
    fn unknown_sections_and_variables_name_the_nearest() {
        let problem = Settings::new().read_file(b"blend: {}\nservr: {}\nversion: 2\n", "d.yaml", "blend").unwrap_err();
        let lines: Vec<(&str, Code)> = problem.problems.iter().map(|fault| (fault.path.as_str(), fault.code)).collect();
        assert_eq!(lines, [("d.yaml:2:8", Code::UnknownField), ("d.yaml:3:10", Code::UnsupportedVersion)]);
        let variable = ("ALLOCATOR_SERVER_LISTENN".to_owned(), "x".to_owned());
        let problem = Settings::new().read_environment([variable].into_iter()).unwrap_err();
        assert!(problem.hint.contains("ALLOCATOR_SERVER_LISTEN?"), "{}", problem.hint);
    }

    #[test]
    fn texts_take_the_type_of_the_default() {
        let text = Json::String(String::new());
        assert_eq!(value_of_text("000", Some(&Json::Null)), Json::String("000".into()));
        assert_eq!(value_of_text("5", Some(&text)), Json::String("5".into()));
        assert_eq!(value_of_text("5", Some(&Json::Null)), Json::Number(5.0));
        assert_eq!(
            value_of_text("a, b", Some(&Json::Array(vec![]))),
            Json::Array(vec![Json::String("a".into()), Json::String("b".into())])
        );
    }
}
