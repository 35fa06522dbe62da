using System.Text.Json;
using Countersign.Core.Accounts;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>Kinds and policies of keys, as they are written.</summary>
static class KeyForms
{
    /// <summary>Permissions of a key at most, as Twilio has it.</summary>
    public const int MaxPermissions = 100;

    static readonly (string Name, ApiKeyKind Kind)[] Kinds = [("main", ApiKeyKind.Main), ("standard", ApiKeyKind.Standard), ("restricted", ApiKeyKind.Restricted)];

    public static string NameOf(ApiKeyKind kind) => Array.Find(Kinds, known => known.Kind == kind).Name;

    /// <summary>The kind that is asked for; standard, if nothing is said.</summary>
    public static ApiKeyKind Kind(AdminBody body)
    {
        if (body.Text("kind", 1, 16) is not { } text)
        {
            return ApiKeyKind.Standard;
        }

        var kind = Array.Find(Kinds, known => known.Name == text).Kind;
        if (kind == 0)
        {
            body.Invalid("kind", "not_a_choice", "Must be main, standard or restricted.");
        }

        return kind;
    }

    /// <summary><c>{"allow":[…]}</c>, each permission once; null where there is none.</summary>
    public static IReadOnlyList<string>? Policy(AdminBody body)
    {
        var policy = body.Raw("policy");
        if (policy.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        if (policy.ValueKind != JsonValueKind.Object || policy.EnumerateObject().Any(member => member.Name != "allow"))
        {
            body.Invalid("policy", "not_an_object", "Must be an object with the member allow, a list of permissions.");
            return null;
        }

        if (new AdminBody(policy).Texts("allow", MaxPermissions, 100) is not { Count: > 0 } allow)
        {
            body.Invalid("policy", "not_a_list", $"allow must be a list of 1 to {MaxPermissions} permissions.");
            return null;
        }

        var permissions = allow.Select(RoutePermissions.Read).ToList();
        if (permissions.IndexOf(null) is >= 0 and var wrong)
        {
            body.Invalid("policy", "not_a_permission", $"Entry {wrong + 1} of allow is no permission. One looks like /verify/verifications/create; docs/accounts-and-keys.md lists them all.");
            return null;
        }

        return [.. permissions.OfType<string>().Distinct()];
    }
}
