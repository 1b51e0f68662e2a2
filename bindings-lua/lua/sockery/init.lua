--- sockery: Scalability Protocols (nanomsg, nng) and ZeroMQ sockets in one engine.
--
--     local sockery = require "sockery"
--     local nnmsg, zmq = sockery.nnmsg, sockery.zmq
--
-- `require "sockery.nnmsg"` and `require "sockery.zmq"` give the same modules.

---@class sockery
---@field version string our version
---@field nnmsg nnmsg the Scalability Protocols, as document 000 has them
---@field zmq sockery.zmq ZeroMQ, as lzmq has it
---@field loop sockery.loop coroutines that wait together
---@field socketcore socketcore plain sockets whose results are messages, as document 003 has them
---@field rtos rtos the messages and timers that go with socketcore
local sockery = {
  version = require("sockery.native").version,
}

local MODULES = { nnmsg = true, zmq = true, loop = true, socketcore = true, rtos = true }

-- A module is loaded when it is first asked for.
return setmetatable(sockery, {
  __index = function(self, name)
    if MODULES[name] then
      local module = require("sockery." .. name)
      rawset(self, name, module)
      return module
    end
  end,
})
