# Set-up for tests/run and examples/run: installs what is missing, builds the three modules, and
# prints the exports that make them importable. Sourced with $top set to the project's folder.

BUILD="$top/.build"
PROFILE=try
BUILT="${CARGO_TARGET_DIR:-$top/target}/$PROFILE"

say() { echo "set-up: $*"; }

fail() {
  echo "set-up: $*" >&2
  exit 1
}

need_tools() {
  command -v cargo >/dev/null || fail "cargo is missing: install Rust 1.88 or later (rustup.rs)"
  command -v python3 >/dev/null || fail "python3 is missing: install Python 3.9 or later"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' ||
    fail "python3 is $(python3 -V 2>&1); Python 3.9 or later is needed"
  command -v node >/dev/null || fail "node is missing: install Node.js 18 or later"
  node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' ||
    fail "node is $(node -v); Node.js 18 or later is needed"
}

# Debian's packages for what is not there yet, each as command or file and package.
missing_packages() {
  local lua
  for lua in lua5.1 lua5.2 lua5.3 lua5.4 luajit; do
    command -v "$lua" >/dev/null || echo "$lua"
  done
  [ -e /usr/share/lua/5.4/luaunit.lua ] || echo lua-unit
  ldconfig -p 2>/dev/null | grep -q libnanomsg.so.5 ||
    ls /usr/lib/*/libnanomsg.so.5 >/dev/null 2>&1 || echo libnanomsg5
  /usr/bin/python3 -c 'import zmq' 2>/dev/null || echo python3-zmq
  command -v nanocat >/dev/null || echo nanomsg-utils
  command -v nngcat >/dev/null || echo nng-utils
  [ -e /usr/share/lua/5.4/socket.lua ] || [ -e /usr/share/lua/5.1/socket.lua ] || echo lua-socket
  ls /usr/lib/*/lua/5.4/_cqueues.so >/dev/null 2>&1 || echo lua-cqueues
  ls /usr/lib/*/lua/5.4/luv.so >/dev/null 2>&1 || echo lua-luv
  command -v cc >/dev/null || echo gcc
  command -v openssl >/dev/null || echo openssl
  [ -x /usr/sbin/mosquitto ] || echo mosquitto
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

install_packages() {
  local packages
  packages=$(missing_packages | sort -u)
  [ -z "$packages" ] || apt_install $packages
}

apt_install() {
  local sudo=
  say "installing Debian packages: $*"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && sudo="sudo -n" ||
      fail "not root; as root: apt-get install $*"
  fi
  $sudo apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
  DEBIAN_FRONTEND=noninteractive $sudo apt-get -q -y -o DPkg::Lock::Timeout=300 install "$@" >/dev/null
}

make_environment() {
  local stamp="$BUILD/venv/stamp"
  if [ ! -e "$stamp" ] || ! cmp -s tests/requirements.txt "$stamp"; then
    say "making a virtual environment in .build/venv with $(tr '\n' ' ' <tests/requirements.txt)"
    rm -rf "$BUILD/venv"
    python3 -m venv "$BUILD/venv"
    "$BUILD/venv/bin/pip" install --quiet --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt "$stamp"
  fi
}

# Peers of npm's registry, which carry what they need: libzmq with its WebSocket (zeromq), and a ZeroMQ
# in JavaScript. None of them runs a script of its own here.
install_node_peers() {
  local peers="zeromq@6.8.0 jszmq@0.1.2" stamp="$BUILD/npm/stamp"
  if ! command -v npm >/dev/null; then
    say "no npm: the tests with $peers are skipped"
  elif [ "$(cat "$stamp" 2>/dev/null)" != "$peers" ]; then
    say "installing $peers into .build/npm"
    mkdir -p "$BUILD/npm"
    echo '{"private": true}' >"$BUILD/npm/package.json"
    (cd "$BUILD/npm" && npm install --silent --no-audit --no-fund --ignore-scripts $peers >/dev/null)
    echo "$peers" >"$stamp"
  fi
}

# Copies a built library to its name, only when it changed.
place() { cmp -s "$1" "$2" || { mkdir -p "$(dirname "$2")" && cp "$1" "$2.new" && mv "$2.new" "$2"; }; }

build_modules() {
  local version
  say "building the modules (cargo, profile $PROFILE)"
  cargo build --quiet --profile $PROFILE -p sockery-tests -p sockery-python -p sockery-node
  place "$BUILT/libsockery_python.so" bindings-python/python/sockery/_sockery.abi3.so
  place "$BUILT/libsockery_node.so" bindings-node/lib/sockery.node
  for version in 51 52 53 54; do
    cargo build --quiet --profile $PROFILE -p sockery-lua --no-default-features --features lua$version
    place "$BUILT/libsockery_lua.so" "$BUILD/lua/sockery_native_$version.so"
  done
  mkdir -p "$BUILD/node"
  ln -sfn "$top/bindings-node" "$BUILD/node/sockery"
}

set_up() {
  need_tools
  install_packages
  make_environment
  install_node_peers
  build_modules
}

print_exports() {
  local lua="$top/bindings-lua/lua"
  echo "export PATH='$BUILD/venv/bin:$PATH'"
  echo "export PYTHONPATH='$top/bindings-python/python'"
  echo "export LUA_PATH='$lua/?.lua;$lua/?/init.lua;;'"
  echo "export LUA_CPATH='$BUILD/lua/?.so;;'"
  echo "export NODE_PATH='$BUILD/node'"
}
