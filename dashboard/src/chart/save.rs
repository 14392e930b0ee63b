//! What is seen as a file: its table in four formats, its picture in two.

use super::bind;
use super::frame::{Kind, Picture};
use crate::app::App;
use crate::figure::Grid;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Blob;

/// How many pixels of a picture one of the page is.
const SCALE: f64 = 2.0;

/// A form of download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A picture of pixels.
    Png,
    /// A picture of lines.
    Svg,
    /// A table as text.
    Csv,
    /// A table as columns of JSON.
    Json,
    /// A table of Arrow.
    Arrow,
    /// A table of Parquet.
    Parquet,
}

impl Form {
    /// All of them with their words.
    pub const ALL: [(Form, &'static str); 6] = [
        (Form::Png, "PNG"),
        (Form::Svg, "SVG"),
        (Form::Csv, "CSV"),
        (Form::Json, "JSON"),
        (Form::Arrow, "Arrow"),
        (Form::Parquet, "Parquet"),
    ];
}

/// `Rolling correlation, M2 × BO` → `rolling_correlation_m2_bo.png`.
fn file_name(name: &str, extension: &str) -> String {
    let stem = crate::figure::Column::text(name).key();
    format!("{stem}.{extension}")
}

/// Saves a table or a picture under a name; what went wrong is told to `failed`.
pub fn save(
    app: App,
    form: Form,
    name: &str,
    grid: impl FnOnce() -> Grid,
    picture: impl FnOnce() -> Option<Picture>,
    failed: impl Fn(String) + 'static,
) {
    match form {
        Form::Csv => crate::browser::save(&file_name(name, "csv"), "text/csv", &grid().to_csv()),
        Form::Json => crate::browser::save(&file_name(name, "json"), "application/json", &grid().to_columns()),
        Form::Arrow | Form::Parquet => {
            let format = if form == Form::Arrow { "arrow" } else { "parquet" };
            let file = file_name(name, format);
            app.convert(&grid().to_columns(), format, move |result| match result {
                Ok(blob) => bind::offer(&file, &blob),
                Err(why) => failed(why),
            });
        }
        Form::Png | Form::Svg => {
            let extension = if form == Form::Png { "png" } else { "svg" };
            match picture() {
                Some(picture) => save_picture(file_name(name, extension), form, picture, failed),
                None => failed(String::from("There is no picture yet: nothing is drawn.")),
            }
        }
    }
}

/// Takes the picture and offers it; what went wrong is said.
fn save_picture(name: String, form: Form, Picture(picture): Picture, failed: impl Fn(String) + 'static) {
    spawn_local(async move {
        let saved = match (form, picture) {
            (Form::Png, Kind::Drawn(drawn)) => match drawn.pixels(SCALE) {
                Ok(promise) => JsFuture::from(promise).await.map(|blob| offer(&name, &blob)),
                Err(error) => Err(error),
            },
            (_, Kind::Drawn(drawn)) => drawn.svg().map(|text| crate::browser::save(&name, "image/svg+xml", &text)),
            (form, Kind::Text(text)) => match bind::coloured(&text).await {
                Ok(text) => save_svg(&name, form, &text.as_string().unwrap_or_default()).await,
                Err(error) => Err(error),
            },
            (form, Kind::Element(element)) => match bind::standalone(&element).await {
                Ok(text) => save_svg(&name, form, &text.as_string().unwrap_or_default()).await,
                Err(error) => Err(error),
            },
        };
        if let Err(error) = saved {
            failed(format!("The picture could not be made: {}", bind::said(&error)));
        }
    });
}

async fn save_svg(name: &str, form: Form, text: &str) -> Result<(), JsValue> {
    if form == Form::Png {
        let blob = bind::png(text, SCALE).await?;
        offer(name, &blob);
    } else {
        crate::browser::save(name, "image/svg+xml", text);
    }
    Ok(())
}

fn offer(name: &str, blob: &JsValue) {
    if let Some(blob) = blob.dyn_ref::<Blob>() {
        bind::offer(name, blob);
    }
}
