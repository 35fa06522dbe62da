using System.Text.RegularExpressions;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>Reads what a push credential is made of.</summary>
static partial class PushCredentialForms
{
    public static readonly string[] Names = ["type", "friendly_name", "service_account", "key", "sandbox", "host"];

    /// <summary>The credential; null where the body has an error now.</summary>
    public static PushCredential? Read(AdminBody body, AddressRules rules, Sid sid, Sid account, DateTimeOffset now)
    {
        var type = body.Text("type", 1, 8);
        var friendlyName = body.Text("friendly_name", 0, 64) ?? "";
        var host = body.Text("host", 1, ReceiverAddress.MaxLength);
        var sandbox = body.Flag("sandbox");
        if (body.Error is null && type is not ("fcm" or "apn"))
        {
            body.Invalid("type", "not_a_choice", "Must be fcm or apn.");
        }

        if (host is not null)
        {
            CheckAddress(body, "host", host, rules);
            if (body.Error is null && new Uri(host) is var address && (address.PathAndQuery != "/" || host.Contains('?', StringComparison.Ordinal)))
            {
                body.Invalid("host", "not_a_url", "Must be a scheme, a host and perhaps a port, without a path.");
            }
        }

        var (unused, unusedFlag) = type == "fcm" ? ("key", sandbox is not null) : ("service_account", false);
        if (body.Has(unused) || unusedFlag)
        {
            body.Invalid(unusedFlag ? "sandbox" : unused, "invalid_setting", $"Means nothing for {type}.");
        }

        var members = body.TextMap(type == "fcm" ? "service_account" : "key", 32, PushPrivateKey.MaxLength) ?? new Dictionary<string, string?>();
        var made = type == "fcm"
            ? new PushCredential { Sid = sid, AccountSid = account, FriendlyName = friendlyName, Host = host, CreatedAt = now, PrivateKey = Key(members), Fcm = ReadFcm(body, members, rules) }
            : new PushCredential { Sid = sid, AccountSid = account, FriendlyName = friendlyName, Host = host, CreatedAt = now, PrivateKey = Key(members), Apn = ReadApn(body, members, sandbox ?? false) };
        if (body.Error is null && !(made.Fcm is not null ? made.PrivateKey.IsRsa : made.PrivateKey.IsP256))
        {
            body.Invalid(
                made.Fcm is not null ? "service_account.private_key" : "key.private_key", "invalid_setting",
                made.Fcm is not null ? "Must be a private RSA key in PEM, as Google's file has it." : "Must be a private key on P-256 in PEM: what Apple's .p8 file holds.");
        }

        return body.Error is null ? made : null;
    }

    static FcmAccount ReadFcm(AdminBody body, IReadOnlyDictionary<string, string?> members, AddressRules rules)
    {
        var tokens = members.GetValueOrDefault("token_uri") ?? FcmAccount.GoogleTokens;
        CheckAddress(body, "service_account.token_uri", tokens, rules);
        return new FcmAccount
        {
            ProjectId = Member(body, "service_account", members, "project_id", ProjectPattern())!,
            ClientEmail = Member(body, "service_account", members, "client_email", MailPattern())!,
            KeyId = members.GetValueOrDefault("private_key_id") is null ? null : Member(body, "service_account", members, "private_key_id", KeyPattern()),
            TokenUri = tokens,
        };
    }

    static ApnKey ReadApn(AdminBody body, IReadOnlyDictionary<string, string?> members, bool sandbox)
    {
        if (members.Keys.FirstOrDefault(name => name is not ("team_id" or "key_id" or "bundle_id" or "private_key")) is not null)
        {
            body.Invalid("key", "invalid_setting", "Its members are team_id, key_id, bundle_id and private_key.");
        }

        return new ApnKey
        {
            TeamId = Member(body, "key", members, "team_id", KeyPattern())!,
            KeyId = Member(body, "key", members, "key_id", KeyPattern())!,
            BundleId = Member(body, "key", members, "bundle_id", BundlePattern())!,
            Sandbox = sandbox,
        };
    }

    static PushPrivateKey Key(IReadOnlyDictionary<string, string?> members) => new(members.GetValueOrDefault("private_key") ?? "");

    static string? Member(AdminBody body, string of, IReadOnlyDictionary<string, string?> members, string name, Regex pattern)
    {
        var text = members.GetValueOrDefault(name);
        if (text is null || !pattern.IsMatch(text))
        {
            body.Invalid($"{of}.{name}", text is null ? "missing" : "invalid_setting", text is null ? "It is needed." : "It does not look like one.");
        }

        return text;
    }

    /// <summary>Tokens and assertions go there: never in clear over a network.</summary>
    static void CheckAddress(AdminBody body, string name, string text, AddressRules rules)
    {
        if (ReceiverAddress.ProblemOf(text, rules) is var (reason, explanation))
        {
            body.Invalid(name, reason, explanation);
        }
        else if (new Uri(text) is { Scheme: "http", IsLoopback: false })
        {
            body.Invalid(name, "not_a_url", "Must be an https address; http only to this machine itself.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9.:-]{0,63}\z")]
    private static partial Regex ProjectPattern();

    [GeneratedRegex(@"\A[!-?A-~]{1,200}@[A-Za-z0-9.-]{1,100}\z")]
    private static partial Regex MailPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9]{1,64}\z")]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9.-]{0,154}\z")]
    private static partial Regex BundlePattern();
}
