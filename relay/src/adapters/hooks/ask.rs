//! What a call asks people, under which ids, and how their answers are said to the agent. Pure.

use pilothouse_shared::codec::check_depth;
use pilothouse_shared::limits::{MAX_LABEL_BYTES, MAX_SAID_BYTES, MAX_TOOL_BYTES};
use pilothouse_shared::{
    Ask, Author, Body, Extra, IdError, Millis, Outcome, PermissionRequested, QuestionAsked,
    RequestEntry, RequestId, Resolution, Snapshot,
};
use serde_json::{Map, Value};

use super::call::text_of;
use super::{Call, Vendor, output, phrase, place, trim};

/// What the ids of all requests of hooks begin with.
pub(super) const PREFIX: &str = "hook-";

/// The tool by which Claude Code asks its user.
const QUESTIONS: &str = "AskUserQuestion";

/// The tool by which Claude Code proposes a plan.
const PLAN: &str = "ExitPlanMode";

/// Most questions of one call; the tool itself takes four.
const MAX_QUESTIONS: usize = 10;

/// Most options of a question; the tool itself takes four.
const MAX_OPTIONS: usize = 20;

/// Most bytes of the vendor's suggestions: they are echoed, so they cannot be shortened.
const MAX_SUGGESTIONS: usize = 16 * 1024;

/// Whether the tool is one whose only use is to ask the user.
pub(super) fn is_question(call: &Call) -> bool {
    call.vendor == Vendor::ClaudeCode && matches!(call.tool(), Some(QUESTIONS | PLAN))
}

/// What this call asks: a permission, or its questions. A call that comes again while something it asks
/// is open asks the same; after that it asks anew. A question goes on from before the tool to the
/// terminal's dialog, whatever was answered in between.
pub(super) fn asks(
    call: &Call,
    author: &Author,
    snapshot: &Snapshot,
    expires_at: Millis,
) -> Result<Vec<(RequestId, Body)>, IdError> {
    let stem = stem(call, call.tool().unwrap_or_default(), call.input());
    let began = is_question(call).then(|| began(call, author, snapshot));
    let turn = turn(&stem, &snapshot.requests, began.flatten());
    if call.tool() == Some(QUESTIONS)
        && let Some(questions) = questions(call.input())
    {
        let question = |(index, question)| {
            let request = RequestId::new(format!("{stem}-q{index}-{turn}"))?;
            let body = Body::QuestionAsked(ask(question, request.clone(), expires_at));
            Ok((request, body))
        };
        return questions.into_iter().enumerate().map(question).collect();
    }
    let request = RequestId::new(format!("{stem}-{turn}"))?;
    let body = PermissionRequested {
        request: request.clone(),
        tool: trim::start(call.tool().unwrap_or("a tool"), MAX_LABEL_BYTES),
        input: shown(call.input()),
        suggestions: suggestions(call),
        expires_at: Some(expires_at),
        waits: Some(true),
        extra: Extra::new(),
    };
    Ok(vec![(request, Body::PermissionRequested(body))])
}

/// What all ids of requests about the same thing begin with.
pub(super) fn stem(call: &Call, tool: &str, input: &Value) -> String {
    let (vendor, agent) = (call.vendor.slug(), call.sub_agent().unwrap_or_default());
    let subject = subject(tool, input).to_string();
    let digest = place::digest(&[vendor, call.session(), agent, tool, &subject]);
    format!("{PREFIX}{}", &digest[..24])
}

/// What makes a call the same call: some hooks leave fields out, or come with the user's answer added.
fn subject<'a>(tool: &str, input: &'a Value) -> &'a Value {
    let field = |name| input.get(name).unwrap_or(input);
    match tool {
        QUESTIONS => field("questions"),
        PLAN => &Value::Null,
        "Bash" => field("command"),
        _ => input,
    }
}

/// When the tool began that the call is about.
fn began(call: &Call, author: &Author, snapshot: &Snapshot) -> Option<Millis> {
    let running = snapshot.tools.iter().filter(|tool| {
        tool.author.member == author.member && Some(tool.tool.as_str()) == call.tool()
    });
    running.map(|tool| tool.started_at).max()
}

/// How often this was asked before; and one, unless the last of it is open or was asked since `began`.
fn turn(stem: &str, requests: &[RequestEntry], began: Option<Millis>) -> u64 {
    let of_stem = requests.iter().filter_map(|entry| {
        let rest = entry.request.as_str().strip_prefix(stem)?;
        let turn: u64 = rest.rsplit('-').next()?.parse().ok()?;
        let is_current = entry.is_open() || began.is_some_and(|began| entry.at >= began);
        Some((turn, is_current))
    });
    let asked: Vec<_> = of_stem.collect();
    let last = asked.iter().map(|(turn, _)| *turn).max().unwrap_or(0);
    match asked.contains(&(last, true)) {
        true => last,
        false => last + 1,
    }
}

/// The questions of a call, if it has any that can be asked.
fn questions(input: &Value) -> Option<Vec<&Value>> {
    let questions = input.get("questions")?.as_array()?;
    let are_texts = questions.iter().all(|question| text(question).is_some());
    let fit = (1..=MAX_QUESTIONS).contains(&questions.len());
    (fit && are_texts).then(|| questions.iter().collect())
}

