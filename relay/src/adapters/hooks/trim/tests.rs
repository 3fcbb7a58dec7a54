use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn what_is_left_out_is_counted() {
    let long = "a".repeat(100);
    assert_eq!(text(&long, 100), long);
    let short = text(&long, 40);
    assert!(
        short.contains("[… 60 bytes left out by Pilothouse …]"),
        "{short}"
    );
    assert_eq!(start("Ana Maria", 8), "Ana M…");
}

#[test]
fn a_list_that_is_too_long_says_how_many_items_it_had() {
    let items: Vec<_> = (0..1000).map(|n| json!(format!("line {n}"))).collect();
    let short = value(&items.into(), 100, 200);
    let last = short.as_array().unwrap().last().unwrap().as_str().unwrap();
    assert!(last.contains("items left out by Pilothouse"), "{last}");
}

#[test]
fn what_somebody_left_alone_is_used_whole() {
    let original = json!({"path": "a.rs", "content": "x".repeat(1000), "mode": 1});
    let shown = value(&original, 100, 1000);
    let mut changed = shown.clone();
    changed["path"] = json!("b.rs");
    let restored = restore(&changed, &shown, &original).unwrap();
    assert_eq!(restored["path"], "b.rs");
    assert_eq!(restored["content"], original["content"]);
    assert_eq!(restore(&shown, &shown, &original), Some(original));
}

#[test]
fn what_somebody_changed_without_seeing_all_of_it_is_not_used() {
    let original = json!({"path": "a.rs", "content": "x".repeat(1000)});
    let shown = value(&original, 100, 1000);
    let mut changed = shown.clone();
    changed["content"] = json!(format!("{}!", shown["content"].as_str().unwrap()));
    assert_eq!(restore(&changed, &shown, &original), None);

    let long: Map<_, _> = (0..100).map(|n| (format!("key {n}"), json!(n))).collect();
    let original = Value::Object(long);
    let shown = value(&original, 100, 200);
    let mut changed = shown.clone();
    changed["key 0"] = json!(-1);
    assert_eq!(restore(&changed, &shown, &original), None);
}

proptest! {
    #[test]
    fn a_text_is_cut_between_characters(whole in ".{0,60}", most in 0..80_usize) {
        let short = text(&whole, most);
        prop_assert!(whole.len() <= most || short.contains(MARK));
        prop_assert!(start(&whole, most).len() <= most.max('…'.len_utf8()));
    }

    #[test]
    fn nothing_is_longer_than_it_was_but_for_marks(texts in prop::collection::vec(".{0,200}", 0..30)) {
        let short = value(&json!(texts), 64, 512);
        let bytes: usize = short.as_array().unwrap().iter().map(|it| it.as_str().unwrap().len()).sum();
        prop_assert!(bytes <= 512 + 32 * 80, "{bytes}");
    }
}
