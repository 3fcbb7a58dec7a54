//! One run: the command, its display and who watches.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use pilothouse_relay::client::{Agent, Refused};
use pilothouse_relay::config::ConnectArgs;
use pilothouse_shared::{
    Body, ChannelId, Extra, Hello, MemberId, MemberKind, OperationStarted, SessionStarted,
    SignalKey,
};
use rustix::process::Signal;
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::ending::Ending;
use super::frames::{Frames, Pace, Size};
use super::names::{channel_of, command_line, key_of, label, program};
use super::output::Output;
use super::pty::{Pty, Started};
use super::remote::{Control, Hands, Remote};
use super::screen::Screen;
use super::terminal::{Keys, Terminal};
use super::{Failure, Run, say};
use crate::cli::plain::plain;

/// How long the last events may take to be acknowledged, with a connection and without one.
const CLOSE_WITHIN: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(1)];

/// Signals and sizes that wait to be passed on; who sends them waits when there are more.
const MAX_CONTROLS: usize = 16;

/// See the module.
pub(super) struct Session {
    channel: ChannelId,
    display: String,
    key: SignalKey,
    program: String,
    command_line: String,
    may_type: bool,
    has_fixed_size: bool,
    has_colour: bool,
    size: Size,
    terminal: Terminal,
    connect: ConnectArgs,
}

/// A command that runs.
struct Live {
    pty: Pty,
    output: Arc<Output>,
    frames: Frames,
    pace: Pace,
    agent: Agent,
    channel: ChannelId,
    key: SignalKey,
    /// Whose size the command's terminal follows.
    follows: Option<Terminal>,
}

impl Session {
    pub(super) fn new(args: Run, size: Size, terminal: Terminal) -> Self {
        let program = program(&args.command);
        let name = args.display.or_else(|| args.connect.name.clone());
        let display = name.unwrap_or_else(|| program.clone());
        let is_named = args.channel.is_some();
        let channel = args.channel.unwrap_or_else(|| channel_of(&program));
        if !is_named {
            say(format!("shown at {}/c/{channel}", args.connect.relay.url()));
        }
        let (display, key) = key_of(&display);
        Self {
            channel,
            display,
            key,
            program,
            command_line: command_line(&args.command),
            may_type: args.input,
            has_fixed_size: args.size.is_some(),
            has_colour: args.colour,
            size,
            terminal,
            connect: args.connect,
        }
    }

    pub(super) async fn run(self, started: Started) -> Result<(), Failure> {
        let mut signals = Heard::listen()?;
        let hello = self.hello();
        let taker = hello.member.clone().filter(|_| self.may_type);
        let agent = Agent::start(&self.connect.relay.url(), hello);
        let raw = self.terminal.raw();
        let keys = Keys::start(started.input);
        keys.follow_stdin(!self.may_type);
        let (controls, mut wanted) = mpsc::channel(MAX_CONTROLS);
        let hands = self.may_type.then_some(Hands { keys, controls });
        let following = self.begin(&agent, hands).await;
        let mut live = Live {
            pty: started.pty,
            output: Output::start(started.output, Screen::new(self.size, self.has_colour)),
            frames: Frames::with_input(taker),
            pace: Pace::default(),
            agent: agent.clone(),
            channel: self.channel.clone(),
            key: self.key,
            follows: (!self.has_fixed_size).then_some(self.terminal),
        };
        let status = live
            .until_ended(started.ended, &mut signals, &mut wanted)
            .await;
        drop(raw);
        let ending = status.map_or(Ending::Exit(1), Ending::from);
        for body in ending.bodies() {
            drop(agent.submit(&self.channel, body).await);
        }
        drop(live);
        let [connected, away] = CLOSE_WITHIN;
        let within = match agent.is_connected() {
            true => connected,
            false => away,
        };
        let n_left = agent.close(within).await;
        tell_losses(&self.connect, n_left, following.await.ok());
        match ending.code() {
            0 => Ok(()),
            code => Err(Failure::Exited(code)),
        }
    }

