# Set-up of the benchmarks, sourced by tests/bench/run with $top and $bench set: our release build
# into .build/bench/ours, and the public peers beside it. Nothing here touches the tests' own build.

source "$top/tests/tools/setup.sh"

BENCH="$BUILD/bench"
OURS="$BENCH/ours"
RELEASE="${CARGO_TARGET_DIR:-$top/target}/release"

# All Python rows run under one Python: 3.12 where there is one (pyenv's too), since pyomq wants it.
bench_python() {
  local where='import sys; print(sys.executable)'
  python3.12 -c "$where" 2>/dev/null ||
    PYENV_VERSION=3.12 python3.12 -c "$where" 2>/dev/null ||
    command -v python3
}

make_bench_venv() { [ -x "$BENCH/venv/bin/python" ] || "$(bench_python)" -m venv "$BENCH/venv"; }

# A copy, so that the scripts fit the library that was built with them.
copy_scripts() {
  mkdir -p "$OURS/python" "$OURS/lua" "$OURS/node/sockery"
  cp -r bindings-python/python/. "$OURS/python"
  cp -r bindings-lua/lua/. "$OURS/lua"
  cp -r bindings-node/lib bindings-node/package.json "$OURS/node/sockery"
}

build_ours() {
  local version
  say "building the workers (cargo, profile release)"
  make_bench_venv
  copy_scripts
  cargo build --quiet --release -p sockery-bench
  place "$RELEASE/sockery-bench" "$OURS/sockery-bench"
  cargo build --quiet --release -p sockery-python -p sockery-node
  place "$RELEASE/libsockery_python.so" "$OURS/python/sockery/_sockery.abi3.so"
  place "$RELEASE/libsockery_node.so" "$OURS/node/sockery/lib/sockery.node"
  # A folder each: in a shared one every Lua would be compiled anew after the other.
  for version in 51 54; do
    cargo build --quiet --release -p sockery-lua --no-default-features --features lua$version \
      --target-dir "$BENCH/target-lua$version"
    place "$BENCH/target-lua$version/release/libsockery_lua.so" "$OURS/lua/sockery_native_$version.so"
  done
}

# The public peers. Each function below installs one and may fail: what fails is skipped, and the
# report says so.

PEERS="headers libzmq nng nanomsg raw rust omq pyzmq pynng pyomq zeromq_js"
PYTHON="$BENCH/venv/bin/python"

install_peers() {
  local peer
  say "installing the peers into .build/bench (cargo, pip, npm; Debian's libzmq3-dev, libnanomsg-dev)"
  make_bench_venv
  mkdir -p "$BENCH/bin"
  : >"$BENCH/skipped"
  for peer in $PEERS; do
    "peer_$peer" >"$BENCH/$peer.log" 2>&1 || skip "$peer"
  done
}

skip() {
  say "no $1: $(tail -n 1 "$BENCH/$1.log")"
  echo "$1: $(tail -n 1 "$BENCH/$1.log")" >>"$BENCH/skipped"
}

# Runs the rest of its arguments unless the file is there.
unless() { [ -e "$1" ] || "${@:2}"; }

pip_install() { "$PYTHON" -m pip install --quiet --disable-pip-version-check "$@"; }

worker_of_c() {
  local name=$1
  shift
  cc -O2 -Itests/bench/workers/c "tests/bench/workers/c/worker.c" "tests/bench/workers/c/$name.c" \
    -o "$BENCH/bin/$name" "$@" -lpthread
}

# Debian's headers of libzmq and nanomsg.
peer_headers() {
  local sudo=
  [ -e /usr/include/zmq.h ] && [ -e /usr/include/nanomsg/nn.h ] && return
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  DEBIAN_FRONTEND=noninteractive $sudo apt-get -q -y -o DPkg::Lock::Timeout=300 install \
    libzmq3-dev libnanomsg-dev
}

# The library that pyzmq's wheel carries is newer than Debian's, under the same headers.
peer_libzmq() {
  pip_install pyzmq==27.3.0 &&
    mkdir -p "$BENCH/libzmq" &&
    cp "$BENCH"/venv/lib/python3*/site-packages/pyzmq.libs/libsodium* "$BENCH/libzmq" &&
    cp "$BENCH"/venv/lib/python3*/site-packages/pyzmq.libs/libzmq* "$BENCH/libzmq/libzmq.so.5" &&
    worker_of_c libzmq -lzmq
}

# The wheel called nng carries the headers and the static library of nng 2.
peer_nng() {
  unless "$BENCH/nng" pip_install --no-deps --target "$BENCH/nng" nng==0.2.0 &&
    worker_of_c nng "-I$(find "$BENCH/nng" -type d -name include | head -n 1)" \
      "$(find "$BENCH/nng" -name libnng.a | head -n 1)"
}

peer_nanomsg() { worker_of_c nanomsg -lnanomsg; }

peer_raw() { worker_of_c raw; }

peer_rust() {
  CARGO_TARGET_DIR="$BENCH/target" cargo build --quiet --release \
    --manifest-path tests/bench/workers/rust-peers/Cargo.toml &&
    cp "$BENCH"/target/release/{crossbeam,rzmq,zmq_rs} "$BENCH/bin"
}

# omq has libzmq's C interface, and so the worker of libzmq plays it.
peer_omq() {
  [ -e "$BENCH/bin/libzmq" ] || { echo "its worker is libzmq's, which is not there"; return 1; }
  unless "$BENCH/omq/libzmq.so.5" build_omq
}

build_omq() {
  local sources="$BENCH/omq/vendor/omq-libzmq"
  mkdir -p "$BENCH/omq/src" && touch "$BENCH/omq/src/lib.rs"
  printf '%s\n' '[package]' 'name = "omq-source"' 'version = "0.0.0"' 'edition = "2024"' \
    '[dependencies]' 'omq-libzmq = "=0.8.0"' '[workspace]' >"$BENCH/omq/Cargo.toml"
  (cd "$BENCH/omq" && cargo vendor --quiet vendor >/dev/null) || return
  printf '%s\n' '' '[workspace]' >>"$sources/Cargo.toml"
  CARGO_TARGET_DIR="$BENCH/target-omq" cargo build --quiet --release --lib \
    --manifest-path "$sources/Cargo.toml" &&
    cp "$BENCH/target-omq/release/libomq_zmq.so" "$BENCH/omq/libzmq.so.5"
}

peer_pyzmq() { pip_install pyzmq==27.3.0; }

peer_pynng() { pip_install pynng==0.9.0; }

peer_pyomq() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' ||
    { echo "it wants Python 3.12"; return 1; }
  unless "$BENCH/venv312" "$PYTHON" -m venv "$BENCH/venv312" &&
    "$BENCH/venv312/bin/python" -m pip install --quiet --disable-pip-version-check pyomq==0.27.3
}

peer_zeromq_js() {
  unless "$BENCH/node/node_modules/zeromq" \
    npm install --silent --no-audit --no-fund --prefix "$BENCH/node" zeromq@6.8.0
}
