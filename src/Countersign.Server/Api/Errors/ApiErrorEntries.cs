namespace Countersign.Server.Api.Errors;

/// <summary>The texts of the error dictionary for what the API itself answers, in the order of the codes.</summary>
public static class ApiErrorEntries
{
    public static IReadOnlyList<ApiErrorEntry> All { get; } =
    [
        new(20001, 400, "page_token_required", "A page was asked for by its number alone",
            "Page counts for the caller only, and says nothing of where a page begins: that is what PageToken is for.",
            "Follow next_page_url as it is, from the first page on. To have more in one page send PageSize, up to 1000."),
        new(20003, 401, "authenticate", "Wrong or missing credentials",
            "The request has no credentials, or they are wrong, or the key was deleted. Which of them is not told.",
            "Send HTTP Basic credentials: the Account SID (AC…) and its Auth Token, or an API key (SK…) and its secret. The server's verb  credentials  prints the first account's.")
        {
            Reasons = [("missing_credentials", "There is no Authorization header."), ("bad_credentials", "The header is there and does not let in."), ("cross_site", "A browser asks on behalf of another site's page: its remembered credentials do not count. If it is your own page behind a proxy, set Countersign:PublicUrl to the address in the browser."), ("account_not_active", "The credentials are right, and the account is suspended or closed.")],
        },
        new(20004, 405, "method_not_allowed", "The path does not answer to this method",
            "The path exists, with other methods.",
            "Use one of the methods in details.allowed."),
        new(20403, 403, "forbidden", "Not allowed",
            "The API key may not do this. Or a request came to a callback address without the signature of a carrier of that name, or with a wrong one. Nothing was changed by it.",
            "Use a key that may, or have its policy changed. Where it was the carrier: compare its signing secret with the one set here, and see that Countersign:PublicUrl is exactly the address that it calls.")
        {
            Reasons =
            [
                ("not_permitted", "The API key may not do this: details.permission is what its policy lacks. Keys and accounts are for the Auth Token and main keys alone."),
                ("operator_only", "Only the server's first account makes, suspends and closes accounts."),
                ("not_authentic", "The server's log says what was wrong; the answer does not, so that nobody learns from it which carriers there are."),
            ],
        },
        new(20404, 404, "not_found", "Not found",
            "There is no such path, service, verification, key or number, or it belongs to another account.",
            "Look at details.reason and details.explanation. Check the path, the service's SID, and whose credentials you use.")
        {
            Reasons =
            [
                ("not_found", "No such path, service, key, test number or error code."),
                ("never_existed", "This service has no verification of that SID or number, or To and VerificationSid do not belong together."),
                ("approved", "The code was typed back already, or you approved the verification. Start a new one to verify again."),
                ("canceled", "You cancelled the verification. Start a new one."),
                ("expired", "Nobody typed the code in time. Start a new one."),
                ("max_attempts_reached", "Five guesses were wrong, and the wait after that is over. Start a new one."),
                ("unsupported_locale", "Locale is not a language that a text can be asked for in."),
            ],
        },
        new(20409, 409, "still_in_use", "It is still in use",
            "What was to be deleted is named by something else; details.used_by lists some of those.",
            "Change them first, or leave it.")
        {
            Reasons =
            [
                ("template_in_use", "Services have the template as their DefaultTemplateSid."),
                ("messaging_service_in_use", "Messaging configurations name the pool of senders."),
                ("carrier_in_use", "Routes or pools of senders name the carrier, or routes name it for a channel that it would no longer serve."),
            ],
        },
        new(20413, 413, "body_too_large", "The body is too large",
            "The body has more bytes than details.max_bytes.",
            "Send less in one request."),
        new(20415, 415, "unsupported_media_type", "The body is of the wrong kind",
            "Requests under /v2 take forms, those under /admin take JSON; both in UTF-8 and uncompressed.",
            "Send Content-Type: application/x-www-form-urlencoded to /v2, and application/json to /admin.")
        {
            Reasons =
            [
                ("not_a_form", "The body is said to be something else than a form."),
                ("missing_content_type", "There is a body and no Content-Type."),
                ("unsupported_charset", "The text is not in UTF-8."),
                ("unsupported_encoding", "The body is compressed."),
                ("not_json", "A body of the admin API is not said to be JSON."),
            ],
        },
        new(20429, 429, "too_many_requests", "Too many",
            "The account calls too fast, or has as many of something as it may have.",
            "If there is a retry_after, wait for it. Otherwise delete what is no longer used.")
        {
            WaitingMayHelp = true,
            Reasons =
            [
                ("too_many_services", "The account has 10,000 services."),
                ("too_many_keys", "The account has 1,000 API keys."),
                ("too_many_accounts", "There are 1,000 accounts."),
                ("too_many_test_numbers", "The service has 100 test numbers."),
                ("too_many_carriers", "The account has 1,000 carriers."),
                ("too_many_routes", "The account has 1,000 routes."),
                ("too_many_templates", "The account has 1,000 templates."),
                ("too_many_messaging_services", "The account has 1,000 pools of senders."),
                ("too_many_messaging_configurations", "The account has 1,000 messaging configurations."),
                ("list_full", "The safe list or block list has 100,000 numbers or 1,000 prefixes."),
                ("too_many_rate_limits", "The account has 1,000 rate limits, over all its services."),
                ("too_many_webhooks", "The service has 20 webhooks, or the account 1,000 over all its services."),
                ("too_many_sinks", "The account has 20 sinks."),
                ("too_many_events", "So much waits for the webhook that no more is kept for it (Countersign:Webhooks:MaxWaiting)."),
                ("too_many_push_credentials", "The account has 20 push credentials."),
                ("rate_limit_reached", "A bucket of one of the service's own rate limits is full for the value that was passed: details.rate_limit, bucket, max and interval."),
                ("destination_limit", "The destination was sent as many codes as it may be in an hour or a day."),
                ("cooldown", "The pause after the last send to the destination is not over."),
                ("service_limit", "The service starts too many verifications in a second or a minute."),
                ("account_limit", "The account starts too many verifications in a second or a minute."),
                ("ip_limit", "Too many codes were sent for the device's address (DeviceIp)."),
                ("network_limit", "Too many codes were sent for the network of the device's address (DeviceIp)."),
                ("fetch_limit", "The verification was read too often."),
                ("call_limit", "The account calls the resource too often."),
            ],
        },
        new(20500, 500, "server_error", "A bug",
            "Something broke here, and this request was not carried out, or not to its end.",
            "Find the line with details.trace_id in the server's log, and report it."),
        new(20503, 503, "unavailable", "Not now",
            "The server could not keep what it was asked to, or lost sight of the database while it did: then it may have been kept.",
            "Send it again after retry_after. If it stays: GET /health/ready says which part is away, the server's log why, details.reason what to look at.")
        {
            WaitingMayHelp = true,
            Reasons =
            [
                ("unavailable", "The server starts, stops, or is overloaded."),
                ("overloaded", "More requests wait for the store than it can soon do."),
                ("store_unavailable", "The store did not commit. SQLite: the disk is full or broken, or the data directory was deleted or moved. PostgreSQL: it is away, restarts, is read-only (a replica), "
                    + "its disk is full or it has no connection left. Redis: a master is away or moves its keys, or has fewer replicas than Countersign:RedisReplicas asks for; or PostgreSQL is away, and "
                    + "what was asked for is in Redis no longer."),
                ("unknown_key", "Another server of the store uses a key that this one's key ring lacks: after rotate-key, give every server the same ring. It is read again without a restart."),
                ("line_source_away", "The server of Countersign:Lookup:Server did not answer a lookup."),
                ("too_many_callbacks", "Callbacks that arrive have all the memory that is set aside for them before they are proven, or those of one network have its share of it. Most carriers call again; "
                    + "the server's log says since when, and for which network (event 9201)."),
                ("too_many_watchers", "64 readers follow the virtual phones already."),
            ],
        },
        new(60200, 400, "invalid_parameter", "A parameter is wrong",
            "One parameter, named in details.parameter, is missing, malformed or out of range; or the request cannot be read at all.",
            "details.reason and details.explanation say what is wrong, details.suggestion what was probably meant.")
        {
            Reasons = InvalidParameterReasons.All,
        },
        new(60201, 400, "template_not_approved", "The template is not approved",
            "No text of the template can be sent yet, or its default text is still a draft.",
            "Approve the default translation, then the others: POST /admin/v1/templates/{HJ…}/translations/{locale}/approve."),
        new(60202, 429, "max_check_attempts", "All guesses are used up",
            "Five codes were wrong. The verification is over, and the number waits before it can start another.",
            "Start a new verification after retry_after. Do not check by yourself in a loop: each check counts.")
        { WaitingMayHelp = true },
        new(60203, 429, "max_send_attempts", "Sent as often as it may be",
            "The code was sent five times while this verification was pending.",
            "Check the code, cancel the verification, or wait until it expires. If codes do not arrive, find out why before you send more.")
        { WaitingMayHelp = true },
        new(60204, 403, "feature_not_enabled", "The service does not allow this",
            "The request uses a feature that the service has switched off; details.feature names the setting.",
            "Update the service with that setting, for example CustomCodeEnabled=true."),
        new(60205, 403, "line_type_denied", "Lines of this type are not sent to",
            "The number belongs to a type of line that cannot take the message, or that this service does not send to.",
            "Offer a call, or ask for a mobile number.")
        {
            Reasons =
            [
                ("landline", "A text message to a landline, and the service has SkipSmsToLandlines."),
                ("line_type_denied", "details.line_type is one of the service's denied_line_types, such as premium_rate."),
            ],
        },
        new(60206, 400, "amount_payee_required", "Amount and payee are missing",
            "The service has Psd2Enabled: every start and every check names what is paid, and to whom.",
            "Send the same Amount and Payee to start and to check."),
        new(60207, 400, "max_rate_limits", "The service has as many rate limits as it may",
            "A service may have 50 rate limits.",
            "Delete one that is no longer used."),
        new(60208, 400, "rate_limit_exists", "The name of the rate limit is taken",
            "The service has a rate limit of this UniqueName already.",
            "Add a bucket to that one, or choose another name."),
        new(60209, 400, "rate_limit_name", "Not a name for a rate limit",
            "A UniqueName has 1 to 64 letters, digits, dashes, underscores and dots.",
            "Choose another name. What is counted goes into the value that a start passes, not into the name."),
        new(60210, 400, "max_buckets", "The rate limit has as many buckets as it may",
            "A rate limit may have 10 buckets.",
            "Delete one that is no longer used, or change its Max or Interval."),
        new(60211, 400, "bucket_exists", "The rate limit has a bucket of this interval",
            "No two buckets of a rate limit have the same Interval (details.interval).",
            "Change the Max of that bucket."),
        new(60212, 429, "concurrent_requests", "Two requests for one number at once",
            "Another request for the same number is being worked on.",
            "Send one after the other.")
        { WaitingMayHelp = true },
        new(60213, 400, "messaging_configuration_exists", "The country has a configuration",
            "The service has a messaging configuration for the country in details.country already.",
            "Change that one, with POST to its own address."),
        new(60214, 400, "not_for_payments", "The channel names no payment",
            "The service confirms payments (PSD2), and neither a call nor WhatsApp's templates for codes name amount and payee: nobody would know what the code pays for.",
            "Send the code by sms or email.")
        {
            Reasons = [("call_not_for_payments", "A call was asked for."), ("whatsapp_not_for_payments", "WhatsApp was asked for.")],
        },
        new(60221, 400, "neither_to_nor_sid", "Which verification is not said",
            "A check names neither To nor VerificationSid.",
            "Send the number that was verified as To, or the VE… SID that the start returned, or both."),
        new(60223, 400, "channel_disabled", "Nothing sends on this channel",
            "No carrier serves the channel for this number (details.channel), or a route for it names only carriers that are switched off, gone or of another channel. Numbers for fiction and test numbers go to the virtual phones only, while the sandbox is on.",
            "Configure a carrier with PUT /admin/v1/carriers/{name}, look at the route with GET /admin/v1/route-plan, use another channel, or turn the sandbox on with Countersign:Sandbox:Enabled=true."),
        new(60224, 400, "missing_substitutions", "The template has gaps",
            "The template has placeholders, listed in details.missing, that TemplateCustomSubstitutions does not fill.",
            "Send a text for each of them."),
        new(60225, 409, "translation_exists", "The template has that language",
            "The template has a text in the locale in details.locale already.",
            "Change that text, with PUT to its own address."),
        new(60227, 400, "channel_not_in_template", "Not a template for this channel",
            "The template was not written for the channel in details.channel; details.channels lists those that it was.",
            "Use one of its channels, or another template."),
        new(60228, 404, "template_not_found", "No such template",
            "There is no template with the SID in details.template_sid.",
            "Leave TemplateSid out, or use the SID of a template that exists."),
        new(60229, 404, "translation_not_found", "The template lacks that language",
            "The template has no text in the locale in details.locale.",
            "Use one that it has: GET /admin/v1/templates/{HJ…} lists them."),
        new(60248, 400, "restricted_word", "A word that a name must not hold",
            "The name of the service, which stands in every message, holds a word that would mislead people (details.word).",
            "Choose another name."),
        new(60301, 409, "entity_exists", "The entity exists",
            "The service has an entity of this identity already.",
            "Use it. Its first factor makes an entity where there is none, so that it need not be made beforehand."),
        new(60305, 400, "access_token_invalid", "A parameter of an access token is wrong",
            "A parameter is missing or wrong (details.parameter).",
            "Look at details.reason and details.explanation.")
        {
            Reasons = InvalidParameterReasons.OfAccessTokens,
        },
        new(60306, 400, "invalid_request", "A request about factors, challenges or webhooks is wrong",
            "A parameter is missing or wrong (details.parameter), or what was asked for does not go with the factor, or a webhook subscribes to something that does not happen.",
            "Look at details.reason and details.explanation. Codes of a verified factor are checked by challenges.")
        {
            Reasons =
            [
                ("wrong_factor_type", "What was asked for does not go with factors of this type (details.factor_type)."),
                ("already_verified", "A TOTP factor that is verified was to be verified: check its codes by challenges."),
                ("unknown_event_type", "EventTypes of a webhook has a name that is none of an event or a group: details.known has those that there are."),
                .. InvalidParameterReasons.OfFactors,
            ],
        },
        new(60307, 400, "no_push_platform", "Nobody carries push messages to the device",
            "The factor's NotificationPlatform is none, or there is no token of it; or a token alone was sent for such a factor.",
            "Let the app ask for its challenges, or update the factor with a platform and a token."),
        new(60308, 429, "max_challenge_checks", "Five wrong codes for a challenge",
            "The five tries of the challenge are used up.",
            "Make a new challenge.")
        {
            WaitingMayHelp = true,
        },
        new(60309, 429, "max_notifications", "Enough push messages about one challenge",
            "As many push messages were asked for as may be (details.max), beside the first.",
            "Wait for the answer; the app finds the challenge when it is opened.")
        {
            WaitingMayHelp = true,
        },
        new(60310, 429, "max_factor_checks", "Too many wrong codes for a factor",
            "The five tries to verify a factor are used up, or too many backup codes of one person were wrong.",
            "Delete the factor and make a new one; for backup codes wait for details.retry_after.")
        {
            WaitingMayHelp = true,
            Reasons =
            [
                ("max_factor_checks", "Five codes for a new TOTP factor were wrong."),
                ("max_backup_code_checks", "Five backup codes within 15 minutes were wrong."),
            ],
        },
        new(60311, 403, "factor_verification_failed", "The factor is not verified by this",
            "AuthPayload is not the signature of the factor's device, or what a browser answered does not register the passkey.",
            "Sign the factor's SID with the key whose public half the factor was made with. For a passkey look at details.reason.")
        {
            Reasons =
            [
                ("wrong_signature", "AuthPayload is not signed by the factor's device."),
                ("ceremony_invalid", "The answer is about another relying party or was changed, or its algorithm was not asked for."),
                ("origin_not_allowed", "The page or app that asked is not among the relying party's origins, or was a frame in another's page."),
                ("user_not_verified", "UserVerification is required, and the authenticator did not verify the person."),
                ("registration_expired", "The answer came more than ten minutes after the factor was made."),
            ],
        },
        new(60312, 429, "max_challenges", "Too many challenges of one factor",
            "The factor had as many challenges as it may, or too many codes in a row were wrong.",
            "Wait for details.retry_after where it is given.")
        {
            WaitingMayHelp = true,
            Reasons =
            [
                ("max_challenges", "50 in an hour or 100 in a day; 10 in a day where codes have 3 or 4 digits."),
                ("factor_locked", "A hundred codes in a row were wrong. Delete the factor, and let the person make a new one."),
            ],
        },
        new(60313, 403, "unauthorized_factor", "The access token is for something else",
            "The token was made for another identity, service or type of factor.",
            "Ask for a token of this identity."),
        new(60314, 400, "bad_binding", "The key of a push factor is wrong",
            "Binding.Alg is not ES256, or Binding.PublicKey not a public key on P-256.",
            "Send the key as SubjectPublicKeyInfo in DER, as Base64."),
        new(60315, 400, "max_factors", "Too many factors of this type",
            "The entity has as many factors of this type as it may (details.max).",
            "Delete one that is no longer used."),
        new(60317, 409, "factor_exists", "The factor exists",
            "The entity has a factor with this secret or key already.",
            "Use that one, or delete it first."),
        new(60318, 403, "factor_unverified", "The factor is not verified",
            "A challenge was asked for of a factor that nobody has shown to hold.",
            "Verify the factor first."),
        new(60322, 403, "challenge_answered", "The challenge was answered",
            "The challenge was approved or denied already (details.challenge_status).",
            "Make a new one."),
        new(60323, 403, "challenge_expired", "The challenge has expired",
            "Nobody answered in time.",
            "Make a new one."),
        new(60324, 403, "challenge_verification_failed", "The challenge is not answered by this",
            "AuthPayload is not signed by the factor's device, or is about something else than this challenge, or what a browser answered is not right.",
            "Fetch the challenge, sign the members that Twilio-Verify-Signature-Fields names together with the status, and send that. For a passkey look at details.reason.")
        {
            Reasons =
            [
                ("wrong_signature", "AuthPayload is not signed by the factor's device, or is about something else."),
                ("ceremony_invalid", "The answer of a passkey is about another challenge, person or relying party, was changed, or its signature is not right."),
                ("origin_not_allowed", "The page or app that asked is not among the relying party's origins, or was a frame in another's page."),
                ("user_not_verified", "UserVerification is required, and the authenticator did not verify the person."),
                ("counter_not_grown", "The passkey has signed less often than before: it may have been copied, or the answer was seen before."),
                ("other_passkey", "The passkey is none of this service, is another person's, or was not asked for."),
            ],
        },
        new(60326, 429, "max_factors_today", "Too many factors were made today",
            "As many factors were made for the entity in 24 hours as may be (details.max).",
            "Wait for details.retry_after.")
        {
            WaitingMayHelp = true,
        },
        new(60331, 400, "locale_without_voice", "The locale cannot be spoken",
            "A call was asked for in a locale for which there is no voice (details.locale).",
            "Leave Locale out to have it chosen by the number's country, or use one of the 21 voice locales in docs/words.md."),
        new(60332, 400, "default_translation", "The default translation stays",
            "The text that is sent where a language is missing cannot be deleted.",
            "Change its text, or delete the whole template."),
        new(60369, 400, "factor_type_invalid", "The type of a factor is wrong or missing",
            "FactorType is none of those that can be made here (details.types).",
            "Send totp or push. Passkeys have a path of their own."),
        new(60409, 400, "custom_message_not_approved", "The text is not approved",
            "CustomMessage is not the text of an approved template.",
            "Use a TemplateSid, or have the text approved as a template first."),
        new(60410, 403, "blocked", "Blocked as suspected fraud",
            "The destination, its prefix or the network of the device is suspected of fraud, the start's risk is too high, or the operator blocked the number; or the start is in doubt, and a little work lets it through. details.reason says which.",
            "Where the reason is challenge_required, solve details.challenge and send the start again with Challenge. Otherwise wait for details.retry_after where it is given. A number that is known to be a customer's can be put on the safe list, which Fraud Guard and the risk score leave alone; the block list stands before it, so that what is blocked is taken off that list (GET /admin/v1/block-list).")
        {
            Reasons =
            [
                ("block_list", "The number, or a prefix of it, is on the account's block list: details.list_entry is the entry. Delete the entry to let it through."),
                ("prefix_not_converting", "Codes sent to the number's block or range are not typed back."),
                ("adjacent_numbers", "Many unanswered numbers side by side within half an hour."),
                ("country_not_converting", "Codes sent to ranges in which the service has nobody, in this country or in several, are not typed back."),
                ("network_not_converting", "Codes asked for from the device's address or network (DeviceIp) are not typed back."),
                ("device_not_converting", "Codes asked for from the device (DeviceFingerprint) are not typed back."),
                ("unanswered_cluster", "Over days, more unanswered numbers in one block than around it."),
                ("country_first_seen", "The service has nobody in this country yet."),
                ("range_first_seen", "The service's people in this country are in other ranges or blocks."),
                ("expensive_destination", "A message to the country is dear."),
                ("unusual_burst", "More unanswered codes in one country than at this hour of other days."),
                ("service_not_converting", "In the whole service fewer codes than usual are typed back."),
                ("risk", "Too much speaks against the start: details.reasons says what. Send it with RiskCheck=disable if you know the person, or offer another way in."),
                ("stronger_channel", "A text message is not enough for this start: use one of details.channels, or Channel=auto."),
                ("challenge_required", "The start is in doubt, and a little work lets it through: details.challenge. details.problem says why a solution that came with it does not count."),
            ],
        },
        new(60411, 400, "already_listed", "Already on the safe list",
            "The account's safe list has the number already.",
            "Nothing needs to be done. To change its note or its end, use /admin/v1/safe-list."),
        new(60550, 400, "no_channel", "No channel to choose from",
            "Channel=auto was asked for, and no carrier serves the destination on any channel.",
            "Configure a carrier with PUT /admin/v1/carriers/{name}, or turn the sandbox on with Countersign:Sandbox:Enabled=true."),
        new(60602, 400, "app_hash_not_sms", "AppHash belongs to text messages",
            "AppHash was sent on a channel other than sms.",
            "Leave it out, or use the channel sms."),
        new(60605, 403, "geo_denied", "The country is closed",
            "The account or the service does not send to this country by this channel.",
            "Open the country for the channel, or put the number on the safe list."),
    ];

    /// <summary>The entry of a code; null for one that the API does not answer with.</summary>
    public static ApiErrorEntry? Find(int code) => All.FirstOrDefault(entry => entry.Code == code);

    /// <summary>The entry of a name, regardless of case; null where there is none.</summary>
    public static ApiErrorEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
