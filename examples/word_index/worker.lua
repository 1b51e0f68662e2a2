--- A worker: counts the words of the files that it gets.
--
-- Started by main.py: `worker.lua FILES COUNTS NEWS`. Any Lua from 5.1 on will do.
--
--     files   SP PULL    <- ventilator   {path, text}
--     counts  ZMTP PUSH  -> sink         {path, bytes, words}: how often each word stands there
--     news    ZMTP SUB   <- sink         "end" when every file is counted

local sockery = require "sockery"
local nnmsg, zmq = sockery.nnmsg, sockery.zmq

local files_at, counts_at, news_at = (table.unpack or unpack)(arg)

--- How often each word stands in a text.
local function count(text)
  local words = {}
  for word in text:gmatch("[A-Za-z_][A-Za-z0-9_]*") do
    words[word] = (words[word] or 0) + 1
  end
  return words
end

local news = zmq.assert(zmq.Socket { zmq.SUB, subscribe = "end", connect = news_at })
local counts = zmq.assert(zmq.Socket { zmq.PUSH, connect = counts_at })
local files = assert(nnmsg.socket.pull())
assert(files:setopt(nnmsg.NN_RCVMAXSIZE, -1)) -- files are as large as they are
assert(files:connect(files_at))

local function work()
  while true do
    local file = assert(files:recvTable())
    local result = {
      path = file.path,
      bytes = #file.text,
      words = nnmsg.map(count(file.text)), -- a map even when it is empty
    }
    zmq.assert(counts:send(assert(nnmsg.encode(result))))
  end
end

-- The two wait together. The end comes only after every count has arrived: nothing is cut short.
local loop = sockery.loop.new()
loop:spawn(work)
loop:spawn(function()
  zmq.assert(news:recv_all())
  loop:stop()
end)
loop:run()

for _, socket in ipairs { files, counts, news } do
  socket:close()
end
