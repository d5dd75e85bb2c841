//! The business phone number that the sandbox plays.
//!
//! Belongs here: `GET /{version}/{phone-number-id}`, from the query to the JSON; what the number may send. Does not
//! belong here: keeping to it, which is pace.
//!
//! Fields and values are those of Meta's pages on business phone numbers, throughput and messaging limits.

use serde_json::{Value, json};

use super::query::{Query, only};
use super::rules::Refusal;

/// The messaging limits, as the API names them: recipients per day outside of conversations.
pub const TIERS: [&str; 7] = ["TIER_50", "TIER_250", "TIER_1K", "TIER_2K", "TIER_10K", "TIER_100K", "TIER_UNLIMITED"];

/// The fields of an answer by default. The limits must be requested by name.
const DEFAULT: [&str; 8] = [
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "last_onboarded_time",
    "id",
];

/// The limits of the sandbox's number.
#[derive(Debug, Clone)]
pub(super) struct SandboxNumber {
    /// Messages a second; `None` is without limit.
    pub(super) throughput: Option<u32>,
    /// One of [`TIERS`].
    pub(super) tier: String,
}

impl SandboxNumber {
    /// The throughput that every number has at first: Meta's page on throughput.
    const STANDARD: u32 = 80;

    /// The answer to a lookup of the number.
    pub(super) fn show(&self, id: &str, query: &str) -> Result<Value, Refusal> {
        let level = if self.throughput.is_some_and(|most| most <= Self::STANDARD) { "STANDARD" } else { "HIGH" };
        let number = json!({
            "verified_name": "Sandbox",
            "code_verification_status": "VERIFIED",
            "display_phone_number": "+1 202-555-0100",
            "quality_rating": "GREEN",
            "platform_type": "CLOUD_API",
            "throughput": { "level": level },
            "last_onboarded_time": "2026-01-01T00:00:00+0000",
            "whatsapp_business_manager_messaging_limit": self.tier,
            "messaging_limit_tier": self.tier,
            "name_status": "APPROVED",
            "status": "CONNECTED",
            "account_mode": "SANDBOX",
            "is_official_business_account": false,
            "id": id,
        });
        let number = number.as_object().cloned().unwrap_or_default();
        let known: Vec<_> = number.keys().map(String::as_str).collect();
        let query = Query::read(query, &["fields"])?;
        let fields = query.fields("WhatsAppBusinessPhoneNumber", &known, &DEFAULT)?;
        Ok(only(&number, &fields))
    }
}
