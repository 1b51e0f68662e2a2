--- Memory that sendBuffer and recvBuffer read and fill. Required by nnmsg.
--
-- In LuaJIT any cdata is a buffer (a pointer needs its length). Other Luas have no memory of their
-- own to lend, so `nnmsg.buffer(size)` gives an object of that size whose bytes are the string in
-- its field `data`; it works in LuaJIT too.

local buffer = {}

---@class nnmsg.buffer
---@field data string the bytes, always `size` of them
---@field size integer
local Buffer = {}
Buffer.__index = Buffer

--- A buffer of `size` zero bytes, or of the bytes of a string.
---@param content integer|string
---@return nnmsg.buffer
function buffer.new(content)
  local data = type(content) == "string" and content or ("\0"):rep(content)
  return setmetatable({ data = data, size = #data }, Buffer)
end

function Buffer:__tostring()
  return self.data
end

function Buffer:__len()
  return self.size
end

local ffi
if rawget(_G, "jit") then
  local found, module = pcall(require, "ffi")
  ffi = found and module or nil
end

--- The size of a cdata; nil for a pointer, which does not know it.
local function size_of(cdata)
  if not tostring(ffi.typeof(cdata)):find("[*&]>$") then
    return ffi.sizeof(cdata)
  end
end

local function length(len)
  return len and len ~= 0 and len or nil
end

--- How many of `size` bytes (nil: unknown) `len` means; nil and the size when there are not so many.
local function part(len, size)
  len = length(len)
  if len and (len < 0 or len ~= math.floor(len) or size and len > size) then
    return nil, size or "its length"
  end
  return len or size
end

--- The first `len` bytes (0 and nil: all) of a string or buffer. nil when it is neither, and with its
--- size when it has not so many.
function buffer.read(source, len)
  local size
  if type(source) == "string" then
    len, size = part(len, #source)
    return len and source:sub(1, len), size
  elseif getmetatable(source) == Buffer then
    len, size = part(len, source.size)
    return len and source.data:sub(1, len), size
  elseif ffi and type(source) == "cdata" then
    len, size = part(len, size_of(source))
    return len and ffi.string(ffi.cast("const char *", source), len), size
  end
end

--- How many bytes may be written into a buffer, of which the user says `len`. nil when it is none,
--- and with its size when it has not so many.
function buffer.room(target, len)
  if getmetatable(target) == Buffer then
    return part(len, target.size)
  elseif ffi and type(target) == "cdata" then
    return part(len, size_of(target))
  end
end

--- Writes what fits into `room` bytes; the rest of the buffer stays.
function buffer.write(target, bytes, room)
  local count = math.min(#bytes, room)
  if getmetatable(target) == Buffer then
    target.data = bytes:sub(1, count) .. target.data:sub(count + 1)
  else
    ffi.copy(ffi.cast("char *", target), bytes, count)
  end
end

--- A value of an option as C has it in memory: a string as it is, an integer in four bytes.
function buffer.image(value)
  if type(value) == "string" then
    return value
  end
  local bytes = {}
  for i = 1, 4 do
    bytes[i] = string.char(value % 256)
    value = math.floor(value / 256)
  end
  return table.concat(bytes)
end

return buffer
