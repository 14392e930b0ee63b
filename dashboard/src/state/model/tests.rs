//! What every event does, step by step.

use super::*;
use crate::state::number;
use crate::state::share::{FileNote, Shared};
use crate::state::stream::NAME as STREAM;

const REPORT: &str = r#"{"used_as":"signals","names":["a"],"problem":null,"inspection":{"rows":1,"columns":[],"head":[]}}"#;
const ANSWER: &str = r#"{"strategy_weights":{"a":0.4},"weights":[{"symbol":"X","final_weight":0.4,"contributions":[]}],
    "totals":{"gross":0.4,"net":0.4,"cash":0.6},"digest":"d"}"#;

fn answered(id: MessageId, text: &str) -> Event {
    Event::Answered { id, text: text.to_owned(), columns: None, milliseconds: 1.0 }
}

fn refused(id: MessageId) -> Event {
    Event::Refused { id, problem: Problem::saying("no") }
}

#[test]
fn what_is_written_is_what_is_shown() {
    let mut model = opened();
    let shown = model.config_text();
    let config = BlendConfig { per_strategy_max: 0.1, ..model.config.clone() };
    let commands = model.update(Event::Configured(Box::new(config)));
    let Some(Command::Blend(id, asked)) = commands.first().cloned() else { panic!("{commands:?}") };
    assert_ne!(asked, shown);
    // The answer to the new settings is on its way: the files are those of the one on the screen.
    for event in [Event::ResultWanted(ResultFormat::Json), Event::RequestWanted] {
        let commands = model.update(event);
        assert!(matches!(commands.as_slice(), [Command::Write(_, _, config)] if *config == shown), "{commands:?}");
    }
    model.update(answered(id, ANSWER));
    let commands = model.update(Event::ResultWanted(ResultFormat::Json));
    assert!(matches!(commands.as_slice(), [Command::Write(_, _, config)] if *config == asked), "{commands:?}");
}

/// A page that shows the sample's allocation.
fn opened() -> Model {
    let mut model = Model::default();
    assert_eq!(model.update(Event::Opened), [Command::Start, Command::Sample(1)]);
    let commands = model.update(answered(1, REPORT));
    assert_eq!(commands, [Command::Blend(2, model.config_text())]);
    assert!(model.update(answered(2, ANSWER)).is_empty());
    model
}

#[test]
fn the_first_screen_is_an_allocation_of_the_sample() {
    let model = opened();
    assert!(matches!(model.sample, Sample::On(_)));
    assert_eq!(model.blend.as_ref().unwrap().digest, "d");
    assert_eq!(model.selected, Some(Subject::Symbol("X".into())));
    assert!(model.announcement.contains("40.00 % invested"));
}

#[test]
fn a_good_file_takes_the_place_of_the_sample() {
    let mut model = opened();
    assert_eq!(model.update(Event::Given(vec![("a.csv".into(), 10)])), [Command::Add(3, 1, String::new())]);
    assert!(matches!(model.sample, Sample::On(_)), "until it is read");
    let commands = model.update(answered(3, REPORT));
    assert_eq!(commands, [Command::NoSample(4), Command::Blend(5, model.config_text())]);
}

#[test]
fn a_bad_file_leaves_everything_as_it_was() {
    let mut model = opened();
    let before = model.blend.clone();
    model.update(Event::Given(vec![("bad.csv".into(), 10)]));
    assert!(model.update(refused(3)).is_empty());
    assert_eq!(model.blend, before);
    assert!(matches!(model.sample, Sample::On(_)));
    assert_eq!(model.refused_files().count(), 1);
    assert!(model.announcement.contains("bad.csv is not used"));
}

#[test]
fn the_same_name_again_is_the_newer_version() {
    let mut model = opened();
    model.update(Event::Given(vec![("a.csv".into(), 10)]));
    model.update(Event::Given(vec![("a.csv".into(), 20)]));
    assert_eq!(model.files.len(), 1);
    assert_eq!((model.files[0].key, model.files[0].bytes), (2, 20));
    assert!(model.update(answered(3, REPORT)).is_empty(), "the former version no longer counts");
}

