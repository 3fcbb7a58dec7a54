//! What a browser heard, and what it says when it could not.

/// A stretch that the browser recognised.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Its words.
    pub words: String,
    /// It will not change any more.
    pub is_final: bool,
    /// How sure the browser is; many always say 0 or 1.
    pub confidence: f64,
}

/// What was heard so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// Every word.
    pub transcript: String,
    /// How sure the browser is of the least sure part, when it says so.
    pub confidence: Option<f64>,
}

impl Heard {
    /// Puts the stretches together.
    #[must_use]
    pub fn of(stretches: &[Stretch]) -> Self {
        let words = stretches.iter().map(|stretch| stretch.words.trim());
        let words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
        // 0 and 1 are what engines say that do not know.
        let is_real = |stretch: &Stretch| {
            stretch.is_final && stretch.confidence > 0.0 && stretch.confidence < 1.0
        };
        let is_sure = !stretches.is_empty() && stretches.iter().all(is_real);
        let least = |least: f64, stretch: &Stretch| least.min(stretch.confidence);
        Self {
            transcript: words.join(" "),
            confidence: is_sure.then(|| stretches.iter().fold(1.0, least)),
        }
    }
}

/// One sentence for what went wrong; nothing for what a person did not mean to say.
#[must_use]
pub fn trouble(code: &str) -> Option<&'static str> {
    Some(match code {
        "no-speech" | "aborted" => return None,
        "audio-capture" => "No microphone was found: connect one, or type instead.",
        "not-allowed" => {
            "The microphone is blocked for this page: allow it beside the address, then try again."
        }
        "service-not-allowed" => {
            "This browser does not let pages recognise speech: type, or use the keyboard's dictation."
        }
        "network" => {
            "The browser could not reach the service that recognises speech: try again, or type instead."
        }
        "language-not-supported" => {
            "The browser does not recognise speech in your language: type, or use the keyboard's dictation."
        }
        "phrases-not-supported" => {
            "The browser could not be set up to recognise speech: type instead."
        }
        _ => "The browser could not recognise what you said: try again, or type instead.",
    })
}

/// Why there is no microphone here.
#[must_use]
pub fn absence(is_secure: bool, has_recogniser: bool) -> Option<&'static str> {
    match (is_secure, has_recogniser) {
        (true, true) => None,
        (false, _) => Some(
            "Voice needs a page on https or on this machine: the keyboard's own dictation works anyway.",
        ),
        (true, false) => Some(
            "This browser cannot recognise speech: the keyboard's own dictation works in the box.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(words: &str, is_final: bool, confidence: f64) -> Stretch {
        Stretch {
            words: words.to_owned(),
            is_final,
            confidence,
        }
    }

    #[test]
    fn every_error_has_one_plain_sentence_or_none() {
        for code in ["no-speech", "aborted"] {
            assert_eq!(trouble(code), None, "{code}");
        }
        let codes = [
            "audio-capture",
            "not-allowed",
            "service-not-allowed",
            "network",
            "language-not-supported",
            "phrases-not-supported",
            "bad-grammar",
            "something-new",
        ];
        for code in codes {
            let sentence = trouble(code).unwrap();
            assert!(
                sentence.ends_with('.') && !sentence.contains(code),
                "{code}: {sentence}"
            );
        }
    }

    #[test]
    fn stretches_are_put_together() {
        let heard = Heard::of(&[
            stretch("look at", true, 0.9),
            stretch(" the tests ", true, 0.8),
        ]);
        assert_eq!(heard.transcript, "look at the tests");
        assert_eq!(heard.confidence, Some(0.8));
    }

    #[test]
    fn a_confidence_that_means_nothing_is_left_out() {
        for (is_final, confidence) in [(true, 0.0), (true, 1.0), (false, 0.5), (true, f64::NAN)] {
            let heard = Heard::of(&[stretch("yes", is_final, confidence)]);
            assert_eq!(heard.confidence, None, "{is_final} {confidence}");
        }
        assert_eq!(Heard::of(&[]).confidence, None);
    }

    #[test]
    fn the_reason_for_no_microphone_fits() {
        assert_eq!(absence(true, true), None);
        assert!(absence(false, true).unwrap().contains("https"));
        assert!(absence(true, false).unwrap().contains("browser"));
    }
}
