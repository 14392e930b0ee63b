//! Configuration files: YAML 1.2 or TOML text into the same tree as JSON, with the line of every value (C11).
//!
//! What would surprise is refused: a key twice, a tag, a merge key, a second document, a key that is not a scalar, a number that is not
//! finite. `yes`, `no`, `on` and `off` are text, as YAML 1.2 has it. Aliases are copied, and what they copy is counted.

use super::Limits;
use crate::error::{Code, Fault, Faults, Problem};
use crate::wire::Json;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// Largest configuration file, in bytes.
pub const BYTES_MAX: usize = 1 << 20;
/// Most values of one, with those that aliases copy.
pub const VALUES_MAX: usize = 100_000;

/// A configuration file that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigFile {
    /// Its name, for messages.
    pub name: String,
    /// What it says; a file without content is an empty object.
    pub tree: Json,
    /// Line and column, from 1, of every value by its JSON pointer.
    pub places: BTreeMap<String, (usize, usize)>,
}

impl ConfigFile {
    /// Where a value stands: `blend.yaml:3:11`; of a value that is not in the file, where what would hold it stands.
    pub fn place(&self, pointer: &str) -> String {
        let mut pointer = pointer;
        loop {
            if let Some((line, column)) = self.places.get(pointer) {
                return format!("{}:{line}:{column}", self.name);
            }
            match pointer.rsplit_once('/') {
                Some((parent, _)) => pointer = parent,
                None => return self.name.clone(),
            }
        }
    }

    /// A problem found in the tree, with lines of the file instead of pointers.
    #[must_use]
    pub fn located(&self, problem: Problem) -> Problem {
        let mut faults = Faults::from(problem);
        faults.relocate(|pointer| self.place(pointer));
        Problem::from(faults)
    }
}

/// Reads a configuration file; the name's extension says which kind: `.yaml`, `.yml`, `.toml` or `.json`.
///
/// # Errors
/// `invalid_config_file` (`invalid_json` for JSON) at its line and column.
pub fn parse(bytes: &[u8], name: &str, limits: &Limits) -> Result<ConfigFile, Problem> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.len() > BYTES_MAX {
        return Err(Problem::new(
            Code::LimitExceeded,
            name,
            format!("The configuration has {} bytes; the limit is {BYTES_MAX}.", bytes.len()),
            "A configuration holds settings only; give data as files of their own.",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|&byte| byte == b'\n').count();
        invalid(format!("{name}:{line}:1"), "The text is not UTF-8", "Save the file as UTF-8.")
    })?;
    let (tree, places) = match name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
        Some("yaml" | "yml") => yaml(text, name, limits)?,
        Some("toml") => toml(text, name, limits)?,
        Some("json") => (crate::wire::parse(bytes).map_err(|problem| problem.under(&format!("{name}:")))?, BTreeMap::new()),
        _ => {
            return Err(Problem::new(
                Code::UnknownFormat,
                name,
                "The name does not say which kind of configuration file it is.",
                "Name it .yaml, .yml, .toml or .json.",
            ));
        }
    };
    Ok(ConfigFile { name: name.to_owned(), tree, places })
}

fn invalid(place: String, message: &str, hint: &str) -> Problem {
    Problem::new(Code::InvalidConfigFile, place, format!("{message}."), hint)
}

type Places = BTreeMap<String, (usize, usize)>;

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

// --- YAML ------------------------------------------------------------------------------------------------------------

/// A list or mapping that is still open.
enum Open {
    List { items: Vec<Json>, anchor: usize, pointer: String },
    Map { fields: Vec<(String, Json)>, key: Option<String>, anchor: usize, pointer: String },
}

struct Yaml<'a> {
    name: &'a str,
    nesting: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Json, usize)>,
    values: usize,
    root: Option<Json>,
    places: Places,
}

fn yaml(text: &str, name: &str, limits: &Limits) -> Result<(Json, Places), Problem> {
    let mut reader = Yaml {
        name,
        nesting: limits.nesting as usize,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        values: 0,
        root: None,
        places: Places::new(),
    };
    let scan_problem = |error: &ScanError| {
        let at = error.marker();
        invalid(
            format!("{name}:{}:{}", at.line(), at.col() + 1),
            &format!("Not valid YAML: {}", error.info()),
            "Mend the text there.",
        )
    };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| scan_problem(&error))?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                return Err(reader.fault(&span, "A second document begins", "Keep one document in a file."));
            }
        }
        reader.event(event, &span)?;
    }
    let tree = match reader.root {
        None | Some(Json::Null) => Json::Object(Vec::new()),
        Some(tree) => tree,
    };
    Ok((tree, reader.places))
}

