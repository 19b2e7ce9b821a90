//! Commands: one file per group; a command is one call into the daemon's office. (being written)

use std::path::PathBuf;
use std::process::ExitCode;

use crate::daemon::Running;
use crate::trial::{bench, demo};

#[derive(clap::Parser)]
enum Command {
    Demo(demo::DemoArgs),
    Bench(bench::BenchArgs),
    Serve {
        #[arg(long)]
        config: PathBuf,
    },
}

pub fn main() -> ExitCode {
    let command = <Command as clap::Parser>::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let done = runtime.block_on(async {
        match command {
            Command::Demo(args) => demo::run(args).await,
            Command::Bench(args) => bench::run(args).await,
            Command::Serve { config } => {
                tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter("info,lapin=error").init();
                let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
                let running = Running::start(&config).await?;
                running
                    .until(async move {
                        let _ = term.recv().await;
                    })
                    .await?;
                Ok(ExitCode::SUCCESS)
            }
        }
    });
    done.unwrap_or_else(|error: anyhow::Error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
