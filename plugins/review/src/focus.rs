//! What a review looks at first.

/// The known focuses, each with what it means.
const FOCUSES: &[(&str, &str)] = &[
    (
        "security",
        "Follow every value that comes from outside until it is used: injection, paths, \
         deserialisation, authorisation, secrets in code or logs, unsafe defaults. Say what an \
         attacker would have to control, and what they would gain.",
    ),
    (
        "performance",
        "Find work that grows faster than its input, work that is repeated, allocations and \
         copies in inner loops, and waiting that could overlap. Say for which sizes of input it \
         begins to matter, and what to measure before changing it.",
    ),
    (
        "readability",
        "Look for names that mislead, functions that do two things, control flow that has to be \
         simulated to be understood, and comments that repeat or contradict the code. Prefer \
         taking something away to adding something.",
    ),
    (
        "correctness",
        "Try the edges: empty, one, very many, negative, overflowing, missing, duplicate, \
         concurrent, interrupted half-way. For each bug give an input that shows it, what happens, \
         and what should.",
    ),
    (
        "tests",
        "Name the behaviour that no test would miss if it broke. Suggest the few tests that are \
         worth most, each with its input and its expected result, and point out tests that cannot \
         fail or that pin down details that do not matter.",
    ),
];

/// What to look at, one line for each focus; words that are none stay as they
/// are.
pub(crate) fn instructions(focus: &str) -> Vec<String> {
    let parts: Vec<&str> = focus
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let known: Option<Vec<_>> = parts.iter().map(|part| instruction(part)).collect();
    match known {
        Some(known) => known,
        // A comma in words of one's own separates nothing.
        None => vec![focus.trim().to_owned()],
    }
}

fn instruction(part: &str) -> Option<String> {
    let is_named = |entry: &&(&str, &str)| entry.0.eq_ignore_ascii_case(part);
    let (name, meaning) = FOCUSES.iter().find(is_named)?;
    Some(format!("{name}: {meaning}"))
}

/// The focuses that begin with what is typed after the last comma, with what
/// stands before it; those that are there already are left out.
pub(crate) fn suggestions(typed: &str) -> Vec<String> {
    let (before, last) = match typed.rsplit_once(',') {
        Some((before, last)) => (format!("{before}, "), last),
        None => (String::new(), typed),
    };
    let last = last.trim().to_lowercase();
    let is_there = |name: &str| before.split(',').any(|part| part.trim() == name);
    let names = FOCUSES.iter().map(|entry| entry.0);
    names
        .filter(|name| name.starts_with(&last) && !is_there(name))
        .map(|name| format!("{before}{name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_focuses() {
        let lines = instructions("Security, tests");
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("security: "));
        assert_eq!(
            instructions("the cache, and its lock"),
            ["the cache, and its lock"]
        );
    }

    #[test]
    fn suggestions_go_on_after_a_comma() {
        assert_eq!(suggestions("").len(), 5);
        assert_eq!(suggestions("P"), ["performance"]);
        assert_eq!(suggestions("security,te"), ["security, tests"]);
        assert_eq!(suggestions("tests, ").len(), 4);
        assert_eq!(suggestions("x"), [""; 0]);
    }
}
