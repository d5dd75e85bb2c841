//! Reads what the API says of a number.

use std::num::NonZeroU32;

use serde_json::Value;

use crate::model::{Allowance, DailyLimit};

/// Reads a number's node. What is not understood is said and not guessed.
pub(super) fn read(node: &Value) -> Allowance {
    let mut unclear = Vec::new();
    let per_second = match word(node.pointer("/throughput/level")) {
        None => None,
        Some(level) => throughput(&level).or_else(|| {
            unclear.push(format!("throughput level {level:?}"));
            None
        }),
    };
    let limit = ["whatsapp_business_manager_messaging_limit", "messaging_limit_tier"]
        .into_iter()
        .find_map(|key| word(node.get(key)).map(|word| (key, word)));
    let recipients_per_day = limit.and_then(|(key, word)| {
        let limit = tier(&word);
        if limit.is_none() {
            unclear.push(format!("{key} {word:?}"));
        }
        limit
    });
    Allowance {
        per_second,
        recipients_per_day,
        quality: word(node.get("quality_rating")),
        number: word(node.get("display_phone_number")),
        name: word(node.get("verified_name")),
        unclear,
    }
}

/// Messages a second by level (Meta, Throughput). `NOT_APPLICABLE` says that the level does not apply, and no figure.
fn throughput(level: &str) -> Option<NonZeroU32> {
    match level.to_uppercase().as_str() {
        "STANDARD" => NonZeroU32::new(80),
        "HIGH" => NonZeroU32::new(1000),
        _ => None,
    }
}

/// Recipients in 24 hours by tier (Meta, Messaging limits): `TIER_250`, `TIER_2K`, `TIER_UNLIMITED`.
fn tier(word: &str) -> Option<DailyLimit> {
    let word = word.to_uppercase();
    let size = word.strip_prefix("TIER_")?;
    if size == "UNLIMITED" {
        return Some(DailyLimit::Unlimited);
    }
    let (digits, factor) = match size.strip_suffix('K') {
        Some(thousands) => (thousands, 1000),
        None => (size, 1),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let count: u64 = digits.parse().ok().filter(|count| is_number && *count > 0)?;
    count.checked_mul(factor).map(DailyLimit::AtMost)
}

/// A word, if there is one.
fn word(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn tiers_are_counts() {
        for (word, limit) in [
            ("TIER_50", Some(DailyLimit::AtMost(50))),
            ("TIER_250", Some(DailyLimit::AtMost(250))),
            ("TIER_1K", Some(DailyLimit::AtMost(1000))),
            ("TIER_2K", Some(DailyLimit::AtMost(2000))),
            ("tier_10k", Some(DailyLimit::AtMost(10_000))),
            ("TIER_100K", Some(DailyLimit::AtMost(100_000))),
            ("TIER_UNLIMITED", Some(DailyLimit::Unlimited)),
            ("TIER_", None),
            ("TIER_0", None),
            ("TIER_K", None),
            ("TIER_+5", None),
            ("TIER_99999999999999999999K", None),
            ("TIER_NOT_SET", None),
            ("250", None),
        ] {
            assert_eq!(tier(word), limit, "{word}");
        }
    }

    #[test]
    fn a_number_is_read() {
        let node = json!({
            "id": "1065", "display_phone_number": "+49 1512 3456789", "verified_name": "Acme", "quality_rating": "GREEN",
            "throughput": {"level": "HIGH"}, "whatsapp_business_manager_messaging_limit": "TIER_10K",
            "messaging_limit_tier": "TIER_1K",
        });
        let allowance = Allowance {
            per_second: NonZeroU32::new(1000),
            recipients_per_day: Some(DailyLimit::AtMost(10_000)),
            quality: Some("GREEN".to_owned()),
            number: Some("+49 1512 3456789".to_owned()),
            name: Some("Acme".to_owned()),
            unclear: Vec::new(),
        };
        assert_eq!(read(&node), allowance);
        let older = read(&json!({"throughput": {"level": "STANDARD"}, "messaging_limit_tier": "TIER_1K"}));
        assert_eq!((older.per_second, older.recipients_per_day), (NonZeroU32::new(80), Some(DailyLimit::AtMost(1000))));
    }

    #[test]
    fn what_is_not_known_is_said() {
        let node = json!({"throughput": {"level": "NOT_APPLICABLE"}, "messaging_limit_tier": "TIER_MANY"});
        let unclear = ["throughput level \"NOT_APPLICABLE\"", "messaging_limit_tier \"TIER_MANY\""];
        assert_eq!(read(&node).unclear, unclear);
        assert_eq!(read(&json!({"throughput": "fast", "quality_rating": 7})), Allowance::default());
    }

    proptest! {
        #[test]
        fn any_words_are_read(level: String, limit: String) {
            let node = json!({"throughput": {"level": level}, "messaging_limit_tier": limit});
            read(&node);
        }
    }
}
