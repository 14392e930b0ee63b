//! Handing an allocation in: the digest that is shown here, the one that the server computes from the same request, and what became of it.
//!
//! ```text
//! open ── request ──> compare ── the same? ──> send (one key, however often) ──> taken ──> stage, again and again
//!                        │                        │
//!                        └── another ─────────────┴──> refused, in words
//! ```
//! The key is made once for each opening of the dialog. A second click while the first is on its way does nothing, and a second
//! try after an answer that never came meets the same submission at the server, so there is one effect at most.

use allocator_core::wire::{Json, parse, to_canonical_string};

/// What the dialog works on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The digest that is shown here.
    pub digest: String,
    /// The request it belongs to, once the engine has written it.
    pub request: Option<String>,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The server computes the request.
    #[default]
    Comparing,
    /// Both digests are known.
    Compared,
    /// It is on its way.
    Sending,
    /// The server has it.
    Taken {
        /// Its id.
        id: String,
        /// Where it stands: `approved`, `submitted` …
        stage: String,
        /// Whether the same was there already.
        repeated: bool,
    },
    /// It was not taken, and trying again would not help.
    Refused(String),
    /// It is not known whether it was taken, or the server could not be asked: the same may be tried again.
    Unknown(String),
}

/// One opening of the dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandIn {
    /// What is handed in.
    pub seen: Seen,
    /// The digest that the server computes.
    pub recomputed: Option<String>,
    /// How far it is.
    pub stage: Stage,
    /// The portfolios of the server.
    pub portfolios: Vec<String>,
    /// The one chosen.
    pub portfolio: String,
    /// Whether the server wants a token that it has not got.
    pub needs_token: bool,
    key: String,
}

/// What is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Below the page's address.
    pub path: String,
    /// The `Idempotency-Key`, where there is one.
    pub key: Option<String>,
    /// JSON.
    pub body: String,
}

impl HandIn {
    /// An opening of the dialog for what is seen, with a key that no other opening has.
    pub fn new(seen: Seen, key: impl Into<String>) -> Self {
        HandIn { seen, key: key.into(), ..HandIn::default() }
    }

    /// The portfolios came, or not.
    pub fn listed(&mut self, status: u16, body: &str) {
        if !self.heard(status, body) {
            return;
        }
        let names = parse(body.as_bytes()).ok().and_then(|tree| {
            let all = tree.get("portfolios")?.as_array()?;
            Some(all.iter().filter_map(|one| one.get("id")?.as_str().map(str::to_owned)).collect::<Vec<_>>())
        });
        self.portfolios = names.unwrap_or_default();
        if !self.portfolios.contains(&self.portfolio) {
            self.portfolio = self.portfolios.first().cloned().unwrap_or_default();
        }
    }

    /// Has the server compute the request.
    pub fn compare(&mut self) -> Option<Post> {
        let body = self.seen.request.clone()?;
        self.stage = Stage::Comparing;
        Some(Post { path: String::from("api/v1/blend"), key: None, body })
    }

    /// The server computed the request, or not.
    pub fn compared(&mut self, status: u16, body: &str) {
        if self.heard(status, body) {
            self.recomputed = field(body, "digest");
            self.stage = Stage::Compared;
        }
    }

    /// Whether both digests are known and the same; `None` until the server's is known.
    pub fn agrees(&self) -> Option<bool> {
        self.recomputed.as_ref().map(|digest| *digest == self.seen.digest)
    }

    /// Whether it can be sent now.
    pub fn may_send(&self) -> bool {
        let open = matches!(self.stage, Stage::Compared | Stage::Unknown(_));
        open && self.agrees() == Some(true) && !self.portfolio.is_empty() && self.seen.request.is_some()
    }

