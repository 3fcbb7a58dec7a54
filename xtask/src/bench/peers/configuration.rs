//! The peers' configuration files.

use std::path::{Path, PathBuf};

use super::Peer;
use crate::failure::Failure;

/// Where Debian puts nginx's nchan module.
pub(super) const NCHAN_MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

const UWEBSOCKETS: &str = include_str!("uwebsockets.js");

/// Writes the file of `peer` into `folder`; it shall listen on `port`.
pub(super) fn write(peer: Peer, folder: &Path, port: u16) -> Result<PathBuf, Failure> {
    let (name, text) = match peer {
        Peer::UWebSockets => ("server.js", UWEBSOCKETS.to_owned()),
        Peer::Nchan => ("nginx.conf", nchan(folder, port)),
        Peer::Mosquitto => ("mosquitto.conf", mosquitto(folder, port)),
        Peer::Nats => ("nats.conf", nats(port)),
    };
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(Failure::file(&path))?;
    Ok(path)
}

/// Its buffer is what a subscriber may fall behind without loss; nobody asks for the past.
fn nchan(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "daemon off; worker_processes 1; worker_rlimit_nofile 20000; user root;
pid {folder}/nginx.pid; error_log stderr crit; load_module {NCHAN_MODULE};
events {{ worker_connections 15000; }}
http {{
  access_log off; tcp_nodelay on; nchan_shared_memory_size 512M;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /ws {{
      nchan_subscriber websocket; nchan_channel_id bench; nchan_subscriber_first_message newest;
    }}
    location = /publish {{
      nchan_publisher websocket; nchan_channel_id bench;
      nchan_message_buffer_length 20000; nchan_message_timeout 5m;
    }}
  }}
}}
"
    )
}

/// With WebSocket alone version 2.0 does not start where libwebsockets lacks external polling
/// (<https://github.com/eclipse-mosquitto/mosquitto/issues/2578>): it gets a second listener.
fn mosquitto(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "listener 0 {folder}/mosquitto.sock\nlistener {port} 127.0.0.1\nprotocol websockets\n\
         allow_anonymous true\nmax_queued_messages 0\nmax_queued_bytes 0\n\
         set_tcp_nodelay true\nlog_type error\nuser root\n"
    )
}

fn nats(port: u16) -> String {
    format!(
        "listen: \"127.0.0.1:-1\"\nmax_connections: 65536\nping_interval: \"10m\"\n\
         websocket {{ listen: \"127.0.0.1:{port}\", no_tls: true, compression: false }}\n"
    )
}
