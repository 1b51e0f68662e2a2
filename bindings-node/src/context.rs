//! Contexts: owners of sockets. `lib/zmq.js` has a class over it; nnmsg uses the one of `sp()`.

use napi::bindgen_prelude::*;
use napi_derive::napi;
use sockery::facade;

use crate::{
    error::raise,
    socket::Socket,
    value::{self, Given, Shown},
    wake::Wakes,
};

/// A context.
#[napi]
#[derive(Debug)]
pub struct Context {
    context: facade::Context,
}

impl Default for Context {
    fn default() -> Self {
        Self { context: facade::Context::new() }
    }
}

#[napi]
impl Context {
    /// A new one.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The one of all nnmsg sockets of the process.
    #[napi(factory)]
    pub fn sp() -> Self {
        Self { context: facade::Context::sp() }
    }

    /// The default one of the process's zmq sockets; a new one when the last was terminated.
    #[napi(factory)]
    pub fn zmq() -> Self {
        Self { context: facade::Context::zmq() }
    }

    /// Opens a socket of the kind at this place of `kinds()`; `id` is what it rings `wakes` with.
    #[napi]
    pub fn open(&self, env: Env, kind: u32, wakes: &Wakes, id: u32) -> Result<Socket> {
        let unknown = || facade::Error::new(facade::ErrorCode::Invalid, format!("no kind {kind}"));
        let socket = facade::kinds()
            .get(kind as usize)
            .ok_or_else(unknown)
            .and_then(|kind| self.context.socket(kind))
            .map_err(|error| raise(env, &error))?;
        Ok(Socket::new(socket, wakes, id))
    }

    /// Changes an option of the context.
    #[napi]
    pub fn set(&self, env: Env, number: i32, given: Given<'_>) -> Result<()> {
        let value = value::take(given).ok_or_else(|| not_integer(env))?;
        self.context.set(number, &value).map_err(|error| raise(env, &error))
    }

    /// Reads an option of the context.
    #[napi]
    pub fn get<'a>(&self, env: &'a Env, number: i32) -> Result<Shown<'a>> {
        let shown = self.context.get(number).map_err(|error| raise(*env, &error))?;
        value::show(env, shown)
    }

    /// Every socket answers ETERM from now on.
    #[napi]
    pub fn shutdown(&self) {
        self.context.shutdown();
    }

    /// Whether it was shut down.
    #[napi(getter)]
    pub fn terminated(&self) -> bool {
        self.context.is_terminated()
    }

    /// Closes its sockets, with this linger in milliseconds or each with its own.
    #[napi]
    pub fn close_all(&self, linger: Option<i32>) {
        self.context.close_all(linger);
    }

    /// Terminates in a thread of its own, so that the loop goes on; settles when done.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn terminate<'a>(&self, env: &'a Env, millis: Option<f64>) -> Result<Object<'a>> {
        let (deferred, promise) = env.create_deferred()?;
        let (context, wait) = (self.context.clone(), value::wait_or_forever(millis));
        let work = move || {
            let ended = patiently(|| context.terminate(wait));
            deferred.resolve(move |env| ended.map_err(|error| raise(env, &error)));
        };
        std::thread::Builder::new().name("sockery-term".into()).spawn(work)?;
        Ok(promise)
    }

    /// Terminates and blocks until it is done.
    #[napi]
    pub fn terminate_sync(&self, env: Env, millis: Option<f64>) -> Result<()> {
        let wait = value::wait_or_forever(millis);
        self.context.terminate(wait).map_err(|error| raise(env, &error))
    }
}

/// Calls again after signals, which other threads than Node's main one cannot answer.
pub(crate) fn patiently<T>(mut call: impl FnMut() -> facade::Result<T>) -> facade::Result<T> {
    loop {
        match call() {
            Err(error) if error.code() == facade::ErrorCode::Interrupted => {}
            ended => return ended,
        }
    }
}

/// The error of an option's value that is a number but no integer.
#[cold]
pub(crate) fn not_integer(env: Env) -> Error {
    let text = "options take integers, booleans, strings and bytes";
    raise(env, &facade::Error::new(facade::ErrorCode::Invalid, text))
}
