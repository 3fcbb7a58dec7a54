//! One style sheet: parts compress better together, and arrive at once.

use std::fs;
use std::path::Path;

use super::address;
use crate::failure::Failure;

/// Joins the sheets that the page in `dist` links into one, in their order, at the place of the first.
pub(super) fn join(dist: &Path) -> Result<(), Failure> {
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page).map_err(Failure::file(&page))?;
    let (mut sheet, mut rest, mut place) = (String::new(), String::new(), None);
    for piece in html.split_inclusive('>') {
        let Some((name, before)) = linked(piece) else {
            rest.push_str(piece);
            continue;
        };
        let path = dist.join(name);
        sheet += &fs::read_to_string(&path).map_err(Failure::file(&path))?;
        fs::remove_file(&path).map_err(Failure::file(&path))?;
        rest.push_str(before);
        place.get_or_insert(rest.len());
    }
    let Some(place) = place else {
        return Err(Failure::Missing("the page links no style sheet".to_owned()));
    };
    let name = format!("style-{}.css", address::hashed(sheet.as_bytes()));
    rest.insert_str(place, &format!("<link href=/{name} rel=stylesheet>"));
    let path = dist.join(&name);
    fs::write(&path, sheet).map_err(Failure::file(&path))?;
    fs::write(&page, rest).map_err(Failure::file(&page))
}

/// The file that a piece of the page links as its style, and what stands before the link.
fn linked(piece: &str) -> Option<(&str, &str)> {
    let (before, link) = piece.rsplit_once("<link ")?;
    if !link.contains("stylesheet") {
        return None;
    }
    let (_, address) = link.split_once("href=")?;
    let address = address.trim_start_matches(['"', '\'']);
    let path = address.trim_start_matches('/');
    let end = path.find(['"', '\'', ' ', '>'])?;
    Some((&path[..end], before))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::join;

    #[test]
    fn the_sheets_become_one_in_their_order_where_the_first_was() {
        let dist = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dist.path().join(name), text).unwrap();
        write("one-1.css", "a{}");
        write("two-2.css", "b{}");
        write(
            "index.html",
            "<title>P</title><link href=/icon.svg rel=icon><link href=/one-1.css rel=stylesheet>\n\
             <link rel=\"stylesheet\" href=\"/two-2.css\" /><script></script>",
        );
        join(dist.path()).unwrap();
        let html = fs::read_to_string(dist.path().join("index.html")).unwrap();
        let (_, after) = html.split_once("rel=icon><link href=/").unwrap();
        let (name, rest) = after.split_once(' ').unwrap();
        assert_eq!(rest, "rel=stylesheet>\n<script></script>");
        assert_eq!(
            fs::read_to_string(dist.path().join(name)).unwrap(),
            "a{}b{}"
        );
        assert!(!dist.path().join("two-2.css").exists());
    }

    #[test]
    fn a_page_without_a_sheet_is_refused() {
        let dist = tempfile::tempdir().unwrap();
        fs::write(dist.path().join("index.html"), "<title>P</title>").unwrap();
        assert!(join(dist.path()).is_err());
    }
}
