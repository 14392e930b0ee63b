//! Money, prices, share counts and shares of capital: decimals of fixed scale, so that sums are exact and nothing is lost.
//!
//! Statistics are `f64`, books are decimals, and this is the only place that converts. A number is read by its shortest decimal
//! spelling (0.1 is one tenth, not the binary fraction beside it) and kept at so many places, rounded half to even, as a whole number of
//! units of the last place:
//!
//! | type | places | largest | what |
//! |---|---|---|---|
//! | [`Money`] | 8 | 10¹⁵ | an amount; a cent is a million of its units |
//! | [`Price`] | 8 | 10¹⁵ | money for one share, above zero |
//! | [`Quantity`] | 12 | 10¹² | shares, signed: a short position is negative |
//! | [`Share`] | 16 | 10³ | a fraction of capital |
//!
//! Three operations round, and each says so: [`notional`] (shares × price), [`Money::part`] (a fraction of an amount) and
//! [`apportion`], which does not lose what it rounds.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// Why a text or number is none of the decimals of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misread {
    /// Not a finite decimal number.
    NotANumber,
    /// Beyond the largest.
    TooLarge,
}

/// Reads a decimal, `-12.5` or `1.25e-3`, as a whole number of units of `10^-places`, rounded half to even.
fn read(text: &str, places: u32, largest: i128) -> Result<i128, Misread> {
    let (negative, rest) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (digits, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], rest[at + 1..].parse::<i64>().map_err(|_| Misread::NotANumber)?),
        None => (rest, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    // A thousand digits are no number that anybody means.
    if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) || digits.len() > 1_000 {
        return Err(Misread::NotANumber);
    }
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
    let zeros = all.iter().take_while(|digit| **digit == 0).count();
    let all = &all[zeros..];
    if all.is_empty() {
        return Ok(0);
    }
    // Digits before the decimal point once it is moved to the last place that is kept.
    let kept = (whole.len() as i64 - zeros as i64).saturating_add(exponent).saturating_add(i64::from(places));
    if kept > 36 {
        return Err(Misread::TooLarge);
    }
    if kept < 0 {
        return Ok(0);
    }
    let kept = kept as usize;
    let digit = |i: usize| i128::from(all.get(i).copied().unwrap_or(0));
    let mut units = (0..kept).fold(0_i128, |units, i| units * 10 + digit(i));
    let rest = all.get(kept..).unwrap_or(&[]);
    let up = match rest.first() {
        Some(5) if rest[1..].iter().all(|digit| *digit == 0) => units % 2 == 1,
        Some(first) => *first >= 5,
        None => false,
    };
    units += i128::from(up);
    if units > largest {
        return Err(Misread::TooLarge);
    }
    Ok(if negative { -units } else { units })
}

/// A whole number of 128 bits in two words: aligned as one word is, so that a posting is a quarter shorter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Units {
    // The order of the fields is that of the derived comparison.
    high: i64,
    low: u64,
}

impl Units {
    const fn new(units: i128) -> Self {
        Units { high: (units >> 64) as i64, low: units as u64 }
    }

    const fn get(self) -> i128 {
        (self.high as i128) << 64 | self.low as i128
    }
}

/// The number of units that the shortest spelling of `value` comes to, where binary arithmetic can tell: `scale` units are one.
///
/// The spelling lies within half a unit in the last place of `value`, the product rounds by as much again, so both together are off by less
/// than 2⁻⁵² of it. Only so near to the middle between two units can a spelling be rounded the other way.
fn nearest(value: f64, scale: f64) -> Option<i128> {
    let scaled = value * scale;
    let whole = scaled.round();
    let off = (scaled - whole).abs() + scaled.abs() * f64::EPSILON;
    (scaled.abs() < 4e15 && off < 0.499).then_some(whole as i128)
}

