//! Raw Argon2id: the product's parameters over one block of memory that is reused, and nothing else. No sign-in can
//! be faster than this.
//!
//! It says `ready`, waits for a line that gives milliseconds, hashes for so long, and answers with the number of
//! hashes and the nanoseconds they took; then it waits for the next line. One process stands for one environment.

#![expect(clippy::print_stdout, reason = "it talks with the driver over standard output")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT: usize = 32;

#[expect(clippy::disallowed_methods, reason = "a measurement reads the machine's clock")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT)).map_err(|error| error.to_string())?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = || {
        let mut output = [0; OUTPUT];
        let (password, salt) = (black_box(&[7; 32]), black_box(&[9; 16]));
        argon2
            .hash_password_into_with_memory(password, salt, &mut output, &mut memory)
            .map_err(|error| error.to_string())?;
        black_box(output);
        Ok::<_, String>(())
    };
    hash()?;
    println!("ready");
    for line in std::io::stdin().lines() {
        let time = Duration::from_millis(line?.trim().parse()?);
        let start = Instant::now();
        let mut count = 0_u32;
        while start.elapsed() < time {
            hash()?;
            count += 1;
        }
        println!("{count} {}", start.elapsed().as_nanos());
    }
    Ok(())
}
