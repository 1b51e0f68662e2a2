--- nnmsg in coroutines of sockery.loop, cqueues, luv and luasocket, which wait by descriptor.

local here = arg[0]:gsub("[^/]*$", "")
package.path = here .. "?.lua;" .. package.path
local support = require "support"
local lu, nnmsg = support.lu, support.nnmsg
local DONTWAIT = nnmsg.NN_DONTWAIT

local ROUNDS = 50
local FIELDS = "u32 n"

--- A library, or a word about why its test does nothing.
local function need(name)
  local found, library = pcall(require, name)
  if not found then
    lu.skip(name .. " is not installed for " .. (support.jit and "LuaJIT" or _VERSION))
  end
  return library
end

TestLoops = {}

function TestLoops:setUp()
  self.a, self.b = support.nn_pair("pair", "pair")
end

function TestLoops:tearDown()
  self.a:close()
  self.b:close()
end

--- The two ends of a conversation; `wait(socket)` suspends until the socket can receive.
local function ends(a, b, wait)
  local done = {}
  local function answer()
    for _ = 1, ROUNDS do
      wait(b)
      local record = assert(b:recvStruct(FIELDS, DONTWAIT))
      assert(b:sendTable({ n = record.n }))
    end
    done.answers = true
  end
  local function ask()
    for n = 1, ROUNDS do
      assert(a:sendStruct(FIELDS, { n = n }))
      wait(a)
      local value = assert(a:recvTable(DONTWAIT))
      assert(value.n == n)
    end
    done.questions = true
  end
  return answer, ask, done
end

function TestLoops:test_contexts_in_sockery_loop()
  local loop = require("sockery.loop").new()
  local rep, req = support.nn_pair("rep", "req")
  local answered = {}
  for n = 1, 3 do
    loop:spawn(function()
      local context = assert(rep:context())
      local asked = assert(context:recv())
      assert(context:send("re " .. asked))
      context:close()
    end)
    loop:spawn(function()
      local context = assert(req:context())
      assert(context:send(tostring(n)))
      answered[n] = assert(context:recv())
      context:close()
    end)
  end
  loop:run()
  lu.assertEquals(answered, { "re 1", "re 2", "re 3" })
  rep:close()
  req:close()
end

function TestLoops:test_sockery_loop()
  local loop = require("sockery.loop").new()
  local a, b, count = self.a, self.b, 0
  loop:spawn(function()
    for _ = 1, ROUNDS do
      local record = assert(b:recvStruct(FIELDS))
      assert(b:sendTable({ n = record.n }))
    end
  end)
  loop:spawn(function()
    local room = nnmsg.buffer(4)
    for n = 1, ROUNDS do
      assert(a:sendStruct(FIELDS, { n = n }))
      count = count + assert(a:recvTable()).n / n
    end
    assert(b:sendBuffer("wide enough"))
    lu.assertEquals(select(2, a:recvBuffer(room)), 11)
  end)
  loop:run()
  lu.assertEquals(count, ROUNDS)
end

function TestLoops:test_cqueues()
  local cqueues = need "cqueues"
  local queue = cqueues.new()
  local pollables = { [self.a] = assert(self.a:pollable()), [self.b] = assert(self.b:pollable("in")) }
  local answer, ask, done = ends(self.a, self.b, function(socket)
    local ready = cqueues.poll(pollables[socket], support.LIMIT / 1000)
    assert(ready == pollables[socket], "cqueues waited in vain")
  end)
  queue:wrap(answer)
  queue:wrap(ask)
  assert(queue:loop())
  lu.assertEquals(done, { answers = true, questions = true })
end

function TestLoops:test_luv()
  local uv = need "luv"
  local polls = {}
  local answer, ask, done = ends(self.a, self.b, function(socket)
    local poll = polls[socket] or uv.new_poll(assert(socket:pollable()).fd)
    polls[socket] = poll
    local co = coroutine.running()
    poll:start("r", function(failure)
      assert(not failure, failure)
      poll:stop()
      assert(coroutine.resume(co))
    end)
    coroutine.yield()
  end)
  assert(coroutine.resume(coroutine.create(answer)))
  assert(coroutine.resume(coroutine.create(ask)))
  uv.run()
  for _, poll in pairs(polls) do
    poll:close()
  end
  uv.run()
  lu.assertEquals(done, { answers = true, questions = true })
end

function TestLoops:test_luasocket()
  local select_ = need("socket").select
  local waiting = {}
  local answer, ask, done = ends(self.a, self.b, function(socket)
    waiting[assert(socket:pollable())] = coroutine.running()
    coroutine.yield()
  end)
  assert(coroutine.resume(coroutine.create(answer)))
  assert(coroutine.resume(coroutine.create(ask)))
  while next(waiting) do
    local list = {}
    for pollable in pairs(waiting) do
      list[#list + 1] = pollable
    end
    local ready = select_(list, nil, support.LIMIT / 1000)
    assert(#ready > 0, "select waited in vain")
    for _, pollable in ipairs(ready) do
      local co = waiting[pollable]
      waiting[pollable] = nil
      assert(coroutine.resume(co))
    end
  end
  lu.assertEquals(done, { answers = true, questions = true })
end

function TestLoops:test_a_listener_of_luasocket_is_taken_over()
  local zmq = support.zmq
  local listener = assert(need("socket").bind("127.0.0.1", 0))
  local address = ("tcp://%s:%s"):format(listener:getsockname())
  local context = zmq.context()
  local push, pull = context:socket(zmq.PUSH), context:socket(zmq.PULL)
  assert(push:set(zmq.USE_FD, listener:getfd()))
  -- luasocket closes it no more.
  listener:setfd(-1)
  assert(push:bind("tcp://127.0.0.1:*"))
  lu.assertEquals((push:last_endpoint():gsub("%z", "")), address)
  assert(pull:connect(address))
  assert(push:send("x"))
  lu.assertEquals(pull:recv(), "x")
  push:close()
  pull:close()
  context:term()
end

function TestLoops:test_a_sender_waits_by_descriptor()
  local select_ = need("socket").select
  local out = assert(self.a:pollable("out"))
  lu.assertEquals(select_({ out }, nil, 0)[1], out)
  local body, sent = ("x"):rep(100000), 0
  while self.a:send(body, DONTWAIT) do
    sent = sent + 1
  end
  for _ = 1, sent do
    assert(self.b:recv())
  end
  lu.assertEquals(select_({ out }, nil, support.LIMIT / 1000)[1], out)
  lu.assertEquals(self.a:send(body, DONTWAIT), #body)
end

support.finish()
