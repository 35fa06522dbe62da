using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.GenericHttp;

/// <summary>How to tell a described carrier's receipts from others', and how to read them. Without protection there are none.</summary>
sealed class GenericHttpReceipts(CarrierSettings settings, AnswerRules answers)
{
    readonly string _protection = settings.Text("receipt_protection");
    readonly string _secret = settings.Find("receipt_secret") ?? "";
    readonly string _tokenParameter = settings.Text("receipt_token_parameter");
    readonly string _format = settings.Text("receipt_format");
    readonly Dictionary<string, ReceiptStatus> _statuses =
        Lines.Pairs(settings.Find("receipt_statuses"), '=').ToDictionary(pair => pair.Name, pair => Statuses[pair.Value!], StringComparer.OrdinalIgnoreCase);

    /// <summary>What a description may map statuses to.</summary>
    public static readonly IReadOnlyDictionary<string, ReceiptStatus> Statuses = new Dictionary<string, ReceiptStatus>
    {
        ["sent"] = ReceiptStatus.Sent,
        ["undelivered"] = ReceiptStatus.Undelivered,
        ["delivered"] = ReceiptStatus.Delivered,
        ["read"] = ReceiptStatus.Read,
    };

    /// <summary>What {callback_url} is: empty where no receipts are accepted.</summary>
    public string AddressOf(Uri? callback) =>
        callback is null || _protection == "off" ? ""
        : _protection == "token" ? $"{callback.AbsoluteUri}?{Uri.EscapeDataString(_tokenParameter)}={Uri.EscapeDataString(_secret)}"
        : callback.AbsoluteUri;

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (_protection == "off" || request.Rest.Length > 0)
        {
            return CallbackOutcome.NotExpected;
        }

        if (!IsGenuine(request))
        {
            return new CallbackOutcome.Forged(_protection == "hmac" ? "wrong_signature" : "wrong_secret");
        }

        if (_format != "json")
        {
            var fields = _format == "form" ? request.Form : request.Query;
            return Understand([name => fields.FirstOrDefault(field => field.Key == name).Value]);
        }

        var json = VendorJson.Parse(request.Body);
        return json.ValueKind is not JsonValueKind.Object and not JsonValueKind.Array ? new CallbackOutcome.Malformed("not_json")
            : settings.Find("receipt_list") is { } list ? Understand(json.ListAt(list == "." ? "" : list).Select(item => (Func<string, string?>)(path => item.ScalarAt(path))))
            : Understand([path => json.ScalarAt(path)]);
    }

    bool IsGenuine(CallbackRequest request)
    {
        switch (_protection)
        {
            case "token":
                return SignatureText.Same(request.Query.FirstOrDefault(field => field.Key == _tokenParameter).Value, _secret);
            case "basic":
                return SignatureText.Same(request.Header("Authorization"), CarrierHttp.Basic(settings.Find("receipt_user") ?? "", _secret).ToString());
            default:
                var prefix = settings.Find("receipt_hmac_prefix") ?? "";
                var given = request.Header(settings.Text("receipt_hmac_header"));
                return given is not null && given.StartsWith(prefix, StringComparison.Ordinal) && IsHmac(given[prefix.Length..], request.Body.Span);
        }
    }

    bool IsHmac(string given, ReadOnlySpan<byte> body)
    {
        var key = Encoding.UTF8.GetBytes(_secret);
        var expected = settings.Text("receipt_hmac_algorithm") switch
        {
            "sha512" => HMACSHA512.HashData(key, body),
#pragma warning disable CA5350 // The carrier chose it, and as an HMAC it still holds.
            "sha1" => HMACSHA1.HashData(key, body),
#pragma warning restore CA5350
            _ => HMACSHA256.HashData(key, body),
        };
        return settings.Text("receipt_hmac_encoding") == "base64" ? SignatureText.IsBase64(given, expected) : SignatureText.IsHex(given, expected);
    }

    CallbackOutcome Understand(IEnumerable<Func<string, string?>> items)
    {
        var receipts = new List<Receipt>();
        foreach (var valueOf in items)
        {
            var id = settings.Find("receipt_id") is { } idPath ? CarrierWords.Id(valueOf(idPath)) : null;
            var attempt = settings.Find("receipt_attempt") is { } attemptPath && Sid.TryParse(valueOf(attemptPath), "VL", out var sid) ? sid : (Sid?)null;
            if (valueOf(settings.Text("receipt_status")) is not { } value || (id is null && attempt is null))
            {
                return new CallbackOutcome.Malformed("missing_field");
            }

            if (_statuses.TryGetValue(value, out var status))
            {
                var code = status == ReceiptStatus.Undelivered && settings.Find("receipt_error") is { } errorPath ? Refusals.Code(valueOf(errorPath)) : null;
                receipts.Add(new Receipt
                {
                    AttemptSid = attempt,
                    CarrierMessageId = id,
                    Status = status,
                    Error = status == ReceiptStatus.Undelivered ? answers.ErrorOf(code) : null,
                    CarrierCode = code,
                });
            }
        }

        return new CallbackOutcome.Understood(receipts);
    }
}
