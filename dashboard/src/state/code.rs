//! The blend on the page as something else: a configuration file, a command, a program. All of them give the same digest.

use crate::figure::json::text_of;
use allocator_core::config::blend::BlendConfig;
use allocator_core::wire::{Json, parse, to_canonical_string};
use std::fmt::Write as _;

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The settings as a file for `--config`.
    Yaml,
    /// The command line.
    Shell,
    /// A request over HTTP from the command line.
    Curl,
    /// A request over HTTP from Python, standard library only.
    Python,
    /// The core as a library.
    Rust,
}

impl Form {
    /// All, in the order they are offered.
    pub const ALL: [Form; 5] = [Form::Yaml, Form::Shell, Form::Curl, Form::Python, Form::Rust];

    /// What a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Form::Yaml => "Settings, YAML",
            Form::Shell => "Command line",
            Form::Curl => "HTTP, curl",
            Form::Python => "HTTP, Python",
            Form::Rust => "Rust",
        }
    }
}

/// A file that the blend reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Name.
    pub name: String,
    /// Whether it holds returns; otherwise signals.
    pub returns: bool,
}

/// What is written.
#[derive(Clone, Debug, Default)]
pub struct Subject<'a> {
    /// Settings.
    pub config: BlendConfig,
    /// Files, oldest first.
    pub inputs: &'a [Input],
    /// Where a server is; empty is this machine's.
    pub server: &'a str,
    /// The digest that comes out.
    pub digest: &'a str,
}

/// Where `allocator serve` listens unless told.
const SERVER: &str = "http://127.0.0.1:8080";
/// What the whole request is saved as: "Request, JSON" in the downloads.
const REQUEST: &str = "request.json";

impl Subject<'_> {
    /// The text of a form.
    pub fn write(&self, form: Form) -> String {
        match form {
            Form::Yaml => self.yaml(),
            Form::Shell => self.shell(),
            Form::Curl => self.curl(),
            Form::Python => self.python(),
            Form::Rust => self.rust(),
        }
    }

    /// Settings that are not the defaults, in the order of a file.
    fn changed(&self) -> Vec<(String, Json)> {
        let tree = |config: &BlendConfig| to_canonical_string(config).ok().and_then(|text| parse(text.as_bytes()).ok());
        let (Some(Json::Object(own)), Some(default)) = (tree(&self.config), tree(&BlendConfig::default())) else {
            return Vec::new();
        };
        own.into_iter().filter(|(key, value)| default.get(key) != Some(value)).collect()
    }

    fn digest_line(&self, comment: &str) -> String {
        if self.digest.is_empty() { String::new() } else { format!("{comment} digest: {}\n", self.digest) }
    }

    fn yaml(&self) -> String {
        let changed = self.changed();
        let mut out = String::from("# Settings of a blend: allocator blend --config FILE\n");
        if changed.is_empty() {
            out.push_str("# All settings are the defaults.\n{}\n");
            return out;
        }
        for (key, value) in &changed {
            yaml_field(&mut out, 0, key, value);
        }
        out
    }

    fn shell(&self) -> String {
        let mut out = self.digest_line("#");
        out.push_str("cat > blend.yaml <<'SETTINGS'\n");
        out.push_str(&self.yaml());
        out.push_str("SETTINGS\nallocator blend --config blend.yaml");
        for input in self.inputs {
            let flag = if input.returns { "--returns" } else { "--signals" };
            let _ = write!(out, " \\\n  {flag} {}", quoted(&input.name));
        }
        if self.inputs.is_empty() {
            out = format!(
                "# The sample data are in the browser only: save the request there first.\n{}allocator blend --in {REQUEST}",
                self.digest_line("#")
            );
        }
        out.push('\n');
        out
    }

    fn address(&self) -> String {
        let server = if self.server.is_empty() { SERVER } else { self.server.trim_end_matches('/') };
        format!("{server}/api/v1/blend")
    }

    fn curl(&self) -> String {
        format!(
            "# {REQUEST}: \"Request, JSON\" of the page\n{}curl --fail-with-body --silent --show-error \\\n  --header 'content-type: application/json' \\\n  --data-binary @{REQUEST} \\\n  {}\n",
            self.digest_line("#"),
            quoted(&self.address()),
        )
    }

    fn python(&self) -> String {
        let check = if self.digest.is_empty() {
            String::new()
        } else {
            format!("assert answer[\"digest\"] == \"{}\", answer[\"digest\"]\n", self.digest)
        };
        format!(
            "# {REQUEST}: \"Request, JSON\" of the page\n\
             import json\nimport urllib.request\n\n\
             with open(\"{REQUEST}\", \"rb\") as file:\n    body = file.read()\n\
             question = urllib.request.Request(\n    {},\n    data=body,\n    headers={{\"content-type\": \"application/json\"}},\n)\n\
             with urllib.request.urlopen(question, timeout=30) as reply:\n    answer = json.load(reply)\n{check}\
             for row in answer[\"weights\"]:\n    print(row[\"symbol\"], row[\"final_weight\"])\n",
            text_of(&Json::String(self.address())),
        )
    }

    fn rust(&self) -> String {
        let check =
            if self.digest.is_empty() { String::new() } else { format!("    assert!(answer.contains(\"{}\"));\n", self.digest) };
        format!(
            "// {REQUEST}: \"Request, JSON\" of the page\n\
             fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
             let request = std::fs::read(\"{REQUEST}\")?;\n    \
             let answer = allocator_core::op::run(\"blend\", &request).map_err(|problem| problem.to_json())?;\n    \
             let answer = String::from_utf8(answer)?;\n{check}    \
             println!(\"{{answer}}\");\n    Ok(())\n}}\n"
        )
    }
}