    /// Sends it; nothing while it is on its way, or has come to an end.
    pub fn send(&mut self) -> Option<Post> {
        if !self.may_send() {
            return None;
        }
        let request = self.seen.request.as_ref()?;
        let digest = to_canonical_string(&self.seen.digest).ok()?;
        self.stage = Stage::Sending;
        Some(Post {
            path: format!("api/v1/portfolios/{}/submissions", self.portfolio),
            key: Some(self.key.clone()),
            body: format!(r#"{{"digest":{digest},"operation":"blend","request":{request},"version":1}}"#),
        })
    }

    /// The server answered what was sent.
    pub fn answered(&mut self, status: u16, body: &str) {
        match (status, field(body, "id"), field(body, "stage")) {
            (200 | 201, Some(id), Some(stage)) => self.stage = Stage::Taken { id, stage, repeated: status == 200 },
            // Busy, or full: the same can be sent again.
            (0 | 200 | 201 | 429 | 500.., _, _) => self.stage = Stage::Unknown(words(status, body)),
            _ => {
                self.needs_token |= status == 401;
                if let Some(other) = other_digest(body, &self.seen.digest) {
                    self.recomputed = Some(other);
                }
                self.stage = Stage::Refused(words(status, body));
            }
        }
    }

    /// The address that says where it stands, while it may still move.
    pub fn watch(&self) -> Option<String> {
        match &self.stage {
            Stage::Taken { id, stage, .. } if !matches!(stage.as_str(), "done" | "rejected" | "failed") => {
                Some(format!("api/v1/submissions/{id}"))
            }
            _ => None,
        }
    }

    /// Where it stands now; an answer that does not come changes nothing.
    pub fn stands(&mut self, status: u16, body: &str) {
        if let (200, Some(now), Stage::Taken { stage, .. }) = (status, field(body, "stage"), &mut self.stage) {
            *stage = now;
        }
    }

    /// How it stands, in a sentence.
    pub fn sentence(&self) -> String {
        match (&self.stage, self.agrees()) {
            (Stage::Comparing, _) => String::from("The server computes the same request …"),
            (Stage::Compared, Some(true)) => String::from("Both digests are the same: what is handed in is what you see."),
            (Stage::Compared, _) => String::from(
                "The server computes something else from the same request: its version differs from this page's. Nothing can be handed in; reload the page.",
            ),
            (Stage::Sending, _) => String::from("On its way …"),
            (Stage::Taken { stage, repeated, .. }, _) => {
                let how = if *repeated { "It was taken before; nothing was done twice. " } else { "Taken. " };
                format!("{how}It is {stage}.")
            }
            (Stage::Refused(why), _) => format!("Not taken. {why}"),
            (Stage::Unknown(why), _) => format!("{why} Trying again hands in the same submission, never a second one."),
        }
    }

    /// Whether an answer is one; else says why not.
    fn heard(&mut self, status: u16, body: &str) -> bool {
        if status == 200 {
            self.needs_token = false;
            return true;
        }
        self.needs_token = status == 401;
        self.recomputed = None;
        let why = words(status, body);
        self.stage = if matches!(status, 0 | 429 | 500..) { Stage::Unknown(why) } else { Stage::Refused(why) };
        false
    }
}

fn field(body: &str, name: &str) -> Option<String> {
    parse(body.as_bytes()).ok()?.get(name)?.as_str().map(str::to_owned)
}

/// Of a refusal because the digests differ, the one that was not seen.
fn other_digest(body: &str, seen: &str) -> Option<String> {
    if field(body, "code")? != "digest_mismatch" {
        return None;
    }
    let message = field(body, "message")?;
    let is_digest = |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) && *word != seen;
    message.split(|letter: char| !letter.is_ascii_alphanumeric()).find(is_digest).map(str::to_owned)
}

