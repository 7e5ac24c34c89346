//! What stands before the names of an interface's functions.

use std::collections::HashMap;

/// For each interface what makes its functions' names unlike those of all others;
/// nothing for the world.
pub(super) fn of(interfaces: &[Option<&str>]) -> Vec<String> {
    let forms: Vec<Vec<String>> = interfaces
        .iter()
        .map(|id| id.map(forms).unwrap_or_default())
        .collect();
    let mut taken: HashMap<&str, usize> = HashMap::new();
    for form in forms.iter().flatten() {
        *taken.entry(form).or_default() += 1;
    }
    let shortest = |forms: &Vec<String>| {
        let own = forms
            .iter()
            .find(|form| taken.get(form.as_str()) == Some(&1));
        let form = own.or(forms.last())?;
        Some(format!("{form}_"))
    };
    forms
        .iter()
        .map(|forms| shortest(forms).unwrap_or_default())
        .collect()
}

/// `ns:pkg/iface@1.0.0` as `iface`, `pkg_iface`, `ns_pkg_iface` and
/// `ns_pkg_iface_1-0-0`. Each has another number of `_` than the others.
fn forms(id: &str) -> Vec<String> {
    let (path, version) = id.split_once('@').unwrap_or((id, ""));
    let mut form = String::new();
    let mut forms = Vec::new();
    for part in path.rsplit([':', '/']) {
        form = match form.as_str() {
            "" => part.to_owned(),
            form => format!("{part}_{form}"),
        };
        forms.push(form.clone());
    }
    if !version.is_empty() {
        forms.push(format!("{form}_{}", version.replace(['.', '+'], "-")));
    }
    forms
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_shortest_that_is_no_others() {
        let of = |ids: &[&str]| {
            let ids: Vec<_> = ids
                .iter()
                .map(|id| (!id.is_empty()).then_some(*id))
                .collect();
            super::of(&ids)
        };
        assert_eq!(of(&["", "a:b/c@1.0.0", "mine"]), ["", "c_", "mine_"]);
        assert_eq!(of(&["a:b/c@1.0.0", "a:d/c"]), ["b_c_", "d_c_"]);
        assert_eq!(
            of(&["a:b/c", "e:b/c", "e:f/c"]),
            ["a_b_c_", "e_b_c_", "f_c_"]
        );
        assert_eq!(
            of(&["a:b/c@1.0.0", "a:b/c@2.0.0-rc.1"]),
            ["a_b_c_1-0-0_", "a_b_c_2-0-0-rc-1_"]
        );
    }
}
