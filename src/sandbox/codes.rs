//! The error codes that the Cloud API may answer to a send.
//!
//! Belongs here: number, HTTP status, title and details of each code. Does not belong here: when a code is answered.
//!
//! Codes and titles are those of Meta's page on error codes. That page no longer gives HTTP statuses; they are those of
//! its older editions, and 400 where no edition had one. Details are in words of our own.

/// One error code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// The number under `error.code`.
    pub(super) number: u32,
    /// The HTTP status that comes with it.
    pub(super) http: u16,
    /// Whether it speaks of the row or of the sender.
    pub(super) about: About,
    /// The title, part of `error.message`.
    pub(super) title: &'static str,
    /// The text under `error.error_data.details`.
    pub(super) details: &'static str,
}

/// The subject of a code. It decides how a fault is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// This message's content or recipient: the same message meets the same refusal again.
    Row,
    /// The sender, its template, its pace or the service: the next try may go otherwise.
    Sender,
}

/// The entry of a code, if it is known.
pub(super) fn find(number: u32) -> Option<&'static Code> {
    CODES.iter().find(|code| code.number == number)
}

const fn row(number: u32, http: u16, title: &'static str, details: &'static str) -> Code {
    Code { number, http, about: About::Row, title, details }
}

const fn sender(number: u32, http: u16, title: &'static str, details: &'static str) -> Code {
    Code { number, http, about: About::Sender, title, details }
}

