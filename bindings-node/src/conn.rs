//! Stations: the native half of `sockery/socketcore` and `sockery/rtos`.

use std::{fmt, sync::Arc};

use napi::{
    Status,
    bindgen_prelude::*,
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};
use napi_derive::napi;
use sockery::facade::{self, Argument, Certificates, Event, catalog};

use crate::{catalog::ConstantRow, error::raise, value};

/// The function to call once a message waits: weak, so that it alone keeps no process alive.
type Bell = ThreadsafeFunction<(), (), (), Status, false, true>;

/// An address or a port.
type Word = Either<f64, String>;

/// What is said about TLS: names and texts in turn.
type Said = Option<Vec<Buffer>>;

/// Sockets by id, timers, and the messages of both.
#[napi]
pub struct Station {
    inner: facade::Station,
    bell: Arc<Bell>,
}

impl fmt::Debug for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Station").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[napi]
impl Station {
    /// `callback` is called after `arm`, once a message waits.
    #[napi(constructor)]
    pub fn new(callback: Function<'_, (), ()>) -> Result<Self> {
        let bell = callback.build_threadsafe_function().weak::<true>().build()?;
        Ok(Self { inner: facade::Station::new(), bell: Arc::new(bell) })
    }

    /// Begins to connect; the id.
    #[napi]
    pub fn connect(
        &self,
        env: Env,
        kind: f64,
        address: Word,
        port: Word,
        said: Said,
    ) -> Result<u32> {
        let said = certificates(env, said)?;
        let (address, port) = (argument(address), argument(port));
        let id = self.inner.connect(kind as i64, address, port, said.as_ref());
        id.map_err(|error| raise(env, &error))
    }

    /// Listens; the id.
    #[napi]
    pub fn listen(&self, env: Env, port: f64, address: Option<String>, said: Said) -> Result<u32> {
        let said = certificates(env, said)?;
        let id = self.inner.listen(port as i64, address.as_deref(), said.as_ref());
        id.map_err(|error| raise(env, &error))
    }

    /// Sends; the code.
    #[napi]
    pub fn send(&self, id: f64, data: &[u8]) -> i32 {
        self.inner.send(id as i64, data).number()
    }

    /// What has come.
    #[napi]
    pub fn recv(&self, id: f64, limit: f64) -> Buffer {
        self.inner.recv(id as i64, limit as i64).into()
    }

    /// Whether the id can be one.
    #[napi]
    pub fn close(&self, id: f64) -> bool {
        self.inner.close(id as i64)
    }

    /// Whether the id can be one.
    #[napi]
    pub fn destroy(&self, id: f64) -> bool {
        self.inner.destroy(id as i64)
    }

    /// Whether the option could be set.
    #[napi]
    pub fn set(&self, id: f64, level: f64, name: f64, value: f64) -> bool {
        self.inner.set(id as i64, level as i64, name as i64, value as i64)
    }

    /// Room for received bytes.
    #[napi]
    pub fn room(&self, id: f64) -> f64 {
        self.inner.room(id as i64) as f64
    }

    /// The local port.
    #[napi]
    pub fn port(&self, id: f64) -> Option<u16> {
        self.inner.port(id as i64)
    }

    /// How many sockets there may be; sets it first.
    #[napi]
    pub fn limit(&self, wanted: Option<f64>) -> f64 {
        self.inner.limit(wanted.map(|wanted| wanted as i64)) as f64
    }

    /// Bytes accepted and never sent.
    #[napi]
    pub fn dropped(&self) -> f64 {
        self.inner.dropped() as f64
    }

    /// Starts a timer.
    #[napi]
    pub fn timer_start(&self, id: f64, millis: f64) -> bool {
        self.inner.timer_start(id as i64, millis as i64)
    }

    /// Stops a timer.
    #[napi]
    pub fn timer_stop(&self, id: f64) {
        self.inner.timer_stop(id as i64);
    }

    /// Ticks since the station was made.
    #[napi]
    pub fn tick(&self) -> f64 {
        self.inner.tick() as f64
    }

    /// The next message, waiting at most `millis` (absent: not at all, negative: for ever) and blocking
    /// meanwhile.
    #[napi]
    pub fn receive<'a>(&self, env: &'a Env, millis: Option<f64>) -> Result<Option<Object<'a>>> {
        let received = self.inner.receive(value::wait(millis).deadline());
        let event = received.map_err(|error| raise(*env, &error))?;
        event.map(|event| shown(env, &event)).transpose()
    }

    /// The callback is called once a message waits. False when one waits already.
    #[napi]
    pub fn arm(&self) -> bool {
        let bell = Arc::clone(&self.bell);
        self.inner.arm(Arc::new(move || {
            // It fails only when the environment is on its way out, and then nobody waits.
            bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }))
    }
}

fn argument(word: Word) -> Argument {
    match word {
        Either::A(number) => Argument::Number(number as i64),
        Either::B(text) => Argument::Text(text),
    }
}

fn shown<'a>(env: &'a Env, event: &Event) -> Result<Object<'a>> {
    let mut object = Object::new(env)?;
    if let Some(timer) = event.timer() {
        object.set("id", event.kind.number())?;
        object.set("timer_id", timer as f64)?;
        return Ok(object);
    }
    for (name, number) in event.numbers() {
        object.set(name, number as f64)?;
    }
    if let Some((name, text)) = event.text() {
        object.set(name, text)?;
    }
    Ok(object)
}

fn certificates(env: Env, said: Said) -> Result<Option<Certificates>> {
    let Some(said) = said else { return Ok(None) };
    let mut certificates = Certificates::default();
    for pair in said.chunks(2) {
        let [field, text] = pair else { continue };
        let field = String::from_utf8_lossy(field);
        let set = certificates.set(&field, text.to_vec());
        set.map_err(|error| raise(env, &error))?;
    }
    Ok(Some(certificates))
}

/// The names of what can be said about TLS.
#[napi]
pub fn certificate_fields() -> Vec<&'static str> {
    Certificates::FIELDS.to_vec()
}

/// The constants of socketcore and of rtos.
#[napi]
pub fn station_constants() -> Vec<Vec<ConstantRow>> {
    let rows = |all: Vec<catalog::Constant>| {
        all.iter().map(|row| ConstantRow { name: row.name, value: row.value }).collect()
    };
    vec![rows(catalog::socketcore_constants()), rows(catalog::rtos_constants())]
}
