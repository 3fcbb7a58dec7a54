//! What agents and people say, drawn from its Markdown: elements and text, never HTML.

use std::cell::RefCell;
use std::rc::Rc;

use crate::dom::{El, Item, el, list, nothing};
use crate::view::markdown::{Entry, Form, Growing, Run, blocks, runs};

/// Quotes within quotes; deeper ones are text.
const DEEPEST_QUOTE: u8 = 3;

/// A text.
pub(crate) fn markdown(text: &str) -> El {
    el("div", "md").add(parts(text, DEEPEST_QUOTE))
}

/// A text that is still being written: what is closed stays, and what is open is drawn anew.
pub(crate) fn growing(read: impl Fn() -> String + 'static) -> El {
    let known = Rc::new(RefCell::new(Growing::default()));
    let each = move || {
        known.borrow_mut().take(read());
        let known = known.borrow();
        let item = |(name, block): (String, &crate::view::markdown::Block)| {
            let form = block.form.clone();
            Item::new(name, move || {
                el("div", "md__part").add(drawn(&form, DEEPEST_QUOTE))
            })
        };
        known.blocks().map(item).collect()
    };
    el("div", "md").add(list(each))
}

fn parts(text: &str, depth: u8) -> El {
    nothing().add_all(blocks(text).iter().map(|block| drawn(&block.form, depth)))
}

fn drawn(form: &Form, depth: u8) -> El {
    match form {
        Form::Paragraph(text) => words(el("p", "md__text"), text),
        // No headings of the page: those of an agent would upset its outline.
        Form::Heading(level, text) => words(el("p", &format!("md__head md__head--{level}")), text),
        Form::Code(language, text) => el("pre", "md__code")
            .attr("tabindex", "0")
            .attr("data-language", language)
            .add(el("code", "").text(text)),
        Form::Quote(text) => {
            let quote = el("blockquote", "md__quote");
            match depth.checked_sub(1) {
                Some(depth) => quote.add(parts(text, depth)),
                None => quote.text(text),
            }
        }
        Form::List(entries) => entries_of(entries),
        Form::Rule => el("hr", "md__rule"),
    }
}

/// A list; what is below an entry is a list within it.
fn entries_of(entries: &[Entry]) -> El {
    let whole = nothing();
    let mut lists: [Option<(bool, El)>; 2] = [None, None];
    let mut above = whole.clone();
    for entry in entries {
        let is_numbered = entry.number.is_some();
        let level = usize::from(entry.is_nested);
        let home = if entry.is_nested { &above } else { &whole };
        let same = lists[level].take().filter(|(same, _)| *same == is_numbered);
        let (_, list) = same.unwrap_or_else(|| {
            let list = el(if is_numbered { "ol" } else { "ul" }, "md__list");
            let _ = home.clone().add(list.clone());
            (is_numbered, list)
        });
        let mut line = words(el("li", ""), &entry.text);
        if let Some(number) = entry.number {
            line = line.attr("value", &number.to_string());
        }
        let _ = list.clone().add(line.clone());
        lists[level] = Some((is_numbered, list));
        if level == 0 {
            above = line;
            lists[1] = None;
        }
    }
    whole
}

fn words(home: El, text: &str) -> El {
    home.attr("dir", "auto")
        .add_all(runs(text).into_iter().map(run))
}

fn run(run: Run<'_>) -> El {
    let mut shown = nothing().text(run.text);
    for (is_so, tag) in [
        (run.is_code, "code"),
        (run.is_emphasised, "em"),
        (run.is_strong, "strong"),
    ] {
        if is_so {
            shown = el(tag, "").add(shown);
        }
    }
    match run.link {
        // The address on hover: the words may say another.
        Some(address) => el("a", "")
            .attr("href", address)
            .attr("title", address)
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer nofollow")
            .add(shown),
        None => shown,
    }
}
