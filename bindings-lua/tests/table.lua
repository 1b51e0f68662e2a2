--- sendTable and recvTable: the shared vectors, and what only Lua has to decide.
---
--- The vectors (tests/vectors/table) are named by the program's first argument or lie at ../../tests
--- from here.

local here = arg[0]:gsub("[^/]*$", "")
package.path = here .. "?.lua;" .. package.path
local support = require "support"
local lu, nnmsg, jit = support.lu, support.nnmsg, support.jit

local VECTORS = os.getenv("SOCKERY_VECTORS") or here .. "../../tests/vectors/table"

--- Lua 5.3 and up have integers; before, an integral float is one.
local HAS_INTEGERS = math.type ~= nil

-- Reading the vectors.

local function bytes_of_hex(hex)
  local out = {}
  for group in hex:gmatch("%S+") do
    local repeated, times = group:match("^(%x*)%*(%d+)$")
    local bytes = (repeated or group):gsub("%x%x", function(pair)
      return string.char(tonumber(pair, 16))
    end)
    out[#out + 1] = bytes:rep(tonumber(times) or 1)
  end
  return table.concat(out)
end

--- A tree of {kind, ...} for a VALUE.
local parse

local function skip(text, at)
  return text:match("^[ ,:]*()", at)
end

local function parse_string(text, at)
  local content, next_at = {}, at + 1
  while true do
    local char = text:sub(next_at, next_at)
    if char == '"' then
      break
    elseif char == "\\" then
      local escaped = text:sub(next_at + 1, next_at + 1)
      if escaped == "x" then
        content[#content + 1] = string.char(tonumber(text:sub(next_at + 2, next_at + 3), 16))
        next_at = next_at + 4
      else
        content[#content + 1] = escaped
        next_at = next_at + 2
      end
    else
      content[#content + 1] = char
      next_at = next_at + 1
    end
  end
  local times, after = text:match("^%*(%d+)()", next_at + 1)
  return table.concat(content):rep(tonumber(times) or 1), after or next_at + 1
end

local function parse_items(text, at, close)
  local items = {}
  at = skip(text, at + 1)
  while text:sub(at, at) ~= close do
    items[#items + 1], at = parse(text, at)
    at = skip(text, at)
  end
  local times, after = text:match("^%*(%d+)()", at + 1)
  local repeated = {}
  for _ = 1, tonumber(times) or 1 do
    for _, item in ipairs(items) do
      repeated[#repeated + 1] = item
    end
  end
  return repeated, after or at + 1
end

function parse(text, at)
  local first = text:sub(at, at)
  if first == '"' then
    local content, after = parse_string(text, at)
    return { kind = "str", content }, after
  elseif text:sub(at, at + 1) == 'h"' then
    local content, after = parse_string(text, at + 1)
    return { kind = "bin", bytes_of_hex(content) }, after
  elseif first == "[" then
    local items, after = parse_items(text, at, "]")
    return { kind = "array", items }, after
  elseif first == "{" then
    local items, after = parse_items(text, at, "}")
    return { kind = "map", items }, after
  elseif first == "@" then
    local sec, nsec, after = text:match("^@(%-?%d+)%+(%d+)()", at)
    return { kind = "time", sec, tonumber(nsec) }, after
  end
  local word, after = text:match("^([^ ,:%]%}]+)()", at)
  if word == "null" or word == "true" or word == "false" then
    return { kind = word }, after
  elseif word:find("^%-?%d+$") then
    return { kind = "int", word }, after
  end
  return { kind = "float", word }, after
end

local FLOATS = { nan = 0 / 0, inf = 1 / 0, ["-inf"] = -1 / 0 }

--- The Lua value of an integer's digits; nil when this Lua has none.
local function integer(digits)
  if HAS_INTEGERS then
    return math.tointeger(tonumber(digits))
  end
  local number = tonumber(digits)
  if number >= -2 ^ 53 and number <= 2 ^ 53 and ("%d"):format(number) == digits then
    return number
  elseif jit then
    local unsigned = number >= 2 ^ 63 and digits ~= "9223372036854775807"
    return assert(loadstring("return " .. digits .. (unsigned and "ULL" or "LL")))()
  end
end

--- The Lua value of a tree; `false, reason` when this Lua cannot have it.
local function build(tree)
  local kind = tree.kind
  if kind == "null" then
    return nnmsg.null
  elseif kind == "true" or kind == "false" then
    return kind == "true"
  elseif kind == "int" then
    local value = integer(tree[1])
    if value == nil then
      error("no such integer", 0)
    end
    return value
  elseif kind == "float" then
    return FLOATS[tree[1]] or tonumber(tree[1])
  elseif kind == "str" then
    return tree[1]
  elseif kind == "bin" then
    return nnmsg.bin(tree[1])
  elseif kind == "time" then
    local sec = integer(tree[1])
    if sec == nil then
      error("no such integer", 0)
    end
    return nnmsg.time { sec = sec, nsec = tree[2] }
  elseif kind == "array" then
    local array = nnmsg.array()
    for i, item in ipairs(tree[1]) do
      array[i] = build(item)
    end
    return array
  end
  local map = nnmsg.map()
  for i = 1, #tree[1], 2 do
    local key = build(tree[1][i])
    if type(key) == "cdata" then
      error("a key of cdata is an object of its own", 0)
    end
    map[key] = build(tree[1][i + 1])
  end
  return map
end

--- Whether two values are the same to this Lua.
local function same(a, b)
  if getmetatable(a) == nnmsg.bin and type(a) == "table" then
    a = a[1]
  end
  if type(a) ~= type(b) then
    return false
  elseif type(a) == "table" then
    if getmetatable(a) ~= getmetatable(b) then
      return false
    end
    for key, value in pairs(a) do
      if not same(value, b[key]) then
        return false
      end
    end
    for key in pairs(b) do
      if a[key] == nil then
        return false
      end
    end
    return true
  elseif type(a) == "number" and a ~= a then
    return b ~= b
  end
  return a == b and (not HAS_INTEGERS or math.type(a) == math.type(b))
end

--- Whether writing a tree must give the very bytes: not where Lua's types or order are not the wire's.
local function exact(tree)
  if tree.kind == "float" and not HAS_INTEGERS then
    local number = tonumber(tree[1])
    local integral = number and number == math.floor(number) and math.abs(number) <= 2 ^ 53
    return not integral or tostring(tree[1]):sub(1, 2) == "-0"
  elseif tree.kind == "map" and #tree[1] > 2 then
    return false
  elseif tree.kind == "map" or tree.kind == "array" then
    for _, item in ipairs(tree[1]) do
      if not exact(item) then
        return false
      end
    end
  end
  return true
end

local function each_vector(name, check)
  local seen = 0
  for line in io.lines(VECTORS .. "/" .. name .. ".txt") do
    local hex, sign, value = line:match("^([%x%s%*]-)%s*([=>!])%s*(.*)$")
    if not line:find("^%s*#") and sign then
      seen = seen + 1
      check(bytes_of_hex(hex), sign, value, line:sub(1, 120))
    end
  end
  lu.assertTrue(seen > 0)
end

local function check_value(bytes, sign, text, line)
  local tree = parse(text, 1)
  local built, value = pcall(build, tree)
  if not built then
    if value:find("no such integer") then
      local none, why = nnmsg.decode(bytes)
      lu.assertNil(none, line)
      lu.assertStrContains(why, "this Lua has no number for")
    end
    return
  end
  local got, why = nnmsg.decode(bytes)
  lu.assertNotNil(got, line .. " " .. tostring(why))
  lu.assertTrue(same(value, got), line)
  local written = assert(nnmsg.encode(value))
  if sign == ">" then
    lu.assertTrue(#written <= #bytes, line)
  elseif exact(tree) then
    lu.assertTrue(written == bytes, line)
  end
  lu.assertTrue(same(value, (nnmsg.decode(written))) or not exact(tree), line)
end

TestVectors = {}

for _, name in ipairs { "scalars", "ints64", "floats", "strings", "containers", "timestamps" } do
  TestVectors["test_" .. name] = function()
    each_vector(name, check_value)
  end
end

function TestVectors:test_refused()
  each_vector("refused", function(bytes, _, expected, line)
    local value, why, errno = nnmsg.decode(bytes)
    lu.assertNil(value, line)
    lu.assertStrContains(why, expected)
    lu.assertEquals(errno, nnmsg.NN_EPROTO)
  end)
end

TestTables = {}

function TestTables:test_what_a_table_is()
  local cases = {
    { {}, "\144" }, { { 1, 2 }, "\146\1\2" }, { nnmsg.map {}, "\128" }, { { [2] = 1 }, "\129\2\1" },
    { nnmsg.map { 1 }, "\129\1\1" }, { { a = 1 }, "\129\161a\1" }, { { [0] = 1 }, "\129\0\1" },
    { nnmsg.array { 1, nil, 3 }, "\147\1\192\3" }, { nnmsg.null, "\192" },
    { nnmsg.bin "a", "\196\1a" }, { "a", "\161a" }, { "\255", "\196\1\255" },
    { nnmsg.time { sec = 1 }, "\214\255\0\0\0\1" },
  }
  for i, case in ipairs(cases) do
    lu.assertTrue(nnmsg.encode(case[1]) == case[2], "case " .. i)
  end
end

function TestTables:test_marks_survive_a_round_trip()
  local got = nnmsg.decode(nnmsg.encode { m = nnmsg.map {}, a = {}, n = nnmsg.null })
  lu.assertTrue(getmetatable(got) == nnmsg.map)
  lu.assertTrue(getmetatable(got.m) == nnmsg.map)
  lu.assertTrue(getmetatable(got.a) == nnmsg.array)
  lu.assertTrue(got.n == nnmsg.null)
  lu.assertTrue(nnmsg.encode(got.m) == "\128")
end

function TestTables:test_what_cannot_be_carried_is_named()
  local cycle = {}
  cycle.again = cycle
  local hole = nnmsg.array { 1 }
  hole.x = 1
  local cases = {
    { { a = { b = print } }, "$.a.b: a function" },
    { { 1, coroutine.create(function() end) }, "$[1]: a thread" },
    { { io.stdout }, "$[0]: a userdata" },
    { { [1.5] = 1 }, "a key must be" },
    { { [true] = 1 }, "a key must be" },
    { { [{}] = 1 }, "a key must be" },
    { { ["\255"] = 1 }, "a key must be" },
    { cycle, "deeper than 64" },
    { { hole }, "$[0]: an array has a key that is no index" },
    { nnmsg.time { sec = "soon" }, "sec and nsec" },
    { nnmsg.time { sec = 1, nsec = 1e9 }, "nanoseconds" },
  }
  for i, case in ipairs(cases) do
    local none, why, errno = nnmsg.encode(case[1])
    lu.assertNil(none, "case " .. i)
    lu.assertStrContains(why, case[2])
    lu.assertEquals(errno, nnmsg.NN_EINVAL)
  end
end

function TestTables:test_depth()
  local deep = {}
  for _ = 1, 63 do
    deep = { deep }
  end
  local bytes = assert(nnmsg.encode(deep))
  lu.assertTrue(nnmsg.encode(assert(nnmsg.decode(bytes))) == bytes)
  lu.assertNil((nnmsg.encode { deep }))
  local maps = nnmsg.map {}
  for _ = 1, 63 do
    maps = { a = maps }
  end
  lu.assertTrue(nnmsg.decode(assert(nnmsg.encode(maps))).a ~= nil)
end

function TestTables:test_over_a_socket()
  local pull, push = support.nn_pair("pull", "push")
  local sent = push:sendTable { path = "a.txt", sizes = { 1, 2, 3 }, more = { deep = true } }
  lu.assertTrue(sent > 10)
  local got = pull:recvTable()
  lu.assertEquals({ got.path, got.sizes[3], got.more.deep }, { "a.txt", 3, true })
  for _, scalar in ipairs { 7, "text", true } do
    push:sendTable(scalar)
    lu.assertEquals(pull:recvTable(), scalar)
  end
  push:sendTable(false)
  lu.assertEquals(pull:recvTable(), false)
  local text = support.assert_nn_error("EINVAL", push:sendTable { print })
  lu.assertStrContains(text, "$[0]")
  push:send("\193 junk")
  local none, why, errno, bytes = pull:recvTable()
  support.assert_nn_error("EPROTO", none, why, errno)
  lu.assertEquals(bytes, "\193 junk")
  push:sendTable {}
  lu.assertEquals(#pull:recvTable(), 0)
  pull:close()
  push:close()
end

if jit then
  function TestTables:test_wide_integers_of_luajit()
    local ffi = require "ffi"
    for _, digits in ipairs { "9007199254740993LL", "-9223372036854775807LL", "18446744073709551615ULL" } do
      local wide = assert(loadstring("return " .. digits))()
      local got = nnmsg.decode(nnmsg.encode(wide))
      lu.assertTrue(got == wide)
      lu.assertEquals(tostring(ffi.typeof(got)), tostring(ffi.typeof(wide)))
    end
    lu.assertNil((nnmsg.encode(ffi.new("int[2]"))))
  end
end

support.finish()