/// Declares a decimal of fixed scale.
macro_rules! fixed {
    ($(#[doc = $doc:literal])+ $name:ident, $places:literal, $largest:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Units);

        impl $name {
            /// Decimal places.
            pub const PLACES: u32 = $places;
            /// The largest size that is read.
            pub const MAX: i64 = $largest;
            /// Nothing.
            pub const ZERO: Self = $name(Units::new(0));

            /// So many units of the last place.
            pub const fn from_units(units: i128) -> Self {
                $name(Units::new(units))
            }

            /// How many units of the last place it is.
            pub const fn units(self) -> i128 {
                self.0.get()
            }

            /// So many wholes.
            pub fn whole(number: i64) -> Self {
                Self::from_units(i128::from(number) * 10_i128.pow($places))
            }

            /// Reads a decimal text, rounded half to even at the last place.
            ///
            /// # Errors
            /// Not a decimal number, or beyond the largest.
            pub fn parse(text: &str) -> Result<Self, Misread> {
                read(text, $places, i128::from(Self::MAX) * 10_i128.pow($places)).map(Self::from_units)
            }

            /// The decimal that the shortest spelling of `value` is, rounded half to even at the last place.
            ///
            /// # Errors
            /// Not finite, or beyond the largest.
            pub fn from_f64(value: f64) -> Result<Self, Misread> {
                if !value.is_finite() {
                    return Err(Misread::NotANumber);
                }
                if let Some(units) = nearest(value, 10_u64.pow($places) as f64)
                    && units.unsigned_abs() <= u128::from(Self::MAX.unsigned_abs()) * 10_u128.pow($places)
                {
                    return Ok(Self::from_units(units));
                }
                Self::parse(ryu_js::Buffer::new().format_finite(value))
            }

            /// The nearest binary number (exactly nearest below 2⁵³ units, within one unit in the last place above).
            pub fn to_f64(self) -> f64 {
                const UNITS: f64 = 10_u64.pow($places) as f64;
                self.units() as f64 / UNITS
            }

            /// Its size.
            #[must_use]
            pub fn abs(self) -> Self {
                Self::from_units(self.units().saturating_abs())
            }
            /// Whether it is nothing.
            pub fn is_zero(self) -> bool {
                self.units() == 0
            }
            /// Whether it is below zero.
            pub fn is_negative(self) -> bool {
                self.units() < 0
            }
            /// Whether it is above zero.
            pub fn is_positive(self) -> bool {
                self.units() > 0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::ZERO
            }
        }
        // Sums stay far below 1.7·10³⁸ units: whoever keeps a balance bounds it. Beyond, they saturate.
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self::from_units(self.units().saturating_add(other.units()))
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self::from_units(self.units().saturating_sub(other.units()))
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self::from_units(self.units().saturating_neg())
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
                all.fold(Self::ZERO, |total, each| total + each)
            }
        }

        /// Without trailing zeros: `1234.5`.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let largest = if self.is_negative() { Decimal::MIN } else { Decimal::MAX };
                let decimal = Decimal::try_from_i128_with_scale(self.units(), $places).unwrap_or(largest);
                fmt::Display::fmt(&decimal.normalize(), f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
        /// As a string: a JSON number loses digits beyond the sixteenth in most readers.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                if generator.contract().is_deserialize() {
                    schemars::json_schema!({
                        "description": concat!($($doc),+, " Read from a decimal string or a number."),
                        "anyOf": [{ "type": "string", "pattern": "^[+-]?[0-9.]+([eE][+-]?[0-9]+)?$" }, { "type": "number" }],
                    })
                } else {
                    schemars::json_schema!({
                        "description": concat!($($doc),+, " A decimal string, exact."),
                        "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
                    })
                }
            }
        }
    };
}

fixed! {
    /// An amount of money.
    Money, 8, 1_000_000_000_000_000
}
fixed! {
    /// Money for one share.
    Price, 8, 1_000_000_000_000_000
}
fixed! {
    /// A number of shares; short is negative.
    Quantity, 12, 1_000_000_000_000
}
fixed! {
    /// A fraction of capital: 0.4 is 40 %.
    Share, 16, 1_000
}

