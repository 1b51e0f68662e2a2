//! Waiting for several sockets at once, and devices. Called by `lib/nnmsg.js` and `lib/zmq.js`.

use napi::bindgen_prelude::*;
use napi_derive::napi;
use sockery::facade::{self, Interest, Pollable};

use crate::{context::patiently, error::raise, socket::Socket, value};

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
    topics: Option<Vec<&[u8]>>,
) -> Result<Object<'a>> {
    let topics: Option<Vec<_>> =
        topics.map(|topics| topics.into_iter().map(<[u8]>::to_vec).collect());
    let [back, capture] = [back, capture].map(|one| one.map(Socket::core));
    let made = facade::Device::new(front.core(), back, capture, topics.as_deref());
    let mut device = made.map_err(|error| raise(*env, &error))?;
    relay(env, move || match device.run()? {})
}

/// Runs a device that `control` steers in a thread of its own; the promise is fulfilled when it is told
/// to end, and rejects with an error that ended it.
#[napi(ts_return_type = "Promise<void>")]
pub fn proxy<'a>(
    env: &'a Env,
    front: &Socket,
    back: &Socket,
    capture: Option<&Socket>,
    control: Option<&Socket>,
) -> Result<Object<'a>> {
    let [capture, control] = [capture, control].map(|one| one.map(Socket::core));
    let made = facade::Proxy::new(front.core(), back.core(), capture, control);
    let mut proxy = made.map_err(|error| raise(*env, &error))?;
    relay(env, move || proxy.run())
}

fn relay(
    env: &Env,
    run: impl FnMut() -> facade::Result<()> + Send + 'static,
) -> Result<Object<'_>> {
    let (deferred, promise) = env.create_deferred::<(), _>()?;
    let work = move || {
        let ended = patiently(run);
        deferred.resolve(move |env| ended.map_err(|error| raise(env, &error)));
    };
    std::thread::Builder::new().name("sockery-device".into()).spawn(work)?;
    Ok(promise)
}
