//! Where a session is shown and who speaks in it, told from the call alone: a relay that was restarted
//! finds the same channel and the same members.

use pilothouse_shared::limits::MAX_NAME_BYTES;
use pilothouse_shared::{Author, ChannelId, IdError, MemberId, MemberKind};
use sha2::{Digest, Sha256};

use super::Call;
use super::trim;
use crate::name;

/// Longest part of a channel's id that names the folder.
const MAX_FOLDER: usize = 40;

/// Longest part of a member's id that names a sub-agent.
const MAX_AGENT: usize = 40;

/// The id of a session's channel, such as `claude-code-website-7f3a9c21`. The folder is the one of the first
/// call: who looks for the channel later goes by [`is_of`], because agents change folders.
pub(super) fn channel(call: &Call) -> Result<ChannelId, IdError> {
    let (prefix, short) = (call.vendor.slug(), short(call.session()));
    match slug(folder(call), MAX_FOLDER).as_str() {
        "" => ChannelId::new(format!("{prefix}-{short}")),
        folder => ChannelId::new(format!("{prefix}-{folder}-{short}")),
    }
}

/// Whether a channel is that of the call's session, whichever folder it began in.
pub(super) fn is_of(call: &Call, channel: &ChannelId) -> bool {
    let rest = channel.as_str().strip_prefix(call.vendor.slug());
    rest.and_then(|rest| rest.strip_suffix(&short(call.session())))
        .is_some_and(|folder| folder.starts_with('-') && folder.ends_with('-'))
}

/// What people call the channel: the session's title, else its folder and its short id.
pub(super) fn name(call: &Call) -> String {
    let short = short(call.session());
    let name = match (call.text("session_title"), folder(call)) {
        (Some(title), _) => one_line(title),
        (None, "") => format!("{} · {short}", call.vendor.name()),
        (None, folder) => format!("{} · {short}", one_line(folder)),
    };
    trim::start(&name, MAX_NAME_BYTES)
}

/// Who speaks: the session's agent, or one of its sub-agents.
pub(super) fn author(call: &Call) -> Result<Author, IdError> {
    let main = main_author(call)?;
    let Some(agent) = call.sub_agent() else {
        return Ok(main);
    };
    let name = call.text("agent_type").unwrap_or("Sub-agent");
    let agent = match slug(agent, usize::MAX) {
        slug if slug == agent && slug.len() <= MAX_AGENT => slug,
        _ => digest(&[agent])[..16].to_owned(),
    };
    Ok(Author {
        member: MemberId::new(format!("{}-{agent}", main.member))?,
        name: trim::start(&one_line(name), MAX_NAME_BYTES),
        kind: MemberKind::Agent,
    })
}

/// The session's own agent, whoever of its agents calls.
pub(super) fn main_author(call: &Call) -> Result<Author, IdError> {
    let member = format!("{}-{}", call.vendor.slug(), short(call.session()));
    Ok(Author {
        member: MemberId::new(member)?,
        name: call.vendor.name().to_owned(),
        kind: MemberKind::Agent,
    })
}

/// The person at the session's own terminal, who writes its prompts.
pub(super) fn person(call: &Call) -> Result<Author, IdError> {
    let main = main_author(call)?;
    Ok(Author {
        member: MemberId::new(format!("{}-terminal", main.member))?,
        name: "Terminal".to_owned(),
        kind: MemberKind::Human,
    })
}

/// Eight characters for a session: the first of a random UUID, as people see them in other places. Others
/// may begin alike, those made by time do, so they are digested.
pub(crate) fn short(session: &str) -> String {
    match uuid::Uuid::try_parse(session) {
        Ok(id) if id.get_version_num() == 4 => id.simple().to_string()[..8].to_owned(),
        _ => digest(&[session])[..8].to_owned(),
    }
}

/// The last part of the working folder.
fn folder(call: &Call) -> &str {
    let cwd = call.text("cwd").unwrap_or_default();
    let mut parts = cwd.rsplit(['/', '\\']);
    parts.find(|part| !part.is_empty()).unwrap_or_default()
}

/// Lower-case letters, digits and single dashes.
fn slug(text: &str, most: usize) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(most);
    slug.trim_end_matches('-').to_owned()
}

fn one_line(text: &str) -> String {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || name::hides(c))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// 64 hexadecimal digits that stand for these texts, and no others, in this order.
pub(super) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    let digits = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>();
    digits.concat()
}
