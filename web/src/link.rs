//! The driver of [`Link`]: gives it a socket, timers and luck, and does what it says.

mod socket;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use pilothouse_shared::link::{Command, Input, Link, Measure};
use pilothouse_shared::{ClientFrame, CloseCode, Encoding, Hello, Millis};

use crate::{clock, page};
use socket::{Happened, Socket};

/// Frames that wait for the next animation frame; one more, and they are applied at once.
const MAX_QUEUED: usize = 2_000;

/// How long frames wait when nobody looks and animation frames do not come, in milliseconds.
const HIDDEN_MS: u32 = 250;

/// Told after each batch what changed; commands for the driver itself are not among them.
type Ear = Box<dyn Fn(&Link, Vec<Command>)>;

/// How frames are written: all of them, or those that the page sends.
#[derive(Clone, Copy)]
pub(crate) struct Writer {
    /// The frame's text; `None` for one that has none.
    pub(crate) write: fn(&ClientFrame) -> Option<String>,
    /// Its length.
    pub(crate) measure: Measure,
}

/// Told the text of each frame.
type Overhearer = Box<dyn Fn(&str)>;

/// A link, its socket and its timers.
pub(crate) struct Driver {
    this: Weak<Self>,
    url: String,
    writer: Writer,
    link: RefCell<Link>,
    socket: RefCell<Option<Socket>>,
    queue: RefCell<VecDeque<String>>,
    is_pump_due: Cell<bool>,
    wake: RefCell<Option<Timeout>>,
    ear: Ear,
    /// Told each frame's text.
    overhears: RefCell<Option<Overhearer>>,
}

impl Driver {
    /// A link to the socket at `url` that has not started, and who is told of its changes.
    pub(crate) fn new(
        url: String,
        writer: Writer,
        hello: Option<Hello>,
        ear: impl Fn(&Link, Vec<Command>) + 'static,
    ) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            url,
            writer,
            link: RefCell::new(Link::measured(hello, writer.measure)),
            socket: RefCell::default(),
            queue: RefCell::default(),
            is_pump_due: Cell::default(),
            wake: RefCell::default(),
            ear: Box::new(ear),
            overhears: RefCell::default(),
        })
    }

    /// Calls `ear` with the text of every frame before it is applied.
    pub(crate) fn overhear(&self, ear: Box<dyn Fn(&str)>) {
        *self.overhears.borrow_mut() = Some(ear);
    }

    /// Reads the link's state.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Link) -> T) -> T {
        read(&self.link.borrow())
    }

    /// Says something else at the beginning of connections to come.
    pub(crate) fn set_hello(&self, hello: Hello) {
        self.link.borrow_mut().set_hello(Some(hello));
    }

    /// Feeds the link, after whatever the socket brought before.
    pub(crate) fn feed(&self, input: Input) {
        let mut told = self.drain();
        told.extend(self.step(input));
        self.tell(told);
    }

    /// Applies what the socket brought.
    pub(crate) fn pump(&self) {
        let told = self.drain();
        self.tell(told);
    }

    fn tell(&self, told: Vec<Command>) {
        if !told.is_empty() {
            (self.ear)(&self.link.borrow(), told);
        }
    }

    fn drain(&self) -> Vec<Command> {
        self.is_pump_due.set(false);
        let queued = std::mem::take(&mut *self.queue.borrow_mut());
        let frames = queued.iter().filter_map(|text| {
            if let Some(ear) = &*self.overhears.borrow() {
                ear(text);
            }
            // A frame of a later version is not an error: what it changes is not known here.
            Encoding::Json.decode_relay(text.as_bytes()).ok()
        });
        frames
            .flat_map(|frame| self.step(Input::Frame(Box::new(frame))))
            .collect()
    }

    /// One step: does what is for the driver, returns what is for others.
    fn step(&self, input: Input) -> Vec<Command> {
        let commands = self
            .link
            .borrow_mut()
            .step(input, clock::now(), js_sys::Math::random());
        commands
            .into_iter()
            .filter_map(|command| self.perform(command))
            .collect()
    }

    fn perform(&self, command: Command) -> Option<Command> {
        match command {
            Command::Connect => self.connect(),
            Command::Send(frame) => {
                if let (Some(socket), Some(text)) =
                    (&*self.socket.borrow(), (self.writer.write)(&frame))
                {
                    socket.send(&text);
                }
            }
            Command::Close(code) => self.drop_socket(Some(code)),
            Command::WakeAt(at) => self.wake_at(at),
            other => return Some(other),
        }
        None
    }

    fn connect(&self) {
        self.drop_socket(None);
        let this = self.this.clone();
        let socket = Socket::open(&self.url, move |happened| {
            if let Some(driver) = this.upgrade() {
                driver.hear(happened);
            }
        });
        *self.socket.borrow_mut() = socket;
        if self.socket.borrow().is_none() {
            self.later(0, |driver| driver.feed(broken()));
        }
    }

    /// What a former socket brought belongs to its own connection and leaves with it.
    fn drop_socket(&self, code: Option<CloseCode>) {
        self.queue.borrow_mut().clear();
        if let (Some(socket), Some(code)) = (self.socket.borrow_mut().take(), code) {
            socket.close(code);
        }
    }

    fn hear(&self, happened: Happened) {
        match happened {
            Happened::Opened => self.feed(Input::Opened),
            Happened::Message(text) => self.enqueue(text),
            Happened::Closed { code, reason } => {
                self.feed(Input::Closed {
                    code: code.into(),
                    reason,
                });
            }
        }
    }

    fn enqueue(&self, text: String) {
        self.queue.borrow_mut().push_back(text);
        if self.queue.borrow().len() >= MAX_QUEUED {
            return self.pump();
        }
        if self.is_pump_due.replace(true) {
            return;
        }
        let this = self.this.clone();
        match page::is_hidden() {
            true => self.later(HIDDEN_MS, Self::pump),
            false => page::soon(move || {
                if let Some(driver) = this.upgrade() {
                    driver.pump();
                }
            }),
        }
    }

    fn wake_at(&self, at: Millis) {
        let this = self.this.clone();
        let wait = u32::try_from(at.saturating_sub(clock::now()))
            .unwrap_or(u32::MAX)
            .min(i32::MAX as u32);
        let tick = move || {
            if let Some(driver) = this.upgrade() {
                driver.feed(Input::Tick);
            }
        };
        *self.wake.borrow_mut() = Some(Timeout::new(wait, tick));
    }

    fn later(&self, wait: u32, then: impl FnOnce(&Self) + 'static) {
        let this = self.this.clone();
        let run = move || {
            if let Some(driver) = this.upgrade() {
                then(&driver);
            }
        };
        Timeout::new(wait, run).forget();
    }
}

fn broken() -> Input {
    Input::Closed {
        code: CloseCode::Other(1006),
        reason: String::new(),
    }
}