#[test]
fn what_is_said_about_a_file_is_read_with_it_also_by_the_next_worker() {
    let mut model = opened();
    model.update(Event::Given(vec![("a.csv".into(), 10)]));
    model.update(answered(3, REPORT));
    model.update(answered(5, ANSWER));
    let said = Said::default().taken("ccy", "symbol");
    let commands = model.update(Event::Told(1, said.clone()));
    assert_eq!(commands, [Command::Add(6, 1, said.text())]);
    assert!(model.update(Event::Told(1, said.clone())).is_empty(), "nothing new is said");
    model.update(answered(6, REPORT));
    let commands = model.update(Event::Lost { id: None, message: "x".into() });
    assert!(commands.iter().any(|command| matches!(command, Command::Add(_, 1, text) if *text == said.text())), "{commands:?}");
}

#[test]
fn removing_the_last_file_brings_the_sample_back() {
    let mut model = opened();
    model.update(Event::Given(vec![("a.csv".into(), 10)]));
    model.update(answered(3, REPORT));
    let commands = model.update(Event::Removed(1));
    let is_removed = commands.iter().any(|command| matches!(command, Command::Remove(_, 1)));
    assert!(is_removed && commands.iter().any(|command| matches!(command, Command::Sample(_))));
}

#[test]
fn changes_while_the_engine_computes_become_one_question() {
    let mut model = opened();
    let mut change =
        |cap: f64| model.update(Event::Configured(Box::new(BlendConfig { per_strategy_max: cap, ..BlendConfig::default() })));
    assert_eq!(change(0.3).len(), 1);
    assert!(change(0.2).is_empty() && change(0.1).is_empty() && change(0.1).is_empty());
    let commands = model.update(answered(3, ANSWER));
    assert!(matches!(commands.as_slice(), [Command::Blend(4, text)] if text.contains("\"per_strategy_max\":0.1,")));
}

#[test]
fn a_drag_is_one_change() {
    let mut model = opened();
    let first = model.blend.clone();
    let cap = |cap: f64| Event::Configured(Box::new(BlendConfig { per_strategy_max: cap, ..BlendConfig::default() }));
    model.update(cap(0.3));
    model.update(answered(3, &ANSWER.replace("0.4", "0.3")));
    model.update(cap(0.2));
    model.update(answered(4, &ANSWER.replace("0.4", "0.2")));
    assert_eq!(model.before, first, "the answer before the drag, not the one of its last step");
    assert_eq!(number::percent(model.moved.as_ref().unwrap().turnover), "10.00", "half of 40 − 20");
    model.update(Event::Settled);
    model.update(cap(0.1));
    assert_eq!(model.before, model.blend, "the next change begins where the last one ended");
}

#[test]
fn a_change_is_taken_back_and_made_again() {
    let mut model = opened();
    let cap = |cap: f64| Event::Configured(Box::new(BlendConfig { per_strategy_max: cap, ..BlendConfig::default() }));
    // One drag over three values, then another.
    for value in [0.3, 0.2, 0.1] {
        model.update(cap(value));
    }
    model.update(Event::Settled);
    model.update(cap(0.25));
    assert_eq!(model.history.undoable(), Some("strategy cap"));
    model.update(Event::Undone);
    assert_eq!(model.config.per_strategy_max, 0.1);
    model.update(Event::Undone);
    assert_eq!(model.config, BlendConfig::default());
    assert!(model.update(Event::Undone).is_empty(), "nothing is left to undo");
    model.update(Event::Redone);
    model.update(Event::Redone);
    assert_eq!(model.config.per_strategy_max, 0.25);
}

#[test]
fn settings_of_a_view_are_undone_kept_and_shared_like_the_others() {
    let mut model = opened();
    let set = |text: &str| Event::ViewSet("risk", "floor".into(), text.into());
    assert!(model.update(set("{\"floor\":0.3}")).is_empty(), "the blend does not depend on it");
    model.update(set("{\"floor\":0.4}"));
    model.update(Event::Settled);
    model.update(Event::Scenario(ScenarioAct::Save("Low".into())));
    let shared = Shared::from_token(&model.shared("risk").to_token()).unwrap();
    assert_eq!(model.history.undoable(), Some("floor"));
    model.update(Event::Undone);
    assert!(model.views.is_empty(), "one drag is one step");
    model.update(Event::Redone);
    assert_eq!(model.views["risk"], "{\"floor\":0.4}");
    assert_eq!(model.scenarios.showing(&model.settings()).unwrap().name, "Low");
    model.update(set("{}"));
    assert!(model.views.is_empty() && model.scenarios.showing(&model.settings()).is_none());

    let mut other = opened();
    other.update(Event::Restored(Box::new(shared), Origin::Address));
    assert_eq!((other.views["risk"].as_str(), other.history.undoable()), ("{\"floor\":0.4}", Some("the state in the address")));
}

