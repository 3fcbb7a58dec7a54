//! Waiting for sockets.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;

/// Sockets told of by one wait.
const MAX_READY: usize = 4096;

/// What a socket is ready for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready {
    /// The number it was added under.
    pub(crate) who: usize,
    /// Reading; or it is closed, which reading will tell.
    pub(crate) is_readable: bool,
    pub(crate) is_writable: bool,
}

/// An epoll instance. Level-triggered: what was not read is told of again.
pub(crate) struct Poll {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poll {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(MAX_READY),
        })
    }

    /// Watches `socket`, for room to write only if `writing`.
    pub(crate) fn add(&self, who: usize, socket: impl AsFd, writing: bool) -> io::Result<()> {
        let who = epoll::EventData::new_u64(who as u64);
        Ok(epoll::add(&self.epoll, socket, who, flags(writing))?)
    }

    /// Changes what `socket` is watched for.
    pub(crate) fn change(&self, who: usize, socket: &TcpStream, writing: bool) -> io::Result<()> {
        let who = epoll::EventData::new_u64(who as u64);
        Ok(epoll::modify(&self.epoll, socket, who, flags(writing))?)
    }

    /// Watches `socket` no longer.
    pub(crate) fn remove(&self, socket: &TcpStream) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, socket)?)
    }

    /// Waits until a socket is ready, at most `within`, and puts those that are into `ready`.
    pub(crate) fn wait(&mut self, within: Duration, ready: &mut Vec<Ready>) -> io::Result<()> {
        let timeout = Timespec::try_from(within).map_err(io::Error::other)?;
        ready.clear();
        self.events.clear();
        match epoll::wait(
            &self.epoll,
            spare_capacity(&mut self.events),
            Some(&timeout),
        ) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        ready.extend(self.events.drain(..).map(|event| {
            // Copied out: the struct is packed.
            let (flags, data) = (event.flags, event.data);
            Ready {
                who: data.u64() as usize,
                is_readable: flags != epoll::EventFlags::OUT,
                is_writable: flags.contains(epoll::EventFlags::OUT),
            }
        }));
        Ok(())
    }
}

fn flags(writing: bool) -> epoll::EventFlags {
    let out = match writing {
        true => epoll::EventFlags::OUT,
        false => epoll::EventFlags::empty(),
    };
    epoll::EventFlags::IN | out
}
