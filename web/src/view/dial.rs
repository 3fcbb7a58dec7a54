//! Parameters: what moves them, and where they stand while somebody does.

use pilothouse_shared::{Body, Event, Hint, Millis, Parameter};
use serde_json::Value;

/// Steps that a slider has at most; a parameter with more is written as a number.
const MAX_STEPS: f64 = 10_000.0;

/// How long what one chose is shown against what the relay says, in milliseconds.
const HOPE_MS: Millis = 3_000;

/// A parameter and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Dial {
    /// Its declaration.
    pub parameter: Parameter,
    /// Where it stands now.
    pub value: f64,
}

/// What moves a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Between two ends, in steps.
    Slider,
    /// On and off.
    Switch,
    /// Written as a number: there are no ends, or too many steps.
    Number,
}

impl Dial {
    /// A parameter with the value of its `parameter/…` signal; without one, as in the past, where the last hint
    /// of `latest`, newest first, moved it, or the declared one.
    #[must_use]
    pub fn of<'a>(
        parameter: &Parameter,
        signal: Option<&Value>,
        mut latest: impl Iterator<Item = &'a Event>,
    ) -> Self {
        let value = signal.and_then(|signal| signal.get("value")?.as_f64());
        let hinted = || latest.find_map(|event| set_by(&event.body, parameter));
        let value = value.or_else(hinted).unwrap_or(parameter.value);
        Self {
            parameter: parameter.clone(),
            value,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> String {
        self.parameter
            .label
            .clone()
            .unwrap_or_else(|| self.parameter.name.clone())
    }

    /// What moves it.
    #[must_use]
    pub fn control(&self) -> Control {
        let Parameter { min, max, step, .. } = self.parameter;
        let n_steps = (max - min) / step;
        if (min, max, step) == (0.0, 1.0, 1.0) {
            Control::Switch
        } else if n_steps > 0.0 && n_steps <= MAX_STEPS {
            Control::Slider
        } else {
            Control::Number
        }
    }
}

/// Where a control stands while a person moves it and the relay answers.
///
/// While it is held, what comes from the relay changes nothing on the screen: it may be the echo of a
/// place that was left long ago. Once it is let go, the first answer that agrees ends the wait; if none
/// does in three seconds, the relay is right.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Hand {
    is_held: bool,
    wish: Option<(f64, Millis)>,
}

impl Hand {
    /// The person moves it.
    pub fn drag(&mut self, to: f64, now: Millis) {
        *self = Self {
            is_held: true,
            wish: Some((to, now)),
        };
    }

    /// The person lets it go.
    pub fn drop_at(&mut self, at: f64, now: Millis) {
        *self = Self {
            is_held: false,
            wish: Some((at, now)),
        };
    }

    /// The person lets it go without a word about where, such as where it stood before.
    pub fn rest(&mut self, now: Millis) {
        if let (true, Some((at, _))) = (self.is_held, self.wish) {
            self.drop_at(at, now);
        }
    }

    /// Where to show it, when the relay says `known`.
    #[must_use]
    pub fn shown(&self, known: f64, now: Millis) -> f64 {
        match self.wish {
            Some((wish, at)) if self.is_held || now.saturating_sub(at) < HOPE_MS => wish,
            _ => known,
        }
    }

    /// The relay says `known`: whether that is what was wished for, and the wait is over.
    pub fn hear(&mut self, known: f64) -> bool {
        let is_granted = !self.is_held && self.wish.is_some_and(|(wish, _)| wish == known);
        if is_granted {
            self.wish = None;
        }
        is_granted
    }
}

/// Where an event left a parameter, if it did anything to it.
fn set_by(body: &Body, parameter: &Parameter) -> Option<f64> {
    match body {
        Body::HintGiven(given) => match &given.hint {
            Hint::Parameter { name, value, .. } if *name == parameter.name => value.as_f64(),
            _ => None,
        },
        Body::ParametersDeclared(body) => {
            let mut declared = body.parameters.iter();
            let found = declared.find(|declared| declared.name == parameter.name);
            found.map(|declared| declared.value)
        }
        _ => None,
    }
}