impl Yaml<'_> {
    fn fault(&self, span: &Span, message: &str, hint: &str) -> Problem {
        invalid(format!("{}:{}:{}", self.name, span.start.line(), span.start.col() + 1), message, hint)
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Problem> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => Ok(()),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) if tag.is_some() => {
                let _ = anchor;
                Err(self.fault(span, "A tag stands here", "Leave the tag out."))
            }
            Event::SequenceStart(anchor, _) => {
                let pointer = self.begin(span)?;
                self.open.push(Open::List { items: Vec::new(), anchor, pointer });
                Ok(())
            }
            Event::MappingStart(anchor, _) => {
                let pointer = self.begin(span)?;
                self.open.push(Open::Map { fields: Vec::new(), key: None, anchor, pointer });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                match self.open.pop() {
                    Some(Open::List { items, anchor, .. }) => self.place_value(Json::Array(items), anchor),
                    Some(Open::Map { fields, anchor, .. }) => self.place_value(Json::Object(fields), anchor),
                    None => {}
                }
                Ok(())
            }
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.fault(span, "The alias stands inside what it names", "Write the value out."));
                };
                self.count(size, span)?;
                if self.is_key() {
                    return Err(self.fault(span, "An alias stands where a key should", "Write the key out."));
                }
                self.mark(span);
                self.place_value(value, 0);
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let as_text = match tag.as_deref() {
                    None => style != ScalarStyle::Plain,
                    Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => true,
                    Some(_) => return Err(self.fault(span, "A tag stands here", "Leave the tag out.")),
                };
                self.count(1, span)?;
                if self.is_key() {
                    return self.key(&text, span);
                }
                self.mark(span);
                let value = if as_text {
                    Json::String(text.into_owned())
                } else {
                    scalar(&text).ok_or_else(|| {
                        self.fault(
                            span,
                            &format!("{text} is not a finite number that can be held exactly"),
                            "Give a finite number.",
                        )
                    })?
                };
                self.place_value(value, anchor);
                Ok(())
            }
        }
    }

    fn is_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Map { key: None, .. }))
    }

    fn key(&mut self, text: &str, span: &Span) -> Result<(), Problem> {
        if text == "<<" {
            return Err(self.fault(span, "A merge key stands here", "Write the settings out."));
        }
        if let Some(Open::Map { fields, .. }) = self.open.last()
            && fields.iter().any(|(known, _)| known == text)
        {
            return Err(self.fault(span, &format!("The key {text:?} stands twice"), "Keep one of them."));
        }
        if let Some(Open::Map { key, .. }) = self.open.last_mut() {
            *key = Some(text.to_owned());
        }
        Ok(())
    }

    fn count(&mut self, values: usize, span: &Span) -> Result<(), Problem> {
        self.values += values;
        if self.values > VALUES_MAX {
            let place = format!("{}:{}:{}", self.name, span.start.line(), span.start.col() + 1);
            return Err(Problem::new(
                Code::LimitExceeded,
                place,
                format!("The configuration has more than {VALUES_MAX} values, with those that aliases copy."),
                "Write it without nested aliases.",
            ));
        }
        Ok(())
    }

    /// Where the value to come will stand.
    fn pointer(&self) -> String {
        match self.open.last() {
            None => String::new(),
            Some(Open::List { items, pointer, .. }) => format!("{pointer}/{}", items.len()),
            Some(Open::Map { key, pointer, .. }) => format!("{pointer}/{}", escaped(key.as_deref().unwrap_or_default())),
        }
    }

    fn mark(&mut self, span: &Span) {
        let pointer = self.pointer();
        self.places.insert(pointer, (span.start.line(), span.start.col() + 1));
    }

    fn begin(&mut self, span: &Span) -> Result<String, Problem> {
        if self.is_key() {
            return Err(self.fault(span, "A key is a list or a mapping", "Use plain words as keys."));
        }
        if self.open.len() >= self.nesting {
            let place = format!("{}:{}:{}", self.name, span.start.line(), span.start.col() + 1);
            let message = format!("The configuration is nested deeper than {} levels.", self.nesting);
            return Err(Problem::new(Code::LimitExceeded, place, message, "Settings need no more than a few levels."));
        }
        self.count(1, span)?;
        self.mark(span);
        Ok(self.pointer())
    }

    fn place_value(&mut self, value: Json, anchor: usize) {
        if anchor > 0 {
            let size = size_of(&value);
            self.anchors.insert(anchor, (value.clone(), size));
        }
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Open::List { items, .. }) => items.push(value),
            Some(Open::Map { fields, key, .. }) => fields.push((key.take().unwrap_or_default(), value)),
        }
    }
}

