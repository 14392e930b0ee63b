//! Which worker does what: the engine blends, a helper beside it answers what views ask, both at once.
//!
//! ```text
//! files, sample ──> engine ──> blend                 (latest wins: flight.rs)
//!        └────────> helper ──> correlation, metrics … (latest wins for each view: question.rs)
//! ```
//!
//! The helper starts with the first question and is given what the engine has. Where it would cost too much memory, or the machine has
//! one core, the engine answers everything. A helper that ends takes no data and no blend with it.

use super::file::FileKey;
use super::model::MessageId;
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of files that are read twice, once for each worker.
pub const HELPER_BYTES_MAX: u64 = 128 << 20;
/// Numbers of messages that only carry data to the helper begin here: the page never waits for their answers.
pub const SHADOW: MessageId = 1 << 52;

/// A worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// The one that blends.
    Engine,
    /// The one that answers views.
    Helper,
}

/// What a worker is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Start the helper.
    StartHelper,
    /// End the helper.
    EndHelper,
    /// Read a file.
    Add(Seat, MessageId, FileKey),
    /// Forget a file.
    Remove(Seat, MessageId, FileKey),
    /// Read the sample data.
    Sample(Seat, MessageId),
    /// Forget the sample data.
    NoSample(Seat, MessageId),
    /// Answer the question of this number.
    Ask(Seat, MessageId),
}

/// The helper while it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Helper {
    /// Files that it has been given, and what was said of each.
    files: BTreeMap<FileKey, String>,
    sample: bool,
    open: BTreeSet<MessageId>,
}

/// Both workers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Files that the engine has been given, with their sizes and what was said of each; keys ascend in the order they came.
    files: BTreeMap<FileKey, (u64, String)>,
    sample: bool,
    helper: Option<Helper>,
    /// Whether the machine has a core for it.
    parallel: bool,
    last_shadow: MessageId,
}

impl Pool {
    /// A pool for a machine of so many cores.
    pub fn new(cores: usize) -> Self {
        Pool { files: BTreeMap::new(), sample: false, helper: None, parallel: cores > 1, last_shadow: SHADOW }
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        1 + usize::from(self.helper.is_some())
    }

    fn shadow(&mut self) -> MessageId {
        self.last_shadow += 1;
        self.last_shadow
    }

    /// A new engine starts, without data. A helper that is at work ends with the old one: what it computes was asked of data or by
    /// someone that may be the reason.
    pub fn start(&mut self) -> Vec<Order> {
        self.files.clear();
        self.sample = false;
        let busy = self.helper.as_ref().is_some_and(|helper| !helper.open.is_empty());
        if busy {
            self.helper = None;
            return vec![Order::EndHelper];
        }
        Vec::new()
    }

    /// A file for the engine, to be read as `said`, and for the helper if it lives and lacks it.
    pub fn add(&mut self, id: MessageId, key: FileKey, bytes: u64, said: &str) -> Vec<Order> {
        self.files.insert(key, (bytes, said.to_owned()));
        let mut orders = vec![Order::Add(Seat::Engine, id, key)];
        if self.is_too_much() {
            // It would hold the half of what is asked about.
            orders.extend(self.end());
        } else if self.helper.as_mut().is_some_and(|helper| helper.files.insert(key, said.to_owned()).as_deref() != Some(said)) {
            orders.push(Order::Add(Seat::Helper, self.shadow(), key));
        }
        orders
    }

    /// What was said of a file.
    pub fn said(&self, key: FileKey) -> &str {
        self.files.get(&key).map_or("", |(_, said)| said)
    }

    /// A file is gone.
    pub fn remove(&mut self, id: MessageId, key: FileKey) -> Vec<Order> {
        self.files.remove(&key);
        let mut orders = vec![Order::Remove(Seat::Engine, id, key)];
        if self.helper.as_mut().is_some_and(|helper| helper.files.remove(&key).is_some()) {
            orders.push(Order::Remove(Seat::Helper, self.shadow(), key));
        }
        orders
    }

    /// The sample data come, or go.
    pub fn sample(&mut self, id: MessageId, wanted: bool) -> Vec<Order> {
        self.sample = wanted;
        let order = if wanted { Order::Sample } else { Order::NoSample };
        let mut orders = vec![order(Seat::Engine, id)];
        let differs = self.helper.as_mut().is_some_and(|helper| std::mem::replace(&mut helper.sample, wanted) != wanted);
        if differs {
            orders.push(order(Seat::Helper, self.shadow()));
        }
        orders
    }

    /// A question of a view.
    pub fn ask(&mut self, id: MessageId) -> Vec<Order> {
        if !self.parallel || self.is_too_much() {
            return vec![Order::Ask(Seat::Engine, id)];
        }
        let mut orders = Vec::new();
        let mut helper = self.helper.take().unwrap_or_else(|| {
            orders.push(Order::StartHelper);
            Helper::default()
        });
        // What changed since it started has been told; a helper that starts is told everything.
        let missing: Vec<FileKey> =
            self.files.iter().filter(|(key, (_, said))| helper.files.get(key) != Some(said)).map(|(key, _)| *key).collect();
        let left: Vec<FileKey> = helper.files.keys().filter(|key| !self.files.contains_key(key)).copied().collect();
        for key in left {
            helper.files.remove(&key);
            orders.push(Order::Remove(Seat::Helper, self.shadow(), key));
        }
        for key in missing {
            helper.files.insert(key, self.said(key).to_owned());
            orders.push(Order::Add(Seat::Helper, self.shadow(), key));
        }
        if helper.sample != self.sample {
            helper.sample = self.sample;
            let order = if self.sample { Order::Sample } else { Order::NoSample };
            orders.push(order(Seat::Helper, self.shadow()));
        }
        helper.open.insert(id);
        self.helper = Some(helper);
        orders.push(Order::Ask(Seat::Helper, id));
        orders
    }

