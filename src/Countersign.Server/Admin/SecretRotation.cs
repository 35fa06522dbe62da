namespace Countersign.Server.Admin;

/// <summary>How a receiver's secret is changed.</summary>
static class SecretRotation
{
    /// <summary>So long both sign, so that a receiver can be given the new one without missing anything.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);
}
