//! The `portcullis` command.

use std::{
    io::{self, BufWriter},
    process::ExitCode,
};

use portcullis::cli::{self, Console, Look};

#[cfg(feature = "alloc-mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (mut input, mut out) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    let mut err = io::stderr();
    let mut console = Console::new(&mut input, &mut out, &mut err, Look::of_process());
    cli::run(std::env::args_os(), &mut console).into()
}