fn size_of(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(size_of).sum::<usize>(),
        Json::Object(fields) => 1 + fields.iter().map(|(_, value)| 1 + size_of(value)).sum::<usize>(),
        _ => 1,
    }
}

/// A plain scalar by the core schema of YAML 1.2; `None` for a number that is not finite.
fn scalar(text: &str) -> Option<Json> {
    let number = |value: f64| if value.is_finite() { Some(Json::Number(value)) } else { None };
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Json::Null),
        "true" | "True" | "TRUE" => return Some(Json::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Json::Bool(false)),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return None;
        }
        _ => {}
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && let Ok(value) = u64::from_str_radix(digits, radix)
        {
            return whole(i128::from(value));
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let begins = unsigned.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        || unsigned.strip_prefix('.').and_then(|rest| rest.bytes().next()).is_some_and(|byte| byte.is_ascii_digit());
    if begins {
        if unsigned.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(value) = text.parse::<i128>()
        {
            return whole(value);
        }
        if let Ok(value) = text.parse::<f64>() {
            return number(value);
        }
    }
    Some(Json::String(text.to_owned()))
}

/// A whole number, if f64 holds it exactly.
fn whole(value: i128) -> Option<Json> {
    let held = value as f64;
    (held as i128 == value).then_some(Json::Number(held))
}

// --- TOML ------------------------------------------------------------------------------------------------------------

fn toml(text: &str, name: &str, limits: &Limits) -> Result<(Json, Places), Problem> {
    // Starts of lines, to find the line of a byte.
    let lines: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let place = |byte: usize| {
        let line = lines.partition_point(|&start| start <= byte).max(1);
        let start = lines[line - 1];
        (line, 1 + text.get(start..byte).map_or(0, |before| before.chars().count()))
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let mut faults = Faults::new();
        for error in errors {
            let (line, column) = place(error.span().map_or(0, |span| span.start));
            let message = error.message().trim().replace('\n', ", ");
            faults.push(Fault::new(
                Code::InvalidConfigFile,
                format!("{name}:{line}:{column}"),
                format!("Not valid TOML: {message}."),
                "Mend the text there.",
            ));
        }
        return Err(Problem::from(faults));
    }
    let mut places = Places::new();
    let mut reader = Toml { name, place: &place, places: &mut places, nesting: limits.nesting as usize };
    let tree = reader.table(table.get_ref(), "", 0)?;
    Ok((tree, places))
}

struct Toml<'a> {
    name: &'a str,
    place: &'a dyn Fn(usize) -> (usize, usize),
    places: &'a mut Places,
    nesting: usize,
}

