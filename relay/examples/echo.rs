//! A relay that also says back what it is sent, at `/echo`: what a conformance suite speaks to.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use pilothouse_relay::Server;
use pilothouse_relay::config::{Config, Durability};

/// Listens on a free port, which the first line names.
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let durability = Durability::Memory;
    let server = Server::new(Config {
        durability,
        ..Config::default()
    })
    .await?;
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = server.bind(anywhere)?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "listening on http://{address}")?;
    Ok(server.listen(listener).await?)
}
