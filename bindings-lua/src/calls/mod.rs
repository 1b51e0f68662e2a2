//! Calls: `send` and `recv` of one socket, as plain functions of Lua's C interface, and the list that
//! `recv_many` gives. Everything else goes through mlua's safe wrapper, which costs more than
//! sending a small message does.
//!
//! The functions are made once a socket by [`calls`], for the Lua side to call as methods of its own
//! socket object: that is their first argument, and not looked at. What they work on is their
//! upvalue, which only they can reach, so no argument has to be told apart.
//!
//! Three rules hold here. No panic crosses into Lua: [`caught`]. No error of Lua's, which jumps, skips
//! a destructor: what has one is `ManuallyDrop` while Lua may run out of memory, and then leaks. No
//! upvalue is used after its finalizer: that empties it first.

#![expect(unsafe_code, reason = "functions that Lua calls without a wrapper")]

#[cfg(feature = "lua51")]
mod traced;

use std::{
    ffi::{CStr, c_int},
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
};

use mlua::{
    AnyUserData, Function, Lua, Result, Table,
    ffi::{self, lua_State},
};
use sockery::facade::{ErrorCode, Frame, Message, Socket, UnsentFrame};

use crate::{
    error::{Failure, Outcome, patiently, sending},
    value::wait,
};

/// What the functions of a socket work on.
#[repr(C)]
struct Upvalue {
    #[cfg(feature = "lua51")]
    traced: traced::Traced,
    /// What a finalizer leaves behind is `None`.
    socket: Option<Socket>,
}

/// The metatable of all upvalues, in the registry.
const FINALIZED: &CStr = c"sockery.upvalue";

/// The functions `send(self, millis, data, more)`, which gives how many bytes it took, and
/// `recv(self, millis)`, which gives the bytes of a part and whether others follow; `nil` and a
/// failure both. Last their upvalue, which only `lua/sockery/traced.lua` looks into.
pub(crate) fn calls(lua: &Lua, socket: &Socket) -> Result<(Function, Function, AnyUserData)> {
    let mut socket = Some(socket.clone());
    // SAFETY: a protected call with room on the stack. The socket is moved in last, when no error
    // can come between and the finalizer is there.
    unsafe {
        lua.exec_raw((), |state| {
            let upvalue = ffi::lua_newuserdata(state, size_of::<Upvalue>()).cast::<Upvalue>();
            upvalue.write(Upvalue {
                #[cfg(feature = "lua51")]
                traced: traced::Traced::default(),
                socket: None,
            });
            if ffi::luaL_newmetatable(state, FINALIZED.as_ptr()) != 0 {
                ffi::lua_pushcfunction(state, finalize);
                ffi::lua_setfield(state, -2, c"__gc".as_ptr());
            }
            ffi::lua_setmetatable(state, -2);
            for function in [send, recv] {
                ffi::lua_pushvalue(state, 1);
                ffi::lua_pushcclosure(state, function, 1);
            }
            ffi::lua_pushvalue(state, 1);
            ffi::lua_remove(state, 1);
            (*upvalue).socket = socket.take();
        })
    }
}

/// The sequence of some messages: each a sequence of its parts, or not `whole` just its body.
pub(crate) fn list(lua: &Lua, messages: &[Message], whole: bool) -> Result<Table> {
    // SAFETY: a protected call with room for the three values that are on the stack at most.
    unsafe {
        lua.exec_raw((), |state| {
            push_all(state, messages, |message| {
                if whole {
                    push_all(state, message.frames(), |frame| push(state, &**frame));
                } else {
                    push(state, &**message.body());
                }
            });
        })
    }
}

/// Pushes the sequence of what `each` pushes.
unsafe fn push_all<T>(state: *mut lua_State, items: &[T], each: impl Fn(&T)) {
    // SAFETY: the caller has made room.
    unsafe {
        ffi::lua_createtable(state, items.len().try_into().unwrap_or(0), 0);
        for (index, item) in (1..).zip(items) {
            each(item);
            ffi::lua_rawseti(state, -2, index);
        }
    }
}

/// Finalizes an upvalue.
unsafe extern "C-unwind" fn finalize(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls a finalizer with its userdata, which is an upvalue.
    let upvalue = unsafe { &mut *ffi::lua_touserdata(state, 1).cast::<Upvalue>() };
    // A finalizer has nobody to tell of a panic.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(feature = "lua51")]
        upvalue.traced.release();
        drop(upvalue.socket.take());
    }));
    0
}

