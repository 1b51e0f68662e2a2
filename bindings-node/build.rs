//! Build script: the linker settings that Node-API modules need on each platform.

fn main() {
    napi_build::setup();
}
