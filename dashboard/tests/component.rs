//! Parts of the page in a real browser: the model says what, the test reads the document.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_arch = "wasm32")]

use dashboard::app::App;
use dashboard::component::explain::Explain;
use dashboard::component::faults::Faults;
use dashboard::component::how_read::HowRead;
use dashboard::component::pair_list::PairList;
use dashboard::component::parameters::Limits;
use dashboard::component::weights::Weights;
use dashboard::state::blend::Blend;
use dashboard::state::explain::Subject;
use dashboard::state::file::{FileEntry, Progress, Report, Use, Written};
use dashboard::state::look::Form;
use dashboard::state::mend::{Edit, Said};
use dashboard::state::order::Key;
use dashboard::state::problem::{Fault, Problem};
use dashboard::state::same::Same;
use leptos::prelude::*;
use leptos::task::tick;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

const ANSWER: &str = r#"{"strategy_weights":{"momentum":0.4,"value":0.4},"strategies":[
    {"strategy":"momentum","share":0.5,"cap":0.4,"capped":true,"active":true,"gross":0.4,"net":0.4,"unknown":null},
    {"strategy":"value","share":0.5,"cap":0.4,"capped":true,"active":true,"gross":0.4,"net":0.4,"unknown":null}],
    "weights":[
    {"symbol":"AAA","final_weight":0.6,"contributions":[
        {"strategy":"momentum","raw":1,"normalised":0.5,"capped":-0.1,"redistributed":0,"scaled":0,"value":0.4},
        {"strategy":"value","raw":0.5,"normalised":0.25,"capped":-0.05,"redistributed":0,"scaled":0,"value":0.2}]},
    {"symbol":"BBB","final_weight":0.2,"contributions":[
        {"strategy":"value","raw":0.5,"normalised":0.25,"capped":-0.05,"redistributed":0,"scaled":0,"value":0.2}]}],
    "totals":{"gross":0.8,"net":0.8,"cash":0.2,"target":1},"digest":"d"}"#;

/// A place in the document that is gone when the test ends.
struct Place(Element);

impl Place {
    fn new() -> Self {
        let document = document();
        let element = document.create_element("div").unwrap();
        document.body().unwrap().append_child(&element).unwrap();
        Place(element)
    }

    fn host(&self) -> HtmlElement {
        self.0.clone().unchecked_into()
    }

    fn text(&self) -> String {
        self.0.text_content().unwrap_or_default()
    }

