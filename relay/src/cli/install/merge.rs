//! Our hooks, put into somebody's settings and taken out again. No I/O.

#[cfg(test)]
mod tests;

use jsonc_parser::ast::Value;
use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{PrettyFormatter, Serializer};
use thiserror::Error;

use super::edit::{self, Container, Document, Layout};
use crate::cli::vendor::{Group, Hook, Vendor};

/// What agents call the object of hooks in their settings.
const HOOKS: &str = "hooks";

/// Settings that cannot be edited. Each text completes `FILE …`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Misfit {
    /// No JSON.
    #[error("is not valid JSON ({0}); mend it first, nothing was changed")]
    Malformed(String),
    /// JSON of another form.
    #[error("has something else than {expected} as {place}; mend it first, nothing was changed")]
    Shape {
        /// Where.
        place: String,
        /// What belongs there.
        expected: &'static str,
    },
}

/// One of our handlers.
struct Ours {
    event: String,
    matcher: Option<String>,
    value: Json,
    /// Where it stands: in its list of handlers, the group of that in the list of the event, that among
    /// the hooks, and those in the settings.
    path: [(Container, usize); 4],
}

/// The settings with these hooks and no others of ours. `None` is a file that does not exist.
pub(crate) fn install(
    text: Option<&str>,
    vendor: Vendor,
    hooks: &[Hook],
) -> Result<String, Misfit> {
    let (mark, text) = split_mark(text.unwrap_or_default());
    let document = read(text)?;
    if document.value.is_none() {
        let layout = document.layout();
        let whole = pretty(&whole(hooks), &layout, "");
        // What stands after a comment in its line is a part of it.
        let is_line_open = !text.trim().is_empty() && !text.ends_with('\n');
        let gap = if is_line_open { layout.newline } else { "" };
        return Ok(format!("{mark}{text}{gap}{whole}{}", layout.newline));
    }
    if has_exactly(&document, vendor, hooks)? {
        return Ok(format!("{mark}{text}"));
    }
    let mut text = without(text, vendor)?.unwrap_or_else(|| "{}\n".to_owned());
    for hook in hooks {
        text = with(&text, hook)?;
    }
    Ok(format!("{mark}{text}"))
}

/// The settings without our hooks; `None` when nothing is left of a file that was made for them.
pub(crate) fn uninstall(text: &str, vendor: Vendor) -> Result<Option<String>, Misfit> {
    let (mark, text) = split_mark(text);
    Ok(without(text, vendor)?.map(|text| format!("{mark}{text}")))
}

/// Where one of our handlers stands, as the agent counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The event.
    pub(crate) event: String,
    /// Its group among those of the event, from 0.
    pub(crate) group: usize,
    /// It among the handlers of the group, from 0.
    pub(crate) handler: usize,
}

/// Our handlers in these settings.
pub(crate) fn places(text: &str, vendor: Vendor) -> Result<Vec<Place>, Misfit> {
    let document = read(split_mark(text).1)?;
    let ours = ours(&document, vendor)?.into_iter();
    let place = |ours: Ours| Place {
        group: ours.path[1].1,
        handler: ours.path[0].1,
        event: ours.event,
    };
    Ok(ours.map(place).collect())
}

/// The value of a setting, if it is there and can be read.
pub(crate) fn setting(text: &str, name: &str) -> Option<Json> {
    let document = read(split_mark(text).1).ok()?;
    let (_, property) = edit::property(document.value.as_ref()?, name)?;
    Some(json(&property.value))
}

/// Some editors put a byte order mark in front of what they save.
fn split_mark(text: &str) -> (&str, &str) {
    let len = text.len() - text.trim_start_matches('\u{feff}').len();
    text.split_at(len)
}

fn read(text: &str) -> Result<Document<'_>, Misfit> {
    let document = Document::read(text).map_err(Misfit::Malformed)?;
    match &document.value {
        None | Some(Value::Object(_)) => Ok(document),
        Some(_) => Err(misfit("the whole", "an object")),
    }
}

fn misfit(place: impl Into<String>, expected: &'static str) -> Misfit {
    let place = place.into();
    Misfit::Shape { place, expected }
}

fn has_exactly(document: &Document<'_>, vendor: Vendor, hooks: &[Hook]) -> Result<bool, Misfit> {
    let ours = ours(document, vendor)?;
    let is_there = |hook: &Hook| {
        let handler = serde_json::to_value(&hook.handler).unwrap_or_default();
        let is_it = |it: &&Ours| {
            it.event == hook.event && it.value == handler && it.matcher.as_deref() == hook.matcher
        };
        ours.iter().filter(is_it).count() == 1
    };
    Ok(ours.len() == hooks.len() && hooks.iter().all(is_there))
}

