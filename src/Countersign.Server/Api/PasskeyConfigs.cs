using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Countersign.Core.Factors.Passkeys;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>What a request says of the relying party; what it leaves out the service's settings say.</summary>
sealed record PasskeyWishes(string? Id, string? Name, IReadOnlyList<string>? Origins, string? Attachment, string? Discoverable, string? UserVerification)
{
    /// <summary>A request that leaves everything to the service's settings.</summary>
    public static PasskeyWishes None { get; } = new(null, null, null, null, null, null);
}

/// <summary>Puts what a request and the service's settings say of passkeys together, and checks it: what a browser would refuse is refused here, with a reason.</summary>
static partial class PasskeyConfigs
{
    const int MaxOrigins = 50;
    const string AndroidApp = "android:apk-key-hash:";

    static readonly string[] Attachments = ["platform", "cross-platform", "any"];
    static readonly string[] Requirements = ["required", "preferred", "discouraged"];

    /// <summary>What holds of a new passkey. An error names the member of the request, or the service's setting where the request left it to that.</summary>
    public static bool TryMake(VerifyService service, PasskeyWishes wishes, [NotNullWhen(true)] out PasskeyConfig? config, [NotNullWhen(false)] out ApiError? error)
    {
        var problem = Make(service, wishes, out config);
        error = problem is null ? null : FactorErrors.InvalidRequest(problem.IsOfService
            ? ApiErrors.InvalidParameter(
                problem.Setting, problem.Value, problem.Reason, $"{problem.Explanation} The service's settings are not so: update the service with {problem.Setting}.", problem.Suggestion)
            : ApiErrors.InvalidParameter("config." + problem.Member, problem.Value, problem.Reason, problem.Explanation, problem.Suggestion));
        return error is null;
    }

    /// <summary>
    /// What the service's settings say alone: nothing (null) where they name no relying party. An error where what they say cannot be. Then nobody signs in until they are mended:
    /// passkeys would go by the origins and the verification of the day they were made, which may have been taken back since.
    /// </summary>
    public static bool TryOf(VerifyService service, out PasskeyConfig? config, [NotNullWhen(false)] out ApiError? error)
    {
        (config, error) = (null, null);
        return NullIfEmpty(service.Passkeys.RelyingPartyId) is null || TryMake(service, PasskeyWishes.None, out config, out error);
    }

    /// <summary>Why the service's settings cannot stay as they are, for whoever sets them; null where they can. As long as they name no relying party, its origins may be anybody's.</summary>
    public static ApiError? Refusal(VerifyService service)
    {
        var problem = NullIfEmpty(service.Passkeys.RelyingPartyId) is null
            ? OriginProblem(null, Written(service.Passkeys.RelyingPartyOrigins), isOfService: true)
            : Make(service, PasskeyWishes.None, out _);
        return problem is null ? null : ApiErrors.InvalidParameter(problem.Setting, problem.Value, problem.Reason, problem.Explanation, problem.Suggestion);
    }

    static Problem? Make(VerifyService service, PasskeyWishes wishes, out PasskeyConfig? config)
    {
        config = null;
        var settings = service.Passkeys;
        var id = wishes.Id ?? NullIfEmpty(settings.RelyingPartyId);
        if (id is null)
        {
            return Invalid(
                "relying_party.id", false, null, "missing", "Name the relying party here, or in the service's settings (Passkeys.RelyingParty.Id): the host of your site, such as example.com.");
        }

        if (!IsHost(id))
        {
            var lower = id.ToLowerInvariant();
            return Invalid(
                "relying_party.id", wishes.Id is null, id, "not_a_host", "A relying party is a host in lower case without scheme, port and path, such as example.com, or localhost.",
                IsHost(lower) ? lower : null);
        }

        // The request's own relying party does not have the origins of the service's.
        var ofService = wishes.Origins is null && (wishes.Id is null || wishes.Id == settings.RelyingPartyId);
        var origins = Written(ofService ? settings.RelyingPartyOrigins : wishes.Origins);
        origins = origins.Length > 0 ? origins : ["https://" + id];
        var attachment = wishes.Attachment ?? NullIfEmpty(settings.AuthenticatorAttachment) ?? "any";
        var discoverable = wishes.Discoverable ?? NullIfEmpty(settings.DiscoverableCredentials) ?? "preferred";
        var verification = wishes.UserVerification ?? NullIfEmpty(settings.UserVerification) ?? "preferred";
        var problem = OriginProblem(id, origins, ofService)
            ?? Choice("authenticator_attachment", wishes.Attachment is null, attachment, Attachments)
            ?? Choice("discoverable_credentials", wishes.Discoverable is null, discoverable, Requirements)
            ?? Choice("user_verification", wishes.UserVerification is null, verification, Requirements);
        if (problem is not null)
        {
            return problem;
        }

        config = new PasskeyConfig
        {
            RelyingPartyId = id,
            RelyingPartyName = wishes.Name ?? NullIfEmpty(settings.RelyingPartyName) ?? service.FriendlyName,
            Origins = origins,
            Attachment = attachment,
            Discoverable = discoverable,
            UserVerification = verification,
            HasOwnOrigins = wishes.Origins is not null,
            HasOwnUserVerification = wishes.UserVerification is not null,
        };
        return null;
    }

