//! Commands: one file per group; a command is one call into the daemon's office. (being written)

pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
