//! The whole state of the page as a short text: for an address that can be sent to a colleague, and for a file.
//!
//! ```text
//! Shared ── JSON ── deflate ── base64url ──> "1.q1YqS0…"   in the address behind `state=`
//! Shared ── JSON ─────────────────────────> allocator-state.json
//! ```
//!
//! The number in front is the version. Data are not in it, only the names and sizes of the files: what was dropped into this
//! browser stays here. A text that cannot be read changes nothing; the sentence says why and what to do.

use super::look::Look;
use super::mend::{EDITS_MAX, Edit, Said};
use super::scenario::{SCENARIOS_MAX, Scenarios};
use super::settings::{Settings, Views, from_tree, to_tree};
use allocator_core::config::blend::BlendConfig;
use allocator_core::error::{Faults, Problem};
use allocator_core::wire::{At, Decode as _, Json, parse, to_canonical_string};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::io::Read as _;

use crate::figure::json::{flag, list, object, text, text_of, whole};

/// The version that is written.
pub const VERSION: u32 = 1;
/// Most characters of a text that is read.
pub const TOKEN_MAX: usize = 256 * 1024;
/// Most bytes that a text may unfold to: a small text must not fill the memory.
pub const STATE_BYTES_MAX: u64 = 1 << 20;
/// From here on some mail programs and chats cut an address.
pub const LONG: usize = 8_000;
/// Most files that are named.
const FILES_MAX: usize = 200;
/// Most characters of a name in a state.
const WORD_MAX: usize = 200;

/// A file that was in use, by its name and size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileNote {
    /// Name.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
}

/// What is shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// Settings of the blend.
    pub config: BlendConfig,
    /// Settings of views.
    pub views: Views,
    /// Id of the view; empty is the first.
    pub view: String,
    /// The symbol or strategy that is explained.
    pub selected: Option<String>,
    /// How the page is looked at.
    pub look: Look,
    /// Named settings.
    pub scenarios: Scenarios,
    /// Whether the sample data were in use.
    pub sample: bool,
    /// The files that were in use.
    pub files: Vec<FileNote>,
    /// What was said of files, by name: only for the store of this browser. Mends are data, and data are not sent.
    pub said: Vec<(String, Said)>,
}

/// Why a text is no state.
#[derive(Clone, Debug, PartialEq)]
pub enum Unreadable {
    /// It was never one.
    Foreign,
    /// It was cut or changed on its way.
    Damaged,
    /// It is of another version.
    Version(String),
    /// It is longer than any state.
    TooLong,
    /// It is a state whose settings are refused, each with its place.
    Refused(Problem),
}

impl Unreadable {
    /// What is wrong, why it matters, what to do.
    pub fn sentence(&self) -> String {
        const KEPT: &str = "What this page showed before is kept.";
        match self {
            Unreadable::Foreign => format!("This is not a saved state of this page. {KEPT} Ask for the address or file again."),
            Unreadable::Damaged => format!(
                "The saved state is damaged: a part is missing or changed, as happens when a chat or mail program cuts an address. \
                 {KEPT} Ask for it again as a file."
            ),
            Unreadable::Version(version) => format!(
                "The saved state is of version {version}; this page reads version {VERSION}. {KEPT} Open it with the version of the page \
                 that wrote it, or save it anew there."
            ),
            Unreadable::TooLong => format!("The saved state is too long to be one. {KEPT}"),
            Unreadable::Refused(problem) => {
                let first = problem
                    .problems
                    .first()
                    .map_or_else(String::new, |fault| format!(" {}: {} {}", fault.path, fault.message, fault.hint));
                format!("The saved state holds settings that this version refuses.{first} {KEPT}")
            }
        }
    }
}

