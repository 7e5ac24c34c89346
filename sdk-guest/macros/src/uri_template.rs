//! Checking URI templates: literal text with `{name}` and `{+name}`.

use syn::{Error, LitStr, Result};

/// The variables of a template, in order. A URI without any is fixed.
pub(crate) fn variables(template: &LitStr) -> Result<Vec<String>> {
    let text = template.value();
    let error = |message: String| Err(Error::new(template.span(), message));
    if !has_scheme(&text) {
        return error(format!(
            "a resource's URI is absolute, such as `notes://all`, not `{text}`"
        ));
    }
    let mut variables: Vec<String> = Vec::new();
    let mut rest = text.as_str();
    let mut follows_variable = false;
    while let Some(start) = rest.find(['{', '}']) {
        if rest[start..].starts_with('}') {
            return error(format!("`}}` without a `{{` before it in `{text}`"));
        }
        if start == 0 && follows_variable {
            return error(format!(
                "two variables without text between them in `{text}`: where one ends and the \
                 other begins cannot be told"
            ));
        }
        let Some(length) = rest[start..].find('}') else {
            return error(format!("`{{` without a `}}` after it in `{text}`"));
        };
        let expression = &rest[start + 1..start + length];
        let variable = expression.strip_prefix('+').unwrap_or(expression);
        if !is_name(variable) {
            return error(format!(
                "`{{{expression}}}` is not understood: `{{name}}` stands for one path segment, \
                 `{{+name}}` for several"
            ));
        }
        if variables.iter().any(|other| other == variable) {
            return error(format!("`{{{variable}}}` stands twice in `{text}`"));
        }
        variables.push(variable.to_owned());
        rest = &rest[start + length + 1..];
        follows_variable = true;
    }
    let allowed = |char: char| char.is_ascii_graphic() && !"<>\"\\^`|".contains(char);
    if let Some(char) = text.chars().find(|char| !allowed(*char)) {
        return error(format!(
            "a URI cannot hold {char:?}; write it percent-encoded"
        ));
    }
    Ok(variables)
}

fn has_scheme(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    scheme.starts_with(|char: char| char.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
        && !rest.is_empty()
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|char: char| char.is_ascii_digit())
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_')
}
