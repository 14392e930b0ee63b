//! `allocator serve`.

use super::FAILED;
use super::args::ServeArgs;
use super::source::settings_of;
use crate::config::{Origin, ServerConfig};
use crate::http::App;
use crate::serve::{End, StopSignal, bind, prepare_data, serve as answer};
use crate::telemetry;
use allocator_core::wire::{At, Decode, Json};
use allocator_core::{Code, Faults, Problem};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Serves until a signal asks it to stop. A clean stop is success, also when the deadline cut some connections.
pub(crate) fn serve(args: ServeArgs) -> Result<ExitCode, Problem> {
    let config = effective(args)?;
    telemetry::start(config.log_level, config.log_format);
    prepare_data(Path::new(&config.data))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Problem::new(Code::Io, "", format!("The threads of the server cannot be started: {error}."), "Free some memory.")
    })?;
    let done: Result<End, Problem> = runtime.block_on(async {
        let mut signal = StopSignal::watch()?;
        let listener = bind(&config).await?;
        let address = listener
            .local_addr()
            .map_err(|error| Problem::new(Code::Io, "/listen", format!("The address is unknown: {error}."), ""))?;
        let app = Arc::new(App::new(config));
        let assets = app.assets.as_ref().map(|dir| dir.display().to_string());
        tracing::info!(%address, data = app.config.data, assets, "listening");
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
        Ok(answer(listener, app, stop).await)
    });
    // Work that is still being computed answers nobody any more.
    runtime.shutdown_background();
    match done? {
        End::Drained => tracing::info!("stopped"),
        End::Cut(connections) => tracing::warn!(connections, "stopped with connections open"),
    }
    Ok(ExitCode::SUCCESS)
}

fn effective(args: ServeArgs) -> Result<ServerConfig, Problem> {
    let flags = [
        ("listen", "--listen", args.listen),
        ("data", "--data", args.data),
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
    faults.finish(config).map_err(|problem| settings.locate(problem, "", "server"))
}
