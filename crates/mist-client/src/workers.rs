//! Runs several jobs at the same time, on a few kept connections: for sets of tokens and objects.

use crate::Client;
use crate::transport::CONNECTIONS;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An additional connection saves time from this number of jobs: making it takes a few round trips.
const JOBS_FOR_A_CONNECTION: usize = 4;

/// The number of workers for this number of jobs.
#[must_use]
pub fn count(jobs: usize) -> usize {
    jobs.div_ceil(JOBS_FOR_A_CONNECTION).clamp(1, CONNECTIONS)
}

/// Runs the jobs, started in order, several at the same time. Returns the results in the order of the jobs. Of the workers'
/// waiting times, the longest counts.
pub fn each<J: Sync, R: Send>(client: &Client, jobs: &[J], work: impl Fn(&Client, &J) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mine = client.worker();
        let mut done = Vec::new();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(position) else { break };
            done.push((position, work(&mine, job)));
        }
        (mine, done)
    };
    let finished = std::thread::scope(|scope| {
        // If fewer threads are available, fewer are used. The current thread works as well.
        let others: Vec<_> = (1..count(jobs.len()))
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, worker).ok())
            .collect();
        let mut finished = vec![worker()];
        finished.extend(others.into_iter().map(|other| match other.join() {
            Ok(finished) => finished,
            Err(panic) => std::panic::resume_unwind(panic),
        }));
        finished
    });
    let mut results: Vec<Option<R>> = jobs.iter().map(|_| None).collect();
    for (worker, done) in finished {
        client.count_wait_of(&worker);
        for (position, result) in done {
            results[position] = Some(result);
        }
    }
    // Each job was taken by one worker, and every worker finished: every job has a result.
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::offline;
    use std::time::Duration;

    #[test]
    fn an_additional_connection_is_used_if_it_saves_time() {
        for (jobs, workers) in [(0, 1), (1, 1), (4, 1), (5, 2), (16, 4), (1000, 4)] {
            assert_eq!(count(jobs), workers, "{jobs}");
        }
    }

    #[test]
    fn results_are_in_the_order_of_the_jobs() {
        let client = offline(Duration::ZERO);
        let jobs: Vec<usize> = (0..100).collect();
        assert_eq!(each(&client, &jobs, |_, job| job * 2), jobs.iter().map(|job| job * 2).collect::<Vec<_>>());
        assert!(each(&client, &[] as &[usize], |_, job| *job).is_empty());
    }
}
