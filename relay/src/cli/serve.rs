//! `pilothouse serve`.

use pilothouse_relay::Server;
use pilothouse_relay::config::{Config, ServeArgs};

use super::signals::Signals;
use super::{Failure, output};
use crate::telemetry;

pub(super) const EXAMPLES: &str = "Examples:
  pilothouse serve                                     the dashboard at http://127.0.0.1:8420
  pilothouse serve --listen 127.0.0.1:0                on a free port; the first line says which
  pilothouse serve --durability memory                 to try it out, leaving nothing behind
  pilothouse serve --allow-origin https://docs.example for a page that embeds the widget
  pilothouse serve --tls-self-signed                   encrypted, with a certificate of its own
  pilothouse serve --tls-cert c.pem --tls-key k.pem    encrypted, with one that browsers know
  PILOTHOUSE_GRACE=2 pilothouse serve                  any flag, from the environment
  pilothouse serve --config relay.toml                 or from a file, with lines such as
                                                         listen = \"127.0.0.1:9000\"
                                                         keep-events = 20000

On a phone, in three commands:
  pilothouse token create --name me --role admin --out me.token
  pilothouse serve --listen 0.0.0.0:8420 --tls-self-signed
  pilothouse link --name phone --role approver

From another machine without keys: ssh -L 8420:127.0.0.1:8420 HOST, then open http://127.0.0.1:8420 there.";

/// Serves until a signal comes, and then until shutdown has finished.
pub(super) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let config = Config::try_from(args).map_err(usage)?;
    telemetry::start(config.log_format).map_err(usage)?;
    #[cfg(unix)]
    make_room_for_sockets();
    let (address, grace) = (config.listen, config.grace);
    let mut signals = Signals::new().map_err(failed)?;
    let server = Server::new(config).await.map_err(failed)?;
    let listener = server.bind(address).map_err(|error| {
        Failure::Failed(format!(
            "cannot listen on {address}: {error}; if a relay runs there already, use that one, or \
             choose another address with --listen"
        ))
    })?;
    let address = listener.local_addr().map_err(failed)?;
    // Whoever started this may have gone on without reading; the relay serves all the same.
    let _ = output::print(format!("listening on {}", server.url(address)));
    if let Some(fingerprint) = server.fingerprint() {
        let _ = output::print(format!("fingerprint {fingerprint}"));
        tracing::info!(%fingerprint, "encrypting with a certificate of this relay's own");
    }

    let mut listening = std::pin::pin!(server.listen(listener));
    tokio::select! {
        outcome = &mut listening => return outcome.map_err(failed),
        () = signals.next() => {}
    }
    tracing::info!(
        grace_s = grace.as_secs(),
        "shutting down; a second signal exits at once"
    );
    server.shutdown();
    tokio::select! {
        outcome = &mut listening => outcome.map_err(failed),
        () = signals.next() => Err(Failure::Failed("stopped before shutdown had finished".to_owned())),
    }
}

/// As many sockets as the system allows. Most start a program with 1024, for the sake of old ones that
/// use `select`; a crowd is more.
#[cfg(unix)]
fn make_room_for_sockets() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = maximum;
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current, maximum }) {
        tracing::warn!(%error, "no more sockets than the usual number");
    }
}

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}
