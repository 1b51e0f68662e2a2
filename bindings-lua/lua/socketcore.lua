--- `require "socketcore"`, as programs of the device write it.
return require "sockery.socketcore"
