//! What holds of all templates and URIs.

use portcullis_seeded::check;

use super::covers;

const EXPRESSIONS: &[&str] = &["{a}", "{+b}", "{/c}", "{d*}", "{#e}"];

#[test]
fn any_template_and_any_uri_are_compared() {
    check(5000, |source| {
        let (template, uri) = (source.text(5), source.text(6));
        covers(&template, &uri);
        assert!(
            template.contains('{') || covers(&template, &template),
            "{template}"
        );
    });
}

#[test]
fn what_a_template_was_filled_with_is_covered() {
    check(5000, |source| {
        let (mut template, mut uri) = ("x://".to_owned(), "x://".to_owned());
        for _ in 0..source.below(4) {
            let expression = source.one_of(EXPRESSIONS);
            let between = source.one_of(&["/", "-", "\u{e9}"]);
            let value = source.one_of(&["v", "\u{e9}\u{1f512}", "v.w"]);
            template.extend([expression, between]);
            uri.extend([value, between]);
        }
        assert!(covers(&template, &uri), "{template} {uri}");
        assert!(!covers(&template, &uri[1..]), "{template} {uri}");
        assert!(!covers(&template, "x:/"), "{template}");
    });
}

/// A long URI must not keep the runtime busy: it comes from the client. This one
/// is short enough for the test to end within minutes where each variable
/// multiplies the work.
#[test]
fn many_variables_and_a_long_uri_end_soon() {
    let uri = format!("x://{}?", "a/".repeat(1_000));
    assert!(!covers("x://{+a}/{+b}/{+c}!", &uri));
}