impl Shared {
    /// As JSON text: what a file holds.
    pub fn to_json(&self) -> String {
        let config = |config: &BlendConfig| {
            // Settings hold finite numbers and words, which always serialise and parse.
            to_canonical_string(config).ok().and_then(|text| parse(text.as_bytes()).ok()).unwrap_or(Json::Null)
        };
        let scenarios = self.scenarios.list().iter().map(|scenario| {
            let mut entry = object([("name", text(scenario.name.clone())), ("config", config(&scenario.settings.blend))]);
            if !scenario.settings.views.is_empty() {
                crate::figure::json::put(&mut entry, "views", to_tree(&scenario.settings.views));
            }
            entry
        });
        let files = self
            .files
            .iter()
            .take(FILES_MAX)
            .map(|file| object([("name", text(clipped(&file.name))), ("bytes", Json::Number(file.bytes as f64))]));
        let mut tree = object([
            ("version", whole(VERSION as usize)),
            ("config", config(&self.config)),
            ("view", text(clipped(&self.view))),
            ("scenarios", list(scenarios)),
            ("sample", flag(self.sample)),
            ("files", list(files)),
        ]);
        if !self.views.is_empty() {
            crate::figure::json::put(&mut tree, "views", to_tree(&self.views));
        }
        if let Some(selected) = &self.selected {
            crate::figure::json::put(&mut tree, "selected", text(clipped(selected)));
        }
        if let Some(look) = self.look.to_tree() {
            crate::figure::json::put(&mut tree, "look", look);
        }
        if !self.said.is_empty() {
            let said = self
                .said
                .iter()
                .take(FILES_MAX)
                .filter_map(|(name, said)| Some((name.clone(), parse(said.text().as_bytes()).ok()?)));
            crate::figure::json::put(&mut tree, "said", Json::Object(said.collect()));
        }
        text_of(&tree)
    }

    /// Reads the JSON text.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn from_json(json: &str) -> Result<Self, Unreadable> {
        if json.len() as u64 > STATE_BYTES_MAX {
            return Err(Unreadable::TooLong);
        }
        let tree = parse(json.as_bytes()).map_err(|_| Unreadable::Foreign)?;
        match tree.get("version") {
            Some(Json::Number(version)) if *version == f64::from(VERSION) => {}
            Some(Json::Number(version)) => return Err(Unreadable::Version(version.to_string())),
            _ => return Err(Unreadable::Foreign),
        }
        let mut faults = Faults::new();
        let config = tree.get("config").ok_or(Unreadable::Foreign)?;
        let config = BlendConfig::decode(config, &At::Root.key("config"), &mut faults);
        let mut scenarios = Scenarios::default();
        let listed = tree.get("scenarios").and_then(Json::as_array).unwrap_or_default();
        for (index, entry) in listed.iter().take(SCENARIOS_MAX).enumerate() {
            let name = entry.get("name").and_then(Json::as_str).unwrap_or_default();
            let config = entry.get("config").and_then(|config| {
                BlendConfig::decode(config, &At::Root.key("scenarios").index(index).key("config"), &mut faults)
            });
            if let Some(blend) = config {
                let settings = Settings { blend, views: from_tree(entry.get("views")) };
                // A name that is empty or too long has no way in; its settings would be lost, so that it is told.
                scenarios.save(name, &settings).map_err(|_| Unreadable::Damaged)?;
            }
        }
        let config = faults.finish(config).map_err(Unreadable::Refused)?;
        let word = |key: &str| tree.get(key).and_then(Json::as_str).map(clipped);
        let files = tree.get("files").and_then(Json::as_array).unwrap_or_default().iter().take(FILES_MAX).filter_map(|file| {
            let bytes = file.get("bytes").and_then(Json::as_f64).filter(|bytes| *bytes >= 0.0).unwrap_or(0.0) as u64;
            Some(FileNote { name: clipped(file.get("name")?.as_str()?), bytes })
        });
        Ok(Shared {
            config,
            views: from_tree(tree.get("views")),
            view: word("view").unwrap_or_default(),
            selected: word("selected"),
            look: Look::from_tree(tree.get("look")),
            scenarios,
            sample: tree.get("sample") == Some(&Json::Bool(true)),
            files: files.collect(),
            said: match tree.get("said") {
                Some(Json::Object(said)) => {
                    said.iter().take(FILES_MAX).filter_map(|(name, said)| Some((name.clone(), said_of(said)?))).collect()
                }
                _ => Vec::new(),
            },
        })
    }

    /// The same without what was said of files: for everything that leaves this browser.
    #[must_use]
    pub fn without_data(mut self) -> Self {
        self.said.clear();
        self
    }

    /// The short text for an address; what was said of files is not in it.
    pub fn to_token(&self) -> String {
        let json = self.clone().without_data().to_json();
        let mut packed = Vec::new();
        // Reading from memory cannot fail.
        let _ = DeflateEncoder::new(json.as_bytes(), Compression::best()).read_to_end(&mut packed);
        format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(packed))
    }

    /// Reads the short text.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn from_token(token: &str) -> Result<Self, Unreadable> {
        if token.len() > TOKEN_MAX {
            return Err(Unreadable::TooLong);
        }
        let (version, packed) = token.trim().split_once('.').ok_or(Unreadable::Foreign)?;
        let number: u32 = version.parse().map_err(|_| Unreadable::Foreign)?;
        if number != VERSION {
            return Err(Unreadable::Version(number.to_string()));
        }
        let packed = URL_SAFE_NO_PAD.decode(packed).map_err(|_| Unreadable::Damaged)?;
        let mut json = Vec::new();
        let read = DeflateDecoder::new(packed.as_slice()).take(STATE_BYTES_MAX + 1).read_to_end(&mut json);
        if json.len() as u64 > STATE_BYTES_MAX {
            return Err(Unreadable::TooLong);
        }
        read.map_err(|_| Unreadable::Damaged)?;
        let json = String::from_utf8(json).map_err(|_| Unreadable::Damaged)?;
        Shared::from_json(&json).map_err(|error| match error {
            // It was packed by this version, so that it was a state once.
            Unreadable::Foreign => Unreadable::Damaged,
            other => other,
        })
    }

    /// What an address says behind its `#` for a view: `#/blend?state=1.…`.
    pub fn to_fragment(&self) -> String {
        format!("#/{}?state={}", self.view, self.to_token())
    }

    /// Files that are not among those at hand: they have to be added by the one who opens the state.
    pub fn absent<'a>(&'a self, here: &'a [FileNote]) -> impl Iterator<Item = &'a FileNote> {
        self.files.iter().filter(|file| !here.contains(file))
    }
}

