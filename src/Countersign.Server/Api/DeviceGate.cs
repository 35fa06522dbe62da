using System.Collections.Frozen;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Factors;
using Countersign.Core.Services;

namespace Countersign.Server.Api;

/// <summary>
/// Lets apps in that sign in as <c>token</c>, as the SDKs for Twilio Verify Push do: with an access token to make a factor, later with a token that the device signed itself. Only
/// a handful of paths below one entity open to them; which of it they may see is for the endpoints to say (<see cref="DeviceCaller"/>).
/// </summary>
sealed class DeviceGate(AccessTokenSeal seal, AuthenticateDevice devices, IServiceStore services, IAccountStore accounts)
{
    /// <summary>The user that stands for a device.</summary>
    public const string User = "token";

    /// <summary>Whose request it is; null where the token is not right, or does not open this path.</summary>
    public async ValueTask<Caller?> LetInAsync(HttpContext context, string token)
    {
        // Of the path as routing will read it.
        if (context.Request.Path.Value?.Split('/') is not ["", var version, var collection, var service, var entities, var person, var below, .. var rest]
            || !Is(version, "v2") || !Is(collection, "Services") || !Is(entities, "Entities")
            || !Sid.TryParse(service, "VA", out var serviceSid) || !EntityIdentity.TryParse(person, out var identity))
        {
            return null;
        }

        var device = Opens(context.Request.Method, below, rest) switch
        {
            Way.MakesFactor when seal.Read(token) is { } read => new DeviceCaller(read, null),
            // The service first, which is in memory: nobody without credentials is to reach the store by making services up.
            Way.OfFactor when await services.FindAsync(serviceSid, context.RequestAborted) is { AccountSid: var owner }
                && await devices.RunAsync(owner, serviceSid, identity, token, context.RequestAborted) is { } factor => new DeviceCaller(null, factor),
            _ => null,
        };
        if (device is null)
        {
            return null;
        }

        context.Features.Set(device);
        // What it may do is told by the paths above, and by the endpoints.
        var account = device.Token?.AccountSid ?? device.Factor!.AccountSid;
        var isActive = await accounts.FindAccountAsync(account, context.RequestAborted) is { Status: AccountStatus.Active };
        return new Caller(new Access(account, ApiKeyKind.Standard, FrozenSet<string>.Empty) { IsInactive = !isActive });
    }

    static Way Opens(string method, string below, string[] rest) => (method, rest) switch
    {
        ("POST", []) when Is(below, "Factors") => Way.MakesFactor,
        ("GET" or "POST" or "DELETE", [{ Length: > 0 }]) when Is(below, "Factors") => Way.OfFactor,
        ("GET", []) when Is(below, "Challenges") => Way.OfFactor,
        ("GET" or "POST", [{ Length: > 0 }]) when Is(below, "Challenges") => Way.OfFactor,
        _ => Way.Closed,
    };

    static bool Is(string part, string name) => part.Equals(name, StringComparison.OrdinalIgnoreCase);

    enum Way
    {
        Closed,
        MakesFactor,
        OfFactor,
    }
}