/// The socket that a function was made for.
unsafe fn socket<'a>(state: *mut lua_State) -> Outcome<&'a Socket> {
    // SAFETY: the functions that call this have such an upvalue, and are on Lua's stack meanwhile.
    let upvalue = unsafe { ffi::lua_touserdata(state, ffi::lua_upvalueindex(1)).cast::<Upvalue>() };
    // SAFETY: as above.
    unsafe { (*upvalue).socket.as_ref() }.ok_or_else(|| ErrorCode::BadHandle.into())
}

unsafe extern "C-unwind" fn send(state: *mut lua_State) -> c_int {
    let mut size = 0;
    // SAFETY: the third argument becomes a string, if it is not one, which stays on the stack.
    let bytes = unsafe { ffi::lua_tolstring(state, 3, &raw mut size) };
    // SAFETY: any value is a number or boolean, or counts as none or `false`.
    let (millis, more) = unsafe { (millis(state), ffi::lua_toboolean(state, 4) != 0) };
    let sent = caught(|| {
        if bytes.is_null() {
            return Err(ErrorCode::Invalid.into());
        }
        // SAFETY: that many bytes lie there as long as the string is on the stack.
        let bytes = unsafe { slice::from_raw_parts(bytes.cast(), size) };
        // SAFETY: this is one of the functions.
        send_frame(unsafe { socket(state) }?, bytes, more, millis)
    });
    // SAFETY: every function of Lua has room for twenty values.
    unsafe {
        match sent {
            Ok(()) => {
                ffi::lua_pushinteger(state, size as ffi::lua_Integer);
                1
            }
            Err(failure) => fail(state, failure),
        }
    }
}

unsafe extern "C-unwind" fn recv(state: *mut lua_State) -> c_int {
    // SAFETY: this is one of the functions.
    let received = caught(|| unsafe {
        let (socket, wait) = (socket(state)?, wait(millis(state)));
        patiently(wait, |wait| socket.recv_frame(wait))
    });
    // SAFETY: every function of Lua has room for twenty values.
    unsafe {
        match received {
            Ok((frame, more)) => {
                let frame = ManuallyDrop::new(frame);
                push(state, &*frame);
                drop(ManuallyDrop::into_inner(frame));
                ffi::lua_pushboolean(state, more.into());
                2
            }
            Err(failure) => fail(state, failure),
        }
    }
}

fn send_frame(socket: &Socket, bytes: &[u8], more: bool, millis: Option<f64>) -> Outcome<()> {
    if !more && socket.send_through(bytes) {
        return Ok(());
    }
    let mut unsent = Some(Frame::from_slice(bytes));
    sending(socket, wait(millis), bytes.len(), |wait| {
        let frame = unsent.take().expect("a failed attempt has put it back");
        socket.send_frame(frame, more, wait).map_err(|UnsentFrame { frame, error }| {
            unsent = Some(frame);
            error
        })
    })
}

/// The second argument of both functions.
unsafe fn millis(state: *mut lua_State) -> Option<f64> {
    // SAFETY: the conversion is asked for a number only.
    unsafe { (ffi::lua_type(state, 2) == ffi::LUA_TNUMBER).then(|| ffi::lua_tonumber(state, 2)) }
}

/// A panic, which would be a fault of ours, as a failure.
fn caught<T>(call: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(ErrorCode::BadAddress.into()))
}

/// Returns `nil` and a failure, in the shape that [`Failure`] has elsewhere.
unsafe fn fail(state: *mut lua_State, failure: Failure) -> c_int {
    let parts = ManuallyDrop::new(failure.parts());
    drop(failure);
    let (name, more) = &*parts;
    // SAFETY: as the callers'.
    unsafe {
        ffi::lua_pushnil(state);
        match more {
            None => push(state, name),
            Some((text, waited)) => {
                ffi::lua_createtable(state, 0, 3);
                push(state, name);
                ffi::lua_setfield(state, -2, c"code".as_ptr());
                push(state, text);
                ffi::lua_setfield(state, -2, c"text".as_ptr());
                if let Some(waited) = waited {
                    ffi::lua_pushnumber(state, *waited);
                    ffi::lua_setfield(state, -2, c"waited".as_ptr());
                }
            }
        }
    }
    drop(ManuallyDrop::into_inner(parts));
    2
}

/// Pushes the string of some bytes.
unsafe fn push(state: *mut lua_State, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    // SAFETY: Lua copies that many bytes from there.
    unsafe { ffi::lua_pushlstring(state, bytes.as_ptr().cast(), bytes.len()) };
}