impl Money {
    /// The fraction `share` of it, rounded down in size to the last place, so that parts never exceed the whole.
    #[must_use]
    pub fn part(self, share: Share) -> Self {
        let one = 10_u128.pow(Share::PLACES);
        let units = mul_div(self.units().unsigned_abs(), share.units().unsigned_abs(), one).0;
        let units = i128::try_from(units).unwrap_or(i128::MAX);
        Self::from_units(if self.is_negative() == share.is_negative() { units } else { -units })
    }

    /// What fraction of `whole` it is, as a statistic; `None` where the whole is not above zero.
    pub fn fraction_of(self, whole: Money) -> Option<f64> {
        whole.is_positive().then(|| self.units() as f64 / whole.units() as f64)
    }
}

impl Share {
    /// All of it.
    pub const ONE: Share = Share::from_units(10_i128.pow(Share::PLACES));

    /// As text in per cent with one decimal: `90.0%`.
    pub fn percent(self) -> String {
        // Units are 10^-16; a tenth of a per cent is 10^13 of them. Rounded half to even.
        let (tenth, units) = (10_i128.pow(13), self.units());
        let (mut tenths, rest) = (units.div_euclid(tenth), units.rem_euclid(tenth));
        if rest * 2 > tenth || (rest * 2 == tenth && tenths % 2 != 0) {
            tenths += 1;
        }
        let sign = if tenths < 0 { "-" } else { "" };
        format!("{sign}{}.{}%", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
    }
}

/// What `quantity` shares cost at `price`, signed as the quantity, rounded half to even at the last place of money.
///
/// `None` beyond the largest amount of money.
pub fn notional(quantity: Quantity, price: Price) -> Option<Money> {
    const PLACES: u32 = Quantity::PLACES + Price::PLACES - Money::PLACES;
    const DIVISOR: u128 = 10_u128.pow(PLACES);
    let (shares, price) = (quantity.units().unsigned_abs(), price.units().unsigned_abs());
    // 10¹² is 2¹² times a number of 28 bits: four short divisions, where the general one of 128 bits is slow, and slower still in wasm.
    let (mut units, rest) = match shares.checked_mul(price) {
        Some(product) => {
            let (units, rest) = div_rem(product >> PLACES, 5_u32.pow(PLACES));
            (units, (u128::from(rest) << PLACES) | (product & ((1 << PLACES) - 1)))
        }
        None => mul_div(shares, price, DIVISOR),
    };
    if rest * 2 > DIVISOR || (rest * 2 == DIVISOR && units % 2 == 1) {
        units += 1;
    }
    let units = i128::try_from(units).ok().filter(|units| *units <= i128::from(Money::MAX) * 10_i128.pow(Money::PLACES))?;
    Some(Money::from_units(if quantity.is_negative() { -units } else { units }))
}

/// `number` over `divisor` and what is left over, 32 bits at a time.
fn div_rem(number: u128, divisor: u32) -> (u128, u32) {
    let (divisor, high) = (u64::from(divisor), (number >> 64) as u64);
    let (mut quotient, mut rest) = (u128::from(high / divisor), high % divisor);
    for shift in [32, 0] {
        let part = rest << 32 | (number >> shift) as u64 & u64::from(u32::MAX);
        quotient = quotient << 32 | u128::from(part / divisor);
        rest = part % divisor;
    }
    (quotient, rest as u32)
}

/// `a·b/c` rounded down, and what is left over; exact however large `a·b` is. `c` above zero and below 2¹²⁷; saturates where the
/// quotient does not fit.
pub fn mul_div(a: u128, b: u128, c: u128) -> (u128, u128) {
    if c == 0 {
        return (0, 0);
    }
    if let Some(product) = a.checked_mul(b) {
        let quotient = product / c;
        return (quotient, product - quotient * c);
    }
    // Bit by bit of b from the top: (q, r) stands for a·(bits so far) = q·c + r.
    let (mut quotient, mut rest) = (0_u128, 0_u128);
    let (whole, part) = (a / c, a % c);
    for bit in (0..u128::BITS - b.leading_zeros()).rev() {
        quotient = quotient.saturating_mul(2);
        rest *= 2;
        if rest >= c {
            rest -= c;
            quotient = quotient.saturating_add(1);
        }
        if b >> bit & 1 == 1 {
            quotient = quotient.saturating_add(whole);
            rest += part;
            if rest >= c {
                rest -= c;
                quotient = quotient.saturating_add(1);
            }
        }
    }
    (quotient, rest)
}

/// Shares `total` units out in proportion to `weights`, in whole units whose sum is exactly `total`: the method of the largest
/// remainder, ties to the earlier one. Source: Hamilton (1792); Balinski and Young (1982).
///
/// Where `total` is at most the sum of the weights, nobody gets more than its weight. All zeros where the weights are.
pub fn apportion(total: u128, weights: &[u128]) -> Vec<u128> {
    let whole = weights.iter().fold(0_u128, |sum, weight| sum.saturating_add(*weight));
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<(u128, u128)> = weights.iter().map(|weight| mul_div(total, *weight, whole)).collect();
    let given = parts.iter().fold(0_u128, |sum, part| sum + part.0);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|&i, &j| parts[j].1.cmp(&parts[i].1).then(i.cmp(&j)));
    // Fewer units are left than there are remainders above zero, so no weight of zero gets one.
    for &i in order.iter().take(usize::try_from(total.saturating_sub(given)).unwrap_or(usize::MAX)) {
        parts[i].0 += 1;
    }
    parts.into_iter().map(|part| part.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_they_are_spelled() {
        // 0.1 + 0.2 is 0.3 here, and is not in binary.
        let sum = Money::from_f64(0.1).unwrap() + Money::from_f64(0.2).unwrap();
        assert_eq!(sum, Money::parse("0.3").unwrap());
        assert_eq!(sum.to_string(), "0.3");
        for (text, printed) in [
            ("100000.00", "100000"),
            ("-0", "0"),
            ("1e3", "1000"),
            ("1.25E-2", "0.0125"),
            ("0.000000005", "0"),          // half a unit: to even, which is zero
            ("0.000000015", "0.00000002"), // one and a half: to even, which is two
            ("0.0000000051", "0.00000001"),
            ("+7.", "7"),
            (".5", "0.5"),
            ("1e-400", "0"),
        ] {
            assert_eq!(Money::parse(text).unwrap().to_string(), printed, "{text}");
        }
        for text in ["", ".", "-", "1,5", "0x10", "NaN", "1e", "1e5.0", "１"] {
            assert_eq!(Money::parse(text), Err(Misread::NotANumber), "{text}");
        }
        for text in ["1e16", "1000000000000001", "1e999999999999", "-1e16"] {
            assert_eq!(Money::parse(text), Err(Misread::TooLarge), "{text}");
        }
        assert_eq!(Money::from_f64(f64::NAN), Err(Misread::NotANumber));
        assert_eq!(Share::ONE, Share::whole(1));
    }

    #[test]
    fn cost_is_rounded_half_to_even_and_signed_as_the_shares() {
        let price = Price::parse("0.00000003").unwrap();
        // Half a share at three units is one and a half: two. Minus that when sold.
        assert_eq!(notional(Quantity::parse("0.5").unwrap(), price).unwrap().units(), 2);
        assert_eq!(notional(Quantity::parse("-0.5").unwrap(), price).unwrap().units(), -2);
        assert_eq!(notional(Quantity::whole(3), Price::parse("10.01").unwrap()).unwrap().to_string(), "30.03");
        assert_eq!(notional(Quantity::whole(1_000_000_000_000), Price::whole(1_000_000)), None);
        assert_eq!(
            notional(Quantity::whole(1_000_000_000_000), Price::whole(1_000)).unwrap(),
            Money::whole(1_000_000_000_000_000)
        );
    }

    #[test]
    fn nothing_is_lost_in_sharing_out() {
        // 10 among 1 : 1 : 1 is 3, 3, 3 and one left for the first.
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        // 50 among 100 : 30 is 38.46 and 11.54: the larger remainder is the second's.
        assert_eq!(apportion(50, &[100, 30]), [38, 12]);
        assert_eq!(apportion(5, &[0, 7, 0]), [0, 5, 0]);
        assert_eq!(apportion(5, &[0, 0]), [0, 0]);
        assert_eq!(apportion(0, &[]), [0_u128; 0]);
    }

    #[test]
    fn products_beyond_the_machine_word_are_exact() {
        let large = 10_u128.pow(37);
        assert_eq!(mul_div(large, large, large), (large, 0));
        assert_eq!(mul_div(large + 1, 3, large), (3, 3));
        // (10^37 + 1)(10^37 − 1) = 10^74 − 1 = (10^37 − 1)·10^37 + (10^37 − 1).
        assert_eq!(mul_div(large + 1, large - 1, large), (large - 1, large - 1));
    }

    #[test]
    fn binary_arithmetic_reads_a_number_as_its_spelling_does() {
        let spelled = |value: f64| Money::parse(ryu_js::Buffer::new().format_finite(value));
        let mut state = 1_u64;
        for i in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Sizes from 10⁻⁹ to 10¹³; every third one is a spelling of nine places that ends in five, the middle between two units.
            let random = (state >> 11) as f64 / (1_u64 << 53) as f64;
            let size = [1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e5, 1e7, 1e9, 1e11, 1e13][i % 10];
            let mut value = (random - 0.5) * size;
            if i % 3 == 0 {
                value = format!("{:.8}5", value / 10.0).parse().unwrap();
            }
            assert_eq!(Money::from_f64(value), spelled(value), "{value}");
        }
    }