#[test]
fn scenarios_are_kept_used_and_shared() {
    let mut model = opened();
    let tight = BlendConfig { per_strategy_max: 0.2, ..BlendConfig::default() };
    model.update(Event::Configured(Box::new(tight.clone())));
    model.update(Event::Scenario(ScenarioAct::Save("Tight".into())));
    model.update(Event::Configured(Box::default()));
    model.update(Event::Scenario(ScenarioAct::Load("tight".into())));
    assert_eq!(model.config, tight);
    model.update(Event::Scenario(ScenarioAct::Load("no such".into())));
    assert_eq!(model.notices.len(), 1);
    let shared = Shared::from_token(&model.shared("blend").to_token()).unwrap();
    let mut other = opened();
    other.update(Event::Restored(Box::new(shared), Origin::Address));
    assert_eq!((&other.config, other.scenarios.list().len()), (&tight, 1));
    other.update(Event::Undone);
    assert_eq!(other.config, BlendConfig::default(), "opening an address can be undone");
}

#[test]
fn what_this_browser_kept_stands_behind_a_state_that_came_by_address() {
    let capped =
        |cap: f64| Settings { blend: BlendConfig { per_strategy_max: cap, ..BlendConfig::default() }, ..Settings::default() };
    let state = |cap: f64, base: f64| {
        let mut scenarios = Scenarios::default();
        scenarios.save("Base", &capped(base)).unwrap();
        Shared { config: capped(cap).blend, scenarios, ..Shared::default() }
    };
    let mut model = Model::default();
    model.update(Event::Restored(Box::new(state(0.3, 0.31)), Origin::Address));
    let said = Said { strategy: Some("mine".into()), ..Said::default() };
    let kept = Shared { said: vec![("own.csv".into(), said.clone())], ..state(0.2, 0.21) };
    model.update(Event::Restored(Box::new(kept), Origin::Behind));
    assert_eq!(model.config.per_strategy_max, 0.3, "the address counts");
    // Both scenarios of one name are there, and the notice names them.
    let names: Vec<&str> = model.scenarios.list().iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!((names, model.scenarios.get("Base (2)").unwrap().settings == capped(0.31)), (vec!["Base", "Base (2)"], true));
    assert_eq!(model.scenarios.get("Base").unwrap().settings, capped(0.21), "one's own keeps its name");
    assert!(model.notices.iter().any(|notice| notice.title == "Two scenarios of one name"));
    // The files that come now are read as was said of them, and the former settings are one step back.
    model.update(Event::Given(vec![("own.csv".into(), 1)]));
    assert_eq!(model.files[0].said, said);
    model.update(Event::Undone);
    assert_eq!(model.config.per_strategy_max, 0.2);
    model.update(Event::Redone);
    assert_eq!(model.config.per_strategy_max, 0.3);
    // The same state once more adds nothing.
    model.update(Event::Restored(Box::new(state(0.3, 0.31)), Origin::Address));
    assert_eq!(model.scenarios.list().len(), 2);
}

#[test]
fn what_is_chosen_waits_for_its_files_and_a_pair_for_its_view() {
    let mut model = opened();
    model.update(Event::Selected(Some(Subject::pair("b", "a"))));
    model.update(Event::Selected(Some(Subject::Symbol("OWN".into()))));
    assert_eq!(model.look.pair, Some(Subject::pair("a", "b")));
    model.update(Event::Given(vec![("own.csv".into(), 1)]));
    // The sample's answer comes once more before the file is read: it has no such symbol.
    let commands = model.update(Event::Configured(Box::new(BlendConfig { per_strategy_max: 0.2, ..model.config.clone() })));
    let Some(Command::Blend(id, _)) = commands.first().cloned() else { panic!("{commands:?}") };
    model.update(answered(id, ANSWER));
    assert_eq!(model.selected, Some(Subject::Symbol("OWN".into())));
    // Once nothing is being read, what no answer has is chosen no longer.
    model.update(refused(3));
    let commands = model.update(Event::Configured(Box::new(BlendConfig { per_strategy_max: 0.3, ..model.config.clone() })));
    let Some(Command::Blend(id, _)) = commands.first().cloned() else { panic!("{commands:?}") };
    model.update(answered(id, ANSWER));
    assert_eq!(model.selected, Some(Subject::Symbol("X".into())));
}

