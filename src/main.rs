//! The binary: everything is in the library.

/// Many short-lived rows and frames move between threads: a tenth of the processor's time went to the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    jiexu::cli::main()
}