    /// Says that the session began, and follows the channel from there.
    async fn begin(
        &self,
        agent: &Agent,
        hands: Option<Hands>,
    ) -> tokio::task::JoinHandle<Result<(), Refused>> {
        let here = std::env::current_dir().ok();
        let began = Body::SessionStarted(SessionStarted {
            agent: self.program.clone(),
            cwd: here.map(|here| label(&here.to_string_lossy())),
            model: None,
            source: Some("run".to_owned()),
            extra: Extra::new(),
        });
        let operation = Body::OperationStarted(OperationStarted {
            operation: self.command_line.clone(),
            status: None,
            extra: Extra::new(),
        });
        let began = agent.submit(&self.channel, began).await;
        drop(agent.submit(&self.channel, operation).await);
        let remote = Remote {
            agent: agent.clone(),
            channel: self.channel.clone(),
            display: self.display.clone(),
            hands,
        };
        tokio::spawn(remote.follow(began))
    }

    /// The relay must know this run again after a reconnect, so that its member is made here.
    fn hello(&self) -> Hello {
        let mut hello = self.connect.hello(MemberKind::Agent);
        let made = || MemberId::new(uuid::Uuid::new_v4().simple().to_string()).ok();
        hello.member = hello.member.or_else(made);
        let short = |name: String| name.chars().take(30).collect();
        hello.name = hello.name.or_else(|| Some(short(self.program.clone())));
        hello
    }
}

impl Live {
    /// Shows the command until it has ended and all it printed was passed on.
    async fn until_ended(
        &mut self,
        mut ended: oneshot::Receiver<std::io::Result<ExitStatus>>,
        signals: &mut Heard,
        wanted: &mut mpsc::Receiver<Control>,
    ) -> std::io::Result<ExitStatus> {
        let mut frame_at: Option<Instant> = None;
        let status = loop {
            tokio::select! {
                status = &mut ended => break status,
                () = self.output.changed(), if frame_at.is_none() => {
                    frame_at = Some(self.pace.due(Instant::now()));
                }
                () = sleep_to(frame_at) => {
                    frame_at = None;
                    self.show();
                }
                () = self.output.reader_gone.notified() => self.pty.signal_all(Signal::HUP),
                signal = signals.next() => self.hear(signal),
                Some(control) = wanted.recv() => self.control(control),
            }
        };
        // Who ends this program now means the program: its command is gone.
        tokio::select! {
            () = self.output.drained() => {}
            () = async { while signals.next().await.is_none() {} } => {}
        }
        self.show();
        status.unwrap_or_else(|_| Err(std::io::Error::other("nobody waited for the command")))
    }

    fn show(&mut self) {
        let grid = self.output.screen().grid();
        if let Some(op) = self.frames.next(grid) {
            // It always fits: see `Frames::next`.
            let _ = self.agent.signal(&self.channel, self.key.clone(), op);
        }
        self.pace.sent(Instant::now());
    }

    fn hear(&mut self, signal: Option<Signal>) {
        match signal {
            Some(signal) => self.pty.signal_all(signal),
            None => {
                if let Some(size) = self.follows.as_ref().and_then(Terminal::size) {
                    self.resize(size);
                }
            }
        }
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Signal(signal) => self.pty.signal_foreground(signal),
            Control::Size(size) => self.resize(size),
        }
    }

    fn resize(&mut self, size: Size) {
        self.output.screen().resize(size);
        self.output.touch();
        self.pty.resize(size);
    }
}

async fn sleep_to(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Signals to this process, which are for the command.
struct Heard {
    interrupt: Signals,
    quit: Signals,
    terminate: Signals,
    hang_up: Signals,
    window: Signals,
}

impl Heard {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::Failed(error.to_string()));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            quit: listen(SignalKind::quit())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
            window: listen(SignalKind::window_change())?,
        })
    }

    /// The signal to pass on; `None` when only the size of the window changed.
    async fn next(&mut self) -> Option<Signal> {
        tokio::select! {
            _ = self.interrupt.recv() => Some(Signal::INT),
            _ = self.quit.recv() => Some(Signal::QUIT),
            _ = self.terminate.recv() => Some(Signal::TERM),
            _ = self.hang_up.recv() => Some(Signal::HUP),
            _ = self.window.recv() => None,
        }
    }
}

/// Said once the terminal is whole again.
fn tell_losses(connect: &ConnectArgs, n_left: usize, followed: Option<Result<(), Refused>>) {
    let url = &connect.relay.url();
    match followed {
        Some(Err(Refused::Relay { message, .. } | Refused::Stopped(message))) => {
            say(format!(
                "the relay at {url} did not take it: {}",
                plain(&message)
            ));
        }
        _ if n_left > 0 => say(format!(
            "the relay at {url} was not reached: {n_left} events about this run were not delivered"
        )),
        _ => {}
    }
}
