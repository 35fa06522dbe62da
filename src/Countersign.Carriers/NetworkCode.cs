namespace Countersign.Carriers;

/// <summary>Mobile country and network codes in one (ITU-T E.212): three digits, then two or three.</summary>
static class NetworkCode
{
    /// <summary>The two parts; nulls for anything else.</summary>
    public static (string? Country, string? Network) Split(string? code) =>
        code is { Length: 5 or 6 } && code.All(char.IsAsciiDigit) ? (code[..3], code[3..]) : (null, null);

    /// <summary>One of the parts by itself, of two or three digits.</summary>
    public static string? Part(string? code) => code is { Length: 2 or 3 } && code.All(char.IsAsciiDigit) ? code : null;
}
