//! How a text of separated values is written, where a person says so because it is not found out rightly.

use super::{Format, csv, detect, gzip};
use serde::Serialize;

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// The tab.
    Tab,
    /// `|`
    Bar,
}

impl Delimiter {
    /// All of them, in the order in which they are tried.
    pub(crate) const ALL: [Delimiter; 4] = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab, Delimiter::Bar];

    /// The byte.
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Tab => b'\t',
            Delimiter::Bar => b'|',
        }
    }

    /// The delimiter of a word: `comma`, `semicolon`, `tab`, `bar`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "comma" => Some(Delimiter::Comma),
            "semicolon" => Some(Delimiter::Semicolon),
            "tab" => Some(Delimiter::Tab),
            "bar" => Some(Delimiter::Bar),
            _ => None,
        }
    }
}

/// What stands between whole and fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `0.085`
    #[default]
    Point,
    /// `0,085`, with points, blanks or apostrophes between groups of three.
    Comma,
}

impl DecimalMark {
    /// The mark of a word: `point`, `comma`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "point" => Some(DecimalMark::Point),
            "comma" => Some(DecimalMark::Comma),
            _ => None,
        }
    }
}

/// What is said of a text; what is not said is found out, except that a decimal mark is a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Between fields.
    pub delimiter: Option<Delimiter>,
    /// Whether the first row names the columns.
    pub header: Option<bool>,
    /// In numbers.
    pub decimal: DecimalMark,
}

/// How a text was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// In numbers.
    pub decimal: DecimalMark,
    /// Between fields.
    pub delimiter: Delimiter,
    /// Whether the first row names the columns.
    pub header: bool,
}

/// Bytes of a wrapped file that are looked at: more than a delimiter is told from.
const BEGINNING: u64 = 256 << 10;

/// How a file would be read; `None` where it is no text of separated values.
pub fn written(bytes: &[u8], name: &str, dialect: Dialect) -> Option<Written> {
    if gzip::is_gzip(bytes) {
        return written_plain(&gzip::begin(bytes, BEGINNING), name, dialect);
    }
    written_plain(bytes, name, dialect)
}

fn written_plain(bytes: &[u8], name: &str, dialect: Dialect) -> Option<Written> {
    matches!(detect(bytes, name), Ok(Format::Csv)).then(|| csv::written(bytes, dialect))
}
