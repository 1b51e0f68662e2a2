//! What the engine must be told about the process: that it leaves, and that it is a fork's child.
//!
//! Called once a Lua state by the module's entry point.

use std::{
    ffi::c_int,
    panic,
    sync::{
        LazyLock, Once,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use mlua::{Lua, Result, UserData};
use sockery::facade;

/// How many Lua states of this process have the module loaded.
static STATES: AtomicUsize = AtomicUsize::new(0);

/// Lives in a state's registry. Made before every socket, it is collected after all of them, when
/// the state closes.
struct Presence;

impl UserData for Presence {}

impl Drop for Presence {
    fn drop(&mut self) {
        if STATES.fetch_sub(1, Ordering::AcqRel) == 1 {
            // A finalizer must not unwind into Lua.
            let _ = panic::catch_unwind(facade::leave);
        }
    }
}

/// Notes that a state has the module, and with the first one watches for exit and fork.
pub(crate) fn enter(lua: &Lua) -> Result<()> {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        // Either only fails without memory; the process then leaves without the courtesy.
        let _ = atexit(exiting);
        #[cfg(unix)]
        let _ = pthread_atfork(None, None, Some(forked));
        facade::look_at_signals();
    });
    STATES.fetch_add(1, Ordering::AcqRel);
    let presence = lua.create_userdata(Presence)?;
    lua.set_named_registry_value("sockery", presence)
}

/// Milliseconds on a clock that never goes back, from some moment on.
pub(crate) fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1e3
}

/// `os.exit` leaves without closing its state, so no finalizer runs.
extern "C" fn exiting() {
    if STATES.swap(0, Ordering::AcqRel) > 0 {
        // The exiting thread's own thread-locals are gone by now; another thread has its own.
        let _ = thread::Builder::new().spawn(facade::leave).map(thread::JoinHandle::join);
    }
}

#[cfg(unix)]
extern "C" fn forked() {
    STATES.store(0, Ordering::Release);
    facade::forked();
}

#[expect(unsafe_code, reason = "the C library's own registrations have no safe wrapper")]
// SAFETY: the signatures are those of C and POSIX; the handlers are functions of this library, which
// is linked so that it is never unloaded.
unsafe extern "C" {
    safe fn atexit(handler: extern "C" fn()) -> c_int;
    #[cfg(unix)]
    safe fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> c_int;
}