/// What an answer says, in words.
fn words(status: u16, body: &str) -> String {
    if status == 0 {
        return String::from("The server did not answer.");
    }
    if status == 401 {
        return String::from("The server wants a token: ask whoever operates it.");
    }
    let tree = parse(body.as_bytes()).unwrap_or(Json::Null);
    let text = |name: &str| tree.get(name).and_then(Json::as_str).unwrap_or_default();
    match (text("message"), text("hint")) {
        ("", _) => format!("The server answered {status}."),
        (message, hint) => format!("{message} {hint}").trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"signals":{},"version":1}"#;

    fn opened() -> HandIn {
        let mut it = HandIn::new(Seen { digest: String::from("d1"), request: Some(String::from(REQUEST)) }, "key-1");
        it.listed(200, r#"{"portfolios":[{"id":"main"},{"id":"other"}]}"#);
        it
    }

    #[test]
    fn what_agrees_is_sent_once_under_one_key() {
        let mut it = opened();
        assert_eq!((it.portfolio.as_str(), it.may_send()), ("main", false), "not before the server has computed it");
        assert_eq!(it.compare().map(|post| (post.path, post.body)), Some((String::from("api/v1/blend"), String::from(REQUEST))));
        it.compared(200, r#"{"digest":"d1","weights":[]}"#);
        assert!(it.may_send());
        let first = it.send().unwrap();
        assert_eq!((first.path.as_str(), first.key.as_deref()), ("api/v1/portfolios/main/submissions", Some("key-1")));
        assert_eq!(first.body, format!(r#"{{"digest":"d1","operation":"blend","request":{REQUEST},"version":1}}"#));
        assert_eq!(it.send(), None, "a second click does nothing");
        // The answer got lost: the same again, under the same key.
        it.answered(0, "");
        assert!(it.sentence().contains("never a second one"));
        assert_eq!(it.send(), Some(first));
        it.answered(200, r#"{"id":"s1","stage":"approved"}"#);
        assert!(it.sentence().contains("nothing was done twice"));
        assert_eq!((it.send(), it.watch()), (None, Some(String::from("api/v1/submissions/s1"))));
        it.stands(0, "");
        it.stands(200, r#"{"stage":"done"}"#);
        assert_eq!((it.sentence().ends_with("It is done."), it.watch()), (true, None));
    }

    #[test]
    fn another_digest_is_never_sent_and_both_stay_visible() {
        let mut it = opened();
        it.compared(200, r#"{"digest":"d2"}"#);
        assert_eq!((it.agrees(), it.send(), it.recomputed.as_deref()), (Some(false), None, Some("d2")));
        assert!(it.sentence().contains("something else"));
    }

    #[test]
    fn a_refusal_is_final_and_says_why_and_a_busy_server_may_be_asked_again() {
        let mut it = opened();
        it.compared(200, r#"{"digest":"d1"}"#);
        it.send();
        it.answered(503, r#"{"message":"Too much at once.","hint":"Try again."}"#);
        assert!(it.may_send() && it.sentence().starts_with("Too much at once. Try again."));
        it.send();
        it.answered(409, r#"{"code":"digest_mismatch","message":"The digest d1 was seen, and d2 is what the request gives.","hint":"Look again."}"#);
        assert_eq!(it.sentence(), "Not taken. The digest d1 was seen, and d2 is what the request gives. Look again.");
        assert!(!it.may_send());
    }

    #[test]
    fn a_refusal_of_the_digest_shows_both_side_by_side() {
        let (seen, other) = ("a".repeat(64), "b".repeat(64));
        let mut it = HandIn { seen: Seen { digest: seen.clone(), request: Some(String::from(REQUEST)) }, ..opened() };
        it.compared(200, &format!(r#"{{"digest":"{seen}"}}"#));
        assert_eq!(it.agrees(), Some(true));
        it.send();
        let message = format!("The digest {seen} was seen, and {other} is what the request gives.");
        it.answered(409, &format!(r#"{{"code":"digest_mismatch","message":"{message}","hint":""}}"#));
        assert_eq!((it.agrees(), it.recomputed), (Some(false), Some(other)));
    }

    #[test]
    fn a_token_is_asked_for_and_then_it_goes_on() {
        let mut it = HandIn::new(Seen { digest: String::from("d"), request: None }, "k");
        assert_eq!(it.compare(), None, "the engine has not written the request yet");
        it.listed(401, "{}");
        assert!(it.needs_token && it.sentence().contains("token"));
        it.listed(200, r#"{"portfolios":[]}"#);
        assert!(!it.needs_token && it.portfolio.is_empty());
        it.seen.request = Some(String::from(REQUEST));
        it.compared(200, r#"{"digest":"d"}"#);
        assert!(!it.may_send(), "there is no portfolio to hand it in for");
    }
}
