//! `pilothouse observe`: what happens to the files of a folder.

mod folder;
mod known;
mod pipeline;
mod publish;
mod watcher;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use pilothouse_relay::client::Agent;
use pilothouse_relay::config::ConnectArgs;
use pilothouse_shared::{ChannelId, MemberKind};
use tokio::signal::ctrl_c;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Failure;
use folder::Folder;
use known::{Known, Quiet};
use pipeline::Pipeline;
use publish::Reports;
use watcher::Watcher;

/// How long the last events may take to be acknowledged.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// Publish what happens to the files of a folder
///
/// Every file that is made, changed or deleted becomes an event; one save is one event, however many
/// steps an editor takes. Left out are .git, target and node_modules, and what .gitignore names. When
/// very many files change at once, the first hundred are named and the others counted.
///
/// With --pipeline each subfolder is a stage of a board, and what lies in it, a file or a folder, is an
/// item: moving it to another subfolder moves it on the board. Ends with Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse observe .                                   what an agent changes here
  pilothouse observe tasks --pipeline --channel tasks    a board of tasks/1-next, tasks/2-doing, …
  pilothouse observe tasks --pipeline --stage upcoming --stage current --stage merge
      the same with stages in an order of your own")]
pub(crate) struct Observe {
    /// The folder
    folder: PathBuf,

    /// The channel; made when it does not exist [default: the folder's name]
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<ChannelId>,

    /// Leave nothing out
    #[arg(long)]
    all: bool,

    /// Show the subfolders as the stages of a board
    #[arg(long)]
    pipeline: bool,

    /// A stage; say it again for the next one [default: every subfolder, 2-b before 10-a]
    #[arg(long, value_name = "SUBFOLDER", requires = "pipeline")]
    stage: Vec<String>,

    #[command(flatten)]
    connect: ConnectArgs,
}

pub(super) async fn run(args: Observe) -> Result<(), Failure> {
    let folder = Folder::open(&args.folder, args.all)?;
    let channel = match args.channel {
        Some(channel) => channel,
        None => folder.channel()?,
    };
    let mut hello = args.connect.hello(MemberKind::Agent);
    hello.name = hello.name.or_else(|| Some(folder.name()));
    let mut observing = Observing {
        watcher: Watcher::start(folder)?,
        known: Known::default(),
        quiet: Quiet::default(),
        board: args.pipeline.then(|| Pipeline::new(args.stage)),
    };
    // What is there already is no news.
    observing.known = observing.watcher.scan()?;
    let agent = Agent::start(&args.connect.relay.url(), hello);
    let stopping = CancellationToken::new();
    let mut reports = Reports::begin(&agent, channel, observing.watcher.root()).await;
    let ending = stopping.clone();
    tokio::spawn(async move {
        stopped().await;
        ending.cancel();
    });
    let outcome = tokio::select! {
        outcome = observing.until_refused(&mut reports) => outcome,
        () = stopping.cancelled() => Ok(()),
    };
    reports.end().await;
    drop(reports);
    let n_left = agent.close(CLOSE_WITHIN).await;
    if n_left > 0 {
        super::say(format!("{n_left} events were not delivered"));
    }
    outcome
}

/// Waits for Ctrl-C, or to be asked to end.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut asked) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = asked.recv() => {}
                _ = ctrl_c() => {}
            }
            return;
        }
    }
    let _ = ctrl_c().await;
}

/// A folder and what is known of it.
struct Observing {
    watcher: Watcher,
    known: Known,
    quiet: Quiet,
    board: Option<Pipeline>,
}

impl Observing {
    /// Publishes what happens, until it cannot go on.
    async fn until_refused(&mut self, reports: &mut Reports) -> Result<(), Failure> {
        self.show_board(reports).await?;
        loop {
            tokio::select! {
                () = self.watcher.stirred() => self.quiet.stirred(Instant::now()),
                () = sleep_to(self.quiet.due()) => {
                    self.quiet = Quiet::default();
                    self.look(reports).await?;
                }
                () = reports.lost() => self.show_board(reports).await?,
            }
        }
    }

    /// Publishes the whole board, also to a relay that may have lost it.
    async fn show_board(&mut self, reports: &Reports) -> Result<(), Failure> {
        match &mut self.board {
            Some(board) => reports.publish([board.whole(&self.known)]).await,
            None => Ok(()),
        }
    }

    /// Looks at what stirred, and publishes what has changed.
    async fn look(&mut self, reports: &Reports) -> Result<(), Failure> {
        let mut changes = self.watcher.look(&mut self.known)?;
        if let Some(board) = &mut self.board {
            let moves = board.next(&self.known);
            changes.retain(|change| !moves.explains(&change.path));
            if moves.is_open {
                self.quiet.stirred(Instant::now());
            }
            reports.publish(moves.bodies).await?;
        }
        reports.changes(&changes).await
    }
}

async fn sleep_to(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
