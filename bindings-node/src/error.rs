//! Errors as JavaScript sees them: `Error` with `.code` (the name), `.errno` (the host's number)
//! and `.nnErrno` (nanomsg's portable one). Called by every other file.

use std::cell::Cell;

use napi::{Env, JsError, JsTypeError, Unknown, bindgen_prelude::*};
use napi_derive::napi;
use sockery::facade::{ERRORS, Error, ErrorCode};

thread_local! {
    /// The error made last for this environment's thread: what `lasterr` tells.
    static LAST: Cell<Option<ErrorCode>> = const { Cell::new(None) };
}

/// A name as the status of a napi error, which becomes `.code`.
struct Name(&'static str);

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.0
    }
}

/// The JavaScript `Error` of a core error, to be thrown.
#[cold]
pub(crate) fn raise(env: Env, error: &Error) -> napi::Error {
    let code = error.code();
    let plain = napi::Error::new(Name(code.name()), error);
    number(JsError::from(plain).into_unknown(env), code)
}

/// The same as a `TypeError`, for values that cannot be carried.
#[cold]
pub(crate) fn raise_type(env: Env, error: &Error) -> napi::Error {
    let code = error.code();
    let plain = napi::Error::new(Name(code.name()), error);
    number(JsTypeError::from(plain).into_unknown(env), code)
}

fn number(value: Unknown<'_>, code: ErrorCode) -> napi::Error {
    LAST.set(Some(code));
    let numbered = value.coerce_to_object().and_then(|mut object| {
        object.set("errno", code.zmq())?;
        object.set("nnErrno", code.nn())
    });
    match numbered {
        Ok(()) => napi::Error::from(value),
        Err(error) => error,
    }
}

/// The error of this name, with a sentence about the case; for what the library decides in
/// JavaScript (a timeout of a promise, use after close).
#[napi]
pub fn fail(env: Env, name: String, detail: Option<String>) -> Result<()> {
    let row = ERRORS.iter().find(|row| row.name == name);
    let code = row.map_or(ErrorCode::Invalid, |row| row.code);
    let error = detail.map_or_else(|| code.into(), |detail| Error::new(code, detail));
    Err(raise(env, &error))
}

/// An error's text and its number in nanomsg's numbering.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct LastError {
    /// One sentence.
    pub text: &'static str,
    /// nanomsg's number.
    pub number: i32,
}

/// The error made last on this thread.
#[napi]
pub fn last_error() -> Option<LastError> {
    LAST.get().map(|code| LastError { text: code.text(), number: code.nn() })
}
