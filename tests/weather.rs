//! A project of three small datasets, on which the commands are tried.

use serde_json::Value;

use crate::support::Project;

/// Three datasets: one with a guard, one without a label anywhere, one whose rows repeat.
const DATASETS: &str = r#"cluster nli { title "Inference" }
cluster misc { title "Rest" }
dataset weather in nli {
  title "Weather"
  family sky
  metric accuracy
  field premise: text
  field hypothesis: text
  field label: choice { yes no }
  source sample {
    train { rows jsonl "weather/train.jsonl" }
    test { rows jsonl "weather/test.jsonl" }
  }
}
dataset blind in misc {
  title "Blind"
  field text: text
  field label: choice { yes no }
  source sample { train { rows jsonl "blind/train.jsonl" } }
}
dataset echo in misc {
  title "Echo"
  field question: text
  field reply: text
  answer reply
  drop "no reply wanted" when question == "hush"
  source sample { train { rows jsonl "echo/train.jsonl" } }
}
mixture flan { title "All" include all }
"#;

pub const TEMPLATES: &str = r#"templates weather for weather {
  template follows {
    input "{{ premise }}\t{{ hypothesis }} \n{{ options }}"
    target "{{ answer }}"
  }
  turned write when label == yes { input "Go on: {{ premise }}" target "{{ hypothesis }}" }
  template never when premise == "nowhere" { input "{{ hypothesis }}" target "{{ answer }}" }
}
templates blind for blind {
  template say { input "{{ text }}" target "{{ answer }}" }
}
templates echo for echo {
  template ask { input "{{ question }}" target "{{ answer }}" }
}
"#;

pub fn project() -> Project {
    let project = Project::new();
    let weather = |from: usize, to: usize| -> String {
        (from..to)
            .map(|n| format!("{{\"premise\": \"Day {n} is wet.\", \"hypothesis\": \"It rains on day {n}.\", \"label\": \"{}\"}}\n", if n % 2 == 0 { "yes" } else { "no" }))
            .collect()
    };
    let echo: String = ["once", "thrice", "thrice", "thrice", "hush", "twice", "twice"]
        .iter()
        .map(|word| format!("{{\"question\": \"{word}\", \"reply\": \"{word}!\"}}\n"))
        .collect();
    project
        .write("datasets/all.flan", DATASETS)
        .write("templates/all.flan", TEMPLATES)
        .write("datasets/samples/weather/train.jsonl", &weather(0, 60))
        .write("datasets/samples/weather/test.jsonl", &weather(60, 80))
        .write(
            "datasets/samples/blind/train.jsonl",
            "{\"text\": \"a\", \"label\": null}\n{\"text\": \"b\"}\n",
        )
        .write("datasets/samples/echo/train.jsonl", &echo);
    project
}

/// A whole file of the project gone wrong, beside the sound ones.
pub fn with_a_mistake(project: &Project) -> &Project {
    project.write(
        "datasets/broken.flan",
        "dataset broken in nowhere { title \"Broken\" field text: text answer text }\n",
    )
}

pub fn rows_of(json: &Value) -> Vec<&Value> {
    json["examples"].as_array().expect("examples").iter().collect()
}
