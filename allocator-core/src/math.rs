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

/// Density of the standard normal distribution.
pub fn normal_pdf(x: f64) -> f64 {
    const ROOT_TWO_PI: f64 = 2.5066282746310002;
    exp(-0.5 * x * x) / ROOT_TWO_PI
}

/// Distribution function of the standard normal distribution: the probability of a value up to `x`.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Quantile of the standard normal distribution: the `x` whose [`normal_cdf`] is `p`.
///
/// Minus infinity at 0, infinity at 1, NaN outside. Relative error below 1e-15.
/// Source: Wichura (1988), algorithm AS 241 (PPND16), Applied Statistics 37.
pub fn normal_quantile(p: f64) -> f64 {
    const CENTRE: [f64; 8] = [
        2509.0809287301227,
        33430.57558358813,
        67265.7709270087,
        45921.95393154987,
        13731.69376550946,
        1971.5909503065513,
        133.14166789178438,
        3.3871328727963665,
    ];
    const CENTRE_BELOW: [f64; 8] = [
        5226.495278852854,
        28729.085735721943,
        39307.89580009271,
        21213.794301586597,
        5394.196021424751,
        687.1870074920579,
        42.31333070160091,
        1.0,
    ];
    const MIDDLE: [f64; 8] = [
        0.0007745450142783414,
        0.022723844989269184,
        0.2417807251774506,
        1.2704582524523684,
        3.6478483247632045,
        5.769497221460691,
        4.630337846156546,
        1.4234371107496835,
    ];
    const MIDDLE_BELOW: [f64; 8] = [
        1.0507500716444169e-09,
        0.0005475938084995345,
        0.015198666563616457,
        0.14810397642748008,
        0.6897673349851,
        1.6763848301838038,
        2.053191626637759,
        1.0,
    ];
    const TAIL: [f64; 8] = [
        2.0103343992922881e-07,
        2.7115555687434876e-05,
        0.0012426609473880784,
        0.026532189526576124,
        0.29656057182850487,
        1.7848265399172913,
        5.463784911164114,
        6.657904643501103,
    ];
    const TAIL_BELOW: [f64; 8] = [
        2.0442631033899397e-15,
        1.421511758316446e-07,
        1.8463183175100548e-05,
        0.0007868691311456133,
        0.014875361290850615,
        0.1369298809227358,
        0.599832206555888,
        1.0,
    ];
    let ratio = |above: &[f64; 8], below: &[f64; 8], r: f64| horner(above, r) / horner(below, r);
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(&CENTRE, &CENTRE_BELOW, 0.180625 - q * q);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-ln(tail)).sqrt();
    let x = if r <= 5.0 { ratio(&MIDDLE, &MIDDLE_BELOW, r - 1.6) } else { ratio(&TAIL, &TAIL_BELOW, r - 5.0) };
    if q < 0.0 { -x } else { x }
}

/// A polynomial, highest power first.
fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |acc, c| acc * x + c)
}

/// Γ(a + ½)/Γ(a) for a > 0, without the cancellation that two logarithms of Γ would bring.
///
/// Source: Stirling's series of the quotient from a = 16 up (Tricomi and Erdélyi 1951), the recurrence below.
fn gamma_half_ratio(a: f64) -> f64 {
    let (mut a, mut factor) = (a, 1.0);
    while a < 16.0 {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let (u, v) = (1.0 / a, 1.0 / (a * a));
    let series = u * (-1.0 / 8.0 + v * (1.0 / 192.0 + v * (-1.0 / 640.0 + v * (17.0 / 14336.0 - v * (31.0 / 18432.0)))));
    factor * a.sqrt() * exp(series)
}

/// 1/B(a, b), the constant of the beta distribution.
fn beta_constant(a: f64, b: f64) -> f64 {
    const ROOT_PI: f64 = 1.772453850905516;
    if b == 0.5 {
        gamma_half_ratio(a) / ROOT_PI
    } else if a == 0.5 {
        gamma_half_ratio(b) / ROOT_PI
    } else {
        exp(lgamma(a + b) - lgamma(a) - lgamma(b))
    }
}

/// The regularised incomplete beta function Iₓ(a, b), for a, b > 0 and x in 0 to 1; NaN elsewhere.
///
/// Relative error below 1e-13 where a or b is ½ (Student's t), about 1e-12 elsewhere up to a + b of a few thousand.
/// Source: DLMF 8.17.22, the continued fraction, evaluated by Lentz's method (1976) as modified by Thompson and Barnett (1986).
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a <= 0.0 || b <= 0.0 || !(0.0..=1.0).contains(&x) {
        return f64::NAN;
    }
    incomplete_beta_of(a, b, x, 1.0 - x)
}

