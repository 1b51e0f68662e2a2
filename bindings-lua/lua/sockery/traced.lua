--- A socket's `send` and `recv` in a way that LuaJIT compiles into its traces. Elsewhere, and where
-- FFI is not to be had, they stay what the native module makes. Required by nnmsg and zmq.
--
-- A try by FFI comes first. What would wait, fails, is large or one of several parts goes on to the
-- native functions. Those run in the interpreter, so that hooks do (Ctrl-C).

local native = require "sockery.native"

--- What is larger goes to the native function at once: refused here, it would be copied twice.
local SMALL = 4096

local function plain(object)
  local send, recv = object:calls()
  return send, recv
end

local found, ffi
if rawget(_G, "jit") then
  found, ffi = pcall(require, "ffi")
end
if not found then
  return plain
end

ffi.cdef [[
  typedef struct { const char *bytes; size_t size; bool more; } sockery_upvalue;
  bool sockery_send(sockery_upvalue *, const char *, size_t);
  bool sockery_recv(sockery_upvalue *);
  void sockery_release(sockery_upvalue *);
]]

local C = ffi.load(native.path)
-- Found now, since a finalizer that runs when the state closes could not any more.
local _ = C.sockery_send, C.sockery_recv, C.sockery_release
local pointer = ffi.typeof("sockery_upvalue *")

return function(object)
  local native_send, native_recv, userdata = object:calls()
  -- Stays valid as long as the native functions do, whose upvalue it is.
  local upvalue = ffi.cast(pointer, userdata)

  local function send(self, millis, data, more)
    if type(data) == "string" and #data <= SMALL and not more then
      if C.sockery_send(upvalue, data, #data) then
        return #data
      end
    end
    return native_send(self, millis, data, more)
  end

  local function recv(self, millis)
    if C.sockery_recv(upvalue) then
      local data, more = ffi.string(upvalue.bytes, upvalue.size), upvalue.more
      C.sockery_release(upvalue)
      return data, more
    end
    return native_recv(self, millis)
  end

  return send, recv
end
