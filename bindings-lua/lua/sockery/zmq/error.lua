--- Error objects as lzmq has them: the second value of a zmq call that failed. Required by zmq.
--
--     local ok, err = sock:send("hi")
--     if not ok and err:name() == "EAGAIN" then ... end

local wait = require "sockery.wait"

local M = {}

---@class sockery.zmq.Error
local Error = {}
Error.__index = Error
M.Error = Error

--- libzmq's number: POSIX errno, or libzmq's own.
---@return integer
function Error:no()
  return self.errno
end

--- The name, such as EAGAIN.
---@return string
function Error:name()
  return self.code
end

Error.mnemo = Error.name

--- What happened, in a sentence.
---@return string
function Error:msg()
  return self.text
end

---@return string
function Error:cat()
  return "ZMQ"
end

Error.category = Error.cat

function Error:__tostring()
  return ("[ZMQ][%s] %s (%d)"):format(self.code, self.text, self.errno)
end

function Error.__eq(a, b)
  return a.errno == b.errno
end

function Error.__concat(a, b)
  return tostring(a) .. tostring(b)
end

local function make(row, text)
  return setmetatable({ errno = row.zmq, code = row.name, text = text }, Error)
end

-- Errors that say no more than their name are made once.
local plain = {}

--- The object of a native failure.
function M.of(failure)
  local made = plain[failure]
  if made then
    return made
  end
  local row, text = wait.explain(failure)
  made = make(row, text)
  if type(failure) == "string" then
    plain[failure] = made
  end
  return made
end

--- The object of a number.
---@param number integer
---@return sockery.zmq.Error
function M.number(number)
  for _, row in pairs(wait.errors) do
    if row.zmq == number then
      return make(row, row.text)
    end
  end
  return make({ zmq = number, name = "UNKNOWN" }, "unknown error")
end

return M
