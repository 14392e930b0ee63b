//! Small things that only a browser can do.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, File, FileList, HtmlAnchorElement, Url};

/// A text as a blob of a media type.
pub(crate) fn blob(text: &str, kind: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options).ok()
}

/// Offers a text as a download.
pub(crate) fn save(name: &str, kind: &str, text: &str) {
    let link = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.create_element("a").ok())
        .and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok());
    let url = blob(text, kind).and_then(|blob| Url::create_object_url_with_blob(&blob).ok());
    if let (Some(link), Some(url)) = (link, url) {
        link.set_href(&url);
        link.set_download(name);
        link.click();
        // The click has handed the blob over; a failure to free the address costs a few bytes.
        let _ = Url::revoke_object_url(&url);
    }
}

/// Copies a text and says whether it worked.
pub(crate) fn copy(text: String, then: impl FnOnce(bool) + 'static) {
    let Some(window) = web_sys::window() else {
        return;
    };
    spawn_local(async move {
        // A page without a secure context has no clipboard: then this throws, and the text stays selectable.
        let clipboard = js_sys::Reflect::get(&window.navigator(), &"clipboard".into()).ok().filter(JsValue::is_object);
        let copied = match clipboard.map(JsCast::unchecked_into::<web_sys::Clipboard>) {
            Some(clipboard) => JsFuture::from(clipboard.write_text(&text)).await.is_ok(),
            None => false,
        };
        then(copied);
    });
}

/// The files of a list.
pub(crate) fn files(list: Option<FileList>) -> Vec<File> {
    let Some(list) = list else {
        return Vec::new();
    };
    (0..list.length()).filter_map(|i| list.item(i)).collect()
}

/// What stands behind the `#` of the address.
pub(crate) fn fragment() -> String {
    web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// Changes what stands behind the `#`; the browser keeps the former place in its history.
pub(crate) fn set_fragment(fragment: &str) {
    if let Some(window) = web_sys::window() {
        // Fails only for an address that is too long.
        let _ = window.location().set_hash(fragment);
    }
}

fn document() -> Option<web_sys::Document> {
    web_sys::window().and_then(|window| window.document())
}

/// The title of the window.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// The look: `light`, `dark`, or as the system has it.
pub(crate) fn set_theme(theme: Option<&str>) {
    let Some(root) = document().and_then(|document| document.document_element()) else {
        return;
    };
    // The attribute's name is fixed, so that neither can fail.
    let _ = match theme {
        Some(theme) => root.set_attribute("data-theme", theme),
        None => root.remove_attribute("data-theme"),
    };
}

/// What this browser remembers under a name; nothing if it remembers nothing at all.
pub(crate) fn remembered(name: &str) -> Option<String> {
    web_sys::window()?.local_storage().ok()??.get_item(name).ok()?
}

/// Remembers a word under a name. Where storage is switched off or full, the page works as well and forgets it.
pub(crate) fn remember(name: &str, word: &str) {
    if let Some(Ok(Some(storage))) = web_sys::window().map(|window| window.local_storage()) {
        let _ = storage.set_item(name, word);
    }
}

/// Gives the focus to an element by its id.
pub(crate) fn focus(id: &str) {
    let element = document().and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // An element that cannot have the focus leaves it where it is.
        let _ = element.focus();
    }
}

/// Scrolls the first element that a selector finds into sight.
pub(crate) fn reveal(selector: &str) {
    if let Some(Ok(Some(element))) = document().map(|document| document.query_selector(selector)) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// An attribute of all elements that a selector finds, in the order of the document.
pub(crate) fn attributes(selector: &str, name: &str) -> Vec<String> {
    let Some(Ok(list)) = document().map(|document| document.query_selector_all(selector)) else {
        return Vec::new();
    };
    (0..list.length()).filter_map(|index| list.get(index)?.dyn_into::<web_sys::Element>().ok()?.get_attribute(name)).collect()
}

/// Whether a dialog lies over the page.
pub(crate) fn has_open_dialog() -> bool {
    document().is_some_and(|document| matches!(document.query_selector("dialog[open]"), Ok(Some(_))))
}

/// The address of the page without what stands behind the `#`.
pub(crate) fn base_address() -> String {
    let whole = web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    whole.split('#').next().unwrap_or_default().to_owned()
}

/// Changes what stands behind the `#` without a new entry in the history.
pub(crate) fn replace_fragment(fragment: &str) {
    if let Some(Ok(history)) = web_sys::window().map(|window| window.history()) {
        // Fails only where the page has no address of its own.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(fragment));
    }
}

#[wasm_bindgen(module = "/src/customs.js")]
extern "C" {
    fn samples() -> Vec<String>;
}

/// The word under which this browser remembers that numbers are written as engineers do, whatever the country.
pub(crate) const PLAIN_NUMBERS: &str = "plain-numbers";

/// Has numbers and dates written as it is done here, by the page and by its charts.
pub(crate) fn use_customs() {
    let locale = locale();
    if let Some(root) = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element()) {
        // Fails for no name of an attribute that is one.
        let _ = root.set_attribute("data-customs", &locale.to_json());
    }
    crate::state::number::use_locale(locale);
}

/// How numbers and dates are written here: as the browser does, unless the user wants them plain.
fn locale() -> crate::state::locale::Locale {
    if remembered(PLAIN_NUMBERS).as_deref() == Some("on") {
        return crate::state::locale::Locale::default();
    }
    match samples().as_slice() {
        [small, large, date] => crate::state::locale::Locale::of_samples(small, large, date),
        _ => crate::state::locale::Locale::default(),
    }
}

/// Loads the page again; what it shows is kept.
pub(crate) fn reload() {
    if let Some(window) = web_sys::window() {
        // Fails only where the page may not navigate.
        let _ = window.location().reload();
    }
}

/// Offers a blob as a download.
pub(crate) fn offer(name: &str, blob: &Blob) {
    let link = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.create_element("a").ok())
        .and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok());
    if let (Some(link), Ok(url)) = (link, Url::create_object_url_with_blob(blob)) {
        link.set_href(&url);
        link.set_download(name);
        link.click();
        // As in `save`.
        let _ = Url::revoke_object_url(&url);
    }
}
