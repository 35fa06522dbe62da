using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Countersign.Core.Accounts;

namespace Countersign.Server.Api;

/// <summary>
/// What each route needs: a resource, named here, and an action, which the method tells. A route that is not here is one that restricted and standard keys may not use; a test
/// fails until it is.
/// </summary>
static partial class RoutePermissions
{
    /// <summary>What a permission may end in. Lists are read as single things are.</summary>
    public static readonly IReadOnlyList<string> Actions = ["create", "read", "update", "delete"];

    /// <summary>Resources by the pattern of the route, whatever its parameters are called. Those of Twilio's API that are not here yet have their place already.</summary>
    static readonly FrozenDictionary<string, string> Resources = new Dictionary<string, string>
    {
        ["/v2/Services"] = "/verify/services",
        ["/v2/Services/{}"] = "/verify/services",
        ["/v2/Services/{}/Verifications"] = "/verify/verifications",
        ["/v2/Services/{}/Verifications/{}"] = "/verify/verifications",
        ["/v2/Services/{}/VerificationCheck"] = "/verify/verification-checks",
        ["/v2/Services/{}/RateLimits"] = "/verify/rate-limits",
        ["/v2/Services/{}/RateLimits/{}"] = "/verify/rate-limits",
        ["/v2/Services/{}/RateLimits/{}/Buckets"] = "/verify/buckets",
        ["/v2/Services/{}/RateLimits/{}/Buckets/{}"] = "/verify/buckets",
        ["/v2/Services/{}/MessagingConfigurations"] = "/verify/messaging-configurations",
        ["/v2/Services/{}/MessagingConfigurations/{}"] = "/verify/messaging-configurations",
        ["/v2/Services/{}/Entities"] = "/verify/entities",
        ["/v2/Services/{}/Entities/{}"] = "/verify/entities",
        ["/v2/Services/{}/Entities/{}/Factors"] = "/verify/factors",
        ["/v2/Services/{}/Entities/{}/Factors/{}"] = "/verify/factors",
        ["/v2/Services/{}/Entities/{}/Challenges"] = "/verify/challenges",
        ["/v2/Services/{}/Entities/{}/Challenges/{}"] = "/verify/challenges",
        ["/v2/Services/{}/Entities/{}/Challenges/{}/Notifications"] = "/verify/notifications",
        ["/v2/Services/{}/Entities/{}/BackupCodes"] = "/verify/backup-codes",
        ["/v2/Services/{}/Entities/{}/BackupCodes/Check"] = "/verify/backup-code-checks",
        ["/v2/Services/{}/AccessTokens"] = "/verify/access-tokens",
        ["/v2/Services/{}/AccessTokens/{}"] = "/verify/access-tokens",
        ["/v2/Services/{}/Passkeys/Factors"] = "/verify/passkeys",
        ["/v2/Services/{}/Passkeys/VerifyFactor"] = "/verify/passkeys",
        ["/v2/Services/{}/Passkeys/Challenges"] = "/verify/passkeys",
        ["/v2/Services/{}/Passkeys/ApproveChallenge"] = "/verify/passkeys",
        ["/v2/Services/{}/Webhooks"] = "/verify/webhooks",
        ["/v2/Services/{}/Webhooks/{}"] = "/verify/webhooks",
        ["/v2/Templates"] = "/verify/templates",
        ["/v2/Forms/form-push"] = "/verify/forms",
        ["/v2/SafeList/Numbers"] = "/verify/safe-list",
        ["/v2/SafeList/Numbers/{}"] = "/verify/safe-list",
        ["/v2/Attempts"] = "/verify/attempts",
        ["/v2/Attempts/Summary"] = "/verify/attempts",
        ["/v2/Attempts/{}"] = "/verify/attempts",
        ["/v2/PhoneNumbers/{}"] = "/lookup/phone-numbers",
        ["/admin/v1/services/{}"] = "/admin/services",
        ["/admin/v1/services/{}/limits"] = "/admin/services/limits",
        ["/admin/v1/services/{}/fraud-guard"] = "/admin/services/fraud-guard",
        ["/admin/v1/services/{}/fraud-guard/score"] = "/admin/services/fraud-guard",
        ["/admin/v1/services/{}/risk"] = "/admin/services/risk",
        ["/admin/v1/services/{}/risk/score"] = "/admin/services/risk",
        ["/admin/v1/services/{}/geo-permissions"] = "/admin/services/geo-permissions",
        ["/admin/v1/services/{}/geo-permissions/{}"] = "/admin/services/geo-permissions",
        ["/admin/v1/services/{}/test-numbers"] = "/admin/services/test-numbers",
        ["/admin/v1/services/{}/test-numbers/{}"] = "/admin/services/test-numbers",
        ["/admin/v1/geo-permissions"] = "/admin/geo-permissions",
        ["/admin/v1/geo-permissions/{}"] = "/admin/geo-permissions",
        ["/admin/v1/safe-list"] = "/admin/safe-list",
        ["/admin/v1/safe-list/{}"] = "/admin/safe-list",
        ["/admin/v1/block-list"] = "/admin/block-list",
        ["/admin/v1/block-list/{}"] = "/admin/block-list",
        ["/admin/v1/templates"] = "/admin/templates",
        ["/admin/v1/templates/{}"] = "/admin/templates",
        ["/admin/v1/templates/{}/translations"] = "/admin/templates/translations",
        ["/admin/v1/templates/{}/translations/{}"] = "/admin/templates/translations",
        ["/admin/v1/templates/{}/translations/{}/approve"] = "/admin/templates/translations",
        ["/admin/v1/messaging-services"] = "/admin/messaging-services",
        ["/admin/v1/messaging-services/{}"] = "/admin/messaging-services",
        ["/admin/v1/carrier-kinds"] = "/admin/carriers",
        ["/admin/v1/carriers"] = "/admin/carriers",
        ["/admin/v1/carriers/{}"] = "/admin/carriers",
        ["/admin/v1/routes"] = "/admin/routes",
        ["/admin/v1/routes/{}"] = "/admin/routes",
        ["/admin/v1/route-plan"] = "/admin/routes",
        ["/admin/v1/tries"] = "/admin/tries",
        ["/admin/v1/tries/{}"] = "/admin/tries",
        ["/admin/v1/attempts/{}"] = "/admin/attempts",
        ["/admin/v1/refusals"] = "/admin/refusals",
        ["/admin/v1/rollups"] = "/admin/rollups",
        ["/admin/v1/webhooks/{}"] = "/admin/webhooks",
        ["/admin/v1/webhooks/{}/secret"] = "/admin/webhooks",
        ["/admin/v1/webhooks/{}/test"] = "/admin/webhooks",
        ["/admin/v1/sinks"] = "/admin/sinks",
        ["/admin/v1/sinks/{}"] = "/admin/sinks",
        ["/admin/v1/sinks/{}/secret"] = "/admin/sinks",
        ["/admin/v1/sinks/{}/test"] = "/admin/sinks",
        ["/admin/v1/push-credentials"] = "/admin/push-credentials",
        ["/admin/v1/push-credentials/{}"] = "/admin/push-credentials",
        ["/admin/v1/events"] = "/admin/events",
        ["/admin/v1/events/{}"] = "/admin/events",
        ["/admin/v1/events/redeliver"] = "/admin/events",
        ["/admin/v1/events/{}/redeliver"] = "/admin/events",
        ["/admin/v1/errors"] = "/admin/errors",
        ["/admin/v1/errors/{}"] = "/admin/errors",
        ["/admin/v1/keys"] = Keys,
        ["/admin/v1/keys/{}"] = Keys,
        ["/admin/v1/accounts"] = Accounts,
        ["/admin/v1/accounts/{}"] = Accounts,
        ["/admin/v1/accounts/{}/auth-token/secondary"] = Accounts,
        ["/admin/v1/accounts/{}/auth-token/promote"] = Accounts,
        ["/sandbox/messages"] = "/sandbox/messages",
        ["/sandbox/events"] = "/sandbox/messages",
        ["/sandbox/rules"] = "/sandbox/rules",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    const string Keys = "/admin/keys", Accounts = "/admin/accounts", Plans = "/verify/verifications/fallback";

    /// <summary>
    /// To name a mailbox in the fallback plan of a start. A plan holds for the verification that is pending as well, whoever started it, and the code is the same: who may name a mailbox
    /// needs no phone to know the code of any number.
    /// </summary>
    public static readonly Right MailboxOfPlan = new($"{Plans}/create", IsForMainKeys: false);

    /// <summary>Patterns whose POST changes what is there, though they do not end in its name.</summary>
    static readonly FrozenSet<string> Settings = new[]
    {
        "/admin/v1/services/{}/limits", "/admin/v1/services/{}/fraud-guard", "/admin/v1/services/{}/risk", "/admin/v1/templates/{}/translations/{}/approve",
        "/admin/v1/accounts/{}/auth-token/secondary", "/admin/v1/accounts/{}/auth-token/promote", "/admin/v1/webhooks/{}/secret", "/admin/v1/webhooks/{}/test",
        "/admin/v1/sinks/{}/secret", "/admin/v1/sinks/{}/test",
        "/admin/v1/events/redeliver", "/admin/v1/events/{}/redeliver", "/v2/Services/{}/Passkeys/VerifyFactor", "/v2/Services/{}/Passkeys/ApproveChallenge",
    }.ToFrozenSet(StringComparer.Ordinal);

    static readonly ConcurrentDictionary<(string Pattern, string Method), Right?> Known = new();

    /// <summary>Every permission that a policy can name, in alphabetical order.</summary>
    public static IReadOnlyList<string> Grantable { get; } =
        [.. Resources.Values.Append(Plans).Distinct().Where(resource => resource is not (Keys or Accounts)).Order(StringComparer.Ordinal).SelectMany(resource => Actions.Select(action => $"{resource}/{action}"))];

    static readonly FrozenSet<string> GrantableSet = Grantable.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The permission as it is kept; null for what is none. Twilio's have <c>/twilio</c> before them.</summary>
    public static string? Read(string name)
    {
        name = name.StartsWith("/twilio/", StringComparison.Ordinal) ? name["/twilio".Length..] : name;
        return GrantableSet.Contains(name) ? name : null;
    }

    /// <summary>What a request to a route needs; null where nobody has said.</summary>
    public static Right? Of(RouteEndpoint route, string method) =>
        route.RoutePattern.RawText is { } pattern ? Known.GetOrAdd((pattern, method), static key => Find(key.Pattern, key.Method)) : null;

    static Right? Find(string pattern, string method)
    {
        pattern = Parameter().Replace("/" + pattern.Trim('/'), "{}");
        var action = method switch
        {
            "GET" or "HEAD" => "read",
            "DELETE" => "delete",
            "PUT" => "update",
            "POST" => pattern.EndsWith('}') || Settings.Contains(pattern) ? "update" : "create",
            _ => null,
        };
        return action is not null && Resources.TryGetValue(pattern, out var resource) ? new Right($"{resource}/{action}", resource is Keys or Accounts) : null;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
