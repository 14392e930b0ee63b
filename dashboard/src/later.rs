//! What the first picture does without. On a built site it is a file of its own, which `cargo xtask pages` splits off at the functions
//! marked `wasm_split(later)`; it is fetched after the first answer, or when somebody wants it sooner. Where nothing is split (tests, a
//! page being made) everything is here from the beginning.

use leptos::prelude::*;
use std::pin::Pin;
use wasm_split_helpers::SplitLoaderError;

/// What was wanted, or why it did not come.
pub type Fetched<T> = Result<T, SplitLoaderError>;

/// Where something is.
#[derive(Clone, Copy)]
pub enum Code<T: 'static> {
    /// In the page's own file.
    Here(fn() -> Fetched<T>),
    /// In the file that is fetched.
    Elsewhere(fn() -> Pin<Box<dyn Future<Output = Fetched<T>>>>),
}

/// Where a function is that is marked `wasm_split(later)`.
macro_rules! elsewhere {
    ($function:ident) => {{
        #[cfg(feature = "split")]
        let code = $crate::later::Code::Elsewhere(|| Box::pin($function()));
        #[cfg(not(feature = "split"))]
        let code = $crate::later::Code::Here($function);
        code
    }};
}
pub(crate) use elsewhere;

/// How far it is.
#[derive(Clone, Copy)]
pub enum Stage<T> {
    /// Nobody asked for it.
    Untouched,
    /// It is being fetched.
    Coming,
    /// It is here.
    Here(T),
    /// It did not come.
    Failed,
}

impl<T> Stage<T> {
    fn of(fetched: Fetched<T>) -> Self {
        fetched.map_or(Stage::Failed, Stage::Here)
    }
}

/// Something with how far it is; whoever reads it is told when that changes.
#[derive(Clone, Copy)]
pub struct Later<T: 'static> {
    code: Code<T>,
    stage: RwSignal<Stage<T>>,
}

impl<T: Copy + Send + Sync + 'static> Later<T> {
    /// Nothing is fetched yet; what came with the page is here.
    pub fn new(code: Code<T>) -> Self {
        let stage = match code {
            Code::Here(function) => Stage::of(function()),
            Code::Elsewhere(_) => Stage::Untouched,
        };
        Later { code, stage: RwSignal::new(stage) }
    }

    /// How far it is.
    pub fn stage(self) -> Stage<T> {
        self.stage.get()
    }

    /// It, once it is here.
    pub fn get(self) -> Option<T> {
        match self.stage() {
            Stage::Here(thing) => Some(thing),
            Stage::Untouched | Stage::Coming | Stage::Failed => None,
        }
    }

    /// Fetches it, unless it is here or on its way.
    pub fn fetch(self) {
        let (Stage::Untouched | Stage::Failed, Code::Elsewhere(function)) = (self.stage.get_untracked(), self.code) else {
            return;
        };
        self.stage.set(Stage::Coming);
        wasm_bindgen_futures::spawn_local(async move {
            let stage = Stage::of(function().await);
            // The page may be gone by then.
            let _ = self.stage.try_set(stage);
        });
    }
}
