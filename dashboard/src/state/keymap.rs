//! What every key does. One table: the page listens by it, and the `?` sheet prints it.

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Show the view with this place in the list, from 0.
    View(usize),
    /// Open the command palette.
    Palette,
    /// Open or close the sheet of keys.
    Sheet,
    /// Take the last change back.
    Undo,
    /// Make it again.
    Redo,
    /// Hide or show the left column.
    Inputs,
    /// Hide or show the right column.
    Reasons,
    /// Go to the explanation of what is selected.
    Explain,
    /// Show charts as tables, or as charts again.
    Tables,
    /// Copy the digest.
    Digest,
    /// Select the next row.
    NextRow,
    /// Select the row before.
    PreviousRow,
    /// Find a symbol.
    Find,
}

/// A key press as the browser names it.
#[allow(clippy::struct_excessive_bools, reason = "a key press has as many flags as a keyboard has modifiers")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Press<'a> {
    /// `KeyboardEvent.key`.
    pub key: &'a str,
    /// Ctrl, or ⌘ on a Mac.
    pub control: bool,
    /// Alt.
    pub alt: bool,
    /// Shift.
    pub shift: bool,
    /// Whether someone is writing: the target is a text field, a select or the like.
    pub writing: bool,
}

/// Keys and what they do, as the sheet prints them.
pub const KEYS: &[(&str, &str)] = &[
    ("1 – 9", "Views, in the order of the head"),
    ("Ctrl K", "Command palette"),
    ("?", "This sheet"),
    ("Ctrl Z", "Undo"),
    ("Ctrl Shift Z", "Redo"),
    ("[", "Left column: hide, show"),
    ("]", "Right column: hide, show"),
    ("E", "Explain what is selected"),
    ("T", "Charts as tables, and back"),
    ("D", "Copy the digest"),
    ("J  K", "Next row, row before"),
    ("/", "Find a symbol"),
    ("Esc", "Close what is open"),
];

/// Keys of a slider, as the sheet prints them.
pub const SLIDER_KEYS: &[(&str, &str)] = &[
    ("← →", "One step"),
    ("Shift ← →", "Ten steps"),
    ("Alt ← →", "A fiftieth of a step"),
    ("Home  End", "Ends of the scale"),
    ("Delete", "The default"),
];

/// What a press asks for. `single` is whether keys without Ctrl are on: who speaks to the page may want them off.
pub fn action(press: Press<'_>, single: bool) -> Option<Action> {
    if press.control && !press.alt {
        return match press.key.to_ascii_lowercase().as_str() {
            "k" => Some(Action::Palette),
            // In a field the browser undoes the typing.
            "z" if press.writing => None,
            "z" if press.shift => Some(Action::Redo),
            "z" => Some(Action::Undo),
            "y" if !press.writing => Some(Action::Redo),
            _ => None,
        };
    }
    if press.writing || !single || press.alt || press.control {
        return None;
    }
    match press.key {
        "?" => Some(Action::Sheet),
        "[" => Some(Action::Inputs),
        "]" => Some(Action::Reasons),
        "/" => Some(Action::Find),
        "e" | "E" => Some(Action::Explain),
        "t" | "T" => Some(Action::Tables),
        "d" | "D" => Some(Action::Digest),
        "j" | "J" => Some(Action::NextRow),
        "k" | "K" => Some(Action::PreviousRow),
        digit if digit.len() == 1 => digit.parse::<usize>().ok().filter(|digit| *digit > 0).map(|digit| Action::View(digit - 1)),
        _ => None,
    }
}

/// Where a slider goes on a key: the new place, `None` where the key is not its own. `default` is where Delete leads.
///
/// Steps are counted from the place itself, not from the grid: Alt leads to places between two steps, and the next step keeps
/// what Alt added.
pub fn slide(press: Press<'_>, place: f64, low: f64, high: f64, step: f64, default: f64) -> Option<f64> {
    let step = match (press.shift, press.alt) {
        (_, true) => step / 50.0,
        (true, false) => step * 10.0,
        (false, false) => step,
    };
    let place = match press.key {
        "ArrowRight" | "ArrowUp" => place + step,
        "ArrowLeft" | "ArrowDown" => place - step,
        "PageUp" => place + 10.0 * step,
        "PageDown" => place - 10.0 * step,
        "Home" => low,
        "End" => high,
        "Delete" | "Backspace" => default,
        _ => return None,
    };
    // A million-th of the scale is finer than any step; this takes the dust of binary addition away.
    let dust = 1e6;
    Some(((place * dust).round() / dust).clamp(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str) -> Press<'_> {
        Press { key, ..Press::default() }
    }

    #[test]
    fn single_keys_act_only_outside_fields_and_while_they_are_on() {
        assert_eq!(action(press("3"), true), Some(Action::View(2)));
        assert_eq!(action(press("0"), true), None);
        assert_eq!(action(press("?"), true), Some(Action::Sheet));
        assert_eq!(action(press("e"), false), None);
        assert_eq!(action(Press { writing: true, ..press("e") }, true), None);
        assert_eq!(action(Press { alt: true, ..press("e") }, true), None);
    }

    #[test]
    fn control_keys_act_always_but_undo_leaves_typing_to_the_browser() {
        let control = |key| Press { control: true, ..press(key) };
        assert_eq!(action(Press { writing: true, ..control("k") }, false), Some(Action::Palette));
        assert_eq!(action(control("z"), false), Some(Action::Undo));
        assert_eq!(action(Press { shift: true, ..control("Z") }, true), Some(Action::Redo));
        assert_eq!(action(Press { writing: true, ..control("z") }, true), None);
        assert_eq!(action(control("p"), true), None);
    }

    #[test]
    fn a_slider_steps_jumps_creeps_and_returns() {
        let at = |press: Press<'_>, place: f64| slide(press, place, 0.0, 100.0, 1.0, 40.0);
        assert_eq!(at(press("ArrowRight"), 25.0), Some(26.0));
        assert_eq!(at(Press { shift: true, ..press("ArrowLeft") }, 25.0), Some(15.0));
        assert_eq!(at(Press { alt: true, ..press("ArrowUp") }, 25.0), Some(25.02));
        assert_eq!(at(press("ArrowRight"), 99.5), Some(100.0));
        assert_eq!((at(press("Delete"), 3.0), at(press("Tab"), 3.0)), (Some(40.0), None));
        assert_eq!(slide(press("ArrowRight"), 0.7, 0.0, 1.0, 0.1, 0.7), Some(0.8), "no 0.7999999999999999");
    }
}
