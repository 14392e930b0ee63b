//! How the page is looked at: which pair, which form, which order, how far back. It changes no figure and is no step of undo; it goes
//! with the address and survives a reload, so that a colleague sees what was meant.

use super::explain::Subject;
use super::order::{Key, Order};
use crate::figure::json::{flag, object, put, text, texts};
use allocator_core::wire::Json;

/// How final weights are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A bar for each symbol.
    #[default]
    Bars,
    /// A table.
    Table,
    /// Areas.
    Treemap,
}

/// How far back a chart through time goes, in days, with its words; 0 is everything.
pub const SPANS: &[(i64, &str)] = &[(182, "6 m"), (365, "1 y"), (730, "2 y"), (0, "All")];

/// How the page is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The pair of strategies chosen last; it stays while something else is explained.
    pub pair: Option<Subject>,
    /// How final weights are shown.
    pub form: Form,
    /// In which order.
    pub order: Order,
    /// How far back a pair is shown: one of [`SPANS`].
    pub span: i64,
    /// Whether charts are shown as tables.
    pub tables: bool,
}

impl Default for Look {
    fn default() -> Self {
        Look { pair: None, form: Form::default(), order: Order::default(), span: 730, tables: false }
    }
}

const FORMS: &[(&str, Form)] = &[("bars", Form::Bars), ("table", Form::Table), ("treemap", Form::Treemap)];
const KEYS: &[(&str, Key)] =
    &[("symbol", Key::Symbol), ("weight", Key::Weight), ("change", Key::Change), ("held_by", Key::HeldBy)];

fn word_of<T: PartialEq>(all: &[(&'static str, T)], value: &T) -> &'static str {
    all.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}

fn value_of<T: Copy>(all: &[(&str, T)], word: Option<&str>) -> Option<T> {
    all.iter().find(|(known, _)| Some(*known) == word).map(|(_, value)| *value)
}

impl Look {
    /// As a tree; nothing where it is as it comes.
    pub fn to_tree(&self) -> Option<Json> {
        let plain = Look::default();
        let mut tree = object([]);
        if let Some(Subject::Pair(a, b)) = &self.pair {
            put(&mut tree, "pair", texts([a, b]));
        }
        if self.form != plain.form {
            put(&mut tree, "form", text(word_of(FORMS, &self.form)));
        }
        if self.order != plain.order {
            put(&mut tree, "by", text(word_of(KEYS, &self.order.key)));
            put(&mut tree, "descending", flag(self.order.descending));
        }
        if self.span != plain.span {
            put(&mut tree, "days", Json::Number(self.span as f64));
        }
        if self.tables {
            put(&mut tree, "tables", flag(true));
        }
        (*self != plain).then_some(tree)
    }

    /// Reads [`Look::to_tree`]'s tree; what is not there or not known is as it comes.
    pub fn from_tree(tree: Option<&Json>) -> Self {
        let plain = Look::default();
        let Some(tree) = tree else { return plain };
        let word = |key: &str| tree.get(key).and_then(Json::as_str);
        let is_on = |key: &str| tree.get(key).map(|value| *value == Json::Bool(true));
        let pair = match tree.get("pair").and_then(Json::as_array) {
            Some([a, b]) => a.as_str().zip(b.as_str()).map(|(a, b)| Subject::pair(a, b)),
            _ => None,
        };
        let key = value_of(KEYS, word("by"));
        let span = tree.get("days").and_then(Json::as_f64).map(|days| days as i64);
        Look {
            pair,
            form: value_of(FORMS, word("form")).unwrap_or_default(),
            order: key.map_or(plain.order, |key| Order { key, descending: is_on("descending").unwrap_or_default() }),
            span: span.filter(|days| SPANS.iter().any(|(known, _)| known == days)).unwrap_or(plain.span),
            tables: is_on("tables").unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::wire::parse;

    #[test]
    fn every_look_survives_the_way_through_a_tree() {
        for form in [Form::Bars, Form::Table, Form::Treemap] {
            for key in [Key::Symbol, Key::Weight, Key::Change, Key::HeldBy] {
                for descending in [false, true] {
                    for (span, _) in SPANS {
                        for pair in [None, Some(Subject::pair("b", "a"))] {
                            let look = Look { pair, form, order: Order { key, descending }, span: *span, tables: descending };
                            assert_eq!(Look::from_tree(look.to_tree().as_ref()), look);
                        }
                    }
                }
            }
        }
        assert_eq!(Look::default().to_tree(), None);
    }

    #[test]
    fn rubbish_is_as_it_comes() {
        let rubbish = parse(br#"{"pair":["a"],"form":3,"by":"colour","descending":true,"days":17,"tables":"yes"}"#).unwrap();
        assert_eq!(Look::from_tree(Some(&rubbish)), Look::default());
    }
}
