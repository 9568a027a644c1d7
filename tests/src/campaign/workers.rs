//! Many scenarios at once, because they mostly wait.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Scenarios at once for each processor. With more, a busy machine causes timeouts.
const FOR_EACH_PROCESSOR: usize = 10;

/// Does `work` for many items at once. The results have no particular order.
pub fn in_parallel<I: Sync, R: Send>(items: &[I], work: impl Fn(&I) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..processors * FOR_EACH_PROCESSOR {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let result = work(item);
                    if let Ok(mut results) = results.lock() {
                        results.push(result);
                    }
                }
            });
        }
    });
    results.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_one_result() {
        let items: Vec<u32> = (0..1000).collect();
        let mut results = in_parallel(&items, |item| item * 2);
        results.sort_unstable();
        assert_eq!(results, items.iter().map(|item| item * 2).collect::<Vec<_>>());
    }
}
