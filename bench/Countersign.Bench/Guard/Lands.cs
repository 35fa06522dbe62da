using System.Globalization;

namespace Countersign.Bench.Guard;

/// <summary>A country as the simulator fills it: the mobile ranges that it has, without any claim about who holds them.</summary>
/// <param name="Code">ISO 3166-1 alpha-2.</param>
/// <param name="Calling">Calling code.</param>
/// <param name="Leads">What mobile numbers start with after it.</param>
/// <param name="Digits">Digits of a national number.</param>
/// <param name="Hours">Hours ahead of UTC.</param>
sealed record Land(string Code, int Calling, string[] Leads, int Digits, double Hours);

/// <summary>Countries that services are at home in, and countries that pumped traffic goes to. Some are both.</summary>
static class Lands
{
    public static readonly Land[] All =
    [
        new("US", 1, ["212", "303", "312", "415", "512", "617", "702", "786"], 10, -6), new("GB", 44, ["74", "75", "77", "78", "79"], 10, 0),
        new("DE", 49, ["151", "160", "170", "176"], 11, 1), new("FR", 33, ["61", "66", "76"], 9, 1), new("ES", 34, ["60", "65", "69"], 9, 1),
        new("IT", 39, ["32", "33", "34", "38"], 10, 1), new("NL", 31, ["61", "64"], 9, 1), new("SE", 46, ["70", "73", "76"], 9, 1),
        new("PL", 48, ["50", "60", "66", "72"], 9, 1), new("BR", 55, ["119", "219", "319"], 11, -3), new("MX", 52, ["55", "33", "81"], 10, -6),
        new("IN", 91, ["98", "99", "87", "70"], 10, 5.5), new("ID", 62, ["811", "812", "857"], 11, 7), new("PH", 63, ["917", "905", "920"], 10, 8),
        new("VN", 84, ["90", "91", "35"], 9, 7), new("NG", 234, ["803", "806", "810", "703"], 10, 1), new("KE", 254, ["71", "72", "79"], 9, 3),
        new("PK", 92, ["300", "321", "345"], 10, 5), new("BD", 880, ["171", "181", "191"], 10, 6), new("LK", 94, ["71", "77"], 9, 5.5),
        new("UZ", 998, ["90", "93", "97"], 9, 5), new("AZ", 994, ["50", "55"], 9, 4), new("TJ", 992, ["92", "93"], 9, 5), new("KG", 996, ["70", "77"], 9, 6),
        new("GE", 995, ["55", "59"], 9, 4), new("ET", 251, ["91", "92"], 9, 3), new("SN", 221, ["77", "78"], 9, 0), new("TN", 216, ["20", "50"], 8, 1),
        new("DZ", 213, ["55", "66", "77"], 9, 1), new("IQ", 964, ["770", "780"], 10, 3), new("JO", 962, ["77", "79"], 9, 3), new("PS", 970, ["59", "56"], 9, 2),
        new("MM", 95, ["92", "97"], 10, 6.5), new("EG", 20, ["100", "111"], 10, 2), new("CO", 57, ["300", "310"], 10, -5), new("PE", 51, ["91", "98"], 9, -5),
        new("CU", 53, ["52", "53"], 8, -5), new("MG", 261, ["32", "34"], 9, 3), new("MZ", 258, ["82", "84"], 9, 2), new("MR", 222, ["22", "36"], 8, 0),
    ];

    /// <summary>Countries that pumped traffic is often reported from; the others above are where ordinary services have their people.</summary>
    public static readonly int HomeCount = 16;

    /// <summary>A number in a range: the range's digits, then any.</summary>
    public static string Number(Land land, string range, Rng rng)
    {
        var text = new char[1 + land.Calling.ToString(CultureInfo.InvariantCulture).Length + land.Digits];
        var start = Prefix(land, range);
        start.CopyTo(0, text, 0, start.Length);
        for (var i = start.Length; i < text.Length; i++)
            text[i] = (char)('0' + rng.Below(10));
        return new string(text);
    }

    /// <summary>The <paramref name="index"/>th number of a range.</summary>
    public static string NumberAt(Land land, string range, long index)
    {
        var start = Prefix(land, range);
        var free = land.Digits - range.Length;
        return start + (index % (long)Math.Pow(10, free)).ToString(CultureInfo.InvariantCulture).PadLeft(free, '0');
    }

    /// <summary>A range of ten to the power of <paramref name="free"/> numbers below one that begins with one of the country's leads.</summary>
    public static string Range(Land land, int free, Rng rng)
    {
        var lead = rng.Of(land.Leads);
        while (lead.Length < land.Digits - free)
            lead += (char)('0' + rng.Below(10));
        return lead[..(land.Digits - free)];
    }

    public static string Prefix(Land land, string range) => string.Create(CultureInfo.InvariantCulture, $"+{land.Calling}{range}");
}
