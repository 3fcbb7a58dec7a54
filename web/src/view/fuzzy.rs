//! Finding what somebody half remembers.

/// How well a text fits what was typed: every word of it in the text, its letters in order though not side by
/// side. More is better; `None` when it does not fit.
#[must_use]
pub fn fit(typed: &str, text: &str) -> Option<i32> {
    let text: Vec<char> = text.chars().map(small).collect();
    let mut sum = 0;
    for word in typed.split(' ').filter(|word| !word.is_empty()) {
        let word: Vec<char> = word.chars().map(small).collect();
        // The best of all beginnings: the first letter may come several times.
        let starts = (0..text.len()).filter(|at| text.get(*at) == word.first());
        sum += starts.filter_map(|at| from(&word, &text, at)).max()?;
    }
    Some(sum)
}

/// Small letters of English only: those of all scripts would cost the page kilobytes.
fn small(letter: char) -> char {
    letter.to_ascii_lowercase()
}

fn is_between(letter: &char) -> bool {
    letter.is_ascii() && !letter.is_ascii_alphanumeric()
}

/// A letter counts one, beside the one before it four more, at the beginning of a word eight more.
fn from(word: &[char], text: &[char], start: usize) -> Option<i32> {
    let (mut at, mut score, mut before) = (start, 0, None);
    for letter in word {
        while text.get(at)? != letter {
            at += 1;
        }
        let begins = at == 0 || text.get(at - 1).is_some_and(is_between);
        let follows = before.is_some_and(|before| before + 1 == at);
        score += 1 + 4 * i32::from(follows) + 8 * i32::from(begins);
        before = Some(at);
        at += 1;
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_fit_in_order_be_they_small_or_not() {
        assert!(fit("ffl", "Fix the flaky login test").is_some());
        assert!(fit("FLAKY", "fix the flaky login test").is_some());
        assert!(fit("xif", "fix").is_none());
        assert_eq!(fit("", "anything"), Some(0));
    }

    #[test]
    fn every_word_has_to_fit_wherever_it_is() {
        assert!(fit("login fix", "Fix the flaky login test").is_some());
        assert!(fit("login moon", "Fix the flaky login test").is_none());
    }

    #[test]
    fn beginnings_of_words_and_runs_fit_better() {
        let better = |typed, a, b| assert!(fit(typed, a) > fit(typed, b), "{a} before {b}");
        better("pi", "Pipeline", "Tapioca");
        better("in", "Inbox", "Pipeline");
        better("log", "a login", "all organs");
    }

    #[test]
    fn letters_of_any_script_fit() {
        assert!(fit("größ", "Die Größe").is_some());
        assert!(fit("שלום", "שלום").is_some());
    }
}
