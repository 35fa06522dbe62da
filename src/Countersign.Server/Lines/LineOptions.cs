namespace Countersign.Server.Lines;

/// <summary>Where carriers and SIMs of numbers are known from, section <c>Countersign:Lookup</c>. As shipped only the public numbering plans are, which name no carrier.</summary>
public sealed class LineOptions
{
    /// <summary>A table of ranges, CSV with the columns <c>prefix,mcc,mnc,carrier,type</c>. Default none.</summary>
    public string? Ranges { get; set; }

    /// <summary>A server that speaks Twilio's Lookup v2, such as <c>https://lookups.twilio.com</c>, asked when Lookup is. Default none.</summary>
    public string? Server { get; set; }

    /// <summary>Its user: for Twilio the Account SID or an API key.</summary>
    public string? User { get; set; }

    /// <summary>Its password: for Twilio the Auth Token or the key's secret.</summary>
    public string? Password { get; set; }

    /// <summary>Milliseconds that it has for an answer, 100 to 30,000. Default 3,000.</summary>
    public int TimeoutMilliseconds { get; set; } = 3000;

    /// <summary>Numbers that one account may have it asked about in any minute, 0 to 1,000,000. Default 120; 0 for no limit.</summary>
    public int AccountPerMinute { get; set; } = 120;
}