#[test]
fn the_file_that_was_removed_last_comes_back_as_it_was_read() {
    let mut model = opened();
    model.update(Event::Given(vec![("a.csv".into(), 10), ("b.csv".into(), 10)]));
    let said = Said { strategy: Some("mine".into()), ..Said::default() };
    model.update(Event::Told(1, said.clone()));
    assert!(matches!(model.update(Event::Removed(1)).as_slice(), [Command::Remove(_, 1)]), "its bytes stay");
    let commands = model.update(Event::WantedBack);
    assert!(matches!(commands.as_slice(), [Command::Add(_, 1, text)] if *text == said.text()), "{commands:?}");
    assert_eq!((model.files.len(), model.looked_at, model.removed.is_none()), (2, Some(1), true));
    // Of two that were removed the first is gone.
    model.update(Event::Removed(1));
    let commands = model.update(Event::Removed(2));
    assert!(commands.contains(&Command::Forget(1)), "{commands:?}");
    // One of the same name that came meanwhile stays.
    model.update(Event::Given(vec![("b.csv".into(), 11)]));
    assert_eq!(model.update(Event::WantedBack), [Command::Forget(2)]);
    assert_eq!(model.files.len(), 1);
    assert_eq!(model.update(Event::WantedBack), []);
}

#[test]
fn a_scenario_is_renamed_and_one_that_was_deleted_put_back() {
    let mut model = opened();
    let mut act = |act: ScenarioAct| {
        model.update(Event::Scenario(act));
        let names = model.scenarios.list().iter().map(|scenario| scenario.name.clone()).collect::<Vec<_>>();
        (names, model.announcement.clone())
    };
    act(ScenarioAct::Save("Base".into()));
    assert_eq!(
        act(ScenarioAct::Rename("Base".into(), "Tight".into())),
        (vec!["Tight".into()], "Base is called Tight now.".into())
    );
    assert_eq!(act(ScenarioAct::Delete("Tight".into())).0, Vec::<String>::new());
    assert_eq!(act(ScenarioAct::PutBack), (vec!["Tight".into()], "Tight is there again.".into()));
    assert_eq!(act(ScenarioAct::PutBack).0, ["Tight"], "once");
    act(ScenarioAct::Save("Base".into()));
    let refused = act(ScenarioAct::Rename("Base".into(), "tight".into()));
    assert!(refused.0 == ["Tight", "Base"] && refused.1.contains("There is a scenario"), "{refused:?}");
}

#[test]
fn a_batch_of_a_stream_is_read_as_the_one_before_and_draws_no_eye_away() {
    let mut model = opened();
    let stream = || Event::Given(vec![(STREAM.into(), 1)]);
    model.update(stream());
    let said = Said::default().taken("ccy", "symbol");
    model.update(Event::Told(model.files[0].key, said.clone()));
    model.update(Event::Given(vec![("own.csv".into(), 1)]));
    let own = model.looked_at;
    model.update(stream());
    let of_stream = model.files.iter().find(|file| file.name == STREAM).unwrap();
    assert_eq!((model.looked_at, &of_stream.said), (own, &said));
    assert!(model.notices.is_empty(), "nothing is replaced: it goes on");
    // Whoever looks at the stream goes on looking at it.
    model.update(Event::Looked(Some(of_stream.key)));
    model.update(stream());
    assert_eq!(model.looked_at, Some(model.last_key));
    // Another file of a known name is said.
    model.update(Event::Given(vec![("own.csv".into(), 2)]));
    assert_eq!(model.notices[0].title, "A file of the same name");
}

