use pilothouse_shared::{Ask, Author, ChannelId, MemberKind, RequestEntry, Seq, Visibility};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const SESSION: &str = "1a2b3c4d-0000-4000-8000-000000000000";

fn attributes(pairs: &[(&str, Value)]) -> Value {
    let attribute = |(key, value): &(&str, Value)| json!({"key": key, "value": value});
    pairs.iter().map(attribute).collect()
}

fn text(text: &str) -> Value {
    json!({"stringValue": text})
}

/// An event as Claude Code exports it.
fn claude_code(event: &str, pairs: &[(&str, Value)]) -> Value {
    let mut all = vec![("event.name", text(event)), ("session.id", text(SESSION))];
    all.extend(pairs.iter().cloned());
    json!({
        "timeUnixNano": "1763650000123000000",
        "body": {"stringValue": format!("claude_code.{event}")},
        "attributes": attributes(&all),
    })
}

fn export(scope: &str, service: &str, records: &[Value]) -> Value {
    json!({"resourceLogs": [{
        "resource": {"attributes": attributes(&[("service.name", text(service))])},
        "scopeLogs": [{"scope": {"name": scope}, "logRecords": records}],
    }]})
}

fn of_claude_code(records: &[Value]) -> Vec<Report> {
    read(&export(
        "com.anthropic.claude_code.events",
        "claude-code",
        records,
    ))
}

fn usage(report: &Report) -> &Usage {
    match &report.news {
        News::Usage(usage) => usage,
        other => panic!("{other:?}"),
    }
}

fn decision(tool: &str, source: &str, call: Option<&str>) -> Decision {
    let mut pairs = vec![
        ("tool_name", text(tool)),
        ("decision", text("accept")),
        ("source", text(source)),
    ];
    pairs.extend(call.map(|call| ("tool_use_id", text(call))));
    match of_claude_code(&[claude_code("tool_decision", &pairs)])
        .remove(0)
        .news
    {
        News::Decision(decision) => decision,
        other => panic!("{other:?}"),
    }
}

fn asked(request: &str, tool: &str) -> RequestEntry {
    let author = Author {
        member: "claude".parse().unwrap(),
        name: "Claude".to_owned(),
        kind: MemberKind::Agent,
    };
    RequestEntry {
        request: request.parse().unwrap(),
        seq: Seq(1),
        at: 1,
        author,
        visibility: Visibility::Public,
        ask: Ask::Permission {
            tool: tool.to_owned(),
            input: json!({}),
            suggestions: None,
        },
        expires_at: None,
        waits: None,
        resolution: None,
    }
}

#[test]
fn a_request_to_the_model_is_usage_however_its_numbers_are_written() {
    let model = ("model", text("claude-sonnet-4-5"));
    let written = [
        [text("12"), text("34"), text("56"), text("0.0125")],
        [
            json!({"intValue": "12"}),
            json!({"intValue": 34}),
            json!({"doubleValue": 56.0}),
            json!({"doubleValue": 0.0125}),
        ],
    ];
    for [input, output, cached, cost] in written {
        let pairs = [
            model.clone(),
            ("input_tokens", input),
            ("output_tokens", output),
            ("cache_read_tokens", cached),
            ("cost_usd", cost),
        ];
        let reports = of_claude_code(&[claude_code("api_request", &pairs)]);
        let usage = usage(&reports[0]);
        assert_eq!(usage.model.as_deref(), Some("claude-sonnet-4-5"));
        assert_eq!((usage.input_tokens, usage.output_tokens), (12, 34));
        assert_eq!(
            (usage.cache_read_tokens, usage.cost_usd),
            (Some(56), Some(0.0125))
        );
    }
}

#[test]
fn numbers_that_are_none_count_for_nothing() {
    for odd in ["NaN", "-1", "inf", "many", ""] {
        let pairs = [
            ("input_tokens", text(odd)),
            ("output_tokens", json!({"boolValue": true})),
            ("cost_usd", text(odd)),
        ];
        let reports = of_claude_code(&[claude_code("api_request", &pairs)]);
        let usage = usage(&reports[0]);
        assert_eq!((usage.input_tokens, usage.output_tokens), (0, 0), "{odd}");
        assert_eq!(usage.cost_usd, None, "{odd}");
    }
}

#[test]
fn micros_are_the_cost_when_dollars_are_absent_and_cache_writes_are_kept() {
    let pairs = [
        ("cost_usd_micros", text("2500")),
        ("cache_creation_tokens", text("7")),
    ];
    let reports = of_claude_code(&[claude_code("api_request", &pairs)]);
    let usage = usage(&reports[0]);
    assert_eq!(usage.cost_usd, Some(0.0025));
    assert_eq!(usage.extra["cache_creation_tokens"], 7);
}

#[test]
fn other_events_of_claude_code_are_passed_over() {
    let tokens = [("gen_ai.usage.input_tokens", text("1"))];
    for event in ["user_prompt", "tool_result", "api_error", "never_heard_of"] {
        assert!(
            of_claude_code(&[claude_code(event, &tokens)]).is_empty(),
            "{event}"
        );
    }
}

