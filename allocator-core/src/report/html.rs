//! The HTML of a sheet: one file, styles inside, no script, readable in light and dark and on paper.

use super::chart::Chart;
use std::fmt::Write as _;

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What stands in it.
    pub text: String,
    /// A share from -1 to 1 that colours it, red to green; none leaves it plain.
    pub heat: Option<f64>,
}

impl Cell {
    /// A plain cell.
    pub fn plain(text: impl Into<String>) -> Self {
        Cell { text: text.into(), heat: None }
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Rows, as long as `columns`; the first cell is the row's name.
    pub rows: Vec<Vec<Cell>>,
}

/// A part of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Figures side by side: name and value.
    Figures(Vec<(String, String)>),
    /// A chart.
    Chart(Chart),
    /// A table.
    Table(Table),
    /// Sentences.
    Notes(String, Vec<String>),
}

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What it is about.
    pub title: String,
    /// One line below.
    pub subtitle: String,
    /// What it shows, in order.
    pub blocks: Vec<Block>,
    /// One line at the end, such as the digest of what it was made from.
    pub footer: String,
}

/// Text that may stand in HTML, in an attribute too.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--fg:#1a1f29;--soft:#5b6475;--line:#dfe3ea;--card:#f6f7f9;\
--c0:#1f5fd6;--c1:#c2410c;--c2:#0f766e;--c3:#7c3aed;--c4:#a16207;--c5:#be185d;--c6:#4d7c0f;--c7:#475569;--good:16,128,67;--bad:200,40,40}\
@media(prefers-color-scheme:dark){:root{--bg:#12151b;--fg:#e6e9ef;--soft:#9aa4b5;--line:#2a303b;--card:#1a1f27;\
--c0:#7aa8ff;--c1:#fb923c;--c2:#2dd4bf;--c3:#b794ff;--c4:#facc15;--c5:#f472b6;--c6:#a3e635;--c7:#94a3b8}}\
*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:32px 24px;background:var(--bg);color:var(--fg);\
font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif}h1{margin:0;font-size:26px}h2{margin:36px 0 10px;font-size:17px}\
header p,footer{color:var(--soft)}footer{margin-top:40px;border-top:1px solid var(--line);padding-top:12px;font-size:13px;overflow-wrap:anywhere}\
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:24px 0}dl div{background:var(--card);\
border:1px solid var(--line);border-radius:8px;padding:10px 12px}dt{color:var(--soft);font-size:13px}dd{margin:2px 0 0;font-size:19px;\
font-variant-numeric:tabular-nums}svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}\
svg path{fill:none;stroke-width:1.5;vector-effect:non-scaling-stroke}.g{stroke:var(--line);stroke-width:1}.y,.xe{text-anchor:end}.xm{text-anchor:middle}\
.l0{stroke:var(--c0)}.l1{stroke:var(--c1)}.l2{stroke:var(--c2)}.l3{stroke:var(--c3)}.l4{stroke:var(--c4)}.l5{stroke:var(--c5)}.l6{stroke:var(--c6)}.l7{stroke:var(--c7)}\
.a0,.a1,.a2,.a3,.a4,.a5,.a6,.a7{stroke:none}svg .a0{fill:var(--c0);opacity:.18}svg .a1{fill:var(--c1);opacity:.18}\
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:6px 0 0;padding:0 0 0 84px;font-size:13px}.legend i{display:inline-block;\
width:14px;height:3px;margin-right:6px;vertical-align:middle}.k0{background:var(--c0)}.k1{background:var(--c1)}.k2{background:var(--c2)}\
.k3{background:var(--c3)}.k4{background:var(--c4)}.k5{background:var(--c5)}.k6{background:var(--c6)}.k7{background:var(--c7)}\
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}th,td{padding:5px 8px;\
border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}th:first-child,td:first-child{text-align:left}thead th{color:var(--soft);font-weight:600}\
.none{color:var(--soft)}@media print{body{padding:0}h2{break-after:avoid}svg,table{break-inside:avoid}}";

impl Sheet {
    /// The whole file.
    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        // The policy lets nothing in: no script, no image, no style from elsewhere, whatever a name in the data may hold.
        let mut out = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>{title}</title><style>{STYLE}</style></head><body><header><h1>{title}</h1><p>{}</p></header><main>",
            escaped(&self.subtitle)
        );
        for block in &self.blocks {
            block.html(&mut out);
        }
        let _ = write!(out, "</main><footer>{}</footer></body></html>", escaped(&self.footer));
        out.push('\n');
        out
    }
}

impl Block {
    fn html(&self, out: &mut String) {
        match self {
            Block::Figures(figures) => {
                out.push_str("<dl>");
                for (name, value) in figures {
                    let _ = write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(name), escaped(value));
                }
                out.push_str("</dl>");
            }
            Block::Chart(chart) => {
                let _ = write!(out, "<section><h2>{}</h2>{}</section>", escaped(&chart.title), chart.svg());
            }
            Block::Table(table) => table.html(out),
            Block::Notes(title, lines) => {
                let _ = write!(out, "<section><h2>{}</h2><ul>", escaped(title));
                for line in lines {
                    let _ = write!(out, "<li>{}</li>", escaped(line));
                }
                out.push_str("</ul></section>");
            }
        }
    }
}

impl Table {
    fn html(&self, out: &mut String) {
        let _ = write!(out, "<section><h2>{}</h2><div class=\"wide\"><table><thead><tr>", escaped(&self.title));
        for column in &self.columns {
            let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(column));
        }
        out.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            out.push_str("<tr>");
            for cell in row {
                match cell.heat.filter(|heat| *heat != 0.0) {
                    Some(heat) => {
                        let colour = if heat > 0.0 { "good" } else { "bad" };
                        let strength = heat.abs().clamp(0.0, 1.0) * 0.55;
                        let _ = write!(out, "<td style=\"background:rgba(var(--{colour}),{strength:.2})\">");
                    }
                    None => out.push_str("<td>"),
                }
                let _ = write!(out, "{}</td>", escaped(&cell.text));
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table></div></section>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_and_nothing_is_fetched() {
        let evil = String::from("<script>alert('x')</script>\"");
        let sheet = Sheet {
            title: evil.clone(),
            subtitle: evil.clone(),
            blocks: vec![
                Block::Figures(vec![(evil.clone(), evil.clone())]),
                Block::Notes(evil.clone(), vec![evil.clone()]),
                Block::Table(Table {
                    title: evil.clone(),
                    columns: vec![evil.clone()],
                    rows: vec![vec![Cell { text: evil.clone(), heat: Some(-2.0) }]],
                }),
            ],
            footer: evil,
        };
        let html = sheet.html();
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
        assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("url("));
        assert!(html.contains("rgba(var(--bad),0.55)"));
    }
}
