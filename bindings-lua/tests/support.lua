--- What the tests share. Run each file with LUA_PATH and LUA_CPATH set; it exits non-zero on failure.

local lu = require "luaunit"
local nnmsg = require "sockery.nnmsg"
local zmq = require "sockery.zmq"

local M = { lu = lu, nnmsg = nnmsg, zmq = zmq, jit = rawget(_G, "jit") }

--- How long anything may take that is expected to happen.
M.LIMIT = 10000

--- How this interpreter is called on a command line.
function M.interpreter()
  local least = 0
  while arg[least] do
    least = least - 1
  end
  return arg[least + 1]
end

--- Runs Lua source in a process of its own, with these settings in its environment; gives its output
--- (both streams) and how it ended.
function M.run(source, settings)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(source)
  file:close()
  local command = "env %s %s %s 2>&1; echo \"[$?]\""
  local pipe = assert(io.popen(command:format(settings or "", M.interpreter(), path)))
  local text = pipe:read("*a")
  pipe:close()
  os.remove(path)
  local output, code = text:match("^(.*)%[(%d+)%]%s*$")
  return output, tonumber(code)
end

--- A pair of nnmsg sockets that are connected.
function M.nn_pair(left, right, address)
  local a, b = nnmsg.socket[left](), nnmsg.socket[right]()
  assert(a:bind(address or "tcp://127.0.0.1:0"))
  assert(b:connect(a.lastEndpoint))
  for _, socket in ipairs { a, b } do
    assert(socket:setopt(nnmsg.NN_RCVTIMEO, M.LIMIT))
    assert(socket:setopt(nnmsg.NN_SNDTIMEO, M.LIMIT))
    assert(socket:waitForPeers(1, M.LIMIT))
  end
  return a, b
end

--- A pair of zmq sockets that are connected.
function M.zmq_pair(ctx, left, right, address)
  local options = { rcvtimeo = M.LIMIT, sndtimeo = M.LIMIT, linger = 0 }
  local a = zmq.assert(ctx:socket(left, options))
  local b = zmq.assert(ctx:socket(right, options))
  zmq.assert(a:bind(address or "tcp://127.0.0.1:*"))
  zmq.assert(b:connect(a:last_endpoint()))
  for _, socket in ipairs { a, b } do
    zmq.assert(socket:wait_for_peers(1, M.LIMIT))
  end
  return a, b
end

--- Asserts a failure in nnmsg's form: nil or false, text, errno.
function M.assert_nn_error(name, ok, text, errno)
  lu.assertFalse(ok and true or false)
  lu.assertIsString(text)
  lu.assertEquals(errno, nnmsg["NN_" .. name])
  return text
end

--- Asserts a failure in zmq's form: nil and an error object.
function M.assert_zmq_error(name, ok, err)
  lu.assertNil(ok)
  lu.assertEquals(err:name(), name)
  lu.assertEquals(err:no(), zmq[name])
  return err:msg()
end

--- Runs the tests when the file is the program.
function M.finish()
  os.exit(lu.LuaUnit.run("-o", "text") == 0 and 0 or 1, true)
end

return M
