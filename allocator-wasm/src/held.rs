//! Weights that are held: the same shares at every rebalance, where no file says what was held when.
//!
//! A rebalance is the first date of the returns, and the last one of every week (Monday to Sunday): each is decided with what is known
//! at its end, and earns what comes after.

use allocator_core::error::{Code, Fault, Faults, Problem};
use allocator_core::frame::{ReturnBook, WeightBook};
use allocator_core::units::UnixNanos;
use allocator_core::wire::{At, Json};
use std::collections::{BTreeMap, BTreeSet};

/// The week of a date, from Monday; 1970 began on a Thursday.
fn week(date: UnixNanos) -> i64 {
    (date.days() + 3).div_euclid(7)
}

/// Rebalances over the dates of some returns.
fn rebalances(returns: &ReturnBook) -> Vec<UnixNanos> {
    let dates: BTreeSet<UnixNanos> = returns.series().iter().flat_map(|series| series.times.iter().copied()).collect();
    let dates: Vec<UnixNanos> = dates.into_iter().collect();
    let ends_week = |i: usize| dates.get(i + 1).is_none_or(|next| week(*next) != week(dates[i]));
    (0..dates.len()).filter(|&i| i == 0 || ends_week(i)).map(|i| dates[i]).collect()
}

/// The weights of an object of shares by name, at every rebalance over the returns. A share of zero is not held.
///
/// # Errors
/// No object of numbers; nothing is held; a share without returns.
pub(crate) fn held(shares: Option<&Json>, returns: &ReturnBook) -> Result<WeightBook, Problem> {
    let at = At::Root.key("held");
    let mut faults = Faults::new();
    let Some(Json::Object(shares)) = shares else {
        let message = "The shares that are held are missing.";
        return Err(Problem::new(Code::MissingField, "/held", message, "Give an object: the share of each name."));
    };
    let dates = rebalances(returns);
    let mut points: BTreeMap<String, Vec<(UnixNanos, f64)>> = BTreeMap::new();
    for (name, share) in shares {
        let here = at.key(name);
        match share.as_f64() {
            None => {
                let message = format!("The share is {}, and should be a number.", share.kind());
                faults.push(Fault::new(Code::WrongType, here, message, "Write a fraction, such as 0.25."));
            }
            Some(0.0) => {}
            Some(_) if returns.get(name).is_none() => {
                let message = format!("{name:?} is held, and its returns are not loaded.");
                faults.push(Fault::new(Code::MissingStatistics, here, message, "Add a file with its returns, or leave it out."));
            }
            Some(share) => {
                points.insert(name.clone(), dates.iter().map(|date| (*date, share)).collect());
            }
        }
    }
    if faults.is_empty() && points.is_empty() {
        faults.push(Fault::new(Code::Empty, at, "Nothing is held: every share is zero.", "Raise a limit, or load other data."));
    }
    let book = if faults.is_empty() {
        WeightBook::from_points(points, |name, point| format!("{name}, rebalance {}", point + 1), &mut faults)
    } else {
        None
    };
    faults.finish(book)
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::wire::parse;

    fn returns(days: &[i64]) -> ReturnBook {
        let points = days.iter().map(|day| (UnixNanos::from_days(*day).unwrap(), 0.01)).collect();
        ReturnBook::from_points(BTreeMap::from([(String::from("a"), points)]), |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    #[test]
    fn the_first_date_and_the_last_of_each_week_are_rebalances() {
        // 1970-01-07 is a Wednesday; the 9th a Friday, the 12th a Monday, the 15th a Thursday without a Friday after it.
        let book = held(Some(&parse(b"{\"a\":0.5,\"b\":0}").unwrap()), &returns(&[6, 7, 8, 11, 12, 13, 14])).unwrap();
        let days: Vec<i64> = book.series()[0].times.iter().map(|time| time.days()).collect();
        assert_eq!((book.len(), days), (1, vec![6, 8, 14]));
        assert!(book.series()[0].values.iter().all(|value| *value == 0.5));
    }

    #[test]
    fn what_cannot_be_held_is_refused_with_its_name() {
        let code = |text: &str| {
            let problem = held(Some(&parse(text.as_bytes()).unwrap()), &returns(&[1])).unwrap_err();
            (problem.code, problem.path)
        };
        assert_eq!(code("{\"zinc\":0.5}"), (Code::MissingStatistics, String::from("/held/zinc")));
        assert_eq!(code("{\"a\":\"x\"}"), (Code::WrongType, String::from("/held/a")));
        assert_eq!(code("{\"a\":0}"), (Code::Empty, String::from("/held")));
        assert!(held(None, &returns(&[1])).is_err());
    }
}