impl Toml<'_> {
    fn table(&mut self, table: &DeTable<'_>, pointer: &str, depth: usize) -> Result<Json, Problem> {
        // In the order of the file, whatever the order of the map.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut fields = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let pointer = format!("{pointer}/{}", escaped(key.get_ref()));
            fields.push((key.get_ref().to_string(), self.value(value, &pointer, depth + 1)?));
        }
        Ok(Json::Object(fields))
    }

    fn value(&mut self, value: &toml::Spanned<DeValue<'_>>, pointer: &str, depth: usize) -> Result<Json, Problem> {
        let at = (self.place)(value.span().start);
        self.places.insert(pointer.to_owned(), at);
        let here = || format!("{}:{}:{}", self.name, at.0, at.1);
        if depth > self.nesting {
            let message = format!("The configuration is nested deeper than {} levels.", self.nesting);
            return Err(Problem::new(Code::LimitExceeded, here(), message, "Settings need no more than a few levels."));
        }
        let not_finite = |text: &str| {
            invalid(here(), &format!("{text} is not a finite number that can be held exactly"), "Give a finite number.")
        };
        Ok(match value.get_ref() {
            DeValue::String(text) => Json::String(text.to_string()),
            DeValue::Boolean(value) => Json::Bool(*value),
            DeValue::Integer(value) => i128::from_str_radix(value.as_str(), value.radix())
                .ok()
                .and_then(whole)
                .ok_or_else(|| not_finite(value.as_str()))?,
            DeValue::Float(value) => match value.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => Json::Number(number),
                _ => return Err(not_finite(value.as_str())),
            },
            DeValue::Datetime(time) => Json::String(time.to_string()),
            DeValue::Array(items) => {
                let mut all = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    all.push(self.value(item, &format!("{pointer}/{i}"), depth + 1)?);
                }
                Json::Array(all)
            }
            DeValue::Table(table) => self.table(table, pointer, depth)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, name: &str) -> Result<ConfigFile, Problem> {
        parse(text.as_bytes(), name, &Limits::default())
    }

    #[test]
    fn yaml_and_toml_and_json_say_the_same() {
        let yaml =
            read("blend:\n  method: rank_aggregation # default\n  caps: [0.4, 1]\n  on: yes\n  none: ~\n", "a.yaml").unwrap();
        let toml = read("[blend]\nmethod = 'rank_aggregation'\ncaps = [0.4, 1]\non = 'yes'\n", "a.toml").unwrap();
        let json = read(r#"{"blend":{"method":"rank_aggregation","caps":[0.4,1],"on":"yes","none":null}}"#, "a.json").unwrap();
        assert_eq!(yaml.tree, json.tree);
        assert_eq!(
            toml.tree.get("blend").and_then(|blend| blend.get("caps")),
            json.tree.get("blend").and_then(|blend| blend.get("caps"))
        );
        assert_eq!(yaml.place("/blend/caps/1"), "a.yaml:3:15");
        assert_eq!(yaml.place("/blend/missing"), "a.yaml:2:3");
        assert_eq!(toml.place("/blend/caps/1"), "a.toml:3:14");
        let problem = yaml.located(Problem::new(Code::UnknownChoice, "/blend/method", "m", "h"));
        assert_eq!(problem.path, "a.yaml:2:11");
    }

    #[test]
    fn scalars_by_the_core_schema() {
        let tree = read("a: 1e-3\nb: 0x1F\nc: '12'\nd: 2024-01-31\ne: no\nf: 1_000\ng: -.5\nh: 007\n", "a.yml").unwrap().tree;
        let wanted = [
            Json::Number(0.001),
            Json::Number(31.0),
            Json::String("12".into()),
            Json::String("2024-01-31".into()),
            Json::String("no".into()),
            Json::String("1_000".into()),
            Json::Number(-0.5),
            Json::Number(7.0),
        ];
        for (key, wanted) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().zip(wanted) {
            assert_eq!(tree.get(key), Some(&wanted), "{key}");
        }
    }

    #[test]
    fn what_would_surprise_is_refused_at_its_line() {
        for (name, text, place) in [
            ("a.yaml", "a: 1\nb: 2\na: 3\n", "a.yaml:3:1"),
            ("a.yaml", "a: .inf\n", "a.yaml:1:4"),
            ("a.yaml", "a: !!binary x\n", "a.yaml:1:4"),
            ("a.yaml", "a: 1\n---\nb: 2\n", "a.yaml:2:1"),
            ("a.yaml", "a: {b: 1\n", "a.yaml:2:1"),
            ("a.yaml", "x: &x {a: 1}\ny:\n  <<: *x\n", "a.yaml:3:3"),
            ("a.toml", "a = 1\nb = 2\na = 3\n", "a.toml:3:1"),
            ("a.toml", "a = inf\n", "a.toml:1:5"),
            ("a.toml", "a = \n", "a.toml:1:5"),
        ] {
            let problem = read(text, name).unwrap_err();
            assert_eq!((problem.code, problem.path.as_str()), (Code::InvalidConfigFile, place), "{text}: {}", problem.message);
        }
        assert_eq!(read("a: 1", "a.ini").unwrap_err().code, Code::UnknownFormat);
    }

    #[test]
    fn a_laughing_billion_is_counted_before_it_is_copied() {
        let line = |i: usize| match i {
            0 => String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]"),
            _ => format!("a{i}: &a{i} [{}]", vec![format!("*a{}", i - 1); 10].join(", ")),
        };
        let text = (0..12).map(line).collect::<Vec<_>>().join(
            "
",
        );
        assert_eq!(read(&text, "a.yaml").unwrap_err().code, Code::LimitExceeded);
        assert!(read(&"[".repeat(5000), "a.yaml").is_err());
        let nested = (0..80).map(|i| format!("{}a:", " ".repeat(i))).collect::<Vec<_>>().join(
            "
",
        );
        assert_eq!(read(&nested, "a.yaml").unwrap_err().code, Code::LimitExceeded);
        assert!(read(&format!("a = {}{}", "[".repeat(5000), "]".repeat(5000)), "a.toml").is_err());
    }
}