/// The state in what stands behind the `?` of a fragment: `state=1.…`; other fields are left to others.
pub fn token_in(query: &str) -> Option<&str> {
    query.split('&').find_map(|field| field.strip_prefix("state="))
}

/// What was said of a file, as [`Said::text`] wrote it; anything else was not said.
fn said_of(json: &Json) -> Option<Said> {
    let word = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let place =
        |json: &Json, key: &str| json.get(key).and_then(Json::as_f64).filter(|place| *place >= 0.0).map(|place| place as u32);
    let edit = |json: &Json| match (place(json, "left_out"), place(json, "decimal_comma")) {
        (Some(left_out), _) => Some(Edit::Row { left_out }),
        (_, Some(decimal_comma)) => Some(Edit::Comma { decimal_comma }),
        _ => Some(Edit::Cell { column: place(json, "column")?, row: place(json, "row")?, text: word(json, "text")? }),
    };
    let edits = json.get("edits")?.as_array()?.iter().take(EDITS_MAX).map(edit).collect::<Option<Vec<Edit>>>()?;
    let roles = match json.get("roles") {
        Some(Json::Object(roles)) => {
            roles.iter().filter_map(|(column, role)| Some((column.clone(), role.as_str()?.to_owned()))).collect()
        }
        _ => std::collections::BTreeMap::new(),
    };
    Some(Said {
        edits,
        kind: word(json, "kind"),
        roles,
        strategy: word(json, "strategy"),
        delimiter: word(json, "delimiter"),
        decimal: word(json, "decimal"),
        header: match json.get("header") {
            Some(Json::Bool(header)) => Some(*header),
            _ => None,
        },
    })
}

