--- Makes `socketcore` and `rtos` global, as they are on the device. One line before a program of the
--- device does it:
--
--     require "sockery.luat"

socketcore = require "sockery.socketcore"
rtos = require "sockery.rtos"

return { socketcore = socketcore, rtos = rtos }
