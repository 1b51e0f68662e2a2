--- socketcore: plain TCP, UDP, TLS and raw sockets whose results come as messages (document 003).
--
--     local socketcore, rtos = require "socketcore", require "rtos"
--     local id = socketcore.sock_conn(0, "www.example.org", 80)
--     local msg = rtos.receive(rtos.INF_TIMEOUT)   -- {id = rtos.MSG_SOCK_CONN_CNF, result = 0, ...}
--
-- No call waits; rtos.receive does. Arguments of a wrong type raise, as in Lua's own functions; nothing
-- else does. Ids are 0 to 9, the next free one after the last given.

local native = require "sockery.native"
local station = require "sockery.station"
local wait = require "sockery.wait"

---@alias socketcore.cert {hostName: string?, caCert: string?, clientCert: string?, clientKey: string?, insecure: boolean?}
---@alias socketcore.server_cert {serverCert: string, serverKey: string, caCert: string?}

---@class socketcore
---@field SOL_SOCKET integer
---@field IPPROTO_TCP integer
---@field SO_KEEPALIVE integer
---@field SO_REUSEADDR integer
---@field TCP_KEEPIDLE integer seconds of silence before the first keepalive
---@field TCP_KEEPINTVL integer seconds between keepalives
---@field TCP_KEEPCNT integer unanswered keepalives after which the peer is gone
---@field ERR_OK integer
local socketcore = {}
for name, value in pairs(native.socketcore) do
  socketcore[name] = value
end

local last_text

--- The number that an argument is, or its digits; raises as Lua's own functions do.
local function number(index, name, value)
  local found = type(value) ~= "boolean" and tonumber(value)
  if not found then
    wait.bad_argument(index, name, "number", value)
  end
  return found
end

local function text(index, name, value)
  if type(value) == "number" then
    return tostring(value)
  elseif type(value) ~= "string" then
    wait.bad_argument(index, name, "string", value)
  end
  return value
end

--- What a table says about TLS, as strings; a number in its place is newer firmware's buffer size.
local function certificates(index, name, cert)
  if cert == nil or type(cert) == "number" then
    return nil
  elseif type(cert) ~= "table" then
    wait.bad_argument(index, name, "table", cert)
  end
  local said = {}
  for _, field in ipairs(native.certificates) do
    local value = cert[field]
    if type(value) == "string" then
      said[field] = value
    elseif field == "insecure" then
      said[field] = value and field or nil
    elseif value ~= nil then
      wait.bad_argument(index, name, "string in " .. field, value)
    end
  end
  return said
end

--- The id of a new socket; else notes why there is none.
local function opened(id, failure)
  if not id then
    local _, why = wait.explain(failure)
    last_text = why
  end
  return id
end

local function connect(name, kind, addr, port, cert)
  kind = number(1, name, kind)
  if type(addr) ~= "string" and type(addr) ~= "number" then
    wait.bad_argument(2, name, "string", addr)
  elseif type(port) ~= "string" and type(port) ~= "number" then
    wait.bad_argument(3, name, "number", port)
  end
  return opened(station:connect(kind, addr, port, certificates(4, name, cert)))
end

