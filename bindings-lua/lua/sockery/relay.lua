--- Runs a device or a proxy of the engine to its end. Used by nnmsg and zmq.

--- Goes on after signals: those were seen to, by Lua's hooks, when a call comes back.
---@param relay userdata
---@return true? ok, table|string? failure
return function(relay)
  local ok, failure
  repeat
    ok, failure = relay:run()
  until ok or (type(failure) == "table" and failure.code or failure) ~= "EINTR"
  return ok, failure
end
