//! Commands: one file per group; a command is one call into the daemon's office. (being written)

pub fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let result = runtime.block_on(async {
        let config = arguments.iter().skip_while(|a| *a != "--config").nth(1).expect("config");
        let running = crate::daemon::Running::start(std::path::Path::new(config)).await?;
        running
            .until(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await
    });
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            let mut source: Option<&dyn std::error::Error> = Some(&error);
            while let Some(cause) = source {
                eprintln!("{cause}");
                source = cause.source();
            }
            std::process::ExitCode::from(78)
        }
    }
}
