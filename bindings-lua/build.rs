//! Linker settings of the Lua module; run by cargo.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let arguments: &[&str] = match os.as_str() {
        "windows" => &[],
        // The interpreter brings Lua's own functions.
        "macos" | "ios" => &["-undefined", "dynamic_lookup"],
        // lua_close unloads modules, but engine threads and exit handlers live on.
        _ => &["-Wl,-z,nodelete"],
    };
    for argument in arguments {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
}
