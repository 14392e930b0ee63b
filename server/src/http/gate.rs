//! How much is let in at once, for the whole server and not for each connection.
//!
//! ```text
//! request ── body (memory counted as it arrives) ── admitted? (workers + queue) ── a worker free? ── compute ──> answer
//!              no memory: 503                          no: 503                        waits
//! ```
//! A client that sends slowly holds only the bytes it has sent, never a place in the queue. The permits travel with the
//! work, so work whose client has gone still counts until it is done.

use crate::config::ServerConfig;
use allocator_core::{Code, Problem};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts what is going on.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    admitted: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    worker_count: usize,
    admitted_max: usize,
}

/// Memory is counted in blocks of this many bytes, so that the count fits a permit.
const BLOCK_BYTES: usize = 1024;

/// Memory set aside for one body.
#[derive(Debug, Default)]
pub(crate) struct Reserve {
    bytes: usize,
    held: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// A gate as wide as the settings say.
    pub(crate) fn new(config: &ServerConfig) -> Self {
        let worker_count = config.worker_count();
        let admitted_max = worker_count + config.queue_max as usize;
        Gate {
            admitted: Arc::new(Semaphore::new(admitted_max)),
            workers: Arc::new(Semaphore::new(worker_count)),
            memory: Arc::new(Semaphore::new(config.memory_bytes_max as usize / BLOCK_BYTES)),
            worker_count,
            admitted_max,
        }
    }

    /// Sheds early, before a body is read that would be shed after it.
    ///
    /// # Errors
    /// `overloaded`.
    pub(crate) fn expect_room(&self) -> Result<(), Problem> {
        if self.admitted.available_permits() == 0 { Err(self.queue_is_full()) } else { Ok(()) }
    }

    /// Sets memory aside for `more` bytes of a body.
    ///
    /// # Errors
    /// `overloaded`.
    pub(crate) fn grow(&self, reserve: &mut Reserve, more: usize) -> Result<(), Problem> {
        let blocks = (reserve.bytes + more).div_ceil(BLOCK_BYTES) - reserve.bytes.div_ceil(BLOCK_BYTES);
        reserve.bytes += more;
        if blocks == 0 {
            return Ok(());
        }
        let permit = u32::try_from(blocks)
            .ok()
            .and_then(|blocks| Arc::clone(&self.memory).try_acquire_many_owned(blocks).ok())
            .ok_or_else(|| overloaded("The requests in hand fill all the memory set aside for them.".to_owned()))?;
        match &mut reserve.held {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }

    /// Computes away from the threads that answer sockets, at most so many at once as there are workers.
    ///
    /// # Errors
    /// `overloaded` where too many wait already; what `work` refuses; `internal` if it panics.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        reserve: Reserve,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| self.queue_is_full())?;
        let worker =
            Arc::clone(&self.workers).acquire_owned().await.map_err(|_| overloaded("The server is shutting down.".to_owned()))?;
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || {
            let _held = (admitted, worker, reserve);
            span.in_scope(work)
        })
        .await
        .unwrap_or_else(|error| Err(Problem::internal(format!("the operation did not finish: {error}"))))
    }

    /// Workers computing now, and requests let in, for the readiness page.
    pub(crate) fn load(&self) -> (usize, usize) {
        (
            self.worker_count.saturating_sub(self.workers.available_permits()),
            self.admitted_max.saturating_sub(self.admitted.available_permits()),
        )
    }

    fn queue_is_full(&self) -> Problem {
        overloaded(format!("{} requests are being worked on or waiting already.", self.admitted_max))
    }
}

/// What who was turned away may do.
pub(crate) const LATER: &str = "Try again after the seconds that Retry-After names.";

/// Too much at once.
pub(crate) fn overloaded(message: String) -> Problem {
    Problem::new(Code::Overloaded, "", message, LATER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_in_whole_blocks_and_given_back() {
        let gate = Gate::new(&ServerConfig { memory_bytes_max: 4096, ..ServerConfig::default() });
        let mut one = Reserve::default();
        for _ in 0..4 {
            gate.grow(&mut one, 512).unwrap();
        }
        let mut two = Reserve::default();
        gate.grow(&mut two, 2048).unwrap();
        assert_eq!(gate.grow(&mut two, 1).unwrap_err().code, Code::Overloaded);
        drop(one);
        gate.grow(&mut two, 1).unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_and_frees_its_worker() {
        let gate = Gate::new(&ServerConfig { workers: 1, queue_max: 0, ..ServerConfig::default() });
        for _ in 0..3 {
            let problem = gate.compute::<()>(Reserve::default(), || panic!("defect")).await.unwrap_err();
            assert_eq!(problem.code, Code::Internal);
        }
        assert_eq!(gate.compute(Reserve::default(), || Ok(7)).await.unwrap(), 7);
        assert_eq!(gate.load(), (0, 0));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_that_nobody_waits_for_still_counts() {
        let gate = Gate::new(&ServerConfig { workers: 1, queue_max: 0, ..ServerConfig::default() });
        let (finish, wait) = std::sync::mpsc::channel::<()>();
        let work = gate.compute(Reserve::default(), move || wait.recv().map_err(|_| Problem::internal("gone")));
        assert!(tokio::time::timeout(std::time::Duration::from_millis(100), work).await.is_err(), "given up");
        assert_eq!(gate.compute(Reserve::default(), || Ok(())).await.unwrap_err().code, Code::Overloaded);
        finish.send(()).unwrap();
        while gate.load() != (0, 0) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(gate.compute(Reserve::default(), || Ok(())).await.is_ok());
    }
}
