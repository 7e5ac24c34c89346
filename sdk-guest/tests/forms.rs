//! Forms: their JSON Schema, and what is made of what is filled in.

use std::cell::RefCell;
use std::rc::Rc;

use portcullis_sdk::input::Choice;
use portcullis_sdk::testing::{self, Answer, Asked};
use portcullis_sdk::{data, elicit, form, json, plugin};

#[plugin]
mod example {
    use portcullis_sdk::{Result, elicit};

    /// What the form is for is said by the message.
    #[form]
    #[serde(rename_all = "camelCase")]
    struct Contact {
        /// Your full
        /// name
        #[schema(minLength = 1, maxLength = 50, title = "Name")]
        full_name: String,
        #[schema(format = "email")]
        email: String,
        #[schema(minimum = 18)]
        age: Option<u8>,
        #[default(95.5)]
        score: f64,
        #[default]
        status: Status,
        #[default("none")]
        note: String,
        colour: Option<Colour>,
        /// As many as you like
        #[schema(minItems = 1, maxItems = 2)]
        #[default(vec![Colour::Green])]
        colours: Vec<Colour>,
        statuses: Option<Vec<Status>>,
        verified: bool,
    }

    /// Whether it counts.
    #[data]
    #[derive(Debug, Default)]
    #[serde(rename_all = "lowercase")]
    enum Status {
        #[default]
        Active,
        Inactive,
    }

    #[data]
    #[derive(Debug)]
    enum Colour {
        #[serde(rename = "#f00")]
        #[schemars(title = "Red")]
        Red,
        Green,
        /// As the sky
        Blue,
    }

    /// Asks for everything.
    #[tool]
    fn contact() -> Result<String> {
        let contact = elicit::<Contact>("How can we reach you?")?.accepted()?;
        let Contact {
            full_name,
            email,
            age,
            score,
            status,
            note,
            colour,
            colours,
            statuses,
            verified,
        } = contact;
        Ok(format!(
            "{full_name} {email} {age:?} {score} {status:?} {note} {colour:?} {colours:?} \
             {statuses:?} {verified}"
        ))
    }
}

#[test]
fn a_form_has_the_schema_that_the_protocol_allows() {
    let asked = Rc::new(RefCell::new(None));
    let record = asked.clone();
    testing::answer_input(move |_, question| {
        record.replace(Some(question.clone()));
        Answer::Accept(json!({
            "fullName": "Ada",
            "email": "ada@example.com",
            "colour": "#f00",
            "statuses": ["inactive"],
            "verified": true,
        }))
    });
    let output = example::plugin().call_tool("contact", json!({})).unwrap();
    assert_eq!(
        output.to_text(),
        "Ada ada@example.com None 95.5 Active none Some(Red) [Green] Some([Inactive]) true"
    );
    let Some(Asked::Form { message, schema }) = asked.take() else {
        panic!("no form");
    };
    assert_eq!(message, "How can we reach you?");
    let colours = json!([
        { "const": "#f00", "title": "Red" },
        { "const": "Green", "title": "Green" },
        { "const": "Blue", "title": "As the sky" },
    ]);
    assert_eq!(
        schema.to_string(),
        json!({
            "type": "object",
            "properties": {
                "fullName": {
                    "type": "string",
                    "description": "Your full name",
                    "minLength": 1,
                    "maxLength": 50,
                    "title": "Name",
                },
                "email": { "type": "string", "format": "email" },
                "age": { "type": "integer", "minimum": 18, "maximum": 255 },
                "score": { "type": "number", "default": 95.5 },
                "status": {
                    "type": "string",
                    "enum": ["active", "inactive"],
                    "description": "Whether it counts.",
                    "default": "active",
                },
                "note": { "type": "string", "default": "none" },
                "colour": { "type": "string", "oneOf": colours },
                "colours": {
                    "type": "array",
                    "items": { "anyOf": colours },
                    "description": "As many as you like",
                    "default": ["Green"],
                    "minItems": 1,
                    "maxItems": 2,
                },
                "statuses": {
                    "type": "array",
                    "items": { "type": "string", "enum": ["active", "inactive"] },
                },
                "verified": { "type": "boolean" },
            },
            "required": ["fullName", "email", "verified"],
        })
        .to_string()
    );
}

/// What the types do not give away is found when the form is asked for.
#[test]
fn attributes_cannot_bring_in_what_a_form_has_not() {
    #[form]
    struct Patterned {
        #[schemars(regex(pattern = "^a"))]
        code: String,
    }
    #[form]
    struct Odd {
        #[schemars(extend("format" = "uuid"))]
        id: String,
    }
    #[data]
    struct Inner {
        a: String,
    }
    #[form]
    struct Nested {
        #[schemars(with = "Inner")]
        inner: String,
    }
    #[data]
    #[serde(untagged)]
    enum Nothing {
        One,
    }
    #[form]
    struct Untagged {
        nothing: Nothing,
    }

    let reason = |error: portcullis_sdk::Error| error.message();
    assert_eq!(
        elicit::<Patterned>("").map(|_| ()).map_err(reason),
        Err(
            "`Patterned` cannot be a form: field `code` has `pattern`; a string in a form takes \
             `title`, `description`, `minLength`, `maxLength`, `format`, `default`"
                .to_owned()
        )
    );
    assert_eq!(
        elicit::<Odd>("").map(|_| ()).map_err(reason),
        Err(
            "`Odd` cannot be a form: field `id` has the format \"uuid\"; a string is of format \
             `email`, `uri`, `date` or `date-time`"
                .to_owned()
        )
    );
    assert_eq!(
        elicit::<Nested>("").map(|_| ()).map_err(reason),
        Err(
            "`Nested` cannot be a form: field `inner` is of type `object`, and a form is flat"
                .to_owned()
        )
    );
    assert!(elicit::<Untagged>("").is_err());
}

#[test]
fn an_enum_of_plain_variants_knows_them() {
    #[data]
    #[derive(Debug, PartialEq)]
    enum Size {
        #[cfg(any())]
        Tiny,
        Small,
        Large,
    }
    assert_eq!(Size::all(), [Size::Small, Size::Large]);
}
