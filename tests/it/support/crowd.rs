//! Many independent worlds at once.

/// Runs the same work on many threads; what each found. More threads than cores: each world waits for its databases'
/// threads most of the time.
pub fn on_threads<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    let threads = 3 * std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a world panicked")).collect()
    })
}