#[test]
fn batches_of_a_stream_are_not_announced_and_changes_beside_them_are() {
    let mut model = opened();
    let mut after = |event: Event| {
        model.announcement.clear();
        let mut commands = model.update(event);
        // Whatever is asked is answered, until nothing is.
        while let Some(command) = commands.pop() {
            match command {
                Command::Add(id, ..) => commands.extend(model.update(answered(id, REPORT))),
                Command::Blend(id, _) => commands.extend(model.update(answered(id, ANSWER))),
                _ => {}
            }
        }
        model.announcement.clone()
    };
    let stream = || Event::Given(vec![(STREAM.into(), 1)]);
    assert_eq!((after(stream()), after(stream())), (String::new(), String::new()));
    let tight = BlendConfig { per_strategy_max: 0.2, ..BlendConfig::default() };
    assert!(after(Event::Configured(Box::new(tight))).starts_with("Allocated"));
    assert_eq!(after(stream()), "");
}

#[test]
fn a_file_that_was_not_written_is_no_refusal_of_the_settings() {
    let mut model = opened();
    let commands = model.update(Event::RequestWanted);
    let Some(Command::Write(id, ..)) = commands.first().cloned() else { panic!("{commands:?}") };
    model.update(refused(id));
    assert_eq!((model.refusal.is_none(), model.notices[0].title.as_str()), (true, "The file was not written"));
    model.update(Event::Withdrawn("The file was not written".into()));
    assert!(model.notices.is_empty());
}

#[test]
fn a_state_names_the_files_it_needs() {
    let mut model = opened();
    let files = vec![FileNote { name: "book.csv".into(), bytes: 7 }];
    model.update(Event::Restored(Box::new(Shared { files, ..model.shared("blend") }), Origin::Address));
    assert!(model.notices[0].detail.contains("book.csv"), "{:?}", model.notices);
}

#[test]
fn views_ask_in_slots_and_a_new_worker_is_asked_again() {
    let mut model = opened();
    let question = Question { operation: "metrics", request: "{}".into(), uses: &["returns"] };
    assert_eq!(model.update(Event::Asked("risk", question.clone())), [Command::Ask(3, question.clone())]);
    let commands = model.update(Event::Lost { id: None, message: "x".into() });
    assert!(commands.contains(&Command::Ask(5, question)), "{commands:?}");
    model.update(answered(5, "{\"a\":1}"));
    assert!(model.slots["risk"].answer.is_some() && !model.slots["risk"].is_busy());
}

#[test]
fn views_ask_once_the_first_allocation_is_there_or_will_not_be() {
    let question = Question { operation: "metrics", request: "{}".into(), uses: &["returns"] };
    let mut model = Model::default();
    model.update(Event::Opened);
    assert!(model.update(Event::Asked("risk", question.clone())).is_empty());
    assert!(model.slots["risk"].is_busy());
    let mut other = model.clone();
    assert_eq!(model.update(answered(1, REPORT)), [Command::Blend(2, model.config_text())], "it goes first");
    assert_eq!(model.update(answered(2, ANSWER)), [Command::Ask(3, question.clone())]);
    assert!(!other.update(Event::Lost { id: None, message: "x".into() }).contains(&Command::Ask(3, question.clone())));
    assert_eq!(other.update(refused(2)), [Command::Ask(3, question)], "asked once, of the engine that runs");
}

#[test]
fn a_refusal_keeps_the_former_result() {
    let mut model = opened();
    model.update(Event::Configured(Box::new(BlendConfig { cash_reserve: 0.5, ..BlendConfig::default() })));
    model.update(refused(3));
    assert!(model.blend.is_some() && model.refusal.is_some());
    model.update(Event::Configured(Box::default()));
    model.update(answered(4, ANSWER));
    assert_eq!(model.refusal, None);
}

#[test]
fn a_dead_worker_is_replaced_and_given_everything() {
    let mut model = opened();
    model.update(Event::Given(vec![("a.csv".into(), 10)]));
    model.update(answered(3, REPORT));
    model.update(answered(5, ANSWER));
    let commands = model.update(Event::Lost { id: None, message: "unreachable".into() });
    assert!(matches!(commands.as_slice(), [Command::Start, Command::Add(_, 1, _), Command::Blend(..)]), "{commands:?}");
    assert_eq!((model.restarts, model.notices.len()), (1, 1));
    assert!(model.blend.is_some());
    assert!(model.update(answered(5, ANSWER)).is_empty(), "an answer of the dead one changes nothing");
}

