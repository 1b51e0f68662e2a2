--- The smoother: publishes a signal again, smoothed, and lets itself be asked to change how.
--
-- Started by main.py: `smoother.lua SIGNAL FEED ASK`: where to subscribe, and two addresses to bind to.
-- Prints where it is bound. Any Lua from 5.1 on will do.
--
--     signal  SP SUB  <- oscillator  "signal TIME VALUE"
--     feed    SP PUB  -> all         "smooth TIME VALUE" for each
--     ask     SP REP  <- any         "get", "set NAME VALUE", "history" and "crash", as of the oscillator

local sockery = require "sockery"
local nnmsg = sockery.nnmsg

local signal_at, feed_at, ask_at = (table.unpack or unpack)(arg)

-- Seconds of history; milliseconds after "bye", in which the answer gets away.
local HISTORY = 30
local FAREWELL = 100

local settings = { filter = "mean", window = 7 }
local MOST = 60

--- The last samples, the newest at the end: as many as the greatest window has.
local samples = {}
local history = {}

local filters = {
  mean = function(values)
    local sum = 0
    for _, value in ipairs(values) do
      sum = sum + value
    end
    return sum / #values
  end,
  median = function(values)
    table.sort(values)
    local middle = (#values + 1) / 2
    return (values[math.floor(middle)] + values[math.ceil(middle)]) / 2
  end,
  -- Those in the middle weigh most.
  bell = function(values)
    local sum, weights = 0, 0
    for place, value in ipairs(values) do
      local weight = 1 - math.cos(2 * math.pi * place / (#values + 1))
      sum, weights = sum + weight * value, weights + weight
    end
    return sum / weights
  end,
}

--- The filtered value of the last samples.
local function smoothed()
  local values = {}
  for place = math.max(1, #samples - settings.window + 1), #samples do
    values[#values + 1] = samples[place]
  end
  return filters[settings.filter](values)
end

local function remember(list, item, most)
  list[#list + 1] = item
  if #list > most then
    table.remove(list, 1)
  end
end

local function change(name, value)
  if name == "filter" then
    if not filters[value] then
      return "error: filter: expected mean, median or bell, got " .. value
    end
    settings.filter = value
  elseif name == "window" then
    local number = tonumber(value)
    if not number or number < 1 or number > MOST or number % 1 ~= 0 then
      return ("error: window: expected an integer from 1 to %d, got %s"):format(MOST, value)
    end
    settings.window = math.floor(number)
  else
    return "error: there is no " .. name
  end
  return name .. " " .. settings[name]
end

local function recent()
  local lines, newest = {}, history[#history]
  for _, sample in ipairs(history) do
    if sample.time >= newest.time - HISTORY then
      lines[#lines + 1] = sample.line
    end
  end
  return table.concat(lines, "\n")
end

local loop = sockery.loop.new()

local function answer(question)
  if question == "get" then
    return ("filter %s mean|median|bell\nwindow %d 1..%d/1"):format(settings.filter, settings.window, MOST)
  elseif question == "history" then
    return recent()
  elseif question == "crash" then
    loop:spawn(function()
      loop:sleep(FAREWELL)
      os.exit(9)
    end)
    return "bye"
  end
  local name, value = question:match "^set (%S+) (%S+)$"
  if not name then
    return "error: expected get, set NAME VALUE, history or crash"
  end
  return change(name, value)
end

local feed, ask = assert(nnmsg.socket.pub()), assert(nnmsg.socket.rep())
assert(feed:bind(feed_at))
assert(ask:bind(ask_at))
local signal = assert(nnmsg.socket.sub())
assert(signal:subscribe "signal ")
assert(signal:connect(signal_at))
io.stdout:write(feed.lastEndpoint, " ", ask.lastEndpoint, "\n")
io.stdout:flush()

loop:spawn(function()
  while true do
    local time, value = assert(signal:recv()):match "^signal (%S+) (%S+)$"
    remember(samples, tonumber(value), MOST)
    local line = ("%s %.4f"):format(time, smoothed())
    assert(feed:send("smooth " .. line))
    remember(history, { time = tonumber(time), line = line }, HISTORY * 120)
  end
end)
loop:spawn(function()
  while true do
    assert(ask:send(answer(assert(ask:recv()))))
  end
end)
loop:run()