    /// A worker answered, or refused; true if the page waits for it.
    pub fn landed(&mut self, seat: Seat, id: MessageId) -> bool {
        if seat == Seat::Helper
            && let Some(helper) = &mut self.helper
        {
            helper.open.remove(&id);
        }
        id < SHADOW
    }

    /// The helper is gone: the questions that it had not answered.
    pub fn lost_helper(&mut self) -> Vec<MessageId> {
        self.helper.take().map(|helper| helper.open.into_iter().collect()).unwrap_or_default()
    }

    fn end(&mut self) -> Vec<Order> {
        if self.helper.as_ref().is_some_and(|helper| helper.open.is_empty()) {
            self.helper = None;
            return vec![Order::EndHelper];
        }
        Vec::new()
    }

    fn is_too_much(&self) -> bool {
        self.files.values().fold(0_u64, |sum, (bytes, _)| sum.saturating_add(*bytes)) > HELPER_BYTES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Order::{Add, Ask, EndHelper, NoSample, Remove, Sample, StartHelper};
    use Seat::{Engine, Helper};

    #[test]
    fn the_first_question_starts_a_helper_with_what_the_engine_has() {
        let mut pool = Pool::new(2);
        assert_eq!(pool.sample(1, true), [Sample(Engine, 1)]);
        pool.sample(2, false);
        pool.add(3, 1, 10, "");
        pool.add(4, 2, 10, "");
        assert_eq!(pool.workers(), 1);
        assert_eq!(pool.ask(5), [StartHelper, Add(Helper, SHADOW + 1, 1), Add(Helper, SHADOW + 2, 2), Ask(Helper, 5)]);
        assert_eq!(pool.ask(6), [Ask(Helper, 6)]);
        assert_eq!(pool.workers(), 2);
        assert_eq!(pool.add(7, 3, 10, ""), [Add(Engine, 7, 3), Add(Helper, SHADOW + 3, 3)]);
        assert_eq!(pool.remove(8, 1), [Remove(Engine, 8, 1), Remove(Helper, SHADOW + 4, 1)]);
        assert_eq!(pool.sample(9, true), [Sample(Engine, 9), Sample(Helper, SHADOW + 5)]);
        assert_eq!(pool.sample(10, false), [NoSample(Engine, 10), NoSample(Helper, SHADOW + 6)]);
        assert_eq!(pool.add(11, 3, 10, "mended"), [Add(Engine, 11, 3), Add(Helper, SHADOW + 7, 3)], "read anew as it was mended");
        assert!(pool.landed(Helper, 5) && !pool.landed(Helper, SHADOW + 1));
    }

    #[test]
    fn one_core_or_large_files_have_one_worker() {
        let mut pool = Pool::new(1);
        assert_eq!(pool.ask(1), [Ask(Engine, 1)]);
        let mut pool = Pool::new(8);
        pool.add(1, 1, HELPER_BYTES_MAX + 1, "");
        assert_eq!(pool.ask(2), [Ask(Engine, 2)]);
        pool.remove(3, 1);
        assert_eq!(pool.ask(4), [StartHelper, Ask(Helper, 4)]);
        pool.landed(Helper, 4);
        assert_eq!(pool.add(5, 2, HELPER_BYTES_MAX + 1, ""), [Add(Engine, 5, 2), EndHelper]);
        assert_eq!(pool.ask(6), [Ask(Engine, 6)]);
    }

    #[test]
    fn an_engine_that_starts_again_keeps_a_helper_that_rests() {
        let mut pool = Pool::new(2);
        pool.add(1, 1, 10, "");
        pool.ask(2);
        pool.landed(Helper, 2);
        assert_eq!(pool.start(), []);
        assert_eq!(pool.add(3, 1, 10, ""), [Add(Engine, 3, 1)], "the helper has it");
        assert_eq!(pool.ask(4), [Ask(Helper, 4)]);
        assert_eq!(pool.start(), [EndHelper], "it was at work");
        assert_eq!(pool.workers(), 1);
    }

    #[test]
    fn files_that_did_not_come_back_are_taken_from_the_helper() {
        let mut pool = Pool::new(2);
        pool.add(1, 1, 10, "");
        pool.add(2, 2, 10, "");
        pool.ask(3);
        pool.landed(Helper, 3);
        pool.start();
        pool.add(4, 2, 10, "");
        assert_eq!(pool.ask(5), [Remove(Helper, SHADOW + 3, 1), Ask(Helper, 5)]);
    }

    #[test]
    fn a_lost_helper_leaves_its_questions() {
        let mut pool = Pool::new(2);
        pool.ask(1);
        pool.ask(2);
        pool.landed(Helper, 1);
        assert_eq!(pool.lost_helper(), [2]);
        assert!(pool.lost_helper().is_empty());
        assert_eq!(pool.ask(2), [StartHelper, Ask(Helper, 2)]);
    }
}