#[test]
fn a_file_that_ends_the_engine_is_not_read_again() {
    let mut model = opened();
    model.update(Event::Given(vec![("evil.parquet".into(), 10)]));
    let commands = model.update(Event::Lost { id: Some(3), message: "unreachable".into() });
    assert!(matches!(commands.as_slice(), [Command::Start, Command::Sample(_)]), "{commands:?}");
    assert!(model.files[0].problem().unwrap().faults[0].message.contains("ended the engine"));
}

#[test]
fn a_lost_helper_takes_no_data_and_its_questions_are_asked_again() {
    let mut model = opened();
    let question = Question { operation: "correlation", request: "{}".into(), uses: &["returns"] };
    let other = Question { operation: "metrics", ..question.clone() };
    let [Command::Ask(first, _)] = model.update(Event::Asked("a", question.clone()))[..] else { panic!() };
    let [Command::Ask(second, _)] = model.update(Event::Asked("b", other.clone()))[..] else { panic!() };
    let lost = Event::HelperLost { id: Some(first), message: "unreachable".into(), open: vec![first, second] };
    let commands = model.update(lost);
    assert!(matches!(&commands[..], [Command::Ask(_, asked)] if *asked == other), "{commands:?}");
    assert!(model.slots["a"].problem.is_some() && model.slots["b"].is_busy() && model.blend.is_some());
    assert_eq!((model.restarts, model.notices.len()), (1, 1));
}

#[test]
fn a_large_file_says_how_far_it_is() {
    let mut model = opened();
    model.update(Event::Given(vec![("big.csv".into(), 100_000_000)]));
    model.update(Event::Progressed { id: 3, done: 1, total: 100_000_000, now: 0.0 });
    model.update(Event::Progressed { id: 3, done: 50_000_000, total: 100_000_000, now: 500.0 });
    assert!(model.meters[&1].sentence().starts_with("50.0 MB of 100.0 MB"));
    model.update(answered(3, REPORT));
    assert!(model.meters.is_empty());
}

#[test]
fn a_file_that_was_mended_is_read_as_mended_after_a_reload() {
    let said = Said { strategy: Some("mine".into()), ..Said::default() };
    let mut there = Model::default();
    there.update(Event::Given(vec![("a.csv".into(), 10)]));
    there.update(Event::Told(1, said.clone()));
    let kept = Shared::from_json(&there.kept().to_json()).unwrap();
    let mut here = Model::default();
    here.update(Event::Restored(Box::new(kept), Origin::Memory));
    assert_eq!(here.kept().said.len(), 1, "until the file is back");
    let commands = here.update(Event::Given(vec![("a.csv".into(), 10), ("b.csv".into(), 10)]));
    let read: Vec<&str> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Add(_, _, said) => Some(said.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(read, [said.text().as_str(), ""]);
}

#[test]
fn settings_that_end_the_engine_are_not_tried_again() {
    let mut model = opened();
    model.update(Event::Given(vec![("a.csv".into(), 10)]));
    model.update(answered(3, REPORT));
    let commands = model.update(Event::Lost { id: Some(5), message: "unreachable".into() });
    assert!(!commands.iter().any(|command| matches!(command, Command::Blend(..))), "{commands:?}");
    assert!(model.refusal.is_some());
}

#[test]
fn an_engine_that_always_ends_is_given_up_and_said_so() {
    let mut model = opened();
    let lost = || Event::Lost { id: None, message: "x".into() };
    for _ in 0..LOST_IN_A_ROW_MAX {
        assert!(!model.update(lost()).is_empty());
    }
    assert!(model.update(lost()).is_empty());
    assert_eq!(model.engine, Engine::Gone);
    assert!(model.blend.is_some());
}

#[test]
fn stopping_replaces_the_worker_and_says_which_file_was_not_read() {
    let mut model = opened();
    assert!(model.update(Event::Stopped).is_empty(), "nothing to stop");
    model.update(Event::Given(vec![("huge.csv".into(), 1 << 30)]));
    let commands = model.update(Event::Stopped);
    assert!(matches!(commands.as_slice(), [Command::Start, Command::Sample(_)]), "{commands:?}");
    assert!(model.files[0].problem().is_some());
}
