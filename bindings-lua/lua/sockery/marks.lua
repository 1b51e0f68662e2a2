--- What Lua's own types cannot tell apart in a table that is sent, and the codec that knows it.
-- Required by nnmsg.
--
-- A mark is a metatable that can be called: `map(t)` gives `t` with the mark on. Tables that were
-- received bear map or array, so that even an empty one goes out as what it was.

local native = require "sockery.native"

local marks = {}

local function mark(name, make)
  marks[name] = setmetatable({ __name = "nnmsg." .. name }, { __call = make })
end

local function must_be(value, expected, name)
  if type(value) ~= expected then
    local text = "bad argument #1 to '%s' (%s expected, got %s)"
    error(text:format(name, expected, type(value)), 3)
  end
end

--- `map(t)`: goes out as a map, whatever its keys.
mark("map", function(self, t)
  return setmetatable(t or {}, self)
end)

--- `array(t)`: goes out as an array, holes as null; keys that are no index are an error.
mark("array", function(self, t)
  return setmetatable(t or {}, self)
end)

--- `bin(s)`: a string that goes out as bytes, even when it is text.
mark("bin", function(self, s)
  must_be(s, "string", "bin")
  return setmetatable({ s }, self)
end)

--- `time{sec =, nsec =}`: a moment, in seconds and nanoseconds since 1970 in UTC.
mark("time", function(self, t)
  must_be(t, "table", "time")
  return setmetatable(t, self)
end)

-- LuaJIT's int64_t and uint64_t carry what its numbers cannot.
local from_wide, to_wide
if rawget(_G, "jit") then
  local found, ffi = pcall(require, "ffi")
  if found then
    local int64, uint64 = ffi.typeof("int64_t"), ffi.typeof("uint64_t")
    function from_wide(value)
      if ffi.istype(int64, value) or ffi.istype(uint64, value) then
        return (tostring(value):gsub("U?LL$", ""))
      end
    end
    function to_wide(high, low, unsigned)
      local kind = unsigned and uint64 or int64
      return kind(high) * 2 ^ 32 + kind(low)
    end
  end
end

marks.from_wide, marks.to_wide = from_wide, to_wide

marks.codec = native.codec {
  map = marks.map,
  array = marks.array,
  bin = marks.bin,
  time = marks.time,
  from_wide = from_wide,
  to_wide = to_wide,
}

return marks
