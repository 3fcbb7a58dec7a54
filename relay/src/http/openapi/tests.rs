//! The document and the URL map say the same.

use std::collections::BTreeSet;

use super::*;

type Call = (String, String);

/// Every method and path of the URL map, read from its source: axum does not tell.
fn mounted() -> BTreeSet<Call> {
    let source = include_str!("../../http.rs");
    let (pages, api) = source.split_once("fn api()").unwrap();
    let calls = |text: &str, prefix: &str| -> Vec<Call> {
        let routes = text.split(".route(").skip(1);
        let of_route = |route: &str| {
            let mut parts = route.splitn(3, '"').skip(1);
            let path = format!("{prefix}{}", parts.next().unwrap()).replace("{*", "{");
            let handlers = parts
                .next()
                .unwrap()
                .split(".route(")
                .next()
                .unwrap()
                .to_owned();
            let methods = ["get", "put", "post", "delete"];
            let is_used = move |method: &&str| {
                let used = |before: char| handlers.contains(&format!("{before}{method}("));
                used(' ') || used('.')
            };
            methods
                .into_iter()
                .filter(is_used)
                .map(move |method| (method.to_owned(), path.clone()))
                .collect::<Vec<_>>()
        };
        routes.flat_map(of_route).collect()
    };
    calls(pages, "")
        .into_iter()
        .chain(calls(api, "/api"))
        .collect()
}

fn described() -> BTreeSet<Call> {
    let document = serde_json::to_value(Document::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (method.clone(), path.clone()))
        })
        .collect()
}

#[test]
fn the_document_has_exactly_the_calls_of_the_url_map() {
    let mounted = mounted();
    assert!(mounted.contains(&("delete".to_owned(), "/api/channels/{channel}".to_owned())));
    assert!(mounted.contains(&("get".to_owned(), "/ws".to_owned())));
    assert_eq!(mounted, described());
}

#[test]
fn every_call_describes_an_answer_and_its_refusals() {
    let document = serde_json::to_value(Document::openapi()).unwrap();
    for (method, path) in described() {
        let responses = &document["paths"][&path][&method]["responses"];
        let responses = responses.as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.as_str() < "400"),
            "{method} {path}"
        );
        for (status, response) in responses {
            assert!(
                response["description"]
                    .as_str()
                    .is_some_and(|text| text.ends_with('.'))
            );
            if status.as_str() >= "400" {
                let schema = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(
                    schema, "#/components/schemas/ErrorBody",
                    "{method} {path} {status}"
                );
            }
        }
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                found.extend(map.get("$ref").and_then(|r| r.as_str()).map(str::to_owned));
                map.values().for_each(|value| references(value, found));
            }
            serde_json::Value::Array(items) => {
                items.iter().for_each(|value| references(value, found));
            }
            _ => {}
        }
    }
    let document = serde_json::to_value(Document::openapi()).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}
