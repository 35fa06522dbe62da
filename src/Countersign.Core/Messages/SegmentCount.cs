namespace Countersign.Core.Messages;

/// <summary>How a text is charged (3GPP TS 23.038, 23.040).</summary>
/// <param name="Encoding">The narrower of the two encodings that can carry the text.</param>
/// <param name="Units">Septets for GSM-7 (extension characters count two), UTF-16 code units for UCS-2.</param>
/// <param name="Segments">Messages on the wire: 160 or 70 units alone, 153 or 67 each when joined.</param>
public readonly record struct SegmentCount(SmsEncoding Encoding, int Units, int Segments);

/// <summary>The alphabets of a short message.</summary>
public enum SmsEncoding
{
    /// <summary>GSM 7-bit default alphabet with its extension table.</summary>
    Gsm7 = 1,

    /// <summary>UTF-16.</summary>
    Ucs2 = 2,
}
