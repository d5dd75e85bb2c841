//! The listing of templates: filters and pages.
//!
//! Belongs here: `GET /{version}/{waba-id}/message_templates`, as Meta's page on template management has it, from the
//! query to the JSON. Does not belong here: who may ask.
//!
//! That page does not say whether `name` has to match as a whole. Here a part is enough, so that a client that does not
//! look again itself is found out. A listing of nothing has no `paging`, as everywhere in the Graph API.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::ids::Seed;
use super::super::query::{Query, only};
use super::super::rules::Refusal;
use super::template::{CATEGORIES, STATUSES, SandboxTemplate};

/// The default and the maximum number of templates on a page.
const LIMIT: usize = 25;
const MOST: usize = 250;

/// The fields of an answer by default.
const DEFAULT: [&str; 9] = [
    "name",
    "parameter_format",
    "components",
    "language",
    "status",
    "category",
    "sub_category",
    "previous_category",
    "id",
];

/// All fields of a template that may be asked for.
const FIELDS: [&str; 16] = [
    "name",
    "parameter_format",
    "components",
    "language",
    "status",
    "category",
    "sub_category",
    "previous_category",
    "correct_category",
    "id",
    "quality_score",
    "rejected_reason",
    "library_template_name",
    "message_send_ttl_seconds",
    "cta_url_link_tracking_opted_out",
    "last_updated_time",
];

/// The page that a query asks for.
pub(super) fn list(all: &[SandboxTemplate], query: &str, address: &str, seed: Seed) -> Result<Value, Refusal> {
    let known = ["name", "language", "status", "category", "fields", "limit", "after", "before"];
    let query = Query::read(query, &known)?;
    let fields = query.fields("WhatsAppMessageTemplate", &FIELDS, &DEFAULT)?;
    let limit = limit(&query)?;
    one_of(&query, "status", &STATUSES)?;
    one_of(&query, "category", &CATEGORIES)?;
    let cursors = Cursors { seed, count: all.len() };
    let after = query.get("after").map(|after| cursors.read(after)).transpose()?;
    let before = query.get("before").map(|before| cursors.read(before)).transpose()?;
    if after.is_some() && before.is_some() {
        return Err(Refusal::invalid("after and before exclude each other"));
    }
    let is = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
    let matches: Vec<_> = all
        .iter()
        .enumerate()
        .filter(|(_, template)| query.get("name").is_none_or(|part| template.name.contains(part)))
        .filter(|(_, template)| is("language", &template.language))
        .filter(|(_, template)| is("status", &template.status) && is("category", &template.category))
        .collect();
    let start = match (after, before) {
        (Some(after), _) => matches.partition_point(|(at, _)| *at <= after),
        (_, Some(before)) => matches.partition_point(|(at, _)| *at < before).saturating_sub(limit),
        (None, None) => 0,
    };
    let end = match before {
        Some(before) => matches.partition_point(|(at, _)| *at < before),
        None => matches.len().min(start + limit),
    };
    let (Some((first, _)), Some((last, _))) = (matches.get(start), matches[start..end].last()) else {
        return Ok(json!({ "data": [] }));
    };
    let data: Vec<_> = matches[start..end].iter().map(|(_, template)| only(&template.object, &fields)).collect();
    let (first, last) = (cursors.write(*first), cursors.write(*last));
    let link = |name: &str, cursor: &str| {
        let query = query.without(&["after", "before", "limit"]).append_pair("limit", &limit.to_string()).finish();
        format!("{address}?{query}&{name}={cursor}")
    };
    let mut paging = json!({ "cursors": { "before": first, "after": last } });
    if end < matches.len() {
        paging["next"] = link("after", &last).into();
    }
    if start > 0 {
        paging["previous"] = link("before", &first).into();
    }
    Ok(json!({ "data": data, "paging": paging }))
}

fn limit(query: &Query) -> Result<usize, Refusal> {
    let Some(given) = query.get("limit") else { return Ok(LIMIT) };
    let limit = given.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Refusal::invalid(format!("limit: wanted a whole number from 1 to {MOST}, not {given:?}")))
}

fn one_of(query: &Query, name: &str, values: &[&str]) -> Result<(), Refusal> {
    match query.get(name) {
        Some(given) if !values.contains(&given) => {
            Err(Refusal::invalid(format!("Param {name} must be one of {}", values.join(", "))))
        }
        _ => Ok(()),
    }
}

/// Writes and reads cursors: the position of a template among all, and a mark that only this sandbox can make. They are valid
/// for any filter and limit, but only in the sandbox that issued them or one with the same seed.
struct Cursors {
    seed: Seed,
    count: usize,
}

impl Cursors {
    fn write(&self, place: usize) -> String {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let mark = self.seed.hash("cursor", u64::from(place), 0);
        URL_SAFE_NO_PAD.encode([&mark[..8], &place.to_be_bytes()].concat())
    }

    fn read(&self, cursor: &str) -> Result<usize, Refusal> {
        let wrong = || Refusal::invalid("The cursor is not one that this listing gave.");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let place = bytes.last_chunk().map(|place| u32::from_be_bytes(*place)).ok_or_else(wrong)?;
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if place < self.count && self.write(place) == cursor { Ok(place) } else { Err(wrong()) }
    }
}
