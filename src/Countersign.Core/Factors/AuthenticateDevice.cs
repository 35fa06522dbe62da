using System.Text.Json;

namespace Countersign.Core.Factors;

/// <summary>
/// Tells which push factor a request comes from. The SDKs sign a token of their own for each request: who it is for (<c>sub</c>, the account), from when to when
/// (<c>nbf</c>, <c>exp</c>), with the key that <c>kid</c> names. Such a token opens what its own factor may see and do, of one entity, and nothing else.
/// </summary>
public sealed class AuthenticateDevice(IEntityStore store, EntityIndex index, TimeProvider time)
{
    /// <summary>What the SDKs say of their tokens.</summary>
    const string ContentType = "twilio-pba;v=1";

    /// <summary>How long a token may be good for at most, from now: the SDKs say ten minutes.</summary>
    static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(15);

    /// <summary>By how much a device's clock may be ahead or behind.</summary>
    static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    /// <summary>The factor of the entity that signed the token; null where none did. The store is asked only for a token that says whose service it is for.</summary>
    /// <param name="account">The account that has the service.</param>
    /// <param name="service">The service.</param>
    /// <param name="identity">The entity's.</param>
    /// <param name="token">What the device made.</param>
    /// <param name="ct">Ends the look into the store.</param>
    /// <exception cref="Verifications.StoreUnavailableException">The store failed.</exception>
    public async ValueTask<Factor?> RunAsync(Sid account, Sid service, EntityIdentity identity, string token, CancellationToken ct)
    {
        if (DeviceJwt.Parse(token) is not { } jwt || Text(jwt.Header, "cty") != ContentType || !Sid.TryParse(Text(jwt.Header, "kid"), "CR", out var credential) || !IsNow(jwt.Payload)
            || Text(jwt.Payload, "sub") != account.ToString())
        {
            return null;
        }

        var state = await store.ReadAsync(index.Of(service, identity), new EntityRead(Only: FactorType.Push), ct);
        var factor = state.Factors.FirstOrDefault(factor => factor.Push?.CredentialSid == credential);
        return factor is not null && jwt.IsSignedBy(factor.Push!.PublicKey) && factor.AccountSid == account ? factor : null;
    }

    bool IsNow(JsonElement payload)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        return Number(payload, "exp") is { } end && Number(payload, "nbf") is { } from
            && end > now - Leeway.TotalSeconds && end <= now + LongestLife.TotalSeconds && from <= now + Leeway.TotalSeconds;
    }

    static string? Text(JsonElement from, string name)
    {
        try
        {
            return from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of code units, or bytes that are not UTF-8.
            return null;
        }
    }

    // The SDK for iOS writes fractions of seconds.
    static double? Number(JsonElement from, string name) => from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : null;
}
