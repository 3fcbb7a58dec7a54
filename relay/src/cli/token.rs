//! `pilothouse token`: keys and tokens.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand, ValueEnum};
use pilothouse_relay::access::{Bearer, Grant, Keyring, KeyringError, Listed, Pattern, Role};
use pilothouse_relay::config::{Durability, Kind, data_dir};
use pilothouse_shared::{MemberId, MemberKind, Millis};
use serde_json::json;

use super::output::print;
use super::plain::plain;
use super::{Failure, say};

/// How long a token lasts unless told otherwise: 90 days.
const LASTS: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Make, list and take back tokens
///
/// The first token makes the relay's keys, in its data folder: from its next start on the relay lets nobody
/// in without a token, and may listen beyond this machine. Who may read the data folder may do all this, so
/// run it where the relay runs, as who runs it. For people `pilothouse link` is easier.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse token create --name me --role admin        everything, for 90 days
  pilothouse token create --name ci --role agent --channel 'ci-*' --out ci.token
  pilothouse token create --name board --grant ops:watch --grant 'claude-*:watch+steer'
  pilothouse token list
  pilothouse token revoke ci                            by its name, or its id
  PILOTHOUSE_TOKEN=… pilothouse watch ops               how commands show one")]
pub(crate) struct Token {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Make a token, and print it
///
/// It is nowhere to be had again: the relay keeps what it allows, not the token.
#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    holder: Holder,

    /// Write the token to this new file, which only you can read, instead of printing it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// List the tokens that are valid, or were not long ago
#[derive(Debug, Args)]
struct List {
    /// A JSON object a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    place: Place,
}

/// Take tokens back: what was opened with them ends within a second
#[derive(Debug, Args)]
struct Revoke {
    /// Its id, or its holder's name or member id: then all of that holder
    which: String,

    #[command(flatten)]
    place: Place,
}

/// Where a relay keeps its keys.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The relay's data folder [default: pilothouse in the user's data folder, as with serve]
    #[arg(long, value_name = "DIR", env = "PILOTHOUSE_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// For whom a token or a link is, and what it allows.
#[derive(Debug, Args)]
pub(crate) struct Holder {
    /// What people call the holder [default: the role]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// A set of rights
    #[arg(long, value_enum, required_unless_present = "grants")]
    pub(crate) role: Option<Role>,

    /// Where the role holds: a channel, or `*` for any part of its id; may be repeated [default: *]
    #[arg(long = "channel", value_name = "PATTERN", requires = "role")]
    pub(crate) channels: Vec<Pattern>,

    /// Rights instead of, or besides, a role: publish, watch, steer, approve, admin; may be repeated
    #[arg(
        long = "grant",
        value_name = "PATTERN:RIGHT+RIGHT",
        conflicts_with = "channels"
    )]
    pub(crate) grants: Vec<Grant>,

    /// The member that it speaks as [default: made from the name]
    #[arg(long, value_name = "MEMBER")]
    pub(crate) member: Option<MemberId>,

    /// Program or person [default: an agent with the role of one, else a person]
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,

    /// Members that it speaks for besides, such as `claude-code-*`; may be repeated
    #[arg(long = "speaks-for", value_name = "PATTERN")]
    pub(crate) speaks_for: Vec<Pattern>,

    /// How long it lasts, such as 12h, 7d or 1y [default: 90d for a token, 7d for what a link gives]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) expires: Option<Duration>,

    #[command(flatten)]
    pub(crate) place: Place,
}

impl Place {
    pub(crate) fn folder(&self) -> Result<PathBuf, Failure> {
        let found = data_dir(Durability::default(), self.data_dir.clone());
        let found = found.map_err(|error| Failure::Usage(error.to_string()))?;
        found.ok_or_else(|| Failure::Usage("name the folder with --data-dir".to_owned()))
    }

    /// The folder, when it has keys that this user may use.
    pub(crate) fn with_keys(&self) -> Option<PathBuf> {
        let folder = self.folder().ok()?;
        Keyring::exists(&folder).then_some(folder)
    }

    /// The relay's keys; made when there are none.
    fn keyring(&self) -> Result<Keyring, Failure> {
        Keyring::open(&self.folder()?).map_err(failed)
    }

    /// The relay's keys, when there are some.
    fn existing(&self) -> Result<Keyring, Failure> {
        let folder = self.folder()?;
        match Keyring::exists(&folder) {
            true => Keyring::open(&folder).map_err(failed),
            false => Err(Failure::Failed(format!(
                "{} has no keys; `pilothouse token create` makes them",
                folder.display()
            ))),
        }
    }
}

