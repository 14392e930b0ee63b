//! Programmes that can be solved by hand, and optimality proven from outside.

use super::super::programme::Kink;
use super::*;

fn equal_budget(n: usize, price: f64) -> Row {
    Row::linear(vec![1.0; n], 1.0, 1.0, price)
}

fn near(got: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(got.len(), wanted.len());
    for (a, b) in got.iter().zip(wanted) {
        assert!((a - b).abs() <= tolerance, "{got:?} is not {wanted:?}");
    }
}

#[test]
fn two_variances_by_hand() {
    // minimise ½(w₁² + 4w₂²), w₁ + w₂ = 1: w ∝ 1/σ² = (0.8, 0.2), price of the budget −0.8.
    let mut programme = Programme::new(vec![1.0, 0.0, 0.0, 4.0], vec![0.0; 2], vec![0.0; 2], vec![1.0; 2]);
    programme.rows.push(equal_budget(2, 1e3));
    let outcome = solve(&programme, &[0.0, 0.0]);
    assert_eq!(outcome.ending, Ending::Optimal);
    near(&outcome.x, &[0.8, 0.2], 1e-15);
    near(&outcome.prices, &[-0.8], 1e-12);
    assert!(outcome.gap < 1e-12);
}

#[test]
fn a_cap_that_binds_is_met_to_the_bit() {
    let mut programme = Programme::new(vec![1.0, 0.0, 0.0, 4.0], vec![0.0; 2], vec![0.0; 2], vec![0.7, 1.0]);
    programme.rows.push(equal_budget(2, 1e3));
    let outcome = solve(&programme, &[0.0, 0.0]);
    assert_eq!(outcome.x[0], 0.7);
    near(&outcome.x, &[0.7, 0.3], 1e-15);
    // Slope at the cap: 0.7 − price 1.2 = −0.5.
    near(&outcome.slopes, &[-0.5, 0.0], 1e-12);
}

#[test]
fn a_kink_holds_what_is_not_worth_its_cost() {
    // minimise ½(w − 1)² + c·|w − 0.5|: with c = 0.6 the gain of moving (0.5) is less than the cost: w stays at 0.5. With c = 0.2 it
    // moves to 1 − 0.2 = 0.8.
    for (slope, wanted) in [(0.6, 0.5), (0.2, 0.8)] {
        let mut programme = Programme::new(vec![1.0], vec![-1.0], vec![0.0], vec![2.0]);
        programme.kinks[0].push(Kink { at: 0.5, slope });
        let outcome = solve(&programme, &[0.0]);
        near(&outcome.x, &[wanted], 1e-15);
        assert!(outcome.gap < 1e-14, "{outcome:?}");
    }
}

#[test]
fn a_budget_of_turnover() {
    // From (0.5, 0.5) towards (1, 0) with Σ|Δ| ≤ 0.4: (0.7, 0.3).
    let mut programme = Programme::new(vec![1.0, 0.0, 0.0, 1.0], vec![-1.0, 0.0], vec![0.0; 2], vec![1.0; 2]);
    programme.rows.push(equal_budget(2, 1e3));
    programme.rows.push(Row {
        coefficients: vec![0.0; 2],
        distance: Some((vec![0.5; 2], vec![1.0; 2])),
        low: f64::NEG_INFINITY,
        high: 0.4,
        price: 1e3,
    });
    for start in [[0.5, 0.5], [0.0, 0.0], [1.0, 1.0], [0.0, 1.0]] {
        let outcome = solve(&programme, &start);
        assert_eq!(outcome.ending, Ending::Optimal, "{start:?}");
        near(&outcome.x, &[0.7, 0.3], 1e-14);
    }
}

