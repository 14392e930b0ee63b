//! One recorded case.

use serde_json::Value;

/// What a case asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Reproduce it.
    Parity,
    /// The original is wrong: differ on purpose, or refuse.
    Defect,
    /// For orientation.
    Info,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// A result.
    Output(Value),
    /// A refusal, with its message.
    Error(String),
}

/// One recorded case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Unique: `topic/case id` or `peers/<folder>/<file>/<method>/<constraint>`.
    pub id: String,
    /// What one line about skipped cases names: topic and function.
    pub group: String,
    /// The topic, that is the file.
    pub topic: String,
    /// The function of the recorded system.
    pub function: String,
    /// What the case asks for.
    pub status: Status,
    /// What went in.
    pub input: Value,
    /// What came out.
    pub recorded: Recorded,
    /// Why, where the recorder said so.
    pub note: String,
    /// Why the case cannot be read, if it cannot.
    pub unreadable: Option<String>,
}

impl Case {
    /// A case of a peer library: always parity.
    pub fn peer(id: String, group: &str, topic: &str, function: &str, input: Value, output: Value) -> Self {
        Case {
            id,
            group: group.to_owned(),
            topic: topic.to_owned(),
            function: function.to_owned(),
            status: Status::Parity,
            input,
            recorded: Recorded::Output(output),
            note: String::new(),
            unreadable: None,
        }
    }

    /// Reads a case of a recorded system.
    pub fn system(topic: &str, number: usize, json: &Value) -> Self {
        let text = |field: &str| json[field].as_str().map(str::to_owned);
        let mut wrong = Vec::new();
        let name = text("id").unwrap_or_else(|| {
            wrong.push("it has no id");
            format!("#{number}")
        });
        let function = text("fn").unwrap_or_default();
        let status = match json["status"].as_str() {
            Some("parity") => Status::Parity,
            Some("defect") => Status::Defect,
            Some("info") => Status::Info,
            _ => {
                wrong.push("its status is none of parity, defect, info");
                Status::Info
            }
        };
        let recorded = match (json.get("output"), json.get("error")) {
            (Some(output), None) => Recorded::Output(output.clone()),
            (None, Some(error)) => Recorded::Error(error["message"].as_str().unwrap_or_default().to_owned()),
            _ => {
                wrong.push("it has neither output nor error, or both");
                Recorded::Output(Value::Null)
            }
        };
        Case {
            id: format!("{topic}/{name}"),
            group: format!("{topic}/{function}"),
            topic: topic.to_owned(),
            function,
            status,
            input: json["input"].clone(),
            recorded,
            note: text("note").unwrap_or_default(),
            unreadable: wrong.first().map(|&why| why.to_owned()),
        }
    }

    /// The recorded result; `null` where a refusal was recorded.
    pub fn output(&self) -> &Value {
        match &self.recorded {
            Recorded::Output(output) => output,
            Recorded::Error(_) => &Value::Null,
        }
    }
}
