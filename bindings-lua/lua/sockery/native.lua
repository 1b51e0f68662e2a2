--- The native module, in the build that fits the running Lua.
--
-- A file for every version of Lua lies side by side on package.cpath (sockery_native_51 to _54;
-- LuaJIT is 5.1), so that one folder serves them all. Required by the other files here.

local ENTRY = "luaopen_sockery_native"

local function file_name()
  local major, minor = _VERSION:match("(%d+)%.(%d+)")
  return "sockery_native_" .. major .. minor
end

--- package.searchpath, which Lua 5.1 does not have.
local function search(name)
  local tried = {}
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", (name:gsub("%%", "%%%%")))
    local file = io.open(path, "rb")
    if file then
      file:close()
      return path
    end
    tried[#tried + 1] = "\n\tno file '" .. path .. "'"
  end
  return nil, table.concat(tried)
end

local function load()
  local name = file_name()
  local path, tried = search(name)
  if not path then
    error("sockery: no native module for " .. _VERSION .. " on package.cpath:" .. tried, 0)
  end
  local open, why = package.loadlib(path, ENTRY)
  if not open then
    error("sockery: cannot load '" .. path .. "': " .. tostring(why), 0)
  end
  local native = open("sockery.native")
  native.path = path
  return native
end

return load()