    #[test]
    fn shares_times_price_by_hand_and_by_the_general_division() {
        let (shares, price) = (Quantity::parse("-0.000000000005").unwrap(), Price::parse("1000").unwrap());
        // 5·10⁻⁹ is half a unit of money: to even, which is none; 15·10⁻⁹ to two.
        assert_eq!(notional(shares, price), Some(Money::ZERO));
        assert_eq!(notional(shares, Price::parse("3000").unwrap()), Some(Money::from_units(-2)));
        for (shares, price) in
            [(1, 1), (999_999_999_999, 1), (123_456_789_012_345_678, 98_765_432_109), (i128::from(i64::MAX), 3)]
        {
            let (units, rest) = mul_div(shares as u128, price as u128, 10_u128.pow(12));
            let up = i128::from(rest * 2 > 10_u128.pow(12));
            assert_eq!(
                notional(Quantity::from_units(shares), Price::from_units(price)),
                Some(Money::from_units(units as i128 + up))
            );
        }
        assert_eq!(notional(Quantity::whole(Quantity::MAX), Price::whole(Price::MAX)), None);
    }

    #[test]
    fn per_cent_with_one_decimal() {
        for (share, text) in [("0.9", "90.0%"), ("1.2", "120.0%"), ("0.12345", "12.3%"), ("0", "0.0%"), ("-0.05", "-5.0%")] {
            assert_eq!(Share::parse(share).unwrap().percent(), text);
        }
    }

    #[test]
    fn a_part_is_never_more_than_the_whole() {
        assert_eq!(Money::whole(100).part(Share::parse("0.3333333333333333").unwrap()).to_string(), "33.33333333");
        assert_eq!(Money::whole(-100).part(Share::parse("0.5").unwrap()), Money::whole(-50));
    }
}
