//! The shortest way from one list of lines to another, by Myers' greedy
//! algorithm. Beyond [`MAX_CHANGES`] the whole middle is one change, which is
//! just as true.

/// The most removed and added lines for which the shortest way is looked for;
/// its square is what the search takes of time and memory.
const MAX_CHANGES: usize = 1000;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change<'t> {
    Keep(&'t str),
    Remove(&'t str),
    Add(&'t str),
}

/// The changes in order.
pub(super) fn changes<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Change<'t>> {
    let same = |(old, new): &(&&str, &&str)| old == new;
    let prefix = old.iter().zip(new).take_while(same).count();
    let (before, old) = old.split_at(prefix);
    let new = &new[prefix..];
    let suffix = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let (old, after) = old.split_at(old.len() - suffix);
    let new = &new[..new.len() - suffix];

    let keep = |lines: &[&'t str]| lines.iter().map(|line| Change::Keep(line)).collect();
    let mut changes: Vec<Change<'t>> = keep(before);
    changes.extend(shortest(old, new).unwrap_or_else(|| replaced(old, new)));
    changes.extend::<Vec<_>>(keep(after));
    changes
}

fn replaced<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Change<'t>> {
    let removed = old.iter().map(|line| Change::Remove(line));
    removed
        .chain(new.iter().map(|line| Change::Add(line)))
        .collect()
}

/// How far one gets with some number of changes on each diagonal `k`, which is
/// where the old line's index is `k` more than the new line's. Holds `k` from
/// `-radius` to `radius`.
#[derive(Clone)]
struct Reach {
    radius: isize,
    old_index: Vec<isize>,
}

impl Reach {
    fn get(&self, k: isize) -> isize {
        self.old_index[usize::try_from(k + self.radius).unwrap_or_default()]
    }

    /// Where one comes from onto diagonal `k` with one more change: the
    /// diagonal above by adding a line, the one below by removing one.
    fn previous(&self, k: isize, changes: isize) -> isize {
        if k == -changes || (k != changes && self.get(k - 1) < self.get(k + 1)) {
            k + 1
        } else {
            k - 1
        }
    }
}

fn shortest<'t>(old: &[&'t str], new: &[&'t str]) -> Option<Vec<Change<'t>>> {
    let rounds = search(old, new)?;
    let line = |lines: &[&'t str], index: isize| lines[usize::try_from(index).unwrap_or_default()];
    let (mut x, mut y) = (old.len().cast_signed(), new.len().cast_signed());
    let mut changes = Vec::new();
    for (count, reach) in rounds.iter().enumerate().skip(1).rev() {
        let previous = reach.previous(x - y, count.cast_signed());
        let (from_x, from_y) = (reach.get(previous), reach.get(previous) - previous);
        while x > from_x && y > from_y {
            (x, y) = (x - 1, y - 1);
            changes.push(Change::Keep(line(old, x)));
        }
        changes.push(if x == from_x {
            Change::Add(line(new, from_y))
        } else {
            Change::Remove(line(old, from_x))
        });
        (x, y) = (from_x, from_y);
    }
    while x > 0 {
        x -= 1;
        changes.push(Change::Keep(line(old, x)));
    }
    changes.reverse();
    Some(changes)
}

/// What is reached before each round, a round being one change more; the last
/// round reaches the ends of both texts.
fn search(old: &[&str], new: &[&str]) -> Option<Vec<Reach>> {
    let (old_end, new_end) = (old.len().cast_signed(), new.len().cast_signed());
    let mut rounds: Vec<Reach> = Vec::new();
    let mut reach = Reach {
        radius: 1,
        old_index: vec![0; 3],
    };
    for count in 0..=MAX_CHANGES.min(old.len() + new.len()).cast_signed() {
        let mut next = Reach {
            radius: count + 1,
            old_index: vec![0; reach.old_index.len() + 2],
        };
        let mut done = false;
        for k in (-count..=count).step_by(2) {
            let mut x = match reach.previous(k, count) {
                above if above > k => reach.get(above),
                below => reach.get(below) + 1,
            };
            while x < old_end
                && x - k < new_end
                && old[x.cast_unsigned()] == new[(x - k).cast_unsigned()]
            {
                x += 1;
            }
            let slot = usize::try_from(k + next.radius).unwrap_or_default();
            next.old_index[slot] = x;
            done |= x >= old_end && x - k >= new_end;
        }
        rounds.push(std::mem::replace(&mut reach, next));
        if done {
            return Some(rounds);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A letter for each line.
    fn lines(text: &str) -> Vec<&str> {
        text.split_inclusive(|_| true).collect()
    }

    fn check(old: &[&str], new: &[&str]) -> usize {
        let changes = changes(old, new);
        let was = changes.iter().filter_map(|change| match change {
            Change::Keep(line) | Change::Remove(line) => Some(*line),
            Change::Add(_) => None,
        });
        let is = changes.iter().filter_map(|change| match change {
            Change::Keep(line) | Change::Add(line) => Some(*line),
            Change::Remove(_) => None,
        });
        assert_eq!(was.collect::<Vec<_>>(), old);
        assert_eq!(is.collect::<Vec<_>>(), new);
        let kept = |change: &&Change<'_>| !matches!(change, Change::Keep(_));
        changes.iter().filter(kept).count()
    }

    #[test]
    fn the_way_is_the_shortest() {
        for (old, new, count) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "xyz", 6),
            ("abcabba", "cbabac", 5),
            ("axbxc", "abc", 2),
            ("abc", "axbxc", 2),
            ("abcdef", "abXdef", 2),
            ("aaaa", "aaa", 1),
            ("abab", "baba", 2),
        ] {
            assert_eq!(check(&lines(old), &lines(new)), count, "{old} {new}");
        }
    }

    #[test]
    fn all_short_texts_lead_to_each_other() {
        let texts: Vec<String> = (0..3_u32.pow(6))
            .map(|number| {
                let letters = (0..6).map(|place| number / 3_u32.pow(place) % 3);
                // `c` is no letter, so that the lengths differ.
                letters
                    .filter(|&l| l < 2)
                    .map(|l| if l == 0 { 'a' } else { 'b' })
                    .collect()
            })
            .collect();
        for old in texts.iter().step_by(7) {
            for new in &texts {
                check(&lines(old), &lines(new));
            }
        }
    }

    #[test]
    fn very_different_texts_are_replaced_as_a_whole() {
        let old: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
        let new: Vec<String> = (0..2000).map(|number| format!("x{number}")).collect();
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        assert_eq!(check(&old, &new), 4000);
    }
}
