--- The worker of LuaJIT's FFI straight onto libzmq's C calls: a stand-in for a thin Lua binding.

local ffi = require "ffi"

ffi.cdef [[
  typedef struct { unsigned char bytes[64] __attribute__((aligned(8))); } zmq_msg_t;
  void *zmq_ctx_new();
  void *zmq_socket(void *, int);
  int zmq_bind(void *, const char *);
  int zmq_connect(void *, const char *);
  int zmq_setsockopt(void *, int, const void *, size_t);
  int zmq_send(void *, const void *, size_t, int);
  int zmq_msg_init(zmq_msg_t *);
  int zmq_msg_recv(zmq_msg_t *, void *, int);
  void *zmq_msg_data(zmq_msg_t *);
  size_t zmq_msg_size(zmq_msg_t *);
  int zmq_msg_close(zmq_msg_t *);

  typedef struct { long s, ns; } timespec;
  int clock_gettime(int, timespec *);
  struct pollfd { int fd; short events, revents; };
  int poll(struct pollfd *, unsigned long, int);
]]

local zmq = ffi.load "libzmq.so.5"
local play = dofile((arg[0]:match("^.*/") or "") .. "roles.lua")

local TYPES = { pub = 1, sub = 2, req = 3, rep = 4, pull = 7, push = 8 }
local SUBSCRIBE, SNDHWM, RCVHWM, XPUB_NODROP = 6, 23, 24, 69
local MONOTONIC, POLLIN = 1, 1

local context = zmq.zmq_ctx_new()
local message = ffi.new "zmq_msg_t"
local time = ffi.new "timespec"
local harness = ffi.new("struct pollfd", { 0, POLLIN, 0 })

local Socket = {}
Socket.__index = Socket

function Socket:set(option, value)
  local int = ffi.new("int[1]", value)
  assert(zmq.zmq_setsockopt(self.handle, option, int, ffi.sizeof(int)) == 0)
end

function Socket:send(body)
  assert(zmq.zmq_send(self.handle, body, #body, 0) >= 0)
end

--- As a binding would: a Lua string.
function Socket:recv()
  zmq.zmq_msg_init(message)
  assert(zmq.zmq_msg_recv(message, self.handle, 0) >= 0)
  local body = ffi.string(zmq.zmq_msg_data(message), zmq.zmq_msg_size(message))
  zmq.zmq_msg_close(message)
  return body
end

play {
  open = function(kind, bind, url)
    local socket = setmetatable({ handle = zmq.zmq_socket(context, TYPES[kind]) }, Socket)
    socket:set(SNDHWM, 1000)
    socket:set(RCVHWM, 1000)
    if kind == "pub" then
      socket:set(XPUB_NODROP, 1)
    elseif kind == "sub" then
      zmq.zmq_setsockopt(socket.handle, SUBSCRIBE, "", 0)
    end
    assert((bind and zmq.zmq_bind or zmq.zmq_connect)(socket.handle, url) == 0)
    return socket
  end,
  now = function()
    ffi.C.clock_gettime(MONOTONIC, time)
    return tonumber(time.s) + tonumber(time.ns) * 1e-9
  end,
  processor = os.clock,
  listen = function(millis)
    return ffi.C.poll(harness, 1, millis) > 0
  end,
}
