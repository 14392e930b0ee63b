//! What survives: a state that came with the address, and what this browser keeps over a reload.

use crate::app::App;
use crate::browser;
use crate::state::file::{FileEntry, FileKey};
use crate::state::mend::Said;
use crate::state::model::{Event, Origin, Severity};
use crate::state::persist;
use crate::state::place::Place;
use crate::state::share::{FileNote, Shared, token_in};
use crate::state::stream::NAME as STREAM;
use crate::store::{Host, Store};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;
use web_sys::Blob;

/// Takes the state in the address over, or says why it cannot be read; true if there was one.
pub(crate) fn open_address(app: App) -> bool {
    let place = Place::read(&browser::fragment());
    let Some(token) = place.query.as_deref().and_then(token_in) else {
        return false;
    };
    // The address goes back to its view: the state lives on in the page, and a later reload must not undo what was done since.
    browser::replace_fragment(&Place::of_view(&place.view));
    match Shared::from_token(token) {
        Ok(shared) => {
            app.dispatch(Event::Restored(Box::new(shared), Origin::Address));
            true
        }
        Err(unreadable) => {
            let title = String::from("The state in the address could not be read");
            app.dispatch(Event::Noticed(Severity::Warning, title, unreadable.sentence()));
            false
        }
    }
}

struct Page {
    app: App,
    /// Whether the address brought a state: it counts, and what was kept is one step back.
    by_address: bool,
}

impl Host for Page {
    fn restore(&self, text: &str) {
        let origin = if self.by_address { Origin::Behind } else { Origin::Memory };
        match Shared::from_json(text) {
            Ok(shared) => self.app.dispatch(Event::Restored(Box::new(shared), origin)),
            Err(unreadable) => {
                let title = String::from("What this browser kept could not be read");
                self.app.dispatch(Event::Noticed(Severity::Warning, title, unreadable.sentence()));
            }
        }
    }

    fn restore_files(&self, files: Vec<(String, Blob)>) {
        self.app.give_blobs(files);
    }

    fn blob(&self, key: FileKey) -> Option<Blob> {
        self.app.blob(key)
    }
}

/// Keeps the page in this browser from now on.
pub(crate) fn remember(app: App, by_address: bool) {
    let store = Store::new(Rc::new(Page { app, by_address }));
    provide_context(store);
    store.tell(persist::Event::Opened);
    let text = app.memo(|model| model.kept().to_json());
    Effect::new(move |before: Option<String>| {
        let text = text.get();
        // The first is what the page opened with: nothing has changed yet.
        if before.is_some_and(|before| before != text) {
            store.tell(persist::Event::Changed(text.clone()));
        }
        text
    });
    let files = app.memo(|model| {
        // What waits to be mended is kept too. A stream is not: it comes anew; nor what could not be read to its end: it may have ended
        // the engine, and would again at every visit.
        let kept = |file: &&FileEntry| (file.report().is_some() || file.said != Said::default()) && file.name != STREAM;
        model
            .files
            .iter()
            .filter(kept)
            .map(|file| (file.key, FileNote { name: file.name.clone(), bytes: file.bytes }))
            .collect::<BTreeMap<_, _>>()
    });
    Effect::new(move |before: Option<BTreeMap<FileKey, FileNote>>| {
        let now = files.get();
        let before = before.unwrap_or_default();
        for key in before.keys().filter(|key| !now.contains_key(key)) {
            store.tell(persist::Event::Removed(*key));
        }
        for (key, note) in now.iter().filter(|(key, _)| !before.contains_key(key)) {
            store.tell(persist::Event::Added(*key, note.clone()));
        }
        now
    });
    // What the keeper has to say, once each time it changes.
    Effect::new(move |before: Option<Option<(&'static str, String)>>| {
        let notice = store.keeper.with(persist::Keeper::notice);
        let before = before.flatten();
        if let Some((title, _)) = before.as_ref().filter(|before| notice.as_ref().is_none_or(|(title, _)| *title != before.0)) {
            app.dispatch(Event::Withdrawn((*title).to_owned()));
        }
        if let Some((title, detail)) = notice.clone().filter(|_| before != notice) {
            app.dispatch(Event::Noticed(Severity::Warning, title.to_owned(), detail));
        }
        notice
    });
}