fn ours(document: &Document<'_>, vendor: Vendor) -> Result<Vec<Ours>, Misfit> {
    let mut found = Vec::new();
    let Some(root) = &document.value else {
        return Ok(found);
    };
    let Some((in_root, hooks)) = edit::property(root, HOOKS) else {
        return Ok(found);
    };
    let Value::Object(events) = &hooks.value else {
        return Err(misfit("`hooks`", "an object"));
    };
    for (in_hooks, event) in events.properties.iter().enumerate() {
        for (in_event, group) in elements(&event.value).enumerate() {
            let Some((_, handlers)) = edit::property(group, HOOKS) else {
                continue;
            };
            let matcher = edit::property(group, "matcher").map(|(_, it)| json(&it.value));
            for (in_group, value) in elements(&handlers.value).enumerate() {
                let value = json(value);
                let containers = [&handlers.value, &event.value, &hooks.value, root];
                let containers = containers.map(|it| Container::of(it).unwrap_or_default());
                let [handlers, groups, events, whole] = containers;
                if vendor.is_ours(&value) {
                    found.push(Ours {
                        event: event.name.as_str().to_owned(),
                        matcher: matcher.as_ref().and_then(Json::as_str).map(str::to_owned),
                        value,
                        path: [
                            (handlers, in_group),
                            (groups, in_event),
                            (events, in_hooks),
                            (whole, in_root),
                        ],
                    });
                }
            }
        }
    }
    Ok(found)
}

fn elements<'v, 'a>(value: &'v Value<'a>) -> impl Iterator<Item = &'v Value<'a>> {
    value.as_array().into_iter().flat_map(|it| &it.elements)
}

fn json(value: &Value<'_>) -> Json {
    value.clone().into()
}

/// The settings with one hook more.
fn with(text: &str, hook: &Hook) -> Result<String, Misfit> {
    let document = read(text)?;
    let layout = document.layout();
    let root = document.value.as_ref();
    let hooks = root.and_then(|root| edit::property(root, HOOKS));
    let group = hook.group();
    let (parent, key) = match hooks {
        None => (root, Some(HOOKS)),
        Some((_, hooks)) => match edit::property(&hooks.value, hook.event) {
            None => (Some(&hooks.value), Some(hook.event)),
            Some((_, event)) if event.value.as_array().is_none() => {
                return Err(misfit(format!("`hooks.{}`", hook.event), "a list"));
            }
            Some((_, event)) => (Some(&event.value), None),
        },
    };
    let Some(container) = parent.and_then(Container::of) else {
        return Err(misfit("`hooks`", "an object"));
    };
    Ok(edit::append(&document, &container, |indent| {
        let value = match key {
            None => pretty(&group, &layout, indent),
            Some(HOOKS) => pretty(&whole_hooks(hook.event, &[group]), &layout, indent),
            Some(_) => pretty(&[group], &layout, indent),
        };
        key.map_or(value.clone(), |key| format!("\"{key}\": {value}"))
    }))
}

/// The settings without any hook of ours.
fn without(text: &str, vendor: Vendor) -> Result<Option<String>, Misfit> {
    let mut text = text.to_owned();
    loop {
        let document = read(&text)?;
        // From the end, so that what was put there last goes first.
        let Some(last) = ours(&document, vendor)?.pop() else {
            return Ok(Some(text));
        };
        let Some(smaller) = cut(&document, &last) else {
            return Ok(None);
        };
        text = smaller;
    }
}

/// The text without a handler, and without what would be empty then; `None` when that is all.
fn cut(document: &Document<'_>, ours: &Ours) -> Option<String> {
    let [(handlers, _), others @ ..] = &ours.path;
    let stays = match handlers.has_one_child() {
        false => ours.path.first(),
        true => others
            .iter()
            .find(|(container, _)| !container.goes_with_its_child(document)),
    };
    stays.map(|(container, child)| edit::remove(document, container, *child))
}

/// `{"hooks": …}` with all hooks.
fn whole(hooks: &[Hook]) -> impl Serialize + use<'_> {
    let mut events: Vec<(&str, Vec<Group<'_>>)> = Vec::new();
    for hook in hooks {
        match events.iter_mut().find(|(event, _)| *event == hook.event) {
            Some((_, groups)) => groups.push(hook.group()),
            None => events.push((hook.event, vec![hook.group()])),
        }
    }
    Ordered(vec![(HOOKS, Ordered(events))])
}

fn whole_hooks<'a, T: Serialize>(event: &'a str, groups: T) -> impl Serialize + use<'a, T> {
    Ordered(vec![(event, groups)])
}

/// An object whose keys stay in their order.
struct Ordered<'a, T>(Vec<(&'a str, T)>);

impl<T: Serialize> Serialize for Ordered<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// JSON over several lines; those after the first begin with `indent`.
fn pretty(value: &impl Serialize, layout: &Layout, indent: &str) -> String {
    let mut bytes = Vec::new();
    let step = PrettyFormatter::with_indent(layout.step.as_bytes());
    // Writing to memory does not fail, and neither do values without maps of other keys than texts.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, step));
    let text = String::from_utf8_lossy(&bytes);
    text.replace('\n', &format!("{}{indent}", layout.newline))
}