/// A word for a shell: in single quotes, unless it is plain.
pub(super) fn quoted(word: &str) -> String {
    let plain = !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=@".contains(&byte))
        && !word.starts_with('-');
    // A name that begins with a dash would be read as a flag.
    let word = if word.starts_with('-') { format!("./{word}") } else { word.to_owned() };
    if plain { word } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A field in YAML, nested by two spaces. Strings are always quoted as JSON has them, which YAML reads the same way.
pub(super) fn yaml_field(out: &mut String, depth: usize, key: &str, value: &Json) {
    let indent = "  ".repeat(depth);
    let plain_key = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && key.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && !matches!(key, "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null");
    let key = if plain_key { key.to_owned() } else { text_of(&Json::String(key.to_owned())) };
    match value {
        // Settings are shallow; deeper nesting is written in one line, which YAML reads as well.
        Json::Object(fields) if !fields.is_empty() && depth < 8 => {
            let _ = writeln!(out, "{indent}{key}:");
            for (key, value) in fields {
                yaml_field(out, depth + 1, key, value);
            }
        }
        other => {
            let _ = writeln!(out, "{indent}{key}: {}", text_of(other));
        }
    }
}

// Configuration files are read natively only.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use allocator_core::codec::{Limits, config_file};
    use allocator_core::error::Faults;
    use allocator_core::wire::{At, Decode as _};

    fn config() -> BlendConfig {
        let mut config = BlendConfig { per_strategy_max: 0.25, symbol_max: Some(0.1), ..BlendConfig::default() };
        config.correlation.threshold = 0.8;
        config.strategy_weights.insert("yes: \"no\" # é".into(), 0.5);
        config
    }

    fn inputs() -> Vec<Input> {
        vec![
            Input { name: "signals.csv".into(), returns: false },
            Input { name: "it's mine.parquet".into(), returns: false },
            Input { name: "-returns.csv".into(), returns: true },
        ]
    }

    #[test]
    fn the_settings_file_is_read_as_the_same_settings() {
        for config in [BlendConfig::default(), config()] {
            let text = Subject { config: config.clone(), ..Subject::default() }.write(Form::Yaml);
            let file = config_file::parse(text.as_bytes(), "blend.yaml", &Limits::default()).unwrap();
            let mut faults = Faults::new();
            assert_eq!(BlendConfig::decode(&file.tree, &At::Root, &mut faults), Some(config), "{text}");
        }
    }

    #[test]
    fn only_what_differs_is_written() {
        let text = Subject { config: BlendConfig { per_strategy_max: 0.25, ..BlendConfig::default() }, ..Subject::default() }
            .write(Form::Yaml);
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), ["per_strategy_max: 0.25"]);
    }

    #[test]
    fn a_command_names_every_file_safely() {
        let inputs = inputs();
        let text = Subject { config: config(), inputs: &inputs, digest: "d1", ..Subject::default() }.write(Form::Shell);
        assert!(text.contains("# digest: d1"));
        assert!(text.contains("--signals signals.csv"));
        assert!(text.contains(r"--signals 'it'\''s mine.parquet'"));
        assert!(text.contains("--returns './-returns.csv'"), "{text}");
        let none = Subject::default().write(Form::Shell);
        assert!(none.ends_with("allocator blend --in request.json\n"), "{none}");
    }

    #[test]
    fn a_program_checks_the_digest_and_knows_the_server() {
        let subject = Subject { server: "http://desk.example:9000/", digest: "abc", ..Subject::default() };
        assert!(subject.write(Form::Curl).contains("http://desk.example:9000/api/v1/blend"));
        assert!(subject.write(Form::Python).contains("assert answer[\"digest\"] == \"abc\""));
        assert!(subject.write(Form::Rust).contains("op::run(\"blend\", &request)"));
        assert!(!Subject::default().write(Form::Python).contains("assert"));
    }
}
