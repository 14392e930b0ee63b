//! From a tree to text: everything that must not matter is decided here.

use crate::random::Random;
use serde_json::{Value, json};

/// Writes JSON; `varied` with keys in any order and numbers in any spelling.
pub(super) struct Text {
    out: Vec<u8>,
    varied: bool,
}

impl Text {
    pub(super) fn new(varied: bool) -> Self {
        Text { out: Vec::new(), varied }
    }

    pub(super) fn write(mut self, value: &Value, random: &mut Random) -> Vec<u8> {
        self.value(value, random);
        self.out
    }

    fn value(&mut self, value: &Value, random: &mut Random) {
        match value {
            Value::Array(items) => {
                self.out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.out.push(b',');
                    }
                    self.value(item, random);
                }
                self.out.push(b']');
            }
            Value::Object(fields) => {
                let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
                if self.varied {
                    random.shuffle(&mut fields);
                }
                self.out.push(b'{');
                for (i, (name, field)) in fields.into_iter().enumerate() {
                    if i > 0 {
                        self.out.push(b',');
                    }
                    self.out.extend(json!(name).to_string().bytes());
                    self.out.push(b':');
                    self.value(field, random);
                }
                self.out.push(b'}');
            }
            Value::Number(number) if self.varied && random.chance(20) => {
                let number = number.as_f64().unwrap_or_default();
                let text = if random.chance(50) { format!("{number:e}") } else { format!(" {number:?}\n") };
                self.out.extend(text.bytes());
            }
            other => self.out.extend(other.to_string().bytes()),
        }
    }
}