/// All codes, by number.
pub(super) const CODES: &[Code] = &[
    sender(0, 401, "AuthException", "The app user could not be authenticated."),
    sender(1, 400, "API Unknown", "The request was invalid or the server failed."),
    sender(2, 503, "API Service", "The service is down or overloaded for now."),
    sender(3, 500, "API Method", "The app lacks a capability or a permission."),
    sender(4, 400, "API Too Many Calls", "The app has reached its call rate limit."),
    sender(10, 403, "Permission Denied", "The permission was not granted or has been removed."),
    sender(33, 400, "Parameter value is not valid", "The business phone number has been deleted."),
    row(100, 400, "Invalid parameter", "A parameter is unknown, misspelt or too long."),
    sender(104, 400, "Access token required", "The request came without an access token."),
    sender(190, 401, "Access token has expired", "The access token has expired or is not valid."),
    sender(200, 403, "API Permission", "The access token lacks a permission."),
    sender(368, 403, "Temporarily blocked for policies violations", "The account is restricted for breaking a policy."),
    sender(80007, 400, "Rate limit issues", "The business account has reached its rate limit."),
    row(130_403, 400, "Business blocked by user", "The recipient has blocked this business."),
    sender(130_429, 400, "Rate limit hit", "The number has reached its message throughput."),
    row(130_472, 400, "User's number is part of an experiment", "The recipient takes part in an experiment."),
    row(130_497, 403, "Business account is restricted from messaging users in this country", "Not from this account."),
    sender(131_000, 500, "Something went wrong", "The message failed for an unknown reason."),
    sender(131_005, 403, "Access denied", "The permission was not granted or has been removed."),
    row(131_008, 400, "Required parameter is missing", "The request lacks a required parameter."),
    row(131_009, 400, "Parameter value is not valid", "The value of a parameter is not valid."),
    sender(131_016, 500, "Service unavailable", "A service is not available for now."),
    row(131_021, 400, "Recipient cannot be sender", "Sender and recipient are the same number."),
    row(131_026, 400, "Message undeliverable", "The message cannot reach this recipient."),
    row(131_030, 400, "Recipient phone number not in allowed list", "A test number reaches listed recipients only."),
    sender(131_031, 403, "Account has been locked", "The account is locked or disabled."),
    sender(131_037, 400, "Display name approval required", "The number's display name is not approved."),
    sender(131_042, 400, "Business eligibility payment issue", "The account's payment method has a problem."),
    sender(131_044, 400, "Business eligibility payment issue", "The account has no payment method."),
    sender(131_045, 500, "Incorrect certificate", "The phone number is not registered correctly."),
    row(131_047, 400, "Re-engagement message", "More than 24 hours have passed since the recipient's last message."),
    sender(131_048, 400, "Spam rate limit hit", "The number is restricted for its quality."),
    row(131_049, 400, "Meta chose not to deliver", "Held back to keep up a healthy ecosystem."),
    row(131_050, 400, "User has stopped marketing messages", "The recipient wants no marketing from this business."),
    row(131_051, 400, "Unsupported message type", "Messages of this type cannot be sent."),
    sender(131_053, 400, "Media upload error", "The media could not be fetched or is of a wrong type."),
    sender(131_055, 400, "Method not allowed", "Only marketing templates may be sent here."),
    sender(131_056, 400, "(Business Account, Consumer Account) pair rate limit hit", "Too many to this recipient."),
    sender(131_057, 500, "Account in maintenance mode", "The account is being upgraded."),
    row(131_062, 400, "Recipient not supported", "This message needs the recipient's phone number."),
    sender(131_063, 400, "Marketing templates disabled", "This account may not send marketing templates here."),
    sender(131_064, 400, "Messaging limit reached", "Templates of a wrong category have used up the limit."),
    sender(132_000, 400, "Template Param Count Mismatch", "The template has another number of variables."),
    sender(132_001, 404, "Template does not exist", "No approved template of this name in this language."),
    row(132_005, 400, "Template Hydrated Text Too Long", "The filled-in text is too long."),
    sender(132_007, 400, "Template Format Character Policy Violated", "The template's content breaks a policy."),
    row(132_008, 400, "Template Parameter Value Invalid", "A template parameter's value is not valid."),
    row(132_012, 400, "Template Parameter Format Mismatch", "A parameter is of another kind than the variable."),
    sender(132_015, 400, "Template is Paused", "The template is paused for its low quality."),
    sender(132_016, 400, "Template is Disabled", "The template is disabled for good."),
    row(132_018, 400, "Template Parameter Validation Failed", "A template parameter did not pass validation."),
    sender(132_068, 400, "Flow is in blocked state", "The template's flow is blocked."),
    sender(132_069, 400, "Flow is in throttled state", "The template's flow has used up its messages of this hour."),
    sender(133_000, 500, "Incomplete Deregistration", "An earlier deregistration did not finish."),
    sender(133_004, 503, "Server Temporarily Unavailable", "The server is not available for now."),
    sender(133_005, 400, "Two step verification PIN Mismatch", "The PIN is wrong."),
    sender(133_006, 400, "Phone number Re-verification Needed", "The number must be verified first."),
    sender(133_008, 400, "Too Many two step verification PIN Guesses", "The PIN was wrong too often."),
    sender(133_009, 400, "Two step verification PIN Guessed Too Fast", "The PIN was tried again too soon."),
    sender(133_010, 400, "Phone number Not Registered", "The number is not registered with the platform."),
    sender(133_015, 400, "Please wait before registering this number", "The number was deleted a moment ago."),
    sender(133_016, 400, "Account register deregister rate limit exceeded", "The number is locked for now."),
    sender(134_011, 400, "Payments terms pending", "The Payments terms of service are not accepted."),
    sender(134_100, 400, "Only marketing templates are supported", "Only marketing templates may be sent here."),
    sender(134_101, 400, "Template is syncing", "The template is not ready yet."),
    sender(134_102, 500, "Template unavailable", "The template cannot be used here."),
    row(135_000, 400, "Generic user error", "The message failed for its parameters."),
    row(137_000, 400, "Identity key mismatch", "The recipient's identity key has changed."),
    sender(2_494_100, 400, "Phone number in maintenance", "The number is in maintenance mode."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(CODES.is_sorted_by(|a, b| a.number < b.number));
    }

    #[test]
    fn a_code_is_found_by_its_number() {
        assert_eq!(find(130_429).map(|code| (code.http, code.title)), Some((400, "Rate limit hit")));
        assert_eq!(find(131_026).map(|code| code.about), Some(About::Row));
        assert_eq!(find(7), None);
    }

    #[test]
    fn every_status_is_an_error() {
        assert!(CODES.iter().all(|code| (400..600).contains(&code.http) && !code.title.is_empty()));
    }
}