#[test]
fn usage_by_the_conventions_is_usage_of_the_service_that_says_so() {
    let record = json!({
        "timeUnixNano": "1763650000123000000",
        "attributes": attributes(&[
            ("gen_ai.request.model", text("small")),
            ("gen_ai.conversation.id", text("conv_5j66UpCpwteGg4YSxUnt7lPY")),
            ("gen_ai.usage.input_tokens", json!({"intValue": "100"})),
            ("gen_ai.usage.output_tokens", json!({"intValue": "5"})),
            ("gen_ai.usage.cache_read.input_tokens", json!({"intValue": "60"})),
        ]),
    });
    let plain = json!({"body": text("GET /"), "timeUnixNano": "1"});
    let reports = read(&export("any", "my agent", &[plain, record]));
    assert_eq!(reports.len(), 1);
    let usage = usage(&reports[0]);
    assert_eq!(
        (usage.input_tokens, usage.cache_read_tokens),
        (40, Some(60))
    );
    assert_eq!(usage.model.as_deref(), Some("small"));
    let channel = reports[0].origin.own_channel().unwrap();
    assert_eq!(channel.as_str(), "myagent-conv_5j66UpCpwteGg4YSxUnt7lPY");
}

#[test]
fn a_repeated_record_has_the_same_id_and_another_one_has_not() {
    let request = |tokens: &str, sequence: &str| {
        let pairs = [
            ("input_tokens", text(tokens)),
            ("event.sequence", json!({"intValue": sequence})),
        ];
        let report = of_claude_code(&[claude_code("api_request", &pairs)]).remove(0);
        report.id.unwrap()
    };
    assert_eq!(request("1", "1"), request("1", "1"));
    assert_ne!(request("1", "1"), request("1", "2"));
    assert_ne!(request("1", "1"), request("2", "1"));
}

#[test]
fn a_record_without_time_and_number_cannot_be_told_from_another() {
    let mut record = claude_code("api_request", &[]);
    for time in [json!(0), json!("0"), Value::Null] {
        record["timeUnixNano"] = time;
        assert_eq!(of_claude_code(&[record.clone()])[0].id, None);
    }
}

#[test]
fn a_session_is_found_by_agent_and_the_start_of_its_id() {
    let origin = of_claude_code(&[claude_code("api_request", &[])])
        .remove(0)
        .origin;
    let is_of = |id: &str| origin.is_of(&ChannelId::new(id).unwrap());
    for good in ["claude-code-web-1a2b3c4d", "claude-code-1a2b3c4d"] {
        assert!(is_of(good), "{good}");
    }
    for bad in [
        "claude-code-web-1a2b3c4e",
        "codex-web-1a2b3c4d",
        "claude-code-web1a2b3c4d",
    ] {
        assert!(!is_of(bad), "{bad}");
    }
    assert_eq!(
        origin.own_channel().unwrap().as_str(),
        "claude-code-1a2b3c4d"
    );
}

#[test]
fn a_decision_ends_the_request_that_it_is_certainly_about() {
    let one = vec![asked("r1", "Bash"), asked("r2", "Edit")];
    let two = vec![asked("toolu_1", "Bash"), asked("toolu_2", "Bash")];
    let table = [
        (decision("Bash", "user_temporary", None), &one, Some("r1")),
        (
            decision("Bash", "user_reject", Some("toolu_9")),
            &one,
            Some("r1"),
        ),
        (decision("Write", "user_temporary", None), &one, None),
        // A rule may have let another call of the same tool pass.
        (decision("Bash", "config", None), &one, None),
        (
            decision("Bash", "config", Some("toolu_2")),
            &two,
            Some("toolu_2"),
        ),
        (
            decision("Bash", "user_temporary", Some("toolu_2")),
            &two,
            Some("toolu_2"),
        ),
        (decision("Bash", "user_temporary", None), &two, None),
    ];
    for (decision, requests, wanted) in table {
        let found = settled(&decision, requests).map(|entry| entry.request.as_str());
        assert_eq!(found, wanted, "{decision:?}");
    }
}

/// JSON made of the words of OTLP and of anything.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("resourceLogs".to_owned()),
        Just("scopeLogs".to_owned()),
        Just("logRecords".to_owned()),
        Just("attributes".to_owned()),
        Just("resource".to_owned()),
        Just("key".to_owned()),
        Just("value".to_owned()),
        Just("stringValue".to_owned()),
        Just("intValue".to_owned()),
        Just("session.id".to_owned()),
        Just("claude_code.api_request".to_owned()),
        Just("gen_ai.usage.input_tokens".to_owned()),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 128, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_without_panic(export in any_json()) {
        read(&export);
    }

    #[test]
    fn any_attributes_give_bodies_that_can_be_stored(
        pairs in prop::collection::vec((
            prop::sample::select(vec![
                "session.id", "model", "input_tokens", "output_tokens", "cost_usd", "tool_name",
                "gen_ai.agent.name", "gen_ai.usage.input_tokens", "gen_ai.request.model", "event.name",
            ]),
            any_json(),
        ), 0..8),
        event in prop::sample::select(vec!["api_request", "tool_decision", "x"]),
    ) {
        let mut record = claude_code(event, &[]);
        record["attributes"] = attributes(&pairs);
        for scope in ["com.anthropic.claude_code.events", "other"] {
            for report in read(&export(scope, "s", &[record.clone()])) {
                prop_assert!(report.origin.own_channel().is_some());
                prop_assert!(report.origin.author().is_some());
                if let News::Usage(usage) = report.news {
                    prop_assert_eq!(pilothouse_shared::Body::Usage(usage).problem(), None);
                }
            }
        }
    }
}
