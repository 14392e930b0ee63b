//! What can happen to the page, and what it asks for in turn.

use super::Severity;
use crate::state::columns::Columns;
use crate::state::explain::Subject;
use crate::state::file::FileKey;
use crate::state::look::Look;
use crate::state::mend::Said;
use crate::state::problem::Problem;
use crate::state::question::Question;
use crate::state::share::Shared;
use crate::state::stream::NAME as STREAM;
use allocator_core::config::blend::BlendConfig;

/// Number of a message to the worker; never used twice on one page.
pub type MessageId = u64;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page has opened.
    Opened,
    /// The user gave files: name and size of each. The view keeps the bytes under the keys from [`next_key`](super::Model::next_key) on.
    Given(Vec<(String, u64)>),
    /// The user took a file away.
    Removed(FileKey),
    /// The user wants the file back that was taken away last.
    WantedBack,
    /// The user says something about a file: it is read anew.
    Told(FileKey, Said),
    /// The user wants the sample data back, or gone.
    SampleWanted(bool),
    /// The user changed the settings.
    Configured(Box<BlendConfig>),
    /// The user changed a view's own settings: its id, what the change is called, and the settings as JSON text (`{}`: the defaults).
    ViewSet(&'static str, String, String),
    /// The user let go of a slider, left an entry or chose: the next change of the settings is another change.
    Settled,
    /// The user takes the last change of the settings back.
    Undone,
    /// The user makes it again.
    Redone,
    /// The user does something with the named settings.
    Scenario(ScenarioAct),
    /// A state came by address, by file or from this browser's memory.
    Restored(Box<Shared>, Origin),
    /// Something to tell once.
    Noticed(Severity, String, String),
    /// What was told under a title no longer holds.
    Withdrawn(String),
    /// A view asks the engine something, in a slot of its own.
    Asked(&'static str, Question),
    /// The user chose something to have it explained.
    Selected(Option<Subject>),
    /// The user wants the request that gives the same digest elsewhere.
    RequestWanted,
    /// The user wants to hand the allocation in: its request is needed.
    HandInWanted,
    /// The user wants the answer as a file.
    ResultWanted(ResultFormat),
    /// The user wants to see how a file was read; `None` is the sample.
    Looked(Option<FileKey>),
    /// The user looks at the page in another way.
    Look(Look),
    /// The user no longer wants to wait.
    Stopped,
    /// The user has read a notice.
    Dismissed(usize),
    /// Something to say to people who hear the page.
    Said(String),
    /// The worker runs.
    Ready {
        /// Version of the engine.
        version: String,
        /// From start to running.
        milliseconds: f64,
    },
    /// The worker answered.
    Answered {
        /// Which message.
        id: MessageId,
        /// JSON text.
        text: String,
        /// The weights of a blend, which the text then lacks.
        columns: Option<Columns>,
        /// How long the engine took.
        milliseconds: f64,
    },
    /// The worker refused.
    Refused {
        /// Which message.
        id: MessageId,
        /// The engine's problem.
        problem: Problem,
    },
    /// The worker is gone.
    Lost {
        /// The message it was at, if it could still say so.
        id: Option<MessageId>,
        /// What it said last.
        message: String,
    },
    /// The worker that answers views beside the engine is gone.
    HelperLost {
        /// The message it was at, if it could still say so.
        id: Option<MessageId>,
        /// What it said last.
        message: String,
        /// Questions that it had not answered.
        open: Vec<MessageId>,
    },
    /// A large file is being read.
    Progressed {
        /// Which message.
        id: MessageId,
        /// Bytes read.
        done: u64,
        /// Bytes there are.
        total: u64,
        /// The page's clock, in milliseconds.
        now: f64,
    },
}

/// What can be done with named settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioAct {
    /// Keep the settings under a name.
    Save(String),
    /// Use those of a name.
    Load(String),
    /// Keep a second one of a name.
    Duplicate(String),
    /// Call those of a name otherwise.
    Rename(String, String),
    /// Forget those of a name.
    Delete(String),
    /// Have those back that were forgotten last.
    PutBack,
}

/// Where a state came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An address that someone sent.
    Address,
    /// A file.
    File,
    /// What this browser kept.
    Memory,
    /// What this browser kept, while an address had brought a state before it.
    Behind,
}

/// What the view must do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Start a worker; the old one is no more.
    Start,
    /// Send a file's bytes, with what the user says about it.
    Add(MessageId, FileKey, String),
    /// Have the worker forget a file.
    Remove(MessageId, FileKey),
    /// Have the worker fetch the sample data.
    Sample(MessageId),
    /// Have the worker forget the sample data.
    NoSample(MessageId),
    /// Blend what is loaded with these settings (JSON text).
    Blend(MessageId, String),
    /// Carry out an operation on what is loaded.
    Ask(MessageId, Question),
    /// Forget a file's bytes.
    Forget(FileKey),
    /// Have the worker write a file about a blend with these settings.
    Write(MessageId, Content, String),
    /// Offer a download.
    Save {
        /// Name of the file.
        name: String,
        /// Media type.
        kind: &'static str,
        /// Content.
        text: String,
    },
}

/// What of a blend the worker writes as text, byte for byte as the command line and HTTP have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The canonical request.
    Request,
    /// The answer.
    Answer,
}

impl Content {
    /// How its file is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Content::Request => "request",
            Content::Answer => "allocation",
        }
    }
}

/// Form of a downloaded answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultFormat {
    /// The engine's answer, byte for byte.
    Json,
    /// Weights and contributions as a table.
    Csv,
}

impl Event {
    /// Whether it changes data or settings.
    pub(super) fn is_change(&self) -> bool {
        matches!(
            self,
            Event::Given(..)
                | Event::Removed(..)
                | Event::WantedBack
                | Event::Told(..)
                | Event::SampleWanted(..)
                | Event::Configured(..)
                | Event::ViewSet(..)
                | Event::Undone
                | Event::Redone
                | Event::Scenario(..)
                | Event::Restored(..)
        )
    }

    /// Whether it is one more batch of a stream, and nothing else.
    pub(super) fn is_batch(&self) -> bool {
        matches!(self, Event::Given(files) if files.iter().all(|(name, _)| name == STREAM))
    }
}
