//! Realm: what the sockets of one context share below it: the I/O thread, the inproc names, and the
//! list of sockets that are not finished yet.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{hub::Hub, inproc::Names, inquiry::Inquiries, sites::Sites};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    reactor::{Driven, IoThread, Place, Readiness},
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Realm {
    io: Mutex<Option<IoThread>>,
    /// How the I/O thread is to run.
    place: Mutex<Place>,
    /// The inproc names that are bound or waited for.
    pub(super) names: Names,
    /// The WebSocket listeners, which may share ports.
    pub(super) sites: Sites,
    /// Questions about peers that are not answered.
    pub(super) inquiries: Arc<Inquiries>,
    live: Mutex<HashMap<usize, Weak<Hub>>>,
    changed: Readiness,
}

fn next_key() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl Realm {
    /// Asks the I/O thread, started when first needed, for a turn of this socket.
    pub(super) fn attend(&self, driven: Arc<dyn Driven>) -> Result<(), Error> {
        let mut io = self.io.lock().unwrap_or_else(PoisonError::into_inner);
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = match &mut *io {
            Some(thread) => thread,
            none => none.insert(IoThread::start(&place).map_err(|error| {
                let error = Error::from(error);
                Error::new(error.code(), format!("the I/O thread cannot start: {error}"))
            })?),
        };
        thread.attend(driven);
        Ok(())
    }

    /// Says how the I/O thread is to run, unless it runs already.
    pub fn set_place(&self, place: Place) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }

    /// Tells the I/O thread, if it runs.
    pub(super) fn tell_io(&self, tell: impl FnOnce(&IoThread)) {
        if let Some(thread) = &*self.io.lock().unwrap_or_else(PoisonError::into_inner) {
            tell(thread);
        }
    }

    /// Takes a new socket in, unless `limit` are there already.
    pub(super) fn admit(
        &self,
        limit: usize,
        make: impl FnOnce(usize) -> Arc<Hub>,
    ) -> Result<Arc<Hub>, Error> {
        let mut live = self.live();
        if live.len() >= limit {
            return Err(Error::new(
                ErrorCode::TooManyFiles,
                format!(
                    "the context has {limit} sockets, its limit; close some or raise MAX_SOCKETS"
                ),
            ));
        }
        let key = next_key();
        let hub = make(key);
        live.insert(key, Arc::downgrade(&hub));
        Ok(hub)
    }

    /// A socket is closed and flushed.
    pub(super) fn finished(&self, key: usize) {
        self.live().remove(&key);
        self.changed.pulse(Interest::PEERS).fire(&self.changed);
    }

    /// The sockets that are not finished yet.
    #[must_use]
    pub fn sockets(&self) -> Vec<Arc<Hub>> {
        self.live().values().filter_map(Weak::upgrade).collect()
    }

    /// Tells of each socket that finishes ([`Interest::PEERS`]).
    #[must_use]
    pub fn changed(&self) -> &Readiness {
        &self.changed
    }

    fn live(&self) -> MutexGuard<'_, HashMap<usize, Weak<Hub>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
