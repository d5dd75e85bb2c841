//! Contact cards.
//!
//! Belongs here: the list of contacts and the parts of one.

use jiff::civil::Date;

use super::node::JsonNode;
use super::refusal::Check;

const NAME_PARTS: [&str; 5] = ["first_name", "middle_name", "last_name", "prefix", "suffix"];
const ADDRESS: [&str; 7] = ["street", "city", "state", "zip", "country", "country_code", "type"];

pub(super) fn message(contacts: &JsonNode) -> Check {
    let contacts_given = contacts.items()?;
    if contacts_given.is_empty() {
        return Err(contacts.refuse(131_008, "at least one contact is required"));
    }
    if contacts_given.len() > 5 {
        return Err(contacts.invalid("at most 5 contacts"));
    }
    contacts_given.iter().try_for_each(contact)
}

fn contact(contact: &JsonNode) -> Check {
    contact.only(&["name", "phones", "emails", "addresses", "org", "urls", "birthday"])?;
    name(&contact.required("name")?)?;
    each(contact, "phones", |phone| {
        phone.only(&["phone", "type", "wa_id"])?;
        phone.required("phone")?.text_up_to(usize::MAX)?;
        kind(phone, &["CELL", "MAIN", "PHONE", "IPHONE", "HOME", "WORK"])?;
        texts(phone, &["wa_id"])
    })?;
    each(contact, "emails", |email| {
        email.only(&["email", "type"])?;
        let address = email.required("email")?;
        if address.text_up_to(usize::MAX)?.contains(char::is_whitespace) {
            return Err(address.not_valid("an email address has no white space"));
        }
        kind(email, &["HOME", "WORK"])
    })?;
    each(contact, "addresses", |address| {
        address.only(&ADDRESS)?;
        texts(address, &ADDRESS)
    })?;
    each(contact, "urls", |url| {
        url.only(&["url", "type"])?;
        url.required("url")?.text_up_to(usize::MAX)?;
        texts(url, &["type"])
    })?;
    if let Some(org) = contact.optional("org")? {
        org.only(&["company", "department", "title"])?;
        texts(&org, &["company", "department", "title"])?;
    }
    contact.optional("birthday")?.map_or(Ok(()), |birthday| date(&birthday))
}

/// A name needs its formatted form and one more part.
fn name(name: &JsonNode) -> Check {
    let keys: Vec<_> = ["formatted_name"].into_iter().chain(NAME_PARTS).collect();
    name.only(&keys)?;
    name.required("formatted_name")?;
    texts(name, &keys)?;
    for part in NAME_PARTS {
        if name.optional(part)?.is_some() {
            return Ok(());
        }
    }
    Err(name.refuse(131_008, "first_name or another part of the name is required"))
}

fn each(contact: &JsonNode, key: &str, check: impl Fn(&JsonNode) -> Check) -> Check {
    contact.optional(key)?.map_or(Ok(()), |list| list.items()?.iter().try_for_each(check))
}

/// Optional texts, none of them empty.
fn texts(object: &JsonNode, keys: &[&str]) -> Check {
    for key in keys {
        if let Some(text) = object.optional(key)? {
            text.text_up_to(usize::MAX)?;
        }
    }
    Ok(())
}

fn kind(object: &JsonNode, kinds: &[&str]) -> Check {
    object.optional("type")?.map_or(Ok(()), |kind| kind.one_of(kinds).map(drop))
}

fn date(birthday: &JsonNode) -> Check {
    let text = birthday.text()?;
    // The parser takes other forms of ISO 8601 too; only ten characters with two dashes are this one.
    let form = text.len() == 10 && text.bytes().filter(|byte| *byte == b'-').count() == 2;
    if form && text.parse::<Date>().is_ok() { Ok(()) } else { Err(birthday.not_valid("wanted a date as YYYY-MM-DD")) }
}