/// [`incomplete_beta`] with `y` = 1 − x given, for callers who know it better than subtraction does.
fn incomplete_beta_of(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    // The fraction converges fast below the mean of the distribution; above it the mirrored one does.
    let value = if x < (a + 1.0) / (a + b + 2.0) { lower_beta(a, b, x, y) } else { 1.0 - lower_beta(b, a, y, x) };
    value.clamp(0.0, 1.0)
}

fn lower_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    const TINY: f64 = 1e-300;
    // Some √(a + b) steps are needed: ten thousand serve a hundred million observations.
    const STEPS_MAX: u32 = 10_000;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..=STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 3e-16 {
            break;
        }
    }
    // ln x through 1 - y where x is near one, or the logarithm would lose its digits.
    let ln_of = |v: f64, other: f64| if v > 0.5 { ln_1p(-other) } else { ln(v) };
    exp(a * ln_of(x, y) + b * ln_of(y, x)) * beta_constant(a, b) / a * fraction
}

/// The probability that |T| of Student's t distribution with `df` degrees of freedom exceeds |t|: the two-sided p-value.
///
/// NaN without degrees of freedom. Source: DLMF 8.17 with P = I_{df/(df+t²)}(df/2, ½).
pub fn student_t_two_sided(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    let square = t * t;
    if square.is_infinite() {
        return 0.0;
    }
    incomplete_beta_of(df / 2.0, 0.5, df / (df + square), square / (df + square))
}

/// The two-sided p-value of a correlation ρ under no correlation, with `df` degrees of freedom (n − 2):
/// Student's t of t = ρ·√(df/(1 − ρ²)), which is I_{1−ρ²}(df/2, ½).
pub fn correlation_p_value(rho: f64, df: f64) -> f64 {
    if rho.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    // (1 - ρ)(1 + ρ) keeps the digits that 1 - ρ² loses near one.
    incomplete_beta_of(df / 2.0, 0.5, (1.0 - rho) * (1.0 + rho), rho * rho)
}

