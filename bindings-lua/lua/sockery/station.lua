--- The sockets, timers and messages of this Lua state: what socketcore and rtos are two views of.
return require("sockery.native").station()