    /// <summary>As browsers say them. Twilio's description has hosts alone: those are meant by https.</summary>
    static string[] Written(IReadOnlyList<string>? origins) => origins is null ? [] :
    [
        .. origins.Select(static origin => origin.TrimEnd('/')).Select(static origin =>
            origin.Contains("://", StringComparison.Ordinal) || origin.StartsWith(AndroidApp, StringComparison.Ordinal) ? origin : "https://" + origin),
    ];

    static Problem? OriginProblem(string? id, string[] origins, bool isOfService)
    {
        var wrong = origins.FirstOrDefault(origin => !IsOrigin(id, origin));
        return origins.Length <= MaxOrigins && wrong is null ? null : Invalid(
            "relying_party.origins", isOfService, wrong, "not_an_origin",
            $"At most {MaxOrigins} origins, each https:// and the relying party's host or one below it, with a port if need be; http:// for localhost; android:apk-key-hash:… for an app.",
            null);
    }

    /// <summary>Whether it is an origin of the relying party; of any that there can be where that is null.</summary>
    static bool IsOrigin(string? id, string origin)
    {
        if (origin.StartsWith(AndroidApp, StringComparison.Ordinal))
        {
            return origin.Length is > 20 and <= 200;
        }

        // Compared to the letter with what browsers say, so it must be written as they write it.
        return Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == origin && uri.UserInfo.Length == 0
            && (id is null ? IsHost(uri.Host) : uri.Host == id || uri.Host.EndsWith("." + id, StringComparison.Ordinal))
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && (uri.Host == "localhost" || uri.Host.EndsWith(".localhost", StringComparison.Ordinal))));
    }

    static bool IsHost(string text) => text.Length <= 253 && HostPattern().IsMatch(text) && Uri.CheckHostName(text) == UriHostNameType.Dns;

    static Problem? Choice(string member, bool isOfService, string value, string[] words) =>
        words.Contains(value) ? null : Invalid(member, isOfService, value, "not_a_choice", $"Must be one of {string.Join(", ", words)}.");

    static Problem Invalid(string member, bool isOfService, string? value, string reason, string explanation, string? suggestion = null) =>
        new(member, isOfService, value, reason, explanation, suggestion);

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    [GeneratedRegex(@"\A(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex HostPattern();

    /// <summary>What is wrong, and whether the service's settings say it or the request.</summary>
    sealed record Problem(string Member, bool IsOfService, string? Value, string Reason, string Explanation, string? Suggestion)
    {
        /// <summary>The parameter of a service that says the same as the member of a request.</summary>
        public string Setting => Member switch
        {
            "relying_party.id" => "Passkeys.RelyingParty.Id",
            "relying_party.origins" => "Passkeys.RelyingParty.Origins",
            "authenticator_attachment" => "Passkeys.AuthenticatorAttachment",
            "discoverable_credentials" => "Passkeys.DiscoverableCredentials",
            "user_verification" => "Passkeys.UserVerification",
            _ => throw new InvalidOperationException($"No setting for {Member}."),
        };
    }
}