fn text(question: &Value) -> Option<&str> {
    text_of(question.get("question")?)
}

fn ask(question: &Value, request: RequestId, expires_at: Millis) -> QuestionAsked {
    let options = question.get("options").and_then(Value::as_array);
    let options: Vec<_> = options.into_iter().flatten().take(MAX_OPTIONS).collect();
    let label = |option: &&Value| text_of(option.get("label")?).map(|it| trim::start(it, 512));
    let labels: Vec<_> = options.iter().filter_map(label).collect();
    let described = options.iter().filter_map(|option| {
        let description = text_of(option.get("description")?)?;
        Some(format!("\n- {}: {description}", label(option)?))
    });
    let described = described.collect::<Vec<_>>().concat();
    let break_or_none = if described.is_empty() { "" } else { "\n" };
    let text = format!(
        "{}{break_or_none}{described}",
        text(question).unwrap_or_default()
    );
    QuestionAsked {
        request,
        text: trim::text(&text, MAX_SAID_BYTES),
        options: (!labels.is_empty()).then_some(labels),
        expires_at: Some(expires_at),
        waits: Some(true),
        extra: Extra::new(),
    }
}

/// As much as people are shown: with one long text the short ones beside it still fit.
fn shown(input: &Value) -> Value {
    trim::value(input, MAX_TOOL_BYTES / 2, MAX_TOOL_BYTES)
}

fn suggestions(call: &Call) -> Option<Vec<Value>> {
    let value = call.value("permission_suggestions")?;
    let is_small = value.to_string().len() <= MAX_SUGGESTIONS && check_depth(value, 16).is_ok();
    let given = value
        .as_array()
        .filter(|given| is_small && !given.is_empty());
    given.cloned()
}

/// What the agent is told once everything it asked is resolved, or nobody waits any more. Nothing where
/// no person decided: then its own dialog does.
pub(super) fn decision(call: &Call, entries: &[RequestEntry]) -> Value {
    let decided = match entries {
        [entry] if matches!(entry.ask, Ask::Permission { .. }) => permission(call, entry),
        entries => answers(call, entries).map(|input| said(call, Some(input), None)),
    };
    decided.unwrap_or_else(output::nothing)
}

fn permission(call: &Call, entry: &RequestEntry) -> Option<Value> {
    let resolution = entry.resolution.as_ref()?;
    let name = phrase::name(&resolution.author);
    match resolution.outcome {
        Outcome::Allowed => Some(match changed(call, resolution) {
            Ok(input) => said(call, input, rules(call, resolution)),
            Err(why) => refused(
                call,
                &format!("{name} allowed this with another input: {why}"),
            ),
        }),
        Outcome::Denied => Some(match resolution.message.as_deref().map(str::trim) {
            None | Some("") => refused(call, &format!("{name} denied this in Pilothouse")),
            Some(why) => refused(call, &format!("{name} denied this in Pilothouse: {why}")),
        }),
        _ => None,
    }
}

/// The input to use, if somebody changed it; or why it cannot be used. Then the tool must not run with
/// the old one.
fn changed(call: &Call, resolution: &Resolution) -> Result<Option<Value>, String> {
    let Some(changed) = &resolution.updated_input else {
        return Ok(None);
    };
    if call.vendor == Vendor::Codex {
        return Err(format!(
            "{}; call the tool with it",
            trim::text(&changed.to_string(), 8_000)
        ));
    }
    let restored = trim::restore(changed, &shown(call.input()), call.input());
    let why = "a part of it was changed that had been shortened, so it cannot be used";
    restored.map(Some).ok_or_else(|| why.to_owned())
}

/// Those of the vendor's own suggestions that were chosen; nobody can slip in others.
fn rules(call: &Call, resolution: &Resolution) -> Option<Vec<Value>> {
    let suggested = suggestions(call)?;
    let chosen = resolution.suggestions.iter().flatten();
    let chosen: Vec<_> = chosen
        .filter(|rule| suggested.contains(rule))
        .cloned()
        .collect();
    (!chosen.is_empty() && call.vendor == Vendor::ClaudeCode).then_some(chosen)
}

/// The tool's input with the answers to all of its questions; none while one has no answer.
fn answers(call: &Call, entries: &[RequestEntry]) -> Option<Value> {
    let questions = questions(call.input())?;
    let mut answers = Map::new();
    for (index, question) in questions.iter().enumerate() {
        let resolution = entries.get(index)?.resolution.as_ref()?;
        let answer = resolution.answer.as_ref()?;
        if resolution.outcome != Outcome::Answered {
            return None;
        }
        answers.insert(text(question)?.to_owned(), answer.as_str().into());
    }
    let mut input = call.input().clone();
    input["answers"] = answers.into();
    Some(input)
}

fn said(call: &Call, input: Option<Value>, rules: Option<Vec<Value>>) -> Value {
    match call.event() {
        "PreToolUse" => output::go_on(input.as_ref().unwrap_or(call.input())),
        _ if is_question(call) => {
            output::allow(input.or_else(|| Some(call.input().clone())), rules)
        }
        _ => output::allow(input, rules),
    }
}

fn refused(call: &Call, why: &str) -> Value {
    match call.event() {
        "PreToolUse" => output::hold_back(why),
        _ => output::deny(why),
    }
}

#[cfg(test)]
mod tests;
