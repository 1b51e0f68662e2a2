//! libuv, the loop of Node: watching a descriptor on the thread that runs JavaScript.
//!
//! Node-API has no such thing, but Node exports libuv's functions. They are looked up at run time, so
//! that the module loads where they are missing. Called by [`crate::wake`].
//!
//! # Safety
//!
//! All unsafe code of the watches is here, and rests on this:
//! - *One thread.* A [`Loop`] is made on the thread of its environment and neither it nor a [`Poll`]
//!   can leave that thread (both hold an `Rc` or a raw pointer), and libuv calls back on it alone.
//! - *A handle's memory* is ours, as large as libuv says, and freed only in the callback that libuv
//!   makes last, after [`uv_close`](https://docs.libuv.org/en/v1.x/handle.html). What is watched lives
//!   as long, and so does its descriptor.
//! - *The loop* outlives its handles: a clean-up hook of the environment closes those that are still
//!   open, before Node runs its loop for the last time, and from then on nothing here touches it.
//! - *The functions* are libuv's own, of the version 1 whose interface is frozen.

#![expect(unsafe_code, reason = "libuv has a C interface only")]

use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    cell::RefCell,
    collections::BTreeSet,
    ffi::{c_char, c_int, c_void},
    fmt,
    os::fd::RawFd,
    ptr::{self, NonNull},
    rc::Rc,
    sync::OnceLock,
};

use libloading::os::unix::Library;
use napi::{bindgen_prelude::*, sys};

/// `uv_handle_type` of a poll handle.
const UV_POLL: c_int = 8;
/// `uv_poll_event`.
const UV_READABLE: c_int = 1;
/// The alignment of everything that `malloc` gives, which libuv expects.
const ALIGN: usize = 2 * align_of::<usize>();

type Raw = *mut c_void;
type PollCallback = unsafe extern "C" fn(Raw, c_int, c_int);
type CloseCallback = unsafe extern "C" fn(Raw);

/// The functions.
struct Functions {
    event_loop: unsafe extern "C" fn(sys::napi_env, *mut Raw) -> sys::napi_status,
    handle_size: unsafe extern "C" fn(c_int) -> usize,
    get_data: unsafe extern "C" fn(Raw) -> Raw,
    set_data: unsafe extern "C" fn(Raw, Raw),
    poll_init: unsafe extern "C" fn(Raw, Raw, c_int) -> c_int,
    poll_start: unsafe extern "C" fn(Raw, c_int, PollCallback) -> c_int,
    poll_stop: unsafe extern "C" fn(Raw) -> c_int,
    is_active: unsafe extern "C" fn(Raw) -> c_int,
    unref: unsafe extern "C" fn(Raw),
    close: unsafe extern "C" fn(Raw, CloseCallback),
}

/// The functions of this process; `None` when one is missing.
fn functions() -> Option<&'static Functions> {
    static FOUND: OnceLock<Option<Functions>> = OnceLock::new();
    FOUND.get_or_init(find).as_ref()
}

fn find() -> Option<Functions> {
    let process = Library::this();
    macro_rules! find {
        ($name:literal) => {
            // SAFETY: the fields of `Functions` have the types of libuv's and Node's headers.
            *unsafe { process.get(concat!($name, "\0").as_bytes()) }.ok()?
        };
    }
    let version: unsafe extern "C" fn() -> *const c_char = find!("uv_version_string");
    // SAFETY: the version is a constant text; its first byte is its first digit.
    if unsafe { *version() } != b'1' as c_char {
        return None;
    }
    Some(Functions {
        event_loop: find!("napi_get_uv_event_loop"),
        handle_size: find!("uv_handle_size"),
        get_data: find!("uv_handle_get_data"),
        set_data: find!("uv_handle_set_data"),
        poll_init: find!("uv_poll_init"),
        poll_start: find!("uv_poll_start"),
        poll_stop: find!("uv_poll_stop"),
        is_active: find!("uv_is_active"),
        unref: find!("uv_unref"),
        close: find!("uv_close"),
    })
}

/// A function of JavaScript that libuv's callbacks call.
pub(crate) struct Entrance {
    env: Env,
    function: FunctionRef<(u32,), ()>,
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entrance")
    }
}

impl Entrance {
    pub(crate) fn new(env: Env, function: &Function<'_, (u32,), ()>) -> Result<Self> {
        Ok(Self { env, function: function.create_ref()? })
    }

    /// Calls it, and lets the promises that it settled run. Only for callbacks of the loop, where no
    /// JavaScript runs.
    pub(crate) fn call(&self, argument: u32) {
        let env = self.env.raw();
        let (mut scope, mut result) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the environment lives, for who holds the entrance belongs to it, and this is its
        // thread. Values live until the scope that is opened first is closed.
        unsafe {
            if sys::napi_open_handle_scope(env, &raw mut scope) != sys::Status::napi_ok {
                return;
            }
            let called = self.env.get_global().and_then(|global| {
                let function = self.function.borrow_back(&self.env)?;
                let argument = argument.into_unknown(&self.env)?;
                Ok(sys::napi_make_callback(
                    env,
                    ptr::null_mut(),
                    global.raw(),
                    function.raw(),
                    1,
                    &argument.raw(),
                    &raw mut result,
                ))
            });
            if !matches!(called, Ok(sys::Status::napi_ok)) {
                // The environment is being stopped: the function itself throws nothing.
                sys::napi_get_and_clear_last_exception(env, &raw mut result);
            }
            sys::napi_close_handle_scope(env, scope);
        }
    }
}

