using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;

namespace Countersign.Server.Api.Errors;

/// <summary>What Guard refuses, and what goes wrong with its lists.</summary>
public static class GuardErrors
{
    /// <summary>What Guard refused: 429/20429 for too many, 429/60212 for too many at once, 400/60200 for a rate limit that there is not, 403/60605 for a closed country, 403/60205 for a type of line, 403/60410 for fraud, for blocked numbers, and for work that is to be shown first.</summary>
    public static ApiError Guarded(GuardRefusal refusal)
    {
        if (refusal.Kind == GuardRefusalKind.UnknownRateLimit)
        {
            return ApiErrors.InvalidParameter("RateLimits", refusal.Facts[0].Value, refusal.Reason, refusal.Explanation).With(refusal.Facts[0].Key, refusal.Facts[0].Value);
        }

        var details = ApiErrors.Explained(refusal.Reason, refusal.Explanation);
        foreach (var (name, value) in refusal.Facts)
        {
            details = details.With(name, value);
        }

        foreach (var (name, value) in refusal.Numbers)
        {
            details = details.With(name, value);
        }

        foreach (var (name, values) in refusal.Lists)
        {
            details = details.With(name, values);
        }

        if (refusal.Challenge is { } challenge)
        {
            details = details.WithObject(
                "challenge",
                new("algorithm", Challenge.Algorithm), new("challenge", challenge.Hash), new("maxnumber", challenge.MaxNumber), new("salt", challenge.Salt), new("signature", challenge.Signature));
        }

        var error = refusal.Kind switch
        {
            GuardRefusalKind.RateLimited => ApiErrors.TooManyRequests(refusal.RetryIn, refusal.Reason) with { ReachedRateLimit = true },
            GuardRefusalKind.Concurrent => ApiErrors.ConcurrentRequests(),
            GuardRefusalKind.GeoDenied => new ApiError(403, 60605, $"The destination phone number has been blocked by Verify Geo-Permissions{GeoMessage(refusal)}"),
            GuardRefusalKind.LineTypeDenied => new ApiError(
                403, 60205, refusal.Reason == "landline" ? "SMS is not supported by landline phone number" : "Messages are not sent to phone numbers of this type"),
            GuardRefusalKind.Blocked or GuardRefusalKind.ChannelTooWeak or GuardRefusalKind.ChallengeRequired => new ApiError(403, 60410, "Verification delivery attempt blocked"),
            _ => throw new InvalidOperationException($"No error for {refusal.Kind}."),
        };
        return error with { Details = details, RetryAfter = refusal.RetryIn };
    }

    /// <summary>400/60411: the safe list has the number already.</summary>
    public static ApiError SafeListed() => new(400, 60411, "Phone number already exists in the Safe List")
    {
        Details = ApiErrors.Explained("already_listed", "The number is on the account's safe list; nothing needs to be done."),
    };

    /// <summary>What is closed and for whom, as Twilio says it; nothing where the refusal does not tell.</summary>
    static string GeoMessage(GuardRefusal refusal)
    {
        var (country, channel) = (FactOf(refusal, "country"), FactOf(refusal, "channel"));
        return country is null || channel is null ? ""
            : $". {country} is blocked for {channel} channel for {(FactOf(refusal, "scope") == "service" ? "this service" : "all services")}";
    }

    static string? FactOf(GuardRefusal refusal, string name) => refusal.Facts.FirstOrDefault(fact => fact.Key == name).Value;
}
