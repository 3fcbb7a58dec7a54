//! JSON as text. serde's writer comes with one way to write for every type and a table of powers for floats;
//! a page that writes values alone is smaller.

use serde_json::Value;

use super::number::decimal;

/// The items of a list; none of anything else.
#[must_use]
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A value on one line.
#[must_use]
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out);
    out
}

/// A value on as many lines as it has entries, indented.
#[must_use]
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, Some(1), &mut out);
    out
}

fn write(value: &Value, depth: Option<usize>, out: &mut String) {
    let deeper = depth.map(|depth| depth + 1);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => out.push_str(&whole.to_string()),
            (_, Some(whole)) => out.push_str(&whole.to_string()),
            _ => out.push_str(&decimal(number.as_f64().unwrap_or_default())),
        },
        Value::String(text) => quote(text, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                indent(depth, out);
                write(item, deeper, out);
            }
            indent(depth.map(|depth| depth - 1), out);
            out.push(']');
        }
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Object(fields) => {
            for (index, (name, field)) in fields.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                indent(depth, out);
                quote(name, out);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                write(field, deeper, out);
            }
            indent(depth.map(|depth| depth - 1), out);
            out.push('}');
        }
    }
}

fn indent(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

fn quote(text: &str, out: &mut String) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                out.push_str("\\u00");
                out.push(HEX[control as usize >> 4]);
                out.push(HEX[control as usize & 15]);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    /// Numbers with a fraction lose a needless `.0`, as scripts write them; and serde reads long ones to the
    /// last digit or the one beside it.
    fn same(a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => {
                    // Below the smallest normal number, digits are as far apart as they get.
                    let digit = (b.abs() * f64::EPSILON).max(f64::from_bits(1));
                    (a - b).abs() <= 2.0 * digit
                }
                _ => false,
            },
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Value::Object(a), Value::Object(b)) => {
                let each =
                    |((a, one), (b, two)): ((&String, _), (&String, _))| a == b && same(one, two);
                a.len() == b.len() && a.iter().zip(b).all(each)
            }
            _ => a == b,
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_it_was(value in value()) {
            for written in [text(&value), pretty(&value)] {
                let read: Value = serde_json::from_str(&written).unwrap();
                prop_assert!(same(&read, &value), "{written}");
            }
        }
    }

    #[test]
    fn it_looks_as_people_know_it() {
        let value = json!({"a": [1, {"b": "\u{1}\"ü\n"}], "c": {}, "d": -0.5});
        assert_eq!(
            text(&value),
            r#"{"a":[1,{"b":"\u0001\"ü\n"}],"c":{},"d":-0.5}"#
        );
        assert_eq!(
            pretty(&value),
            serde_json::to_string_pretty(&value).unwrap()
        );
    }
}