/// Whom a [`Poll`] tells that its descriptor is readable.
pub(crate) trait Watched {
    /// Whether it still wants to be told.
    fn is_awaited(&self) -> bool;
    /// The descriptor is readable.
    fn readable(&self);
}

/// The loop of one environment.
pub(crate) struct Loop {
    uv: &'static Functions,
    raw: Raw,
    /// The handles that are not closed; `None` once the environment ends.
    open: RefCell<Option<BTreeSet<NonNull<c_void>>>>,
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop").field("open", &self.open).finish_non_exhaustive()
    }
}

impl Loop {
    /// The loop of this environment, if it is libuv's.
    pub(crate) fn of(env: Env) -> Option<Rc<Self>> {
        let uv = functions()?;
        let mut raw = ptr::null_mut();
        // SAFETY: this runs on the environment's thread, which `Env` cannot leave.
        if unsafe { (uv.event_loop)(env.raw(), &raw mut raw) } != sys::Status::napi_ok {
            return None;
        }
        let found = Rc::new(Self { uv, raw, open: RefCell::new(Some(BTreeSet::new())) });
        env.add_env_cleanup_hook(Rc::clone(&found), |ended| ended.close_all()).ok()?;
        Some(found)
    }

    fn close_all(&self) {
        let open = self.open.take();
        open.into_iter().flatten().for_each(|handle| self.close(handle));
    }

    /// `handle` was among the open ones and is so no more.
    fn close(&self, handle: NonNull<c_void>) {
        // SAFETY: an initialised handle of this loop that nobody has closed.
        unsafe { (self.uv.close)(handle.as_ptr(), closed) }
    }
}

/// A descriptor that a loop may watch. It never keeps the loop alive.
#[derive(Debug)]
pub(crate) struct Poll {
    owner: Rc<Loop>,
    handle: NonNull<c_void>,
}

impl Poll {
    /// A handle of `descriptor`, which lives as long as `watched`. `None` where the system has no room.
    pub(crate) fn new(
        owner: &Rc<Loop>,
        descriptor: RawFd,
        watched: Box<dyn Watched>,
    ) -> Option<Self> {
        let uv = owner.uv;
        let mut open = owner.open.borrow_mut();
        let open = open.as_mut()?;
        let handle = allocate();
        // SAFETY: the memory is as large as a poll handle, the loop runs on this thread.
        if unsafe { (uv.poll_init)(owner.raw, handle.as_ptr(), descriptor) } != 0 {
            // SAFETY: libuv did not take it.
            unsafe { dealloc(handle.as_ptr().cast(), layout()) };
            return None;
        }
        let data = Box::into_raw(Box::new(watched));
        // SAFETY: the handle was initialised just now. `closed` takes the data back.
        unsafe {
            (uv.set_data)(handle.as_ptr(), data.cast());
            (uv.unref)(handle.as_ptr());
        }
        open.insert(handle);
        Some(Self { owner: Rc::clone(owner), handle })
    }

    /// Watches, until it is told that nobody awaits it.
    pub(crate) fn watch(&self) {
        let uv = self.owner.uv;
        if self.owner.open.borrow().is_none() {
            return;
        }
        // SAFETY: the handle is open: what closes it is the end of the environment or of `self`.
        unsafe {
            if (uv.is_active)(self.handle.as_ptr()) == 0 {
                // It fails only for a handle that is closing.
                (uv.poll_start)(self.handle.as_ptr(), UV_READABLE, readable);
            }
        }
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        let mut open = self.owner.open.borrow_mut();
        if open.as_mut().is_some_and(|open| open.remove(&self.handle)) {
            self.owner.close(self.handle);
        }
    }
}

fn layout() -> Layout {
    // Only reached with the functions there.
    let size = functions().map_or(0, |uv| {
        // SAFETY: it only looks up a number.
        unsafe { (uv.handle_size)(UV_POLL) }
    });
    Layout::from_size_align(size.max(ALIGN), ALIGN).expect("a handle is small")
}

fn allocate() -> NonNull<c_void> {
    let layout = layout();
    // SAFETY: the layout's size is not zero.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory.cast()).unwrap_or_else(|| handle_alloc_error(layout))
}

/// libuv calls this when the descriptor is readable, or cannot be watched.
unsafe extern "C" fn readable(handle: Raw, _status: c_int, _events: c_int) {
    let Some(uv) = functions() else { return };
    // SAFETY: the data is what `Poll::new` set and only `closed` takes back, which libuv calls from
    // its loop, never while this runs.
    let watched = unsafe { &*(uv.get_data)(handle).cast::<Box<dyn Watched>>() };
    if watched.is_awaited() {
        watched.readable();
    } else {
        // SAFETY: an open handle: libuv calls back for no other.
        unsafe { (uv.poll_stop)(handle) };
    }
}

/// libuv calls this when it is done with a handle.
unsafe extern "C" fn closed(handle: Raw) {
    let Some(uv) = functions() else { return };
    // SAFETY: the data is what `Poll::new` set, and the memory what it allocated. This is the last
    // that anybody hears of either.
    unsafe {
        drop(Box::from_raw((uv.get_data)(handle).cast::<Box<dyn Watched>>()));
        dealloc(handle.cast(), layout());
    }
}
