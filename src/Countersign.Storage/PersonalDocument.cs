using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Countersign.Core;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Storage;

/// <summary>The personal part of a verification as it is sealed: short names, because one lies in every row, and nothing for what is not set.</summary>
sealed record PersonalDocument
{
    [JsonPropertyName("to")]
    public required string To { get; init; }

    [JsonPropertyName("l")]
    public string? Locale { get; init; }

    [JsonPropertyName("n")]
    public string? FriendlyName { get; init; }

    [JsonPropertyName("h")]
    public string? AppHash { get; init; }

    [JsonPropertyName("a")]
    public string? Amount { get; init; }

    [JsonPropertyName("p")]
    public string? Payee { get; init; }

    [JsonPropertyName("s")]
    public Dictionary<string, string>? Substitutions { get; init; }

    [JsonPropertyName("g")]
    public Dictionary<string, string>? Tags { get; init; }

    [JsonPropertyName("i")]
    public string? DeviceIp { get; init; }

    [JsonPropertyName("o")]
    public List<string>? SentFrom { get; init; }

    [JsonPropertyName("d")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SentDevice { get; init; }

    [JsonPropertyName("t")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsTest { get; init; }

    [JsonPropertyName("y")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HasFixedCode { get; init; }

    [JsonPropertyName("hj")]
    public string? Template { get; init; }

    [JsonPropertyName("k")]
    public string? SendDigits { get; init; }

    [JsonPropertyName("f")]
    public List<FallbackDocument>? Fallback { get; init; }

    [JsonPropertyName("w")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int FailedBefore { get; init; }

    [JsonPropertyName("x")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int KnownFailedBefore { get; init; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("m")]
    public long? ForgivenUntil { get; init; }

    [JsonPropertyName("e")]
    public string? KnownNetwork { get; init; }

    [JsonPropertyName("r")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsReserved { get; init; }

    [JsonPropertyName("u")]
    public List<SpentDocument>? Spent { get; init; }

    /// <summary>Score, reasons, action, what would have followed (-1 for nothing), hash of the device; empty where nothing was found.</summary>
    [JsonPropertyName("v")]
    public long[]? Risk { get; init; }

    /// <summary>What nearly every document is, whole: <c>{"to":"…"}</c>. Older ones have the plus sign as an escape.</summary>
    static ReadOnlySpan<byte> Head => "{\"to\":\""u8;

    static ReadOnlySpan<byte> Tail => "\"}"u8;

    /// <summary>The tail of one whose risk was judged, and nothing was found.</summary>
    static ReadOnlySpan<byte> ClearTail => "\",\"v\":[]}"u8;

    static ReadOnlySpan<byte> EscapedPlus => "\\u002B"u8;

    /// <summary>Seals destination and details, bound to the verification's SID.</summary>
    public static byte[] Seal(Sealer sealer, Sid verification, Destination to, VerificationDetails details)
    {
        Span<byte> context = stackalloc byte[16];
        verification.WriteTo(context);
        Span<byte> small = stackalloc byte[64];
        return TryWriteSmall(to, details, small, out var length)
            ? sealer.Seal(small[..length], context)
            : sealer.Seal(JsonSerializer.SerializeToUtf8Bytes(Of(to, details), StorageJson.Default.PersonalDocument), context);
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    public static (Destination To, VerificationDetails Details) Open(Sealer sealer, Sid verification, ReadOnlySpan<byte> sealedBytes)
    {
        Span<byte> context = stackalloc byte[16];
        verification.WriteTo(context);
        var length = sealedBytes.Length - Sealer.Overhead;
        Span<byte> plain = length is >= 0 and <= 256 ? stackalloc byte[length] : new byte[Math.Max(0, length)];
        sealer.Open(sealedBytes, context, plain);
        return TryReadSmall(plain, out var number, out var few) ? (number, few) : Read(JsonSerializer.Deserialize(plain, StorageJson.Default.PersonalDocument)!);
    }

    /// <summary>Writes a number about which nothing else was said. Numbers hold nothing that JSON would have to escape.</summary>
    static bool TryWriteSmall(Destination to, VerificationDetails details, Span<byte> bytes, out int length)
    {
        length = 0;
        var isClear = details == VerificationDetails.Clear;
        if (to is not PhoneNumber || (!isClear && details != VerificationDetails.Nothing))
        {
            return false;
        }

        var tail = isClear ? ClearTail : Tail;

        Head.CopyTo(bytes);
        length = Head.Length + Encoding.ASCII.GetBytes(to.Reveal(), bytes[Head.Length..]);
        tail.CopyTo(bytes[length..]);
        length += tail.Length;
        return true;
    }

    /// <summary>Reads a number about which nothing else was said; whatever looks otherwise is left to the reader of JSON.</summary>
    static bool TryReadSmall(ReadOnlySpan<byte> plain, [NotNullWhen(true)] out Destination? to, out VerificationDetails details)
    {
        to = null;
        var isClear = plain.EndsWith(ClearTail);
        details = isClear ? VerificationDetails.Clear : VerificationDetails.Nothing;
        var tail = isClear ? ClearTail : Tail;
        if (!plain.StartsWith(Head) || !plain.EndsWith(tail) || plain.Length < Head.Length + tail.Length)
        {
            return false;
        }

        var value = plain[Head.Length..^tail.Length];
        var digits = value.StartsWith("+"u8) ? value[1..] : value.StartsWith(EscapedPlus) ? value[EscapedPlus.Length..] : default;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        Span<char> text = stackalloc char[1 + digits.Length];
        text[0] = '+';
        Encoding.ASCII.GetChars(digits, text[1..]);
        to = Destination.Restore(new string(text));
        return true;
    }

    static PersonalDocument Of(Destination to, VerificationDetails details) => new()
    {
        To = to.Reveal(),
        Locale = details.Locale,
        FriendlyName = details.CustomFriendlyName,
        AppHash = details.AppHash,
        Amount = details.Amount,
        Payee = details.Payee,
        Substitutions = details.Substitutions?.ToDictionary(),
        Tags = details.Tags?.ToDictionary(),
        DeviceIp = details.DeviceIp,
        SentFrom = details.Origins?.Addresses.ToList(),
        SentDevice = (long)(details.Origins?.Device ?? 0),
        IsTest = details.IsTest,
        HasFixedCode = details.HasFixedCode,
        Template = details.TemplateSid?.ToString(),
        SendDigits = details.SendDigits,
        Fallback = FallbackDocument.Of(details.Fallback),
        FailedBefore = details.FailedBefore,
        KnownFailedBefore = details.KnownFailedBefore,
        ForgivenUntil = details.ForgivenUntil?.ToUnixTimeMilliseconds(),
        KnownNetwork = details.KnownNetwork,
        IsReserved = details.IsReserved,
        Spent = details.Spent?.Select(static one => new SpentDocument { Id = one.Id, Expires = one.Expires }).ToList(),
        Risk = details.Risk is { } risk ? risk == RiskAssessment.Clear ? [] : [risk.Score, (long)risk.Reasons, (long)risk.Action, (long?)risk.Watched ?? -1, (long)risk.Device] : null,
    };

    static (Destination To, VerificationDetails Details) Read(PersonalDocument document) => (Destination.Restore(document.To), new VerificationDetails
    {
        Locale = document.Locale,
        CustomFriendlyName = document.FriendlyName,
        AppHash = document.AppHash,
        Amount = document.Amount,
        Payee = document.Payee,
        Substitutions = document.Substitutions,
        Tags = document.Tags,
        DeviceIp = document.DeviceIp,
        Origins = document.SentFrom is { Count: > 0 } from ? new SendOrigins(from, (ulong)document.SentDevice) : null,
        IsTest = document.IsTest,
        HasFixedCode = document.HasFixedCode,
        TemplateSid = Sid.TryParse(document.Template, "HJ", out var template) ? template : null,
        SendDigits = document.SendDigits,
        Fallback = FallbackDocument.Read(document.Fallback),
        FailedBefore = document.FailedBefore,
        KnownFailedBefore = document.KnownFailedBefore,
        ForgivenUntil = document.ForgivenUntil is { } forgiven ? DateTimeOffset.FromUnixTimeMilliseconds(forgiven) : null,
        KnownNetwork = document.KnownNetwork,
        IsReserved = document.IsReserved,
        Spent = document.Spent?.ConvertAll(static one => new SpentId(one.Id, one.Expires)),
        Risk = document.Risk is [] ? RiskAssessment.Clear : document.Risk is [var score, var reasons, var action, var watched, var device]
            ? new RiskAssessment((int)score, (RiskReason)reasons, (RiskAction)action, watched < 0 ? null : (RiskAction)watched, (ulong)device)
            : null,
    });
}

/// <summary>A challenge that was spent on a destination.</summary>
sealed record SpentDocument
{
    [JsonPropertyName("i")]
    public ulong Id { get; set; }

    [JsonPropertyName("x")]
    public long Expires { get; set; }
}