--- Begins to connect. MSG_SOCK_CONN_CNF follows: with result 0 once connected (and TLS agreed), with
--- result 1 where the name is unknown, nobody accepts, or TLS fails.
---
--- Without `caCert` a TLS server must be one that this system trusts; `insecure = true` (ours) takes any.
---@param type integer 0 TCP, 1 UDP, 2 SSL, 4 (or 3) RAW: an IP socket, where the process may have one
---@param addr string an address or a name
---@param port integer|string 0 to 65535, also as digits; of RAW the IP protocol (1 is ICMP)
---@param cert socketcore.cert? of SSL; PEM texts. A number (newer firmware's buffer size) counts as nothing
---@return integer? id nil when all ids are in use or an argument cannot be
---@return string? why ours, with nil
function socketcore.sock_conn(type, addr, port, cert)
  local id = connect("sock_conn", type, addr, port, cert)
  if id then
    return id
  end
  return nil, last_text
end

--- The same as sock_conn, but -1 where that gives nil.
---@return integer id or -1
---@return string? why ours, with -1
function socketcore.sock_conn_ext(type, addr, port, cert)
  local id = connect("sock_conn_ext", type, addr, port, cert)
  if id then
    return id
  end
  return -1, last_text
end

--- Sends. MSG_SOCK_SEND_CNF follows once all of it is with the operating system; one send may be under
--- way on a socket.
---@param socket_id integer
---@param data string any bytes
---@return integer accepted 1 or 0; with 0 no message follows, unless a live socket has just failed
---@return integer code ERR_OK, or why not: ERR_ENOTCONN, ERR_EINPROGRESS, ERR_ECLSD ...
function socketcore.sock_send(socket_id, data)
  local code = station:send(number(1, "sock_send", socket_id), text(2, "sock_send", data))
  return code == socketcore.ERR_OK and 1 or 0, code
end

--- What has come, without waiting: one read of `recv_len` bytes for each MSG_SOCK_RECV_IND gets all.
---@param socket_id integer
---@param len integer at most so many bytes; of UDP and RAW one datagram, cut off there
---@return string data "" when nothing has come
function socketcore.sock_recv(socket_id, len)
  return station:recv(number(1, "sock_recv", socket_id), number(2, "sock_recv", len))
end

--- Closes. MSG_SOCK_CLOSE_CNF follows in any case. What was accepted for sending still goes; what had
--- come stays readable until sock_destroy.
---@param socket_id integer
---@return integer done 1; 0 (and no message) for what can be no id
function socketcore.sock_close(socket_id)
  return station:close(number(1, "sock_close", socket_id)) and 1 or 0
end

--- Gives the id back. Messages of it that were not received yet are dropped.
---@param socket_id integer
---@return integer done 1; 0 for what can be no id
function socketcore.sock_destroy(socket_id)
  return station:destroy(number(1, "sock_destroy", socket_id)) and 1 or 0
end

--- Sets SO_KEEPALIVE or SO_REUSEADDR of SOL_SOCKET, TCP_KEEPIDLE, TCP_KEEPINTVL (s) or TCP_KEEPCNT of
--- IPPROTO_TCP.
---@param socket_id integer
---@param level integer
---@param optname integer
---@param optval integer
---@return integer done 0; -1 for anything unknown, never an error
function socketcore.sock_setopt(socket_id, level, optname, optval)
  local id = number(1, "sock_setopt", socket_id)
  level, optname = tonumber(level), tonumber(optname)
  if not (level and optname and type(optval) == "number") then
    return -1
  end
  return station:set(id, level, optname, optval) and 0 or -1
end

--- How many more received bytes there is room for.
---@param socket_id integer
---@return integer bytes 0 without a socket
function socketcore.sock_getremainbuf(socket_id)
  return station:room(number(1, "sock_getremainbuf", socket_id))
end

-- ---- ours

--- Ours: listens. Each connection comes as {id = rtos.MSG_SOCK_ACCEPT_IND, socket_index = this id,
--- accept_index = its own id, addr = where it comes from}, and waits while all ids are in use.
---@param port integer 0 takes one that is free: see sock_port
---@param addr string? an address of this host, "*" all of them; 127.0.0.1 without
---@param cert socketcore.server_cert? makes them TLS; with caCert clients must show a certificate of it
---@return integer? id nil when it cannot be
---@return string? why with nil
function socketcore.sock_listen(port, addr, cert)
  local name = "sock_listen"
  port = number(1, name, port)
  addr = addr ~= nil and text(2, name, addr) or nil
  local id = opened(station:listen(port, addr, certificates(3, name, cert)))
  if id then
    return id
  end
  return nil, last_text
end

--- Ours: the local port of a socket.
---@param socket_id integer
---@return integer? port
function socketcore.sock_port(socket_id)
  return station:port(number(1, "sock_port", socket_id))
end

--- Ours: how many sockets there may be; sets it first. 10 as on the device.
---@param n integer? from 1 to 1048576; anything else changes nothing
---@return integer limit
function socketcore.limit(n)
  return station:limit(n ~= nil and number(1, "limit", n) or nil)
end

--- Ours: why sock_conn, sock_conn_ext or sock_listen last gave no id.
---@return string?
function socketcore.lasterr()
  return last_text
end

--- Ours: bytes that were accepted for sending and never sent.
---@return integer
function socketcore.dropped()
  return station:dropped()
end

return socketcore
