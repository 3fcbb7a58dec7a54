//! Web servers before a relay, with the configurations of `packaging/`.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::until;

/// Where it listens: on a loopback address of its own, so that no other test has the port.
const PORT: u16 = 8443;

/// Which web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// nginx, with `packaging/nginx.conf`.
    Nginx,
    /// Caddy, with `packaging/Caddyfile`.
    Caddy,
}

/// A running web server. Killed when dropped.
#[derive(Debug)]
pub struct Front {
    program: Program,
    folder: TempDir,
    address: SocketAddr,
    child: Child,
}

impl Front {
    /// Starts one before what listens at `behind`. It is the shipped configuration, but for names, ports
    /// and certificates: it speaks plain HTTP.
    pub async fn start(program: Program, behind: SocketAddr) -> Self {
        let [a, b, c] = [(); 3].map(|()| fastrand::u8(1..=254));
        let address = SocketAddr::from(([127, a, b, c], PORT));
        let folder = TempDir::new().unwrap();
        let config = match program {
            Program::Nginx => nginx(folder.path(), address, behind),
            Program::Caddy => caddy(address, behind),
        };
        std::fs::write(folder.path().join("config"), config).unwrap();
        let child = spawn(program, folder.path());
        let front = Self {
            program,
            folder,
            address,
            child,
        };
        front.until_open().await;
        front
    }

    /// The base of its URLs.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens, also while it is down.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, and every connection through it.
    pub async fn stop(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again, where it was.
    pub async fn start_again(&mut self) {
        self.child = spawn(self.program, self.folder.path());
        self.until_open().await;
    }

    async fn until_open(&self) {
        until(format!("{:?} to listen", self.program), || async {
            TcpStream::connect(self.address).await.ok().map(drop)
        })
        .await;
    }
}

fn spawn(program: Program, folder: &Path) -> Child {
    let config = folder.join("config");
    let mut command = match program {
        Program::Nginx => {
            let mut nginx = Command::new("nginx");
            nginx.args(["-g", "daemon off; master_process off;", "-p"]);
            nginx.arg(folder).args(["-e", "stderr", "-c"]).arg(config);
            nginx
        }
        Program::Caddy => {
            let mut caddy = Command::new("caddy");
            caddy.args(["run", "--adapter", "caddyfile", "--config"]);
            caddy.arg(config).env("HOME", folder);
            caddy
        }
    };
    // Debian keeps nginx where only the superuser looks.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    command
        .env("PATH", std::env::join_paths(folders).unwrap())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{program:?}: {error}; `apt-get install nginx caddy`"))
}

/// The example, in a server that keeps its files in `folder`.
fn nginx(folder: &Path, address: SocketAddr, behind: SocketAddr) -> String {
    let shipped = shipped("nginx.conf");
    let (begin, end) = ("server {\n    listen 80;", "}\n\n");
    let plain = shipped
        .find(begin)
        .expect("there is a server for plain HTTP");
    let length = shipped[plain..].find(end).unwrap() + end.len();
    let mut site = shipped.clone();
    site.replace_range(plain..plain + length, "");
    let is_certificate = |line: &&str| line.trim_start().starts_with("ssl_certificate");
    let site: Vec<_> = site.lines().filter(|line| !is_certificate(line)).collect();
    let site = replaced(
        &site.join("\n"),
        &[
            ("listen 443 ssl http2", &format!("listen {address}")),
            ("server 127.0.0.1:8420", &format!("server {behind}")),
        ],
    );
    let folder = folder.display();
    let kept: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
        .concat();
    format!(
        "pid {folder}/pid;\nerror_log stderr warn;\nevents {{}}\n\
         http {{\naccess_log off;\n{kept}{site}\n}}\n"
    )
}

fn caddy(address: SocketAddr, behind: SocketAddr) -> String {
    let site = replaced(
        &shipped("Caddyfile"),
        &[
            // A site's name does not say where Caddy listens: that is everywhere.
            (
                "\nrelay.example {",
                &format!("\nhttp://{address} {{\n\tbind {}", address.ip()),
            ),
            (
                "reverse_proxy 127.0.0.1:8420",
                &format!("reverse_proxy {behind}"),
            ),
        ],
    );
    format!("{{\n\tadmin off\n\tauto_https off\n}}\n{site}")
}

fn shipped(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// What must be told otherwise here; each text is there.
fn replaced(config: &str, pairs: &[(&str, &String)]) -> String {
    pairs.iter().fold(config.to_owned(), |config, (from, to)| {
        assert!(config.contains(from), "the example has no `{from}`");
        config.replace(from, to)
    })
}
