//! What people write: the configuration file, addresses, origins, ids and sizes.

use std::path::PathBuf;
use std::sync::OnceLock;

use pilothouse_relay::client::RelayUrl;
use pilothouse_relay::config::{Config, Keep, ServeArgs};
use pilothouse_shared::{ChannelId, EventId, MemberId, SignalKey};
use tempfile::TempDir;

static FOLDER: OnceLock<Option<TempDir>> = OnceLock::new();

/// A text is read as each of these. What is taken for an id is the same text again, and an address is
/// read back as the same address.
pub(crate) fn run(input: &[u8]) {
    file(input);
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let _ = text.parse::<Keep>();
    if let Ok(url) = text.parse::<RelayUrl>() {
        let again = url.to_string().parse::<RelayUrl>();
        assert_eq!(again.map(|again| again.socket()), Ok(url.socket()));
    }
    same(text, text.parse::<ChannelId>().map(|id| id.to_string()));
    same(text, text.parse::<EventId>().map(|id| id.to_string()));
    same(text, text.parse::<MemberId>().map(|id| id.to_string()));
    same(text, text.parse::<SignalKey>().map(|id| id.to_string()));
    origin(text);
}

fn same<E>(text: &str, id: Result<String, E>) {
    if let Ok(id) = id {
        assert_eq!(id, text);
    }
}

/// What is taken for an origin is written as a browser would, so it is taken for the same again.
fn origin(text: &str) {
    let config = |origin: &str| {
        let args = ServeArgs {
            allow_origin: Some(vec![origin.to_owned()]),
            data_dir: Some(PathBuf::from("x")),
            ..ServeArgs::default()
        };
        Config::try_from(args).map(|config| config.allow_origin)
    };
    if let Ok(origins) = config(text) {
        for origin in &origins {
            assert_eq!(config(origin).ok().as_ref(), Some(&origins), "{origin}");
        }
    }
}

fn file(input: &[u8]) {
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().ok());
    let Some(path) = folder
        .as_ref()
        .map(|folder| folder.path().join("relay.toml"))
    else {
        return;
    };
    if std::fs::write(&path, input).is_err() {
        return;
    }
    let typed = ServeArgs {
        config: Some(path),
        ..ServeArgs::default()
    };
    if let Err(error) = Config::try_from(typed) {
        assert!(!error.to_string().is_empty());
    }
}
