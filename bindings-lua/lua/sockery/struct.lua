--- Structures: what sendStruct and recvStruct take. Required by nnmsg.
--
-- A field list describes a C structure, little endian: `"u8 kind; f64 at; {i16 x; i16 y} pos[2]"`.
-- The same list gives the same bytes in every language of sockery.

local native = require "sockery.native"
local wait = require "sockery.wait"
local marks = require "sockery.marks"

local M = {}

---@class nnmsg.Struct
---@field size integer how many bytes a record takes
---@field offsets table<string, integer> where each field begins, in bytes
---@field text string the field list
local Struct = {}
Struct.__index = Struct

function Struct:__tostring()
  return ("nnmsg.struct(%q)"):format(self.text)
end

-- Lists that were described already; begun anew when there are many.
local MOST = 256
local known, count = {}, 0

--- The structure that a field list describes. Types are i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 bool,
--- `char[N]` (a string of at most N bytes) and nested `{...}`; arrays are `i32[4] name` or
--- `i32 name[4]`; `pack(1);` in front leaves no gaps.
---@param text string
---@return nnmsg.Struct?
---@return string? failure
function M.new(text)
  local made = known[text]
  if made then
    return made
  end
  local layout, failure = native.layout(text, marks.from_wide, marks.to_wide)
  if not layout then
    return nil, failure
  end
  made = setmetatable({ _layout = layout, size = layout:size(), offsets = layout:offsets(), text = text }, Struct)
  if count >= MOST then
    known, count = {}, 0
  end
  known[text], count = made, count + 1
  return made
end

--- The description that a value is, by itself or as a field list; nil and perhaps a failure.
function M.described(value)
  if getmetatable(value) == Struct then
    return value
  elseif type(value) == "string" then
    return M.new(value)
  end
end

--- The bytes of a record, given as a table; `nil, text, errno` names the field that does not fit.
---@param value table
---@return string? bytes, string? text, integer? errno
function Struct:pack(value)
  local bytes, failure = self._layout:pack(value)
  if bytes then
    return bytes
  end
  local row, text = wait.explain(failure)
  return nil, text, row.nn
end

--- The record that some bytes are, as a table.
---@param bytes string
---@return table? record, string? text, integer? errno
function Struct:unpack(bytes)
  local record, failure = self._layout:unpack(bytes)
  if record then
    return record
  end
  local row, text = wait.explain(failure)
  return nil, text, row.nn
end

return M