impl Holder {
    /// The bearer, and when what it holds ends.
    pub(crate) fn bearer(&self, made_by: &str, usual: Duration) -> (Bearer, Millis) {
        let role = self.role.and_then(|role| role.to_possible_value());
        let role = role.map_or_else(|| "token".to_owned(), |role| role.get_name().to_owned());
        let name = self.name.clone().unwrap_or(role);
        let whole = [Pattern::any()];
        let channels = match self.channels.is_empty() {
            true => &whole[..],
            false => &self.channels,
        };
        let of_role = self.role.into_iter();
        let of_role = of_role.flat_map(|role| channels.iter().map(move |c| role.grant(c.clone())));
        let kind = match (self.kind, self.role) {
            (Some(Kind::Agent), _) | (None, Some(Role::Agent)) => MemberKind::Agent,
            _ => MemberKind::Human,
        };
        let bearer = Bearer {
            member: match &self.member {
                Some(member) => member.clone(),
                None => Bearer::member_for(&name),
            },
            name,
            kind,
            grants: of_role.chain(self.grants.iter().cloned()).collect(),
            speaks_for: self.speaks_for.clone(),
            made_by: made_by.to_owned(),
        };
        (
            bearer,
            now().saturating_add(millis(self.expires.unwrap_or(usual))),
        )
    }

    /// The relay's keys. Says so when they are new.
    pub(crate) fn keyring(&self) -> Result<Keyring, Failure> {
        let folder = self.place.folder()?;
        let is_new = !Keyring::exists(&folder);
        let keyring = self.place.keyring()?;
        if is_new {
            say(format!(
                "made keys in {}: a relay with this data folder lets nobody in without a token; one that \
                 runs already does so from its next start on",
                folder.display()
            ));
        }
        Ok(keyring)
    }
}

pub(super) fn run(args: Token) -> Result<(), Failure> {
    match args.verb {
        Verb::Create(args) => create(&args),
        Verb::List(args) => list(&args),
        Verb::Revoke(args) => revoke(&args),
    }
}

fn create(args: &Create) -> Result<(), Failure> {
    let (bearer, expires_at) = args.holder.bearer("pilothouse token", LASTS);
    let keyring = args.holder.keyring()?;
    let (id, token) = keyring.token(&bearer, expires_at).map_err(failed)?;
    say(format!(
        "token {id} for {}, until {}",
        plain(&bearer.name),
        date(expires_at)
    ));
    match &args.out {
        None => print(token.reveal()),
        Some(path) => super::secret::write(path, token.reveal(), false).map_err(Failure::Failed),
    }
}

fn list(args: &List) -> Result<(), Failure> {
    let listed = args.place.existing()?.list().map_err(failed)?;
    let now = now();
    listed.iter().try_for_each(|listed| match args.json {
        true => print(object(listed)),
        false => print(line(listed, now)),
    })
}

fn object(listed: &Listed) -> String {
    let bearer = listed.bearer.as_ref();
    json!({
        "id": listed.id,
        "member": bearer.map(|bearer| &bearer.member),
        "name": bearer.map(|bearer| &bearer.name),
        "grants": bearer.map(|bearer| &bearer.grants),
        "made_by": bearer.map(|bearer| &bearer.made_by),
        "expires_at": listed.expires_at,
        "revoked_at": listed.revoked_at,
    })
    .to_string()
}

fn line(listed: &Listed, now: Millis) -> String {
    let (name, grants) = match &listed.bearer {
        Some(bearer) => {
            let grants: Vec<_> = bearer.grants.iter().map(ToString::to_string).collect();
            (plain(&bearer.name).to_string(), grants.join(" "))
        }
        None => ("made by another issuer".to_owned(), String::new()),
    };
    let state = match listed.revoked_at {
        Some(at) => format!("revoked {}", date(at)),
        None if listed.expires_at <= now => format!("expired {}", date(listed.expires_at)),
        None => format!("until {}", date(listed.expires_at)),
    };
    format!("{}  {state:<28}  {name}  {grants}", listed.id)
}

fn revoke(args: &Revoke) -> Result<(), Failure> {
    let keyring = args.place.existing()?;
    let is_meant = |listed: &Listed| {
        let is_holder =
            |bearer: &Bearer| bearer.name == args.which || bearer.member.as_str() == args.which;
        listed.id == args.which || listed.bearer.as_ref().is_some_and(is_holder)
    };
    let listed = keyring.list().map_err(failed)?;
    let valid = listed
        .into_iter()
        .filter(|listed| listed.revoked_at.is_none() && is_meant(listed));
    let mut n_revoked = 0;
    for token in valid {
        keyring.revoke(&token.id).map_err(failed)?;
        n_revoked += 1;
        print(format!("{} opens nothing any more", token.id))?;
    }
    match n_revoked {
        0 => Err(Failure::Failed(format!(
            "no valid token has the id, the name or the member `{}`; `pilothouse token list` has them all",
            plain(&args.which)
        ))),
        _ => Ok(()),
    }
}

/// A moment as people write it, in UTC.
pub(crate) fn date(at: Millis) -> String {
    let at = UNIX_EPOCH.checked_add(Duration::from_millis(at));
    let at = at.map(|at| humantime::format_rfc3339_seconds(at).to_string());
    at.unwrap_or_else(|| "never".to_owned())
}

pub(crate) fn now() -> Millis {
    millis(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

fn millis(time: Duration) -> Millis {
    Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
pub(crate) fn failed(error: KeyringError) -> Failure {
    Failure::Failed(error.to_string())
}
