using System.Globalization;

namespace Countersign.Carriers.Smpp;

/// <summary>How a receipt's text writes the id that submit_sm_resp gave.</summary>
public enum ReceiptIdFormat
{
    /// <summary>Alike, but for zeros in front of a number: receipts often have ten digits.</summary>
    Same,

    /// <summary>Hexadecimal, where submit_sm_resp's is decimal.</summary>
    HexToDecimal,

    /// <summary>Decimal, where submit_sm_resp's is hexadecimal.</summary>
    DecimalToHex,
}

/// <summary>
/// Brings the ids of submit_sm_resp and of receipts into one form, so that they can be compared: without leading zeros, hexadecimal in lower case. What is no number of
/// at most 128 bits stays as it is.
/// </summary>
public static class MessageIds
{
    public static string OfResponse(string id, ReceiptIdFormat format) => format switch
    {
        ReceiptIdFormat.HexToDecimal => Decimal(id, NumberStyles.None),
        ReceiptIdFormat.DecimalToHex => Hex(id, NumberStyles.AllowHexSpecifier),
        _ => Alike(id),
    };

    public static string OfReceipt(DeliveryReceipt receipt, ReceiptIdFormat format) => format switch
    {
        _ when receipt.IsIdOfParameter => OfResponse(receipt.MessageId, format),
        ReceiptIdFormat.HexToDecimal => Decimal(receipt.MessageId, NumberStyles.AllowHexSpecifier),
        ReceiptIdFormat.DecimalToHex => Hex(receipt.MessageId, NumberStyles.None),
        _ => Alike(receipt.MessageId),
    };

    static string Alike(string id) => id.All(char.IsAsciiDigit) && id.TrimStart('0') is { Length: > 0 } number ? number : id;

    static string Decimal(string id, NumberStyles styles) =>
        UInt128.TryParse(id, styles, CultureInfo.InvariantCulture, out var number) ? number.ToString(CultureInfo.InvariantCulture) : id;

    static string Hex(string id, NumberStyles styles) =>
        UInt128.TryParse(id, styles, CultureInfo.InvariantCulture, out var number) ? number.ToString("x", CultureInfo.InvariantCulture) : id;
}
