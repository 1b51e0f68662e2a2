//! Timers: which of the user's timers are due. `lib/timers.js` keeps their handlers.

use napi::bindgen_prelude::*;
use napi_derive::napi;
use sockery::facade;

use crate::error::raise;

/// Timers by number.
#[napi]
#[derive(Debug, Default)]
pub struct Timers {
    timers: facade::Timers,
}

#[napi]
impl Timers {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    #[napi]
    pub fn add(&mut self, millis: f64) -> i32 {
        self.timers.add(millis as u64)
    }

    #[napi]
    pub fn cancel(&mut self, env: Env, timer: i32) -> Result<()> {
        self.timers.cancel(timer).map_err(|error| raise(env, &error))
    }

    #[napi]
    pub fn set_interval(&mut self, env: Env, timer: i32, millis: f64) -> Result<()> {
        self.timers.set_interval(timer, millis as u64).map_err(|error| raise(env, &error))
    }

    #[napi]
    pub fn reset(&mut self, env: Env, timer: i32) -> Result<()> {
        self.timers.reset(timer).map_err(|error| raise(env, &error))
    }

    #[napi]
    pub fn timeout(&self) -> f64 {
        self.timers.timeout() as f64
    }

    #[napi]
    pub fn take_due(&mut self) -> Vec<i32> {
        self.timers.take_due()
    }
}
