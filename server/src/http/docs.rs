//! `/api/docs`: the OpenAPI description as a page, made here: no script, no foreign address, readable without either.

use crate::openapi;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// How deep a schema is spelled out in place; what lies deeper is reached by its link.
const DEPTH_MAX: usize = 6;

const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}\
code,pre{font-family:ui-monospace,monospace;font-size:.9em}h2{margin-top:2.5rem;border-top:1px solid;padding-top:1rem}\
h2 code{font-weight:600}.verb{display:inline-block;min-width:3.5em}table{border-collapse:collapse;width:100%}\
td,th{border:1px solid #8888;padding:.3em .6em;text-align:left;vertical-align:top}details{margin:.5rem 0}\
nav ul{list-style:none;padding:0}a{color:inherit}";

/// The style sheet.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/css"))], STYLE).into_response()
}

/// The page.
pub(crate) async fn page() -> Response {
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| render(&openapi::tree()));
    let mut response = Html(page.as_str()).into_response();
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    );
    response
}

/// Text inside HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// An anchor from any name.
fn anchor(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

fn render(tree: &Value) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Multi-Alpha Allocator: HTTP API</title><link rel=\"stylesheet\" href=\"/api/docs/style.css\"></head><body>\n\
         <h1>Multi-Alpha Allocator: HTTP API</h1>\n",
    );
    let _ = write!(
        page,
        "<p>Version {}. The same as OpenAPI 3.1: <a href=\"/api/v1/openapi.json\">openapi.json</a>.</p>\n<nav><ul>\n",
        escaped(tree["info"]["version"].as_str().unwrap_or_default())
    );
    let mut body = String::new();
    for (path, verbs) in tree["paths"].as_object().into_iter().flatten() {
        for (verb, operation) in verbs.as_object().into_iter().flatten() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let summary = escaped(operation["summary"].as_str().unwrap_or_default());
            let line = format!("<code><span class=\"verb\">{}</span> {}</code>", verb.to_uppercase(), escaped(path));
            let _ = writeln!(page, "<li><a href=\"#{0}\">{line}</a> {summary}</li>", anchor(id));
            let _ = writeln!(body, "<h2 id=\"{}\">{line}</h2>\n<p>{summary}</p>", anchor(id));
            describe(operation, &mut body);
        }
    }
    page.push_str("</ul></nav>\n");
    page.push_str(&body);
    page.push_str("<h2 id=\"schemas\">Schemas</h2>\n");
    for (name, schema) in tree["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = writeln!(page, "<details id=\"{}\"><summary><code>{}</code></summary>", anchor(name), escaped(name));
        spell(schema, DEPTH_MAX, &mut page);
        page.push_str("</details>\n");
    }
    page.push_str("</body></html>\n");
    page
}

fn describe(operation: &Value, body: &mut String) {
    if let Some(parameters) = operation["parameters"].as_array().filter(|all| !all.is_empty()) {
        body.push_str("<table><tr><th>parameter</th><th>in</th><th>meaning</th></tr>\n");
        for one in parameters {
            let part = |key: &str| escaped(one[key].as_str().unwrap_or_default());
            let _ = writeln!(
                body,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                part("name"),
                part("in"),
                part("description")
            );
        }
        body.push_str("</table>\n");
    }
    for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let _ = write!(body, "<p>Body: <code>{}</code> ", escaped(kind));
        spell(&content["schema"], DEPTH_MAX, body);
        body.push_str("</p>\n");
    }
    body.push_str("<table><tr><th>status</th><th>answer</th></tr>\n");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let _ = write!(body, "<tr><td>{status}</td><td>{} ", escaped(answer["description"].as_str().unwrap_or_default()));
        for content in answer["content"].as_object().into_iter().flatten() {
            spell(&content.1["schema"], DEPTH_MAX, body);
        }
        body.push_str("</td></tr>\n");
    }
    body.push_str("</table>\n");
}

/// A schema: its type, its meaning, its fields.
fn spell(schema: &Value, depth: usize, page: &mut String) {
    if let Some(name) = schema["$ref"].as_str().and_then(|text| text.rsplit('/').next()) {
        let _ = write!(page, "<a href=\"#{}\"><code>{}</code></a>", anchor(name), escaped(name));
        return;
    }
    if let Some(kind) = schema.get("type") {
        let text = match kind {
            Value::String(text) => text.clone(),
            other => other.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        };
        let _ = write!(page, "<code>{}</code> ", escaped(&text));
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|word| escaped(&word.to_string())).collect();
        let _ = write!(page, "<code>{}</code> ", words.join(" | "));
    }
    if let Some(text) = schema["description"].as_str() {
        let _ = write!(page, "{} ", escaped(text));
    }
    if depth == 0 {
        return;
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for one in schema[key].as_array().into_iter().flatten() {
            spell(one, depth - 1, page);
            page.push(' ');
        }
    }
    if schema["items"].is_object() {
        page.push_str("of ");
        spell(&schema["items"], depth - 1, page);
    }
    let Some(fields) = schema["properties"].as_object().filter(|fields| !fields.is_empty()) else { return };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    page.push_str("<table>\n");
    for (name, field) in fields {
        let must = if required.contains(&name.as_str()) { "" } else { " (optional)" };
        let _ = write!(page, "<tr><td><code>{}</code>{must}</td><td>", escaped(name));
        spell(field, depth - 1, page);
        page.push_str("</td></tr>\n");
    }
    page.push_str("</table>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_on_the_page_and_no_link_leads_nowhere() {
        let tree = openapi::tree();
        let page = render(&tree);
        for path in tree["paths"].as_object().unwrap().keys() {
            assert!(page.contains(&escaped(path)), "{path}");
        }
        let all = |before: &str| -> std::collections::BTreeSet<&str> {
            page.match_indices(before).map(|(at, _)| page[at + before.len()..].split('"').next().unwrap()).collect()
        };
        let (targets, ids) = (all("href=\"#"), all("id=\""));
        assert!(targets.len() > 20 && targets.is_subset(&ids), "{:?}", targets.difference(&ids));
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    }

    #[test]
    fn what_a_description_says_is_text() {
        assert_eq!(escaped("<b>\"&\"</b>"), "&lt;b&gt;&quot;&amp;&quot;&lt;/b&gt;");
    }
}
