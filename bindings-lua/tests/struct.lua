--- sendStruct and recvStruct: the shared vectors (tests/vectors/record), cdata, and bad arguments.

local here = arg[0]:gsub("[^/]*$", "")
package.path = here .. "?.lua;" .. package.path
local support = require "support"
local lu, nnmsg, jit = support.lu, support.nnmsg, support.jit

local VECTORS = (os.getenv("SOCKERY_RECORDS") or here .. "../../tests/vectors/record") .. "/"
local FIELDS = "u8 kind; f64 at; char[16] name; {i16 x; i16 y} pos[2]"
--- Whether 64-bit integers have numbers of their own here.
local HAS_WIDE = math.type ~= nil or jit ~= nil

local function bytes_of_hex(hex)
  return (hex:gsub("%s", ""):gsub("%x%x", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

TestStructs = {}

local function check(place, struct, left, sign, right)
  if sign == "?" then
    local none, text, errno = struct:unpack(left)
    lu.assertStrContains(support.assert_nn_error("EPROTO", none, text, errno), right)
    return
  end
  local value = nnmsg.decode(left)
  lu.assertNotNil(value, place)
  if sign == "!" then
    local none, text, errno = struct:pack(value)
    lu.assertStrContains(support.assert_nn_error("EINVAL", none, text, errno), right)
    return
  end
  if value.n == 0 and not math.type and 1 / value.n < 0 then
    return -- before Lua 5.3 an integral number comes over as an integer, which has no -0
  end
  local record = bytes_of_hex(right)
  local written = assert(struct:pack(value))
  lu.assertEquals(written == record, sign == "=", place)
  local read = assert(struct:unpack(record))
  lu.assertEquals(struct:pack(read), written, place)
  if read.n == read.n then
    lu.assertEquals(read, value, place)
  end
end

local function play(name)
  local struct, seen = nil, 0
  local number = 0
  for line in io.lines(VECTORS .. name) do
    number = number + 1
    local fields = line:match("^fields (.*)")
    if fields then
      struct = assert(nnmsg.struct(fields))
    elseif line ~= "" and not line:find("^#") then
      local hex, sign, rest = line:match("^([%x ]*)([=<!?])%s*(.*)$")
      check(name .. ":" .. number, struct, bytes_of_hex(hex), sign, rest)
      seen = seen + 1
    end
  end
  return seen
end

function TestStructs:test_vectors()
  lu.assertTrue(play("numbers.txt") > 60)
  lu.assertTrue(play("records.txt") > 20)
end

function TestStructs:test_wide_vectors()
  if HAS_WIDE and not (math.type and true) then
    lu.assertTrue(play("ints64.txt") > 5)
  end
  local struct = assert(nnmsg.struct("i64 n"))
  local most = ("\255"):rep(7) .. "\127"
  local read, text, errno = struct:unpack(most)
  if HAS_WIDE then
    lu.assertEquals(struct:pack(read), most)
  else
    text = support.assert_nn_error("EPROTO", read, text, errno)
    lu.assertStrContains(text, "field n: an integer that this Lua has no number for")
  end
end

function TestStructs:test_sending()
  local a, b = support.nn_pair("pair", "pair")
  local value = { kind = 1, at = 2.5, name = "probe", pos = { { x = -1, y = 2 }, { x = 3, y = -4 } } }
  lu.assertEquals(a:sendStruct(FIELDS, value), 40)
  local got, size = b:recvStruct(FIELDS)
  lu.assertEquals(got, value)
  lu.assertEquals(size, 40)
  local struct = assert(nnmsg.struct(FIELDS))
  lu.assertEquals(struct.size, 40)
  lu.assertEquals(struct.offsets, { kind = 0, at = 8, name = 16, pos = 32 })
  lu.assertEquals(b:sendStruct(struct, value, nnmsg.NN_DONTWAIT), 40)
  lu.assertEquals((a:recvStruct(struct)), value)
  support.assert_nn_error("EAGAIN", a:recvStruct(struct, nnmsg.NN_DONTWAIT))
  a:send("abc")
  local none, text, errno, bytes = b:recvStruct("u16 n")
  lu.assertStrContains(support.assert_nn_error("EPROTO", none, text, errno), "2 bytes, the message 3")
  lu.assertEquals(bytes, "abc")
  a:close()
  b:close()
end

function TestStructs:test_what_does_not_fit()
  local s = nnmsg.socket.pair()
  local text = support.assert_nn_error("EINVAL", s:sendStruct("int x", {}))
  lu.assertStrContains(text, "field list, byte 0: expected a type")
  lu.assertStrContains(support.assert_nn_error("EINVAL", nnmsg.struct("u8 x; u8 x")), "two fields")
  text = support.assert_nn_error("EINVAL", s:sendStruct("u8 x", { x = "1" }))
  lu.assertStrContains(text, "field x: expected u8, got bytes")
  for _, call in ipairs {
    { "bad argument #1 to 'sendStruct'", s.sendStruct, s, 7 },
    { "bad argument #2 to 'sendStruct'", s.sendStruct, s, "u8 x" },
    { "bad argument #1 to 'recvStruct'", s.recvStruct, s, {} },
    { "bad argument #1 to 'struct'", nnmsg.struct, 7 },
    { "bad argument #2 to 'sendBuffer' (0 to 3 expected", s.sendBuffer, s, "abc", 4 },
    { "bad argument #2 to 'sendBuffer' (0 to 3 expected", s.sendBuffer, s, nnmsg.buffer(3), -1 },
    { "bad argument #2 to 'recvBuffer' (0 to 3 expected", s.recvBuffer, s, nnmsg.buffer(3), 4 },
  } do
    local ok, why = pcall(call[2], call[3], call[4], call[5])
    lu.assertFalse(ok)
    lu.assertStrContains(why, call[1])
  end
  s:close()
end

function TestStructs:test_symbols()
  local all = nnmsg.symbolInfo()
  lu.assertTrue(#all >= 121)
  lu.assertEquals(nnmsg.symbol(0), all[1])
  lu.assertNil(nnmsg.symbol(#all))
  local by_name = {}
  for _, symbol in ipairs(all) do
    by_name[symbol.name] = symbol
  end
  lu.assertEquals(by_name.NN_SNDTIMEO, {
    name = "NN_SNDTIMEO", value = nnmsg.NN_SNDTIMEO, ns = nnmsg.NN_NS_SOCKET_OPTION,
    type = nnmsg.NN_TYPE_INT, unit = nnmsg.NN_UNIT_MILLISECONDS,
  })
  lu.assertEquals(by_name.EAGAIN.value, nnmsg.NN_EAGAIN)
end

if jit then
  function TestStructs:test_cdata()
    local ffi = require "ffi"
    ffi.cdef "typedef struct { uint8_t kind; double at; char name[16]; struct { int16_t x, y; } pos[2]; } sockery_probe;"
    local a, b = support.nn_pair("pair", "pair")
    local probe = ffi.new("sockery_probe", 1, 2.5, "probe", { { -1, 2 }, { 3, -4 } })
    lu.assertEquals(a:sendStruct(probe), 40)
    local got = b:recvStruct(FIELDS)
    lu.assertEquals({ got.kind, got.at, got.name, got.pos[2].y }, { 1, 2.5, "probe", -4 })
    lu.assertEquals(b:sendStruct(FIELDS, got), 40)
    local into = ffi.new("sockery_probe")
    local same, size = a:recvStruct(into)
    lu.assertTrue(same == into and size == 40)
    lu.assertEquals(ffi.string(into, 40), ffi.string(probe, 40))
    lu.assertErrorMsgContains("not a pointer", a.sendStruct, a, ffi.new("sockery_probe *"))
    lu.assertErrorMsgContains("0 to 40 expected", a.sendBuffer, a, probe, 41)
    a:close()
    b:close()
  end
end

support.finish()