    fn one(&self, selector: &str) -> Element {
        self.0.query_selector(selector).unwrap().unwrap_or_else(|| panic!("no {selector} in {}", self.0.inner_html()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.remove();
    }
}

fn shown() -> App {
    let app = App::new();
    app.model.update(|model| {
        model.blend = Some(Same::new(Blend::from_text(ANSWER).unwrap()));
        model.selected = Some(Subject::Symbol(String::from("AAA")));
    });
    app
}

#[wasm_bindgen_test]
fn a_fault_says_what_where_and_how_to_mend_it() {
    let place = Place::new();
    let fault = Fault {
        code: "not_finite".into(),
        path: "book.csv:3:2".into(),
        message: "The score of AAA is empty.".into(),
        hint: "Write a number.".into(),
    };
    let problem = Problem { faults: vec![fault; 4], omitted: 3 };
    let _shown = leptos::mount::mount_to(place.host(), move || view! { <Faults problem limit=2/> });
    for text in ["The score of AAA is empty.", "Write a number.", "book.csv:3:2", "not_finite", "… and 5 more."] {
        assert!(place.text().contains(text), "{text} in {}", place.text());
    }
}

#[wasm_bindgen_test]
async fn weights_are_rows_and_a_row_explains_itself() {
    let place = Place::new();
    let app = std::rc::Rc::new(std::cell::Cell::new(None::<App>));
    let inner = std::rc::Rc::clone(&app);
    let _shown = leptos::mount::mount_to(place.host(), move || {
        let app = shown();
        inner.set(Some(app));
        provide_context(app);
        view! { <Weights/> <Explain/> }
    });
    tick().await;
    assert!(place.one("[data-symbol=AAA]").text_content().unwrap().contains("60.00"));
    assert_eq!(place.one("[data-symbol=AAA] button").get_attribute("aria-pressed").as_deref(), Some("true"));
    assert!(place.one("[data-testid=explain]").text_content().unwrap().contains("−10.00"));
    place.one("[data-symbol=BBB] button").unchecked_into::<HtmlElement>().click();
    tick().await;
    assert!(place.text().contains("Explain BBB"));
    app.get().unwrap().model.update(|model| model.blend = None);
    tick().await;
    assert!(place.text().contains("Choose a symbol"));
}

#[wasm_bindgen_test]
async fn the_engines_complaint_stands_beside_its_field() {
    let place = Place::new();
    let _shown = leptos::mount::mount_to(place.host(), move || {
        let app = shown();
        app.model.update(|model| {
            let fault = Fault { path: "/config/cash_reserve".into(), message: "cash_reserve is 1.5.".into(), ..Fault::default() };
            model.refusal = Some(Problem { faults: vec![fault], omitted: 0 });
        });
        provide_context(app);
        view! { <Limits/> }
    });
    tick().await;
    assert_eq!(place.one("#cash_reserve").get_attribute("aria-invalid").as_deref(), Some("true"));
    assert!(place.one("#cash_reserve-message").text_content().unwrap().contains("cash_reserve is 1.5."));
    assert_eq!(place.one("#per_strategy_max").get_attribute("aria-invalid").as_deref(), Some("false"));
}

/// A component on a page of its own, and that page's model.
fn mounted<V: IntoView + 'static>(
    place: &Place,
    prepare: impl FnOnce(App) + 'static,
    view: impl FnOnce() -> V + 'static,
) -> (App, impl Sized)
where
    V::State: 'static,
{
    let app = std::rc::Rc::new(std::cell::Cell::new(None::<App>));
    let inner = std::rc::Rc::clone(&app);
    let handle = leptos::mount::mount_to(place.host(), move || {
        let app = shown();
        prepare(app);
        inner.set(Some(app));
        provide_context(app);
        view()
    });
    (app.get().unwrap(), handle)
}

/// Chooses a word in a list of choices, as a hand does.
fn choose(place: &Place, selector: &str, word: &str) {
    let select: web_sys::HtmlSelectElement = place.one(selector).unchecked_into();
    select.set_value(word);
    let event = web_sys::Event::new("change").unwrap();
    select.dispatch_event(&event).unwrap();
}

#[wasm_bindgen_test]
async fn a_head_sorts_and_says_so() {
    let place = Place::new();
    let (app, _shown) = mounted(&place, |_| (), || view! { <Weights/> });
    tick().await;
    let symbols = |place: &Place| {
        let rows = place.0.query_selector_all("[data-symbol]").unwrap();
        (0..rows.length())
            .filter_map(|row| rows.item(row)?.unchecked_into::<Element>().get_attribute("data-symbol"))
            .collect::<String>()
    };
    assert_eq!(symbols(&place), "AAABBB");
    place.one("th[aria-sort=descending] button").unchecked_into::<HtmlElement>().click();
    tick().await;
    assert_eq!((symbols(&place), app.model.with_untracked(|model| model.look.order.descending)), (String::from("BBBAAA"), false));
    assert!(place.0.query_selector("th[aria-sort=ascending]").unwrap().is_some());
    // A look that comes with an address is taken by the same component.
    app.look(|look| {
        look.order.key = Key::Symbol;
        look.form = Form::Treemap;
    });
    tick().await;
    assert!(place.0.query_selector(".treemap").unwrap().is_some());
}

#[wasm_bindgen_test]
async fn how_a_text_is_written_is_told_to_the_engine_and_takes_mends_back_only_where_it_must() {
    let place = Place::new();
    let file = |said: Said| FileEntry {
        key: 7,
        name: String::from("own.csv"),
        bytes: 1,
        progress: Progress::Read(Report {
            used_as: Use::Signals,
            format: String::from("csv"),
            written: Some(Written { delimiter: String::from("semicolon"), header: true, decimal: String::from("point") }),
            found: Some(Written { delimiter: String::from("semicolon"), header: true, decimal: String::from("point") }),
            ..Report::default()
        }),
        said,
    };
    let mended = Said::default().with(Edit::Row { left_out: 3 });
    let prepare = move |app: App| {
        app.model.update(|model| {
            model.files = vec![file(mended)];
            model.looked_at = Some(7);
        });
    };
    let (app, _shown) = mounted(&place, prepare, || view! { <HowRead/> });
    tick().await;
    assert!(place.text().contains("Semicolon (found)"), "{}", place.text());
    let said = || app.model.with_untracked(|model| model.files[0].said.clone());
    // Another delimiter makes other rows: what was said of them is asked about first.
    choose(&place, "#delimiter", "tab");
    tick().await;
    assert_eq!((said().delimiter.as_deref(), said().edits.len()), (None, 1));
    assert!(place.text().contains("takes 1 mend back"), "{}", place.text());
    // The one that it has already takes nothing.
    choose(&place, "#delimiter", "semicolon");
    assert_eq!((said().delimiter.as_deref(), said().edits.len()), (Some("semicolon"), 1));
}

#[wasm_bindgen_test]
async fn another_delimiter_counts_once_it_was_confirmed() {
    let place = Place::new();
    let prepare = |app: App| {
        app.model.update(|model| {
            let read = Report {
                written: Some(Written { delimiter: String::from("comma"), header: true, decimal: String::from("point") }),
                found: Some(Written { delimiter: String::from("comma"), header: true, decimal: String::from("point") }),
                format: String::from("csv"),
                ..Report::default()
            };
            let said = Said::default().taken("z", "score");
            model.files =
                vec![FileEntry { key: 7, name: String::from("own.csv"), bytes: 1, progress: Progress::Read(read), said }];
            model.looked_at = Some(7);
        });
    };
    let (app, _shown) = mounted(&place, prepare, || view! { <HowRead/> });
    tick().await;
    choose(&place, "#first-line", "false");
    tick().await;
    assert!(place.text().contains("takes 1 column taken for something back"), "{}", place.text());
    place.one("[role=alert] button").unchecked_into::<HtmlElement>().click();
    let said = app.model.with_untracked(|model| model.files[0].said.clone());
    assert_eq!((said.header, said.roles.len()), (Some(false), 0));
}

#[wasm_bindgen_test]
async fn a_pair_is_chosen_by_its_row() {
    const CORRELATED: &str = r#"[
        {"a":"a","b":"b","value":0.9,"low":0.8,"high":0.95,"n":90,"p_value":0.0,"alert":true},
        {"a":"a","b":"c","value":null,"low":null,"high":null,"n":3,"p_value":null,"alert":false,
            "unknown":[{"figure":"value","reason":"insufficient_history"}]}]"#;
    let place = Place::new();
    let prepare = |app: App| {
        app.model.update(|model| {
            let answer = ANSWER.replacen('{', &format!("{{\"correlations\":{CORRELATED},"), 1);
            model.blend = Some(Same::new(Blend::from_text(&answer).unwrap()));
        });
    };
    let (app, _shown) = mounted(&place, prepare, || view! { <PairList/> });
    tick().await;
    let rows = place.0.query_selector_all("[data-testid=pairs] tbody tr").unwrap();
    assert_eq!(rows.length(), 2, "{}", place.0.inner_html());
    assert!(place.text().contains("alert") && place.text().contains("unknown"));
    place.one("[data-testid=pairs] tr[data-b=c] button").unchecked_into::<HtmlElement>().click();
    tick().await;
    assert_eq!(app.model.with_untracked(|model| model.look.pair.clone()), Some(Subject::pair("a", "c")));
    assert_eq!(place.one("[data-testid=pairs] tr.chosen").get_attribute("data-b").as_deref(), Some("c"));
}
