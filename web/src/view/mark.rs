//! Marks along a channel's history: where something failed, was asked, was said.

use pilothouse_shared::{Body, Event};

/// Marks kept at most; those that are found later are left out.
pub const MOST_MARKS: usize = 20_000;

/// Messages drawn at most: more would be a band that tells nothing, and hide what failed or was asked.
const MOST_MESSAGES: u32 = 150;

/// Width of the strip that marks are drawn on; its height is 1.
pub const WIDTH: u32 = 1_000;

/// Something worth going to, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A tool failed.
    Failure,
    /// An agent asked people.
    Request,
    /// Somebody said something.
    Message,
}

impl Mark {
    /// Every kind, the one drawn on top last.
    pub const ALL: [Self; 3] = [Self::Message, Self::Request, Self::Failure];

    /// The mark of an event, if it is worth one.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match &event.body {
            Body::ToolFinished(tool) if !tool.ok => Some(Self::Failure),
            Body::PermissionRequested(_) | Body::QuestionAsked(_) => Some(Self::Request),
            Body::Message(_) => Some(Self::Message),
            _ => None,
        }
    }

    /// For class names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Request => "request",
            Self::Message => "message",
        }
    }
}

/// The marks that were found, by seq. A list and no map: a map of their own type would cost the page
/// kilobytes.
#[derive(Debug, Default)]
pub struct Marks(Vec<(u64, Mark)>);

impl Marks {
    /// Takes note of events.
    pub fn note(&mut self, events: &[Event]) {
        for event in events {
            let Some(mark) = Mark::of(event) else {
                continue;
            };
            let seq = event.seq.0;
            let place = self.before(seq);
            let is_known = self.0.get(place).is_some_and(|(known, _)| *known == seq);
            if !is_known && self.0.len() < MOST_MARKS {
                self.0.insert(place, (seq, mark));
            }
        }
    }

    /// How many are before a seq.
    fn before(&self, seq: u64) -> usize {
        self.0.partition_point(|(known, _)| *known < seq)
    }

    /// The marks of a kind from `first` to `last`, as the path of a drawing [`WIDTH`] wide.
    #[must_use]
    pub fn drawn(&self, kind: Mark, first: u64, last: u64) -> String {
        let (mut path, mut before, mut n_drawn) = (String::new(), None, 0);
        let span = last.saturating_sub(first).max(1);
        let within =
            self.before(first)..self.before(last.saturating_add(1)).max(self.before(first));
        for (seq, mark) in self.0.get(within).unwrap_or_default() {
            let x = (seq - first) * u64::from(WIDTH) / span;
            if *mark == kind && before.replace(x) != Some(x) {
                path.push('M');
                path.push_str(&x.to_string());
                path.push_str(" 0v1");
                n_drawn += 1;
            }
        }
        if kind == Mark::Message && n_drawn > MOST_MESSAGES {
            path.clear();
        }
        path
    }

    /// The nearest mark before a seq, or after it.
    #[must_use]
    pub fn beside(&self, seq: u64, is_forward: bool) -> Option<u64> {
        let place = match is_forward {
            true => Some(self.before(seq + 1)),
            false => self.before(seq).checked_sub(1),
        };
        Some(self.0.get(place?)?.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn marks(bodies: &[(u64, Value)]) -> Marks {
        let event = |(seq, body): &(u64, Value)| {
            serde_json::from_value(json!({
                "seq": seq, "prev": seq - 1, "id": "e", "at": 1, "author": {"member": "m", "name": "A"}, "body": body,
            }))
            .unwrap()
        };
        let events: Vec<Event> = bodies.iter().map(event).collect();
        let mut marks = Marks::default();
        marks.note(&events);
        marks
    }

    fn some() -> Marks {
        let said = json!({"type": "message", "role": "assistant", "text": "so"});
        let tool =
            |ok: bool| json!({"type": "tool_finished", "call": "c", "tool": "Bash", "ok": ok});
        let asked = json!({"type": "question_asked", "request": "q", "text": "Which?"});
        marks(&[
            (1, said.clone()),
            (2, tool(true)),
            (3, tool(false)),
            (4, asked),
            (5, said),
        ])
    }

    #[test]
    fn marks_are_where_something_failed_was_asked_or_was_said() {
        let marks = some();
        assert_eq!(marks.drawn(Mark::Message, 1, 5), "M0 0v1M1000 0v1");
        assert_eq!(marks.drawn(Mark::Failure, 1, 5), "M500 0v1");
        assert_eq!(marks.drawn(Mark::Request, 1, 5), "M750 0v1");
        assert_eq!(marks.drawn(Mark::Failure, 4, 5), "");
    }

    #[test]
    fn many_marks_in_one_place_are_drawn_once() {
        let asked = json!({"type": "question_asked", "request": "q", "text": "Which?"});
        let many: Vec<_> = (1..=9_000).map(|seq| (seq, asked.clone())).collect();
        let drawn = marks(&many).drawn(Mark::Request, 0, 9_000);
        assert_eq!(drawn.matches('M').count(), WIDTH as usize + 1);
    }

    #[test]
    fn messages_are_marked_as_long_as_they_can_be_told_apart() {
        let said = json!({"type": "message", "role": "assistant", "text": "so"});
        let many: Vec<_> = (1..=9_000).map(|seq| (seq, said.clone())).collect();
        let marks = marks(&many);
        assert_eq!(marks.drawn(Mark::Message, 0, 9_000), "");
        assert_ne!(marks.drawn(Mark::Message, 0, 90_000), "");
    }

    #[test]
    fn one_goes_from_mark_to_mark() {
        let marks = some();
        assert_eq!(marks.beside(1, true), Some(3));
        assert_eq!(marks.beside(3, false), Some(1));
        assert_eq!(marks.beside(5, true), None);
        assert_eq!(marks.beside(0, false), None);
    }
}
