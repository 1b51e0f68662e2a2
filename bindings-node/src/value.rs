//! Values of options and waiting times, between JavaScript and the core.

use std::time::{Duration, Instant};

use napi::bindgen_prelude::*;
use sockery::facade::{Value, Wait};

/// What JavaScript passes as the value of an option.
pub(crate) type Given<'a> = Either4<f64, bool, String, &'a [u8]>;

/// What JavaScript gets as the value of an option.
pub(crate) type Shown<'a> = Either3<f64, String, BufferSlice<'a>>;

/// The core's value; `None` for a number that is no integer.
pub(crate) fn take(given: Given<'_>) -> Option<Value> {
    Some(match given {
        Either4::A(number) => Value::Int(integer(number)?),
        Either4::B(flag) => Value::from(flag),
        Either4::C(text) => Value::Text(text),
        Either4::D(bytes) => Value::from(bytes),
    })
}

/// JavaScript's value.
pub(crate) fn show(env: &Env, value: Value) -> Result<Shown<'_>> {
    Ok(match value {
        Value::Int(number) => Either3::A(number as f64),
        Value::Text(text) => Either3::B(text),
        Value::Bytes(bytes) => Either3::C(BufferSlice::copy_from(env, bytes)?),
    })
}

/// The integer that a number is, if it is one that numbers hold exactly.
pub(crate) fn integer(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() <= MAX_SAFE;
    exact.then_some(number as i64)
}

/// JavaScript's `Number.MAX_SAFE_INTEGER`.
pub(crate) const MAX_SAFE: f64 = ((1_u64 << f64::MANTISSA_DIGITS) - 1) as f64;

/// A waiting time in milliseconds: absent is not at all, negative is for ever.
pub(crate) fn wait(millis: Option<f64>) -> Wait {
    match millis {
        None => Wait::No,
        Some(millis) if millis < 0.0 => Wait::Forever,
        Some(millis) => match Duration::try_from_secs_f64(millis / 1e3)
            .ok()
            .and_then(|time| Instant::now().checked_add(time))
        {
            Some(end) => Wait::Until(end),
            None => Wait::Forever,
        },
    }
}

/// A waiting time in milliseconds: absent or negative is for ever.
pub(crate) fn wait_or_forever(millis: Option<f64>) -> Wait {
    match millis {
        None => Wait::Forever,
        millis => wait(millis),
    }
}