#[test]
fn a_linear_programme_ends_on_a_vertex() {
    // maximise 3x + 2y, x + y ≤ 4, x + 3y ≤ 6, x ≤ 3: (3, 1).
    let mut programme = Programme::new(vec![0.0; 4], vec![-3.0, -2.0], vec![0.0; 2], vec![3.0, f64::INFINITY]);
    programme.rows.push(Row::linear(vec![1.0, 1.0], f64::NEG_INFINITY, 4.0, 1e3));
    programme.rows.push(Row::linear(vec![1.0, 3.0], f64::NEG_INFINITY, 6.0, 1e3));
    let outcome = solve(&programme, &[0.0, 0.0]);
    assert_eq!(outcome.ending, Ending::Optimal);
    near(&outcome.x, &[3.0, 1.0], 1e-12);
    near(&outcome.prices, &[2.0, 0.0], 1e-9);
}

#[test]
fn identical_twins_share_alike() {
    // Three assets, the first two the same: the singular programme has many answers, and the nearest to nothing shares alike.
    let quadratic = vec![1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let mut programme = Programme::new(quadratic, vec![0.0; 3], vec![0.0; 3], vec![1.0; 3]);
    programme.rows.push(equal_budget(3, 1e3));
    let outcome = solve(&programme, &[0.0; 3]);
    assert_eq!(outcome.ending, Ending::Optimal);
    near(&outcome.x, &[0.25, 0.25, 0.5], 1e-9);
}

#[test]
fn what_is_not_convex_is_said_to_be() {
    let mut programme = Programme::new(vec![1.0, 2.0, 2.0, 1.0], vec![0.0; 2], vec![-1.0; 2], vec![1.0; 2]);
    programme.rows.push(equal_budget(2, 1e3));
    assert_eq!(solve(&programme, &[0.3, 0.3]).ending, Ending::NotConvex);
}

#[test]
fn no_feasible_point_ends_with_the_least_violation() {
    let mut programme = Programme::new(vec![1.0, 0.0, 0.0, 1.0], vec![0.0; 2], vec![0.0; 2], vec![0.4; 2]);
    programme.rows.push(equal_budget(2, 1e3));
    let outcome = solve(&programme, &[0.0; 2]);
    assert_eq!(outcome.x, vec![0.4, 0.4]);
    assert_eq!(outcome.rows[0], RowPlace::Below);
}

#[test]
fn a_price_of_the_wrong_sign_is_in_the_gap() {
    // minimise ½x² over 0..2 with x ≤ 1, held at 1 by a price of −1: the slope is nothing there, and x = 0 is better by a half.
    let mut programme = Programme::new(vec![1.0], vec![0.0], vec![0.0], vec![2.0]);
    programme.rows.push(Row::linear(vec![1.0], f64::NEG_INFINITY, 1.0, 1e3));
    let held = |price: f64, place: RowPlace, programme: &Programme| {
        let mut engine = Engine::new(programme, &[1.0]);
        engine.hold(0, place);
        engine.prices[0] = price;
        engine.outcome(Ending::Stalled)
    };
    let outcome = held(-1.0, RowPlace::AtHigh, &programme);
    near(&outcome.x, &[1.0], 0.0);
    assert!((outcome.gap - 1.0).abs() < 1e-15, "{outcome:?}");
    // At a lower limit that price is right, and a positive one is not: x could rise by one.
    programme.linear[0] = -2.0;
    (programme.rows[0].low, programme.rows[0].high) = (1.0, f64::INFINITY);
    assert!((held(1.0, RowPlace::AtLow, &programme).gap - 1.0).abs() < 1e-15);
    programme.linear[0] = 0.0;
    assert!(held(-1.0, RowPlace::AtLow, &programme).gap < 1e-15);
    // An equation may have either, as far as a violation costs.
    programme.rows[0].high = 1.0;
    assert!(held(-1.0, RowPlace::AtLow, &programme).gap < 1e-15);
    programme.rows[0].price = 0.25;
    assert!((held(-1.0, RowPlace::AtLow, &programme).gap - 0.75).abs() < 1e-15);
}
