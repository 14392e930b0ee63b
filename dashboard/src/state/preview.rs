//! What a file of weights will give: the weight of each symbol, with every problem mended as the first proposal says. Nothing is
//! changed by looking: the mends are the user's to make.

use super::file::{FileEntry, Report};
use super::mend::{Edit, Said, proposals};
use std::collections::BTreeMap;

/// The weights that a file would give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// Each symbol's share of the gross sum, short ones negative; the largest first.
    pub weights: Vec<(String, f64)>,
    /// Whether problems were taken for mended as proposed.
    pub is_proposed: bool,
}

impl Preview {
    /// The preview of one strategy's file whose rows are all known here; none of other files, or where no weight is left.
    pub fn of(file: &FileEntry) -> Option<Self> {
        let report = file.report()?;
        let place = |role: &str| report.columns.iter().position(|column| column.taken_as == role);
        let (symbol, weight) = (place("symbol")?, place("weight")?);
        // Rows of several strategies or dates would be summed into what nobody holds.
        if place("strategy").is_some() || report.rows != report.rows_shown.len() as u64 {
            return None;
        }
        let said = proposed(report, &file.said);
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for row in report.rows_shown.iter().map(|shown| shown.row).filter(|row| !said.leaves_out(*row)) {
            let cell = |column: usize| said.mended((row, column)).or_else(|| report.cell(row, column));
            let number = |text: &str| {
                if said.has_comma(weight) && text.contains(',') {
                    text.replace('.', "").replace(',', ".")
                } else {
                    text.to_owned()
                }
            };
            let value = cell(weight).and_then(|text| number(text).trim().parse::<f64>().ok()).filter(|value| value.is_finite());
            if let (Some(symbol), Some(value)) = (cell(symbol), value) {
                *sums.entry(symbol.trim().to_owned()).or_default() += value;
            }
        }
        let gross: f64 = sums.values().map(|value| value.abs()).sum();
        if gross <= 0.0 {
            return None;
        }
        let mut weights: Vec<(String, f64)> = sums.into_iter().map(|(symbol, value)| (symbol, value / gross)).collect();
        weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
        Some(Preview { weights, is_proposed: said != file.said })
    }
}

/// What is said of a file, and the first proposal for every fault beside it.
fn proposed(report: &Report, said: &Said) -> Said {
    report.faults().fold(said.clone(), |said, fault| match proposals(report, fault).into_iter().next() {
        Some(proposal) => proposal.edits.into_iter().fold(said, |said, edit| match edit {
            // A row that is out already needs no mend.
            Edit::Cell { row, .. } if said.leaves_out(row as usize) => said,
            edit => said.with(edit),
        }),
        None => said,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::file::{Column, Place, Progress, Row};
    use crate::state::problem::{Fault, Problem};

    /// A file of weights with faults in the second column of some rows.
    fn file(rows: &[(&str, &str)], faulty: &[usize]) -> FileEntry {
        let column = |name: &str| Column { name: name.into(), taken_as: name.into(), ..Column::default() };
        let shown = rows.iter().enumerate().map(|(i, (symbol, weight))| Row {
            line: i as u64 + 2,
            row: i,
            cells: vec![Some((*symbol).to_owned()), Some((*weight).to_owned())],
        });
        let faults: Vec<Fault> =
            faulty.iter().map(|row| Fault { path: format!("w.csv:{}:2", row + 2), ..Fault::default() }).collect();
        let report = Report {
            columns: vec![column("symbol"), column("weight")],
            format: "csv".into(),
            rows: rows.len() as u64,
            columns_shown: vec![0, 1],
            rows_shown: shown.collect(),
            places: faulty.iter().map(|row| Some(Place { row: Some(*row), column: 1 })).collect(),
            problem: (!faults.is_empty()).then(|| Problem { faults, ..Problem::default() }),
            ..Report::default()
        };
        FileEntry { key: 1, name: "w.csv".into(), bytes: 1, progress: Progress::Read(report), said: Said::default() }
    }

    #[test]
    fn problems_count_as_mended_by_the_first_proposal() {
        // 0,2 → 0.2; a word cannot be mended, so that its line is left out: 0.6, 0.2 and −0.2 of 1.0.
        let preview = Preview::of(&file(&[("A", "0.6"), ("B", "0,2"), ("C", "much"), ("D", "-0.2")], &[1, 2]));
        let preview = preview.unwrap();
        assert!(preview.is_proposed);
        let names: Vec<&str> = preview.weights.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["A", "B", "D"]);
        assert!((preview.weights[0].1 - 0.6).abs() < 1e-15 && (preview.weights[2].1 + 0.2).abs() < 1e-15);
    }

    #[test]
    fn a_sound_file_is_shown_as_it_is_and_one_without_weights_not_at_all() {
        let preview = Preview::of(&file(&[("A", "1"), ("A", "1"), ("B", "2")], &[])).unwrap();
        assert_eq!((preview.weights.as_slice(), preview.is_proposed), (&[("A".into(), 0.5), ("B".into(), 0.5)][..], false));
        assert_eq!(Preview::of(&file(&[("A", "0")], &[])), None);
        let mut longer = file(&[("A", "1")], &[]);
        if let Progress::Read(report) = &mut longer.progress {
            report.rows = 500;
        }
        assert_eq!(Preview::of(&longer), None, "only some of its rows are known here");
    }
}
