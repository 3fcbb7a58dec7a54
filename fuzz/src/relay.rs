//! A relay in this process, spoken to over a loopback socket, as anybody would.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::sync::OnceLock;
use std::time::Duration;

use pilothouse_relay::Server;
use pilothouse_relay::access::Keyring;
use pilothouse_relay::config::{Config, Durability, MaxRates};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Connections after which there is a new relay: what one holds is bounded, but inputs are easier to
/// understand when little came before them.
const PER_RELAY: u32 = 500;

/// How long an answer is waited for. Some wait for people; whoever goes is no less welcome the next time.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of an answer that are read.
const MAX_ANSWER: u64 = 1024 * 1024;

static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

/// Where the relay has keys, and their id; it is in open mode unless a target asks for them.
static KEYS: OnceLock<Option<(TempDir, String)>> = OnceLock::new();

thread_local! {
    static RELAY: RefCell<Option<Relay>> = const { RefCell::new(None) };
}

struct Relay {
    server: Server,
    address: SocketAddr,
    n_connections: u32,
}

impl Relay {
    /// One with keys lets nobody in, so that little is left in it.
    fn is_worn(&self) -> bool {
        self.n_connections >= PER_RELAY && KEYS.get().is_none()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.shutdown();
    }
}

/// The id of the relay's keys, which it has from now on.
pub(crate) fn keys() -> Option<&'static str> {
    let keys = KEYS.get_or_init(|| {
        let folder = tempfile::tempdir().ok()?;
        let id = Keyring::open(folder.path()).ok()?.id().to_owned();
        Some((folder, id))
    });
    keys.as_ref().map(|(_, id)| id.as_str())
}

/// A new connection to the relay; a failure of this machine is no finding.
pub(crate) fn connect() -> Option<TcpStream> {
    let address = RELAY.with_borrow_mut(|relay| {
        if relay.as_ref().is_none_or(Relay::is_worn) {
            *relay = start();
        }
        let relay = relay.as_mut()?;
        relay.n_connections += 1;
        Some(relay.address)
    })?;
    let socket = TcpStream::connect(address).ok()?;
    socket.set_nodelay(true).ok()?;
    Some(socket)
}

/// Sends a whole request that asks for the connection to be closed, and reads the answer. Nothing that
/// is sent makes the relay fail.
pub(crate) fn exchange(request: &[u8]) -> Vec<u8> {
    exchange_within(request, PATIENCE)
}

/// The same, and goes after so long.
pub(crate) fn exchange_within(request: &[u8], patience: Duration) -> Vec<u8> {
    let mut answer = Vec::new();
    let Some(mut socket) = connect() else {
        return answer;
    };
    let _ = socket.set_read_timeout(Some(patience));
    let _ = socket.write_all(request);
    let _ = socket.take(MAX_ANSWER).read_to_end(&mut answer);
    let status = answer.get(9..12).unwrap_or_default();
    assert!(
        status != b"500",
        "{} was answered {}",
        String::from_utf8_lossy(request),
        String::from_utf8_lossy(&answer)
    );
    answer
}

fn start() -> Option<Relay> {
    let runtime = RUNTIME.get_or_init(|| Runtime::new().ok()).as_ref()?;
    runtime.block_on(async {
        // libFuzzer's `main` does not ignore it as Rust's does: who hangs up would end the program.
        let _ = signal(SignalKind::pipe()).ok()?;
        let server = Server::new(config()).await.ok()?;
        let listener = server.bind((Ipv4Addr::LOCALHOST, 0).into()).ok()?;
        let address = listener.local_addr().ok()?;
        let listening = server.clone();
        tokio::spawn(async move { listening.listen(listener).await });
        Some(Relay {
            server,
            address,
            n_connections: 0,
        })
    })
}

fn config() -> Config {
    let keys = KEYS.get().and_then(Option::as_ref);
    Config {
        data_dir: keys.map(|(folder, _)| folder.path().to_owned()),
        durability: keys.map_or(Durability::Memory, |_| Durability::Normal),
        grace: Duration::ZERO,
        keep_events: 200,
        max_rates: any_number(),
        ..Config::default()
    }
}

/// Inputs come faster than anybody may ask; what is refused for that tries nothing.
fn any_number() -> MaxRates {
    let most = NonZeroU64::MIN.saturating_add(u32::MAX.into());
    MaxRates {
        frames_per_second: most,
        bytes_per_second: most,
        hints_per_minute: most,
        requests_per_minute: most,
        channels_per_minute: most,
    }
}
