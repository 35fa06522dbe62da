using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Countersign.Core.Factors.Passkeys;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>What a request says of the relying party; what it leaves out the service's settings say.</summary>
sealed record PasskeyWishes(string? Id, string? Name, IReadOnlyList<string>? Origins, string? Attachment, string? Discoverable, string? UserVerification);

/// <summary>Puts what a request and the service's settings say of passkeys together, and checks it: what a browser would refuse is refused here, with a reason.</summary>
static partial class PasskeyConfigs
{
    const int MaxOrigins = 50;
    const string AndroidApp = "android:apk-key-hash:";

    static readonly string[] Attachments = ["platform", "cross-platform", "any"];
    static readonly string[] Requirements = ["required", "preferred", "discouraged"];

    /// <summary>What the service's settings say alone; null where they name no relying party, or one that cannot be.</summary>
    public static PasskeyConfig? Of(VerifyService service) => TryMake(service, new PasskeyWishes(null, null, null, null, null, null), out var config, out _) ? config : null;

    public static bool TryMake(VerifyService service, PasskeyWishes wishes, [NotNullWhen(true)] out PasskeyConfig? config, [NotNullWhen(false)] out ApiError? error)
    {
        config = null;
        var settings = service.Passkeys;
        var id = wishes.Id ?? NullIfEmpty(settings.RelyingPartyId);
        if (id is null)
        {
            error = Invalid("relying_party.id", null, "missing", "Name the relying party here, or in the service's settings (Passkeys.RelyingParty.Id): the host of your site, such as example.com.");
            return false;
        }

        if (id.Length > 253 || !HostPattern().IsMatch(id))
        {
            error = Invalid("relying_party.id", id, "not_a_host", "A relying party is a host in lower case without scheme, port and path, such as example.com, or localhost.");
            return false;
        }

        // The request's own relying party does not have the origins of the service's.
        var origins = wishes.Origins ?? (wishes.Id is null || wishes.Id == settings.RelyingPartyId ? settings.RelyingPartyOrigins : null);
        origins = origins is { Count: > 0 } ? [.. origins.Select(static origin => origin.TrimEnd('/'))] : ["https://" + id];
        var wrong = origins.FirstOrDefault(origin => !IsOriginOf(id, origin));
        if (origins.Count > MaxOrigins || wrong is not null)
        {
            error = Invalid(
                "relying_party.origins", wrong, "not_an_origin",
                $"At most {MaxOrigins} origins, each https:// and the relying party's host or one below it, with a port if need be; http:// for localhost; android:apk-key-hash:… for an app.");
            return false;
        }

        var attachment = wishes.Attachment ?? NullIfEmpty(settings.AuthenticatorAttachment) ?? "any";
        var discoverable = wishes.Discoverable ?? NullIfEmpty(settings.DiscoverableCredentials) ?? "preferred";
        var verification = wishes.UserVerification ?? NullIfEmpty(settings.UserVerification) ?? "preferred";
        error = Choice("authenticator_attachment", attachment, Attachments) ?? Choice("discoverable_credentials", discoverable, Requirements)
            ?? Choice("user_verification", verification, Requirements);
        if (error is not null)
        {
            return false;
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
        return true;
    }

    static bool IsOriginOf(string id, string origin)
    {
        if (origin.StartsWith(AndroidApp, StringComparison.Ordinal))
        {
            return origin.Length is > 20 and <= 200;
        }

        // Compared to the letter with what browsers say, so it must be written as they write it.
        return Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == origin && uri.UserInfo.Length == 0
            && (uri.Host == id || uri.Host.EndsWith("." + id, StringComparison.Ordinal))
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && (uri.Host == "localhost" || uri.Host.EndsWith(".localhost", StringComparison.Ordinal))));
    }

    static ApiError? Choice(string name, string value, string[] words) =>
        words.Contains(value) ? null : Invalid(name, value, "not_a_choice", $"Must be one of {string.Join(", ", words)}.");

    static ApiError Invalid(string name, string? value, string reason, string explanation) => FactorErrors.InvalidRequest(ApiErrors.InvalidParameter("config." + name, value, reason, explanation));

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    [GeneratedRegex(@"\A(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex HostPattern();
}
