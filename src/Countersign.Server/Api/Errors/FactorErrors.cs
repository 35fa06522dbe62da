namespace Countersign.Server.Api.Errors;

/// <summary>The errors of entities, factors, challenges and what belongs to them, as <see cref="ApiErrors"/> has the others: Twilio's status, code and message, and our reason.</summary>
public static class FactorErrors
{
    /// <summary>400/60306: as <see cref="ApiErrors.InvalidParameter"/>, with the code that Twilio has for entities, factors and challenges. An error of another kind stays as it is.</summary>
    public static ApiError InvalidRequest(ApiError invalid) => invalid.Code == 60200 ? invalid with { Code = 60306 } : invalid;

    /// <summary>400/60305: as <see cref="ApiErrors.InvalidParameter"/>, with the code that Twilio has for access tokens.</summary>
    public static ApiError AccessTokenInvalid(ApiError invalid) => invalid.Code == 60200 ? invalid with { Code = 60305 } : invalid;

    /// <summary>409/60301.</summary>
    public static ApiError EntityExists() => new(409, 60301, "Entity already exists")
    {
        Details = ApiErrors.Explained("entity_exists", "The service has an entity of this identity. Use it, or delete it first."),
    };

    /// <summary>409/60317.</summary>
    public static ApiError FactorExists() => new(409, 60317, "Factor already exists")
    {
        Details = ApiErrors.Explained("factor_exists", "The entity has a factor with this secret or key. Use that one, or delete it first."),
    };

    /// <summary>400/60369: <paramref name="types"/> are those that can be made here.</summary>
    public static ApiError FactorTypeInvalid(params string[] types) => new(400, 60369, "Factor type invalid or not provided")
    {
        Details = ApiErrors.Explained("factor_type", "FactorType says what is made here. Passkeys have a path of their own.").With("parameter", "FactorType").With("types", types),
    };

    /// <summary>400/60314.</summary>
    public static ApiError BadBinding(string parameter) => new(400, 60314, "Invalid factor binding")
    {
        Details = ApiErrors.Explained("bad_binding", "Binding.Alg must be ES256, and Binding.PublicKey a public key on P-256: SubjectPublicKeyInfo in DER, as Base64.").With("parameter", parameter),
    };

    /// <summary>400/60315.</summary>
    public static ApiError MaxFactors(int max) => new(400, 60315, "Max factors per entity reached")
    {
        Details = ApiErrors.Explained("max_factors", "Delete a factor of this type that is no longer used.").With("max", max),
    };

    /// <summary>429/60326.</summary>
    public static ApiError MaxFactorsToday(int max, TimeSpan retryAfter) => new(429, 60326, "Too many factors created for the entity")
    {
        Details = ApiErrors.Explained("max_factors_today", "Factors that were deleted again count too.").With("max", max),
        RetryAfter = retryAfter,
    };

    /// <summary>403/60313: an access token was used for something else than it was made for.</summary>
    public static ApiError UnauthorizedFactor() => new(403, 60313, "Unauthorized factor creation")
    {
        Details = ApiErrors.Explained("token_of_another", "An access token makes factors of its type for its identity in its service. Ask for one of this identity."),
    };

    /// <summary>400/60306: what was asked for does not go with factors of this type.</summary>
    public static ApiError WrongFactorType(string type) => new(400, 60306, "Invalid request")
    {
        Details = ApiErrors.Explained("wrong_factor_type", "This does not go with a factor of this type.").With("factor_type", type),
    };

    /// <summary>400/60306: a TOTP factor is verified once; codes are checked by challenges.</summary>
    public static ApiError FactorAlreadyVerified() => new(400, 60306, "Invalid request")
    {
        Details = ApiErrors.Explained("already_verified", "The factor is verified, so that AuthPayload is not looked at here. Check codes with POST …/Challenges."),
    };

    /// <summary>429/60310: too many wrong codes for a factor that is not verified. It stays so.</summary>
    public static ApiError MaxFactorChecks() => new(429, 60310, "Factor verification attempts reached")
    {
        Details = ApiErrors.Explained("max_factor_checks", "Five codes were wrong. Delete the factor and make a new one."),
    };

