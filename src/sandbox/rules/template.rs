//! Template messages.
//!
//! Belongs here: name, language, components and parameters as a send may hold them. Does not belong here: whether the
//! template exists and how many variables it has, which the sandbox's templates know.

use std::collections::HashSet;

use super::node::JsonNode;
use super::refusal::{Check, Refusal};
use super::{location, media};

pub(super) fn message(template: &JsonNode) -> Check {
    template.only(&["name", "language", "components"])?;
    name(&template.required("name")?)?;
    language(&template.required("language")?)?;
    let Some(components) = template.optional("components")? else { return Ok(()) };
    let mut seen = HashSet::new();
    let mut naming = None;
    for component in components.items()? {
        let kind = component.required("type")?.one_of(&["header", "body", "button"])?;
        let place = if kind == "button" { button(&component)? } else { kind.to_owned() };
        match kind {
            "header" => header(&component, &mut naming)?,
            "body" => body(&component, &mut naming)?,
            _ => {}
        }
        if !seen.insert(place) {
            return Err(component.invalid("this component is given twice"));
        }
    }
    Ok(())
}

/// A name that no template can have does not exist: Meta allows lower-case letters, digits and `_`.
fn name(name: &JsonNode) -> Check {
    let text = name.text_up_to(512)?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if text.bytes().all(allowed) { Ok(()) } else { Err(name.refuse(132_001, "no template can have this name")) }
}

/// A language such as `en` or `en_US`; the case counts.
fn language(language: &JsonNode) -> Check {
    language.only(&["code", "policy"])?;
    if let Some(policy) = language.optional("policy")? {
        policy.one_of(&["deterministic"])?;
    }
    let code = language.required("code")?;
    let text = code.text_up_to(usize::MAX)?;
    let (tongue, country) = text.split_once('_').map_or((text, None), |(tongue, country)| (tongue, Some(country)));
    let known = (2..=3).contains(&tongue.len())
        && tongue.bytes().all(|byte| byte.is_ascii_lowercase())
        && country.is_none_or(|country| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()));
    if known { Ok(()) } else { Err(code.refuse(132_001, "no template can have this language")) }
}

fn header(header: &JsonNode, naming: &mut Option<Naming>) -> Check {
    header.only(&["type", "parameters"])?;
    let parameters = parameters(header)?;
    let [parameter] = parameters.as_slice() else {
        return Err(header.refuse(132_000, "a header has one parameter"));
    };
    match parameter.required("type")?.one_of(&["text", "image", "video", "document", "location"])? {
        "text" => named_text(parameter, naming).map(drop),
        kind => {
            parameter.only(&["type", kind])?;
            let content = parameter.required(kind)?;
            if kind == "location" { location::header(&content) } else { media::header(&content, kind) }
        }
    }
}

fn body(body: &JsonNode, naming: &mut Option<Naming>) -> Check {
    body.only(&["type", "parameters"])?;
    let mut names = HashSet::new();
    for parameter in parameters(body)? {
        parameter.required("type")?.one_of(&["text"])?;
        if let Some(name) = named_text(&parameter, naming)?
            && !names.insert(name)
        {
            return Err(parameter.invalid("this parameter_name is given twice"));
        }
    }
    Ok(())
}

/// A button's parameter, and which button it is for. Meta's own examples write the index as text and as a number, and
/// the sub type in lower and in upper case.
fn button(button: &JsonNode) -> Result<String, Refusal> {
    button.only(&["type", "sub_type", "index", "parameters"])?;
    let index = button.required("index")?;
    let place = index.whole()?;
    if place > 9 {
        return Err(index.not_valid("a template has at most ten buttons, counted from 0"));
    }
    let sub_type = button.required("sub_type")?;
    let (kind, most) = match sub_type.text()?.to_ascii_lowercase().as_str() {
        "quick_reply" => ("payload", usize::MAX),
        "url" => ("text", 2_000),
        "copy_code" => ("coupon_code", 20),
        _ => return Err(sub_type.invalid("must be one of quick_reply, url, copy_code")),
    };
    let parameters = parameters(button)?;
    let [parameter] = parameters.as_slice() else {
        return Err(button.refuse(132_000, "a button has one parameter"));
    };
    parameter.only(&["type", kind])?;
    let given = parameter.required("type")?;
    if given.text()? != kind {
        return Err(given.refuse(132_012, &format!("this button takes a parameter of type {kind}")));
    }
    line(&parameter.required(kind)?, most)?;
    Ok(format!("button {place}"))
}

fn parameters<'a>(component: &JsonNode<'a>) -> Result<Vec<JsonNode<'a>>, Refusal> {
    let parameters = component.required("parameters")?;
    let items = parameters.items()?;
    if items.is_empty() { Err(parameters.refuse(131_008, "at least one parameter is required")) } else { Ok(items) }
}

/// How the variables of a template are identified: all by position, or all by name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    Position,
    Name,
}

/// A text parameter; gives its name if it has one.
fn named_text<'a>(parameter: &JsonNode<'a>, naming: &mut Option<Naming>) -> Result<Option<&'a str>, Refusal> {
    parameter.only(&["type", "text", "parameter_name"])?;
    line(&parameter.required("text")?, 32_768)?;
    let name = parameter.optional("parameter_name")?;
    let way = if name.is_some() { Naming::Name } else { Naming::Position };
    if *naming.get_or_insert(way) != way {
        return Err(parameter.refuse(132_012, "named and positional parameters are mixed"));
    }
    let Some(name) = name else { return Ok(None) };
    let text = name.text_up_to(usize::MAX)?;
    if text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Ok(Some(text));
    }
    Err(name.invalid("only lower-case letters, digits and _"))
}

/// A parameter's text: something, and on one line.
fn line(text: &JsonNode, most: usize) -> Check {
    let given = text.text_up_to(most)?;
    if given.contains(['\n', '\r', '\t']) || given.contains("     ") {
        return Err(text.refuse(132_018, "no line break, tab or more than four spaces in a row"));
    }
    Ok(())
}
