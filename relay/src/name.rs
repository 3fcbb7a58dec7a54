//! What members and channels may be called: what people see is all there is.

use pilothouse_shared::limits::MAX_NAME_BYTES;
use pilothouse_shared::{Author, ErrorCode, Refusal};

/// Checks a name: of 1 to [`MAX_NAME_BYTES`] bytes, something to see, and nothing that hides.
///
/// # Errors
/// A [`Refusal`] that says what a name is.
pub(crate) fn check(name: &str) -> Result<(), Refusal> {
    let invalid = |message: String| Err(Refusal::new(ErrorCode::Invalid, message));
    if name.trim().is_empty() || name.len() > MAX_NAME_BYTES {
        return invalid(format!("a name has between 1 and {MAX_NAME_BYTES} bytes"));
    }
    check_seen(name)
}

/// Checks who speaks: the name, if there is one, and the id, which stands in its place.
///
/// # Errors
/// A [`Refusal`] that says what a name is.
pub(crate) fn check_author(author: &Author) -> Result<(), Refusal> {
    if !author.name.is_empty() {
        check(&author.name)?;
    }
    check_seen(author.member.as_str())
}

fn check_seen(text: &str) -> Result<(), Refusal> {
    let Some(hidden) = text.chars().find(|c| hides(*c)) else {
        return Ok(());
    };
    let message = format!(
        "a name has no characters that are not seen or that turn the text around, this one has U+{:04X}; \
         leave it out",
        u32::from(hidden)
    );
    Err(Refusal::new(ErrorCode::Invalid, message))
}

/// Whether a character makes a name look like another, or what is around it: controls, separators of lines,
/// what overrides the direction of text (Unicode Standard Annex #9, sections 2.1 to 2.4), and what is of no
/// width or blank. The joiners of Persian and of emoji, and the marks that only hint at a direction, are
/// parts of names.
pub(crate) fn hides(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{ad}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{2060}'..='\u{2064}'
                | '\u{feff}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{3164}'
                | '\u{ffa0}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_is_seen_of_it() {
        for good in [
            "Ada Łovelace",
            "Jürgen ⚓",
            "عائشة\u{200f}",
            "نمی\u{200c}خواهم",
            "👩\u{200d}🚀",
            "李",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for bad in [
            "",
            " ",
            "\u{3000}",
            &long,
            "Ada\n",
            "\u{202e}adA",
            "Ada\u{2066}",
            "Ada\u{200b}",
            "\u{3164}",
            "Ada\u{0}",
            "\u{1b}[31mAda",
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
