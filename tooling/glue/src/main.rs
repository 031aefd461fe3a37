//! `glue MODULE FOLDER`: writes the JavaScript around the Worker's WebAssembly module into a folder, and the
//! module as it fits. It is the part of wasm-bindgen's command line that the build needs, without the rest,
//! which takes a minute longer to compile.

use std::{env, error::Error, fs, path::Path};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let [module, folder] =
        env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "type: glue MODULE FOLDER")?;
    Bindgen::new()
        .input_path(module)
        .out_name("index")
        .module(true)?
        .typescript(false)
        // After a panic, the entry begins with a fresh instance.
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .generate(&folder)?;

    // The runtime and the bundler know this import without `source` only.
    let glue = Path::new(&folder).join("index.js");
    fs::write(&glue, fs::read_to_string(&glue)?.replace("import source ", "import "))?;
    Ok(())
}
