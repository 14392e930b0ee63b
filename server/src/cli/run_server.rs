//! `allocator serve`.

use super::FAILED;
use super::args::ServeArgs;
use super::source::settings_of;
use crate::clock::SystemClock;
use crate::config::{Origin, ServerConfig, Settings};
use crate::http::App;
use crate::journal::{Options, Store};
use crate::serve::{End, StopSignal, bind, prepare_data, serve as answer};
use crate::telemetry;
use allocator_core::wire::{At, Decode, Json};
use allocator_core::{Code, Faults, Problem};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// The journal's log is made so long at the start, bytes: some hundred commits, and in quiet moments it begins anew.
const LOG_AHEAD: u64 = 4 << 20;

/// Serves until a signal asks it to stop. A clean stop is success, also when the deadline cut some connections.
pub(crate) fn serve(args: ServeArgs) -> Result<ExitCode, Problem> {
    let (config, settings) = effective(args)?;
    let directory = Path::new(&config.data);
    let options = Options { bytes_max: u64::from(config.journal_mib_max) << 20, log_ahead: LOG_AHEAD, ..Options::new(directory) };
    // Nothing is made for a server that does not start: without a journal there are no tokens.
    if !options.path().is_file() {
        config.guarded_address(false).map_err(|problem| settings.locate(problem, "", "server"))?;
    }
    telemetry::start(config.log_level, config.log_format);
    prepare_data(directory)?;
    let store = Store::open(&options, Arc::new(SystemClock))?;
    let has_tokens = store.state().has_tokens(store.now_ms());
    config.guarded_address(has_tokens).map_err(|problem| settings.locate(problem, "", "server"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Problem::new(Code::Io, "", format!("The threads of the server cannot be started: {error}."), "Free some memory.")
    })?;
    let done: Result<End, Problem> = runtime.block_on(async {
        let mut signal = StopSignal::watch()?;
        let listener = bind(&config).await?;
        let address = listener
            .local_addr()
            .map_err(|error| Problem::new(Code::Io, "/listen", format!("The address is unknown: {error}."), ""))?;
        let app = Arc::new(App::with_store(config, Arc::clone(&store)));
        let assets = app.assets.as_ref().map(|dir| dir.display().to_string());
        let redis = app.config.redis.as_deref().map(crate::redis_link::masked);
        tracing::info!(%address, data = app.config.data, assets, redis, "listening");
        let background = crate::background::start(&app);
        let mut stdout = std::io::stdout().lock();
        let _ = writeln!(stdout, "Listening on http://{address}").and_then(|()| stdout.flush());
        drop(stdout);
        let stop = async move {
            signal.next().await;
            // Who asks twice does not want to wait for the deadline.
            tokio::spawn(async move {
                signal.next().await;
                tracing::warn!("stopped at once");
                std::process::exit(i32::from(FAILED));
            });
        };
        let end = answer(listener, Arc::clone(&app), stop).await;
        background.finish().await;
        Ok(end)
    });
    store.close();
    // Work that is still being computed answers nobody any more.
    runtime.shutdown_background();
    match done? {
        End::Drained => tracing::info!("stopped"),
        End::Cut(connections) => tracing::warn!(connections, "stopped with connections open"),
    }
    Ok(ExitCode::SUCCESS)
}

fn effective(args: ServeArgs) -> Result<(ServerConfig, Settings), Problem> {
    let flags = [
        ("listen", "--listen", args.listen),
        ("data", "--data", args.data),
        ("redis", "--redis", args.redis),
        ("assets", "--assets", args.assets),
        ("log_level", "--log-level", args.log_level),
        ("log_format", "--log-format", args.log_format),
    ];
    let mut settings = settings_of("server", args.config.as_deref(), &args.set)?;
    for (field, flag, value) in flags {
        if let Some(value) = value {
            settings.set("server", &[field], Json::String(value), Origin::Flag(flag.to_owned()));
        }
    }
    let tree = settings.explicit("server");
    let mut faults = Faults::new();
    let config = ServerConfig::decode(&tree, &At::Root, &mut faults);
    if let Some(config) = &config {
        config.validate(&At::Root, &mut faults);
    }
    let config = faults.finish(config).map_err(|problem| settings.locate(problem, "", "server"))?;
    Ok((config, settings))
}
