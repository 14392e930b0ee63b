//! Money, prices and share counts in a request: a decimal string, exact, or a number by its shortest spelling.

use super::{At, Decode, Json};
use crate::error::{Code, Fault, Faults};
use crate::money::{Misread, Money, Price, Quantity, Share};

/// Reads one decimal, or pushes why it is none.
fn decode<T>(
    json: &Json,
    at: &At<'_>,
    faults: &mut Faults,
    what: &str,
    largest: i64,
    from_text: fn(&str) -> Result<T, Misread>,
    from_number: fn(f64) -> Result<T, Misread>,
) -> Option<T> {
    let read = match json {
        Json::Number(value) => from_number(*value),
        Json::String(text) => from_text(text),
        Json::Null => Err(Misread::NotANumber),
        _ => {
            let message = format!("Expected {what}, found {}.", json.brief());
            faults.push(Fault::new(Code::WrongType, at, message, "Give a number or a decimal string, 1250.75 or \"1250.75\"."));
            return None;
        }
    };
    match read {
        Ok(value) => return Some(value),
        Err(Misread::NotANumber) => faults.push(Fault::new(
            Code::NotFinite,
            at,
            format!("{} is not {what}.", json.brief()),
            "Give a finite decimal number, 1250.75 or \"1250.75\".",
        )),
        Err(Misread::TooLarge) => faults.push(Fault::new(
            Code::OutOfRange,
            at,
            format!("{} is beyond the largest {what} of {largest}.", json.brief()),
            "Give a smaller number, or count in a larger unit.",
        )),
    }
    None
}

macro_rules! fixed_decode {
    ($($name:ident, $what:literal;)+) => { $(
        impl Decode for $name {
            fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
                decode(json, at, faults, $what, $name::MAX, $name::parse, $name::from_f64)
            }
        }
    )+ };
}

fixed_decode! {
    Money, "an amount of money";
    Quantity, "a number of shares";
    Share, "a fraction";
}

/// Prices are above zero: what costs nothing or less cannot be booked.
impl Decode for Price {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let price = decode(json, at, faults, "a price", Price::MAX, Price::parse, Price::from_f64)?;
        if price.is_positive() {
            return Some(price);
        }
        faults.push(Fault::new(
            Code::ImpossibleValue,
            at,
            format!("The price {} is not above zero.", json.brief()),
            "Mend the price, or leave it out; prices are kept at eight decimals.",
        ));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::parse;

    fn read<T: Decode>(text: &str) -> Result<T, String> {
        let mut faults = Faults::new();
        let value = T::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults);
        value.ok_or_else(|| faults.as_slice().iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn strings_and_numbers() {
        assert_eq!(read::<Money>("\"0.1\""), read::<Money>("0.1"));
        assert_eq!(read::<Money>("\"123456789012345.12345678\"").unwrap().to_string(), "123456789012345.12345678");
        assert_eq!(read::<Quantity>("-5").unwrap(), Quantity::whole(-5));
        for (text, code) in [
            ("\"NaN\"", "not_finite"),
            ("null", "not_finite"),
            ("1e300", "out_of_range"),
            ("true", "wrong_type"),
            ("[]", "wrong_type"),
        ] {
            assert_eq!(read::<Quantity>(text), Err(code.to_owned()), "{text}");
        }
        for text in ["0", "-3", "\"0.000000001\""] {
            assert_eq!(read::<Price>(text), Err("impossible_value".to_owned()), "{text}");
        }
    }
}