    /// <summary>403/60311.</summary>
    public static ApiError FactorNotVerified() => new(403, 60311, "Factor verification failed")
    {
        Details = ApiErrors.Explained("wrong_signature", "AuthPayload must be the device's signature over the factor's SID (ECDSA, P-256, SHA-256), as Base64."),
    };

    /// <summary>403/60318.</summary>
    public static ApiError FactorUnverified() => new(403, 60318, "Factor is unverified")
    {
        Details = ApiErrors.Explained("factor_unverified", "Verify the factor first: POST …/Factors/{Sid} with AuthPayload."),
    };

    /// <summary>429/60312.</summary>
    public static ApiError MaxChallenges(TimeSpan retryAfter) => new(429, 60312, "Challenge creation limit reached")
    {
        Details = ApiErrors.Explained("max_challenges", "A factor may have 50 challenges in an hour and 100 in a day; 10 in a day where its codes have 3 or 4 digits."),
        RetryAfter = retryAfter,
    };

    /// <summary>429/60312: a hundred wrong codes in a row. Waiting does not help.</summary>
    public static ApiError FactorLocked() => new(429, 60312, "Challenge creation limit reached")
    {
        Details = ApiErrors.Explained("factor_locked", "A hundred codes in a row were wrong: somebody guesses. Delete the factor, and let the person make a new one."),
    };

    /// <summary>429/60308.</summary>
    public static ApiError MaxChallengeChecks() => new(429, 60308, "Challenge check attempts reached")
    {
        Details = ApiErrors.Explained("max_challenge_checks", "Five codes were wrong. Make a new challenge."),
    };

    /// <summary>403/60322.</summary>
    public static ApiError ChallengeAnswered(string status) => new(403, 60322, "Challenge already answered")
    {
        Details = ApiErrors.Explained("challenge_answered", "A challenge is answered once. Make a new one.").With("challenge_status", status),
    };

    /// <summary>403/60323.</summary>
    public static ApiError ChallengeExpired() => new(403, 60323, "Challenge expired")
    {
        Details = ApiErrors.Explained("challenge_expired", "Nobody answered in time. Make a new one."),
    };

    /// <summary>403/60324.</summary>
    public static ApiError ChallengeNotVerified() => new(403, 60324, "Challenge verification failed")
    {
        Details = ApiErrors.Explained("wrong_signature", "AuthPayload must be a token that the factor's device signed, over the members of this challenge that Twilio-Verify-Signature-Fields names, and the status approved or denied."),
    };

    /// <summary>429/60309.</summary>
    public static ApiError MaxNotifications(int max) => new(429, 60309, "Max push notifications per challenge reached")
    {
        Details = ApiErrors.Explained("max_notifications", "The app finds the challenge when it is opened.").With("max", max),
    };

    /// <summary>400/60307.</summary>
    public static ApiError NoPushPlatform() => new(400, 60307, "Push notifications are not available for the factor")
    {
        Details = ApiErrors.Explained("no_platform", "The factor's Config.NotificationPlatform is none, or there is no token of it: nobody carries messages to the device. Update the factor with a platform and a token together; until then the app asks for its challenges by itself."),
    };

    /// <summary>429/60310: too many wrong backup codes of one person lately.</summary>
    public static ApiError MaxBackupCodeChecks(TimeSpan retryAfter) => new(429, 60310, "Backup code check attempts reached")
    {
        Details = ApiErrors.Explained("max_backup_code_checks", "Five codes within 15 minutes were wrong. A set that takes the place of this one does not help: wait."),
        RetryAfter = retryAfter,
    };

    /// <summary>403/60311: what a browser answered does not register the passkey.</summary>
    public static ApiError PasskeyNotVerified(string reason, string explanation) => new(403, 60311, "Factor verification failed") { Details = ApiErrors.Explained(reason, explanation) };

    /// <summary>403/60324: what a browser answered does not answer the challenge.</summary>
    public static ApiError PasskeyNotRight(string reason, string explanation) => new(403, 60324, "Challenge verification failed") { Details = ApiErrors.Explained(reason, explanation) };
}
