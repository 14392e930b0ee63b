//! The only door to mathematics beyond `+ - × ÷ √`, and the sums whose order is fixed.
//!
//! The platform's `exp`, `ln` and `pow` differ between native and WebAssembly in one call out of ten; those of the
//! `libm` crate are the same code everywhere. `clippy.toml` forbids the platform's in this crate.

pub use libm::{atanh, erf, erfc, exp, lgamma, log as ln, log1p as ln_1p, pow, tanh};

/// `x` to a whole power by repeated squaring; the order of multiplications is fixed.
pub fn powi(x: f64, n: u32) -> f64 {
    let (mut base, mut n, mut acc) = (x, n, 1.0);
    while n > 0 {
        if n & 1 == 1 {
            acc *= base;
        }
        base *= base;
        n >>= 1;
    }
    acc
}

/// Sum with Neumaier's compensation, from left to right.
///
/// The same bits on every platform, and within a few units in the last place of the exact sum however long the slice.
/// Source: Neumaier (1974), algorithm IV.
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

/// Whether `x` is nothing but rounding noise beside `scale`: at most 1e-12 of it, or below the smallest normal number.
///
/// The question is never "is it above zero": sixty equal returns of 0.007 have a standard deviation of 5e-18.
pub fn negligible(x: f64, scale: f64) -> bool {
    x.abs() <= 1e-12 * scale.abs() || x.abs() < f64::MIN_POSITIVE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compensated_sum_keeps_what_plain_addition_loses() {
        // 1e16 + 1 + 1 - 1e16 is 2; plain f64 addition answers 2 or 0 depending on the order.
        assert_eq!(sum([1e16, 1.0, 1.0, -1e16]), 2.0);
        assert_eq!(sum(std::iter::repeat_n(0.1, 10)), 1.0);
    }

    #[test]
    fn whole_powers() {
        assert_eq!(powi(2.0, 10), 1024.0);
        assert_eq!(powi(7.0, 0), 1.0);
    }

    #[test]
    fn noise_is_negligible_and_small_numbers_are_not() {
        assert!(negligible(5e-18, 0.007));
        assert!(!negligible(1e-9, 0.007));
        assert!(negligible(0.0, 0.0));
    }
}
