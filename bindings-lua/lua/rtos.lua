--- `require "rtos"`, as programs of the device write it.
return require "sockery.rtos"
