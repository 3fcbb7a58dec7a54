//! `pilothouse backup` and `pilothouse restore`.

use std::path::PathBuf;

use clap::Args;
use pilothouse_relay::config::{Durability, data_dir};
use pilothouse_relay::copies;

use super::Failure;
use super::output::print;

/// Where a relay keeps its history.
#[derive(Debug, Args)]
struct Place {
    /// The folder of the relay's history [default: pilothouse in the user's data folder, as with serve]
    #[arg(long, value_name = "DIR", env = "PILOTHOUSE_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

/// Copy the history to one file, while the relay runs
///
/// The copy is the history of one moment; what is published meanwhile goes on and is not in it. It holds
/// everything that channels hold, private events too: keep it as you keep the history.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse backup history.backup
  pilothouse backup \"history-$(date +%F).backup\"   one a day")]
pub(crate) struct Backup {
    /// The file to write; it must not exist
    file: PathBuf,

    #[command(flatten)]
    place: Place,
}

/// Put a copy of the history in place of the one that is there
///
/// The relay must not run. What is there is kept beside it. Every channel begins a new epoch: whoever
/// watched what came after the copy starts from the copy's state and is not told that nothing is missing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse restore history.backup
  pilothouse restore history.backup --data-dir elsewhere && pilothouse serve --data-dir elsewhere")]
pub(crate) struct Restore {
    /// The copy to put back; it stays as it is
    file: PathBuf,

    #[command(flatten)]
    place: Place,
}

impl Place {
    fn folder(self) -> Result<PathBuf, Failure> {
        let found = data_dir(Durability::default(), self.data_dir)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        found.ok_or_else(|| Failure::Usage("name the folder with --data-dir".to_owned()))
    }
}

pub(super) fn backup(args: Backup) -> Result<(), Failure> {
    let folder = args.place.folder()?;
    let copied = copies::backup(&folder, &args.file).map_err(failed)?;
    let name = args.file.display();
    print(format!(
        "{name}: {} channels, {} events, {} bytes",
        copied.n_channels, copied.n_events, copied.n_bytes
    ))
}

pub(super) fn restore(args: Restore) -> Result<(), Failure> {
    let folder = args.place.folder()?;
    let kept = copies::restore(&args.file, &folder).map_err(failed)?;
    let name = folder.display();
    print(format!("{name} has the history of {}", args.file.display()))?;
    match kept {
        Some(kept) => print(format!("what was there is in {}", kept.display())),
        None => Ok(()),
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}
