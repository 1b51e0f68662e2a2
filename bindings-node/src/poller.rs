//! Waiting for several sockets at once, and devices. Called by `lib/nnmsg.js` and `lib/zmq.js`.

use napi::bindgen_prelude::*;
use napi_derive::napi;
use sockery::facade::{self, Interest, Pollable};

use crate::{error::raise, socket::Socket, value};

/// Which of `interests` hold of `sockets`, in their order, waiting at most `millis` (absent: not at
/// all, negative: for ever) and blocking meanwhile. All are 0 at the end of that time.
#[napi]
pub fn poll(
    env: Env,
    sockets: Vec<ClassInstance<'_, Socket>>,
    interests: Vec<u8>,
    millis: Option<f64>,
) -> Result<Vec<u8>> {
    let items: Vec<_> = sockets
        .iter()
        .zip(interests)
        .map(|(socket, bits)| (Pollable::Socket(socket.core()), Interest::from_bits(bits)))
        .collect();
    let ready = facade::poll(&items, value::wait(millis)).map_err(|error| raise(env, &error))?;
    Ok(ready.into_iter().map(Interest::bits).collect())
}

/// Runs a device in a thread of its own; the promise rejects with the error that ended it.
#[napi(ts_return_type = "Promise<never>")]
pub fn device<'a>(
    env: &'a Env,
    front: &Socket,
    back: Option<&Socket>,
    capture: Option<&Socket>,
) -> Result<Object<'a>> {
    let (deferred, promise) = env.create_deferred::<(), _>()?;
    let (front, back, capture) = (front.core(), back.map(Socket::core), capture.map(Socket::core));
    let work = move || {
        let error = loop {
            let error = facade::device(&front, back.as_ref(), capture.as_ref());
            if error.code() != facade::ErrorCode::Interrupted {
                break error;
            }
        };
        deferred.resolve(move |env| Err(raise(env, &error)));
    };
    std::thread::Builder::new().name("sockery-device".into()).spawn(work)?;
    Ok(promise)
}
