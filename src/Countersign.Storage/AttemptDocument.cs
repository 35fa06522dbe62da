using System.Text.Json;
using System.Text.Json.Serialization;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Storage;

/// <summary>One carrier's turn as JSON: short names, since every message has at least one.</summary>
sealed record TryDocument
{
    [JsonPropertyName("c")]
    public string Carrier { get; set; } = "";

    [JsonPropertyName("t")]
    public long At { get; set; }

    [JsonPropertyName("ms")]
    public int Milliseconds { get; set; }

    [JsonPropertyName("e")]
    public int? Error { get; set; }

    [JsonPropertyName("x")]
    public string? CarrierCode { get; set; }

    [JsonPropertyName("w")]
    public string Reason { get; set; } = "";

    [JsonPropertyName("id")]
    public string? CarrierMessageId { get; set; }

    [JsonPropertyName("o")]
    public int? LeftOut { get; set; }

    /// <summary>The tries as JSON; null where only the sandbox was tried and took it at once (<see cref="SendTry.OfSandbox"/>), of which there is nothing to tell.</summary>
    public static string? Write(IReadOnlyList<SendTry> tries) =>
        tries.Count == 0 || tries is [{ Carrier: CarrierDirectory.SandboxName, Error: null, Milliseconds: 0 }] ? null : JsonSerializer.Serialize(
            [.. tries.Select(tried => new TryDocument
            {
                Carrier = tried.Carrier,
                At = tried.At.ToUnixTimeMilliseconds(),
                Milliseconds = tried.Milliseconds,
                Error = (int?)tried.Error,
                CarrierCode = tried.CarrierCode,
                Reason = tried.Reason,
                CarrierMessageId = tried.CarrierMessageId,
                LeftOut = tried.LeftOut > 0 ? tried.LeftOut : null,
            })],
            StorageJson.Default.ListTryDocument);

    public static IReadOnlyList<SendTry> Read(string json) =>
        JsonSerializer.Deserialize(json, StorageJson.Default.ListTryDocument)!.ConvertAll(document => new SendTry(
            document.Carrier, DateTimeOffset.FromUnixTimeMilliseconds(document.At), document.Milliseconds, (DeliveryError?)document.Error, document.CarrierCode, document.Reason)
        {
            CarrierMessageId = document.CarrierMessageId,
            LeftOut = document.LeftOut ?? 0,
        });
}

/// <summary>What a carrier charged, and the network that it reached, as JSON.</summary>
sealed record ChargeDocument
{
    public decimal? Price { get; set; }

    public string? Currency { get; set; }

    public string? Mcc { get; set; }

    public string? Mnc { get; set; }

    public static string? Write(AttemptRecord attempt) =>
        attempt is { Price: null, MobileCountryCode: null, MobileNetworkCode: null } ? null : JsonSerializer.Serialize(
            new ChargeDocument { Price = attempt.Price, Currency = attempt.Currency, Mcc = attempt.MobileCountryCode, Mnc = attempt.MobileNetworkCode },
            StorageJson.Default.ChargeDocument);
}

/// <summary>A receipt that waits for its attempt, as JSON.</summary>
sealed record ReceiptDocument
{
    public int Status { get; set; }

    public int? Error { get; set; }

    public string? CarrierCode { get; set; }

    public decimal? Price { get; set; }

    public string? Currency { get; set; }

    public string? Mcc { get; set; }

    public string? Mnc { get; set; }

    public static string Write(Receipt receipt) => JsonSerializer.Serialize(
        new ReceiptDocument
        {
            Status = (int)receipt.Status,
            Error = (int?)receipt.Error,
            CarrierCode = receipt.CarrierCode,
            Price = receipt.Price,
            Currency = receipt.Currency,
            Mcc = receipt.MobileCountryCode,
            Mnc = receipt.MobileNetworkCode,
        },
        StorageJson.Default.ReceiptDocument);

    public static Receipt Read(string json)
    {
        var document = JsonSerializer.Deserialize(json, StorageJson.Default.ReceiptDocument)!;
        return new Receipt
        {
            Status = (ReceiptStatus)document.Status,
            Error = (DeliveryError?)document.Error,
            CarrierCode = document.CarrierCode,
            Price = document.Price,
            Currency = document.Currency,
            MobileCountryCode = document.Mcc,
            MobileNetworkCode = document.Mnc,
        };
    }
}
