//! Disks that go wrong under a running relay.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pilothouse_tests::Process;
use rustix::process::{Resource, Rlimit, prlimit};
use tempfile::TempDir;

/// Puts a small disk under the data folder, seen by nobody else, with a filler on it.
const SMALL_DISK: &str = "mount -t tmpfs -o size=2m tmpfs \"$4\" && \
                          head -c 1000000 /dev/zero > \"$4/filler\" && exec \"$@\"";

/// A file that may not grow is an error to be handled, not a signal to die from.
const HANDLED: &str = "trap '' XFSZ; exec \"$@\"";

/// A relay, and how its disk is made to fail.
pub(super) struct Squeeze {
    relay: Process,
    how: How,
}

enum How {
    /// It fills up, and something else on it is deleted.
    SmallDisk,
    /// Its files are made immutable, which only a superuser can.
    Immutable,
    /// No file may be written.
    Limit,
}

impl Squeeze {
    /// A disk that fills up; where nobody may mount one, a limit.
    pub(super) async fn small_disk() -> Self {
        let place = TempDir::new().unwrap();
        let mount = "mount -t tmpfs tmpfs \"$0\"";
        let path = place.path().to_str().unwrap();
        if !succeeds("unshare", &["-rm", "sh", "-c", mount, path]) {
            return Self::limit().await;
        }
        let wrapper = ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh"];
        let relay = Process::inside(&wrapper, &[]).await;
        let how = How::SmallDisk;
        Self { relay, how }
    }

    /// Files that become immutable; where nobody may do that, a limit.
    pub(super) async fn immutable() -> Self {
        let place = TempDir::new().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        if !change(&file, "+i") {
            return Self::limit().await;
        }
        assert!(change(&file, "-i"));
        let relay = Process::start().await;
        let how = How::Immutable;
        Self { relay, how }
    }

    /// A limit on the size of every file.
    pub(super) async fn limit() -> Self {
        let relay = Process::inside(&["sh", "-c", HANDLED, "sh"], &[]).await;
        let how = How::Limit;
        Self { relay, how }
    }

    pub(super) fn relay(&self) -> &Process {
        &self.relay
    }

    pub(super) fn relay_mut(&mut self) -> &mut Process {
        &mut self.relay
    }

    /// Whether what it stored is there for the next one.
    pub(super) fn outlives_the_process(&self) -> bool {
        !matches!(self.how, How::SmallDisk)
    }

    /// From now on the disk fails, or is about to.
    pub(super) fn squeeze(&self) {
        match self.how {
            How::SmallDisk => {}
            How::Immutable => self.make("+i"),
            How::Limit => self.limit_to(Some(0)),
        }
    }

    /// The cause goes away.
    pub(super) fn relieve(&self) {
        match self.how {
            How::SmallDisk => fs::remove_file(self.inside().join("filler")).unwrap(),
            How::Immutable => self.make("-i"),
            How::Limit => self.limit_to(None),
        }
    }

    /// The data folder as the relay sees it.
    fn inside(&self) -> PathBuf {
        let pid = self.relay.pid().as_raw_nonzero();
        let data = self.relay.data().strip_prefix("/").unwrap();
        Path::new(&format!("/proc/{pid}/root")).join(data)
    }

    fn make(&self, flag: &str) {
        for file in fs::read_dir(self.relay.data()).unwrap() {
            assert!(change(&file.unwrap().path(), flag));
        }
    }

    fn limit_to(&self, current: Option<u64>) {
        let limit = Rlimit {
            current,
            maximum: None,
        };
        prlimit(Some(self.relay.pid()), Resource::Fsize, limit).unwrap();
    }
}

impl Drop for Squeeze {
    fn drop(&mut self) {
        if matches!(self.how, How::Immutable) && self.relay.data().exists() {
            self.make("-i");
        }
    }
}

fn change(file: &Path, flag: &str) -> bool {
    succeeds("chattr", &[flag, file.to_str().unwrap()])
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    let command = command.args(arguments).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