fn clipped(word: &str) -> String {
    word.chars().take(WORD_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        let mut scenarios = Scenarios::default();
        scenarios.save("Tight caps", &BlendConfig { per_strategy_max: 0.25, ..BlendConfig::default() }.into()).unwrap();
        let wide = Settings {
            blend: BlendConfig { symbol_max: Some(0.1), ..BlendConfig::default() },
            views: Views::from([("capital".into(), "{\"method\":\"hrp\"}".into())]),
        };
        scenarios.save("μ–σ \"wide\"", &wide).unwrap();
        Shared {
            config: BlendConfig { cash_reserve: 0.05, ..BlendConfig::default() },
            views: Views::from([("risk".into(), "{\"alpha\":0.5}".into())]),
            view: "correlation".into(),
            selected: Some("BRK.B".into()),
            look: Look { span: 365, tables: true, ..Look::default() },
            scenarios,
            sample: false,
            files: vec![FileNote { name: "signals.csv".into(), bytes: 1234 }],
            said: Vec::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_both_ways() {
        let shared = shared();
        assert_eq!(Shared::from_json(&shared.to_json()).unwrap(), shared);
        assert_eq!(Shared::from_token(&shared.to_token()).unwrap(), shared);
        assert_eq!(Shared::from_token(&Shared::default().to_token()).unwrap(), Shared::default());
    }

    #[test]
    fn an_address_is_short_and_needs_no_escapes() {
        let token = shared().to_token();
        assert!(token.len() < 1_600, "{}", token.len());
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{token}");
        let fragment = shared().to_fragment();
        let (_, query) = fragment.split_once('?').unwrap();
        assert_eq!(token_in(query), Some(token.as_str()));
        assert_eq!(token_in("other=1&state=1.x"), Some("1.x"));
        assert_eq!(token_in("other=1"), None);
    }

    #[test]
    fn a_cut_or_changed_address_is_damaged_and_never_another_state() {
        let token = shared().to_token();
        for length in 2..token.len() {
            let read = Shared::from_token(&token[..length]);
            assert!(read.is_err(), "cut at {length} of {}", token.len());
        }
        let mut changed = token.clone().into_bytes();
        let middle = changed.len() / 2;
        changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
        if let Ok(read) = Shared::from_token(std::str::from_utf8(&changed).unwrap()) {
            assert_ne!(read, Shared::default());
        }
        assert_eq!(Shared::from_token("1.!!!"), Err(Unreadable::Damaged));
    }

    #[test]
    fn every_refusal_says_what_to_do_and_that_nothing_is_lost() {
        let cases = [
            (Shared::from_token("hello"), "not a saved state"),
            (Shared::from_token("0.abc"), "version 0"),
            (Shared::from_token("2.abc"), "version 2"),
            (Shared::from_token(&"1".repeat(TOKEN_MAX + 1)), "too long"),
            (Shared::from_json("{\"version\":7}"), "version 7"),
            (Shared::from_json("[1,2]"), "not a saved state"),
            (Shared::from_json("{\"version\":1,\"config\":{\"per_strategy_mx\":0.3}}"), "per_strategy_max"),
            (Shared::from_json("{\"version\":1,\"config\":{\"cash_reserve\":\"x\"}}"), "/config/cash_reserve"),
        ];
        for (read, part) in cases {
            let sentence = read.unwrap_err().sentence();
            assert!(sentence.contains(part) && sentence.contains("is kept"), "{part}: {sentence}");
        }
    }

    #[test]
    fn a_small_address_cannot_fill_the_memory() {
        let mut packed = Vec::new();
        DeflateEncoder::new(std::io::repeat(b' ').take(64 << 20), Compression::best()).read_to_end(&mut packed).unwrap();
        let token = format!("1.{}", URL_SAFE_NO_PAD.encode(packed));
        assert!(token.len() < TOKEN_MAX, "{}", token.len());
        assert_eq!(Shared::from_token(&token), Err(Unreadable::TooLong));
    }

    #[test]
    fn mends_are_kept_here_and_never_sent() {
        let said = Said {
            strategy: Some("mine".into()),
            kind: Some("weights".into()),
            delimiter: Some("tab".into()),
            decimal: Some("comma".into()),
            header: Some(false),
            ..Said::default()
        }
        .taken("w", "weight")
        .with(Edit::Cell { column: 2, row: 5, text: "0.085".into() })
        .with(Edit::Row { left_out: 7 })
        .with(Edit::Comma { decimal_comma: 3 });
        let own = Shared { said: vec![("signals.csv".into(), said)], ..shared() };
        assert_eq!(Shared::from_json(&own.to_json()).unwrap(), own);
        let sent = Shared::from_token(&own.to_token()).unwrap();
        assert_eq!(sent, own.clone().without_data());
        assert!(sent.said.is_empty() && !own.without_data().to_json().contains("0.085"));
    }

    #[test]
    fn files_that_are_not_here_are_named() {
        let shared = shared();
        assert_eq!(shared.absent(&[]).count(), 1);
        assert_eq!(shared.absent(&shared.files).count(), 0);
        let other = [FileNote { name: "signals.csv".into(), bytes: 99 }];
        assert_eq!(shared.absent(&other).count(), 1, "the same name with another size is another file");
    }
}
