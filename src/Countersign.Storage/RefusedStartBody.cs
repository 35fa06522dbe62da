using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Privacy;

namespace Countersign.Storage;

/// <summary>What a refused start is beyond whose it is and when: nothing that is looked for by itself. Sealed in the rows of both stores, since a masked number tells something of the whole.</summary>
sealed record RefusedStartBody
{
    public string To { get; set; } = "";

    public string Country { get; set; } = "";

    public int? Channel { get; set; }

    public int Code { get; set; }

    public string Reason { get; set; } = "";

    public string Details { get; set; } = "{}";

    public static byte[] Seal(Sealer sealer, RefusedStart refusal)
    {
        var body = new RefusedStartBody
        {
            To = refusal.MaskedTo,
            Country = refusal.Country,
            Channel = (int?)refusal.Channel,
            Code = refusal.Code,
            Reason = refusal.Reason,
            Details = refusal.Details,
        };
        return sealer.Seal(JsonSerializer.SerializeToUtf8Bytes(body, StorageJson.Default.RefusedStartBody), ContextOf(refusal.ServiceSid, refusal.Destination, refusal.At));
    }

    /// <summary>The entry of a row; null for one that cannot be read, which then is left out of its page: it is one of many, and says nothing that anybody acts on.</summary>
    public static RefusedStart? Open(Sealer sealer, Sid account, Sid service, UInt128 destination, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        RefusedStartBody? read;
        try
        {
            read = JsonSerializer.Deserialize(sealer.Open(body, ContextOf(service, destination, at)), StorageJson.Default.RefusedStartBody);
        }
        catch (Exception problem) when (problem is JsonException or CryptographicException)
        {
            return null;
        }

        return read is null ? null : new RefusedStart
        {
            AccountSid = account,
            ServiceSid = service,
            Destination = destination,
            At = at,
            MaskedTo = read.To,
            Country = read.Country,
            Channel = (Channel?)read.Channel,
            Code = read.Code,
            Reason = read.Reason,
            Details = read.Details,
        };
    }

    static byte[] ContextOf(Sid service, UInt128 destination, DateTimeOffset at) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"refused_start/{service}/{destination:x32}/{at.ToUnixTimeMilliseconds()}"));
}
