namespace Countersign.Server.Api.Errors;

/// <summary>What each <c>details.reason</c> of 60200 means.</summary>
static class InvalidParameterReasons
{
    public static IReadOnlyList<(string Reason, string Meaning)> All { get; } =
    [
        ("missing", "A required parameter was not sent, or sent empty."),
        ("empty", "An optional parameter was sent without a value: leave it out."),
        ("duplicated", "The parameter was sent twice."),
        ("too_short", "A text is shorter, or a number has fewer digits, than allowed."),
        ("too_long", "A text is longer, or a number has more digits, than allowed."),
        ("too_long_text", "What should be a number has more than 64 characters."),
        ("not_international", "The number has no plus sign and country code. In a form or query a plus sign is written %2B."),
        ("invalid_characters", "There are characters that do not belong there; explanation says which do."),
        ("has_extension", "The number has an extension."),
        ("unknown_calling_code", "The digits after the plus sign are no country code."),
        ("national_prefix", "A prefix that is dialled only inside the country follows the country code, as in +44 0…"),
        ("not_assigned", "The country has no such number."),
        ("not_an_integer", "Not a whole number."),
        ("out_of_range", "Outside the range; suggestion is the nearest value allowed."),
        ("not_a_boolean", "Neither true nor false."),
        ("not_a_choice", "None of the words that explanation lists."),
        ("not_a_sid", "Not the two letters and 32 hexadecimal digits of that kind of SID."),
        ("not_a_page_token", "PageToken is none: follow next_page_url as it is."),
        ("control_characters", "There is a control character other than tab and line ends."),
        ("too_many_digits", "A name with more than four digits could carry a phone number."),
        ("link", "The text holds a link."),
        ("other_code_pending", "A verification with another code is pending: cancel it, or send the same code."),
        ("not_an_app_hash", "Not 11 characters of base64."),
        ("not_an_ip_address", "Not an IPv4 or IPv6 address without a port."),
        ("invalid_limit_name", "A rate limit's name has something other than letters, digits, dashes, underscores and dots."),
        ("not_json", "The value is not JSON."),
        ("not_an_object", "The value is not a JSON object."),
        ("not_text", "A member is not a text."),
        ("duplicate_key", "A JSON object has a key twice."),
        ("key_length", "A key of a JSON object is empty or too long."),
        ("value_too_long", "A value in a JSON object is too long."),
        ("too_many_entries", "A JSON object has too many entries."),
        ("not_a_host", "Not a bare host name."),
        ("not_a_code", "Not 4 to 10 digits."),
        ("malformed_body", "The body is cut off, is not UTF-8, has a broken percent escape, or is JSON where a form belongs."),
        ("malformed_query", "The query has a broken percent escape, or is not UTF-8."),
        ("too_many_parameters", "More than 100 parameters."),
        ("unknown_member", "The body is no JSON object, or has a member that does not exist."),
    ];
}
