using System.Buffers;
using System.Text;

namespace Countersign.Carriers.Smpp;

/// <summary>The fields of a receipt's text; null for those that are missing or not understood.</summary>
sealed record ReceiptText(string? Id, MessageState? State, string? Error)
{
    static readonly SearchValues<char> Ends = SearchValues.Create(" ;,\0\r\n");

    public static ReceiptText Of(DeliverSm deliver)
    {
        var octets = deliver.Content.Span;
        if ((deliver.EsmClass & EsmClass.HasUserDataHeader) != 0 && octets.Length > 0)
        {
            octets = octets[Math.Min(octets[0] + 1, octets.Length)..];
        }

        // Whatever data_coding says, centres write receipts in ASCII, in which the fields look the same; but for UCS-2.
        return Of(deliver.DataCoding == 8 ? SmppText.Decode(octets, 8)! : Encoding.Latin1.GetString(octets));
    }

    public static ReceiptText Of(string text)
    {
        // What follows is the message's own beginning, which may hold anything.
        var end = Find(text, "text");
        var fields = end < 0 ? text : text[..end];
        var error = Value(fields, "err", 16);
        return new ReceiptText(Value(fields, "id", 64), StateOf(Value(fields, "stat", 16)), error is null || error.All(c => c == '0') ? null : error);
    }

    static MessageState? StateOf(string? word) => word?.ToUpperInvariant() switch
    {
        "ENROUTE" or "BUFFERED" or "SCHEDULED" => MessageState.Enroute,
        "DELIVRD" or "DELIVERED" => MessageState.Delivered,
        "EXPIRED" => MessageState.Expired,
        "DELETED" => MessageState.Deleted,
        "UNDELIV" or "UNDELIVERABLE" or "UNDELIVERED" or "FAILED" => MessageState.Undeliverable,
        "ACCEPTD" or "ACCEPTED" => MessageState.Accepted,
        "REJECTD" or "REJECTED" => MessageState.Rejected,
        "UNKNOWN" => MessageState.Unknown,
        _ => null,
    };

    static string? Value(string fields, string name, int max)
    {
        var at = Find(fields, name);
        if (at < 0)
        {
            return null;
        }

        var rest = fields.AsSpan(at + name.Length + 1).TrimStart(' ');
        var length = rest.IndexOfAny(Ends);
        var value = length < 0 ? rest : rest[..length];

        // An empty field followed by the next one.
        return value.Length == 0 || value.Length > max || value.Contains(':') || value.ContainsAnyExceptInRange('!', '~') ? null : value.ToString();
    }

    /// <summary>Where a field begins that is called so, as a word of its own and with a colon behind it.</summary>
    static int Find(string fields, string name)
    {
        for (var from = 0; ;)
        {
            var at = fields.IndexOf(name + ":", from, StringComparison.OrdinalIgnoreCase);
            if (at <= 0 || fields[at - 1] is ' ' or ';' or ',' or '\n')
            {
                return at;
            }

            from = at + 1;
        }
    }
}
