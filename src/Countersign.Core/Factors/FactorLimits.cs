namespace Countersign.Core.Factors;

/// <summary>What bounds factors.</summary>
public static class FactorLimits
{
    /// <summary>TOTP and push factors of one entity.</summary>
    public const int MaxTotp = 100, MaxPush = 20;

    /// <summary>Factors that are made for one entity in a day, those that were deleted again included.</summary>
    public const int MaxMadeInADay = 100;

    /// <summary>Wrong codes with which somebody may try to verify a TOTP factor.</summary>
    public const int MaxTries = 5;

    /// <summary>Wrong codes in a row, over all challenges of a factor: as many as NIST SP 800-63B allows. After that it answers no more.</summary>
    public const int MaxFailuresInARow = 100;

    /// <summary>Characters of a friendly name, of metadata, of an app's id.</summary>
    public const int MaxFriendlyName = 64, MaxMetadata = 1024, MaxAppId = 100;

    /// <summary>Characters of what a device is reached by.</summary>
    public const int MinToken = 32, MaxToken = 255;

    /// <summary>A day.</summary>
    internal static readonly TimeSpan Day = TimeSpan.FromHours(24);
}