/// Sum of products of two slices of one length, in four accumulators joined in a fixed order.
///
/// Four chains run side by side in SIMD registers where there are any, with the same bits where there are none.
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len().min(y.len());
    let (x, y) = (&x[..n], &y[..n]);
    let mut lanes = [0.0_f64; 4];
    let (mut xs, mut ys) = (x.chunks_exact(4), y.chunks_exact(4));
    for (a, b) in xs.by_ref().zip(ys.by_ref()) {
        for lane in 0..4 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    for (lane, (a, b)) in xs.remainder().iter().zip(ys.remainder()).enumerate() {
        lanes[lane] += a * b;
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// The four [`dot`] products of two slices with two others, all of one length, with the same bits: each number loaded serves twice.
pub fn dots(x: [&[f64]; 2], y: [&[f64]; 2]) -> [[f64; 2]; 2] {
    let n = x[0].len().min(x[1].len()).min(y[0].len()).min(y[1].len());
    let whole = n - n % 4;
    let mut lanes = [[[0.0_f64; 4]; 2]; 2];
    let ([a, b], [c, d]) = (x.map(|x| x[..whole].chunks_exact(4)), y.map(|y| y[..whole].chunks_exact(4)));
    for ((a, b), (c, d)) in a.zip(b).zip(c.zip(d)) {
        for lane in 0..4 {
            lanes[0][0][lane] += a[lane] * c[lane];
            lanes[0][1][lane] += a[lane] * d[lane];
            lanes[1][0][lane] += b[lane] * c[lane];
            lanes[1][1][lane] += b[lane] * d[lane];
        }
    }
    for t in whole..n {
        for (x, lanes) in x.iter().zip(&mut lanes) {
            for (y, lanes) in y.iter().zip(lanes) {
                lanes[t - whole] += x[t] * y[t];
            }
        }
    }
    lanes.map(|row| row.map(|lanes| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])))
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
    fn four_products_at_once_are_those_one_by_one() {
        let row = |seed: usize, n: usize| (0..n).map(|t| ((t * 7 + seed * 13) % 11) as f64 / 7.0 - 0.6).collect::<Vec<f64>>();
        for n in 0..14 {
            let rows: Vec<Vec<f64>> = (0..4).map(|seed| row(seed, n)).collect();
            let found = dots([&rows[0], &rows[1]], [&rows[2], &rows[3]]);
            for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                assert_eq!(found[i][j].to_bits(), dot(&rows[i], &rows[2 + j]).to_bits(), "{n}");
            }
        }
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

    /// Within `tolerance` of the reference, relative where the reference is not small.
    fn near(got: f64, wanted: f64, tolerance: f64) -> bool {
        (got - wanted).abs() <= tolerance * wanted.abs().max(f64::MIN_POSITIVE)
    }

    // The reference numbers below: mpmath 1.3.0 with 50 digits, rounded once to f64.

    #[test]
    fn normal_quantiles() {
        for (p, wanted) in [
            (0.5, 0.0),
            (0.05, -1.6448536269514726),
            (0.01, -2.326347874040841),
            (0.025, -1.9599639845400543),
            (0.95, 1.6448536269514722),
            (0.9, 1.2815515655446006),
            (0.075, -1.439531470938456),
            (0.0749, -1.4402382675279637),
            (0.001, -3.0902323061678136),
            (1e-10, -6.361340902404057),
            (1e-15, -7.941345326170997),
            (1e-100, -21.273453560965326),
            (1e-300, -37.0470962993612),
            (0.3, -0.5244005127080408),
            (0.999999, 4.753424308817087),
        ] {
            assert!(
                near(normal_quantile(p), wanted, 1e-15) || normal_quantile(p) == wanted,
                "{p:e}: {} {wanted}",
                normal_quantile(p)
            );
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert!(normal_quantile(1.5).is_nan());
    }

    #[test]
    fn normal_probabilities() {
        for (x, wanted) in [
            (0.0, 0.5),
            (1.0, 0.8413447460685429),
            (-1.0, 0.15865525393145705),
            (1.96, 0.9750021048517795),
            (-5.0, 2.866515718791939e-07),
            (-10.0, 7.619853024160525e-24),
            (-37.0, 5.725571222524577e-300),
            (8.0, 0.9999999999999993),
            (0.1, 0.539827837277029),
        ] {
            // The argument's last bit moves the far tail by x² units in the last place.
            assert!(near(normal_cdf(x), wanted, 3e-16 * (1.0 + x * x)), "{x}: {} {wanted}", normal_cdf(x));
        }
    }

    #[test]
    fn incomplete_betas() {
        for (a, b, x, wanted) in [
            (0.5, 0.5, 0.3, 0.36901011956554536),
            (2.0, 3.0, 0.4, 0.5248),
            (10.0, 0.5, 0.9, 0.15164090963470997),
            (500.0, 0.5, 0.99, 0.001527357879052989),
            (500.0, 0.5, 0.5, 1.0887202471751544e-152),
            (0.5, 7.5, 0.01, 0.29743811184486535),
            (30.0, 40.0, 0.5, 0.8857998873233515),
            (2.5, 0.5, 0.999999, 0.9983023481224883),
        ] {
            let got = incomplete_beta(a, b, x);
            // A power of a hundred places has the error of its exponent.
            assert!(near(got, wanted, if wanted < 1e-50 { 1e-12 } else { 1e-13 }), "{a} {b} {x}: {got} {wanted}");
        }
        assert!(incomplete_beta(0.0, 1.0, 0.5).is_nan());
        assert_eq!((incomplete_beta(2.0, 3.0, 0.0), incomplete_beta(2.0, 3.0, 1.0)), (0.0, 1.0));
    }

    #[test]
    fn two_sided_p_values() {
        for (t, df, wanted) in [
            (0.0, 5.0, 1.0),
            (1.0, 1.0, 0.5),
            (2.0, 10.0, 0.07338803477074037),
            (2.5, 3.0, 0.08770664700806555),
            (5.0, 100.0, 2.4501734135038002e-06),
            (20.0, 1000.0, 4.0622884995247713e-75),
            (1.3, 2.7, 0.2934526437038454),
            (0.01, 250.0, 0.9920292626054437),
            (50.0, 30.0, 1.8715417659222714e-30),
            (1e-09, 12.0, 0.9999999992185474),
            (3.0, 7124.0, 0.002709136159306365),
        ] {
            let got = student_t_two_sided(t, df);
            assert!(near(got, wanted, 1e-13), "{t} {df}: {got} {wanted}");
        }
        for (rho, df, wanted) in [
            (0.75, 1.0, 0.46010691232523176),
            (0.75, 18.0, 0.000140087547533696),
            (-0.2, 248.0, 0.0014798529084264816),
            (0.999999, 50.0, 3.76728618004269e-144),
            (0.05, 7124.0, 2.4141166508665503e-05),
            (0.5, 0.7, 0.73816665359143),
        ] {
            let got = correlation_p_value(rho, df);
            assert!(near(got, wanted, if wanted < 1e-50 { 1e-12 } else { 1e-13 }), "{rho} {df}: {got} {wanted}");
        }
        assert!(student_t_two_sided(1.0, 0.0).is_nan());
    }

    #[test]
    fn dot_takes_any_length() {
        // 1·1 + 2·2 + … + 7·7 = 140
        let x: Vec<f64> = (1..=7).map(f64::from).collect();
        assert_eq!(dot(&x, &x), 140.0);
        assert_eq!(dot(&[], &[]), 0.0);
    }
}
