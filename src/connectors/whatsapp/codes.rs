//! The API's error codes: what each says of the row and of the run, and what the user can do about it.
//!
//! Codes and meanings are those of Meta's page "Error codes" and of its webhook reference; what they mean for a row is
//! read from Meta's text. Belongs here: the table. Does not belong here: reading an answer.

use std::time::Duration;

/// The advice where a message may have arrived.
pub(super) const CONFIRM_FIRST: &str = "Find out whether the message arrived before `rowcast retry --unknown`.";

/// What a code means for a row and for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeMeaning {
    /// Refused before sending: this connection waits, at least for the given time if there is one.
    Throttled(Option<Duration>),
    /// Refused before sending: this recipient waits.
    ThrottledPair,
    /// A fault on the API's side, with no word on whether the message was processed.
    Unknown,
    /// Refused for this row's content or recipient.
    Rejected,
    /// Refused for a reason that meets every row.
    Fatal,
    /// Refused for a reason that meets every row with the same content.
    FatalFor(SharedContent),
}

/// The content that a refusal speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SharedContent {
    /// The template, by name and language.
    Template,
    /// The media.
    Media,
    /// The template and the number of its parameters.
    Parameters,
}

/// True for a refusal after which this recipient is not to be written to again: by Meta's per-user limit, by the
/// recipient's own wish, or because the business has blocked them.
pub(super) fn is_final(code: i64) -> bool {
    matches!(code, 130_403 | 131_049 | 131_050)
}

/// The verdict on a code with the advice for it, if the code is known.
pub(super) fn look_up(code: i64, subcode: Option<i64>) -> Option<(CodeMeaning, &'static str)> {
    let entry = access(code).or_else(|| pace(code)).or_else(|| account(code)).or_else(|| template(code));
    entry.or_else(|| fault(code)).or_else(|| row(code, subcode))
}

/// The token and what it may do.
fn access(code: i64) -> Option<(CodeMeaning, &'static str)> {
    let advice = match code {
        0 => "Create a new access token and put it in the connection.",
        3 => "Give the app the permission `whatsapp_business_messaging`.",
        10 => "Grant the token `whatsapp_business_messaging` for this account.",
        104 => "Put an access token in the connection.",
        190 => "Replace the access token; it is expired or invalid.",
        200 => "Put a token with `whatsapp_business_messaging` in the connection.",
        201..=299 => "Grant the token the permission named in the error.",
        131_005 => "Give the token's user access to this phone number.",
        _ => return None,
    };
    Some((CodeMeaning::Fatal, advice))
}

/// Limits and maintenance.
fn pace(code: i64) -> Option<(CodeMeaning, &'static str)> {
    const SLOWER: &str = "Wait some minutes, then go on at a lower rate.";
    let wait = |seconds| CodeMeaning::Throttled(Some(Duration::from_secs(seconds)));
    Some(match code {
        4 | 80_007 => (wait(60), SLOWER),
        130_429 => (CodeMeaning::Throttled(None), "Lower `rate` to what the number allows."),
        131_056 => (CodeMeaning::ThrottledPair, "Wait before you message this recipient again."),
        131_057 => (wait(20), "Wait a minute, then retry."),
        2_494_100 => (wait(60), "Wait a few minutes, then retry."),
        134_101 => (wait(600), "Wait ten minutes for the template to sync."),
        131_048 => (CodeMeaning::Fatal, "Check the number's quality before you send more."),
        131_064 => (CodeMeaning::Fatal, "Check the account's messaging limit and template categories."),
        133_016 => (CodeMeaning::Fatal, "Wait until the number is unlocked."),
        _ => return None,
    })
}

/// Faults on the API's side.
fn fault(code: i64) -> Option<(CodeMeaning, &'static str)> {
    let advice = match code {
        1 => "Check the request, and whether it arrived, before `rowcast retry --unknown`.",
        2 | 131_000 | 131_016 | 133_004 => CONFIRM_FIRST,
        _ => return None,
    };
    Some((CodeMeaning::Unknown, advice))
}

/// The account and the number that sends.
fn account(code: i64) -> Option<(CodeMeaning, &'static str)> {
    let advice = match code {
        33 => "Use another `phone-number-id`; this number is deleted.",
        368 => "Resolve the policy restriction with Meta.",
        131_031 => "Have the account unlocked by Meta.",
        131_037 => "Get the number's display name approved.",
        131_042 => "Fix the account's payment method.",
        131_044 => "Add a payment method to the account.",
        131_045 => "Register the phone number again.",
        133_010 => "Register the phone number with the Cloud API.",
        133_000 | 133_005 | 133_006 | 133_008 | 133_009 | 133_015 => "Finish the registration of the phone number.",
        134_011 => "Accept the Payments terms of service.",
        130_497 => return Some((CodeMeaning::Rejected, "Leave out recipients in this country.")),
        _ => return None,
    };
    Some((CodeMeaning::Fatal, advice))
}

/// Templates.
fn template(code: i64) -> Option<(CodeMeaning, &'static str)> {
    let template = CodeMeaning::FatalFor(SharedContent::Template);
    Some(match code {
        131_063 => (template, "Use a template that is not marketing."),
        131_055 | 134_100 => (template, "Use a marketing template with this API."),
        134_102 => (template, "Use another template; this one is unavailable."),
        132_000 => {
            (CodeMeaning::FatalFor(SharedContent::Parameters), "Give as many parameters as the template has variables.")
        }
        132_001 => (template, "Check the template's name, language and approval."),
        132_005 => (CodeMeaning::Rejected, "Shorten the parameters of this row."),
        132_007 => (template, "Change the template's content or use another."),
        132_008 => (CodeMeaning::Rejected, "Correct the template parameter."),
        132_012 => (CodeMeaning::Rejected, "Match the parameters to the template: kind, and named or positional."),
        132_015 => (template, "Wait until the pause ends or use another template."),
        132_016 => (template, "Use another template; this one is disabled."),
        132_018 => (CodeMeaning::Rejected, "Correct the template parameters named in the error."),
        132_068 => (template, "Repair the flow or use another template."),
        132_069 => (template, "Wait an hour or use another template."),
        _ => return None,
    })
}

/// This row's content or recipient.
fn row(code: i64, subcode: Option<i64>) -> Option<(CodeMeaning, &'static str)> {
    let advice = match code {
        100 if subcode == Some(33) => "Check `phone-number-id` and the token's access to it.",
        100 => "Correct the parameter named in the error.",
        131_008 => "Add the parameter named in the error.",
        131_009 => "Correct the value named in the error, the phone number first.",
        131_021 => "Remove this row; it addresses the sender.",
        131_030 => "Add the recipient to the test number's allowed list.",
        131_051 => "Use a supported message type.",
        131_053 => return Some((CodeMeaning::FatalFor(SharedContent::Media), "Check the media's MIME type and link.")),
        131_062 => "Use the recipient's phone number.",
        135_000 => "Check the parameters of this row.",
        137_000 => "Verify the recipient's identity before you send again.",
        131_026 => "Check that this number uses WhatsApp.",
        131_047 => "Send a template; the 24-hour window is closed.",
        131_049 => "Wait at least 24 hours before you message this recipient again.",
        130_472 => "Leave this recipient out for at least 24 hours.",
        131_050 => "Send this recipient no more marketing; store the opt-out.",
        130_403 => "Remove this recipient; your business has blocked them.",
        _ => return None,
    };
    Some((CodeMeaning::Rejected, advice))
}