/// The parameter that a hint moves.
#[must_use]
pub fn moved(hint: &Hint) -> Option<&str> {
    match hint {
        Hint::Parameter { name, .. } => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn dial(min: f64, max: f64, step: f64) -> Dial {
        let declared = json!({"name": "speed", "min": min, "max": max, "step": step, "value": min});
        Dial::of(&serde_json::from_value(declared).unwrap(), None, [].iter())
    }

    #[test]
    fn a_dial_stands_where_its_signal_says() {
        let Dial { parameter, .. } = dial(0.0, 1.0, 0.1);
        assert_eq!(Dial::of(&parameter, None, [].iter()).value, 0.0);
        let signal = json!({"value": 0.7});
        let dial = Dial::of(&parameter, Some(&signal), [].iter());
        assert_eq!(dial.value, 0.7);
    }

    #[test]
    fn without_a_signal_a_dial_stands_where_the_last_hint_moved_it() {
        let Dial { parameter, .. } = dial(0.0, 1.0, 0.1);
        let event = |body: Value| -> Event {
            let author = json!({"member": "m", "name": "Ada"});
            let event =
                json!({"seq": 2, "prev": 1, "id": "e", "at": 1, "author": author, "body": body});
            serde_json::from_value(event).unwrap()
        };
        let hint = |name: &str, value: f64| {
            event(
                json!({"type": "hint", "hint": {"kind": "parameter", "name": name, "value": value}}),
            )
        };
        let mut events = vec![hint("speed", 0.4), hint("speed", 0.8), hint("other", 0.2)];
        let at = |events: &[Event]| Dial::of(&parameter, None, events.iter().rev()).value;
        assert_eq!(at(&events), 0.8);
        events.push(event(
            json!({"type": "parameters_declared", "parameters": [serde_json::to_value(&parameter).unwrap()]}),
        ));
        assert_eq!(
            at(&events),
            0.0,
            "an agent that begins anew declares it anew"
        );
    }

    #[test]
    fn the_range_decides_what_moves_it() {
        assert_eq!(dial(0.0, 10.0, 1.0).control(), Control::Slider);
        assert_eq!(dial(0.0, 1.0, 1.0).control(), Control::Switch);
        assert_eq!(dial(0.0, 1.0, 0.5).control(), Control::Slider);
        assert_eq!(dial(0.0, 1e9, 1.0).control(), Control::Number);
        assert_eq!(dial(f64::MIN, f64::MAX, 1.0).control(), Control::Number);
        assert_eq!(dial(0.0, 10.0, 0.0).control(), Control::Number);
        assert_eq!(dial(5.0, 5.0, 1.0).control(), Control::Number);
    }

    #[test]
    fn an_echo_does_not_move_a_control_that_is_held() {
        let mut hand = Hand::default();
        assert_eq!(hand.shown(1.0, 0), 1.0);
        hand.drag(5.0, 10);
        assert!(!hand.hear(5.0), "it is still held");
        assert_eq!(hand.shown(3.0, 60_000), 5.0);
    }

    #[test]
    fn a_control_that_is_let_go_where_it_stood_listens_again() {
        let mut hand = Hand::default();
        hand.drag(5.0, 0);
        hand.rest(100);
        assert_eq!(hand.shown(3.0, 200), 5.0);
        assert_eq!(hand.shown(3.0, 3_100), 3.0);
    }

    #[test]
    fn a_wish_lasts_until_it_is_granted_or_three_seconds() {
        let mut hand = Hand::default();
        hand.drop_at(5.0, 1_000);
        assert!(!hand.hear(3.0), "an echo of the way there");
        assert_eq!(hand.shown(3.0, 1_100), 5.0);
        assert_eq!(hand.shown(3.0, 4_000), 3.0, "nobody granted it");
        assert!(hand.hear(5.0));
        assert_eq!(hand.shown(4.0, 1_200), 4.0, "somebody else moved it since");
    }
}
