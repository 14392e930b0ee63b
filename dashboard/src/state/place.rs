//! Which view the address names, and what else stands behind the `#`: `#/blend`, `#/blend?state=…`.
//!
//! Behind the `#` because a static host knows one page only, whichever folder it lies in.

/// What the part of the address behind the `#` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Id of the view; empty where the address names none.
    pub view: String,
    /// What stands behind the `?`, as it came: the shared state, if any.
    pub query: Option<String>,
}

impl Place {
    /// Reads a fragment, with or without its `#`.
    pub fn read(fragment: &str) -> Self {
        let plain = fragment.trim_start_matches('#').trim_start_matches('/');
        let (view, query) = match plain.split_once('?') {
            Some((view, query)) => (view, Some(query.to_owned())),
            None => (plain, None),
        };
        Place { view: view.trim_end_matches('/').to_owned(), query: query.filter(|query| !query.is_empty()) }
    }

    /// The fragment of a view without anything else.
    pub fn of_view(view: &str) -> String {
        format!("#/{view}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Place::read(&Place::of_view("blend")), Place { view: "blend".into(), query: None });
        assert_eq!(Place::read("#/risk/?state=abc="), Place { view: "risk".into(), query: Some("state=abc=".into()) });
        assert_eq!(Place::read("#?s=1").query.as_deref(), Some("s=1"));
        for nothing in ["", "#", "#/", "#/?"] {
            assert_eq!(Place::read(nothing), Place::default(), "{nothing}");
        }
    }
}
