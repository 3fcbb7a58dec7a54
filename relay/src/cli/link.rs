//! `pilothouse link`: a link and a QR code that let one browser in.

use std::io::IsTerminal;
use std::time::Duration;

use clap::Args;
use pilothouse_relay::client::RelayUrl;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::output::print;
use super::token::{Holder, date, failed};
use super::{Failure, say};

/// Select Graphic Rendition (ECMA-48, 8.3.117), with the bright white that most terminals know.
const BLACK_ON_WHITE: &str = "\x1b[30;107m";
const PLAIN: &str = "\x1b[0m";

/// How long what a link gives lasts unless told otherwise: 7 days.
const LASTS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Let a phone or a person in: print a link that works once, and its QR code
///
/// Whoever opens it first is let in, for as long as it says, and with no more than it says; open it within a
/// day. The part behind `#` is the secret: browsers keep it to themselves, and the page removes it from the
/// address bar.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse link --role approver
  pilothouse link --name Ben --role steerer --channel 'claude-*' --expires 7d
  pilothouse link --name wall --role observer --url https://relay.example")]
pub(crate) struct Link {
    #[command(flatten)]
    holder: Holder,

    /// Where the browser reaches the relay [default: what the relay said when it started last]
    #[arg(long, value_name = "URL", env = "PILOTHOUSE_URL")]
    url: Option<RelayUrl>,

    /// Print the link alone
    #[arg(long)]
    no_qr: bool,
}

pub(super) fn run(args: &Link) -> Result<(), Failure> {
    let url = match &args.url {
        Some(url) => url.to_string(),
        None => last_address(args)?,
    };
    let (bearer, expires_at) = args.holder.bearer("pilothouse link", LASTS);
    let name = bearer.name.clone();
    let code = args
        .holder
        .keyring()?
        .link(bearer, expires_at)
        .map_err(failed)?;
    let link = format!("{url}/#join={}", code.reveal());
    if !args.no_qr {
        print(picture(&link)?)?;
    }
    say(format!(
        "for {name}, until {}; it opens once, within a day",
        date(expires_at)
    ));
    print(link)
}

/// Where other machines reach the relay, or this one if no other does.
fn last_address(args: &Link) -> Result<String, Failure> {
    let folder = args.holder.place.folder()?;
    let addresses = pilothouse_relay::addresses_of(&folder);
    addresses.into_iter().next().ok_or_else(|| {
        let words = "where the relay is reached is not known: start it once with this data folder, or \
                     say it with --url";
        Failure::Usage(words.to_owned())
    })
}

/// In black on white, whatever the colours of the terminal; what is no terminal takes no colours.
fn picture(link: &str) -> Result<String, Failure> {
    let code = QrCode::new(link).map_err(|error| Failure::Failed(error.to_string()))?;
    let drawn = code.render::<Dense1x2>().quiet_zone(true).build();
    if !std::io::stdout().is_terminal() {
        return Ok(drawn);
    }
    let lines: Vec<_> = drawn
        .lines()
        .map(|line| format!("{BLACK_ON_WHITE}{line}{PLAIN}"))
        .collect();
    Ok(lines.join("\n"))
}
