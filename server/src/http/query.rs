//! The query of an address: names, flags, numbers.

use allocator_core::{Code, Problem};
use axum::http::Uri;

/// Longest value that is read, bytes.
const VALUE_BYTES_MAX: usize = 1024;

/// Most lines of one page.
pub(crate) const LIMIT_MAX: u32 = 1_000;

/// Lines of a page that asks for no number.
const LIMIT_USUAL: u32 = 100;

/// A query, undecoded.
pub(crate) struct Query(String);

impl Query {
    /// The query of an address.
    pub(crate) fn of(uri: &Uri) -> Self {
        Query(uri.query().unwrap_or_default().to_owned())
    }

    /// The value of a key, percent-decoded; `None` where it is missing, empty or not UTF-8.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        query_value(&self.0, key)
    }

    /// A flag: `true`, `false`, or the key alone.
    ///
    /// # Errors
    /// `wrong_type`.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, Problem> {
        if self.0.split('&').any(|part| part == key) {
            return Ok(true);
        }
        match self.get(key).as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(other) => Err(Problem::new(
                Code::WrongType,
                key,
                format!("{key} is {:?}.", other.chars().take(40).collect::<String>()),
                format!("Write {key}=true or leave it away."),
            )),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// `wrong_type`.
    pub(crate) fn number(&self, key: &str) -> Result<Option<u64>, Problem> {
        self.get(key)
            .map(|text| {
                text.parse().map_err(|_| {
                    Problem::new(
                        Code::WrongType,
                        key,
                        format!("{key} is {:?}.", text.chars().take(40).collect::<String>()),
                        "Give a whole number from 0.",
                    )
                })
            })
            .transpose()
    }

    /// How many lines a page has.
    ///
    /// # Errors
    /// `wrong_type`, `out_of_range`.
    pub(crate) fn limit(&self) -> Result<u32, Problem> {
        match self.number("limit")? {
            None => Ok(LIMIT_USUAL),
            Some(limit) if (1..=u64::from(LIMIT_MAX)).contains(&limit) => Ok(limit as u32),
            Some(limit) => Err(Problem::new(
                Code::OutOfRange,
                "limit",
                format!("limit is {limit}."),
                format!("Give a whole number from 1 to {LIMIT_MAX}."),
            )),
        }
    }
}

/// The value of a key of a query, percent-decoded; `None` where it is missing or not UTF-8.
fn query_value(query: &str, key: &str) -> Option<String> {
    let raw = query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?;
    let mut bytes = raw.bytes();
    let mut decoded = Vec::with_capacity(raw.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok().filter(|name| !name.is_empty() && name.len() <= VALUE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_query() {
        assert_eq!(query_value("x=1&name=my%20file+2.csv", "name").as_deref(), Some("my file 2.csv"));
        for bad in ["", "name=", "name=%", "name=%zz", "name=%ff", "nam=x"] {
            assert_eq!(query_value(bad, "name"), None, "{bad}");
        }
    }

    #[test]
    fn flags_and_numbers() {
        let query = |text: &str| Query(text.to_owned());
        assert!(query("emit").flag("emit").unwrap() && query("a=1&emit=true").flag("emit").unwrap());
        assert!(!query("emit=false").flag("emit").unwrap() && !query("").flag("emit").unwrap());
        assert_eq!(query("emit=perhaps").flag("emit").unwrap_err().code, Code::WrongType);
        assert_eq!(query("after=7").number("after").unwrap(), Some(7));
        assert_eq!(query("after=-1").number("after").unwrap_err().code, Code::WrongType);
        assert_eq!((query("").limit().unwrap(), query("limit=5").limit().unwrap()), (100, 5));
        assert_eq!(query("limit=0").limit().unwrap_err().code, Code::OutOfRange);
    }
}
