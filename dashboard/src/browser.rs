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
