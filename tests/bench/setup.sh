# Set-up of the benchmarks, sourced by tests/bench/run with $top and $bench set: our release build
# into .build/bench/ours, and the public peers beside it. Nothing here touches the tests' own build.

source "$top/tests/tools/setup.sh"

BENCH="$BUILD/bench"
OURS="$BENCH/ours"
RELEASE="${CARGO_TARGET_DIR:-$top/target}/release"

make_bench_venv() { [ -x "$BENCH/venv/bin/python" ] || python3 -m venv "$BENCH/venv"; }

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
  for version in 51 54; do
    cargo build --quiet --release -p sockery-lua --no-default-features --features lua$version
    place "$RELEASE/libsockery_lua.so" "$OURS/lua/sockery_native_$version.so"
  done
}
